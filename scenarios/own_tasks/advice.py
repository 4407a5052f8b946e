"""Which method to use on a user's table, in sentences: the simplest one that no other method beats detectably.

Methods stand in the order of their rungs, by what they see. If the 95% CI of the difference to the best mean, paired by
task, includes 0 and the mean difference is small, the simpler method wins. A large difference that few tasks leave
undetected is no tie, but meta-learning has to be detectably better.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scenarios import wording
from scenarios.evaluation.estimate import Estimate
from scenarios.learners.registry import Rung
from scenarios.metrics import MSE
from scenarios.own_tasks import contenders, intervals
from scenarios.own_tasks.results import Advice, ByTasks, OwnResults, Point
from scenarios.task import Array
from scenarios.text import Text, clauses, enumerated, spaced

_MARGIN, _ERROR_MARGIN = 0.02, 0.05  # of a score, and as a share of an error
_FEW_TASKS = 20  # tested tasks, below which the advice names the smallest detectable difference
_MOST_NAMED = 5  # tasks that a sentence names
_MORE = 10  # further tasks whose expected gain is stated
_PENDING = Text(en="Nothing has been measured yet.", zh="尚无测量结果。")
NONE = Advice("", "", Estimate(0.0, 0.0, 0.0), False, _PENDING, (), ())


def difference(found: OwnResults, one: str, other: str, shots: int) -> Estimate:
    """Return how much better one method is than another at a number of labels, by task: positive is better."""
    return _difference(found, _point(found, one, shots), _point(found, other, shots))


def _difference(found: OwnResults, one: Point, other: Point) -> Estimate:
    return intervals.difference(one, other, found.protocol.share(), found.metric.sign)


def _point(found: OwnResults, name: str, shots: int) -> Point:
    return found.methods[name].points[str(shots)]


def _scores(found: OwnResults, name: str, shots: int) -> Array:
    return _point(found, name, shots).scores


def best_of(found: OwnResults, names: Sequence[str], shots: int) -> str | None:
    """Return the method with the best mean of some; None of none."""
    return max(names, key=lambda name: found.metric.sign * _scores(found, name, shots).mean(), default=None)


def advise(found: OwnResults) -> Advice:
    """Return the advice that the results so far support, about the headline's number of labels."""
    shots = found.protocol.headline
    best = best_of(found, list(found.methods), shots)
    if best is None:
        return NONE
    method = _recommended(found, best, shots)
    behind = difference(found, best, method, shots)
    return Advice(
        method=method,
        best=best,
        behind=behind,
        pays=contenders.rung_of(method) is Rung.META_LEARNED,
        answer=_spaced(_answer(found, method, best, shots)),
        reasons=tuple(
            map(_spaced, (*_reasons(found, method, best, behind), *_about_meta_learning(found, method, shots)))
        ),
        more=tuple(map(_spaced, _more(found, method, shots))),
    )


def _spaced(text: Text) -> Text:
    """Return a text whose Chinese has a space between its characters and the Latin letters and digits beside them."""
    return Text(en=text.en, zh=spaced(text.zh))


def _recommended(found: OwnResults, best: str, shots: int) -> str:
    """Return the best method of the lowest rung that ties with the best of all, or that itself.

    Meta-learning is recommended only if it is detectably better than the best method without it.
    """
    simple = best_of(found, [name for name in found.methods if not _is_meta(name)], shots)
    if _is_meta(best) and simple and difference(found, best, simple, shots).low <= 0:
        best = simple
    for rung in Rung:
        tied = [name for name in found.of_rungs(rung) if name == best or _ties(found, name, best, shots)]
        if chosen := best_of(found, tied, shots):
            return chosen
    return best


def _is_meta(name: str) -> bool:
    return contenders.rung_of(name) is Rung.META_LEARNED


def _ties(found: OwnResults, name: str, best: str, shots: int) -> bool:
    """Return whether a method is as good as the best: no detectable difference, nor a large one.

    Tasks that are few leave large differences undetected; to call these ties would recommend the worst method.
    """
    behind = difference(found, best, name, shots)
    return behind.low <= 0 and behind.mean <= margin(found, best, shots)


