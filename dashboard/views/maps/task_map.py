"""The map of tasks: every point is one task, placed by the change that adapting to it makes to the same network."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import pages, session, words
from dashboard.charts.maps import task_map_chart, truths_chart
from dashboard.language import percent
from dashboard.views.section import Section, draw_section
from scenarios.demo.maps import COMPONENTS, FOLDS, SHOTS, TaskMap
from scenarios.scenario import Scenario
from scenarios.text import Language, Text, written

_TITLE = Text(en="1 · Task: a map of the tasks", zh="一、任务表示：任务的分布图")
_FINDING = Text(
    en="The network is never given a task's hidden parameters, yet the change that {shots} labels make to it "
    "reveals them. Best recovered: **{best}**, R² {best_r2} (95% CI {low} to {high}); worst: **{worst}**, R² "
    "{worst_r2}.",
    zh="网络从未得到任务的隐藏参数，但看过 {shots} 个标注后，它的变化透露了这些参数：还原得最准的是**{best}**，R² 为"
    " {best_r2}（95% 置信区间：{low}～{high}）；最难还原的是**{worst}**，R² 为 {worst_r2}。",
)
_FRESH = Text(
    en="{tasks} test {task}s, {shots}. R² below 0: worse than predicting the mean.",
    zh="{tasks} {task}（测试任务），{shots}。R² 低于 0：还不如预测均值。",
)
_NOTE = written(__file__, "tasks")
_TURNED = Text(
    en="On: the axes are cross-validated predictions of the true parameters (supervised). Off: they are the "
    "principal components.",
    zh="开启：坐标轴是对真实参数的交叉验证预测值（有监督）。关闭：坐标轴是主成分。",
)
_TURN = Text(en="Align the axes with the true parameters", zh="旋转图形，对齐真实值")
_TRUTH = Text(en="Colour by", zh="着色依据")
_READING = Text(en="{label}, predicted", zh="{label}（由网络推得）")
_COMPONENT = Text(en="principal component {i} ({share})", zh="第 {i} 主成分（{share}）")
_OPEN = Text(en="Open {task} {seed}", zh="打开{task} {seed} 号")
_PRESS = Text(
    en="Circle: above the median; diamond: below. Click or tap a point to show its {task} in maps 2 and 4.",
    zh="圆点高于中位数，菱形低于中位数。点选一个点，第二、第四张图就换成那{task}。",
)
_MAP_TAKEAWAY = Text(
    en="{tasks} tasks on a plane, coloured by {label}. Predicted from the map, it has an R² of {r2} (95% CI {low} "
    "to {high}).",
    zh="{tasks} 个任务在平面上的位置，按{label}着色。由图预测该真实值的 R² 为 {r2}（95% 置信区间：{low}～{high}）。",
)
_BARS_TAKEAWAY = Text(
    en="R² of each hidden parameter predicted from the map, best first: {scores}.",
    zh="由图预测各隐藏参数的 R²，由好到差：{scores}。",
)
_SEED = Text(en="task", zh="任务编号")
_TRUE = Text(en="{label}, true", zh="{label}，真实值")
_LOW, _HIGH = Text(en="95% CI, low", zh="95% 置信下限"), Text(en="95% CI, high", zh="95% 置信上限")
_CHART = "task_map_chart"


def show(scenario: Scenario, tasks_map: TaskMap) -> None:
    view, prose = session.view(), scenario.prose
    language = view.lang
    draw_section(_lead(tasks_map, language))
    picture, controls = st.columns([1.5, 1], gap="medium")
    with controls:
        if view.colour not in tasks_map.names:
            session.assume(colour=tasks_map.names[0])
        labels = dict(zip(tasks_map.names, tasks_map.labels, strict=True))
        st.selectbox(
            _TRUTH[language], tasks_map.names, format_func=lambda name: labels[name][language],
            key=session.widget("colour"), on_change=session.take, args=("colour",),
        )  # fmt: skip
        st.toggle(
            _TURN[language], key=session.widget("turned"), on_change=session.take, args=("turned",),
            help=_TURNED[language],
        )  # fmt: skip
        chosen, turned = tasks_map.names.index(session.view().colour), bool(view.turned)
        draw_section(_truths(tasks_map, chosen, language))
    with picture:
        draw_section(_map(scenario, tasks_map, view.seed, chosen, turned, language), on_select=_choose_task)
        st.caption(_PRESS.format(task=prose.a_task[language])[language])
        _way_to_page(scenario)
    draw_section(_how_measured(scenario, tasks_map, language))


def _lead(tasks_map: TaskMap, language: Language) -> Section:
    best, low, high = _figures(tasks_map.r2[0])
    labels = tasks_map.labels
    finding = _FINDING.format(
        shots=SHOTS, best=labels[0], best_r2=best, low=low, high=high, worst=labels[-1],
        worst_r2=_figures(tasks_map.r2[-1])[0],
    )  # fmt: skip
    return Section(key="task", heading=_TITLE, finding=finding[language])


def _how_measured(scenario: Scenario, tasks_map: TaskMap, language: Language) -> Section:
    labels = words.counted(scenario.metric, SHOTS)
    note = _NOTE.format(
        tasks=len(tasks_map.seeds), task=scenario.prose.a_task, components=COMPONENTS, folds=FOLDS, shots=labels,
        held=percent(float(tasks_map.explained.sum())),
    )  # fmt: skip
    line = _FRESH.format(tasks=len(tasks_map.seeds), task=scenario.prose.a_task, shots=labels)
    return Section(key="task_measured", note=line[language], method=note[language])


def _truths(tasks_map: TaskMap, chosen: int, language: Language) -> Section:
    """Return how well each hidden parameter is read, with the chosen one marked."""
    labels = [label[language] for label in tasks_map.labels]
    scores = [Text(*[f"{label} {_figures(row)[0]}"] * 2) for label, row in zip(labels, tasks_map.r2, strict=True)]
    return Section(
        key="truths_chart",
        figure=truths_chart(labels, tasks_map.r2, chosen, language),
        alt=_BARS_TAKEAWAY.format(scores=words.clauses(scores))[language],
        table=_truths_table(tasks_map, language),
    )


def _map(scenario: Scenario, tasks_map: TaskMap, here: int, chosen: int, turned: bool, language: Language) -> Section:
    """Return the map, coloured by the `chosen` parameter; `here` is the seed of the page's task."""
    if turned:
        other = 1 if chosen == 0 and len(tasks_map.names) > 1 else 0
        places = tasks_map.read[:, [chosen, other]]
        titles = [_READING.format(label=tasks_map.labels[i])[language] for i in (chosen, other)]
    else:
        places = tasks_map.components[:, :2]
        shares = [percent(float(share)) for share in tasks_map.explained[:2]]
        titles = [_COMPONENT.format(i=i + 1, share=share)[language] for i, share in enumerate(shares)]
    figure = task_map_chart(
        places,
        tasks_map.truth[:, chosen],
        tasks_map.seeds,
        here=here,
        task=scenario.prose.task,
        titles=(titles[0], titles[1]),
        label=tasks_map.labels[chosen][language],
        language=language,
    )
    value, low, high = _figures(tasks_map.r2[chosen])
    alt = _MAP_TAKEAWAY.format(tasks=len(tasks_map.seeds), label=tasks_map.labels[chosen], r2=value, low=low, high=high)
    return Section(key=_CHART, figure=figure, alt=alt[language], table=partial(_map_table, tasks_map, language))


