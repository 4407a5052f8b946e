"""Limits on the share of the server that one client may use, and the arithmetic behind them.

Every number here was chosen against measurements: a page that is used normally stays far below it, and a client that
reaches it costs the server little. `connections.py` and `client_limits.py` enforce them.
"""

from dataclasses import dataclass

MESSAGE_BYTES = 512 * 1024  # one message to the server: a browser sends 2 to 20 kB
MESSAGE_FRAGMENTS = 64  # browsers send a message in one frame
BYTES_PER_SECOND, BYTES_BURST = 256 * 1024, 2 * 1024 * 1024  # to the server, per socket
FRAMES_PER_SECOND, FRAMES_BURST = 200, 400  # per socket, pings included: above, the socket is closed
MESSAGES_PER_SECOND, MESSAGES_BURST = 20, 100  # per socket: above, they wait. A slider in play sends 2 to 5.
CLIENT_MESSAGES_PER_SECOND, CLIENT_MESSAGES_BURST = (
    300,
    1000,
)  # per client address: a room behind one router plays at once

# A visitor's own tables. Streamlit keeps them in memory until their visit ends, so the total in memory is bounded, too.
UPLOAD_EXTRA_BYTES = 64 * 1024  # the form around a file
UPLOAD_BYTES_PER_SECOND, UPLOAD_BYTES_BURST = 500_000, 150_000_000  # per client address: a room behind one router
ALL_UPLOAD_BYTES_PER_SECOND, ALL_UPLOAD_BYTES_BURST = 2_000_000, 600_000_000
HELD_UPLOAD_BYTES = 600_000_000  # of all files in memory at a time: beyond, none is taken until visits end
# A refused upload: for how long the connection stays open, so that a client that is still sending sees the answer.
REFUSAL_BYTES, REFUSAL_SECONDS, REFUSAL_IDLE_SECONDS = 100_000_000, 15.0, 3.0
REFUSALS_PER_CLIENT, REFUSALS = 20, 100  # at a time; those beyond are closed at once

# Rooms of phones, which poll by HTTP: each once in 10 s while nothing changes, twice at each of the presenter's steps.
ROOM_REQUESTS_PER_SECOND, ROOM_REQUESTS_BURST = 100, 2500  # per client address: 300 phones behind one router
ROOM_MISTAKES_PER_SECOND, ROOM_MISTAKES_BURST = 0.5, 100  # wrong codes and secrets, per client address
ROOM_WAITING = 2000  # phones that wait at a time; others get a response at once and poll again
ROOM_GUESS_BYTES, ROOM_QUESTION_BYTES = 1000, 14_000  # body of a request; nginx lets 16 kB pass

HEADER_SECONDS = 15.0  # for the first line and the headers of a request: a phone on a poor network needs 2 or 3
STALLED_SECONDS = 30.0  # in which a client must have taken some of an answer that is under way
HANDSHAKES_PER_SECOND, HANDSHAKES_BURST = 20, 300  # new sockets per client address: a room that reloads at once
CONNECTIONS_PER_CLIENT = 600  # sockets and requests: a room behind one router, where each browser opens up to six

# Open files. A visit has its socket and its event loop's three; one that ended keeps those three for some minutes, and
# Streamlit keeps 128 such visits.
FILES_PER_VISIT = 4
FILES_KEPT = 128 * 3
FILES_RESERVED = 200  # the program's own: modules, the worker's pipes, files that are being sent
WANTED_FILES = 65_536  # more would only make whatever closes all of them slow
FEWEST_FILES = 4096  # below, a room of some hundreds does not fit


@dataclass(frozen=True)
class Capacity:
    """How many connections and visits fit into a limit of open files."""

    files: int

    @property
    def connections(self) -> int:
        """Sockets and requests at a time."""
        return max(16, self.files - FILES_RESERVED)

    @property
    def visits(self) -> int:
        """Tabs that are connected at a time."""
        return max(8, (self.files - FILES_RESERVED - FILES_KEPT) // FILES_PER_VISIT)


def raise_file_limit() -> None:
    """Raise this process's soft limit of open files as far as allowed, up to WANTED_FILES."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(hard, WANTED_FILES)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # a system with a lower limit of its own: the self-check reports the limit
        return


def file_limit() -> int:
    """Return how many files this process may have open."""
    try:
        import resource
    except ImportError:
        return WANTED_FILES
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return WANTED_FILES if soft == resource.RLIM_INFINITY else int(soft)
