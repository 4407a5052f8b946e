"""`python -m dashboard`: serve the pages, or have a doctor look at the installation."""

import argparse
import os
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_USUAL_PORT = 8501
ANYWHERE = "0.0.0.0"  # noqa: S104  # every network that this machine is in


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given = ["serve", *given]
    options = _parser().parse_args(given)
    for stream in (sys.stdout, sys.stderr):  # a console that lacks a sign gets a question mark, not a crash
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    os.chdir(ROOT)  # where Streamlit looks for its settings
    return _serve(options) if options.command == "serve" else _examine(options)


def _serve(options: argparse.Namespace) -> int:
    if options.public:
        os.environ.setdefault("QUICK_STUDY_ROOM", "yes")
    try:
        import dashboard.settings  # noqa: F401  # which says at once what is wrong with them
    except ValueError as error:
        print(f"quick-study: {error}", file=sys.stderr)
        return 2
    import click
    from streamlit.web import cli

    from dashboard.engine import ENGINE
    from dashboard.hosting import connections, limits

    limits.raise_file_limit()
    connections.install()  # before uvicorn loads its configuration
    # The web server gives this signal on when it has ended, and by default that would be the end of this function too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    try:
        # The command itself and not App.run, which does not look at Streamlit's environment variables.
        cli.main(["run", "dashboard/hosting/asgi.py", *_flags(options)], prog_name="streamlit", standalone_mode=False)
    except click.Abort:  # Ctrl-C
        return 130
    except click.ClickException as error:  # a setting of Streamlit's that makes no sense
        print(f"quick-study: {error.format_message()}", file=sys.stderr)
        return 2
    finally:
        ENGINE.close()  # again: a page that was waiting may have called for another worker
    return 0


def _flags(options: argparse.Namespace) -> list[str]:
    """Streamlit's flags for what was asked for; an environment variable stands where nothing was."""
    # Streamlit's own welcome asks a machine in the internet for the server's address.
    flags = ["--server.headless", "true", "--logger.hideWelcomeMessage", "true"]
    address = ANYWHERE if options.public else options.address
    if address is None and "STREAMLIT_SERVER_ADDRESS" not in os.environ:
        address = "127.0.0.1"  # nobody else, unless somebody says so
    if address is not None:
        flags += ["--server.address", address]
    if options.port is not None:
        flags += ["--server.port", str(options.port)]
    for host in options.host:
        flags += ["--server.allowedHosts", host]
    return flags


def _examine(options: argparse.Namespace) -> int:
    from dashboard.hosting import doctor

    given = os.environ.get("STREAMLIT_SERVER_PORT", "")
    return doctor.examine(options.port or int(given if given.isdecimal() else _USUAL_PORT), options.lang)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m dashboard", description="Quick Study's pages, and who keeps them well."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve the pages (the default)", description="Serve the pages.")
    serve.add_argument("--port", type=int, metavar="N", help="default 8501, or the next one that is free")
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
        "--port", type=int, metavar="N", help="which is to be free (default: as STREAMLIT_SERVER_PORT says, or 8501)"
    )
    examine.add_argument("--lang", choices=("en", "zh"), help="default: as this system speaks")
    return parser
