"""The examples of a task: the labelled ones in units, and the predictions for the later ones."""

from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st

from dashboard import session, words
from dashboard.charts.style import named
from dashboard.views import formatting, signals_panel
from scenarios.demo.precomputed import DemoTask
from scenarios.episode import Draw
from scenarios.learners.registry import META_LEARNED, RULE, demonstrated
from scenarios.scenario import Feature, Scenario
from scenarios.task import Labels
from scenarios.text import Language, Text

_UNIT = Text(en="unit", zh="单位")
_WITH_UNIT = Text(en="{name}, {unit}", zh="{name}，{unit}")
REFERENCE = Text(en="range", zh="范围")
_NUMBER = Text(en="No.", zh="编号")
_BY_RISK = Text(
    en="Sorted by the meta-learned probability, highest first. Select a row: the {example} is explained below.",
    zh="按元学习给出的概率从高到低排列。选中一行，下方即是对该{example}的说明。",
)
_OF_CLASS = Text(en="{name}: {kind}, %", zh="{name}：{kind}，%")
_ROWS = "query_rows"  # the table's key
_LATER = 7  # rows of later examples that are seen at once
_SIDE_BY_SIDE = 5  # labelled examples of each class; of more, classes take turns, so that both are in view


def show(scenario: Scenario, draw: Draw, shown: DemoTask | None) -> None:
    language = session.language()
    if is_signal(scenario):
        signals_panel.show(scenario, draw)
        _later(scenario, draw, shown)
        return
    st.markdown(scenario.prose.support.format(shots=session.view().shots)[language])
    st.dataframe(
        pa.table(_support_columns(scenario, draw, language)),
        height=35 * (len(scenario.features) + 1) + 3,
        column_config={scenario.prose.quantity[language]: st.column_config.Column(pinned=True)},
        hide_index=True,
    )
    _later(scenario, draw, shown)


def is_signal(scenario: Scenario) -> bool:
    """Whether an example is a window of signals (time, channels) instead of a row of features."""
    return len(scenario.example_shape) == 2


def _later(scenario: Scenario, draw: Draw, shown: DemoTask | None) -> None:
    if shown is None:
        return
    language = session.language()
    how = _BY_RISK.format(example=scenario.prose.example)
    st.markdown(words.joined(scenario.prose.query, how)[language])
    risks = [named(name, language, scenario.decision) for name in weighing(scenario) if name in shown.answers]
    order = np.argsort(-shown.risk(META_LEARNED), kind="stable")
    position = int(np.flatnonzero(order == chosen(draw, shown) - 1)[0])
    _select(position)
    st.dataframe(
        pa.table(_query_columns(scenario, draw, shown, language)).take(order),
        height=35 * (_LATER + 1) + 3,
        key=_ROWS,
        on_select=partial(_choose, order, position),
        selection_mode=("single-row-required", "single-cell"),
        column_config={name: st.column_config.NumberColumn(format="%.1f%%") for name in risks},
        hide_index=True,
    )


def chosen(draw: Draw, shown: DemoTask) -> int:
    """Return the number, from 1, of the selected query example; if there is none, of the least certain one.

    That is the one whose meta-learned probability of the last class is nearest to one half.
    """
    asked = session.view().example
    if 1 <= asked <= draw.query.y.shape[1]:
        return asked
    return shown.least_certain


def _select(position: int) -> None:
    """Mark the explained row in the table, also after a link or a change of the rows' order."""
    if _pressed() != [position]:
        st.session_state[_ROWS] = {"selection": {"rows": [position]}}


def _pressed() -> list[int]:
    """Return the rows whose cell or mark is selected. A browser may send anything."""
    try:
        selection = st.session_state[_ROWS]["selection"]
        rows = [*(row for row, _ in selection.get("cells", ())), *selection["rows"]]
    except (AttributeError, KeyError, TypeError, ValueError):
        return []
    return [row for row in rows if isinstance(row, int)]


def _choose(order: Labels, before: int) -> None:
    """Take the clicked row. It differs from `before`, the marked row or the cell clicked last."""
    pressed = next((row for row in _pressed() if row != before), before)
    if pressed != before and 0 <= pressed < len(order):
        session.change(example=int(order[pressed]) + 1)


