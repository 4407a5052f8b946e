"""Findings of each challenge: one sentence, and a few with its figures, valid for any values."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dashboard import words
from dashboard.charts.challenges import GROUPS
from dashboard.charts.style import named
from dashboard.language import percent, scored
from dashboard.views import facts, formatting
from dashboard.views.pictures import overtaker
from scenarios.dataclass_json import Floats
from scenarios.learners.registry import META_LEARNED, REGISTRY, Rung
from scenarios.publication.results import (
    CURVED_FEATURES,
    CURVED_LEARNER,
    ChallengeResults,
    CurvatureResults,
    OtherTasksResults,
    StudyResults,
)
from scenarios.text import Language, Text

# -- data -----------------------------------------------------------------------------------------------------------
_BY_NUMBER = {
    "loses below": Text(
        en="With up to {behind} training tasks, meta-learning is worse than local labels alone; with {ahead} or "
        "more, it is better.",
        zh="训练任务不超过 {behind} 个时，元学习不如只用本任务标注；达到 {ahead} 个及以上才领先。",
    ),
    "always ahead": Text(
        en="Even with {fewest} training tasks, the fewest tried, meta-learning is better than local labels alone.",
        zh="即使只有 {fewest} 个训练任务（所试最少），元学习也已优于只用本任务标注。",
    ),
    "never ahead": Text(
        en="Meta-learning did not beat local labels alone at any number of training tasks tested, up to {most}.",
        zh="所试的训练任务数最多为 {most} 个，元学习始终没有超过只用本任务标注的方法。",
    ),
    "mixed": Text(
        en="Meta-learning is better than local labels alone with {ahead} training tasks, and worse with {behind}.",
        zh="训练任务为 {ahead} 个时元学习优于只用本任务标注，为 {behind} 个时不如后者。",
    ),
    "never behind": Text(
        en="With {ahead} training tasks, meta-learning is better than local labels alone.",
        zh="训练任务为 {ahead} 个时，元学习优于只用本任务标注。",
    ),
}
_DATA = Text(
    en="{metric} with {fewest} tasks: {few}; with {most}: {many}. Local labels alone ({baseline}): {scratch}; "
    "Bayes-optimal: {bayes}. With {most} tasks, meta-learning is {side} by {lead}.",
    zh="{metric}：{fewest} 个任务时 {few}，{most} 个时 {many}；只用本任务标注（{baseline}）{scratch}，贝叶斯最优 "
    "{bayes}。{most} 个任务时元学习{side} {lead}。",
)
_SIMPLE_FIRST = Text(
    en="With {count} other tasks, {simple} does better than meta-learning with {most}.",
    zh="{simple}借助 {count} 个其他任务，就好过用 {most} 个任务的元学习。",
)
_SIMPLE_DATA = Text(
    en="Simple statistics ({simple}) with {fewest} tasks: {few}; with {most}: {many}.",
    zh="简单统计方法（{simple}）：{fewest} 个任务时 {few}，{most} 个时 {many}。",
)
_AHEAD, _BEHIND = Text(en="ahead", zh="领先"), Text(en="behind", zh="落后")
_UNDECIDED = Text(
    en="With {counts} training tasks, there is no detectable difference on {tasks} test tasks.",
    zh="{counts} 个训练任务时，在 {tasks} 个测试任务上检测不出差异。",
)

# -- diversity ------------------------------------------------------------------------------------------------------
_BY_SHARE = {
    "loses below": Text(
        en="Trained on as many tasks, but only on the {behind} most similar to one of them, meta-learning is worse "
        "than local labels alone when tested on all tasks. With the {ahead} most similar, it is better.",
        zh="训练任务数不变，但只选与某一任务最相似的 {behind}：在全部任务上测试时，元学习不如只用本任务标注；"
        "选到最相似的 {ahead}，才确定领先。",
    ),
    "always ahead": Text(
        en="Even if trained only on the {fewest} most similar to one task, meta-learning is better than local labels "
        "alone when tested on all tasks.",
        zh="即使训练任务只选与某一任务最相似的 {fewest}，在全部任务上测试时，元学习仍优于只用本任务标注。",
    ),
    "never ahead": Text(
        en="Tested on all tasks, meta-learning is never better than local labels alone, even if trained on tasks of "
        "every kind.",
        zh="在全部任务上测试时，即使训练任务各种各样，元学习也始终没有超过只用本任务标注的方法。",
    ),
    "mixed": Text(
        en="Tested on all tasks, meta-learning is better than local labels alone if trained on the {ahead} most "
        "similar to one task, and worse if trained on the {behind}.",
        zh="在全部任务上测试时，训练任务取最相似的 {ahead} 时元学习优于只用本任务标注，取 {behind} 时不如后者。",
    ),
    "never behind": Text(
        en="Tested on all tasks, meta-learning is better than local labels alone if trained on the {ahead} most "
        "similar to one task.",
        zh="在全部任务上测试时，训练任务取最相似的 {ahead} 时，元学习优于只用本任务标注。",
    ),
}
_DIVERSITY = Text(
    en="{metric} on all tasks after training on the most similar {fewest}: {few}; on all of them: {many}. "
    "Similarity is measured between the true latent variables. Tasks from a single hospital, lender or "
    "fleet are such a narrow set.",
    zh="只用最相似的 {fewest} 训练，在全部任务上的{metric}为 {few}；各种任务都用则为 {many}。相似与否按真实潜变量"
    "的差异衡量。若任务都采自同一家医院、同一家机构或同一支车队，训练集就是这样狭窄的一角。",
)
_STILL_OPEN = Text(
    en="With the most similar {counts}, there is no detectable difference on {tasks} test tasks.",
    zh="取最相似的 {counts} 时，在 {tasks} 个测试任务上检测不出差异。",
)

# -- compute --------------------------------------------------------------------------------------------------------
_REACHES = Text(
    en="After {seconds} of meta-training ({steps} meta-steps) the learned initialisation first beats local "
    "labels alone; all {most} meta-steps take {total}.",
    zh="元训练 {seconds}（{steps} 步）后，学到的起点首次优于只用本任务标注；全部 {most} 步用时 {total}。",
)
_NEVER_REACHES = Text(
    en="In {total} of meta-training ({most} meta-steps) the learned initialisation never becomes better than "
    "local labels alone.",
    zh="元训练 {total}（{most} 步）内，学到的起点始终没有超过只用本任务标注的方法。",
)
_SLOWER = Text(
    en="A meta-step with second derivatives takes {value} times as long as one without (95% CI {low} to {high}; "
    "{pairs} pairs of short runs, timed alternately).",
    zh="计算二阶导数时，每步元训练的用时是不计算时的 {value} 倍（95% 置信区间：{low}～{high}；"
    "两者交替计时，共 {pairs} 对）。",
)
_BUY = Text(
    en="At the end of training, second derivatives improve {metric} by {lead}.",
    zh="训练结束时，二阶导数使{metric}改善了 {lead}。",
)
_COST = Text(
    en="At the end of training, second derivatives do not pay: {metric} is worse by {lead}.",
    zh="训练结束时，二阶导数得不偿失：{metric}反而变差 {lead}。",
)
_NO_DIFFERENCE = Text(
    en="At the end of training, second derivatives make no detectable difference on {tasks} test tasks: {metric} "
    "is better by {lead}.",
    zh="训练结束时，二阶导数给{metric}带来的变化为 {lead}（正值为改善），在 {tasks} 个测试任务上不显著。",
)
_SECONDS = Text(en="{value:,.1f} s", zh="{value:,.1f} 秒")

# -- complexity -----------------------------------------------------------------------------------------------------
_RATES = Text(
    en="The inner learning rate changes {metric} by {lead}: of the rates tested, {best} is the best and {worst} the "
    "worst.",
    zh="内循环学习率取值不同，{metric}相差 {lead}：所试各值中 {best} 最好，{worst} 最差。",
)
_RATES_SAME = Text(
    en="Inner learning rates from {least:g} to {largest:g} make no detectable difference on {tasks} test tasks: "
    "the best minus the worst of those tested is {lead} in {metric}.",
    zh="内循环学习率从 {least:g} 到 {largest:g}，{tasks} 个测试任务分不出优劣：所试各值中，"
    "最好与最差的{metric}相差 {lead}。",
)
_STEPS_WORSE = Text(
    en="The initialisation was trained for {trained} inner {step}; after {most}, the score is worse by {lead}.",
    zh="起点针对走 {trained} 步内循环训练；若走 {most} 步，得分变差 {lead}。",
)
_STEPS_BETTER = Text(
    en="The initialisation was trained for {trained} inner {step}; after {most}, the score is better by {lead}.",
    zh="起点针对走 {trained} 步内循环训练；若走 {most} 步，得分改善 {lead}。",
)
_STEPS_SAME = Text(
    en="The initialisation was trained for {trained} inner {step}. Taking {most} instead makes no detectable "
    "difference: the score is better by {lead}.",
    zh="起点按 {trained} 步内循环训练；若走 {most} 步，得分变化为 {lead}（正值为改善），不显著。",
)
_COUNTED = Text(
    en="The method is {lines} lines of code ({files}; no blank lines, comments or docstrings) with {settings} "
    "hyperparameters. Hyperparameters of methods on local labels alone: {baselines}.",
    zh="方法本身有 {lines} 行代码（{files}；不计空行、注释和文档字符串）、{settings} 个超参数。只用本任务标注的方"
    "法的超参数个数：{baselines}。",
)
_OWN = Text(en="{name} {count}", zh="{name} {count} 个")

# -- experience -----------------------------------------------------------------------------------------------------
_OF_SCENARIO = Text(en="{title}: {said}", zh="{title}：{said}")
_GAIN = Text(
    en="{simple} beats local labels alone {by_simple}, MAML {by_meta}.",
    zh="{simple}{by_simple}超过只用本任务标注，MAML {by_meta}超过。",
)
_FROM = Text(en="with {count} other tasks or more", zh="从 {count} 个其他任务起")
_FROM_NONE = Text(en="with no number that was tested", zh="在所试的任务数内都未能")
_AS_WELL = Text(
    en="With {count}, {simple} does as well as MAML with {all}.",
    zh="{simple}用 {count} 个，就与 MAML 用 {all} 个一样好。",
)
_NOT_AS_WELL = Text(
    en="With {most}, {simple} is still behind MAML with {all}.", zh="{simple}用到 {most} 个，仍不及 MAML 用 {all} 个。"
)

# -- curvature ------------------------------------------------------------------------------------------------------
_STRAIGHT = Text(
    en="If the structure that tasks share is linear, {simple} {compares} MAML: {metric} {by_simple} against "
    "{by_meta}. If it is curved (twist {dial:g}), the best of simple statistics falls to {curved_simple}, while "
    "MAML has {curved_meta}.",
    zh="只要各任务共有的结构是线性的，{simple}就{compares} MAML：{metric}为 {by_simple} 对 {by_meta}。结构弯曲后（"
    "扭转 {dial:g}），简单统计方法中最好的降到 {curved_simple}，MAML 仍有 {curved_meta}。",
)
_AS_GOOD = Text(en="does as well as", zh="不亚于"), Text(en="does better than", zh="优于")
_NEVER_BEHIND = Text(
    en="MAML does not beat the best of simple statistics at any curvature of the shared structure: {metric} "
    "{by_simple} for {simple} against {by_meta} if it is linear, {curved_simple} against {curved_meta} at "
    "twist {dial:g}.",
    zh="无论各任务共有的结构如何弯曲，MAML 都没有胜过简单统计方法中最好的：线性时{simple}的{metric}为 "
    "{by_simple}，MAML 为 {by_meta}；扭转 {dial:g} 时为 {curved_simple} 对 {curved_meta}。",
)
_ALWAYS_BEHIND = Text(
    en="Even if the structure that tasks share is linear, MAML beats the best of simple statistics ({simple}): "
    "{metric} {by_meta} against {by_simple}; at twist {dial:g}, {curved_meta} against {curved_simple}.",
    zh="即使各任务共有的结构是线性的，MAML 也胜过简单统计方法中最好的（{simple}）：{metric}为 {by_meta} 对 "
    "{by_simple}；扭转 {dial:g} 时为 {curved_meta} 对 {curved_simple}。",
)
_AT_DIAL = Text(
    en="At twist {dial:g}: {scores}. There, MAML is {side} the best of simple statistics by {lead}.",
    zh="扭转 {dial:g} 时：{scores}。此时 MAML 比简单统计方法中最好的{side} {lead}。",
)
_AHEAD_OF, _BEHIND_OF = Text(en="ahead of", zh="高"), Text(en="behind", zh="低")
_GROUP_SCORE = Text(en="{name} {score}", zh="{name} {score}")
_BAYES_LEVEL = Text(
    en="The Bayes-optimal score is {bayes} at every curvature.", zh="贝叶斯最优得分不随弯曲程度变化，始终为 {bayes}。"
)
_IN_GROUP = Text(en="{group} ({method})", zh="{group}（{method}）")
_FEATURES = {
    "cubes": REGISTRY["random_effects_lda"].name,
    "classes": Text(en="trained on classes", zh="按类别训练"),
    "denoising": Text(en="trained to remove noise", zh="按去噪训练"),
}
_PRICE = Text(
    en="The price: at twist {at:g}, MAML beats them only with {needed} training tasks or more; they saw {count}.",
    zh="代价：扭转 {at:g} 时，MAML 从 {needed} 个训练任务起才胜过它们，而它们只见过 {count} 个。",
)
_PRICELESS = Text(
    en="At twist {at:g}, MAML does not beat them at any number of training tasks tested, up to {most}.",
    zh="扭转 {at:g} 时，训练任务最多试到 {most} 个，MAML 都没有胜过它们。",
)

# -- robustness -----------------------------------------------------------------------------------------------------
_CROSSES = Text(
    en="{title}: on local labels alone, {local}; simple statistics with other tasks' data, {borrowing}",
    zh="{title}：只用本任务标注，{local}；借助其他任务数据的简单统计方法，{borrowing}",
)
_CROSSES_BY = Text(en="{better} {crossing}", zh="{better}{crossing}")
_ROBUST = Text(
    en="Experience helps only if new tasks resemble the training tasks. The task shift ρ goes from 0 (in "
    "distribution) to 1 (entirely new). {crossings}.",
    zh="只有新任务与训练任务相像，经验才有用。任务偏移 ρ 从 0（同分布）到 1（全新）。{crossings}。",
)


def data(found: ChallengeResults, language: Language, other: OtherTasksResults | None = None) -> tuple[str, str]:
    """Return the finding and its figures; `other`: the scores of simple statistics with as many tasks."""
    part, reference = found.data, found.reference
    counts, lead = [_whole(count) for count in part.train_tasks], part.ahead
    finding = _who_leads(_BY_NUMBER, counts, lead, language)
    figures = _DATA.format(
        metric=found.metric.name[language], fewest=counts[0], most=counts[-1],
        few=_score(part.score[0], found, language), many=_score(part.score[-1], found, language),
        baseline=named(found.baseline, language), scratch=_score(reference.from_scratch.score, found, language),
        bayes=_score(reference.bayes.score, found, language),
        side=(_AHEAD if lead[-1][0] > 0 else _BEHIND)[language],
        lead=formatting.difference(formatting.turned(lead[-1]), found.metric)[language],
    )  # fmt: skip
    if other:
        name, seen, scores = simple_by_tasks(found, other)
        simple = _SIMPLE_DATA.format(
            simple=REGISTRY[name].name, fewest=_whole(seen[0]), few=_score(scores[0], found, language),
            most=_whole(seen[-1]), many=_score(scores[-1], found, language),
        )  # fmt: skip
        figures = words.joined(figures, simple)
        passed = [
            count for count, mean in zip(counts, part.score[:, 0], strict=True) if found.is_better(scores[0, 0], mean)
        ]
        if passed:
            finding = words.joined(
                _SIMPLE_FIRST.format(simple=REGISTRY[name].name, count=_whole(seen[0]), most=passed[-1]), finding
            )
    open_still = _undecided(counts, lead)
    if open_still:
        undecided = _UNDECIDED.format(counts=words.listed(open_still, language), tasks=found.tasks)
        figures = words.joined(figures, undecided)
    return finding[language], figures[language]


def simple_by_tasks(found: ChallengeResults, other: OtherTasksResults) -> tuple[str, tuple[int, ...], Floats]:
    """Return the best simple method, its numbers of other tasks from the meta-learner's fewest on, and its scores."""
    name, place = other.best_simple(found.shots), other.shots.index(found.shots)
    counts, first = other.learners[name].counts, found.data.train_tasks[0]
    kept = [row for row, count in enumerate(counts) if count >= first]
    return name, tuple(counts[row] for row in kept), other.learners[name].at("score", place)[kept]


