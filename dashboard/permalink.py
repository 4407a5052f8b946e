"""The whole state of a page in its URL, in codes that mean the same in every language.

Only the parameters listed here are read from a URL; every value is clamped, and nothing in a URL is an error.

A URL leaves out parameters that have their default. To show the same for years, it carries the version of the defaults
that it relies on, from version 2 on: see `_FORMER`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace

from dashboard.language import is_language
from scenarios.decisions.catalog import PARAMETERS
from scenarios.demo.user_training import INNER_STEPS, LEARNERS, META_STEPS, TRAIN_TASKS
from scenarios.protocol import LABEL_ERRORS, OTHER_LABELS_EACH, QUERIES, SHOTS, nearest
from scenarios.scenario import DEFAULT_WORLD, WORLDS
from scenarios.text import Language

MOST_SHOTS = SHOTS[-1]
LAST_SEED = 999_999
LAST_DRAW = 999
MOST_POINTS, FARTHEST_POINT = 20, 20.0
OTHER_TASKS = (3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1_000, 2_000, 3_000, 5_000, 10_000, 20_000)
TARGETS = (60, 70, 75, 80, 85, 90, 95)  # per cent, of a score that is to be reached
LESSON_STEPS = 5
MOST_STEPS = 60  # most steps of a lesson
FAULTS = ("label_errors", "missing_values", "unequal_classes", "shift", "novelty")  # perturbations
THEME_NAMES = ("", "light", "dark")  # "": the one that the reader's device prefers
SECTIONS = ("examples", "decisions", "steps", "worlds", "unlabelled", "story")
WINDOWS = 5  # windows of each class to choose from
LOSSES = ("query", "support")  # the examples on which the maps' losses are taken
LINES = ("related", "any")
RATES = ("0.1", "0.3", "0.5", "0.7", "learned")
Points = tuple[tuple[float, float], ...]
_USUAL = {name: parameter.usual for name, parameter in PARAMETERS.items()}
VERSION = "v"  # the parameter with the version of the defaults
# Entry n - 1: the defaults of version n that version n + 1 changed. A change of a default of `View`, or of
# a decision's usual parameter, appends the former value, such as {"target": 85}; the length gives today's version.
_FORMER: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True)
class View:
    """The user's choices."""

    lang: Language = "en"
    shots: int = 5  # labelled examples per class
    seed: int = 1  # number of the task
    draw: int = 0  # number of the draw of that task's examples
    example: int = 0  # the query example that is explained; 0: the page's choice
    window: int = 1  # the labelled window of each class that is shown
    colour: str = ""  # the hidden parameter that colours the map of tasks; none: the best read one
    turned: int = 1  # whether that map is turned towards the truth
    loss_on: str = "query"  # the examples on which the map of strategies takes its losses
    world: str = DEFAULT_WORLD  # how different tasks are
    parameters: Mapping[str, int] = field(default_factory=lambda: _USUAL, hash=False)  # of the kinds of decisions
    points: Points = ()  # a user's own (x, y), to learn from
    section: str = "examples"  # open tab of a scenario's page
    about: str = ""  # the scenario that a page for all of them is about; none: the first
    question: str = ""  # the one that is open among the frequent ones
    step: int = 1  # step of the lesson
    slope: float = -2.0  # initialisation of the lesson's gradient descent
    intercept: float = 2.0
    lines: str = "related"  # the lesson's family of lines
    rate: str = "0.5"  # learning rate of its steps
    centred: int = 0  # whether its noise is
    strategy: str = "maml"  # method of the user's own training
    meta_steps: int = 2_000
    train_tasks: int = 4_000
    inner_steps: int = 0  # 0: as many as the scenario's own recipe has
    one: str = "maml"  # the two learners that are compared
    other: str = "fine_tuned"
    fault: str = "label_errors"  # the problem whose cost is shown
    tasks: int = 30  # the user's labelled other tasks, on the planner
    labels_each: int = OTHER_LABELS_EACH[-1]  # labels per class in each of them
    label_errors: int = 0  # per cent of labels that are wrong, there and in the new task
    target: int = 85  # per cent: the score that is to be reached in most tasks
    novelty: float = 0.0  # task shift, whose cost is shown
    guess: int = 0  # whether answers stay hidden until the user has guessed
    lesson: str = ""  # name of the lesson that is presented
    at: int = 0  # its step; 0: the learning objectives
    reveal: int = 0  # whether the answer of that step is shown
    own: int = 0  # whether the page shows a model, a training or a table of the user, which only their visit has
    figure: str = ""  # key of the figure that is shown alone
    notes: int = 0  # whether the presenter's notes are shown in place of the screen
    theme: str = ""  # the colours, as the browser reads them when it opens the page

    def as_query(self) -> dict[str, str]:
        """Return the URL's parameters: the task always, the rest if it differs from the default."""
        usual = View()
        parts = {name: written(self[name]) for name in PARTS if name in _ALWAYS or self[name] != usual[name]}
        return with_version(parts)

    def __getitem__(self, part: str) -> object:
        """Return a part by its name in URLs."""
        return self.parameters[part] if part in PARAMETERS else getattr(self, part)

    def but(self, **changes: object) -> "View":
        """Return a view in which parts, by their names in URLs, are changed."""
        parameters = {name: changes.pop(name, value) for name, value in self.parameters.items()}
        return replace(self, parameters=parameters, **changes)  # type: ignore[arg-type]


