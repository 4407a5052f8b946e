"""The labelled examples of a task that are windows of signals: as curves, and in the plane of their trade."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import session, words
from dashboard.charts.signals import plane_chart, windows_chart
from dashboard.permalink import WINDOWS
from dashboard.views import frame
from dashboard.views.section import Section, draw_section
from scenarios.episode import Draw
from scenarios.scenario import Feature, Scenario, Signal
from scenarios.task import Array, Labels
from scenarios.text import Language, Text

MOST = WINDOWS  # windows of each class that are drawn

_CHOOSE = Text(en="Window of each style", zh="每种风格看第几个片段")
_WINDOWS_TAKEAWAY = Text(
    en="Window {number} of each class, {seconds} s at {rate} Hz: {channels}. Dashed lines: common telematics "
    "thresholds. Peaks in the plane beside it: {peaks}.",
    zh="各类第 {number} 个片段，{seconds} 秒、{rate} Hz，依次为{channels}，虚线为车联网常用阈值。右侧平面上的峰值"
    "：{peaks}。",
)
_DASHED = Text(en="Dashed: {marks}.", zh="虚线：{marks}。")
_MARKS = Text(en="Dashed, as far as the axes reach: {marks}.", zh="虚线（超出坐标范围的不画）：{marks}。")
_VALUE = Text(en="{feature} {marks}", zh="{feature} {marks}")
_MARK = Text(en="{feature} {marks} ({meaning})", zh="{feature} {marks}（{meaning}）")
_SIZE = Text(en="{sizes} {unit}", zh="{sizes} {unit}")
_SAME = Text(en="{size} = {also}", zh="{size}＝{also}")
_CALLED = Text(
    en="**{plane}.** Of these windows, the fixed rule would raise an alarm for {alarms}.",
    zh="**{plane}**：固定规则会报警的片段，{alarms}。",
)
_ALARMS = Text(en="{count} of {shown} {kind}", zh="{kind} {shown} 个中有 {count} 个")
_PLANE_TAKEAWAY = Text(
    en="{up} against {right}, the first {shown} windows of each class, filtered as a device reports them. Alarms of "
    "the fixed rule: {alarms}.",
    zh="{up}随{right}的分布，各类前 {shown} 个片段，已按设备上报方式滤波。固定规则报警：{alarms}。",
)
_SQUARE = Text(
    en="Square: the rule, on either axis. Circle: the combined acceleration equals its limit.",
    zh="方框：规则，任一轴超限即报警；圆：两轴合成值等于该限值。",
)
_FILTERED = Text(
    en="The first {shown} windows of each class; every sample is a point, filtered as a device reports it.",
    zh="各类前 {shown} 个片段，每个采样为一点，已按设备上报方式滤波。",
)
_KIND = Text(en="label", zh="标注")
_WINDOW = Text(en="window", zh="片段")
_TIME = Text(en="time, s", zh="时间，s")
_COLUMN = Text(en="{feature}, {unit}", zh="{feature}，{unit}")


def show(scenario: Scenario, draw: Draw) -> None:
    """Show the labelled windows of this task: one of each class as signals, the first few together in the plane."""
    language, signal = session.language(), signal_of(scenario)
    shown = min(session.view().shots, MOST)
    st.markdown(scenario.prose.support.format(shots=session.view().shots)[language])
    left, right = st.columns([1.35, 1], gap="medium")
    with left:
        draw_section(_windows(scenario, signal, draw, _choose(shown), language))
    with right:
        draw_section(_plane(scenario, signal, draw, shown, language))


def signal_of(scenario: Scenario) -> Signal:
    """Return the scenario's signal. Raises ValueError if the author of a scenario of windows left it out."""
    if scenario.signal is None:
        raise ValueError("a scenario whose examples are windows of signals needs its `signal`")
    return scenario.signal


def _choose(shown: int) -> int:
    """Which window of each class, counted from 1."""
    if session.view().window > shown:
        session.assume(window=1)
    frame.switch("window", _CHOOSE, range(1, shown + 1), str)
    return session.view().window


def _windows(scenario: Scenario, signal: Signal, draw: Draw, number: int, language: Language) -> Section:
    x, y = draw.support.x[0], draw.support.y[0]
    windows = np.stack([x[y == kind][number - 1] for kind in range(scenario.ways)])
    far = np.hypot(*np.moveaxis(signal.plane(windows), -1, 0)).max(-1)
    peaks = [
        f"{kind[language]} {peak:.2f} {signal.unit[language]}" for kind, peak in zip(scenario.classes, far, strict=True)
    ]
    alt = _WINDOWS_TAKEAWAY.format(
        number=number,
        seconds=f"{windows.shape[1] / signal.rate:g}",
        rate=f"{signal.rate:g}",
        channels=words.listed([feature.label[language] for feature in scenario.features], language),
        peaks=words.listed(peaks, language),
    )
    return Section(
        key="windows_chart",
        figure=windows_chart(windows, signal, scenario.features, scenario.classes, language=language),
        alt=alt[language],
        table=partial(window_table, scenario, windows, np.arange(scenario.ways), language),
        note=marks(scenario, language),
        method=meanings_of_marks(scenario, language),
    )