def diversity(found: ChallengeResults, language: Language) -> tuple[str, str]:
    part = found.diversity
    shares, lead = [percent(share) for share in part.shares], part.ahead
    finding = _who_leads(_BY_SHARE, shares, lead, language)
    figures = _DIVERSITY.format(
        metric=found.metric.name[language], fewest=shares[0],
        few=_score(part.score[0], found, language), many=_score(part.score[-1], found, language),
    )  # fmt: skip
    open_still = _undecided(shares, lead)
    if open_still:
        undecided = _STILL_OPEN.format(counts=words.listed(open_still, language), tasks=found.tasks)
        figures = words.joined(figures, undecided)
    return finding[language], figures[language]


def _who_leads(cases: Mapping[str, Text], amounts: list[str], lead: Floats, language: Language) -> Text:
    """From how much experience on meta-learning is ahead of local labels alone.

    amounts: what was seen, from little to much. lead: (mean, low, high) of each. What an
    interval leaves open is neither ahead nor behind.
    """
    ahead = [i for i, (_, low, _) in enumerate(lead) if low > 0]
    behind = [i for i, (_, _, high) in enumerate(lead) if high < 0]
    if len(ahead) == len(lead):
        return cases["always ahead"].format(fewest=amounts[0])
    if not ahead:
        return cases["never ahead"].format(most=amounts[-1])
    if behind and behind == [*range(len(behind))] and ahead == [*range(ahead[0], len(lead))]:
        return cases["loses below"].format(behind=amounts[behind[-1]], ahead=amounts[ahead[0]])
    some = {"ahead": [amounts[i] for i in ahead], "behind": [amounts[i] for i in behind]}
    said = {side: words.listed(those, language) for side, those in some.items()}
    return cases["mixed" if behind else "never behind"].format(**said)


