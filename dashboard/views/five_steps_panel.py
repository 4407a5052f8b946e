"""The five steps, each with its picture, its point in a sentence, and the code behind it."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import session
from dashboard.charts import lessons
from dashboard.charts.style import named
from dashboard.engine import Job
from dashboard.views import formatting, frame
from dashboard.views.headings import draw_heading
from dashboard.views.section import Section, draw_section
from dashboard.views.waiting import wait_for
from scenarios.catalog import SCENARIOS
from scenarios.episode import Draw
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners.registry import TRACED
from scenarios.lessons.five_steps import (
    NEGLIGIBLE,
    QUERIES,
    SHOWN,
    TASKS,
    Practice,
    draw_lesson,
    extent,
    is_curve,
    true_curves,
)
from scenarios.scenario import Scenario
from scenarios.task import Tasks
from scenarios.text import Language, Text

_TITLE = Text(en="Then, learning how to learn: five steps", zh="再学会怎么学：五个步骤")
_FAMILY = Text(en="Family of tasks", zh="任务族")
_STEP = Text(en="Step", zh="步骤")
_STEPS = (
    Text(en="1 Choose a task", zh="1 选择任务"),
    Text(en="2 Generate data", zh="2 生成数据"),
    Text(en="3 Train a model", zh="3 训练模型"),
    Text(en="4 Evaluate it", zh="4 评估模型"),
    Text(en="5 Learn the meta-strategy", zh="5 学习元学习策略"),
)
_NEXT = Text(en="Next step", zh="下一步")
_AGAIN = Text(en="Another task", zh="换一个任务")
_POINTS = (
    Text(
        en="A task is one curve of a family. Tasks differ, and yet they have a shape in common.",
        zh="一个任务就是任务族里的一条曲线。各个任务互不相同，形状上却有共性。",
    ),
    Text(
        en="The curve itself is hidden. There are {shots} examples to learn from (the support set) and {queries} "
        "others for evaluation (the query set).",
        zh="曲线本身是隐藏的，能看到的只有样本：支持集 {shots} 个用来学习，查询集 {queries} 个用来评估。",
    ),
    Text(
        en="One network, the same {shots} examples, two initialisations. Root mean squared error from the true "
        "curve: meta-learned {maml} after {step}, from scratch {scratch} after {scratch_step}.",
        zh="同一个网络、同样 {shots} 个样本、两个起点：与真实曲线的均方根误差，元学习走 {step}后为 {maml}；从零训"
        "练走 {scratch_step}后为 {scratch}。",
    ),
    Text(
        en="One task may be luck. Over {tasks} test tasks, the mean squared error is {maml} meta-learned, "
        "{scratch} from scratch and **{best}** Bayes-optimal.",
        zh="单个任务可能只是运气。在 {tasks} 个测试任务上，均方误差的平均值：元学习 {maml}，从零训练 {scratch}，贝"
        "叶斯最优 **{best}**。",
    ),
    Text(
        en="Meta-learning learns an initialisation, not a curve: every curve of the family is a few steps away from "
        "it. Press Play: one initialisation, {shown} tasks.",
        zh="元学习学到的不是某一条曲线，而是一个起点：从它出发，走几步就能到达族里的任何一条曲线。点“播放”看"
        "同一起点如何走向 {shown} 个任务。",
    ),
)
_STEP_COUNT = {
    True: Text(en="1 step", zh="1 步"),
    False: Text(en="{count} steps", zh="{count} 步"),
}
_REPRESENTATIONS = (
    Text(
        en="**Task representation:** the hidden structure behind the data, here the curve. In the code: `Tasks`.",
        zh="**任务表示**：数据背后的隐藏规律，这里就是曲线。代码中为 `Tasks`。",
    ),
    Text(
        en="**Data representation:** examples in the task's own units, then encoded for the network. In the code: "
        "`Draw` and `Episode`.",
        zh="**数据表示**：先是任务自身单位下的样本，再编码成网络的输入。代码中为 `Draw` 和 `Episode`。",
    ),
    Text(
        en="**Model representation:** a small network, written as a tuple of weights. In the code: `Weights`.",
        zh="**模型表示**：一个小型网络，写成一组权重。代码中为 `Weights`。",
    ),
    Text(
        en="**Evaluation:** on the query set only, and on tasks that meta-training has never seen.",
        zh="**评估**：只用查询集，而且都是元训练从未见过的任务。",
    ),
    Text(
        en="**Strategy representation:** an initialisation and an update rule. In the code: `GradientLearner`.",
        zh="**策略表示**：一个起点（初始化），加一条从起点出发的更新规则。代码中为 `GradientLearner`。",
    ),
)
# Run one after another, in this order, by tests/science/test_lessons.py.
CODE = (
    """\
