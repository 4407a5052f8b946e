"""The first page: the point in one minute, and where to go from here."""

from collections.abc import Mapping

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard import compute, reader
from dashboard.views import parts
from dashboard.views.parts import BLUE, ORANGE
from dashboard.views.pictures import labels_picture
from scenarios.catalog import SCENARIOS
from scenarios.errors import ReaderError
from scenarios.scenario import Scenario
from scenarios.text import Text

_TITLE = Text(en="See a model learn from five examples of each kind", zh="每类五例，学会新任务")
_LEAD = Text(
    en="Meta-learning practises on many small tasks, so that a new one needs only a handful of examples. "
    "See how much that buys, how close it comes to the best possible, and when it fails.",
    zh="元学习先在许多小任务上练习，遇到新任务时只需几个例子。究竟有多大好处，离贝叶斯最优还有多远，什么时候会失灵？"
    "这里一看便知。",
)
_HOW = Text(
    en="The same small network learns the same new task from the same few labels, twice: "
    "{maml} starts where practice on thousands of other tasks has put it, {scratch} starts from random weights. "
    "The data are synthetic, so the best possible (Bayes-optimal) answer can be computed: it is the dashed line.",
    zh="同一个小型网络，同样少的标注，同一个新任务，学两遍：{maml}的起点是在成千上万个其他任务上练出来的，"
    "{scratch}的起点是随机权重。数据是合成的，因此可以算出贝叶斯最优解，即图中的虚线。",
)
_MAML = Text(en="**meta-learned**", zh="**元学习**")
_SCRATCH = Text(en="**from scratch**", zh="**从零训练**")
_OPEN = Text(en="Try it", zh="动手试试")
_FIVE_STEPS = Text(en="How it works, in five steps", zh="五步看懂元学习")
_STEPS = (
    Text(
        en="**Choose a task.** A problem that no model has met: another hospital, market or driver.",
        zh="**选择任务。** 一个模型从未遇到的新问题：另一家医院、另一个市场、另一位驾驶人。",
    ),
    Text(
        en="**Generate data.** A few labelled examples to learn from, others to be judged on.",
        zh="**生成数据。** 少量有标签的样本用于学习，其余样本用于评判。",
    ),
    Text(
        en="**Train a model.** One gradient step from the learnt start; up to 200 from a random one.",
        zh="**训练模型。** 从学到的起点只走一步梯度下降，从随机起点最多走 200 步。",
    ),
    Text(
        en="**Evaluate it.** On fresh tasks, beside the best possible answer.",
        zh="**评估模型。** 在全新任务上，与贝叶斯最优对照。",
    ),
    Text(
        en="**Learn the strategy.** Over thousands of tasks, move the start until one step from it "
        "serves the next task.",
        zh="**学习策略。** 在成千上万个任务上调整起点，直到从它走一步就能应付下一个任务。",
    ),
)


def show(pages: Mapping[str, StreamlitPage]) -> None:
    """`pages` leads to each scenario's page."""
    tongue = reader.language()
    st.title(_TITLE[tongue])
    st.markdown(f"##### {_LEAD[tongue]}")
    st.markdown(_HOW.format(maml=f":{BLUE}[{_MAML[tongue]}]", scratch=f":{ORANGE}[{_SCRATCH[tongue]}]")[tongue])
    for scenario in SCENARIOS.values():
        with st.container(border=True, key=f"card_{scenario.name}"):
            _card(scenario, pages[scenario.name])
    st.subheader(_FIVE_STEPS[tongue])
    for column, (number, step) in zip(st.columns(len(_STEPS), gap="medium"), enumerate(_STEPS, start=1), strict=True):
        with column:
            st.markdown(f"{number}. {step[tongue]}")


def _card(scenario: Scenario, page: StreamlitPage) -> None:
    """One scenario: its question, its headline, its curves, and the way in."""
    tongue = reader.language()
    try:
        study = compute.study(scenario.name)
    except ReaderError as error:
        st.error(error.text[tongue])
        return
    text, picture = st.columns([1, 1.2], gap="large", vertical_alignment="center")
    with text:
        st.subheader(scenario.prose.title[tongue])
        st.markdown(f"**{scenario.prose.question[tongue]}**")
        st.markdown(parts.result(scenario, study, scenario.default_shots, tongue))
        if st.button(_OPEN[tongue], type="primary", icon=scenario.prose.icon, key=f"open_{scenario.name}"):
            st.switch_page(page, query_params=reader.view().as_query())
    with picture:
        labels_picture(study, scenario.default_shots, height=330, key=f"home_{scenario.name}")