def _undecided(amounts: list[str], lead: Floats) -> list[str]:
    """Where meta-learning may as well be behind as ahead."""
    return [amount for amount, (_, low, high) in zip(amounts, lead, strict=True) if low <= 0 <= high]


def compute(found: ChallengeResults, language: Language) -> tuple[str, str]:
    part, scratch = found.compute, found.reference.from_scratch.score.mean
    run = part.second_order
    total = _SECONDS.format(value=run.seconds[-1])[language]
    most = _whole(run.steps[-1])
    first = next((i for i, score in enumerate(run.score) if found.is_better(score[0], scratch)), None)
    if first is None:
        finding = _NEVER_REACHES.format(total=total, most=most)
    else:
        seconds = _SECONDS.format(value=run.seconds[first])[language]
        finding = _REACHES.format(seconds=seconds, steps=_whole(run.steps[first]), total=total, most=most)
    value, low, high = (f"{x:.2f}" for x in part.slower)
    bought = _sided(part.ahead, _BUY, _COST, _NO_DIFFERENCE)
    lead = part.ahead if bought is _NO_DIFFERENCE else formatting.turned(part.ahead)
    figures = words.joined(
        _SLOWER.format(value=value, low=low, high=high, pairs=part.pairs),
        bought.format(
            lead=formatting.difference(lead, found.metric)[language], metric=found.metric.name[language],
            tasks=found.tasks,
        ),
    )  # fmt: skip
    return finding[language], figures[language]