import numpy as np
from scenarios.catalog import SCENARIOS

scenario = SCENARIOS["{name}"]
rng = np.random.default_rng({seed})
tasks = scenario.sample_tasks(rng, {tasks})""",
    """\
from scenarios.episode import draw_examples, open_episode

draw = draw_examples(
    tasks, rng, shots={shots}, queries={queries}, most_shots={most}
)
draw.support.x, draw.support.y  # to learn from
draw.query.x, draw.query.y      # for evaluation
episode = open_episode(scenario, draw)""",
    """\
from scenarios.learners import fitting

meta_learned = fitting.load(scenario, "maml")
from_scratch = fitting.load(scenario, "scratch")
trajectory = meta_learned.trajectory(episode)  # after every step""",
    """\
for learner in (meta_learned, from_scratch):
    predicted = learner.predict(episode)[..., 0]
    print(np.mean((predicted - draw.query.y) ** 2))
best = scenario.bayes(draw.support, draw.query.x)
print(np.mean((best.prediction[..., 0] - draw.query.y) ** 2))""",
    """\
from scenarios.meta_learner.meta_train import meta_train

recipe = scenario.recipe
for progress in meta_train(scenario, recipe, seed=0):
    print(progress.done, progress.loss)
start = progress.state.start  # what has been learned""",
)
_TAKEAWAYS = (
    Text(
        en="One curve of the family stands out among {others} others.",
        zh="任务族中突出显示一条曲线，另有 {others} 条作背景。",
    ),
    Text(
        en="{shots} support examples and {queries} query examples scattered around the task's true curve.",
        zh="真实曲线周围散布着支持集 {shots} 个样本和查询集 {queries} 个样本。",
    ),
    Text(
        en="The network's predictions along x after each step, from two initialisations, with the true curve: "
        "root mean squared error {maml} meta-learned and {scratch} from scratch.",
        zh="两个起点的网络在每一步之后的预测曲线，与真实曲线对照。均方根误差：元学习 {maml}，从零训练 {scratch}。",
    ),
    Text(
        en="Mean squared error against gradient steps over {tasks} test tasks: meta-learned {maml}, from scratch "
        "{scratch}, Bayes-optimal {best}.",
        zh="{tasks} 个测试任务的均方误差随梯度下降步数的变化：元学习 {maml}，从零训练 {scratch}，贝叶斯最优 {best}。",
    ),
    Text(
        en="From one learned initialisation, the predictions fan out to {shown} different tasks within a few steps.",
        zh="从同一个学到的起点出发，预测曲线在几步之内分别走向 {shown} 个不同任务。",
    ),
)
_GRADIENT_STEP = Text(en="gradient step", zh="梯度下降步数")
_TRUE = Text(en="true, task {number}", zh="真实值，任务 {number}")
_PREDICTED = Text(en="{name}, task {number}, step {step}", zh="{name}，任务 {number}，第 {step} 步")
_CURVES = 12  # curves of the family in the first figure
_ROLE = Text(en="set", zh="集合")
_ROLES = (Text(en="support", zh="支持集"), Text(en="query", zh="查询集"))


def families() -> list[Scenario]:
    """Return the scenarios whose tasks are curves that can be drawn."""
    return [scenario for scenario in SCENARIOS.values() if is_curve(scenario)]


def scenario() -> Scenario | None:
    """Return the family that the user chose. None if the catalog has no such scenario."""
    known = families()
    return next((each for each in known if each.name == session.view().about), known[0]) if known else None


def show(family: Scenario, job: Practice | Job[Practice]) -> None:
    language, step = session.language(), session.view().step
    draw_heading(_TITLE)
    _controls(language)
    words, right = st.columns([1, 1.2], gap="large")
    picture = right.container(key="lesson_step_picture")
    practice: Practice | None = None
    if step > 2:
        with picture:
            practice = wait_for(job)
    tasks, draw = draw_lesson(family, session.view().seed)
    figures = _figures(step, family, tasks, draw, practice, language)
    drawn = step <= 2 or practice is not None
    with words:
        if drawn:
            st.markdown(f"**{_POINTS[step - 1].format(**figures)[language]}**")
        st.markdown(_REPRESENTATIONS[step - 1][language])
        st.code(CODE[step - 1].format(**_in_code(family)), language="python", wrap_lines=True)
    if not drawn:
        return
    with picture:
        alt = _TAKEAWAYS[step - 1].format(**figures)[language]
        draw_section(_section(step, alt, family, tasks, draw, practice, language))


