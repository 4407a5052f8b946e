"""Findings of the comparison of methods at a number of labels, and of any two methods, valid for any values."""

from dashboard import words
from dashboard.charts.style import named_in_sentence
from dashboard.views import formatting
from scenarios.learners.registry import REGISTRY, RIVALS, Rung
from scenarios.publication.results import LeagueResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text

# Of a scenario at a number of labels.
_BEST = Text(
    en="**{title}, {labels}: the best score is that of {best}.** Its {metric} is {score}, {short} from "
    "Bayes-optimal. It {cost}.",
    zh="**{title}，{labels}：得分最高的是{best}**。{metric}为 {score}，距贝叶斯最优 {short}。{cost}。",
)
_TIED = Text(
    en="On {tasks} tasks, it does not differ detectably from {others}{fastest}.",
    zh="在 {tasks} 个任务上，它与{others}的差异不显著{fastest}。",
)
_FASTEST = Text(
    en="; the fastest of these is {which}, which adapts in {ms} ms",
    zh="；其中最快的是{which}，适应一个任务用 {ms} 毫秒",
)
_ALONE = Text(en="It is significantly better than all others.", zh="它超过其他所有方法，且差异显著。")
_TRAINED = Text(
    en="was trained once for {seconds} and adapts to a task in {ms} ms",
    zh="训练一次用时 {seconds}，适应一个任务用 {ms} 毫秒",
)
_UNTRAINED = Text(en="adapts to a task in {ms} ms", zh="适应一个任务用 {ms} 毫秒")
_RUNG = Text(en="{name} ({rung}), {score}", zh="{rung}为{name}，{score}")
_RUNGS = Text(en="The best methods with less information: {rungs}.", zh="所用信息更少的各档，最好的方法：{rungs}。")
_SEEDS = Text(
    en="Trained with {count} seeds, its mean is {score}; this interval is over seeds.",
    zh="用 {count} 个随机种子分别训练，平均为 {score}；这一区间反映的是种子之间的波动。",
)
_SIMPLER = Text(
    en="**A simpler method does better here than any meta-learner:** {name} ({rung}) is better than {best} by {lead}.",
    zh="**这里更简单的方法胜过所有元学习方法**：{name}（{rung}）比{best}好 {lead}。",
)
_AS_WELL = Text(
    en="**A simpler method does as well here:** {name} ({rung}) does not differ detectably from the best "
    "meta-learner, {best}: the difference is {lead}.",
    zh="**这里更简单的方法同样好**：{name}（{rung}）与元学习方法中最好的（{best}）差异不显著，差值为 {lead}。",
)
# Of two learners.
_AHEAD = Text(
    en="**{one} is better than {other} by {lead}** with {labels} (paired, {tasks} test tasks).",
    zh="**{labels}时，{one}比{other}好 {lead}**（{tasks} 个测试任务，逐任务配对）。",
)
_SAME = Text(
    en="**No detectable difference between {one} and {other}** with {labels}: {lead} (paired, {tasks} test tasks).",
    zh="**{labels}时，{one}与{other}差异不显著**：差值为 {lead}（{tasks} 个测试任务，逐任务配对）。",
)
_WORTH = Text(en="Matching it takes {worth} with {other}.", zh="要达到同样效果，{other}每类需要{worth}。")
_WORTH_POINTS = Text(en="Matching it takes {worth} with {other}.", zh="要达到同样效果，{other}需要{worth}。")
_FASTER = Text(
    en="Time to adapt to a task: {one}, {one_ms} ms; {other}, {other_ms} ms.",
    zh="适应一个任务，{one}用 {one_ms} 毫秒，{other}用 {other_ms} 毫秒。",
)
_ITSELF = Text(en="Choose two different methods to compare.", zh="请选择两种不同的方法进行比较。")
_SECONDS, _MINUTES = Text(en="{value:.0f} s", zh="{value:.0f} 秒"), Text(en="{value:.0f} min", zh="{value:.0f} 分钟")


def verdict(scenario: Scenario, league: LeagueResults, shots: int, language: Language) -> str:
    """Return the best method at this number of labels, and its cost."""
    best, *_ = ranked = league.ranked(shots)
    tied = [name for name in ranked[1:] if league.pair(best, name, "ahead", shots)[1] <= 0]
    sentences = [
        _BEST.format(
            title=scenario.prose.title,
            labels=words.counted(league.metric, shots),
            best=named_in_sentence(best, language, league.trade),
            metric=league.metric.name,
            score=formatting.estimated(league.at(best, "score", shots), league.metric),
            short=formatting.difference(league.at(best, "regret", shots), league.metric)[language],
            cost=_cost(league, best),
        ),
        _tie(league, [best, *tied], language) if tied else _ALONE,
    ]
    if (seeds := league.learners[best].seeds) is not None:
        over = formatting.estimated(seeds.score[league.shots.index(shots)], league.metric)
        sentences.append(_SEEDS.format(count=seeds.count, score=over))
    below = [rung for rung in reversed(RIVALS) if rung.value in league.best and rung is not REGISTRY[best].rung]
    sentences.append(_RUNGS.format(rungs=words.clauses(_of_rung(league, rung, shots, language) for rung in below)))
    return words.spaced(words.joined(*sentences)[language])


