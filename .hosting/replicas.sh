#!/bin/sh
# Three replicas of Quick Study on this machine and nginx before them, where nginx.conf says: http://localhost:8080. Ctrl-C
# ends all that it started. nginx must be installed (Debian: apt install nginx-light), but not be running for this.
#
# One replica serves a workshop; several are for a machine with cores to spare, or so that one may be renewed while the
# others serve. One that died or was ended is not started again by itself; this does, in another console, where it also
# has to be ended:
#
#   .venv/bin/python -m dashboard serve --address 127.0.0.1 --host '*' --port 8502
#
# Each takes a gigabyte, most of it for its model; with QUICK_STUDY_SCHEDULER=tcp://host:8786 they share a Dask cluster
# and take 0.2 each. On a cluster, every machine (this one too) needs this repository and
#
#   .venv/bin/python -m pip install -r requirements.txt -e '.[cluster]'
#   .venv/bin/dask scheduler --host 10.0.0.1                   # on one machine, by its address in a private network
#   .venv/bin/dask worker tcp://10.0.0.1:8786 --nworkers 4     # on each that works
#   QUICK_STUDY_SCHEDULER=tcp://10.0.0.1:8786 .hosting/replicas.sh
#
# Whoever reaches a Dask scheduler or worker can run anything there: never in an open network.
#
# Ports are those of nginx.conf. `curl 127.0.0.1:8501/metrics` shows the figures of the first.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
proxy=${TMPDIR:-/tmp}/quick-study-proxy
started=
PATH=$PATH:/usr/sbin:/usr/local/sbin    # where Debian keeps nginx from ordinary users

end() {
    trap - EXIT INT TERM
    # shellcheck disable=SC2086
    [ -z "$started" ] || kill $started 2>/dev/null || true
    wait
}
trap end EXIT
trap 'exit 0' INT TERM

command -v nginx >/dev/null || { echo "$0: nginx is not installed" >&2; exit 1; }
# Else somebody else would answer a third of the visitors.
"$python" - 8501 8502 8503 <<'FREE'
import socket
import sys

for port in sys.argv[1:]:
    try:
        socket.create_server(("127.0.0.1", int(port))).close()
    except OSError as error:
        sys.exit(f"port {port} cannot be used: {error.strerror}")
FREE

# Visitors use the proxy's names, which only its operator knows: STREAMLIT_SERVER_ALLOWED_HOSTS=NAME refuses all others.
for port in 8501 8502 8503; do
    "$python" -m dashboard serve --address 127.0.0.1 --host '*' --port "$port" &
    started="$started $!"
done

mkdir -p "$proxy"
nginx -p "$proxy" -c "$PWD/.hosting/nginx.conf" -g 'daemon off;' &
nginx=$!
started="$started $nginx"
"$python" - <<'UP'
import os
import time
from urllib.request import urlopen

path = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
for port in (8501, 8502, 8503):
    for _ in range(240):
        try:
            urlopen(f"http://127.0.0.1:{port}{path and '/' + path}/_stcore/health", timeout=4).close()
            break
        except OSError:
            time.sleep(0.25)
    else:
        raise SystemExit(f"nobody answers at port {port}")
UP
kill -0 "$nginx" || exit 1    # it has said why
listen=$(sed -n 's/^ *listen  *\([^;]*\);.*/\1/p' .hosting/nginx.conf | head -n 1)
own=$(echo "$listen" | sed 's/ .*//; s/.*://')
case $listen in *ssl*) scheme=https ;; *) scheme=http ;; esac
echo
echo "All three together: $scheme://localhost:$own/${STREAMLIT_SERVER_BASE_URL_PATH:-}"
wait
