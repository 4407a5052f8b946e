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
mkdir -p "$1"
to=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
for each in assets dashboard scenarios; do
    rm -rf "${to:?}/$each"
    cp -R "$each" "$to/"
done
rm -rf "$to/.streamlit"
mkdir "$to/.streamlit"
cp .streamlit/config.toml "$to/.streamlit/"    # and not the secrets that may stand beside it
printf '%s filter=lfs diff=lfs merge=lfs -text\n' '*.npz' '*.png' > "$to/.gitattributes"
find "$to/dashboard" "$to/scenarios" -name __pycache__ -type d -prune -exec rm -rf {} +
cp LICENSE pyproject.toml requirements.txt "$to/"
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
