"""The chart that one plays, and score against labels."""

from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard import words
from dashboard.charts.player import Averages, player_chart
from dashboard.charts.style import named
from dashboard.language import percent, scored
from dashboard.views import facts, rungs
from dashboard.views.decisions.catalog import PANELS
from dashboard.views.formatting import BLUE, ORANGE, coloured
from dashboard.views.pictures import curves_table, labels_section
from dashboard.views.section import Section
from scenarios.demo.precomputed import DemoTask
from scenarios.episode import Draw
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners.registry import TRACED
from scenarios.publication.results import FALSE_ALARMS, LeagueResults, StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Labels
from scenarios.text import Language, Text

_HERE = Text(
    en="This {name}, {metric} on {queries} query {examples}: meta-learned {maml}, from scratch {scratch}"
    "{ceiling}{chance}.",
    zh="当前{name}，{queries} {examples}的{metric}：元学习 {maml}，从零训练 {scratch}{ceiling}{chance}。",
)
_WITH_ERROR = Text(en="{score} ± {error}", zh="{score} ± {error}")
_ERROR = Text(
    en=" (± one standard error: other {examples} of this {of} would give another figure)",
    zh="（± 为一个标准误：换一批同{of}的{examples}，数值会有出入）",
)
_CEILING_HERE = Text(en=", Bayes-optimal {bayes}", zh="，贝叶斯最优 {bayes}")
_LUCK = Text(
    en="It is the best on average; here, meta-learning is ahead of it by luck.",
    zh="它是平均意义上的最优；这次是运气让元学习超过了它。",
)
_PLAYER_TAKEAWAY = Text(
    en="Predicted probabilities of {queries} {examples} and {metric} after each gradient step. Meta-learned: "
    "{maml} after step {step}. From scratch: {scratch} after {scratch_step} steps.",
    zh="{queries} {examples}的预测概率，以及每一步梯度下降之后的{metric}。第 {step} 步后元学习模型为 {maml}；"
    "从零训练在 {scratch_step} 步后为 {scratch}。",
)
_STEP = Text(en="gradient step", zh="梯度下降步数")
_BANDS = Text(
    en="Bands: 95% CIs over {tasks} test {task}s.",
    zh="色带：{tasks} {task}（测试任务）上的 95% 置信区间。",
)
_JUDGED = Text(
    en="Dots: each method's evaluation step. It was not trained or tuned for further steps.",
    zh="圆点：各方法的评估步数；再往后的步数，不在训练和调参的目标之内。",
)
_WALKS = Text(
    en="Dots mark each method's evaluation step. The meta-learned initialisation was trained for {step} {steps}. "
    "From scratch, the learning rate and the number of steps ({scratch_step}) were chosen on training tasks.",
    zh="圆点是各方法的评估步数：元学习的起点只针对走 {step} 步训练，再往后就不在训练目标之内；从零训练的学习率和步"
    "数（{scratch_step} 步）在训练任务上选定。",
)
_THIS = Text(en="{name}, this {task}", zh="{name}，这{task}")


def labels(
    scenario: Scenario, study: StudyResults, shots: int, language: Language, league: LeagueResults | None = None
) -> Section:
    """Return the value of labels on each rung, and the curves behind it."""
    scores, how = facts.result(scenario, study, shots, language), rungs.note(study, shots, language, league)
    return replace(
        labels_section(study, shots, language, height=224),
        finding=rungs.finding(study, shots, language, league),
        note=words.joined(rungs.OPTIMUM, _BANDS.format(tasks=study.tasks, task=scenario.prose.a_task))[language],
        method=words.paragraph(language, scores, how) if scenario.decision else how,
        is_explained=True,
    )


def player(
    scenario: Scenario, study: StudyResults, draw: Draw, shown: DemoTask, shots: int, language: Language
) -> Section:
    """Return the adaptation to this task, step by step, and its result."""
    truth, panel = draw.query.y[0], PANELS.get(scenario.decision)
    called = {"task": scenario.prose.a_task, "examples": scenario.prose.some_examples, "queries": len(truth)}
    scores = {name: scored(score, scenario.metric) for name, score in shown.scores.items()}
    errors = _errors(scenario, shown, truth)
    here = {
        name: _WITH_ERROR.format(score=score, error=errors[name])[language] if name in errors else score
        for name, score in scores.items()
    }
    finding = _HERE.format(
        name=scenario.prose.task,
        metric=scenario.metric.name,
        maml=coloured(here["maml"], BLUE),
        scratch=coloured(here["scratch"], ORANGE),
        ceiling=_CEILING_HERE.format(**here) if "bayes" in here else "",
        chance=_ERROR.format(examples=scenario.prose.examples, of=scenario.prose.task) if errors else "",
        **called,
    )
    steps = {"step": shown.evaluation_step["maml"], "scratch_step": shown.evaluation_step["scratch"]}
    note = _WALKS.format(**steps, steps="step" if steps["step"] == 1 else "steps")
    better, ceiling = scenario.metric.sign * shown.scores["maml"], shown.scores.get("bayes")
    if ceiling is not None and better > scenario.metric.sign * ceiling:
        finding = words.joined(finding, _LUCK)
    familiar = rungs.familiarity(scenario, shown.p_value, float(study.power(1.0, shots)[0]))
    if shown.p_value <= FALSE_ALARMS:
        finding = words.joined(finding, familiar)
    else:
        note = words.joined(note, familiar)
    return Section(
        key="player_chart",
        finding=words.spaced(finding[language]),
        figure=_player(scenario, study, shown, shots, tuple(truth.tolist()), language),
        alt=_PLAYER_TAKEAWAY.format(metric=scenario.metric.name, **called, **steps, **scores)[language],
        table=partial(_walks_table, scenario, _averages(study, shots), shown, language),
        note=_JUDGED[language],
        method=(words.joined(note, panel.player_note) if panel and panel.player_note else note)[language],
    )


def _errors(scenario: Scenario, shown: DemoTask, truth: Labels) -> dict[str, str]:
    """Return the standard errors of the scores on this task's query examples; none if the metric has none."""
    error = scenario.metric.error
    known = {name: error(answer, truth) for name, answer in shown.answers.items()} if error else {}
    return {name: percent(each, 1) for name, each in known.items() if np.isfinite(each)}


@lru_cache(maxsize=64)  # a whole class opens the same task
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