def support_table(scenario: Scenario, draw: Draw, language: Language, *, flagged: bool = True) -> pd.DataFrame:
    """One row per measurement, one column per labelled example; class 1 first, and of many in turn.

    Without flags, values are numbers.
    """
    return pd.DataFrame(_support_columns(scenario, draw, language, flagged=flagged))


def _support_columns(
    scenario: Scenario, draw: Draw, language: Language, *, flagged: bool = True
) -> dict[str, list[str] | list[str | float]]:
    features, y, x = scenario.features, draw.support.y[0], draw.support.x[0]
    columns: dict[str, list[str] | list[str | float]] = {
        scenario.prose.quantity[language]: [f.label[language] for f in features],  # short: it stays in view on a phone
        _UNIT[language]: [f.unit[language] for f in features],
    }
    if any(map(has_range, features)):
        columns |= {REFERENCE[language]: [reference(f, language) for f in features]}
    shown = [(kind, number) for kind in reversed(range(scenario.ways)) for number in range((y == kind).sum())]
    if len(shown) > _SIDE_BY_SIDE * scenario.ways:
        shown.sort(key=lambda each: each[1])
    for kind, number in shown:
        pairs = zip(features, x[y == kind][number], strict=True)
        columns[f"{scenario.classes[kind][language]} {number + 1}"] = [
            _flagged(f, v) if flagged else round(float(v), f.decimals) for f, v in pairs
        ]
    return columns


def query_table(scenario: Scenario, draw: Draw, shown: DemoTask, language: Language) -> pd.DataFrame:
    """One row per later example: the truth, and every learner's risk in per cent."""
    return pd.DataFrame(_query_columns(scenario, draw, shown, language))


def _query_columns(scenario: Scenario, draw: Draw, shown: DemoTask, language: Language) -> dict[str, object]:
    columns: dict[str, object] = {
        _NUMBER[language]: list(range(1, draw.query.y.shape[1] + 1)),
        scenario.prose.outcome[language]: [scenario.classes[y][language] for y in draw.query.y[0]],
    }
    for name in weighing(scenario):
        if name in shown.answers:
            columns[named(name, language, scenario.decision)] = (100.0 * shown.risk(name)).round(1)
    return columns


def answers_table(scenario: Scenario, draw: Draw, shown: DemoTask, language: Language) -> pd.DataFrame:
    """One row per later example: the truth, and every learner's probability of every class in per cent.

    Then its values in units, unless it is a window of signals.
    """
    columns = _query_columns(scenario, draw, shown, language)
    if not is_signal(scenario):
        for place, feature in enumerate(scenario.features):
            heading = _WITH_UNIT.format(name=feature.label, unit=feature.unit)[language]
            columns[heading] = draw.query.x[0, :, place].astype(float).round(feature.decimals)
    if scenario.ways == 2:
        return pd.DataFrame(columns)
    weighed = {named(name, language, scenario.decision) for name in weighing(scenario)}
    columns = {heading: column for heading, column in columns.items() if heading not in weighed}
    for name in demonstrated(scenario):
        if name in shown.answers:
            for kind, share in zip(scenario.classes, shown.answers[name].T, strict=True):
                called = _OF_CLASS.format(name=named(name, language, scenario.decision), kind=kind[language])[language]
                columns[called] = (100.0 * share).round(1)
    return pd.DataFrame(columns)


def weighing(scenario: Scenario) -> list[str]:
    """Return the learners without the rule, which decides: its probabilities only rank."""
    return [name for name in demonstrated(scenario) if name != RULE]


def has_range(feature: Feature) -> bool:
    """Return whether it has a reference interval."""
    return feature.low is not None or feature.high is not None


def reference(feature: Feature, language: Language) -> str:
    """Return its reference interval, or a dash."""
    if not has_range(feature):
        return "–"
    if feature.low is None:
        return f"≤ {feature.high:g}"
    if feature.high is None:
        return f"≥ {feature.low:g}"
    low, high = (formatting.number(bound, feature.decimals) for bound in (feature.low, feature.high))
    return formatting.between(low, high)[language]


def _flagged(feature: Feature, value: float) -> str:
    return feature.format(value) + flag(feature, value)


def flag(feature: Feature, value: float) -> str:
    """Return an arrow behind a value outside the reference interval, as it is read with the feature's decimals."""
    return {-1: " ↓", 0: "", 1: " ↑"}[feature.flag(round(float(value), feature.decimals))]