def complexity(found: ChallengeResults, language: Language) -> tuple[str, str]:
    part = found.complexity
    rates = part.inner_lrs
    finding = _sided(part.best_ahead, _RATES, _RATES_SAME, _RATES_SAME).format(
        lead=formatting.difference(part.best_ahead, found.metric)[language], metric=found.metric.name[language],
        best=f"{rates[part.best]:g}", worst=f"{rates[part.worst]:g}", least=min(rates), largest=max(rates),
        tasks=found.tasks,
    )  # fmt: skip
    trained, change = part.trained_for, part.steps_ahead[-1]
    sentence = _sided(change, _STEPS_BETTER, _STEPS_WORSE, _STEPS_SAME)
    walked = sentence.format(
        trained=trained, step="step" if trained == 1 else "steps", most=part.steps[-1],
        lead=formatting.difference(
            change if sentence is _STEPS_SAME else formatting.turned(change), found.metric)[language],
    )  # fmt: skip
    files = [f"{name} {count}" for name, count in part.lines.items()]
    own = [
        _OWN.format(name=named(name, language), count=len(settings))[language]
        for name, settings in part.baseline_settings.items()
    ]
    counted = _COUNTED.format(
        lines=sum(part.lines.values()), files=words.listed(files, language), settings=len(part.settings),
        baselines=words.listed(own, language),
    )  # fmt: skip
    return finding[language], words.joined(walked, counted)[language]


