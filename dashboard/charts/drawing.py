"""Figures as plain dictionaries, serialised once; Plotly's own objects are built only on access.

Building and checking Plotly's objects takes longer than everything else on a page, and only checks our own figures.
A drawing is serialised once: pages keep figures that everybody sees, and send them again at no cost.
"""

import base64
from functools import lru_cache
from typing import Any

import numpy as np
import orjson
import plotly.graph_objects as go
import plotly.io
from plotly.basedatatypes import BaseFigure

Part = dict[str, Any]  # a part of a figure, in the form of Plotly's JSON
_TO_TEXT = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
_WRAPPED = len('{"dtype":"f4","bdata":""}')
_AS_BYTES = {np.dtype(kind): kind for kind in ("u1", "i1", "u2", "i2", "f4")}


class Drawing(go.Figure):  # type: ignore[misc]
    """An immutable figure of plain dictionaries."""

    def __init__(self, plain: Part) -> None:
        self._plain = plain
        self._built = False
        self._text: bytes | None = None

    def __getattr__(self, name: str) -> Any:
        """Build the attribute with Plotly on first access."""
        if name == "_built" or self._built:
            raise AttributeError(name)
        self._built = True
        super().__init__(self._plain, _validate=False)
        return getattr(self, name)

    def text(self) -> bytes:
        """Return the whole figure as JSON."""
        if self._text is None:
            kinds = tuple(sorted({trace["type"] for trace in self._plain["data"]}))
            layout = self._plain["layout"] | {"template": _template(plotly.io.templates.default, kinds)}
            self._text = orjson.dumps(_packed(self._plain | {"layout": layout}), option=_TO_TEXT)
        return self._text

    def plain(self) -> Part:
        """Return the whole figure as Plotly's JSON has it. Do not change it: a drawing is shared."""
        return self._plain


class _Sealed(BaseFigure):  # type: ignore[misc]
    """A drawing for Streamlit, which only asks for a dictionary."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing

    def to_dict(self) -> "_Letter":
        return _Letter(self._drawing)


class _Letter(Part):
    """A dictionary with the keys that Streamlit reads; as JSON it is the whole figure."""

    def __init__(self, drawing: Drawing) -> None:
        layout = drawing.plain()["layout"]
        super().__init__(layout={side: layout.get(side) for side in ("width", "height")})
        self._text = drawing.text()

    def to_plotly_json(self) -> orjson.Fragment:
        return orjson.Fragment(self._text)


def sealed(figure: go.Figure) -> BaseFigure:
    """Return a figure that Streamlit can send without building Plotly's objects."""
    return _Sealed(figure) if isinstance(figure, Drawing) else figure


@lru_cache(maxsize=16)
def _template(name: str, kinds: tuple[str, ...]) -> Part:
    """Return the template's settings for these kinds of traces, without colour scales: charts set their own."""
    whole = plotly.io.templates[name].to_plotly_json()
    data = {kind: settings for kind, settings in whole.get("data", {}).items() if kind in kinds}
    layout = {name: settings for name, settings in whole["layout"].items() if name not in ("colorscale", "coloraxis")}
    return {"data": data, "layout": layout}


def _packed(part: Any) -> Any:
    """Return the same part with its arrays as short as JSON can have them."""
    if isinstance(part, dict):
        return {name: _packed(inside) for name, inside in part.items()}
    if isinstance(part, list):
        return [_packed(inside) for inside in part] if part and isinstance(part[0], dict | np.ndarray) else part
    return _shortest(part) if isinstance(part, np.ndarray) else part


def _shortest(array: np.ndarray) -> Any:
    """Return an array of numbers: as text if they have few digits, else as the bytes that Plotly reads."""
    if array.dtype.kind == "f":
        array = array.astype(np.float32)  # seven digits: more than a screen has pixels
    elif array.dtype not in _AS_BYTES:
        return array.tolist()
    array = np.ascontiguousarray(array)
    written, coded = orjson.dumps(array, option=_TO_TEXT), base64.b64encode(array.tobytes())
    if len(written) <= len(coded) + _WRAPPED:
        return orjson.Fragment(written)
    shape = {"shape": ", ".join(map(str, array.shape))} if array.ndim > 1 else {}
    return {"dtype": _AS_BYTES[array.dtype], "bdata": coded.decode(), **shape}
