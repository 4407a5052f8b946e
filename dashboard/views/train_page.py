"""Train a learner live: choose, start, watch it grow, and take it along."""

from collections.abc import Mapping

import streamlit as st

from dashboard import pages, session, training
from dashboard.views import user_training_panel
from dashboard.views.headings import draw_heading
from scenarios.demo.user_training import (
    INNER_STEPS,
    META_STEPS,
    ONE_GO,
    TRAIN_TASKS,
    TrainingConfig,
    offered,
    shipped_recipe,
)
from scenarios.learners.registry import REGISTRY
from scenarios.publication.drafts import complete
from scenarios.recipe import Recipe
from scenarios.text import Text

_LEAD = Text(
    en="Meta-train a model of your own, watch it close the gap to the Bayes-optimal score, then try it on the "
    "scenario's page.",
    zh="亲手元训练一个模型，看它一步步缩小与贝叶斯最优的差距，再到场景页面上试用。",
)
_SCENARIO = Text(en="Scenario", zh="场景")
_STRATEGY = Text(en="Method", zh="方法")
_META_STEPS = Text(en="Meta-steps", zh="元训练步数")
_TRAIN_TASKS = Text(en="Training tasks", zh="训练任务数")
_INNER_STEPS = Text(en="Inner steps", zh="内循环步数")
_SHIPPED = Text(
    en="Number of steps of learning across tasks. The bundled model of this method took {steps}.",
    zh="跨任务学习的步数。本站自带的同类模型训练了 {steps} 步。",
)
_FEW = Text(
    en="Number of tasks to learn from. With few, the loss falls, but the score on other tasks does not improve as "
    "much. The bundled model saw {tasks}.",
    zh="从多少个任务中学习。任务太少时，损失会降低，但在其他任务上的得分跟不上。本站自带的模型见过 {tasks} 个任务。",
)
_WALK = Text(
    en="Gradient steps within a task for which the initialisation is trained. More steps take longer.",
    zh="在单个任务内走几步梯度下降，起点正是为此训练的。步数越多，训练越慢。",
)
_START = Text(en="Start training", zh="开始训练")
_WHERE = Text(
    en="Training runs live on this server, in slices of one to two seconds, so that other visitors do not wait "
    "long. Nothing is stored: download the weights before you close this tab.",
    zh="训练在本站的模型进程中实时、分段进行，每段一两秒，别人不必久等。不保存任何内容：关闭标签页之前请下载权重。",
)
_GONE = Text(
    en="The training on this page was in another tab or visit, and is not in memory. Its settings are below: you can "
    "start it again.",
    zh="本页的训练是在另一个标签页或之前访问时进行的，已不在内存中。设置仍保留在下方，可以重新开始。",
)


def show() -> None:
    """Draw the page from top to bottom."""
    draw_heading(pages.TITLE["train"], 1)
    draw_heading(_LEAD, 5)
    now = training.look()
    if session.shows_own(now is not None):
        st.info(_GONE[session.language()])
    user_training_panel.announce()
    if now is None:
        _choose()
    else:
        user_training_panel.show()


def _choose() -> None:
    """Draw the scenario, the method, the hyperparameters, and the button."""
    language = session.language()
    offered_scenarios = {scenario.name: scenario for scenario in complete()}  # others have nothing to compare with
    if session.view().about not in offered_scenarios:  # default to the application that trains fastest
        applications = [scenario for scenario in offered_scenarios.values() if not scenario.regression]
        session.assume(about=min(applications, key=lambda scenario: scenario.recipe.inner_steps).name)
    titles = {name: scenario.prose.title for name, scenario in offered_scenarios.items()}
    _control("about", _SCENARIO, list(offered_scenarios), titles)
    scenario = offered_scenarios[session.view().about]
    suiting = offered(scenario)
    if session.view().strategy not in suiting:
        session.assume(strategy=suiting[0])
    _control("strategy", _STRATEGY, suiting, {name: REGISTRY[name].name_in("training") for name in suiting})
    learner = session.view().strategy
    about = REGISTRY[learner].about
    if about:
        st.caption(about[language])
    shipped = shipped_recipe(scenario, learner)
    if session.view().inner_steps not in INNER_STEPS:
        own = shipped.inner_steps
        session.assume(inner_steps=own if own in INNER_STEPS else INNER_STEPS[0])
    with st.container(horizontal=True, gap="medium", key="training_settings"):
        _settings(shipped, walks=learner not in ONE_GO)
    view = session.view()
    choice = TrainingConfig(scenario.name, learner, view.meta_steps, view.train_tasks, view.inner_steps)
    st.button(
        _START[language],
        key="start_training",
        type="primary",
        icon=":material/play_arrow:",
        on_click=training.begin,
        args=(choice,),
    )
    st.caption(_WHERE[language])


def _settings(shipped: Recipe, *, walks: bool) -> None:
    language = session.language()
    steps = _SHIPPED.format(steps=f"{shipped.meta_steps:,}")[language]
    _control("meta_steps", _META_STEPS, META_STEPS, {}, steps)
    tasks = _FEW.format(tasks=f"{shipped.train_tasks:,}")[language]
    _control("train_tasks", _TRAIN_TASKS, TRAIN_TASKS, {}, tasks)
    if walks:
        _control("inner_steps", _INNER_STEPS, INNER_STEPS, {}, _WALK[language])


def _control(
    name: str, label: Text, options: list[str] | tuple[int, ...], called: Mapping[str, Text], note: str | None = None
) -> None:
    """One part of the view, chosen from a few."""
    language = session.language()

    def option_name(option: str | int) -> str:
        if isinstance(option, int):
            return f"{option:,}"
        word = called[option][language]
        return word[:1].upper() + word[1:]

    st.segmented_control(
        label[language], options, format_func=option_name, key=session.widget(name), on_change=_take, args=(name,),
        required=True, help=note,
    )  # fmt: skip


def _take(name: str) -> None:
    """Take a choice into the view; another scenario or method comes with its own number of inner steps."""
    session.take(name)
    if name in ("about", "strategy"):
        session.change(inner_steps=0)
