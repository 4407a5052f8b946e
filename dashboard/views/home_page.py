"""The first page: the point in one minute, and where to go from here."""

import streamlit as st

from dashboard import pages, results, session, words
from dashboard.views import draft_panel, frame
from dashboard.views.decisions.catalog import PANELS
from dashboard.views.decisions.decision_panel import result
from dashboard.views.formatting import BLUE
from dashboard.views.headings import draw_heading
from dashboard.views.pictures import labels_section
from dashboard.views.section import draw_section
from scenarios.catalog import SCENARIOS
from scenarios.errors import UserError
from scenarios.publication.drafts import complete, is_draft
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text

TITLE = Text(en="See a model learn from five examples of each kind", zh="每类五例，学会新任务")
LEAD = Text(
    en="Meta-learning practises on many small tasks, so that a new one needs only a handful of examples. See how "
    "much it helps, how close it comes to the Bayes-optimal score, when it fails, and when simple statistics "
    "do as well with the same data.",
    zh="元学习先在许多小任务上练习，遇到新任务时只需几个样本。它究竟有多大好处，离贝叶斯最优还有多远，什么时候会失"
    "效，什么时候用同样数据的简单统计方法就够了？这里一看便知。",
)
_OR = Text(en="{those} or {last}", zh="{those}或{last}")
_OPEN = Text(en="Try it", zh="动手试试")
# Available time, and the suitable page with its view.
_PATHS: tuple[tuple[Text, str, dict[str, object]], ...] = (
    (Text(en="1 min: guess what five labels buy", zh="1 分钟：猜猜五个标注值多少"), "", {"guess": 1}),
    (Text(en="5 min: how it learns to learn", zh="5 分钟：它怎样学会学习"), "how", {"step": 5}),
    (Text(en="30 min: exercises", zh="30 分钟：练习"), "exercises", {}),
)
_FIVE_STEPS = Text(en="How it works in one minute", zh="一分钟看懂原理")
_HOW = Text(
    en="A model meets a new task with a few labels. It can use these alone. From data of other tasks, simple "
    "statistics learn what tasks are like, and {maml} learns how to adapt to one. The data are synthetic, so "
    "the Bayes-optimal score, the best possible on average, can be computed: the dashed line.",
    zh="模型带着少量标注遇到一个新任务。它可以只用这些标注；若有其他任务的数据，"
    "简单统计方法能从中学到任务大致是什么样，{maml}则学会如何适应任务。数据是合成的，因此可以算出贝叶斯最优预测：图中的虚线。",
)
_MAML = Text(en="**meta-learning**", zh="**元学习**")
_STEPS = (
    Text(
        en="**Choose a task.** A problem that no model has met: another hospital, market or driver.",
        zh="**选择任务**。所有模型都没遇到过的新问题：另一家医院、另一个市场、另一位驾驶员。",
    ),
    Text(
        en="**Generate data.** A few labelled examples to learn from, others for evaluation.",
        zh="**生成数据**。少量标注样本用于学习，其余样本用于评估。",
    ),
    Text(
        en="**Train a model.** One to five gradient steps from the learned initialisation; up to 200 from a "
        "random one.",
        zh="**训练模型**。从学到的起点只走一到五步梯度下降，从随机起点最多走 200 步。",
    ),
    Text(
        en="**Evaluate it.** On test tasks, against the Bayes-optimal score.",
        zh="**评估模型**。在测试任务上，与贝叶斯最优对照。",
    ),
    Text(
        en="**Learn the meta-strategy.** Over thousands of tasks, update the initialisation until a few "
        "steps from it are enough for the next task.",
        zh="**学习元学习策略**。在成千上万个任务上调整起点，直到从它出发走几步就能适应下一个任务。",
    ),
)
_PLAY = Text(en="Try the five steps", zh="亲手走一遍这五步")
_WHERE_NEXT = Text(en="Where to go next", zh="接下来看哪里")
# Who reads, what there is for them, and on which page. Those of a kind of decision have its panel's sentence.
_READERS: tuple[tuple[Text, str], ...] = (
    (
        Text(
            en="**Researcher.** Some thirty methods on the same tasks; any two compared, with a 95% CI.",
            zh="**研究者**。约三十种方法在同一批任务上比较；任选两种，给出差值与 95% 置信区间。",
        ),
        "study",
    ),
    (
        Text(
            en="**Student.** One line by ordinary learning, then the five steps of meta-learning.",
            zh="**学生**。先用普通方法学一条直线，再走元学习的五步。",
        ),
        "how",
    ),
    (
        Text(
            en="**Presenter.** Lessons for a room: one large figure per screen, answers hidden until revealed, "
            "speaker notes.",
            zh="**教师与演讲者**。面向全场的课程：每屏一张大图，答案揭晓前保持隐藏，另有讲者备注。",
        ),
        "present",
    ),
)
_FOUNDATIONS = Text(en="The same on simple curves:", zh="同样的道理，用简单曲线再看一遍：")
_CHART_HEIGHT = 205


