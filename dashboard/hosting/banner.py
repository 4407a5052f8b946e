"""The banner at the start of a server: its URL, in letters large enough for a projector."""

from contextlib import suppress

from dashboard import addresses
from scenarios.text import Text

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # the address of a server that other machines can reach
_HERE = Text(en="Quick Study is running at:", zh="举一反三已启动：")
_ROOM = Text(en="Laptops and phones in this network open:", zh="同一网络内的电脑和手机，请在浏览器中输入：")
_ALONE = Text(
    en="No network was found, so only this machine can reach it. Join the Wi-Fi of the room and start it again.",
    zh="未检测到网络，目前只有本机可以访问。请先连接会场 Wi-Fi，再重新启动。",
)
_END = Text(en="Press Ctrl-C to stop it.", zh="按 Ctrl-C 结束。")


def announcement(address: str, port: int, *, large: bool, base: str = "") -> str:
    """Return the banner in both languages, since readers may not share the operator's."""
    if address not in EVERYWHERE:
        return "\n".join(["", _both(_HERE), f"  http://{_bracketed(address)}:{port}{base}", _both(_END), ""])
    lines = ["", _both(_HERE), f"  http://localhost:{port}{base}", ""]
    if not large:  # a container's own address cannot be reached from outside
        return "\n".join([*lines, _both(_END), ""])
    local = addresses.in_local_network()
    if not local:
        return "\n".join([*lines, _both(_ALONE), _both(_END), ""])
    lines += [_both(_ROOM), "", addresses.large(f"{local[0]}:{port}"), ""]
    lines += [f"  http://{each}:{port}{base}" for each in local]
    return "\n".join([*lines, "", _both(_END), ""])


def announce(text: str) -> None:
    """Print the welcome, if anything reads this process's output: a server goes on without."""
    with suppress(OSError, ValueError):  # a pipe whose other end has closed; a stream that was closed
        print(text, flush=True)


def _both(text: Text) -> str:
    return f"{text.en}\n{text.zh}"


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