def _of_rung(league: LeagueResults, rung: Rung, shots: int, language: Language) -> Text:
    name = league.best_of(rung, shots) or ""
    score = formatting.estimated(league.at(name, "score", shots), league.metric)
    return _RUNG.format(rung=rung.short, name=named_in_sentence(name, language, league.trade), score=score)


def simpler(league: LeagueResults, shots: int, language: Language) -> str | None:
    """Return a sentence on the best method that sees less, unless a meta-learner is ahead of it beyond chance."""
    best = league.best_of(Rung.META_LEARNED, shots)
    rivals = {name: rung for rung in RIVALS if (name := league.best_of(rung, shots))}
    if best is None or not rivals:
        return None
    leads = {name: league.pair(name, best, "ahead", shots) for name in rivals}
    name = max(leads, key=lambda name: leads[name][0])
    _, low, high = leads[name]
    if high < 0:
        return None
    called = {
        "name": named_in_sentence(name, language, league.trade),
        "best": named_in_sentence(best, language, league.trade),
    }
    lead = formatting.difference(leads[name], league.metric)[language]
    sentence = _SIMPLER if low > 0 else _AS_WELL
    return words.spaced(sentence.format(rung=rivals[name].short, lead=lead, **called)[language])


def comparison(league: LeagueResults, one: str, other: str, shots: int, language: Language) -> str:
    """Return a sentence about the difference between two learners, with its CI."""
    if one == other:
        return _ITSELF[language]
    if league.pair(one, other, "ahead", shots)[0] < 0:
        one, other = other, one
    lead = league.pair(one, other, "ahead", shots)
    facts = {
        "one": named_in_sentence(one, language, league.trade),
        "other": named_in_sentence(other, language, league.trade),
        "labels": words.counted(league.metric, shots),
        "lead": formatting.difference(lead, league.metric)[language], "tasks": league.tasks,
        "one_ms": _few(league.learners[one].cost.adapt_ms), "other_ms": _few(league.learners[other].cost.adapt_ms),
    }  # fmt: skip
    sentences = [(_AHEAD if lead[1] > 0 else _SAME).format(**facts)]
    if lead[1] > 0:
        unit = words.labels_unit(league.metric)
        worth = formatting.worth(league.pair(one, other, "labels_worth", shots), league.shots[-1], unit)
        sentence = _WORTH_POINTS if league.metric.is_regression else _WORTH
        sentences.append(sentence.format(other=facts["other"], worth=worth))
    return words.spaced(words.joined(*map(_begun, (*sentences, _FASTER.format(**facts))))[language])


def _begun(sentence: Text) -> Text:
    """With a capital letter at its beginning, which may stand behind the sign for bold."""
    text = sentence.en
    at = next(place for place, letter in enumerate(text) if letter != "*")
    return Text(en=text[:at] + text[at].upper() + text[at + 1 :], zh=sentence.zh)


def _tie(league: LeagueResults, tied: list[str], language: Language) -> Text:
    """Name the best of them, `tied[0]`, and the others without a detectable difference from it."""
    fastest = min(tied, key=lambda name: league.learners[name].cost.adapt_ms)
    ms = _few(league.learners[fastest].cost.adapt_ms)
    quicker = _FASTEST.format(which=named_in_sentence(fastest, language, league.trade), ms=ms)[language]
    return _TIED.format(
        tasks=league.tasks,
        others=words.listed([named_in_sentence(name, language, league.trade) for name in tied[1:]], language),
        fastest="" if fastest == tied[0] else quicker,
    )


def _cost(league: LeagueResults, name: str) -> Text:
    cost = league.learners[name].cost
    ms = _few(cost.adapt_ms)
    if cost.train_seconds is None:
        return _UNTRAINED.format(ms=ms)
    return _TRAINED.format(seconds=duration(cost.train_seconds), ms=ms)


def duration(seconds: float) -> Text:
    return _SECONDS.format(value=seconds) if seconds < 100 else _MINUTES.format(value=seconds / 60)


def _few(value: float) -> str:
    """Two figures are enough for a time."""
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"
