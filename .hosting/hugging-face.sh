#!/bin/sh
# Copy Quick Study into the clone of a Hugging Face Space. A free Space has two cores and 16 GB of memory, and goes to sleep
# after two days without visitors.
#
#   1. On huggingface.co, create a Space (SDK "Docker", template "Blank") and an access token with write permission
#      (Settings, Access Tokens). Install git-lfs (`git lfs install`): the site accepts weights and pictures through it
#      only. Clone the Space into a folder outside this repository.
#   2. Here:         .hosting/hugging-face.sh path/to/the/clone
#   3. In the clone: git add -A && git commit -m "Quick Study" && git push     # the token is the password
#
# A Space is public. The script therefore copies only files of the last commit (no untracked key, no .env), and only those
# that .hosting/Containerfile copies into the image. It replaces these files in the clone and leaves all others alone. Every
# check comes before the first deletion; a refusal is one sentence with exit code 2.
#
# A Space shows the pages inside a page of its own: leave QUICK_STUDY_FRAME_ANCESTORS unset, or name https://huggingface.co.
# Enter a token for the metrics as a secret of the Space (Settings, Variables and secrets).
set -euf
umask 022

refuse() {
    echo "$0: $1" >&2
    exit 2
}

# Is the folder $1 the folder $2, or inside it? Compared by device and inode: names differ through links and case.
is_within() {
    at=$1
    while ! [ "$at" -ef "$2" ]; do
        [ "$at" != / ] || return 1
        at=$(dirname "$at")
    done
}

# The files of $1 with changes that are not committed: the first twenty of `git status`.
changes() {
    root=$1
    shift
    git -C "$root" -c core.fsmonitor=false status --porcelain --untracked-files=all "$@" | awk \
        'NR <= 20; END { if (NR > 20) print "and " NR - 20 " more" }'
}

[ $# -eq 1 ] || { echo "usage: $0 path/to/the/clone" >&2; exit 2; }
command -v git >/dev/null || refuse "git is not installed"
# A variable such as GIT_DIR would point git elsewhere. Under `cd`, CDPATH would.
# shellcheck disable=SC2046
unset CDPATH $(git rev-parse --local-env-vars)

to=$(cd -- "$1" 2>/dev/null && pwd -P) || refuse "$1 is not a folder that can be opened"
here=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
cd "$here"

# The clone: a repository of its own, at Hugging Face, with nothing that is not committed.
! is_within "$to" "$here" || refuse "$1 is this repository or a folder inside it, not the clone of a Space"
! is_within "$here" "$to" || refuse "$1 contains this repository, so it cannot be the clone of a Space"
top=$(git -C "$to" rev-parse --show-toplevel 2>/dev/null) || refuse "$1 is not the clone of a Space: it is no git repository of yours"
[ "$top" -ef "$to" ] || refuse "$1 is a folder inside another repository, not the clone of a Space"
common() { (cd "$1" && cd "$(git rev-parse --git-common-dir)" && pwd -P); }
ours=$(git rev-parse --show-toplevel 2>/dev/null) || refuse "$here is not a git repository, so its files cannot be told from private ones; clone it with git"
[ "$ours" -ef "$here" ] || refuse "$here is a folder inside another repository; clone it with git"
[ "$(common "$to")" != "$(common "$here")" ] || refuse "$1 is another work tree of this repository, not the clone of a Space"

pushed_to=$(git -C "$to" remote get-url --push --all origin 2>/dev/null || true)
other=$(printf '%s\n' "$pushed_to" | grep -Ev '^(https://([^/@]+@)?(huggingface\.co|hf\.co)/|(ssh://)?git@(huggingface\.co|hf\.co)[:/])' || true)
is_docker_space=$(sed -n '1{/^---[[:space:]]*$/!q;};2,${/^---/q;/^sdk:[[:space:]]*docker[[:space:]]*$/p;}' "$to/README.md" 2>/dev/null || true)
if [ -n "$other" ] || [ -z "$pushed_to" ]; then
    [ -n "$is_docker_space" ] ||
        refuse "$1 is not the clone of a Space: its origin is not at huggingface.co, and its README.md does not begin with 'sdk: docker'"
fi
changed=$(changes "$to")
[ -z "$changed" ] || refuse "$1 has changes that are not committed and would be lost; commit or discard them:
$changed"

# This repository: the files that the image needs, as the last commit has them.
wanted=$(git show HEAD:.hosting/Containerfile | sed -n '/^COPY --from/d; s/^COPY  *\(--[^ ]*  *\)*\(.*\)  *[^ ][^ ]*$/\2/p' | tr '\n' ' ')
recipe=".hosting/Containerfile .hosting/Containerfile.dockerignore"
[ -n "$wanted" ] || refuse "the last commit has no .hosting/Containerfile that copies files"
# shellcheck disable=SC2086
changed=$(changes "$here" -- $wanted $recipe)
[ -z "$changed" ] || refuse "these files differ from the last commit, which is published; commit, remove or ignore them:
$changed"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$stage/space"
# shellcheck disable=SC2086
git archive -o "$stage/files.tar" HEAD -- $wanted $recipe
tar -xf "$stage/files.tar" -C "$stage/space"
mv "$stage/space/.hosting/Containerfile" "$stage/space/Dockerfile"
mv "$stage/space/.hosting/Containerfile.dockerignore" "$stage/space/.dockerignore"
rmdir "$stage/space/.hosting" 2>/dev/null || true    # which keeps what the recipe copies from there
printf '%s filter=lfs diff=lfs merge=lfs -text\n' '*.npz' '*.png' > "$stage/space/.gitattributes"
{
    cat <<'HEADER'
---
title: Quick Study
emoji: 🎓
colorFrom: blue
colorTo: red
sdk: docker
app_port: 8501
license: apache-2.0
---
HEADER
    git show HEAD:README.md
} > "$stage/space/README.md"

# Nothing above has touched the clone. Its old entries go first: copying over a link would write to the link's target.
ls -A "$stage/space" | while IFS= read -r entry; do
    rm -rf "${to:?}/${entry:?}"
done
cp -R "$stage/space/." "$to/"
git lfs version >/dev/null 2>&1 || echo "git-lfs is missing: install it and run 'git lfs install' before 'git add'" >&2
echo "Ready to commit: $to"
