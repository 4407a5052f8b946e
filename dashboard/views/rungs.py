"""The result by rung: whether a simpler method wins, the value of labels to each rung, and the price."""

from collections.abc import Sequence

from dashboard import words
from dashboard.charts.style import named, named_in_sentence
from dashboard.language import percent, scored
from dashboard.views import formatting
from scenarios.catalog import scenario_named
from scenarios.learners.registry import META_LEARNED, REGISTRY, RIVALS, Rung
from scenarios.metrics import Metric
from scenarios.publication.results import FALSE_ALARMS, LeagueResults, StudyResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text

GROUP = Text(en="group", zh="组别")  # a column of tables
_WINS = Text(
    en="**A simpler method does better than meta-learning (MAML) here:** {name} ({rung}), in {metric} by {lead}.",
    zh="**这里更简单的方法胜过元学习（MAML）**：{name}（{rung}）的{metric}领先 {lead}。",
)
_STRONGEST_BEHIND = Text(
    en="The best meta-learner, {best}, is behind that method, too.", zh="元学习方法中最好的（{best}）也落后于上述方法。"
)
_STRONGEST_TIED = Text(
    en="The best meta-learner, {best}, does not differ detectably from that method.",
    zh="元学习方法中最好的（{best}）与该方法差异不显著。",
)
_STRONGEST_AHEAD = Text(
    en="The best meta-learner, {best}, is ahead of it by {lead}.", zh="元学习方法中最好的（{best}）领先它 {lead}。"
)
_MATCHES = "**Meta-learning with {labels}** matches local labels alone with {local}{borrowing}."
_AND_STATISTICS = ", and simple statistics with {number}{interval}"
# Of classes, and of a regression: Chinese states “per class” before the number, English in the unit.
_WORTH = (
    Text(en=_MATCHES, zh="**要达到元学习（{labels}）的效果**，只用本任务标注时每类需要{local}{borrowing}。"),
    Text(en=_MATCHES, zh="**要达到元学习（{labels}）的效果**，只用本任务标注时需要{local}{borrowing}。"),
)
_WORTH_BORROWING = (
    Text(en=_AND_STATISTICS, zh="，用简单统计方法时每类需要{number} 个{interval}"),
    Text(en=_AND_STATISTICS, zh="，用简单统计方法时需要{number} 个{interval}"),
)
_LAST = Text(
    en="**With {labels}, the largest number measured,** meta-learning minus the best method on local labels alone "
    "is {lead}.",
    zh="**{labels}是测到的最大数目**，此时元学习减去只用本任务标注的最好方法，差值为 {lead}。",
)
_MEANS = Text(
    en="Means over {tasks} test {task}s with 95% CIs; brackets: range of nine {task}s in ten. {rungs}. "
    "Bayes-optimal minus meta-learned, paired: {regret}. The Bayes-optimal score is the best on average given "
    "the labels alone; a method may exceed it on a single {task} by luck, or with unlabelled examples.",
    zh="{tasks} {task}（测试任务）的平均值与 95% 置信区间；括号内为九成任务所在的范围。{rungs}。贝叶斯最优减元学习"
    "（逐任务配对）：{regret}。贝叶斯最优只是仅凭标注、取平均意义上的最优：个别任务上可能因运气被超过，利用未标注样本的"
    "方法也可能超过它。",
)
_OF_RUNG = Text(en="{rung} ({name}): {interval} ({low} to {high})", zh="{rung}（{name}）：{interval}（{low}～{high}）")
_OF_ONE = Text(en="{rung}: {interval} ({low} to {high})", zh="{rung}：{interval}（{low}～{high}）")
_FAIR = Text(
    en="Each group is represented by its best method at this number of labels, meta-learning by MAML (others: "
    "*Compare methods*). All choose their inputs and hyperparameters on training tasks for each number of "
    "labels, and all probabilities are calibrated there in the same way.",
    zh="每一档取该标注数下最好的方法；元学习一档均为 MAML，其他元学习方法见“方法比较”页。各方法都在训练任务上按标"
    "注数选定输入和超参数，概率也都经过同样的校准。",
)
_BELOW = Text(
    en="In {share} of {task}s, meta-learning scores below the best method of the group “{rung}”.",
    zh="在 {share} 的{task}中，元学习的得分低于“{rung}”中最好的方法。",
)
_PRICE = Text(
    en="Data: {tasks} other {task}s ({labels}) for meta-learning (MAML){borrowing}.",
    zh="所用数据：元学习（MAML）见过 {tasks} {task}，共 {labels}{borrowing}。",
)
_PRICE_BORROWING = Text(
    en="; {tasks} ({labels}) for {name}",
    zh="；{name}见过 {tasks} {task}，共 {labels}",
)
OPTIMUM = Text(  # once on a scenario's page, with its first result
    en="Bayes-optimal: the best that these labels allow, on average.",
    zh="贝叶斯最优：仅凭这些标注，平均能达到的最好水平。",
)
_LABELS = Text(en="{labels:,} labels", zh="{labels:,} 个标注")
_LABELS_AND_TIME = Text(en="{labels:,} labels, {hours:,.0f} h", zh="{labels:,} 个标注、{hours:,.0f} 小时")
_OWN = Text(en="New {task}: {labels} labels, {duration}.", zh="新{task}：{labels} 个标注，{duration}。")

