"""Do the probabilities hold within one task? Slopes and ratios of the methods that the tab's tables show."""

import pandas as pd

from dashboard import words
from dashboard.charts.style import named
from dashboard.views import formatting
from dashboard.views.rungs import GROUP, rungs_of
from dashboard.views.section import Section
from scenarios.dataclass_json import Floats
from scenarios.decisions.catalog import decision_named
from scenarios.learners.registry import BAYES, META_LEARNED
from scenarios.publication.results import CalibrationResults, StudyResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text

_FINDING = Text(
    en="**Do the probabilities hold within one {task}?** With {shots}, the calibration slope of meta-learning is "
    "{slope} over all {task}s, and {low} to {high} in nine {task}s of ten (Bayes-optimal: {bayes_low} to "
    "{bayes_high}). The ratio of observed to expected events is {ratio_low} to {ratio_high} in nine {task}s of ten.",
    zh="**具体到一{a_task}，概率还可信吗**？{shots}时，元学习的校准斜率总体为 {slope}，在九成{task}中为 {low}～{high}"
    "（贝叶斯最优：{bayes_low}～{bayes_high}）。实际与预期事件数之比，在九成{task}中为 {ratio_low}～{ratio_high}。",
)
_INCUMBENT = Text(
    en="The slope of the {name} is {low} to {high} in nine {task}s of ten.",
    zh="{name}的校准斜率在九成{task}中为 {low}～{high}。",
)
_RIGHT = Text(
    en="A slope and a ratio of 1 are ideal; a slope below 1 means that probabilities are too extreme.",
    zh="斜率和比值以 1 为最好；斜率小于 1，说明概率过于极端。",
)
_NOTE = Text(
    en="Predicted probability of “{kind}” in {tasks} test tasks, seed {seed}, {queries} query examples in each. A "
    "slope and a ratio of 1 are right; a slope below 1 means probabilities that are too extreme. The range over tasks "
    "includes chance: compare it with the Bayes-optimal predictor's.",
    zh="“{kind}”的预测概率；{tasks} 个测试任务，随机种子 {seed}，每个任务 {queries} 个查询样本。斜率和比值为 1 最好，"
    "斜率小于 1 说明概率过于极端。任务间的范围也含偶然波动，可与贝叶斯最优对照。",
)
_METHOD = Text(en="method", zh="方法")
_SLOPE = Text(en="calibration slope (95% CI)", zh="校准斜率（95% 置信区间）")
_RATIO = Text(en="observed / expected (95% CI)", zh="实际 / 预期（95% 置信区间）")
_RANGE = Text(en="{what}: nine tasks in ten", zh="{what}：九成任务")
_VAGUE = 1.0  # width of an uninformative interval
_OF_SLOPE, _OF_RATIO = Text(en="slope", zh="斜率"), Text(en="ratio", zh="比值")


def section(
    scenario: Scenario, study: StudyResults, found: CalibrationResults, shots: int, language: Language
) -> Section:
    """Return the finding with its table, at the measured number of labels that is the nearest."""
    place = found.nearest(shots)
    maml, bayes = found.learners[META_LEARNED], found.learners[BAYES]
    count = found.shots[place]
    ends = {
        "low": maml.slope90[place, 0], "high": maml.slope90[place, 1],
        "bayes_low": bayes.slope90[place, 0], "bayes_high": bayes.slope90[place, 1],
        "ratio_low": maml.ratio90[place, 0], "ratio_high": maml.ratio90[place, 1],
    }  # fmt: skip
    finding = _FINDING.format(
        task=scenario.prose.task,
        a_task=scenario.prose.a_task,
        shots=words.counted(found.metric, count),
        slope=f"{maml.slope[place, 0]:.2f}",
        **{name: f"{end:.2f}" for name, end in ends.items()},
    )
    sentences = [finding, *(_of_incumbent(scenario, found, name, place) for name in _incumbents(scenario, found))]
    names = [name for name in study.rows(count) if name in found.learners]
    parts = [found.learners[name] for name in names]
    columns = {
        _METHOD[language]: [named(name, language, scenario.decision) for name in names],
        _SLOPE[language]: [_estimate(each.slope[place], language) for each in parts],
        _RANGE.format(what=_OF_SLOPE)[language]: [
            _ends(each.slope90[place], each.slope[place], language) for each in parts
        ],
        _RATIO[language]: [_estimate(each.ratio[place], language) for each in parts],
        _RANGE.format(what=_OF_RATIO)[language]: [
            _ends(each.ratio90[place], each.ratio[place], language) for each in parts
        ],
        GROUP[language]: rungs_of(names, language),
    }
    protocol = found.protocol
    note = _NOTE.format(kind=scenario.classes[-1], tasks=found.tasks, seed=protocol.seed, queries=protocol.queries)
    return Section(
        key="calibration_by_task",
        finding=words.joined(*sentences)[language],
        table=pd.DataFrame(columns).set_index(_METHOD[language]),
        note=_RIGHT[language],
        method=note[language],
        is_explained=True,
        command=f"python -m scenarios calibration {scenario.folder} --tasks {found.tasks} --seed {protocol.seed}",
    )


def _incumbents(scenario: Scenario, found: CalibrationResults) -> list[str]:
    """Return the learners that users have today under names of their own: every finding for them has these too."""
    decision = decision_named(scenario.decision)
    return [name for name in decision.incumbents if name in decision.learner_names and name in found.learners]


def _of_incumbent(scenario: Scenario, found: CalibrationResults, name: str, place: int) -> Text:
    low, high = (f"{end:.2f}" for end in found.learners[name].slope90[place])
    called = Text(en=named(name, "en", scenario.decision), zh=named(name, "zh", scenario.decision))
    return _INCUMBENT.format(name=called, low=low, high=high, task=scenario.prose.task)


def _estimate(estimate: Floats, language: Language) -> str:
    mean, low, high = (formatting.number(each) for each in estimate)
    return formatting.estimate_cell(mean, formatting.between(low, high), language) if _is_known(estimate) else "–"


def _ends(ends: Floats, estimate: Floats, language: Language) -> str:
    low, high = (formatting.number(each) for each in ends)
    return formatting.unbroken(formatting.between(low, high)[language]) if _is_known(estimate) else "–"


def _is_known(estimate: Floats) -> bool:
    """Return whether a figure is defined: a constant risk has no slope."""
    return bool(estimate[2] - estimate[1] < _VAGUE)