def margin(found: OwnResults, best: str, shots: int) -> float:
    """Return the mean difference up to which two methods may tie: of errors, a share of the lowest."""
    return _MARGIN if found.metric.is_proportion else _ERROR_MARGIN * float(_scores(found, best, shots).mean())


# -- sentences ---------------------------------------------------------------------------------------------------------

_LABELS = Text(en="{shots} labels per class", zh="每类 {shots} 个标注")
_ONE_LABEL = Text(en="one label per class", zh="每类 1 个标注")
_POINTS = Text(en="{shots} labels", zh="{shots} 个标注")
_ONE_POINT = Text(en="one label", zh="1 个标注")
_MAIN = Text(
    en="With {labels} in a new “{task}”, {method} reaches {metric} {score}",
    zh="新的“{task}”只有{labels}时，{method}的{metric}为 {score}",
)
_BESIDE_LOCAL = Text(
    en="the best method on its labels only ({method}) {score}", zh="只用新任务标注的最好方法是{method}，为 {score}"
)
_BESIDE_OTHERS = Text(
    en="the best method with other tasks ({method}) {score}", zh="借助其他任务的最好方法是{method}，为 {score}"
)
_BESIDE_META = Text(en="{method} {score} after {time} of training", zh="{method}训练 {time}后为 {score}")
_USE = Text(en="{compared}. Use {method}.", zh="{compared}。建议使用{method}。")
_USE_SIMPLER = Text(
    en="{compared}. Use {method}: it is simpler than {best}, without a detectable difference.",
    zh="{compared}。建议使用{method}：它比{best}简单，差异不显著。",
)
_TEN_MORE = Text(
    en="{answer} {more} more tasks ({task}) would add about {change}.",
    zh="{answer}再增加 {more} 个任务（{task}），约可再提升 {change}。",
)
_ONLY = Text(en="It is the only method compared so far.", zh="到目前为止只比较了这一种方法。")
_WINS = Text(
    en="It has the best mean, and every simpler method is significantly worse.",
    zh="它的均值最好，更简单的方法都显著更差。",
)
_UNSURE = Text(
    en="It has the best mean of the methods without meta-learning. The simpler {other} is behind by {difference}: not "
    "detectable with so few tasks, but too much for a tie.",
    zh="在不用元学习的方法中它的均值最好。更简单的{other}落后 {difference}：任务太少而不显著，但差距过大，不能算持平。",
)
_SIMPLEST = Text(
    en="It has the best mean, and no method that sees less was compared.",
    zh="它的均值最好，也没有所需信息更少的方法参与比较。",
)
_TIE = Text(
    en="{best} has the best mean, better by {difference}: no detectable difference (95% CI includes 0), so the "
    "simpler method is preferred.",
    zh="{best}的均值最好，高出 {difference}，差异不显著（95% 置信区间包含 0），因此选更简单的方法。",
)
_TIE_ERROR = Text(
    en="{best} has the lowest mean error, lower by {difference}: no detectable difference (95% CI includes 0), so "
    "the simpler method is preferred.",
    zh="{best}的平均误差最小，低 {difference}，差异不显著（95% 置信区间包含 0），因此选更简单的方法。",
)
_META_TOO_FEW = Text(
    en="Do not use meta-learning: methods would learn from {tasks} other tasks, and it needs at least {least}.",
    zh="不建议元学习：可供学习的其他任务只有 {tasks} 个，而它至少需要 {least} 个。",
)
_META_PAYS = Text(
    en="Meta-learning pays here: it is better than the best simpler method ({method}) by {difference}.",
    zh="这里值得用元学习：比更简单的方法中最好的{method}好 {difference}。",
)
_META_WORSE = Text(
    en="Meta-learning does not pay here: it is significantly worse than {method}, by {difference}.",
    zh="这里不值得用元学习：显著不如{method}，相差 {difference}。",
)
_META_EQUAL = Text(
    en="Meta-learning does not pay here: its gain over {method} is {difference}, which is not detectable.",
    zh="这里不值得用元学习：与{method}相比，增益 {difference}，不显著。",
)
_META_FROM = Text(
    en="It was ahead with {tasks} other tasks or more; with {fewer}, it was not.",
    zh="从 {tasks} 个其他任务起它领先；{fewer} 个时还没有。",
)
_META_FROM_FEWEST = Text(
    en="It was ahead even with {tasks} other tasks, the fewest tested.",
    zh="在尝试过的最少任务数（{tasks} 个）下它就已领先。",
)
_NEEDS_NO_LABELS = Text(
    en="It uses none of the new task's labels, so you do not need to collect any for it.",
    zh="它不使用新任务的标注，因此不必为它收集标注。",
)
_MORE_LABELS = Text(
    en="With {more} instead of {labels}, {method} gains {difference}.",
    zh="把{labels}增至 {more} 个，{method}提升 {difference}。",
)
_MORE_TASKS = Text(
    en="From {half} to {all} other tasks, {method} gained {difference}. If the remaining gain keeps falling in "
    "proportion to one over their number, {more} more would add about {expected}.",
    zh="其他任务从 {half} 个增至 {all} 个，{method}提升了 {difference}。如果剩余的提升空间继续与任务数成反比，"
    "再增加 {more} 个约可再提升 {expected}。",
)
_NO_MORE_TASKS = Text(
    en="From {half} to {all} other tasks, {method} gained nothing detectable: {difference}. {more} more tasks of this "
    "kind would hardly help it: about {expected}.",
    zh="其他任务从 {half} 个增至 {all} 个，{method}的提升不显著：{difference}。再增加 {more} 个同类任务，"
    "预计只再提升约 {expected}。",
)
_NEEDS_NONE = Text(
    en="{method} uses no other tasks, so more of them would add nothing to it.",
    zh="{method}不使用其他任务，增加任务对它没有作用。",
)
_COARSE = Text(
    en="Only {tasks} tasks were tested: differences below about {least} cannot be detected, and CIs are approximate.",
    zh="只测试了 {tasks} 个任务：小于约 {least}的差异无法检出，置信区间也较粗略。",
)
_LEFT_OUT = Text(
    en="{count} of {all} tasks have too few rows of a class to be tested with {labels}; methods still learn from those "
    "rows if they can.",
    zh="{all} 个任务中有 {count} 个因某类行数太少，无法在{labels}下测试；方法仍会尽可能利用这些行来学习。",
)
_UNLIKE = Text(
    en="Unlike the others, judging by their labelled rows: {names}. Experience from the other tasks may mislead "
    "for them.",
    zh="仅从标注行判断，以下任务与其他任务不同：{names}。其他任务的经验可能误导它们。",
)
_SECONDS, _MINUTES = Text(en="{n} s", zh="{n} 秒"), Text(en="{n} min", zh="{n} 分钟")
_METRICS = {
    "auroc": Text(en="an AUROC of", zh="AUROC"),
    "accuracy": Text(en="a balanced accuracy of", zh="平衡准确率"),
    "mse": Text(en="a mean squared error of", zh="均方误差"),
}