def experience(found: Mapping[str, OtherTasksResults], shots: int, language: Language) -> str:
    """Return a sentence on every scenario, by its title: from how many other tasks on methods gain."""
    sentences = (_OF_SCENARIO.format(title=title, said=experience_of(each, shots)) for title, each in found.items())
    return words.spaced(words.joined(*sentences)[language])


def experience_of(found: OtherTasksResults, shots: int) -> Text:
    """Return from how many other tasks on the best simple method and the meta-learner beat local labels alone."""
    place, simple = found.shots.index(shots), found.learners[found.best_simple(shots)]
    meta, name = found.learners[META_LEARNED], REGISTRY[found.best_simple(shots)].name
    first = {
        each: _first(part.counts, part.at("ahead_of_local", place)[:, 1] > 0) for each, part in found.learners.items()
    }
    as_well = _first(simple.counts, simple.at("ahead_of_meta", place)[:, 2] >= 0)
    gain = _GAIN.format(
        simple=name, by_simple=_count(first[found.best_simple(shots)]), by_meta=_count(first[META_LEARNED])
    )
    last = _whole(meta.counts[-1])
    if as_well is None:
        return words.joined(gain, _NOT_AS_WELL.format(simple=name, most=_whole(simple.counts[-1]), all=last))
    return words.joined(gain, _AS_WELL.format(simple=name, count=_whole(as_well), all=last))


