"""Whether other tasks' data would pay, in sentences: true of any published results."""

from dashboard import words
from dashboard.language import percent, scored
from dashboard.views import formatting
from scenarios.evaluation.estimate import Estimate
from scenarios.learners.registry import META_LEARNED, POOLED, REGISTRY, Rung
from scenarios.publication.advice import Advice, Reading, Standing, WorldAdvice, advise
from scenarios.publication.results import OtherTasksResults, Results
from scenarios.text import Language, Text

_NOTHING = 0.0005, 0.005  # gains that are none: a share of one, and a share of an error

# -- the answer -----------------------------------------------------------------------------------------------------
_YES = {
    Rung.NO_LOCAL_LABELS: Text(
        en="**Local labels make no detectable difference. Recommended: {name}, without them.**",
        zh="**本任务标注没有显著作用。推荐：{name}，不用标注**。",
    ),
    Rung.BORROWING: Text(
        en="**Yes, with simple statistics. Recommended: {name}.**", zh="**用得上，简单统计方法就够。推荐：{name}**。"
    ),
    Rung.META_LEARNED: Text(
        en="**Yes, with meta-learning. Recommended: {name}.**", zh="**用得上，而且值得用元学习。推荐：{name}**。"
    ),
}
_NO = Text(
    en="**No: local labels alone are enough. Recommended: {name}.**",
    zh="**用不上：只用本任务标注就够。推荐：{name}**。",
)
_NOT_KNOWN = Text(
    en="**Not measured for so few other tasks.** Without other tasks, use {name}.",
    zh="**没有用这么少的其他任务测量过**。不用其他任务时，可用{name}。",
)
_REACHES = Text(
    en="{metric} with {labels} and {count} other tasks: {score}.",
    zh="{labels}、{count} 个其他任务时，{metric}为 {score}。",
)
_REACHES_WITHOUT = Text(
    en="{metric} without labels of the new task, from {count} other tasks: {score}.",
    zh="不用本任务标注、只用 {count} 个其他任务时，{metric}为 {score}。",
)
_REACHES_ALONE = Text(en="{metric} with {labels}: {score}.", zh="{labels}时，{metric}为 {score}。")
_WAY = Text(
    en="That closes about {share} of the gap between local labels alone ({local}) and the Bayes-optimal score "
    "({bayes}).",
    zh="只用本任务标注的最好方法（{local}）与贝叶斯最优（{bayes}）之间的差距，约缩小了 {share}。",
)
_TO_GO = Text(en="The Bayes-optimal score is {bayes}.", zh="贝叶斯最优为 {bayes}。")
_CAPPED = Text(
    en="It was not measured with more than {count} other tasks; you do not need the rest.",
    zh="该方法最多用 {count} 个其他任务测量过，多出的任务可以不用。",
)
_NOT_NEEDED = Text(
    en="With {labels}, the best method ({name}) is not detectably better, judging by the CIs: {score}.",
    zh="就置信区间来看，使用标注（{labels}）的最好方法（{name}）并不更好：{score}。",
)
_WITHOUT = Text(
    en="Without local labels, one network for all tasks ({name}) reaches {score}, better than on local labels alone.",
    zh="完全不用本任务标注、各任务合用一个网络（{name}）时为 {score}，好于只用本任务标注。",
)
_WITHIN_CHANCE = Text(
    en="{name} with {count} other tasks has the best mean, ahead by {lead}: no detectable difference.",
    zh="{name}用 {count} 个其他任务时均值最好，领先 {lead}，差异不显著。",
)
_NO_BETTER = Text(
    en="No method that was measured with as few as {count} other tasks has a better mean.",
    zh="用 {count} 个其他任务测量过的方法，均值都没有更好。",
)

