"""The rooms of this process."""

from dashboard.rooms.rooms import Rooms
from dashboard.settings import SETTINGS

ROOMS = Rooms(SETTINGS.database)