def _first(counts: Sequence[int], holds: NDArray[np.bool_]) -> int | None:
    """Return the first count from which on something holds."""
    false = np.flatnonzero(~holds)
    place = int(false[-1]) + 1 if len(false) else 0
    return counts[place] if place < len(counts) else None


def _count(count: int | None) -> Text:
    return _FROM_NONE if count is None else _FROM.format(count=_whole(count))


def curvature(found: CurvatureResults, language: Language) -> tuple[str, str]:
    """Return the finding and its figures."""
    meta, best = found.methods[META_LEARNED], [found.simple(place) for place in range(len(found.dials))]
    ahead = [found.methods[group].ahead_of_meta[place] for place, group in enumerate(best)]  # of the meta-learner
    worst = min(range(len(best)), key=lambda place: float(ahead[place][0]))
    if not any(high < 0 for _, _, high in ahead):
        finding = _NEVER_BEHIND
    else:
        finding = _ALWAYS_BEHIND if ahead[0][2] < 0 else _STRAIGHT

    def score(part: Floats, place: int) -> str:
        return scored(float(part[place, 0]), found.metric, 1)

    said = finding.format(
        simple=_method(found.methods[best[0]].best[0]), compares=_AS_GOOD[bool(ahead[0][1] > 0)],
        metric=found.metric.name, by_simple=score(found.methods[best[0]].score, 0), by_meta=score(meta.score, 0),
        curved_simple=score(found.methods[best[worst]].score, worst), curved_meta=score(meta.score, worst),
        dial=found.dials[worst],
    )  # fmt: skip
    scores = words.clauses(
        _GROUP_SCORE.format(name=curved_name(found, group, worst), score=score(part.score, worst))
        for group, part in found.methods.items()
    )
    lead = [-bound for bound in (ahead[worst][0], ahead[worst][2], ahead[worst][1])]
    figures = _AT_DIAL.format(
        dial=found.dials[worst], scores=scores, side=_AHEAD_OF if lead[0] > 0 else _BEHIND_OF,
        lead=formatting.difference(formatting.turned(lead), found.metric)[language],
    )  # fmt: skip
    level = _BAYES_LEVEL.format(bayes=score(found.bayes, worst))
    tasks, needed = found.by_tasks, _first(found.by_tasks.train_tasks, found.by_tasks.ahead[:, 1] > 0)
    if needed is None:
        price = _PRICELESS.format(at=found.at, most=_whole(tasks.train_tasks[-1]))
    else:
        price = _PRICE.format(at=found.at, needed=_whole(needed), count=_whole(found.other_tasks))
    return words.spaced(said[language]), words.spaced(words.joined(figures, level, price)[language])