# -- meta-learning beside simple statistics -------------------------------------------------------------------------
_META = {
    Standing.BEHIND: Text(
        en="Meta-learning ({name}) is worse with {count} other tasks: {score}.",
        zh="元学习（{name}）用 {count} 个其他任务时更差：{score}。",
    ),
    Standing.UNCLEAR: Text(
        en="Meta-learning ({name}) is not detectably better, judging by the CIs; with {count} other tasks: {score}.",
        zh="就置信区间来看，元学习（{name}）并不更好；用 {count} 个其他任务时为 {score}。",
    ),
}
_SIMPLE = Text(
    en="The best of simple statistics, {name}, is worse: {score}.",
    zh="简单统计方法中最好的{name}不及它：{score}。",
)
_META_TOO_FEW = Text(
    en="Meta-learning ({name}) is left out: it was not measured with fewer than {count} other tasks.",
    zh="元学习（{name}）未列入：没有用少于 {count} 个其他任务测量过。",
)
_META_NOT_MEASURED = Text(
    en="Meta-learning is left out: it was not measured in this situation.", zh="元学习未列入：没有在这种情况下测量过。"
)
_SIMPLE_TOO_FEW = Text(
    en="Simple statistics are left out: they were not measured with fewer than {count} other tasks.",
    zh="简单统计方法未列入：没有用少于 {count} 个其他任务测量过。",
)

# -- what more would add --------------------------------------------------------------------------------------------
_TWICE = Text(
    en="About twice as many other tasks ({count}) would improve {metric} by about {gain}{with_name}.",
    zh="其他任务增至约两倍（{count} 个）{with_name}，{metric}约改善 {gain}。",
)
_WITH_NAME = Text(en=", with {name}", zh="并改用{name}")
_TWICE_NOTHING = Text(
    en="About twice as many other tasks ({count}) would add almost nothing.",
    zh="其他任务增至约两倍（{count} 个），几乎没有改善。",
)
_TWICE_UNKNOWN = Text(
    en="More than {count} other tasks were not measured for {name}.",
    zh="{name}没有用超过 {count} 个其他任务测量过。",
)
_LABEL = (
    Text(
        en="One more label of each class would improve {metric} by about {gain}.",
        zh="每类再多 1 个标注，{metric}约改善 {gain}。",
    ),
    Text(
        en="One more label of each class would add almost nothing.",
        zh="每类再多 1 个标注，几乎没有改善。",
    ),
)
_POINT = (
    Text(en="One more point would improve {metric} by about {gain}.", zh="再多 1 个点，{metric}约改善 {gain}。"),
    Text(en="One more point would add almost nothing.", zh="再多 1 个点，几乎没有改善。"),
)
_LABEL_UNKNOWN = Text(en="More than {labels} were not measured.", zh="{labels}已是测量过的最大数目。")


def answer(found: OtherTasksResults, other_tasks: int, shots: int, language: Language) -> str:
    """Return the recommended method, how near it comes to the optimum, and whether meta-learning would do better."""
    advice = advise(found, other_tasks, shots)
    chosen = advice.chosen
    reaches = _REACHES_WITHOUT if chosen is advice.generic else _REACHES if chosen.other_tasks else _REACHES_ALONE
    sentences = [
        _headline(advice),
        reaches.format(
            metric=words.capitalised(found.metric.name), labels=words.counted(found.metric, shots),
            count=f"{chosen.other_tasks:,}", score=_score(found, chosen),
        ),
        way(found, advice),
    ]  # fmt: skip
    if 0 < chosen.other_tasks < other_tasks:
        sentences.append(_CAPPED.format(count=f"{chosen.other_tasks:,}"))
    return _written([*sentences, *_others(found, advice, other_tasks, shots)], language)


def _headline(advice: Advice) -> Text:
    if len(advice.readings) == 1:
        return _NOT_KNOWN.format(name=_name(advice.chosen.learner))
    return recommendation(advice.chosen)


def recommendation(chosen: Reading) -> Text:
    """Return whether other tasks' data pay, and the recommended method."""
    return _YES.get(chosen.rung, _NO).format(name=_name(chosen.learner))


def way(found: Results, advice: Advice | WorldAdvice) -> Text:
    """Return how far the recommended method goes from local labels alone to the Bayes-optimal score."""
    local, bayes = (scored(score.mean, found.metric, 1) for score in (advice.local.score, advice.bayes))
    share = advice.share_of_gap
    if share is None:
        return _TO_GO.format(bayes=bayes)
    return _WAY.format(share=percent(share), local=local, bayes=bayes)