def _answer(found: OwnResults, method: str, best: str, shots: int) -> Text:
    rung = contenders.rung_of(method)
    parts = [
        _MAIN.format(
            labels=labels(found, shots),
            task=found.table.task_column,
            method=_name(method),
            metric=_METRICS[found.metric_id],
            score=score(found, method, shots),
        )
    ]
    local = best_of(found, found.of_rungs(Rung.LOCAL), shots)
    others = best_of(found, found.of_rungs(Rung.NO_LOCAL_LABELS, Rung.BORROWING), shots)
    meta = best_of(found, found.of_rungs(Rung.META_LEARNED), shots)
    if local and rung is not Rung.LOCAL:
        parts.append(_BESIDE_LOCAL.format(method=_name(local), score=score(found, local, shots)))
    elif others and rung is Rung.LOCAL:
        parts.append(_BESIDE_OTHERS.format(method=_name(others), score=score(found, others, shots)))
    if meta and rung is not Rung.META_LEARNED:
        seconds = found.methods[meta].seconds
        parts.append(_BESIDE_META.format(method=_name(meta), score=score(found, meta, shots), time=_time(seconds)))
    text = _USE if method == best else _USE_SIMPLER
    answer = text.format(compared=clauses(parts), method=_name(method), best=_name(best))
    expected = ten_more(found, method)
    if expected is None or expected.low <= 0:
        return answer
    change = wording.change(expected.mean, found.metric)
    return _TEN_MORE.format(answer=answer, more=_MORE, task=found.table.task_column, change=change)


