#!/bin/sh
# Three replicas of Quick Study on this machine and nginx before them, at http://localhost:8080. Ctrl-C ends all.
#
# One replica serves a workshop; several are for a machine with cores to spare, or so that one may be renewed while the
# others serve. Each takes a gigabyte, most of it for its model; with QUICK_STUDY_SCHEDULER=tcp://host:8786 they share
# a Dask cluster and take 0.2 each. On a cluster:
#
#   dask scheduler                               # on one machine
#   dask worker tcp://host:8786 --nworkers 4     # on each that works, in an environment with this repository in it:
#                                                #   pip install -e '.[cluster]'
#   QUICK_STUDY_SCHEDULER=tcp://host:8786 .hosting/replicas.sh
#
# Ports are those of nginx.conf. `curl 127.0.0.1:8501/metrics` shows the figures of the first.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
proxy=${TMPDIR:-/tmp}/quick-study-proxy
started=

end() {
    trap - EXIT INT TERM
    # shellcheck disable=SC2086
    [ -z "$started" ] || kill $started 2>/dev/null || true
    wait
}
trap end EXIT
trap 'exit 0' INT TERM

for port in 8501 8502 8503; do
    "$python" -m dashboard serve --address 127.0.0.1 --port "$port" &
    started="$started $!"
done

mkdir -p "$proxy"
nginx -p "$proxy" -c "$PWD/.hosting/nginx.conf" -g 'daemon off;' &
started="$started $!"
echo "http://localhost:8080"
wait
