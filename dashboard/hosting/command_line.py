"""`python -m dashboard`: serve the pages, or check the installation."""

import argparse
import errno
import os
import signal
import socket
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn

from dashboard.hosting.banner import EVERYWHERE

ROOT = Path(__file__).resolve().parents[2]
_USUAL_PORT, _LAST_PORT = 8501, 65_535
_UPLOAD_MB = "5"  # default of a shared server; `streamlit run` takes larger tables
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit code."""
    _prepare_streams()
    given = sys.argv[1:] if arguments is None else arguments
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given = ["serve", *given]
    options = _parser().parse_args(given)
    os.chdir(ROOT)  # the folder in which Streamlit looks for its settings
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
        os.environ.setdefault("QUICK_STUDY_UPLOAD_MB", _UPLOAD_MB)
        from dashboard import settings  # the import checks the settings

        _check_place(options)
    except ValueError as error:
        return _refuse(" ".join(str(error).split()))
    for name in settings.unknown_names(os.environ):
        print(f"quick-study: warning: {ascii(name)[1:-1]:.80} is not a setting and has no effect", file=sys.stderr)
    import click
    from streamlit.web import cli

    from dashboard import engine
    from dashboard.hosting import connections, limits, logs, memory

    logs.install()
    limits.raise_file_limit()
    memory.limit_arenas()
    connections.install()  # before uvicorn loads its configuration
    # The web server gives this signal on when it has ended, and by default that would be the end of this function too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    try:
        # The command itself, because App.run ignores Streamlit's environment variables.
        cli.main(["run", "dashboard/hosting/asgi.py", *_flags(options)], prog_name="streamlit", standalone_mode=False)
    except click.Abort:  # Ctrl-C
        return 130
    except click.ClickException as error:  # a setting of Streamlit's that makes no sense
        return _refuse(error.format_message())
    finally:
        engine.close()  # again: a page that was waiting may have called for another worker
    return 0


def _refuse(reason: str) -> int:
    print(f"quick-study: {reason}", file=sys.stderr)
    return 2


def _check_place(options: argparse.Namespace) -> None:
    """Raise ValueError if the address is not this machine's or the port is taken, as far as can be known now."""
    _check_flags(options)
    address, flag = _address(options), "--host"
    if address is None:
        address, flag = os.environ["STREAMLIT_SERVER_ADDRESS"], "STREAMLIT_SERVER_ADDRESS"
    port, source = _given_port(options)
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            if os.name != "nt":  # there, this would share a port that another server has
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
            probe.listen()  # two may bind one port, and only one may listen
    except PermissionError:
        raise ValueError(f"port {port} needs root privileges: choose another with {source}") from None
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise ValueError(f"port {port} is taken: choose another with {source}") from None
        raise ValueError(f"{flag}: {ascii(address)[:80]} is not an address of this machine") from None


def _check_flags(options: argparse.Namespace) -> None:
    """Raise ValueError unless there is at most one `--host`, an address."""
    remedy = "To accept requests under another name, use --allowed-host NAME"
    if options.public and options.host:
        raise ValueError(f"--public listens on every address of this machine, so --host has no place. {remedy}")
    if len(options.host) > 1:
        raise ValueError(
            f"--host (or --address) is the one address to listen on, but {len(options.host)} are given. {remedy}"
        )
    for address in options.host:
        if not _is_address(address):
            raise ValueError(
                f"--host: {ascii(address)[:80]} is not an address of this machine, such as 127.0.0.1. {remedy}"
            )


def _is_address(text: str) -> bool:
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return text == "localhost"
    return True


def _given_port(options: argparse.Namespace) -> tuple[int, str]:
    """Return the port and its source; port 0 lets Streamlit choose a free one. Raises ValueError."""
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
    """Return the address to listen on, or None to leave it to STREAMLIT_SERVER_ADDRESS."""
    if options.public:
        return EVERYWHERE[0]
    if options.host:
        given: str = options.host[0]
        return given
    return (
        None if os.environ.get("STREAMLIT_SERVER_ADDRESS") else "127.0.0.1"
    )  # this machine only, unless set otherwise


def _flags(options: argparse.Namespace) -> list[str]:
    """Return Streamlit's flags for the given options; options that are not given are left to STREAMLIT_* variables."""
    # Streamlit's own banner looks up the server's public address in the internet.
    flags = ["--server.headless", "true", "--logger.hideWelcomeMessage", "true"]
    address = _address(options)
    if address is not None:
        flags += ["--server.address", address]
    if options.port is not None:
        flags += ["--server.port", str(options.port)]
    if not os.environ.get("STREAMLIT_SERVER_ALLOWED_HOSTS"):
        for name in _allowed_hosts(address, options.allowed_host):
            flags += ["--server.allowedHosts", name]
    return flags


def _allowed_hosts(address: str | None, named: list[str]) -> list[str]:
    """Return the host names that requests may name; none for all of them.

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
    parser = _Parser(prog="python -m dashboard", description="Run and check the Quick Study web app.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="serve the pages (the default command)",
        description="Serve the pages. Options that are not given are left to the variables STREAMLIT_SERVER_*.",
    )
    serve.add_argument(
        "--host", "--address", action="append", default=[], metavar="ADDRESS",
        help="address of this machine to listen on (default: $STREAMLIT_SERVER_ADDRESS or 127.0.0.1)",
    )  # fmt: skip
    serve.add_argument(
        "--port", type=_port, metavar="N",
        help="port to listen on (default: $STREAMLIT_SERVER_PORT, or the first free port from 8501)",
    )  # fmt: skip
    serve.add_argument(
        "--public", action="store_true",
        help="listen on every address and print, in large letters, the one that visitors type (default: off)",
    )  # fmt: skip
    serve.add_argument(
        "--allowed-host", action="append", default=[], metavar="NAME",
        help="accept requests for this host name as well, '*' for every name; repeatable, without effect if "
        "$STREAMLIT_SERVER_ALLOWED_HOSTS is set (default: localhost, 127.0.0.1, [::1] and the --host; with --public, "
        "every name)",
    )  # fmt: skip
    examine = commands.add_parser(
        "doctor",
        help="check this installation and name the remedy for each problem",
        description="Check this installation and name the remedy for each problem. The exit code is 1 if there is one.",
    )
    examine.add_argument(
        "--port", type=_port, metavar="N", help="port that must be free (default: $STREAMLIT_SERVER_PORT or 8501)"
    )
    examine.add_argument("--lang", choices=("en", "zh"), help="language of the report (default: the system's)")
    return parser