def _map_table(tasks_map: TaskMap, language: Language) -> pd.DataFrame:
    columns: dict[str, object] = {_SEED[language]: tasks_map.seeds}
    for i, label in enumerate(tasks_map.labels):
        columns[_TRUE.format(label=label)[language]] = tasks_map.truth[:, i].round(3)
        columns[_READING.format(label=label)[language]] = tasks_map.read[:, i].round(3)
    return pd.DataFrame(columns)


def _choose_task() -> None:
    """Take the seed of a clicked point as the page's task."""
    pressed = session.pressed(_CHART, "customdata")
    if pressed:
        session.change(seed=int(pressed[0]), draw=0)


def _way_to_page(scenario: Scenario) -> None:
    """Link to the page of the chosen task, with the labels that the map was drawn from."""
    language, view = session.language(), session.view()
    text = _OPEN.format(task=scenario.prose.task[language], seed=view.seed)[language]
    if st.button(text, type="primary", icon=scenario.prose.icon, key="open_task"):
        session.change(shots=SHOTS, draw=0)
        pages.switch_to(scenario.name)


def _figures(estimate: np.ndarray) -> list[str]:
    """Return a value and its interval with two decimals and a typographic minus."""
    return [f"{float(value) + 0.0:.2f}".replace("-", "−") for value in estimate]


def _truths_table(tasks_map: TaskMap, language: Language) -> pd.DataFrame:
    names = [label[language] for label in tasks_map.labels]
    value, low, high = tasks_map.r2.T.round(3)
    return pd.DataFrame({_TRUTH[language]: names, "R²": value, _LOW[language]: low, _HIGH[language]: high})