def _controls(language: Language) -> None:
    known = families()
    st.segmented_control(
        _STEP[language],
        list(range(1, len(_STEPS) + 1)),
        format_func=lambda step: _STEPS[step - 1][language],
        key=session.widget("step"),
        on_change=session.take,
        args=("step",),
        required=True,
        label_visibility="collapsed",
    )
    with st.container(horizontal=True):
        st.button(
            _NEXT[language], type="primary", icon=":material/arrow_forward:", key="lesson_next", on_click=_next_step
        )
        st.button(_AGAIN[language], icon=":material/casino:", key="lesson_new_task", on_click=frame.change_seed)
        if len(known) > 1:
            frame.choose_scenario([each.name for each in known], _FAMILY)


def _next_step() -> None:
    session.change(step=session.view().step % len(_STEPS) + 1)


def _in_code(family: Scenario) -> dict[str, object]:
    shots, most = family.default_shots, family.max_shots
    return {
        "name": family.name,
        "seed": session.view().seed,
        "tasks": TASKS,
        "shots": shots,
        "queries": QUERIES,
        "most": most,
    }


def _figures(
    step: int, family: Scenario, tasks: Tasks, draw: Draw, practice: Practice | None, language: Language
) -> dict[str, str]:
    """Every figure that a sentence of the step may name."""
    names = {
        "shots": str(family.default_shots),
        "queries": str(draw.query.y.shape[1]),
        "tasks": str(TASKS),
        "shown": str(SHOWN),
        "others": str(_CURVES - 1),
    }
    if practice is None:
        return names
    if step == 4:
        errors = {
            name: practice.errors[name][EVALUATION_STEPS.index(practice.evaluation_step[name])] for name in TRACED
        }
    else:
        errors = practice.misses(true_curves(family, tasks, 1)[0])
    steps = {
        name: _STEP_COUNT[count == 1].format(count=count)[language] for name, count in practice.evaluation_step.items()
    }
    return names | {
        "maml": formatting.coloured(_error(errors["maml"]), formatting.BLUE),
        "scratch": formatting.coloured(_error(errors["scratch"]), formatting.ORANGE),
        "best": _error(practice.best),
        "step": steps["maml"],
        "scratch_step": steps["scratch"],
    }


def _error(error: float) -> str:
    if error < NEGLIGIBLE:
        return "0"
    return f"{error:.2f}" if error >= 0.1 else f"{error:.2g}"


def _section(
    step: int, alt: str, family: Scenario, tasks: Tasks, draw: Draw, practice: Practice | None, language: Language
) -> Section:
    figure, table = _picture(step, family, tasks, draw, practice, language)
    return Section(key=f"lesson_step_{step}", figure=figure, alt=alt, table=table)


def _picture(
    step: int, family: Scenario, tasks: Tasks, draw: Draw, practice: Practice | None, language: Language
) -> tuple[go.Figure, pd.DataFrame]:
    """Return the figure of a step, and its numbers."""
    limits = extent(family)
    axes = family.features[0].label[language], family.target.label[language] if family.target else "y"
    if step == 4 and practice is not None:
        errors = {named(name, language): practice.errors[name].round(4) for name in TRACED}
        table = pd.DataFrame({_GRADIENT_STEP[language]: EVALUATION_STEPS} | errors)
        return lessons.errors_chart(practice, tasks=TASKS, language=language), table
    curves = true_curves(family, tasks, {1: _CURVES, 5: SHOWN}.get(step, 1))
    columns: dict[str, object] = {axes[0]: limits.grid().round(3)}
    columns |= {_TRUE.format(number=number)[language]: curve.round(3) for number, curve in enumerate(curves, start=1)}
    if step == 1:
        return lessons.family_chart(curves, limits, axes, language=language), pd.DataFrame(columns)
    if step == 2 or practice is None:
        chart = lessons.examples_chart(curves[0], draw.support, draw.query, limits, axes, language=language)
        return chart, _examples_table(draw, axes, language)
    for name in TRACED if step == 3 else TRACED[:1]:
        at = EVALUATION_STEPS.index(practice.evaluation_step[name])
        for number in range(1, 2 if step == 3 else SHOWN + 1):
            heading = _PREDICTED.format(name=named(name, language), number=number, step=practice.evaluation_step[name])
            columns[heading[language]] = practice.walks[name][at, number - 1].round(3)
    if step == 3:
        chart = lessons.fit_chart(curves[0], draw.support, practice, limits, axes, language=language)
    else:
        chart = lessons.fan_chart(curves, practice, limits, axes, language=language)
    return chart, pd.DataFrame(columns)


def _examples_table(draw: Draw, axes: tuple[str, str], language: Language) -> pd.DataFrame:
    rows = [
        {_ROLE[language]: role[language], axes[0]: round(float(x), 3), axes[1]: round(float(y), 3)}
        for role, examples in zip(_ROLES, (draw.support, draw.query), strict=True)
        for x, y in zip(examples.x[0, :, 0], examples.y[0], strict=True)
    ]
    return pd.DataFrame(rows)
