#!/bin/sh
# Start three replicas of Quick Study on this machine and nginx in front of them, as .hosting/nginx.conf describes, at
# http://localhost:8080. The address is printed when all of them answer through nginx. Ctrl-C ends all that was started.
# nginx must be installed (Debian: apt install nginx-light); a running nginx service does not disturb.
#
# One replica serves a workshop. Several use more cores, or let you update one while the others serve. A replica that died
# is not restarted; start it again in another console, and end it there too:
#
#   .venv/bin/python -m dashboard serve --host 127.0.0.1 --allowed-host '*' --port 8502
#
# Memory, Dask clusters and the rest: .hosting/README.md. Run this as an ordinary user: it needs no privileges.
set -eu
umask 077
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
started=
folder=
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true    # each open page takes several file descriptors
PATH=$PATH:/usr/sbin:/usr/local/sbin    # Debian keeps nginx there, out of ordinary users' PATH

end() {
    trap - EXIT INT TERM
    # shellcheck disable=SC2086
    [ -z "$started" ] || kill $started 2>/dev/null || true
    wait
    [ -z "$folder" ] || rm -rf "$folder"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

command -v nginx >/dev/null || { echo "$0: nginx is not installed" >&2; exit 1; }

# Another program at one of these ports would answer a third of the visitors.
"$python" - 8501 8502 8503 <<'FREE'
import socket
import sys

for port in sys.argv[1:]:
    try:
        socket.create_server(("127.0.0.1", int(port))).close()
    except OSError as error:
        sys.exit(f"port {port} cannot be used: {error.strerror}")
FREE

# nginx overwrites its pid file and serves scripts from its cache, so no other user may have a hand in this folder. mktemp
# creates it with a random name for this user alone, and never follows a link or takes an existing folder.
folder=$(mktemp -d "${XDG_RUNTIME_DIR:-${TMPDIR:-/tmp}}/quick-study-proxy.XXXXXXXX")
"$python" - "$folder" <<'PRIVATE'
import os
import stat
import sys

found = os.lstat(sys.argv[1])
if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) != 0o700:
    sys.exit(f"{sys.argv[1]} is not a private folder of this user; set TMPDIR to a folder on a local disk")
PRIVATE

# A room of phones is one room, whichever replica a phone is sent to.
export QUICK_STUDY_DATABASE="${QUICK_STUDY_DATABASE:-$folder/rooms}"

# Visitors use the proxy's names, which only its operator knows: STREAMLIT_SERVER_ALLOWED_HOSTS=NAME refuses all others.
for port in 8501 8502 8503; do
    "$python" -m dashboard serve --host 127.0.0.1 --allowed-host '*' --port "$port" &
    started="$started $!"
done
replicas=$started

# Wait in the background, so that a signal is handled at once.
"$python" - $replicas <<'READY' &
"""Wait until every replica is ready: nginx would take one that does not answer yet for dead."""
import os
import sys
import time
from urllib.request import urlopen

path = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
deadline = time.monotonic() + 300
for port, process in zip((8501, 8502, 8503), map(int, sys.argv[1:])):
    while True:
        try:
            urlopen(f"http://127.0.0.1:{port}{path and '/' + path}/ready", timeout=10).close()
            break
        except OSError as error:
            reason = error
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            sys.exit(f"the replica at port {port} has ended")
        if time.monotonic() > deadline:
            sys.exit(f"the replica at port {port} is not ready after 300 s: {reason}")
        time.sleep(0.25)
READY
waiting=$!
started="$started $waiting"
wait "$waiting" || exit 1
started=$replicas

# As root, nginx would hand its folder to the account `nobody`, which other services share. The replicas run as this user.
user=
[ "$(id -u)" != 0 ] || user="user root;"
nginx -p "$folder" -c "$PWD/.hosting/nginx.conf" -g "daemon off; $user" &
nginx=$!
started="$started $nginx"
"$python" - .hosting/nginx.conf "$nginx" <<'THROUGH' &
"""Print the address once nginx passes requests on."""
import os
import re
import ssl
import sys
import time
from urllib.request import urlopen

listen = re.search(r"(?m)^\s*listen\s+([^;]+);", open(sys.argv[1], encoding="utf-8").read()).group(1).split()
host, _, port = listen[0].rpartition(":")
scheme = "https" if "ssl" in listen[1:] else "http"
path = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
path = path and f"{path}/"
here = host if host not in ("", "*", "0.0.0.0", "[::]") else "127.0.0.1"
own_certificate = ssl._create_unverified_context()  # the certificate is for another name than 127.0.0.1
for _ in range(120):
    try:
        urlopen(f"{scheme}://{here}:{port}/{path}ready", timeout=10, context=own_certificate).close()
        break
    except OSError as error:
        reason = error
    try:
        os.kill(int(sys.argv[2]), 0)
    except ProcessLookupError:
        sys.exit(1)  # nginx has printed why
    time.sleep(0.25)
else:
    sys.exit(f"nginx does not answer at port {port}: {reason}")
shown = "localhost" if here == "127.0.0.1" else here
print(f"\nAll three replicas together: {scheme}://{shown}:{port}/{path}", flush=True)
THROUGH
wait $! || exit 1
wait