def written(value: object) -> str:
    """Return a value as the URL writes it."""
    if isinstance(value, tuple):
        return "_".join(f"{x:g}~{y:g}" for x, y in value)
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if len(text) > 12 or not text.isascii():
            raise ValueError
        value = int(text)
        if not low <= value <= high:
            raise ValueError
        return value

    return read


def _shots(text: str) -> int:
    """Return a number of labels within the limits, moved to the nearest with published figures."""
    return nearest(SHOTS, _whole(1, MOST_SHOTS)(text))


def _tasks(text: str) -> int:
    """Return a number of other tasks within the limits, moved to the nearest of the slider."""
    return nearest(OTHER_TASKS, _whole(1, OTHER_TASKS[-1])(text))


def _real(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        if len(text) > 12 or not text.isascii():
            raise ValueError
        value = round(float(text), 2) + 0.0  # no minus zero
        if not low <= value <= high:  # nor anything that is no number
            raise ValueError
        return value

    return read


def _one_of(*allowed: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        return allowed[[str(value) for value in allowed].index(text)]

    return read


def _word(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        return allowed[allowed.index(text)]

    return read


def _code(text: str) -> str:
    """Check that a name has the form of a file name; its page checks that the file exists."""
    if not re.fullmatch(r"[a-z0-9_-]{0,64}", text):
        raise ValueError
    return text


def _points(text: str) -> Points:
    number = _real(-FARTHEST_POINT, FARTHEST_POINT)
    points = tuple(tuple(map(number, pair.split("~"))) for pair in text.split("_")) if text else ()
    if len(points) > MOST_POINTS or any(len(point) != 2 for point in points):
        raise ValueError
    return points  # type: ignore[return-value]


def _language(text: str) -> str:
    if not is_language(text):
        raise ValueError
    return text


_ALWAYS = ("lang", "shots", "seed", "draw")
_READ: dict[str, Callable[[str], object]] = {
    "lang": _language,
    "shots": _shots,
    "seed": _whole(0, LAST_SEED),
    "draw": _whole(0, LAST_DRAW),
    "example": _whole(0, QUERIES),
    "window": _whole(1, WINDOWS),
    "colour": _code,
    "turned": _one_of(0, 1),
    "loss_on": _word(*LOSSES),
    "world": _word(*WORLDS),
    **{name: _one_of(*parameter.values) for name, parameter in PARAMETERS.items()},
    "points": _points,
    "section": _word(*SECTIONS),
    "about": _code,
    "question": _code,
    "step": _whole(1, LESSON_STEPS),
    "slope": _real(-4, 4),
    "intercept": _real(-4, 4),
    "lines": _word(*LINES),
    "rate": _word(*RATES),
    "centred": _one_of(0, 1),
    "strategy": _word(*LEARNERS),
    "meta_steps": _one_of(*META_STEPS),
    "train_tasks": _one_of(*TRAIN_TASKS),
    "inner_steps": _one_of(0, *INNER_STEPS),
    "one": _code,
    "other": _code,
    "tasks": _tasks,
    "labels_each": _one_of(*OTHER_LABELS_EACH),
    "label_errors": _one_of(*LABEL_ERRORS),
    "target": _one_of(*TARGETS),
    "novelty": _real(0, 1),
    "fault": _word(*FAULTS),
    "guess": _one_of(0, 1),
    "lesson": _code,
    "at": _whole(0, MOST_STEPS),
    "reveal": _one_of(0, 1),
    "notes": _one_of(0, 1),
    "own": _one_of(0, 1),
    "figure": _code,
    "theme": _word(*THEME_NAMES),
}
PARTS = tuple(_READ)
OF_ONE_PAGE = ("example", "window", "colour", "turned", "loss_on", "own")  # which do not go along to another
if not_theirs := sorted({each.name for each in fields(View)} & PARAMETERS.keys()):
    raise ValueError(f"a decision has a parameter with the name of another part of URLs: {', '.join(not_theirs)}")


def read(query: Mapping[str, str], fallback: View) -> tuple[View, tuple[str, ...]]:
    """Return a view with the parameters of a query, and the names of invalid ones, which are ignored."""
    changes: dict[str, object] = {}
    refused = []
    for name, convert in _READ.items():
        if name in query:
            try:
                changes[name] = convert(query[name])
            except ValueError:
                refused.append(name)
    return fallback.but(**changes), tuple(refused)


def open_link(query: Mapping[str, str], language: Language) -> tuple[View, tuple[str, ...]]:
    """Return the view of a URL, and the names of its invalid parameters.

    Parameters that it leaves out have the defaults of its version, and the language `language`. A URL that chooses
    something without naming a version is of version 1; one that chooses nothing, or only a language, has today's.
    """
    former: dict[str, object] = {}
    if any(name in query for name in (*PARTS, VERSION) if name != "lang"):
        for changed in reversed(_FORMER[_version(query.get(VERSION, "1")) - 1 :]):
            former |= changed
    return read(query, View(lang=language).but(**former))


def _version(text: str) -> int:
    """Return a version of the defaults; a later one than today's, of a newer server, counts as today's."""
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 5 and int(text) else 1


def with_version(parts: Mapping[str, str]) -> dict[str, str]:
    """Return parameters of a URL, and the version of the defaults for those that they leave out."""
    return dict(parts) | ({VERSION: str(len(_FORMER) + 1)} if _FORMER else {})
