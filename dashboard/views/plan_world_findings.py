"""Findings of the planner in a world whose tasks are more or less alike, valid for any published results.

In worlds other than the default one, methods were measured with all their training tasks only. The cost of fewer other
tasks is known for the default world alone, and the sentences state that.
"""

import numpy as np

from dashboard import words
from dashboard.language import scored
from dashboard.views import formatting, plan_findings
from scenarios.evaluation.estimate import Estimate
from scenarios.learners.registry import META_LEARNED, REGISTRY, Rung
from scenarios.publication.advice import WorldAdvice
from scenarios.publication.results import OtherTasksResults, WorldsResults
from scenarios.scenario import DEFAULT_WORLD, WORLD_LABELS
from scenarios.text import Language, Text

_REACHES = Text(
    en="{metric} if tasks are {world}, with {labels}{count}: {score}; nine tasks in ten: {low} to {high}.",
    zh="任务{world}、{labels}{count}时，{metric}为 {score}；九成任务在 {low}～{high} 之间。",
)
_COUNT = Text(en=" and {count} other tasks", zh="、{count} 个其他任务")
_NOT_YOURS = Text(en=" and {count} other tasks (not {tasks})", zh="、{count} 个其他任务（不是 {tasks} 个）")
_WITHOUT = Text(
    en="Without local labels, the best method ({name}) reaches {score}: better than on local labels alone.",
    zh="完全不用本任务标注的最好方法（{name}）达到 {score}，好于只用本任务标注。",
)
_META = Text(
    en="Meta-learning ({meta}) minus the best of simple statistics ({simple}), on the same tasks: {lead}.",
    zh="元学习（{meta}）减去简单统计方法中最好的（{simple}），逐任务配对：{lead}。",
)
_ONLY_DEFAULT = Text(
    en="**Fewer other tasks, fewer labels in each and wrong labels were measured only for tasks that are {default}.**",
    zh="**其他任务更少、每个任务的标注更少、标注有误，这些只在任务{default}时测量过**。",
)
_THERE = Text(
    en="For those tasks, {name} scores {now} with {count} other tasks{seen}, and {full} with {most}{usual}.",
    zh="在这种情况下，{name}用 {count} 个其他任务{seen}得分为 {now}，用 {most} 个{usual}为 {full}。",
)
_SEEN = Text(en=" ({labels} labels per class in each{wrong})", zh="（每类 {labels} 个标注{wrong}）")
_WRONG = Text(en=", {errors} wrong", zh="，{errors} 有误")
_COMMAND = Text(
    en="The command below measures your situation with tasks that are {world}.",
    zh="下面的命令在任务{world}的情形下按你的条件实测。",
)


def answer(found: WorldsResults, world: str, advice: WorldAdvice, tasks: int, shots: int, language: Language) -> str:
    """Return the recommended method in a world, its distance from the optimum, and meta-learning's lead.

    `tasks` is the user's number of other tasks; the sentence states if the figures are of more.
    """
    chosen, metric = advice.chosen, found.metric
    low, high = (scored(float(end), metric, 1) for end in found.range90(world, chosen.learner, shots))
    text = _NOT_YOURS if chosen.other_tasks > tasks else _COUNT
    count = text.format(count=f"{chosen.other_tasks:,}", tasks=f"{tasks:,}") if chosen.other_tasks else ""
    generic, simple = advice.readings[Rung.NO_LOCAL_LABELS], advice.readings[Rung.BORROWING]
    sentences = [
        plan_findings.recommendation(chosen),
        _REACHES.format(
            metric=metric.name, world=WORLD_LABELS[world], labels=words.counted(metric, shots), count=count,
            score=formatting.estimated(chosen.score, metric), low=low, high=high,
        ),
        plan_findings.way(found, advice),
    ]  # fmt: skip
    if generic is not chosen and metric.sign * (generic.score.mean - advice.local.score.mean) > 0:
        score = formatting.estimated(generic.score, metric)
        sentences.append(_WITHOUT.format(name=_name(generic.learner), score=score))
    lead = formatting.difference(found.ahead(world, Rung.META_LEARNED, shots, of_generic=False), metric)
    sentences.append(_META.format(meta=_name(META_LEARNED), simple=_name(simple.learner), lead=lead))
    return _written(sentences, language)


def more(found: WorldsResults, world: str, advice: WorldAdvice, shots: int, language: Language) -> str:
    """Return the gain from one more label of each class, interpolated between the measured numbers of labels."""
    if shots == found.shots[-1]:
        return _written([plan_findings.no_more_labels(found, shots)], language)
    figures = found.worlds[world].learners[advice.chosen.learner].score
    then = Estimate(*(float(np.interp(np.log(shots + 1), np.log(found.shots), column)) for column in figures.T))
    return _written([plan_findings.one_more_label(found, advice.chosen.score, then)], language)


def elsewhere(
    usual: OtherTasksResults,
    situation: OtherTasksResults,
    world: str,
    learner: str,
    tasks: int,
    shots: int,
    label_errors: int,
    language: Language,
) -> str:
    """Return the cost of fewer other tasks, known for the default world alone, and the command that measures more.

    Parameters
    ----------
    usual, situation : OtherTasksResults
        Results of the default world with the usual labels in other tasks, and with the chosen ones.
    world : str
        The world in question.
    learner : str
        The method in question; if it was not measured in the situation, the best of simple statistics there is named.
    tasks, shots, label_errors : int
        Other tasks, labels per class, and the percentage of wrong ones in `situation`.
    language : Language
        Of the sentences.
    """
    name = learner if learner in situation.learners else situation.best_simple(usual.shots[usual.nearest(shots)])
    counts = situation.learners[name].counts
    most = usual.learners[name].counts[-1]
    now = situation.at(name, min(tasks, counts[-1]), shots)
    full = usual.at(name, most, shots)
    sentences = [_ONLY_DEFAULT.format(default=WORLD_LABELS[DEFAULT_WORLD])]
    if now is not None and full is not None:
        wrong = _WRONG.format(errors=f"{label_errors}%") if label_errors else ""
        is_usual = situation.labels_each == usual.labels_each and not label_errors
        sentences.append(
            _THERE.format(
                name=_name(name), count=f"{min(tasks, counts[-1]):,}", most=f"{most:,}",
                now=scored(float(now[0]), usual.metric, 1), full=scored(float(full[0]), usual.metric, 1),
                seen="" if is_usual else _SEEN.format(labels=situation.labels_each, wrong=wrong),
                usual="" if is_usual else _SEEN.format(labels=usual.labels_each, wrong=""),
            )
        )  # fmt: skip
    sentences.append(_COMMAND.format(world=WORLD_LABELS[world]))
    return _written(sentences, language)


def _name(learner: str) -> Text:
    return REGISTRY[learner].name_in("league")


def _written(sentences: list[Text], language: Language) -> str:
    return words.spaced(words.joined(*sentences)[language])
