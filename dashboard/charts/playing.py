"""Back to start, play, pause, one step, and a slider: for any figure whose moments are Plotly frames."""

from collections.abc import Sequence
from typing import Any

from dashboard.charts import style
from scenarios.text import Language, Text

ROOM = 98  # px below the axis' title that the controls take
PLAY = Text(en="▶ Play", zh="▶ 播放")
PAUSE = Text(en="Pause", zh="暂停")
STEP = Text(en="Step", zh="单步")
BACK = Text(en="Start over", zh="回到起点")
_AT_ONCE = {"mode": "immediate", "transition": {"duration": 0}, "frame": {"duration": 0, "redraw": False}}


def controls(
    stops: Sequence[tuple[str, str]],
    language: Language,
    *,
    plot: int,
    below: int,
    pace: int = 300,
    active: int | None = None,
) -> dict[str, Any]:
    """Layout for frames in their order: (name, what the slider says).

    plot: height of the plotting area in px, which is what Plotly places by; below: px from its lower edge to the
    buttons; pace: ms per frame; active: the stop at which the figure opens, the last one unless told. A last stop
    whose name is no number is left out of playing: it is a view of its own.

    Plotly has no step: from the frame that is on, it plays what follows that frame's first place in the list. With
    every frame named twice, that is the same frame again, for no time, and then the next one, for ever.
    """
    names = [name for name, _ in stops if name.isdigit()]
    play = _AT_ONCE | {"fromcurrent": True, "frame": {"duration": pace, "redraw": False}}
    one = play | {"frame": [{"duration": 0, "redraw": False}, {"duration": 10**9, "redraw": False}]}
    actions = (
        (BACK, names[:1], _AT_ONCE),
        (PLAY, names, play),
        (PAUSE, [None], _AT_ONCE),
        (STEP, names[:1] + [name for name in names[1:] for _ in range(2)], one),
    )
    buttons = {
        "type": "buttons", "direction": "right", "showactive": False, "x": 0, "xanchor": "left", "y": -below / plot,
        "yanchor": "top", "pad": {"t": 0, "r": 4}, "bgcolor": style.BACKGROUND, "bordercolor": style.EDGE,
        "font": {"color": style.TEXT, "size": 12},
        "buttons": [
            {"label": text[language], "method": "animate", "args": [what, how]} for text, what, how in actions
        ],
    }  # fmt: skip
    slider = {
        "active": len(stops) - 1 if active is None else active, "x": 0, "len": 1, "y": -(below + 40) / plot,
        "yanchor": "top", "pad": {"t": 0}, "minorticklen": 0, "ticklen": 0, "bgcolor": style.COLOUR["maml"],
        "bordercolor": style.COLOUR["maml"], "activebgcolor": style.COLOUR["maml"],
        "font": {"size": 1, "color": "rgba(0,0,0,0)"},
        "currentvalue": {"xanchor": "left", "offset": 6, "font": {"size": 13, "color": style.TEXT}},
        "steps": [{"label": label, "method": "animate", "args": [[name], _AT_ONCE]} for name, label in stops],
    }  # fmt: skip
    return {"updatemenus": [buttons], "sliders": [slider]}
