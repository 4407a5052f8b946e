#!/bin/sh
# Quick Study on Hugging Face: a free Space has two cores and 16 GB, and sleeps after two days without visitors.
#
#   1. On huggingface.co, make a Space: SDK "Docker", template "Blank"; and a token that may write (Settings, Access
#      Tokens). Install git-lfs (`git lfs install`), for the site takes weights and pictures by that way alone. Clone it.
#   2. Here:        .hosting/hugging-face.sh path/to/the/clone
#   3. In the clone: git add -A && git commit -m "Quick Study" && git push     # the token is the password
#
# A Space wants the recipe at the top under the name Dockerfile, and a README that begins with what it is. It shows the
# pages inside a page of its own, so QUICK_STUDY_FRAME_ANCESTORS stays unset or names https://huggingface.co. A token for
# the metrics is a secret of the Space: Settings, Variables and secrets.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 path/to/the/clone" >&2; exit 2; }
[ -e "$1/.git" ] || { echo "$0: $1 is not the clone of a Space" >&2; exit 2; }
to=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
[ "$to" != "$(pwd)" ] || { echo "$0: that is this repository, not the clone of a Space" >&2; exit 2; }
git lfs version >/dev/null 2>&1 || echo "git-lfs is missing: install it, and run git lfs install, before git add" >&2
for each in .streamlit assets dashboard scenarios; do
    rm -rf "${to:?}/$each"
done
# What is pushed is public: no secrets that may stand beside the settings.
tar -cf - --exclude=__pycache__ --exclude=secrets.toml --exclude=.env .streamlit/config.toml assets dashboard scenarios |
    tar -xf - -C "$to"
printf '%s filter=lfs diff=lfs merge=lfs -text\n' '*.npz' '*.png' > "$to/.gitattributes"
cp LICENSE pyproject.toml requirements.txt requirements-cluster.txt "$to/"
cp .hosting/Containerfile "$to/Dockerfile"
cp .hosting/Containerfile.dockerignore "$to/.dockerignore"
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
    cat README.md
} > "$to/README.md"
echo "Ready to commit: $to"