_UNLIKE = Text(
    en="**Caution:** these labelled examples are unlike the training tasks (only {share} of those are more "
    "unusual), so experience from other tasks may mislead here.",
    zh="**请注意**：这些标注样本与训练任务不像（训练任务中只有 {share} 比它更异常），从其他任务学到的东西在这里可"
    "能误导。",
)
_LIKE = Text(
    en="Judging by its labelled examples alone, this {task} resembles the training tasks: {share} of those are "
    "more unusual.",
    zh="仅凭标注样本判断，这{task}与训练任务相像：训练任务中有 {share} 比它更异常。",
)
_WEAK = 0.5  # power: the test overlooks more than it notices
_MISSES = Text(
    en="This is weak evidence: with so few labels, the test detects only {power} of {task}s that are entirely new.",
    zh="但这说明不了什么：标注这么少时，对全新的{task}，这项检验只能发现 {power}。",
)


def rungs_of(names: Sequence[str], language: Language) -> list[str]:
    """Return the rung of each learner, as a column of a table that breaks no Chinese word."""
    joiner = "\u2060" if language == "zh" else ""
    return [joiner.join(REGISTRY[name].rung.short[language]) for name in names]


def familiarity(scenario: Scenario, p_value: float, power: float = 1.0) -> Text:
    """Return whether a task's labelled examples resemble those of the training tasks.

    `power` is the share of entirely new tasks that this test detects; low power is stated.
    """
    task = scenario.prose.task
    if p_value <= FALSE_ALARMS:
        return _UNLIKE.format(share=_share(p_value), task=scenario.prose.a_task)
    alike = _LIKE.format(share=_share(p_value), task=scenario.prose.a_task)
    return alike if power >= _WEAK else words.joined(alike, _MISSES.format(power=percent(power), task=task))


def _share(p_value: float) -> str:
    return percent(p_value, 1 if p_value < 0.1 else 0)


def simpler_wins(
    study: StudyResults, shots: int, language: Language, league: LeagueResults | None = None
) -> str | None:
    """Return a sentence on the best method with less information, if it is significantly better than MAML.

    Another sentence follows if a meta-learner of the comparison is ahead of it in turn.
    """
    won = _winner(study, shots)
    if won is None:
        return None
    rung, name = won
    lead = formatting.difference(formatting.opposite(study.compared("ahead", shots, rung)), study.metric)
    called = named_in_sentence(name, language, study.decision)
    wins = _WINS.format(name=called, rung=rung.short, metric=study.metric.name, lead=lead)
    strongest = [sentence for sentence, ahead in _strongest(study, shots, language, league) if ahead]
    return words.spaced(words.joined(wins, *strongest)[language])


def _winner(study: StudyResults, shots: int) -> tuple[Rung, str] | None:
    """Return the best method that sees less, with its rung, if it is ahead of MAML beyond chance."""
    ahead = {rung: study.compared("ahead", shots, rung) for rung in RIVALS if rung.value in study.comparison}
    behind = [rung for rung, (_, _, high) in ahead.items() if high < 0]
    if not behind:
        return None
    rung = min(behind, key=lambda rung: float(ahead[rung][0]))
    return rung, study.best(rung, shots)


def _strongest(
    study: StudyResults, shots: int, language: Language, league: LeagueResults | None
) -> list[tuple[Text, bool]]:
    """Return the best meta-learner against the method that beats MAML, and whether it is ahead of that."""
    won = _winner(study, shots)
    if won is None or league is None or shots not in league.shots or won[1] not in league.learners:
        return []
    best = league.best_of(Rung.META_LEARNED, shots)
    if best in (None, META_LEARNED):
        return []
    mean, low, high = league.pair(best, won[1], "ahead", shots)
    sentence = _STRONGEST_AHEAD if low > 0 else _STRONGEST_BEHIND if high < 0 else _STRONGEST_TIED
    lead = formatting.change(mean, league.metric)
    return [(sentence.format(best=named_in_sentence(best, language, league.trade), lead=lead), bool(low > 0))]