def ten_more(found: OwnResults, method: str) -> Estimate | None:
    """Return about how much better a method would be with ten more other tasks; None if that is not known.

    It is read off the gain from half of the tasks to all of them, as if what is left to gain were proportional to one
    over their number, as a variance is.
    """
    entries = found.methods[method].by_tasks
    if not entries:
        return None
    before, now = entries[-2:]
    share = share_of_gain(before.training_tasks, now.training_tasks, now.training_tasks + _MORE)
    return Estimate(*(share * each for each in before.gain))


def share_of_gain(fewer: int, tasks: int, more: int) -> float:
    """Return the gain from `tasks` to `more` tasks, as a share of the gain from `fewer` to `tasks`."""
    return (1 / tasks - 1 / more) / (1 / fewer - 1 / tasks)


def _reasons(found: OwnResults, method: str, best: str, behind: Estimate) -> list[Text]:
    needs_none = contenders.rung_of(method) is Rung.NO_LOCAL_LABELS
    return [_reason(found, method, best, behind), *([_NEEDS_NO_LABELS] if needs_none else [])]


def _reason(found: OwnResults, method: str, best: str, behind: Estimate) -> Text:
    if len(found.methods) == 1:
        return _ONLY
    if method != best:
        text = _TIE_ERROR if found.metric_id == MSE.id else _TIE
        return text.format(best=_begin(_name(best)), difference=_change(found, behind))
    place, shots = contenders.rung_of(method).place, found.protocol.headline
    simpler = best_of(found, [name for name in found.methods if contenders.rung_of(name).place < place], shots)
    if simpler is None:
        return _SIMPLEST
    ahead = difference(found, method, simpler, shots)
    return _WINS if ahead.low > 0 else _UNSURE.format(other=_name(simpler), difference=_change(found, ahead))


def _about_meta_learning(found: OwnResults, method: str, shots: int) -> list[Text]:
    names = found.of_rungs(Rung.META_LEARNED)
    meta = best_of(found, names, shots)
    tasks = found.protocol.training_tasks
    if meta is None:
        is_too_few = tasks < contenders.FEWEST_FOR_META
        return [_META_TOO_FEW.format(tasks=tasks, least=contenders.FEWEST_FOR_META)] if is_too_few else []
    simple = best_of(found, [name for name in found.methods if name not in names], shots)
    if simple is None:
        return []
    ahead = difference(found, meta, simple, shots)
    values = {"method": _name(simple)}
    if method in names and ahead.low > 0:
        return [_META_PAYS.format(difference=_change(found, ahead), **values), *_from_how_many(found, meta)]
    if ahead.high < 0:
        worse = Estimate(-ahead.mean, -ahead.high, -ahead.low)
        return [_META_WORSE.format(difference=_change(found, worse), **values)]
    return [_META_EQUAL.format(difference=_change(found, ahead), **values)]


def _from_how_many(found: OwnResults, meta: str) -> list[Text]:
    """Return from how many other tasks on meta-learning was ahead of simpler methods, if that was measured."""
    entries = found.methods[meta].by_tasks or ()
    first: ByTasks | None = None
    for entry in reversed(entries):
        if entry.ahead_of_simple.low <= 0:
            break
        first = entry
    if first is None:
        return []
    place = entries.index(first)
    if not place:
        return [_META_FROM_FEWEST.format(tasks=first.training_tasks)]
    return [_META_FROM.format(tasks=first.training_tasks, fewer=entries[place - 1].training_tasks)]