def _others(found: OtherTasksResults, advice: Advice, other_tasks: int, shots: int) -> list[Text]:
    """Return sentences on methods that are not recommended, and on methods without measurements."""
    chosen, best, generic, sentences = advice.chosen, advice.best, advice.generic, []
    if generic and chosen is not generic and found.metric.sign * (generic.score.mean - advice.local.score.mean) > 0:
        sentences.append(_WITHOUT.format(**_named(generic), score=_score(found, generic)))
    if chosen is generic and generic:
        rivals = [one for one in advice.readings if one is not generic]
        rival = max(rivals, key=lambda one: found.metric.sign * one.score.mean)
        sentences.append(
            _NOT_NEEDED.format(**_named(rival), labels=words.counted(found.metric, shots), score=_score(found, rival))
        )
    elif chosen is advice.local and best is not chosen:
        lead = formatting.difference(best.ahead_of_local, found.metric)
        sentences.append(_WITHIN_CHANCE.format(**_named(best), lead=lead))
    elif chosen is advice.local and len(advice.readings) > 1:
        sentences.append(_NO_BETTER.format(count=f"{other_tasks:,}"))
    elif advice.meta and chosen is advice.meta and advice.simple:
        sentences.append(_SIMPLE.format(**_named(advice.simple[0]), score=_score(found, advice.simple[0])))
    elif advice.meta and advice.standing in _META:
        sentences.append(_META[advice.standing].format(**_named(advice.meta), score=_score(found, advice.meta)))
    fewest = {name: part.counts[0] for name, part in found.learners.items() if name != POOLED}
    meta = fewest.pop(META_LEARNED, None)
    if not advice.simple:
        sentences.append(_SIMPLE_TOO_FEW.format(count=f"{min(fewest.values()):,}"))
    if meta is None:
        sentences.append(_META_NOT_MEASURED)
    elif not advice.meta:
        sentences.append(_META_TOO_FEW.format(name=_name(META_LEARNED), count=f"{meta:,}"))
    return sentences


def more(found: OtherTasksResults, other_tasks: int, shots: int, language: Language) -> str:
    """Return about how much twice as many other tasks would add, and one more label of each class."""
    now, metric = advise(found, other_tasks, shots).chosen, found.metric
    twice = advise(found, 2 * other_tasks, shots).chosen
    changed = {"count": f"{2 * other_tasks:,}", "metric": metric.name}
    if twice.learner == now.learner and twice.other_tasks == now.other_tasks and now.other_tasks:
        sentences = [_TWICE_UNKNOWN.format(**_named(now))]
    elif (gain := _gain(found, now.score, twice.score)) is None:
        sentences = [_TWICE_NOTHING.format(**changed)]
    else:
        other = _WITH_NAME.format(**_named(twice)) if twice.learner != now.learner else ""
        sentences = [_TWICE.format(**changed, gain=gain, with_name=other)]
    if shots >= found.shots[-1]:
        sentences.append(no_more_labels(found, found.shots[-1]))
    else:
        sentences.append(one_more_label(found, now.score, _of(advise(found, other_tasks, shots + 1), now).score))
    return _written(sentences, language)


def one_more_label(found: Results, now: Estimate, then: Estimate) -> Text:
    """Return the gain from one more label of each class, or one more point."""
    some, nothing = _POINT if found.metric.is_regression else _LABEL
    gain = _gain(found, now, then)
    return some.format(gain=gain, metric=found.metric.name) if gain else nothing


def no_more_labels(found: Results, most: int) -> Text:
    """Return that more labels were not measured."""
    return _LABEL_UNKNOWN.format(labels=words.counted(found.metric, most))


def _of(advice: Advice, reading: Reading) -> Reading:
    """Return the reading of the same method in another situation; of local labels alone, that of the best one."""
    if reading.rung is Rung.LOCAL:
        return advice.local
    return next(one for one in advice.readings if one.learner == reading.learner)


def _gain(found: Results, now: Estimate, then: Estimate) -> Text | None:
    """Return how much better a result is than another, in words; None if hardly."""
    metric = found.metric
    gain = metric.sign * (then.mean - now.mean)
    share, of_error = _NOTHING
    least = share if metric.is_proportion else of_error * now.mean
    return formatting.change(gain, metric) if gain > least else None


def _name(learner: str) -> Text:
    return REGISTRY[learner].name_in("league")


def _named(reading: Reading) -> dict[str, Text | str]:
    return {"name": _name(reading.learner), "count": f"{reading.other_tasks:,}"}


def _score(found: OtherTasksResults, reading: Reading) -> Text:
    return formatting.estimated(reading.score, found.metric)


def _written(sentences: list[Text], language: Language) -> str:
    return words.spaced(words.joined(*sentences)[language])