def worth(study: StudyResults, shots: int, language: Language) -> str:
    """Return the equivalent of `shots` labels with meta-learning on the rungs below it."""
    most, labels = study.shots[-1], words.counted(study.metric, shots)
    if shots == most:
        lead = formatting.difference(study.compared("ahead", shots), study.metric)[language]
        return _LAST.format(lead=lead, labels=labels)[language]
    unit = words.labels_unit(study.metric)
    kind = int(study.metric.is_regression)
    local = formatting.worth(study.compared("labels_worth", shots), most, unit)
    borrowing: Text | str = ""
    if Rung.BORROWING.value in study.comparison:
        number, interval = formatting.amount(study.compared("labels_worth", shots, Rung.BORROWING), most)
        borrowing = _WORTH_BORROWING[kind].format(number=number, interval=interval)
    return _WORTH[kind].format(local=local, borrowing=borrowing, labels=labels)[language]


def finding(study: StudyResults, shots: int, language: Language, league: LeagueResults | None = None) -> str:
    """Return the value of the labels; first that a simpler method does better, if so."""
    parts = (simpler_wins(study, shots, language, league), worth(study, shots, language))
    return "\n\n".join(filter(None, parts))


def note(study: StudyResults, shots: int, language: Language, league: LeagueResults | None = None) -> str:
    """Return the means of all rungs with their intervals and ranges, and how they were compared."""
    task = scenario_named(study.scenario).prose.a_task
    rungs = words.clauses(_of_rung(study, rung, shots, language) for rung in study.rungs)[language]
    regret = formatting.difference(study.at(META_LEARNED, shots, "regret"), study.metric)[language]
    means = _MEANS.format(tasks=study.tasks, task=task, rungs=rungs[0].upper() + rungs[1:], regret=regret)
    strongest = [sentence for sentence, ahead in _strongest(study, shots, language, league) if not ahead]
    return words.spaced(words.joined(means, *strongest, *_below(study, shots), _FAIR)[language])


def _below(study: StudyResults, shots: int) -> list[Text]:
    """Return in how many tasks meta-learning does worse than each rung below it, where that is known."""
    task, found = scenario_named(study.scenario).prose.task, {rung: study.worse_than(rung, shots) for rung in RIVALS}
    return [
        _BELOW.format(share=percent(share), task=task, rung=rung.short)
        for rung, share in found.items()
        if share is not None
    ]


def _of_rung(study: StudyResults, rung: Rung, shots: int, language: Language) -> Text:
    name = study.best(rung, shots)
    low, high = (_rounded(end, study.metric) for end in study.at(name, shots, "range90"))
    text = _OF_RUNG if rung in RIVALS else _OF_ONE
    return text.format(
        rung=rung.label,
        name=named(name, language, study.decision),
        interval=formatting.score_range(study.at(name, shots), study.metric),
        low=low,
        high=high,
    )


def _rounded(score: float, metric: Metric) -> str:
    return percent(score) if metric.is_proportion else scored(score, metric)


def price(study: StudyResults, shots: int, language: Language) -> str:
    """Return the other tasks and labels of meta-learning and of simple statistics."""
    scenario = scenario_named(study.scenario)
    prose, own = scenario.prose, study.experience(META_LEARNED)
    if own is None:
        raise ValueError("a meta-learner without other tasks")
    borrowing: Text | str = ""
    if Rung.BORROWING.value in study.comparison:
        name = study.best(Rung.BORROWING, shots)
        if seen := study.experience(name):
            borrowing = _PRICE_BORROWING.format(
                name=named(name, language, study.decision),
                tasks=f"{seen.tasks:,}",
                labels=_effort(scenario, seen.labels),
                task=prose.a_task,
            )
    sentences = [
        _PRICE.format(
            tasks=f"{own.tasks:,}", labels=_effort(scenario, own.labels), task=prose.a_task, borrowing=borrowing
        )
    ]
    if scenario.signal:
        labels = shots * scenario.ways
        duration = formatting.duration(scenario.signal.seconds(labels * scenario.example_shape[0]))
        sentences.append(_OWN.format(labels=labels, duration=duration, task=prose.task))
    return words.spaced(words.joined(*sentences)[language])


def _effort(scenario: Scenario, labels: int) -> Text:
    """Return a number of labels in words, and the duration of the labelled signals."""
    if scenario.signal is None:
        return _LABELS.format(labels=labels)
    hours = scenario.signal.seconds(labels * scenario.example_shape[0]) / 3600
    return _LABELS_AND_TIME.format(labels=labels, hours=hours)


def shown(study: StudyResults) -> list[str]:
    """Return the methods that stand for the rungs in a chart: of each the one that is the best most often."""
    leading = [study.leading(rung) for rung in study.rungs if rung in RIVALS]
    return [*leading, META_LEARNED, study.best(Rung.BAYES, study.shots[0])]


def sketched(study: StudyResults) -> list[str]:
    """Return the curves of methods that use local labels, for a small chart."""
    return [name for name in shown(study) if REGISTRY[name].rung is not Rung.NO_LOCAL_LABELS]
