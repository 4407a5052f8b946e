"""Which method for so many other tasks and labels, as published results tell: the rule of the command `plan`."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from scenarios.dataclass_json import Floats
from scenarios.evaluation.estimate import Estimate
from scenarios.learners.registry import META_LEARNED, REGISTRY, Rung
from scenarios.publication.results import OtherTasksResults

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
    """

    learner: str
    other_tasks: int
    score: Estimate
    ahead_of_local: Estimate = _EVEN
    ahead_of_meta: Estimate = _EVEN

    @property
    def rung(self) -> Rung:
        """What it sees."""
        return REGISTRY[self.learner].rung


class Standing(Enum):
    """How meta-learning compares with the best of simple statistics, as far as intervals tell."""

    AHEAD = "ahead"
    BEHIND = "behind"
    UNCLEAR = "unclear"


@dataclass(frozen=True, eq=False)
class Advice:
    """What published results tell of a situation.

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
    """

    local: Reading
    bayes: Estimate
    simple: tuple[Reading, ...]
    meta: Reading | None
    chosen: Reading
    best: Reading
    standing: Standing | None

    @property
    def readings(self) -> tuple[Reading, ...]:
        """All methods, those that see the least first."""
        return (self.local, *self.simple, *([self.meta] if self.meta else []))

    @property
    def share_of_gap(self) -> float | None:
        """How far the chosen method goes from local labels alone to the optimum; None if there is no way to go."""
        gap = self.bayes.mean - self.local.score.mean
        done = self.chosen.score.mean - self.local.score.mean
        return done / gap if abs(gap) > 1e-9 and done / gap > 0 else None


def advise(found: OtherTasksResults, other_tasks: int, shots: int) -> Advice:
    """Recommend a method for so many other tasks, and labels of each class between the measured numbers.

    With more other tasks than were measured, a method is read off the most: one may leave the rest aside. Intervals of
    two methods that overlap are no proof that they are as good, so simple statistics have to beat local labels, too.
    """
    sign = found.metric.sign
    local = Reading(found.local_learner(shots), 0, _estimate(found.level("local", shots)))
    known = {name: _read(found, name, other_tasks, shots) for name in found.learners}
    readings = [reading for reading in known.values() if reading]
    meta = known.get(META_LEARNED)
    simple = sorted((one for one in readings if one is not meta), key=lambda one: -sign * one.score.mean)
    best = max((local, *readings), key=lambda one: sign * one.score.mean)
    standing = _standing(found, meta, simple[0]) if meta and simple else None
    if best.ahead_of_local.low <= 0:
        chosen = local
    elif simple and simple[0].ahead_of_local.low > 0 and standing is not Standing.AHEAD:
        chosen = simple[0]
    else:
        chosen = best
    return Advice(local, _estimate(found.level("bayes", shots)), tuple(simple), meta, chosen, best, standing)


def _read(found: OtherTasksResults, learner: str, other_tasks: int, shots: int) -> Reading | None:
    count = min(other_tasks, found.learners[learner].counts[-1])
    score, *leads = (found.at(learner, count, shots, what) for what in ("score", "ahead_of_local", "ahead_of_meta"))
    if score is None:
        return None
    return Reading(learner, count, _estimate(score), *(_EVEN if lead is None else _estimate(lead) for lead in leads))


def _estimate(part: Floats) -> Estimate:
    return Estimate(*map(float, part))


def _standing(found: OtherTasksResults, meta: Reading, simple: Reading) -> Standing:
    """Compare the two by their paired difference if meta-learning saw all of its tasks, otherwise by their intervals.

    If simple statistics are ahead of meta-learning with all of its tasks, so they are of one with fewer.
    """
    sign, paired = found.metric.sign, simple.ahead_of_meta
    one, other = np.sort(sign * np.array(meta.score[1:])), np.sort(sign * np.array(simple.score[1:]))
    has_all = meta.other_tasks == found.learners[META_LEARNED].counts[-1]
    is_worse = sign * (meta.score.mean - simple.score.mean) < 0
    if (is_worse and paired.low > 0) or (not has_all and one[1] < other[0]):
        return Standing.BEHIND
    if paired.high < 0 if has_all else one[0] > other[1]:
        return Standing.AHEAD
    return Standing.UNCLEAR
