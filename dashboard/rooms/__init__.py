"""A room: a presenter asks, phones guess, and the distribution is shown once the answer is revealed.

`Rooms` keeps rooms in a database. Pages call it in this process; phones and the presenter's light page reach the same
object over HTTP (`dashboard/hosting/room_api.py`).
"""

from dashboard.rooms.errors import RoomError
from dashboard.rooms.notes import Line, Notes
from dashboard.rooms.question import Point, Question
from dashboard.rooms.results import Distribution
from dashboard.rooms.rooms import Counts, OpenedRoom, Overview, Participant, Rooms, Snapshot

__all__ = [
    "Counts", "Distribution", "Line", "Notes", "OpenedRoom", "Overview", "Participant", "Point", "Question",
    "RoomError", "Rooms", "Snapshot",
]  # fmt: skip
