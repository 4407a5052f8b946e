"""The chart that one plays, and score against labels."""

from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard import words
from dashboard.charts.player import Averages, player_chart
from dashboard.charts.style import named
from dashboard.language import scored
from dashboard.views import facts, formatting
from dashboard.views.decisions.catalog import PANELS
from dashboard.views.formatting import BLUE, ORANGE, coloured
from dashboard.views.pictures import curves_table, labels_section
from dashboard.views.section import Section
from scenarios.demo.precomputed import DemoTask
from scenarios.episode import Draw
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners.registry import PRINCIPAL, TRACED
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text

_PRECISELY = Text(
    en="Means over {tasks} fresh {task}s; 95% intervals: meta-learned {maml}, "
    "the network from scratch {scratch}, Bayes-optimal {bayes}.",
    zh="{tasks} {task}的平均值（均为全新任务）；95% 区间：元学习 {maml}，同一网络从零训练 {scratch}，贝叶斯最优 "
    "{bayes}。",
)
_HERE = Text(
    en="Here, {queries} {examples}: meta-learned {maml}, from scratch {scratch}{ceiling}.",
    zh="这{task}后续的 {queries} {examples}：元学习 {maml}，从零训练 {scratch}{ceiling}。",
)
_CEILING_HERE = Text(en=", Bayes-optimal {bayes}", zh="，贝叶斯最优 {bayes}")
_WORTH = Text(
    en="**{shots} {labels} of each with meta-learning {are} worth {worth} without it.**",
    zh="**元学习每类只用 {shots} 个标注样本的效果，不用元学习每类需要{worth}才能达到。**",
)
_WORTH_NOTE = Text(
    en="“Without it”: at each number of labels the best of this network from scratch, {rivals} "
    "(with {shots}: {best}). Their settings were chosen from a grid on training tasks. Meta-training saw at most "
    "{most} labels per "
    "class.",
    zh="粗体句中的“不用元学习”，是取每一标注数下最好的一种方法：从零训练的本网络、{rivals}"
    "（{shots} 个标注时为{best}）。超参数均在训练任务上从网格中选出。元训练时每类最多 {most} 个标注。",
)
_PLAYER_TAKEAWAY = Text(
    en="Predicted probabilities of {queries} {examples} and {metric} after each gradient step. After step {step} "
    "the meta-learned model has {maml}; from scratch has {scratch} after {scratch_step} steps.",
    zh="{queries} {examples}的预测概率，以及每一步梯度下降之后的{metric}。第 {step} 步后元学习模型为 {maml}；"
    "从零训练在 {scratch_step} 步后为 {scratch}。",
)
_STEP = Text(en="gradient step", zh="梯度下降步数")
_WALKS = Text(
    en="The dots stand where each learner is judged: the meta-learned start was trained for {step} {steps}, and what "
    "follows is beyond that; from scratch, rate and number of steps ({scratch_step}) were chosen on training tasks.",
    zh="圆点是各学习器评估时所在的位置：元学习的起点只针对走 {step} 步训练，再往后就不在训练目标之内；"
    "从零训练的学习率和步数（{scratch_step} 步）在训练任务上选定。",
)
_THIS = Text(en="{name}, this {task}", zh="{name}，这{task}")


def labels(scenario: Scenario, study: StudyResults, shots: int, language: Language) -> Section:
    """Return how many labels the gain is worth, and the curves from which this is read."""
    worth = formatting.worth(study.compared("labels_worth", shots), study.shots[-1])
    counted, are = ("label", "is") if shots == 1 else ("labels", "are")
    precisely = {name: formatting.score_interval(study.at(name, shots), study.metric) for name in PRINCIPAL}
    rivals, best = facts.from_scratch(study, shots, language)
    note = words.joined(
        _PRECISELY.format(tasks=study.tasks, task=scenario.prose.a_task, **precisely),
        _WORTH_NOTE.format(most=study.recipe.max_shots, shots=shots, rivals=rivals, best=best),
    )
    return replace(
        labels_section(study, shots, language, height=385),
        finding=_WORTH.format(shots=shots, worth=worth, labels=counted, are=are)[language],
        note=note[language],
        is_explained=True,
    )


def player(
    scenario: Scenario, study: StudyResults, draw: Draw, shown: DemoTask, shots: int, language: Language
) -> Section:
    """Return the adaptation to this task, step by step, and its result."""
    truth, panel = draw.query.y[0], PANELS.get(scenario.decision)
    called = {"task": scenario.prose.a_task, "examples": scenario.prose.some_examples, "queries": len(truth)}
    scores = {name: scored(score, scenario.metric) for name, score in shown.scores.items()}
    finding = _HERE.format(
        maml=coloured(scores["maml"], BLUE),
        scratch=coloured(scores["scratch"], ORANGE),
        ceiling=_CEILING_HERE.format(**scores) if "bayes" in scores else "",
        **called,
    )
    steps = {"step": shown.evaluation_step["maml"], "scratch_step": shown.evaluation_step["scratch"]}
    note = _WALKS.format(**steps, steps="step" if steps["step"] == 1 else "steps")
    return Section(
        key="player_chart",
        finding=finding[language],
        figure=_player(scenario, study, shown, shots, tuple(truth.tolist()), language),
        alt=_PLAYER_TAKEAWAY.format(metric=scenario.metric.name, **called, **steps, **scores)[language],
        table=partial(_walks_table, scenario, _averages(study, shots), shown, language),
        note=(words.joined(note, panel.player_note) if panel and panel.player_note else note)[language],
    )


@lru_cache(maxsize=64)  # a class looks at the same task
def _player(
    scenario: Scenario, study: StudyResults, shown: DemoTask, shots: int, truth: tuple[int, ...], language: Language
) -> go.Figure:
    return player_chart(
        shown, np.array(truth), _averages(study, shots), task=scenario.prose.a_task, classes=scenario.classes,
        metric=scenario.metric, language=language,
    )  # fmt: skip


def _averages(study: StudyResults, shots: int) -> Averages:
    walks = {name: study.at(name, shots, "trajectory") for name in TRACED}
    return Averages(walks, ceiling=study.at("bayes", shots)[0], tasks=study.tasks)


def _walks_table(scenario: Scenario, averages: Averages, shown: DemoTask, language: Language) -> pd.DataFrame:
    columns: dict[str, object] = {_STEP[language]: list(EVALUATION_STEPS)}
    for name in TRACED:
        here = _THIS.format(name=named(name, language), task=scenario.prose.a_task[language])[language]
        columns[here] = shown.walk_scores[name].round(4)
    walks = curves_table(list(EVALUATION_STEPS), _STEP[language], averages.walks, language)
    return pd.concat([pd.DataFrame(columns), walks.iloc[:, 1:]], axis=1)