def show() -> None:
    """Draw the page from top to bottom."""
    language = session.language()
    with st.container(key="point"):
        draw_heading(TITLE, 1)
        st.markdown(LEAD[language])
    applications = [scenario for scenario in SCENARIOS.values() if not scenario.regression]
    with st.container(horizontal=True, vertical_alignment="center", key="paths"):
        st.markdown(frame.badge(_advice(language)), width="content")
        for label, page, parts in _PATHS:
            name = page or next((scenario.name for scenario in applications), "")
            if name:
                pages.link(name, label, None, **parts)
    for column, scenario in zip(st.columns(len(applications), gap="small"), applications, strict=True):
        with column:
            _card(scenario)
    _five_steps()
    draw_heading(_WHERE_NEXT)
    _readers()
    _foundations()


def _advice(language: Language) -> Text | None:
    """Return the fields for which synthetic data are no advice, from every kind of decision that states one."""
    kinds = [panel.advice for panel in PANELS.values() if panel.advice]
    if len(kinds) < 2:
        return kinds[0] if kinds else None
    return _OR.format(those=words.listed([kind[language] for kind in kinds[:-1]], language), last=kinds[-1])


def _card(scenario: Scenario) -> None:
    """One scenario: its question, its result, its curves, and the way in."""
    language, prose = session.language(), scenario.prose
    with st.container(border=True, height="stretch", vertical_alignment="distribute", key=f"card_{scenario.name}"):
        with st.container(gap="xsmall"):
            st.markdown(f"##### {prose.icon} {prose.title[language]}")
            st.markdown(f"**{prose.question[language]}**")
            study = _study(scenario)
            if study is not None:
                st.markdown(result(scenario, study, PANELS.get(scenario.decision), scenario.default_shots, language))
        with st.container(gap="xsmall"):
            if study is not None:
                key = f"home_{scenario.name}"
                shots = scenario.default_shots
                draw_section(labels_section(study, shots, language, height=_CHART_HEIGHT, key=key, small=True))
            if st.button(_OPEN[language], type="primary", icon=prose.icon, key=f"open_{scenario.name}"):
                pages.switch_to(scenario.name)


def _study(scenario: Scenario) -> StudyResults | None:
    """Return the published results; show an error and return None if there are none."""
    if is_draft(scenario):
        st.markdown(draft_panel.NOTE[session.language()])
        return None
    try:
        return results.study(scenario.name)
    except UserError as error:
        st.error(error.text[session.language()])
        return None


def _five_steps() -> None:
    language = session.language()
    draw_heading(_FIVE_STEPS)
    st.markdown(_HOW.format(maml=f":{BLUE}[{_MAML[language]}]")[language])
    for column, (number, step) in zip(st.columns(len(_STEPS), gap="medium"), enumerate(_STEPS, start=1), strict=True):
        with column:
            st.markdown(f"{number}. {step[language]}")
    if st.button(_PLAY[language], icon=":material/school:", key="open_how"):
        pages.switch_to("how")


def _readers() -> None:
    """Show a line and a link for each kind of user for whom there is a page."""
    first = {scenario.decision: scenario.name for scenario in reversed(complete())}  # of each kind of decision
    targets = [(panel.audience, first[decision]) for decision, panel in PANELS.items() if decision in first]
    audiences = [text for text, _ in targets]
    known = [(text, name) for text, name in (*targets, *_READERS) if name in pages.PAGES]
    for column, (text, name) in zip(st.columns(len(known), gap="medium"), known, strict=True):
        with column, st.container(height="stretch", vertical_alignment="distribute", key=f"reader_{name}"):
            st.markdown(text[session.language()])
            pages.link(name, section="decisions" if text in audiences else session.view().section)


def _foundations() -> None:
    curves = [name for name, scenario in SCENARIOS.items() if scenario.regression]
    if curves:
        with st.container(horizontal=True, vertical_alignment="center", key="foundations"):
            st.markdown(_FOUNDATIONS[session.language()], width="content")
            for name in curves:
                pages.link(name)
