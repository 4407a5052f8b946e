"""A comparison in pieces, one method in one fold each: the plan, the next piece, and the results so far.

A command measures them one fold beside the other; a page one after the other, and draws what is known in between.
Nothing here needs TensorFlow or SciPy.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np

from scenarios.learners.registry import Rung
from scenarios.own_tasks import contenders
from scenarios.own_tasks.results import OwnProtocol
from scenarios.text import Text

Group = tuple[str, int | None]  # a method, and from how many other tasks it learned; None: from all
_WHOLE = 0.99  # of a piece, of which the time counts as that of a whole one
_FEWEST_HALF = 3  # tasks from which a method learns, for the curve against their number
_UNFIT = Text(
    en="Could not learn from this table: {reason}.",
    zh="无法从这张表格中学习：{reason}。",
)


@dataclass(frozen=True)
class Plan:
    """The methods of a comparison, and its protocol.

    Parameters
    ----------
    methods : tuple of str
        In the order in which they are tried.
    untried : dict of Text
        Methods that are left out, and why.
    protocol : OwnProtocol
    folds : tuple of tuple of int
        The test tasks of each fold: `protocol.folds` of them for each division of the tasks.
    tasks : int
        Of the table.
    fewer_tasks : bool
        Whether methods learn from half of the training tasks, too, from a quarter and so on.
    """

    methods: tuple[str, ...]
    untried: Mapping[str, Text]
    protocol: OwnProtocol
    folds: tuple[tuple[int, ...], ...]
    tasks: int
    fewer_tasks: bool = True

    def groups(self) -> list[Group]:
        """Return all methods, followed by those with fewer training tasks."""
        fewer = [(name, count) for name in self.methods for count in self._halves(name)]
        return [*((name, None) for name in self.methods), *fewer]

    def pieces(self, group: Group) -> int:
        """Return in how many folds a group is measured: of all divisions, if it learns from other tasks in seconds."""
        is_repeated = contenders.is_quick(group[0]) and contenders.rung_of(group[0]) is not Rung.LOCAL
        return len(self.folds) if is_repeated else self.protocol.folds

    def _halves(self, name: str) -> list[int]:
        """Return the smaller numbers of training tasks from which a method learns too: halves of halves."""
        if contenders.rung_of(name) is Rung.LOCAL or not self.fewer_tasks:
            return []
        least = contenders.FEWEST_FOR_META if contenders.kind_of(name) == "network" else _FEWEST_HALF
        counts, count = list[int](), self.protocol.training_tasks // 2
        while count >= least:
            counts.append(count)
            count //= 2
        return counts

    def effort(self, group: Group) -> float:
        """Return about how many seconds one piece of a group takes on a core of a usual machine."""
        name, count = group
        return contenders.seconds(name) * (1.0 if count is None else 0.3 + 0.5 * count / self.protocol.training_tasks)

    def arguments(self, group: Group, fold: int) -> tuple[Any, ...]:
        """Return the arguments of `experiment.measured` behind the table, which fit into JSON."""
        name, count = group
        at, tested = self.protocol, [*self.folds[fold]]
        judged = [*at.shots] if count is None else [at.headline]
        return name, tested, self._training(tested, count), [*at.shots], judged, at.repeats, at.seed

    def _training(self, tested: list[int], count: int | None) -> list[int]:
        """Return the tasks that a fold learns from: all others, or some of those that are large enough to be tested.

        A smaller set is part of every larger one.
        """
        known = np.arange(self.tasks) if count is None else np.unique(np.concatenate(self.folds))
        others = np.setdiff1d(known, tested)
        order = np.random.default_rng([self.protocol.seed, 1, *tested]).permutation(others)
        return sorted(int(task) for task in order[:count])


@dataclass(frozen=True)
class Unfinished:
    """A piece that a slice of time was too short for.

    Parameters
    ----------
    state : bytes
        From which the worker goes on. Nothing else can read it.
    share : float
        About which share of the piece is done.
    """

    state: bytes = field(repr=False)
    share: float


@dataclass(frozen=True)
class Progress:
    """A plan, and the answers of `experiment.measured` so far.

    Parameters
    ----------
    plan : Plan
    answers : dict of list
        By groups that are measured, a piece for each fold of `Plan.pieces`.
    untried : dict of Text
        Methods that are left out or could not learn, and why.
    begun : tuple of dict
        The pieces of the group that is being measured.
    dropped : tuple
        Groups with fewer tasks that could not learn.
    unfinished : Unfinished or None
        The piece that is being measured.
    times : dict of tuple
        By groups that were measured here, at least in part: how many pieces of them, and the seconds that these took.
    """

    plan: Plan
    answers: Mapping[Group, list[dict[str, Any]]] = field(default_factory=dict)
    untried: Mapping[str, Text] = field(default_factory=dict)
    begun: tuple[dict[str, Any], ...] = ()
    dropped: tuple[Group, ...] = ()
    unfinished: Unfinished | None = None
    times: Mapping[Group, tuple[float, float]] = field(default_factory=dict)

    @property
    def left(self) -> list[Group]:
        """The groups that are not measured yet; the first one may be begun."""
        return [
            group
            for group in self.plan.groups()
            if group not in self.answers and group not in self.dropped and group[0] not in self.untried
        ]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left."""
        return not self.left

    @property
    def is_at_an_end(self) -> bool:
        """Whether no group is begun."""
        return not self.begun and self.unfinished is None

    @property
    def next_method(self) -> str:
        """The method of the next piece."""
        return self.left[0][0]

    @property
    def next_pieces(self) -> list[tuple[Any, ...]]:
        """The arguments of the next pieces, those of one group."""
        group = self.left[0]
        return [self.plan.arguments(group, fold) for fold in range(len(self.begun), self.plan.pieces(group))]

    @property
    def state(self) -> bytes:
        """The state from which the worker goes on with the next piece; empty for one that is not begun."""
        return self.unfinished.state if self.unfinished else b""

    @property
    def share(self) -> float:
        """Return the completed fraction of the whole effort."""
        ahead = sum(self.plan.effort(group) * pieces for group, pieces in self._ahead())
        groups = [group for group in self.plan.groups() if group[0] not in self.untried]
        total = sum(self.plan.effort(group) * self.plan.pieces(group) for group in groups)
        return round(1 - ahead / total, 6) if total else 1.0

    @property
    def seconds_left(self) -> float | None:
        """Return about how long the rest takes, from the pieces measured here; None before there is one."""
        if not any(pieces >= _WHOLE for pieces, _ in self.times.values()):
            return None
        return sum(self._seconds(group) * pieces for group, pieces in self._ahead())

    def _ahead(self) -> list[tuple[Group, float]]:
        """Return the groups that are left, and how many pieces of each."""
        begun = len(self.begun) + (self.unfinished.share if self.unfinished else 0.0)
        return [
            (group, self.plan.pieces(group) - (begun if place == 0 else 0.0)) for place, group in enumerate(self.left)
        ]

    def _seconds(self, group: Group) -> float:
        """Return about how long a piece takes: as those of its group did, else of its method, of its kind, or all.

        A begun piece of its kind counts in place of all if it is slower: a network that becomes better and better ends
        later than was expected.
        """
        name, count = group
        is_network = contenders.kind_of(name) == "network"
        paces = [
            self._pace(is_alike)
            for is_alike in (
                lambda other: other == (name, count),
                lambda other: other[0] == name,
                lambda other: (contenders.kind_of(other[0]) == "network") == is_network,
                lambda _: True,
            )
        ]
        known = [pace for pieces, pace in paces if pieces >= _WHOLE]
        pace = known[0] if paces[2][0] >= _WHOLE else max(known[0], paces[2][1])
        return pace * self.plan.effort(group)

    def _pace(self, is_alike: Callable[[Group], bool]) -> tuple[float, float]:
        """Return how many pieces of some groups were measured here, and their seconds by the effort; 0 of none."""
        timed = {group: time for group, time in self.times.items() if is_alike(group)}
        effort = sum(self.plan.effort(group) * pieces for group, (pieces, _) in timed.items())
        seconds = sum(seconds for _, seconds in timed.values())
        return sum(pieces for pieces, _ in timed.values()), seconds / effort if effort else 0.0

    def with_time(self, pieces: float, seconds: float) -> "Progress":
        """Return it with the seconds that some pieces of the next group took here."""
        group = self.left[0]
        before = self.times.get(group, (0.0, 0.0))
        return replace(self, times={**self.times, group: (before[0] + pieces, before[1] + seconds)})

    def with_answers(self, answers: Sequence[dict[str, Any] | Unfinished], seconds: float) -> "Progress":
        """Return it with the answers of the next pieces of a group, and the seconds that they took on this machine."""
        begun = self.unfinished.share if self.unfinished else 0.0
        pieces = sum(each.share if isinstance(each, Unfinished) else 1.0 for each in answers)
        return reduce(Progress.with_answer, answers, self.with_time(pieces - begun, seconds))

    def with_answer(self, answer: dict[str, Any] | Unfinished) -> "Progress":
        """Return it with the answer of the next piece. A method that could not learn is left out from there on."""
        if isinstance(answer, Unfinished):
            return replace(self, unfinished=answer)
        now = replace(self, unfinished=None)
        group, begun = self.left[0], (*self.begun, answer)
        if "unfit" in answer:
            if group[1] is not None:
                return replace(now, begun=(), dropped=(*self.dropped, group))
            reason = _UNFIT.format(reason=Text(*answer["unfit"]))
            return replace(now, begun=(), untried={**self.untried, group[0]: reason})
        if len(begun) < self.plan.pieces(group):
            return replace(now, begun=begun)
        return replace(now, begun=(), answers={**self.answers, group: list(begun)})