def curved_name(found: CurvatureResults, group: str, place: int) -> Text:
    """Return the name of a group of methods, with its best method at a place of the dial."""
    name, method = GROUPS[group][0], found.methods[group].best[place]
    if group == META_LEARNED:
        return name
    return _IN_GROUP.format(group=name, method=_FEATURES.get(method) or REGISTRY[method].name)


def _method(method: str) -> Text:
    """Return the name of a method without its group."""
    return REGISTRY[CURVED_LEARNER if method in CURVED_FEATURES else method].name


def robustness(studies: dict[str, StudyResults], language: Language) -> str:
    """studies: by their scenario's title."""
    crossings = words.clauses(_crosses(title, study) for title, study in studies.items())
    return words.spaced(_ROBUST.format(crossings=crossings)[language])


def _crosses(title: str, study: StudyResults) -> Text:
    overtaking = {rung: study.overtaking(rung) for rung in (Rung.LOCAL, Rung.BORROWING)}
    rivals = {
        rung.value: _CROSSES_BY.format(
            better=REGISTRY[overtaker(study, each)].name, crossing=facts.crossing(study, rung)
        )
        for rung, each in overtaking.items()
    }
    return _CROSSES.format(title=title, **rivals)


def _score(estimate: Sequence[float], found: ChallengeResults, language: Language) -> str:
    return formatting.estimated(estimate, found.metric)[language]


def _sided(estimate: Sequence[float], better: Text, worse: Text, neither: Text) -> Text:
    _, low, high = estimate
    return better if low > 0 else worse if high < 0 else neither


def _whole(count: int) -> str:
    return f"{count:,}"
