"""Why a request to a room is refused, in both languages."""

from typing import Literal, get_args

from scenarios.errors import UserError
from scenarios.text import Text

Reason = Literal[
    "unknown", "secret", "full", "locked", "removed", "closed", "no_question", "invalid", "busy", "unavailable"
]
REASONS: tuple[Reason, ...] = get_args(Reason)
_TEXTS: dict[Reason, Text] = {
    "unknown": Text(
        en="There is no room with this code. It may have ended: rooms end after a day.",
        zh="没有这个房间号对应的房间。房间可能已结束：每个房间最多保留一天。",
    ),
    "secret": Text(
        en="This link does not open the presenter's view of this room. Use the link that you got when you opened "
        "the room.",
        zh="该链接无法打开此房间的讲者页面，请使用创建房间时得到的链接。",
    ),
    "full": Text(en="This room is full.", zh="房间人数已满。"),
    "locked": Text(en="The presenter has closed this room to new participants.", zh="讲者已停止接受新的参与者。"),
    "removed": Text(en="The presenter has removed this phone from the room.", zh="讲者已将此设备移出房间。"),
    "closed": Text(
        en="This question was closed before your guess arrived, so it does not count.",
        zh="你的猜测到达时本题已截止，不计入结果。",
    ),
    "no_question": Text(en="No question has been asked yet.", zh="还没有提出任何问题。"),
    "busy": Text(
        en="Too many requests came from your network. Please try again in a moment.",
        zh="来自你所在网络的请求过多，请稍后再试。",
    ),
    "unavailable": Text(
        en="The rooms' database does not respond. Nothing is lost; please try again in a moment.",
        zh="房间数据库暂时没有响应。数据不会丢失，请稍后再试。",
    ),
}


class RoomError(UserError):
    """A refusal. `reason` is for programs, `text` for people."""

    def __init__(self, reason: Reason, text: Text | None = None) -> None:
        super().__init__(text or _TEXTS[reason])
        self.reason = reason

    def __reduce__(self) -> tuple[type["RoomError"], tuple[Reason, Text]]:  # type: ignore[override]
        return type(self), (self.reason, self.text)


def invalid(text: Text) -> RoomError:
    """Return the refusal of a value that makes no sense."""
    return RoomError("invalid", text)