def _more(found: OwnResults, method: str, shots: int) -> list[Text]:
    texts = []
    larger = [k for k in found.protocol.shots if k > shots and found.at(method, k) is not None]
    if larger and contenders.rung_of(method) is not Rung.NO_LOCAL_LABELS:
        gain = _between(found, method, shots, larger[0])
        texts.append(
            _MORE_LABELS.format(
                labels=labels(found, shots), more=larger[0], method=_name(method), difference=_change(found, gain)
            )
        )
    by_tasks = found.methods[method].by_tasks
    if contenders.rung_of(method) is Rung.LOCAL:
        texts.append(_NEEDS_NONE.format(method=_begin(_name(method))))
    elif by_tasks and (expected := ten_more(found, method)) is not None:
        before, now = by_tasks[-2:]
        text = _MORE_TASKS if before.gain.low > 0 else _NO_MORE_TASKS
        texts.append(
            text.format(
                half=before.training_tasks,
                all=now.training_tasks,
                method=_name(method),
                difference=_change(found, before.gain),
                more=_MORE,
                expected=_change(found, expected),
            )
        )
    return texts + _warnings(found, method, shots)


def _between(found: OwnResults, method: str, shots: int, more: int) -> Estimate:
    """Return how much better a method is with more labels, on the tasks that have these."""
    one, other = _point(found, method, more), _point(found, method, shots)
    return _difference(found, one, _only(other, one.tasks))


def _only(point: Point, tasks: Sequence[int]) -> Point:
    """Return a point of some of its tasks."""
    kept = [place for place, task in enumerate(point.tasks) if task in tasks]
    by_division, parts = (None if each is None else each[:, kept] for each in (point.by_division, point.parts))
    return replace(
        point, tasks=tuple(tasks), scores=point.scores[kept], by_division=by_division, parts=parts
    )  # fmt: skip


def _warnings(found: OwnResults, method: str, shots: int) -> list[Text]:
    texts = []
    tested = found.methods[method].points[str(shots)].tasks
    if len(tested) < _FEW_TASKS:
        widths = [difference(found, method, other, shots) for other in found.methods if other != method]
        if widths:
            least = float(np.median([(each.high - each.low) / 2 for each in widths]))
            texts.append(_COARSE.format(tasks=len(tested), least=wording.change(least, found.metric)))
    if left_out := len(found.tasks) - len(tested):
        texts.append(_LEFT_OUT.format(count=left_out, all=len(found.tasks), labels=labels(found, shots)))
    if unlike := [f"“{task.name[:30]}”" for task in found.tasks if task.is_unlike]:
        texts.append(_UNLIKE.format(names=enumerated(unlike, _MOST_NAMED)))
    return texts


def labels(found: OwnResults, shots: int) -> Text:
    """Return a number of labels in words."""
    if found.table.classes:
        return _ONE_LABEL if shots == 1 else _LABELS.format(shots=shots)
    return _ONE_POINT if shots == 1 else _POINTS.format(shots=shots)


def score(found: OwnResults, method: str, shots: int) -> Text:
    """Return a method's mean score with its interval."""
    return wording.estimated(_point(found, method, shots).score, found.metric)


def _change(found: OwnResults, value: Estimate) -> Text:
    """Return a difference with its interval."""
    return wording.difference(value, found.metric)


def _name(method: str) -> Text:
    return contenders.name_in_sentence(method)


def _begin(name: Text) -> Text:
    """Return a name as it begins a sentence."""
    return Text(en=name.en[0].upper() + name.en[1:], zh=name.zh)


def _time(seconds: float) -> Text:
    if seconds < 100:
        return _SECONDS.format(n=max(1, round(seconds)))
    return _MINUTES.format(n=round(seconds / 60))
