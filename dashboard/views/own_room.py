"""The room that this visit presents to: opened here, returned to by its link, or found in the browser's cookie."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from dashboard import clients, render_lock, session
from dashboard.rooms import RoomError, cookie
from dashboard.rooms.joining import read_speaker_link, speaker_link
from dashboard.rooms.ours import ROOMS
from dashboard.sharing import links
from scenarios.text import Text

Value = TypeVar("Value")
_KEPT, _CHANGED, _PROBLEM = "the room of this visit", "whether it was opened or ended here", "what went wrong in it"
OPEN = Text(en="Open a room", zh="创建房间")
_NO_LINK = Text(
    en="This is not a presenter’s link. A presenter’s link looks like …/speaker/123456#….",
    zh="这不是讲者链接。正确的形式如 …/speaker/123456#…。",
)
_GONE = Text(en="The room has ended.", zh="房间已结束。")
_SPEAKER = Text(en="Presenter’s link", zh="讲者链接")
_SPEAKER_HELP = Text(
    en="Open this link on a second device: it controls the room and shows the guesses as they arrive and, in a "
    "lesson, your notes on the current step. Everyone with this link can do so: do not project it. It also "
    "takes you back to the room from another browser.",
    zh="在另一台设备上打开该链接，可以实时查看猜测、控制房间；上课时还会显示屏幕上当前一步的讲者备注。"
    "持有链接的人都能这样做，请勿投影。也可凭它在其他浏览器中回到房间。",
)


def current() -> tuple[str, str] | None:
    """Return the code and the secret of this visit's room; None if it has none."""
    if not ROOMS.is_served:
        return None
    state = st.session_state
    if _KEPT not in state:
        state[_KEPT] = cookie.read(st.context.cookies.get(cookie.NAME))
    room: tuple[str, str] | None = state[_KEPT]
    return room


def _keep(room: tuple[str, str] | None) -> None:
    st.session_state[_KEPT], st.session_state[_CHANGED] = room, True


def forget() -> None:
    """Forget the room, since it has ended; the page shows that once."""
    _keep(None)
    st.session_state[_PROBLEM] = _GONE


def open_one() -> None:
    """Open a room: a callback."""
    opened = attempt(lambda: ROOMS.open(clients.address()))
    if opened:
        _keep((opened.code, opened.secret))


def return_to(link: str) -> None:
    """Return to the room of a presenter's link."""
    room = read_speaker_link(link)
    if room is None:
        st.session_state[_PROBLEM] = _NO_LINK
    elif attempt(lambda: ROOMS.overview(*room)):
        _keep(room)


def attempt(function: Callable[[], Value]) -> Value | None:
    """Call a function of the rooms; a refusal is a sentence on the page, and None here."""
    try:
        with render_lock.pause():  # the database may be far away
            return function()
    except RoomError as error:
        if error.reason in ("unknown", "secret"):
            forget()
        st.session_state[_PROBLEM] = error.text
        return None


def end() -> None:
    """End the room: a callback."""
    room = current()
    if room:
        attempt(lambda: ROOMS.end(*room))
        if _PROBLEM not in st.session_state:
            forget()


def problem() -> Text | None:
    """Return the problem since the last run, once."""
    text: Text | None = st.session_state.pop(_PROBLEM, None)
    return text


def complain(text: Text) -> None:
    """Show an error in the next run."""
    st.session_state[_PROBLEM] = text


def draw_cookie() -> None:
    """Draw, unseen, the script that keeps the room in the browser, once it was opened or has ended in this visit."""
    if st.session_state.get(_CHANGED):
        room = cookie.written(st.session_state[_KEPT])
        with st.container(key="own_room_cookie"):
            marker = f'<div data-own-room="{room}"></div>'
            st.html(f"{marker}<script>{cookie.SCRIPT}</script>", unsafe_allow_javascript=True)


def draw_speaker_link() -> None:
    """Draw a button that unfolds the presenter's own link."""
    room, language = current(), session.language()
    if room:
        with st.popover(_SPEAKER[language], icon=":material/key:", key="room_speaker"):
            st.code(speaker_link(links.base() or links.visited_base(), *room), language=None, wrap_lines=True)
            st.caption(_SPEAKER_HELP[language])
