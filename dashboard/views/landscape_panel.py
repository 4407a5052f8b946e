"""Why the initialisation matters: two tasks, two starting points, and the number of steps that each needs."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import session
from dashboard import words as sentences
from dashboard.charts.landscape import INTERCEPTS, SLOPES, Walks, landscape_chart
from dashboard.charts.style import named
from dashboard.views import formatting, frame
from dashboard.views.headings import draw_heading
from dashboard.views.section import Section, draw_section
from scenarios.lessons import landscape
from scenarios.lessons.landscape import ANY_LINE, FAMILIES, RELATED, TOLERANCE, Family
from scenarios.task import Array
from scenarios.text import Language, Text

_TITLE = Text(en="Why the initialisation matters", zh="起点为什么重要")
_LEAD = Text(
    en="Every point of this plane is a line: a slope and an intercept. A and B are two tasks; gradient descent "
    "leads to them from {scratch} and from the {maml}. **Click or tap anywhere in the plane to move your "
    "starting point there.**",
    zh="平面上的每一点就是一条直线：一个斜率加一个截距。A、B 是两个任务，沿梯度下降可以从{scratch}走到它们，"
    "也可以从{maml}走。**在平面上任点一处，就能把你的起点放到那里。**",
)
_YOURS = Text(en="**your starting point**", zh="**你的起点**")
_LEARNT = Text(en="**meta-learned initialisation**", zh="**元学习的起点**")
_RESULT = Text(
    en="Steps to A and B: {scratch} from your starting point, {maml} from the meta-learned initialisation. Mean "
    "over {tasks} test tasks: {scratch_mean} against {maml_mean} steps.",
    zh="走到 A、B 两处，从你的起点分别需要 {scratch}，从元学习的起点分别需要 {maml}。{tasks} 个测试任务平均："
    "{scratch_mean} 步对 {maml_mean} 步。",
)
_PAIR = Text(en="{a} and {b}", zh="{a} 步和 {b} 步")
_SLOPE = Text(en="Slope of your starting point", zh="你的起点：斜率")
_INTERCEPT = Text(en="Intercept of your starting point", zh="你的起点：截距")
_LINES = Text(en="Family of lines", zh="直线族")
_FAMILIES = {
    RELATED.name: Text(en="related lines", zh="相近的直线"),
    ANY_LINE.name: Text(en="any line", zh="任意直线"),
}
_RATE = Text(en="Learning rate, for both", zh="学习率（两个起点相同）")
_LEARNT_RATE = Text(en="learned", zh="学来的")
_RATES = ("0.1", "0.3", "0.5", "0.7", "learned")
_AGAIN = Text(en="Resample the two tasks", zh="换两个任务")
_MORALS = {
    RELATED.name: Text(
        en="These tasks resemble each other: slope a ~ N(1.5, 0.5²), intercept b ~ N(−1, 0.4²). The best "
        "initialisation is the centre of the family; it saves the part of the path that all tasks share.",
        zh="这里的任务彼此相近：斜率 a ~ N(1.5, 0.5²)，截距 b ~ N(−1, 0.4²)。最好的起点就是这一族的中心，"
        "省下的正是所有任务共同要走的那段路。",
    ),
    ANY_LINE.name: Text(
        en="These tasks have little in common: slope a ~ U(−3, 3), intercept b ~ U(−2, 2). The best "
        "initialisation is again the centre, (0, 0), the usual starting point: no initialisation can be near "
        "every task. Only the learning rate is left to learn.",
        zh="这里什么直线都有：斜率 a ~ U(−3, 3)，截距 b ~ U(−2, 2)。最好的起点仍是中心 (0, 0)，"
        "不用元学习也会从那里开始：没有哪个起点能靠近所有任务。还能学的，只剩学习率。",
    ),
}
_RATE_NOTE = Text(
    en="Learned learning rates: {slope} for the slope, {intercept} for the intercept, the best pair for five "
    "steps from the centre. A single rate for both diverges at {largest} or more.",
    zh="学来的学习率：斜率 {slope}，截距 {intercept}，是从中心走五步时的最佳组合。若两者共用一个学习率，达到 "
    "{largest} 便会发散。",
)
_VALLEY = Text(
    en="Ellipses: contours of equal loss, a long valley. Paths end at the smallest one.",
    zh="椭圆：等损失线，形如狭长的山谷；路径走到最小的一圈为止。",
)
_FINE_PRINT = Text(
    en="The ellipses are contours of equal loss, a long valley. Paths end at the smallest one: a mean squared "
    "error within {tolerance} of the optimum. The losses are exact (infinitely many points), so the plane "
    "shows paths without the noise of few examples.",
    zh="椭圆是等损失线，形如狭长的山谷；最小的一圈是目标：均方误差与最优值相差不超过 {tolerance}，走到这里即止。"
    "这里的损失是精确值（相当于样本无限多），展示的是路径，不含小样本的噪声。",
)
_TAKEAWAY = Text(
    en="Gradient descent in the plane of slope and intercept. From slope {slope}, intercept {intercept} it takes "
    "{scratch} steps to the two tasks; from the meta-learned initialisation at {start} it takes {maml}.",
    zh="斜率与截距平面上的下降路径。从斜率 {slope}、截距 {intercept} 出发，走到两个任务分别需要 {scratch}；"
    "从元学习的起点 {start} 出发，分别需要 {maml}。",
)
_STEP = Text(en="step", zh="步数")
_COLUMN = Text(en="{name}, task {task}: loss above the best", zh="{name}，任务 {task}：超出最优的损失")
_FRESH = 1000
_DRAWN = 150  # tasks of the family drawn as dots
_PATH = 200
_CHART = "lesson_landscape_chart"


def show() -> None:
    language = session.language()
    slope, intercept = session.view().slope, session.view().intercept
    session.assume(  # a link may lead out of the plane
        slope=float(np.clip(slope, SLOPES[0], SLOPES[-1])),
        intercept=float(np.clip(intercept, INTERCEPTS[0], INTERCEPTS[-1])),
    )
    family = FAMILIES[session.view().lines]
    rates = _rates(family)
    start, learned = np.array([session.view().slope, session.view().intercept]), landscape.meta_start(family)
    starts = {"scratch": start, "maml": learned}
    fresh = landscape.fresh_tasks(family, session.view().seed, _FRESH)
    needed = {name: landscape.steps_needed(place, fresh, rates) for name, place in starts.items()}
    walks = Walks(
        optima=fresh[:2],
        family=fresh[2 : 2 + _DRAWN],
        paths={name: landscape.descend(place, fresh[:2], rates, _PATH) for name, place in starts.items()},
        needed={name: steps[:2] for name, steps in needed.items()},
    )

    draw_heading(_TITLE)
    words, picture = st.columns([1, 1.5], gap="large")
    with words:
        scratch, maml = f":{formatting.ORANGE}[{_YOURS[language]}]", f":{formatting.BLUE}[{_LEARNT[language]}]"
        st.markdown(_LEAD.format(scratch=scratch, maml=maml)[language])
        with st.container(key="result"):
            st.markdown(_result(needed, language))
        _controls(language)
    with picture:
        draw_section(_section(walks, starts, family, language), on_select=_place_start)
    st.markdown(_MORALS[family.name][language])


def _signed(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _section(walks: Walks, starts: dict[str, Array], family: Family, language: Language) -> Section:
    (slope, intercept), learned = starts["scratch"], starts["maml"]
    alt = _TAKEAWAY.format(
        slope=_signed(slope), intercept=_signed(intercept), start=f"({_signed(learned[0])}, {_signed(learned[1])})",
        **{name: _pair(steps) for name, steps in walks.needed.items()},
    )  # fmt: skip
    return Section(
        key=_CHART,
        figure=landscape_chart(walks, language=language),
        alt=alt[language],
        table=partial(_table, walks, language),
        note=_VALLEY[language],
        method=_notes(family, language),
    )


def _rates(family: Family) -> tuple[float, float]:
    rate = session.view().rate
    return landscape.meta_rates(family) if rate == "learned" else (float(rate), float(rate))


def _place_start() -> None:
    """Take a clicked point of the grid as the start."""
    pressed = session.pressed(_CHART, "x", "y")
    if pressed:
        session.change(slope=pressed[0], intercept=pressed[1])


def _controls(language: Language) -> None:
    for name, label, places in (("slope", _SLOPE, SLOPES), ("intercept", _INTERCEPT, INTERCEPTS)):
        low, high, step = float(places[0]), float(places[-1]), float(places[1] - places[0])
        st.slider(label[language], low, high, step=step, key=session.widget(name), on_change=session.take, args=(name,))
    st.segmented_control(
        _LINES[language],
        list(FAMILIES),
        format_func=lambda name: _FAMILIES[name][language],
        key=session.widget("lines"),
        on_change=session.take,
        args=("lines",),
        required=True,
    )
    st.segmented_control(
        _RATE[language],
        _RATES,
        format_func=lambda rate: _LEARNT_RATE[language] if rate == "learned" else rate,
        key=session.widget("rate"),
        on_change=session.take,
        args=("rate",),
        required=True,
    )
    st.button(_AGAIN[language], icon=":material/casino:", key="lesson_new_pair", on_click=frame.change_seed)


def _pair(needed: Array) -> Text:
    return _PAIR.format(a=needed[0], b=needed[1])


def _result(needed: dict[str, Array], language: Language) -> str:
    """Return the page's sentence: steps to the two tasks, and on average over test tasks."""
    colours = {"scratch": formatting.ORANGE, "maml": formatting.BLUE}
    figures = {name: formatting.coloured(_pair(steps)[language], colours[name]) for name, steps in needed.items()}
    means = {
        f"{name}_mean": formatting.coloured(f"{steps.mean():.1f}", colours[name]) for name, steps in needed.items()
    }
    return _RESULT.format(tasks=f"{_FRESH:,}", **figures, **means)[language]


def _notes(family: Family, language: Language) -> str:
    slope, intercept = landscape.meta_rates(family)
    largest = f"{landscape.LARGEST_RATE:.2f}"
    rates = _RATE_NOTE.format(slope=f"{slope:.2f}", intercept=f"{intercept:.2f}", largest=largest)
    return sentences.joined(_FINE_PRINT.format(tolerance=TOLERANCE), rates)[language]


def _table(walks: Walks, language: Language) -> pd.DataFrame:
    columns: dict[str, object] = {_STEP[language]: np.arange(_PATH + 1)}
    for name, path in walks.paths.items():
        above = landscape.excess_loss(path, walks.optima)
        for task, letter in enumerate("AB"):
            columns[_COLUMN.format(name=named(name, language), task=letter)[language]] = above[:, task].round(5)
    return pd.DataFrame(columns)
