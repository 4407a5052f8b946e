"""The definition of a kind of decision: a value defined by a folder's `decision.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from scenarios.task import Array, Labels
from scenarios.text import Name, Text

Measures = dict[str, Array]  # name -> (tasks, ...)


@dataclass(frozen=True)
class Parameter:
    """A number that users of a decision choose, and that is part of a page's URL."""

    name: str  # in URLs
    label: Text
    values: tuple[int, ...]
    usual: int


@dataclass(frozen=True)
class ResultField:
    """One measure as results have it: the shape of one task's value, and how prose writes its mean.

    Prose writes the component `at` of a mean that is an array, and no array of which it is None. With `has_range`,
    results have the range too in which nine tasks in ten lie.
    """

    shape: tuple[int, ...] = ()
    is_share: bool = False  # written in per cent
    digits: int = 0
    at: int | None = None
    has_range: bool = False

    @property
    def is_in_prose(self) -> bool:
        """Whether prose may name the measure's mean."""
        return not self.shape or self.at is not None


@dataclass(frozen=True)
class Trips:
    """The score of a trip from predictions for single examples, and the measures of trips.

    Parameters
    ----------
    minutes : tuple of int
        The lengths of trips.
    share : float
        The share of the last class in a trip.
    worse_shares : tuple of float
        That in a worse one with which it is compared, rising.
    rank : callable
        Predictions (tasks, queries, classes) and targets (tasks, queries) -> (tasks, worse shares, minutes) twice, the
        share of pairs of trips that are ranked right: trips of one task, and of two. Of two tasks, the mean is that
        over all pairs, and values scatter as its standard error needs.
    alarm_rates : callable
        The same -> (tasks, budgets, classes): the share of each true class that raises an alarm.
    budgets : int
        The number of thresholds that are measured.
    """

    minutes: tuple[int, ...]
    share: float
    worse_shares: tuple[float, ...]
    rank: Callable[[Array, Labels], tuple[Array, Array]]
    alarm_rates: Callable[[Array, Labels], Array]
    budgets: int


@dataclass(frozen=True)
class CarriedThreshold:
    """A threshold that is set before something changes, and used after it.

    Parameters
    ----------
    measure : callable
        Predictions (tasks, queries, classes) and targets (tasks, queries) on which it is set, then those on which it
        is used -> measures, each (tasks,).
    label : Text
        Of the threshold, in the middle of a sentence.
    names : mapping
        The measures' names in the middle of a sentence, in the order in which they are stated; each is a share.
    """

    measure: Callable[[Array, Labels, Array, Labels], Measures]
    label: Text
    names: Mapping[str, Text]


@dataclass(frozen=True)
class Decision:
    """A kind of decision: the scenarios that it suits, and its measures.

    Parameters
    ----------
    name : str
        The name of its folder.
    classes : int
        The number of classes that it is for.
    measure : callable
        Predictions (tasks, queries, classes) and targets (tasks, queries) -> measures, each (tasks, ...).
    fields : mapping
        The measures by their names.
    headline : str
        The one that a page states first; "" if it states the score.
    verdict : frozenset of str
        The placeholders of a scenario's `Prose.verdict`.
    parameters : tuple of Parameter
        Numbers that its users choose; no other decision has one of the same name.
    trips : Trips or None
        The measures of trips, for a decision about windows of time.
    carried : CarriedThreshold or None
        The threshold whose fate is measured if something changes between labelling and use.
    needs_rule : bool
        Whether answers are compared with the scenario's fixed rule.
    incumbents : tuple of str
        Learners that its users have today: their curves are drawn too.
    learner_names : mapping
        Names that its users have for learners, by id.
    order : int
        The place among all decisions on the home page and in URLs; decisions with the same one are sorted by name.
    """

    name: str
    classes: int
    measure: Callable[[Array, Labels], Measures]
    fields: Mapping[str, ResultField]
    headline: str = ""
    verdict: frozenset[str] = frozenset()
    parameters: tuple[Parameter, ...] = ()
    trips: Trips | None = None
    carried: CarriedThreshold | None = None
    needs_rule: bool = False
    incumbents: tuple[str, ...] = ()
    learner_names: Mapping[str, Name] = field(default_factory=dict)
    order: int = 99

    @property
    def headline_shape(self) -> tuple[int, ...]:
        """The shape of one task's value of the headline measure; () if there is none."""
        return self.fields[self.headline].shape if self.headline else ()

    def check_suits(self, scenario_name: str, classes: int, *, has_rule: bool) -> None:
        """Raise ValueError unless it suits a scenario with this number of classes, and with or without a fixed rule."""
        if classes != self.classes or (self.needs_rule and not has_rule):
            needs = _counted(self.classes) + (" and a fixed rule to be compared with" if self.needs_rule else "")
            found = _counted(classes) + ("" if has_rule or not self.needs_rule else " and no rule")
            raise ValueError(f"scenario {scenario_name!r}: decision {self.name!r} needs {needs}; found {found}")


def _counted(classes: int) -> str:
    return f"{classes} classes" if classes else "a number to predict"