def marks(scenario: Scenario, language: Language) -> str:
    """Return the values of the dashed lines of signals."""
    values = [
        _VALUE.format(feature=words.uncapitalised(feature.label), marks=_sizes(feature, language))[language]
        for feature in scenario.features
        if feature.marks
    ]
    return _DASHED.format(marks=words.listed(values, language))[language]


def meanings_of_marks(scenario: Scenario, language: Language) -> str:
    """Return the meanings of the dashed lines of signals."""
    meanings = [
        _MARK.format(
            feature=feature.label,
            marks=_sizes(feature, language),
            meaning=feature.marked,
        )[language]
        for feature in scenario.features
        if feature.marks and feature.marked
    ]
    return _MARKS.format(marks=words.listed(meanings, language))[language]


def _sizes(feature: Feature, language: Language) -> str:
    """Return a feature's reference marks with their unit, and in the other unit that is usual in the industry."""
    sizes = words.listed([_said(feature, size) for size in sorted({*map(abs, feature.marks)})], language)
    size = _SIZE.format(sizes=sizes, unit=feature.unit)
    return (_SAME.format(size=size, also=feature.marks_also) if feature.marks_also else size)[language]


def _said(feature: Feature, size: float) -> str:
    """Return a reference mark of the industry, with both signs if it has two."""
    return f"{'±' if -size in feature.marks else ''}{size:.{feature.decimals}f}"


def _plane(scenario: Scenario, signal: Signal, draw: Draw, shown: int, language: Language) -> Section:
    kinds = draw.support.y[0][: shown * scenario.ways]
    points = signal.plane(draw.support.x[0][: len(kinds)])
    beyond = np.abs(points).max(axis=(1, 2)) > signal.limit
    alarms = words.listed(
        [
            _ALARMS.format(count=beyond[kinds == k].sum(), shown=shown, kind=kind[language])[language]
            for k, kind in enumerate(scenario.classes)
        ],
        language,
    )
    return Section(
        key="plane_chart",
        finding=_CALLED.format(plane=signal.name, alarms=alarms)[language],
        figure=plane_chart(points, kinds, signal, scenario.classes, language=language),
        alt=_PLANE_TAKEAWAY.format(up=signal.up, right=signal.right, shown=shown, alarms=alarms)[language],
        table=partial(_plane_table, scenario, signal, points, kinds, language),
        note=_SQUARE[language],
        method=_FILTERED.format(shown=shown)[language],
    )


def window_table(scenario: Scenario, windows: Array, kinds: Labels, language: Language) -> pd.DataFrame:
    """Windows (windows, samples, channels) in long form: one row per window and sample, units in the headings."""
    columns = _columns(scenario, kinds, windows.shape[1], language)
    for channel, feature in enumerate(scenario.features):
        heading = _COLUMN.format(feature=feature.label[language], unit=feature.unit[language])[language]
        columns[heading] = windows[..., channel].ravel().astype(float).round(feature.decimals + 2)
    return pd.DataFrame(columns)


def support_table(scenario: Scenario, draw: Draw, language: Language) -> pd.DataFrame:
    """All labelled windows in long form."""
    return window_table(scenario, draw.support.x[0], draw.support.y[0], language)


def _plane_table(scenario: Scenario, signal: Signal, points: Array, kinds: Labels, language: Language) -> pd.DataFrame:
    columns = _columns(scenario, kinds, points.shape[1], language)
    for axis, heading in enumerate((signal.right, signal.up)):
        columns[heading[language]] = points[..., axis].ravel().astype(float).round(3)
    return pd.DataFrame(columns)


def _columns(scenario: Scenario, kinds: Labels, samples: int, language: Language) -> dict[str, object]:
    """Label, number within the label, and time of every sample of every window."""
    number = [int((kinds[: i + 1] == kind).sum()) for i, kind in enumerate(kinds)]
    seconds = np.arange(samples) / signal_of(scenario).rate
    return {
        _KIND[language]: np.repeat([scenario.classes[kind][language] for kind in kinds], samples),
        _WINDOW[language]: np.repeat(number, samples),
        _TIME[language]: np.tile(seconds, len(kinds)),
    }
