"""The first page: the point in one minute, and where to go from here."""

from collections.abc import Mapping

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard import compute, reader, words
from dashboard.language import percent
from dashboard.views.parts import BLUE, ORANGE, coloured
from dashboard.views.pictures import labels_picture
from scenarios.catalog import SCENARIOS
from scenarios.errors import ReaderError
from scenarios.scenario import Scenario
from scenarios.text import Text

_TITLE = Text(en="See a model learn from five examples", zh="看模型如何从五个例子中学会新任务")
_LEAD = Text(
    en="Everyone says that meta-learning adapts from a handful of examples. Here you can see how much that buys, "
    "how close it comes to the best possible, and when it fails.",
    zh="人人都说元学习能举一反三。这里可以亲眼看到：它究竟带来多少好处，离理论上限还有多远，又在什么时候失灵。",
)
_HOW = Text(
    en="The same small network learns the same new task from the same few labels, twice: "
    "{maml} starts where thousands of earlier tasks have taught it to start, {scratch} starts anywhere. "
    "The data are synthetic, so the best possible answer is known: it is the dashed line.",
    zh="同一个小网络，用同样少的标注学习同一个新任务，学两次：{maml}从成千上万个旧任务教给它的起点出发，"
    "{scratch}从随机起点出发。数据是合成的，因此最优答案已知，即图中的虚线。",
)
_MAML = Text(en="**meta-learned**", zh="**元学习**")
_SCRATCH = Text(en="**from scratch**", zh="**从零训练**")
_OPEN = Text(en="Try it", zh="动手试试")
_FIVE_STEPS = Text(en="How it works, in five steps", zh="五步看懂元学习")
_STEPS = (
    Text(
        en="**Choose a task.** One hospital, one pair of look-alike conditions.",
        zh="**选择任务。** 一家医院，一对容易混淆的疾病。",
    ),
    Text(
        en="**Generate data.** A few labelled patients to learn from, others to be judged on.",
        zh="**生成数据。** 少量标注患者用于学习，其余用于评判。",
    ),
    Text(
        en="**Train a model.** A step or two of gradient descent from a start.",
        zh="**训练模型。** 从起点出发，走一两步梯度下降。",
    ),
    Text(
        en="**Evaluate it.** On fresh tasks, under the line that nobody can beat.",
        zh="**评估模型。** 在全新任务上，对照无法超越的上限。",
    ),
    Text(
        en="**Learn the strategy.** Move the start so that the next task is learnt faster.",
        zh="**学习策略。** 调整起点，让下一个任务学得更快。",
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
    scores = {name: study.at(name, scenario.default_shots)[0] for name in ("maml", "scratch", "bayes")}
    words_, picture = st.columns([1, 1.2], gap="large", vertical_alignment="center")
    with words_:
        st.subheader(scenario.prose.title[tongue])
        st.markdown(f"**{scenario.prose.question[tongue]}**")
        st.markdown(
            scenario.prose.result.format(
                shots=scenario.default_shots,
                cases=words.CASES[scenario.default_shots == 1][tongue],
                maml=coloured(percent(scores["maml"], tongue), BLUE),
                scratch=coloured(percent(scores["scratch"], tongue), ORANGE),
                bayes=f"**{percent(scores['bayes'], tongue)}**",
            )[tongue]
        )
        if st.button(_OPEN[tongue], type="primary", icon=scenario.prose.icon, key=f"open_{scenario.name}"):
            st.switch_page(page, query_params=reader.view().as_query())
    with picture:
        labels_picture(study, scenario.default_shots, height=330, key=f"home_{scenario.name}")
