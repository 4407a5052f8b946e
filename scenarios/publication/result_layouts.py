"""The layout of each results file: which parts it has, of which kinds and shapes. Nothing here needs TensorFlow.

The pages index these files freely, so a file is checked once, in full, when it is read. A layout is a tree of checks;
each takes a value and raises ValueError, naming the place, if the value does not fit.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scenarios.decisions.catalog import decision_named
from scenarios.evaluation.protocol import SHOTS
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners.registry import BAYES, TRACED
from scenarios.scenario import Scenario

Check = Callable[[Any], None]
BINS = 20  # of predicted risks
_LARGEST = 1e300  # beyond which a number cannot be drawn


def check_study(raw: Any, scenario: Scenario) -> None:
    """Raise ValueError unless `raw` is what `publish.figures` gives of a scenario."""
    shots = [count for count in SHOTS if count <= scenario.max_shots]
    settings = dict.fromkeys(("inner_steps", "max_shots", "queries", "train_tasks"), _whole)
    _parts({"learners": _by_name(), "recipes": _by_name(), "novelty": _parts({"rho": _row(_number)})})(raw)
    names = set(raw["recipes"])
    _require(names >= {*TRACED, BAYES, scenario.reference_learner}, "recipes")
    rho = raw["novelty"]["rho"]
    _require(rho == sorted(rho) and (rho[0], rho[-1]) == (0, 1), "novelty.rho")
    _parts({"comparison": _parts({"from_scratch": _row(_one_of(names))})})(raw)
    from_scratch = raw["comparison"]["from_scratch"]
    _require("scratch" in from_scratch and len(from_scratch) > 1, "comparison.from_scratch")
    _parts({
        **_common(scenario),
        "decision": _equal(scenario.decision),
        "recipes": _parts({"maml": _parts({"settings": _parts(settings)})}),
        "moments": _equal(list(EVALUATION_STEPS)),
        "risk_edges": _row(_number, BINS - 1),
        "shots": _equal(shots),
        "learners": _same_names(names, lambda name: _learner_of_study(scenario, name, len(shots))),
        "comparison": _parts({
            "best_from_scratch": _row(_one_of(from_scratch), len(shots)),
            "gap_closed": _row(_row(_number_or_none, 3), len(shots)),  # none where there is no gap
            "labels_worth": _row(_row(_number_or_none, 3), len(shots)),
        }),
        "novelty": _parts({
            "shots": _whole,
            "score": _same_names(names - {"bayes"}, lambda name: _row(_interval, len(rho))),
            "best_from_scratch": _row(_number, len(rho)),
            "overtaken_at": _number_or_none,
        }),
    })(raw)  # fmt: skip


def check_league(raw: Any, scenario: Scenario) -> None:
    """Raise ValueError unless `raw` is what `league.league` gives of a scenario."""
    _parts({"learners": _by_name(), "shots": _row(_whole)})(raw)
    names, count = set(raw["learners"]), len(raw["shots"])
    _require(names >= {*TRACED, BAYES, scenario.reference_learner}, "learners")
    _require(raw["shots"] == sorted(set(raw["shots"])) and set(raw["shots"]) <= set(SHOTS), "shots")
    estimates = _row(_interval, count)
    seeds = _parts({"count": _whole, "score": estimates})
    learner = _parts({
        **dict.fromkeys(("score", "regret"), estimates),
        "gap_closed": _row(_row(_number_or_none, 3), count),
        "adapt_ms": _number,
        "train_seconds": _number_or_none,
        "seeds": _or_none(seeds),
        **_risks(scenario, count),
    })  # fmt: skip
    pairs = {f"{one} {other}" for one in names for other in names if one != other}
    pair = _parts({"ahead": estimates, "labels_worth": _row(_row(_number_or_none, 3), count)})
    _parts({
        **_common(scenario),
        "cost_shots": _whole,
        "best_from_scratch": _row(_one_of(names), count),
        "learners": _same_names(names, lambda name: learner),
        "pairs": _same_names(pairs, lambda name: pair),
    })(raw)  # fmt: skip


def check_challenges(raw: Any, scenario: Scenario) -> None:
    """Raise ValueError unless `raw` is what `challenges.challenges` gives of a scenario."""
    parts = {
        "data": _columns("train_tasks", _whole, "score", "ahead"),
        "diversity": _columns("shares", _number, "score", "ahead"),
        "compute": _parts({
            **dict.fromkeys(("first_order", "second_order"), _run),
            "slower": _interval, "pairs": _whole, "ahead": _interval,
        }),
        "complexity": _both(
            _columns("inner_rates", _number, "by_rate"),
            _columns("steps", _whole, "by_steps", "steps_ahead"),
            _parts({
                "best": _whole, "worst": _whole, "best_ahead": _interval, "trained_for": _whole,
                "lines": _by_name(_whole), "settings": _row(_text), "baseline_settings": _by_name(_row(_text)),
            }),
        ),
        "reference": _parts(
            dict.fromkeys(("from_scratch", "bayes"), _parts({"learner": _text, "score": _interval}))
        ),
        "protocol": _parts(dict.fromkeys(("tasks", "queries", "shots", "seed"), _whole)),
        "recipe": _parts({"inner_lr": _number} | dict.fromkeys(("inner_steps", "meta_steps", "train_tasks"), _whole)),
    }  # fmt: skip
    _parts(_common(scenario) | parts)(raw)
    part = raw["complexity"]
    for place in ("best", "worst"):
        _require(part[place] < len(part["inner_rates"]), f"complexity.{place}")
    _require(raw["recipe"]["train_tasks"] in raw["data"]["train_tasks"], "data.train_tasks")
    _require(part["trained_for"] in part["steps"], "complexity.steps")
    for order in ("first_order", "second_order"):
        _require(raw["compute"][order]["steps"] == raw["compute"]["first_order"]["steps"], "compute.steps")


def check_benchmark(raw: Any, scenario: Scenario) -> None:
    """Raise ValueError unless `raw` is what `benchmark.benchmark` gives of a scenario."""
    classic = scenario.benchmark
    if classic is None:
        raise ValueError(f"{scenario.name} has no benchmark")
    who = {"learner": _text, "shots": _one_of(classic.shots)}
    estimates = dict.fromkeys(("random", "grid"), _interval)
    entry = _both(
        _columns("steps", _whole, "random", "grid"),
        _parts({**who, "seconds": _number, "settings": _parts({"inner_steps": _whole})}),
    )
    _parts({
        "scenario": _equal(scenario.name),
        "metric": _equal(scenario.metric.id),
        "protocol": _parts({"tasks": _whole, "seed": _whole}),
        "anchors": _parts({"zero": _parts({"expected": _number, **estimates})}),
        "repeated": _row(entry),
        "ours": _row(_parts(who | estimates)),
    })(raw)  # fmt: skip
    asked = [("pooled", classic.shots[0]), *((name, shots) for name in classic.recipes for shots in classic.shots)]
    _require(sorted((each["learner"], each["shots"]) for each in raw["repeated"]) == sorted(asked), "repeated")
    for each in raw["repeated"]:
        _require(each["settings"]["inner_steps"] in each["steps"], "repeated.steps")
    _require({each["shots"] for each in raw["ours"]} == set(classic.shots), "ours")


def _common(scenario: Scenario) -> dict[str, Check]:
    return {
        "scenario": _equal(scenario.name),
        "metric": _equal(scenario.metric.id),
        "higher_is_better": _equal(scenario.metric.higher_is_better),
        "protocol": _parts(dict.fromkeys(("tasks", "queries", "seed"), _whole)),
    }


def _learner_of_study(scenario: Scenario, name: str, count: int) -> Check:
    """One learner at `count` numbers of labels."""
    fields = decision_named(scenario.decision).fields
    parts = {"score": _interval} | {what: _estimate(field.shape) for what, field in fields.items()}
    columns = {what: _row(check, count) for what, check in parts.items()} | _risks(scenario, count)
    if name in TRACED:
        columns["walk"] = _row(_row(_interval, len(EVALUATION_STEPS)), count)
        columns["judged_after"] = _row(_one_of(EVALUATION_STEPS), count)
    return _parts(columns)


def _risks(scenario: Scenario, count: int) -> dict[str, Check]:
    if scenario.regression:
        return {}
    return {
        "risk_counts": _row(_row(_row(_whole, BINS), 2), count),
        "risk_sums": _row(_row(_number, BINS), count),
    }


# Checks that layouts are built of. Each says in its error at which key a value does not fit.


def _require(fits: bool, where: str) -> None:
    if not fits:
        raise ValueError(f"{where} does not fit the rest of the file")


def _number(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_LARGEST < value < _LARGEST:
        raise ValueError("not a finite number")


def _whole(value: Any) -> None:
    if type(value) is not int or not 0 <= value < _LARGEST:
        raise ValueError("not a whole number")


def _text(value: Any) -> None:
    if not isinstance(value, str):
        raise ValueError("not a text")


def _equal(expected: object) -> Check:
    def check(value: Any) -> None:
        if type(value) is not type(expected) or value != expected:
            raise ValueError(f"not {str(expected)[:40]}")

    return check


def _one_of(allowed: Iterable[object]) -> Check:
    values = list(allowed)

    def check(value: Any) -> None:
        if value not in values:
            raise ValueError(f"not one of {str(values)[:40]}")

    return check


def _or_none(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _row(check: Check, length: int | None = None) -> Check:
    """A list of `length` values that fit, or of at least one."""

    def check_row(value: Any) -> None:
        if not isinstance(value, list) or (len(value) != length if length is not None else not value):
            raise ValueError(f"not a list of {length or 'some'} values")
        for each in value:
            check(each)

    return check_row


def _parts(checks: Mapping[str, Check]) -> Check:
    """An object with at least these parts."""

    def check_parts(value: Any) -> None:
        if not isinstance(value, dict):
            raise ValueError("not an object")
        for name, check in checks.items():
            if name not in value:
                raise ValueError(f"{name}: missing")
            try:
                check(value[name])
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error

    return check_parts


def _by_name(check: Check = lambda value: None) -> Check:
    """An object whose parts all fit, whatever their names."""

    def check_all(value: Any) -> None:
        if not isinstance(value, dict):
            raise ValueError("not an object")
        for each in value.values():
            check(each)

    return check_all


def _same_names(names: set[str], check_of: Callable[[str], Check]) -> Check:
    """An object with a part of each of these names, and no other."""

    def check_names(value: Any) -> None:
        if not isinstance(value, dict) or value.keys() != names:
            raise ValueError("not an object of the names that the rest of the file has")
        _parts({name: check_of(name) for name in names})(value)

    return check_names


def _both(*checks: Check) -> Check:
    def check_each(value: Any) -> None:
        for check in checks:
            check(value)

    return check_each


def _columns(over: str, check: Check, *estimated: str) -> Check:
    """A list `over` of values that fit, and an estimate for each of them in the other lists."""

    def check_columns(value: Any) -> None:
        _parts({over: _row(check)})(value)
        _parts({name: _row(_interval, len(value[over])) for name in estimated})(value)

    return check_columns


_interval: Check = _row(_number, 3)  # mean, low, high
_number_or_none: Check = _or_none(_number)


def _run(value: Any) -> None:
    """One meta-training: steps, and the seconds and the score after them."""
    _columns("steps", _whole, "score")(value)
    _parts({"seconds": _row(_number, len(value["steps"]))})(value)


def _estimate(shape: tuple[int, ...]) -> Check:
    """Mean, low and high of an array."""
    check: Check = _number
    for length in reversed(shape):
        check = _row(check, length)
    return _row(check, 3)
