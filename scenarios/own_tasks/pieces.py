"""A comparison in pieces, one method in one fold each: the plan, the next piece, and the results so far.

A command measures them one fold beside the other; a page one after the other, and draws what is known in between.
Nothing here needs TensorFlow or SciPy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from scenarios.learners.registry import Rung
from scenarios.own_tasks import contenders
from scenarios.own_tasks.results import OwnProtocol
from scenarios.text import Text

Group = tuple[str, int | None]  # a method, and from how many other tasks it learned; None: from all
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
        """Return all methods, and then again those that learn from fewer tasks."""
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
        """Return about how long a group takes, beside a quick method."""
        name, count = group
        part = 1.0 if count is None else 0.3 + 0.5 * count / self.protocol.training_tasks
        return contenders.effort(name) * part * self.pieces(group) / self.protocol.folds

    def arguments(self, group: Group, fold: int) -> tuple[Any, ...]:
        """Return the arguments of `experiment.measured` behind the table, which fit into JSON."""
        name, count = group
        at, tested = self.protocol, [*self.folds[fold]]
        judged = [*at.shots] if count is None else [at.headline]
        return name, tested, self._training(tested, count), [*at.shots], judged, at.repeats, at.seed

    def _training(self, tested: list[int], count: int | None) -> list[int]:
        """Return the tasks that a fold learns from: all others, or so many of those that are large enough to be tested.

        Fewer ones are among the more.
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
    """

    plan: Plan
    answers: Mapping[Group, list[dict[str, Any]]] = field(default_factory=dict)
    untried: Mapping[str, Text] = field(default_factory=dict)
    begun: tuple[dict[str, Any], ...] = ()
    dropped: tuple[Group, ...] = ()
    unfinished: Unfinished | None = None

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
    def next_piece(self) -> tuple[Any, ...]:
        """The arguments of the next piece."""
        return self.plan.arguments(self.left[0], len(self.begun))

    @property
    def state(self) -> bytes:
        """The state from which the worker goes on with the next piece; empty for one that is not begun."""
        return self.unfinished.state if self.unfinished else b""

    @property
    def share(self) -> float:
        """Return the completed fraction of the whole effort."""
        left = self.left
        ahead = sum(map(self.plan.effort, left))
        if left:
            begun = len(self.begun) + (self.unfinished.share if self.unfinished else 0.0)
            ahead -= self.plan.effort(left[0]) * begun / self.plan.pieces(left[0])
        total = sum(self.plan.effort(group) for group in self.plan.groups() if group[0] not in self.untried)
        return round(1 - ahead / total, 6) if total else 1.0

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
