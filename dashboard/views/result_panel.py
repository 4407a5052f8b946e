"""The result in one sentence, the chart that one plays, and score against labels."""

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import reader, words
from dashboard.charts.player import LEARNERS, Averages, player_chart
from dashboard.charts.style import named
from dashboard.compute import Study
from dashboard.language import percent
from dashboard.views import parts
from dashboard.views.parts import BLUE, ORANGE, coloured
from dashboard.views.pictures import curves_table, labels_picture
from scenarios.episode import Draw
from scenarios.learner import MOMENTS
from scenarios.scenario import Scenario
from scenarios.study.presets import Showcase
from scenarios.text import Language, Text

_PRECISELY = Text(
    en="Means over {tasks} fresh {task}s; 95 % intervals: meta-learned {maml}, from scratch {scratch}, "
    "best possible {bayes}.",
    zh="{tasks} 家全新{task}的平均值；95% 置信区间：元学习 {maml}，从零训练 {scratch}，理论上限 {bayes}。",
)
_HERE = Text(
    en="This {task}, {queries} later patients: meta-learned {maml}, from scratch {scratch}{ceiling}.",
    zh="这家{task}的 {queries} 名后续患者：元学习 {maml}，从零训练 {scratch}{ceiling}。",
)
_CEILING_HERE = Text(en=", best possible {bayes}", zh="，理论最优 {bayes}")
_WORTH = Text(
    en="**{shots} {labels} with meta-learning {are} worth {worth} from scratch.**",
    zh="**元学习每类 {shots} 个标注的效果，从零训练需要{worth}才能达到。**",
)
_WORTH_NOTE = Text(
    en="From scratch: the better of the network and logistic regression, each at its best settings.",
    zh="“从零训练”取神经网络与逻辑回归中较好的一个，二者均已调到各自最佳。",
)
_PLAYER_TAKEAWAY = Text(
    en="Predicted risks of {queries} patients and AUROC after each inner step. After {step} the meta-learned model has "
    "{maml}; from scratch ends at {scratch} after {scratch_step} steps.",
    zh="{queries} 名患者的预测风险，以及每一步内循环之后的 AUROC。第 {step} 步后元学习模型为 {maml}；"
    "从零训练在 {scratch_step} 步后为 {scratch}。",
)
_STEP = Text(en="inner step", zh="内循环步数")
_THIS = Text(en="{name}, this {task}", zh="{name}，这家{task}")


def show_averages(scenario: Scenario, study: Study) -> None:
    """The result sentence: means over fresh tasks, which need no work and are there at once."""
    view, prose = reader.view(), scenario.prose
    tongue, shots = view.lang, view.shots
    scores = {name: study.at(name, shots) for name in ("maml", "scratch", "bayes")}
    with st.container(key="result"):
        st.markdown(
            prose.result.format(
                shots=shots,
                cases=words.CASES[shots == 1][tongue],
                maml=coloured(percent(scores["maml"][0], tongue), BLUE),
                scratch=coloured(percent(scores["scratch"][0], tongue), ORANGE),
                bayes=f"**{percent(scores['bayes'][0], tongue)}**",
            )[tongue]
        )


def show_labels(scenario: Scenario, study: Study) -> None:
    """What labels are worth, and the curves that this is read off."""
    view = reader.view()
    tongue, shots = view.lang, view.shots
    estimate = study.compared("labels_worth", shots)
    labels, are = ("label", "is") if shots == 1 else ("labels", "are")
    with st.container(key="headline"):
        worth = parts.worth(estimate, study.shots[-1])[tongue]
        st.markdown(_WORTH.format(shots=shots, worth=worth, labels=labels, are=are)[tongue])
    labels_picture(study, shots, height=385)
    precisely = {name: parts.interval(study.at(name, shots), tongue) for name in ("maml", "scratch", "bayes")}
    precisely_said = _PRECISELY.format(tasks=study.tasks, task=scenario.prose.task[tongue], **precisely)
    st.caption(words.joined(precisely_said, _WORTH_NOTE)[tongue])


def show_player(scenario: Scenario, study: Study, draw: Draw, shown: Showcase) -> None:
    """This task: how the learners walk, and where they arrive."""
    view, prose = reader.view(), scenario.prose
    tongue, shots = view.lang, view.shots
    averages = Averages(
        walks={name: np.array(study.at(name, shots, "walk")) for name in LEARNERS},
        ceiling=study.at("bayes", shots)[0],
        tasks=study.tasks,
    )
    truth = draw.query.y[0]
    scores = {name: percent(score, tongue) for name, score in shown.scores.items()}
    ceiling = _CEILING_HERE.format(**scores)[tongue] if "bayes" in scores else ""
    st.markdown(
        _HERE.format(
            task=prose.task[tongue],
            queries=len(truth),
            maml=coloured(scores["maml"], BLUE),
            scratch=coloured(scores["scratch"], ORANGE),
            ceiling=ceiling,
        )[tongue]
    )
    figure = player_chart(
        shown, truth, averages, task=prose.task, classes=(scenario.classes[0], scenario.classes[1]), language=tongue
    )
    takeaway = _PLAYER_TAKEAWAY.format(
        queries=len(truth),
        step=shown.judged_after["maml"],
        scratch_step=shown.judged_after["scratch"],
        maml=scores["maml"],
        scratch=scores["scratch"],
    )
    parts.chart(figure, takeaway=takeaway, table=_walks_table(scenario, averages, shown, tongue), key="player_chart")


def _walks_table(scenario: Scenario, averages: Averages, shown: Showcase, tongue: Language) -> pd.DataFrame:
    columns: dict[str, object] = {_STEP[tongue]: list(MOMENTS)}
    for name in LEARNERS:
        here = _THIS.format(name=named(name, tongue), task=scenario.prose.task[tongue])[tongue]
        columns[here] = shown.walk_scores[name].round(4)
    walks = curves_table(list(MOMENTS), _STEP[tongue], averages.walks, tongue)
    return pd.concat([pd.DataFrame(columns), walks.iloc[:, 1:]], axis=1)
