"""What a browser fetches over HTTP for a page, and how many bytes that is: the shell, and the parts that it shows.

A browser need not be there: `index.html` names the shell, its scripts name what they import, and each kind of element
is a chunk that is fetched when the first one of its kind comes. What lies in a closed popover is not fetched.
"""

import gzip
import re
import urllib.request

from tests.visitor import Screen

_NAMED = re.compile(rb'(?:src|href)="\./([^"]+\.(?:js|css|woff2|png))"')
_IMPORTS = re.compile(rb'(?:from|import)\s*"\./([\w.-]+\.js)"')
_ALWAYS = ("_stcore/health", "_stcore/host-config")
_CHUNK = {"code": "StreamlitSyntaxHighlighter", "dataframe": "DataFrame"}  # where it is not the kind's own name


def weight(address: str, screen: Screen) -> dict[str, int]:
    """File -> bytes on the wire, for who comes for the first time."""
    shell, size = _fetch(address, "")
    sizes = {"index.html": size}
    found = b""
    wanted = [name.decode() for name in _NAMED.findall(shell)] + list(_ALWAYS)
    chunks = {_CHUNK.get(kind) or kind.title().replace("_", "") for kind in _shown(screen)}
    while wanted:
        for name in wanted:
            content, sizes[name] = _fetch(address, name)
            found += content if name.endswith((".js", ".css")) else b""
        named = {f"static/js/{name.decode()}" for name in _IMPORTS.findall(found)}
        for chunk in chunks:
            named |= {
                f"static/js/{name.decode()}" for name in re.findall(rf"\b{chunk}\.[\w-]{{8}}\.js".encode(), found)
            }
        icons = {f"static/media/{name.decode()}" for name in re.findall(rb"MaterialSymbols[\w.-]+\.woff2", found)}
        wanted = sorted((named | icons) - set(sizes))
    return sizes


def _shown(screen: Screen) -> set[str]:
    """The kinds of elements that are not in a popover."""
    closed = [place for place, delta in screen.deltas.items() if delta.add_block.HasField("popover")]
    return {
        delta.new_element.WhichOneof("type")
        for place, delta in screen.deltas.items()
        if delta.HasField("new_element") and not any(place[: len(block)] == block for block in closed)
    } - {None}


def _fetch(address: str, name: str) -> tuple[bytes, int]:
    request = urllib.request.Request(f"{address}/{name}", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        content = answer.read()
        zipped = answer.headers.get("Content-Encoding") == "gzip"
    return gzip.decompress(content) if zipped else content, len(content)
