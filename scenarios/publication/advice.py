"""Recommendation of a method for given numbers of other tasks and labels: the rule of the command `plan`."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from scenarios.dataclass_json import Floats
from scenarios.evaluation.estimate import Estimate
from scenarios.learners.registry import META_LEARNED, POOLED, REGISTRY, Rung
from scenarios.publication.results import OtherTasksResults, WorldsResults

_EVEN = Estimate(0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Reading:
    """A method's result between measured points.

    Parameters
    ----------
    learner : str
        Its id.
    other_tasks : int
        The number of other tasks that it learned from: no more than were measured. 0 if it uses none.
    score : Estimate
        In the scenario's metric.
    ahead_of_local, ahead_of_meta : Estimate
        How much better it is than the best method on local labels alone, and than the meta-learner with all of its
        training tasks, on the same test tasks.
    ahead_of_generic : Estimate or None
        How much better it is than one network for all tasks that learned from as many; None if that was not measured.
    """

    learner: str
    other_tasks: int
    score: Estimate
    ahead_of_local: Estimate = _EVEN
    ahead_of_meta: Estimate = _EVEN
    ahead_of_generic: Estimate | None = None

    @property
    def rung(self) -> Rung:
        """What it sees."""
        return REGISTRY[self.learner].rung


class Standing(Enum):
    """The comparison of meta-learning with the best of simple statistics, judging by their intervals."""

    AHEAD = "ahead"
    BEHIND = "behind"
    UNCLEAR = "unclear"


@dataclass(frozen=True, eq=False)
class Advice:
    """A recommendation for a situation, from published results.

    Parameters
    ----------
    local : Reading
        The best method on local labels alone.
    bayes : Estimate
        The Bayes-optimal score.
    simple : tuple of Reading
        Methods of simple statistics that were measured with so few other tasks, the best first.
    meta : Reading or None
        The meta-learner; None if it was measured with more other tasks only.
    chosen, best : Reading
        The recommended method, of the lowest rung that no other method beats beyond chance, and that with the best
        mean.
    standing : Standing or None
        Meta-learning beside the first of `simple`; None if one of them is missing.
    generic : Reading or None
        One network for all tasks, which sees no local labels; None if it was measured with more other tasks only, or
        not at all.
    """

    local: Reading
    bayes: Estimate
    simple: tuple[Reading, ...]
    meta: Reading | None
    chosen: Reading
    best: Reading
    standing: Standing | None
    generic: Reading | None = None

    @property
    def readings(self) -> tuple[Reading, ...]:
        """All methods, ordered by the information that they use."""
        return tuple(each for each in (self.generic, self.local, *self.simple, self.meta) if each)

    @property
    def share_of_gap(self) -> float | None:
        """How far the chosen method goes from local labels alone to the optimum; None if there is no way to go."""
        return _share_of_gap(self.local, self.chosen, self.bayes)


@dataclass(frozen=True, eq=False)
class WorldAdvice:
    """A recommendation for one world, with as many other tasks as methods were trained with there.

    Parameters
    ----------
    readings : dict of Reading
        The best method of each rung at this number of labels, without the Bayes-optimal predictor.
    bayes : Estimate
        The Bayes-optimal score.
    chosen : Reading
        The recommended method, of the lowest rung that no higher one beats beyond chance.
    """

    readings: dict[Rung, Reading]
    bayes: Estimate
    chosen: Reading

    @property
    def local(self) -> Reading:
        """The best method on local labels alone."""
        return self.readings[Rung.LOCAL]

    @property
    def share_of_gap(self) -> float | None:
        """As that of `Advice`."""
        return _share_of_gap(self.local, self.chosen, self.bayes)


def _share_of_gap(local: Reading, chosen: Reading, bayes: Estimate) -> float | None:
    gap, done = bayes.mean - local.score.mean, chosen.score.mean - local.score.mean
    return done / gap if abs(gap) > 1e-9 and done / gap > 0 else None


def advise_in_world(
    found: WorldsResults, world: str, shots: int, experience: Callable[[str], int | None]
) -> WorldAdvice:
    """Recommend a method in a world, for a measured number of labels.

    Differences between rungs are paired by task, but for meta-learning over local labels alone, whose intervals are
    compared.

    Parameters
    ----------
    found : WorldsResults
        The published results.
    world : str
        The world.
    shots : int
        One of the measured numbers of labels.
    experience : callable
        Returns the number of other tasks that a learner saw there; None if it saw none.
    """

    def reading(rung: Rung) -> Reading:
        name = found.best(world, rung, shots)
        return Reading(name, experience(name) or 0, found.score(world, name, shots))

    generic, *others, bayes = Rung
    readings = {rung: reading(rung) for rung in (generic, *others)}
    chosen, below = generic, generic
    for rung in others:
        if chosen is generic or chosen is below:
            is_ahead = found.ahead(world, rung, shots, of_generic=chosen is generic).low > 0
        else:
            is_ahead = _is_apart(found.metric.sign, readings[rung].score, readings[chosen].score)
        chosen, below = rung if is_ahead else chosen, rung
    return WorldAdvice(readings, found.score(world, found.best(world, bayes, shots), shots), readings[chosen])


def advise(found: OtherTasksResults, other_tasks: int, shots: int) -> Advice:
    """Recommend a method for a number of other tasks, and of labels per class, also between the measured ones.

    With more other tasks than were measured, a method is read off the most: one may leave the rest aside. Intervals of
    two methods that overlap are no proof that they are as good, so simple statistics have to beat local labels, too. If
    one network for all tasks is not beaten by the method that is left, local labels are not needed.
    """
    sign = found.metric.sign
    local = Reading(found.local_learner(shots), 0, _estimate(found.level("local", shots)))
    known = {name: _read(found, name, other_tasks, shots) for name in found.learners}
    readings = [reading for reading in known.values() if reading]
    meta = known.get(META_LEARNED)
    generic = known.get(POOLED)
    adapting = [one for one in readings if one is not generic]
    simple = sorted((one for one in adapting if one is not meta), key=lambda one: -sign * one.score.mean)
    best = max((local, *adapting), key=lambda one: sign * one.score.mean)
    standing = _standing(found, meta, simple[0]) if meta and simple else None
    if best.ahead_of_local.low <= 0:
        chosen = local
    elif simple and simple[0].ahead_of_local.low > 0 and standing is not Standing.AHEAD:
        chosen = simple[0]
    else:
        chosen = best
    if generic:
        best = max(best, generic, key=lambda one: sign * one.score.mean)
        if not _beats_generic(sign, chosen, generic):
            chosen = generic
    return Advice(local, _estimate(found.level("bayes", shots)), tuple(simple), meta, chosen, best, standing, generic)


def _read(found: OtherTasksResults, learner: str, other_tasks: int, shots: int) -> Reading | None:
    count = min(other_tasks, found.learners[learner].counts[-1])

    def read(what: str) -> Estimate | None:
        part = found.at(learner, count, shots, what)
        return None if part is None else _estimate(part)

    score = read("score")
    if score is None:
        return None
    of_local, of_meta = (read(what) or _EVEN for what in ("ahead_of_local", "ahead_of_meta"))
    return Reading(learner, count, score, of_local, of_meta, read("ahead_of_generic"))


def _estimate(part: Floats) -> Estimate:
    return Estimate(*map(float, part))


def _standing(found: OtherTasksResults, meta: Reading, simple: Reading) -> Standing:
    """Compare the two by their paired difference if meta-learning saw all of its tasks, otherwise by their intervals.

    If simple statistics are ahead of meta-learning with all of its tasks, so they are of one with fewer.
    """
    sign, paired = found.metric.sign, simple.ahead_of_meta
    has_all = meta.other_tasks == found.learners[META_LEARNED].counts[-1]
    is_worse = sign * (meta.score.mean - simple.score.mean) < 0
    if (is_worse and paired.low > 0) or (not has_all and _is_apart(sign, simple.score, meta.score)):
        return Standing.BEHIND
    if paired.high < 0 if has_all else _is_apart(sign, meta.score, simple.score):
        return Standing.AHEAD
    return Standing.UNCLEAR


def _beats_generic(sign: float, method: Reading, generic: Reading) -> bool:
    """Return whether a method is surely better than one network for all tasks.

    By their paired difference, but for a network that learned from more other tasks, whose interval is compared.
    """
    if method.rung is Rung.LOCAL:
        return generic.ahead_of_local.high < 0
    if method.other_tasks == generic.other_tasks and method.ahead_of_generic:
        return method.ahead_of_generic.low > 0
    return _is_apart(sign, method.score, generic.score)


def _is_apart(sign: float, better: Estimate, worse: Estimate) -> bool:
    """Return whether the whole interval of one score is better than that of another."""
    return min(sign * end for end in better[1:]) > max(sign * end for end in worse[1:])
