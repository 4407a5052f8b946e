"""`python -m dashboard`: serve the pages, or have a doctor look at the installation."""

import argparse
import errno
import os
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

from dashboard.hosting.welcome import EVERYWHERE

ROOT = Path(__file__).resolve().parents[2]
_USUAL_PORT, _LAST_PORT = 8501, 65_535
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit code."""
    _prepare_streams()
    given = sys.argv[1:] if arguments is None else arguments
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given = ["serve", *given]
    options = _parser().parse_args(given)
    os.chdir(ROOT)  # where Streamlit looks for its settings
    return _serve(options) if options.command == "serve" else _examine(options)


def _prepare_streams() -> None:
    """Make both streams writable: a console without a character shows a question mark, a closed one takes nothing."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # as `>&-` leaves it
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        getattr(sys, name).reconfigure(errors="replace")


def _serve(options: argparse.Namespace) -> int:
    if options.public:
        os.environ.setdefault("QUICK_STUDY_ROOM", "yes")
    try:
        from dashboard import settings  # which are checked by the import

        _check_place(options)
    except ValueError as error:
        return _refuse(" ".join(str(error).split()))
    for name in settings.unknown_names(os.environ):
        print(f"quick-study: warning: {ascii(name)[1:-1]:.80} is not a setting and has no effect", file=sys.stderr)
    import click
    from streamlit.web import cli

    from dashboard.engine import ENGINE
    from dashboard.hosting import connections, limits, logs, memory

    logs.install()
    limits.raise_file_limit()
    memory.limit_arenas()
    connections.install()  # before uvicorn loads its configuration
    # The web server gives this signal on when it has ended, and by default that would be the end of this function too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    try:
        # The command itself and not App.run, which does not look at Streamlit's environment variables.
        cli.main(["run", "dashboard/hosting/asgi.py", *_flags(options)], prog_name="streamlit", standalone_mode=False)
    except click.Abort:  # Ctrl-C
        return 130
    except click.ClickException as error:  # a setting of Streamlit's that makes no sense
        return _refuse(error.format_message())
    finally:
        ENGINE.close()  # again: a page that was waiting may have called for another worker
    return 0


def _refuse(reason: str) -> int:
    print(f"quick-study: {reason}", file=sys.stderr)
    return 2


def _check_place(options: argparse.Namespace) -> None:
    """Raises ValueError if the address is not this machine's or the port is taken, as far as can be known now."""
    address = _address(options)
    if address is None:
        address = os.environ["STREAMLIT_SERVER_ADDRESS"]
    if not address:
        raise ValueError("--address must be an address of this machine, such as 127.0.0.1")
    port, source = _given_port(options)
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            if os.name != "nt":  # there, this would share a port that another server has
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
            probe.listen()  # two may bind one port, and only one may listen
    except PermissionError:
        raise ValueError(f"port {port} needs more rights than this user has: choose another with {source}") from None
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise ValueError(f"port {port} is taken: choose another with {source}") from None
        raise ValueError(f"{ascii(address)[:80]} is not an address of this machine") from None


def _given_port(options: argparse.Namespace) -> tuple[int, str]:
    """Return the port and where it was set; 0 if Streamlit is to look for a free one. Raises ValueError."""
    if options.port is not None:
        return options.port, "--port"
    source = "STREAMLIT_SERVER_PORT"
    given = os.environ.get(source, "").strip()
    if not given.isdecimal():  # Streamlit refuses text by itself
        return 0, source
    try:
        return _port(given), source
    except argparse.ArgumentTypeError as error:
        raise ValueError(f"{source} {error}") from None


def _port(text: str) -> int:
    if not text.isdecimal() or len(text) > len(str(_LAST_PORT)) or int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {_LAST_PORT}, not {ascii(text)[:40]}")
    return int(text)


def _address(options: argparse.Namespace) -> str | None:
    """Return the address to serve, or None to leave it to STREAMLIT_SERVER_ADDRESS."""
    if options.public:
        return EVERYWHERE[0]
    if options.address is None and not os.environ.get("STREAMLIT_SERVER_ADDRESS"):
        return "127.0.0.1"  # no other machine, unless it is asked for
    address: str | None = options.address
    return address


def _flags(options: argparse.Namespace) -> list[str]:
    """Return Streamlit's flags for the given options; an environment variable stands where there is none."""
    # Streamlit's own welcome asks a machine in the internet for the server's address.
    flags = ["--server.headless", "true", "--logger.hideWelcomeMessage", "true"]
    address = _address(options)
    if address is not None:
        flags += ["--server.address", address]
    if options.port is not None:
        flags += ["--server.port", str(options.port)]
    if not os.environ.get("STREAMLIT_SERVER_ALLOWED_HOSTS"):
        for host in _allowed_hosts(address, options.host):
            flags += ["--server.allowedHosts", host]
    return flags


def _allowed_hosts(address: str | None, named: list[str]) -> list[str]:
    """Return the names under which browsers may come; none for all of them.

    A server for this machine alone has only its own: another name that leads here is another site's (DNS rebinding).
    An address from the environment is that of a host, before whose proxy there may be any name.
    """
    if address is None or address in EVERYWHERE:
        return named
    return list(dict.fromkeys([*_LOOPBACK, address.strip("[]"), *named]))


def _examine(options: argparse.Namespace) -> int:
    from dashboard.hosting import doctor

    given = os.environ.get("STREAMLIT_SERVER_PORT", "")
    return doctor.examine(options.port or int(given if given.isdecimal() else _USUAL_PORT), options.lang)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, whatever the arguments contain."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"quick-study: {' '.join(message.split())[:300]} (see --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m dashboard", description="Quick Study's pages, and who keeps them well.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve the pages (the default)", description="Serve the pages.")
    serve.add_argument("--port", type=_port, metavar="N", help="default 8501, or the next one that is free")
    where = serve.add_mutually_exclusive_group()
    where.add_argument("--address", metavar="A", help="which of this machine's addresses to serve (default 127.0.0.1)")
    where.add_argument("--public", action="store_true", help="serve all of them, and say which one visitors type")
    serve.add_argument(
        "--host", action="append", default=[], metavar="NAME", help="a name that visitors use; all others are refused"
    )
    examine = commands.add_parser(
        "doctor",
        help="say whether this installation is ready",
        description="Say whether this installation is ready, line by line; the exit code is 0 if it is, else 1.",
    )
    examine.add_argument(
        "--port", type=_port, metavar="N", help="which is to be free (default: as STREAMLIT_SERVER_PORT says, or 8501)"
    )
    examine.add_argument("--lang", choices=("en", "zh"), help="default: as this system speaks")
    return parser
