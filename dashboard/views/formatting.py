"""Numbers as sentences have them: intervals, differences, numbers of labels, and the learners' colours."""

import re
from collections.abc import Sequence

from dashboard.language import percent, scored
from scenarios.evaluation.estimate import OpenEstimate
from scenarios.metrics import Metric
from scenarios.scenario import Feature
from scenarios.text import Language, Text
from scenarios.wording import change as change
from scenarios.wording import difference as difference
from scenarios.wording import estimated as estimated

BLUE, ORANGE = "blue", "orange"
_SECONDS, _MINUTES = Text(en="{n} s", zh="{n} 秒"), Text(en="{n} min", zh="{n} 分钟")
_HOURS = Text(en="{hours} h {n} min", zh="{hours} 小时 {n} 分钟")
_COLOURED = re.compile(r":[a-z-]+\[(.*?)\]")  # as Streamlit's Markdown has it
_LONG = 90  # seconds from which on they are minutes, and minutes from which on they are hours


def duration(seconds: float) -> Text:
    """Return how long something takes, in its two largest units at most."""
    if seconds > 60 * _LONG:
        hours, minutes = divmod(round(seconds / 60), 60)
        return _HOURS.format(hours=hours, n=minutes)
    if seconds > _LONG:
        return _MINUTES.format(n=round(seconds / 60))
    return _SECONDS.format(n=max(1, round(seconds)))


def coloured(text: str, colour: str) -> str:
    """Return a figure in its learner's colour, in Streamlit's Markdown."""
    return f":{colour}[**{text}**]"


def uncoloured(markdown: str) -> str:
    """Return Markdown without its colours."""
    return _COLOURED.sub(r"\1", markdown)


def in_units(feature: Feature, value: float, language: Language) -> str:
    """Return a value with its unit, after each language's custom."""
    is_traced = feature.detection_limit is not None and value < feature.detection_limit
    number = feature.format(value) if is_traced else f"{value:,.{feature.decimals}f}"
    unit = feature.unit[language]
    if unit == "count":
        return number
    between = "" if unit == "%" else " " if language == "zh" else "\u00a0"
    return number + between + unit


def number(value: float, digits: int = 2) -> str:
    """Return a number with a typographic minus sign, and none before zero."""
    return f"{value:z.{digits}f}".replace("-", "−")


def unbroken(text: str) -> str:
    """Return text that a narrow table does not break in two."""
    return re.sub("([–～])", "\u2060\\1\u2060", text).replace(" ", "\u00a0")


_RANGE, _OF_SHARES = Text(en="{low}–{high}", zh="{low}～{high}"), Text(en="{low}–{high}%", zh="{low}%～{high}%")
_SIGNED = Text(en="{low} … {high}", zh="{low}～{high}")  # a dash beside a minus sign would be read as another one
_ESTIMATE = Text(en="{mean} ({range})", zh="{mean}（{range}）")
_IN_CELL = Text(
    en="{mean} ({range})", zh="{mean}\u200b（{range}）"
)  # a Chinese parenthesis alone is no place for a break


def between(low: str, high: str) -> Text:
    """Return a range of two written numbers, for a cell of a table: "0.77–0.79", in Chinese "0.77～0.79"."""
    return (_SIGNED if "−" in low + high else _RANGE).format(low=low, high=high)


def estimate_cell(mean: str, interval: Text, language: Language) -> str:
    """Return an estimate with its interval, to be broken before the interval only: "0.78 (0.77–0.79)"."""
    whole = Text(en=unbroken(interval.en), zh=unbroken(interval.zh))
    return _IN_CELL.format(mean=mean, range=whole)[language]


def estimate(mean: str, interval: Text) -> Text:
    """Return the same for a table that is drawn as a picture, in which nothing breaks."""
    return _ESTIMATE.format(mean=mean, range=interval)


def score_range(estimate: Sequence[float], metric: Metric) -> Text:
    """[mean, low, high] of a score -> "91.3–91.9%", or "0.071–0.083" for an error, after a language's custom."""
    if metric.is_proportion:
        return interval_text(estimate)
    low, high = (scored(bound, metric) for bound in estimate[1:])
    return Text(en=low, zh=low) if low == high else between(low, high)


def interval_text(estimate: Sequence[float]) -> Text:
    """[mean, low, high] of shares -> "91.3–91.9%", in Chinese "91.3%～91.9%"."""
    low, high = (f"{100 * end:.1f}" for end in estimate[1:])
    return _OF_SHARES.format(low=low, high=high)


def share_cell(estimate: Sequence[float], language: Language, digits: int = 0) -> str:
    """[mean, low, high] of shares -> "86% (85.1–86.5%)", to be broken before the interval only."""
    return estimate_cell(percent(estimate[0], digits), interval_text(estimate), language)


def turned(estimate: Sequence[float]) -> Sequence[float]:
    """Return a difference with the opposite sign, which its sentence states in words."""
    return estimate if estimate[0] > 0 else opposite(estimate)


def opposite(estimate: Sequence[float]) -> Sequence[float]:
    """[mean, low, high] of a difference -> that of the difference the other way round."""
    mean, low, high = estimate
    return [-mean, -high, -low]


_FEW = 10  # labels, of which a tenth may still decide between a gain and a loss
_AT_MOST_ONE = Text(en="one or fewer", zh="至多 1")
_MORE_THAN = Text(en="more than {most}", zh="超过 {most}")
_OPEN_END = Text(en="more than {most}", zh="{most} 以上")  # of an interval
_ABOUT = Text(en="about {value}", zh="约 {value}")
_WITHIN = Text(en=" (95% CI {low} to {high})", zh="（95% 置信区间：{low}～{high}）")
_IN_UNITS = Text(en="{amount} {unit}{interval}", zh="{amount} {unit}{interval}")


def amount(estimate: OpenEstimate, most: int) -> tuple[Text, Text | str]:
    """[value, low, high] labels -> "about 44" and " (95% CI 38 to 48)"; None stands for more than was measured.

    Between the two belongs the unit. The interval is empty if the value is a bound.
    """
    if estimate[0] is not None and estimate[0] <= 1:
        return _AT_MOST_ONE, ""
    value, low, high = (None if x is None else f"{x:.1f}" if x < _FEW else f"{x:.0f}" for x in estimate)
    more = _MORE_THAN.format(most=most)
    if value is None:
        return more, ""
    return _ABOUT.format(value=value), _WITHIN.format(
        low=low, high=_OPEN_END.format(most=most) if high is None else high
    )


def worth(estimate: OpenEstimate, most: int, unit: Text) -> Text:
    """[value, low, high] labels -> "about 44 labels per class (95% CI 38 to 48)"."""
    number, interval = amount(estimate, most)
    return _IN_UNITS.format(amount=number, unit=unit, interval=interval)
