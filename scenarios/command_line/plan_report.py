"""The output of the command `plan`: JSON, or a table with a recommendation in sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from scenarios.evaluation.estimate import Estimate
from scenarios.evaluation.planner import Option, Recommendation, Situation
from scenarios.evaluation.statistics import mean_with_interval
from scenarios.learners.registry import META_LEARNED, REGISTRY, Rung, by_rung
from scenarios.publication.results import OtherTasksResults, WorldsResults
from scenarios.scenario import Scenario


def as_dict(
    scenario: Scenario,
    asked: Situation,
    found: Sequence[Option],
    best: Recommendation,
    published: OtherTasksResults | WorldsResults | None,
    **protocol: int,
) -> dict[str, Any]:
    """Return the JSON of `plan --json`; meta-learning is read off the published results, if they reach so far.

    Those of a world other than the default one have it with all of its training tasks only.
    """
    entries = {option.learner: _entry(scenario, asked, option) for option in found}
    if meta := _published_entry(scenario, asked, published):
        entries[META_LEARNED] = meta
    return {
        "scenario": scenario.folder,
        "world": scenario.world,
        "metric": scenario.metric.id,
        "higher_is_better": scenario.metric.higher_is_better,
        "other_tasks": asked.other_tasks,
        "labels_each": asked.labels_each,
        "shots": asked.shots,
        "label_errors": asked.label_errors,
        **protocol,
        "results": [entries[name] for name in by_rung(entries)],
        "recommended": {
            "learner": best.learner,
            "best": best.best,
            "behind": best.behind.mean,
            "behind_ci95": [best.behind.low, best.behind.high],
        },
    }


def _published_entry(
    scenario: Scenario, asked: Situation, published: OtherTasksResults | WorldsResults | None
) -> dict[str, Any] | None:
    if isinstance(published, WorldsResults):
        if asked.shots not in published.shots:
            return None
        return {
            **_named(META_LEARNED, scenario.recipe.train_tasks),
            **_estimate(published.score(scenario.world, META_LEARNED, asked.shots)),
            "range90": published.range90(scenario.world, META_LEARNED, asked.shots).tolist(),
        }
    score = published.at(META_LEARNED, asked.other_tasks, asked.shots) if published else None
    if published is None or score is None:
        return None
    return {
        **_named(META_LEARNED, asked.other_tasks),
        **_estimate(Estimate(*map(float, score))),
        "interpolation_error": published.interpolation_error(META_LEARNED, asked.other_tasks, asked.shots),
    }


def _entry(scenario: Scenario, asked: Situation, option: Option) -> dict[str, Any]:
    sign = scenario.metric.sign
    entry = {
        **_named(option.learner, None if option.with_more_tasks is None else asked.other_tasks),
        **_estimate(option.score),
        "range90": option.range90.tolist(),
        "one_more_label": _estimate(mean_with_interval(sign * (option.with_more_labels - option.scores))),
    }
    if option.with_more_tasks is not None:
        each = sign * (option.with_more_tasks - option.scores) / asked.other_tasks
        entry["one_more_task"] = _estimate(mean_with_interval(each))
    return entry


def _named(learner: str, other_tasks: int | None) -> dict[str, Any]:
    return {"learner": learner, "rung": REGISTRY[learner].rung.value, "other_tasks": other_tasks}


def _estimate(found: Estimate) -> dict[str, Any]:
    return {"mean": found.mean, "ci95": [found.low, found.high]}


def as_text(report: Mapping[str, Any]) -> str:
    """Return the printed report of `plan`, from its JSON."""
    errors = f", {report['label_errors']:.0%} of them wrong" if report["label_errors"] else ""
    lines = [
        f"{report['scenario']}, world {report['world']}: {report['shots']} labels per class, and "
        f"{report['other_tasks']} other tasks with {report['labels_each']} per class each{errors}",
        f"{report['metric']}, mean of {report['tasks']} test tasks [95% CI], seed {report['seed']}",
        "",
    ]
    rung = ""
    for entry in report["results"]:
        if entry["rung"] != rung:
            rung = entry["rung"]
            lines.append(f"{Rung(rung).label.en}:")
        lines.append(f"  {entry['learner']:24} {_written(entry)}{_details(entry)}")
    advice, count = report["recommended"], report["other_tasks"]
    chosen = next(entry for entry in report["results"] if entry["learner"] == advice["learner"])
    lines += ["", f"Recommended: {_name(advice['learner'])}. {_reason(advice)}"]
    lines.append(f"One more label of each class adds {_written(chosen['one_more_label'])} to it.")
    if "one_more_task" in chosen:
        lines.append(f"Each of the next {count} other tasks adds {_written(chosen['one_more_task'], 5)} on average.")
    for entry in report["results"]:
        if "interpolation_error" in entry:
            lines.append(
                "Meta-learning is read off the published results, between the numbers of tasks that were measured."
            )
        elif entry["learner"] == META_LEARNED:
            lines.append(
                f"Meta-learning is quoted from the published results of this world, with all of its "
                f"{entry['other_tasks']:,} other tasks: fewer were published for the default world only."
            )
    return "\n".join(lines)


def _written(entry: Mapping[str, Any], digits: int = 4) -> str:
    low, high = entry["ci95"]
    return f"{entry['mean']:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _details(entry: Mapping[str, Any]) -> str:
    if "interpolation_error" in entry:
        return f"  interpolated, error up to {entry['interpolation_error']:.3f}"
    low, high = entry["range90"]
    return f"  nine tasks in ten: {low:.3f} to {high:.3f}"


def _name(learner: str) -> str:
    name = REGISTRY[learner].name.en
    return f"{name} ({learner})"


def _reason(advice: Mapping[str, Any]) -> str:
    if advice["learner"] == advice["best"]:
        return "It has the best mean, and every method that sees less is behind it beyond chance."
    return (
        f"It sees less than {_name(advice['best'])}, which has the best mean and is ahead by "
        f"{advice['behind']:.4f} [{advice['behind_ci95'][0]:.4f}, {advice['behind_ci95'][1]:.4f}]: within chance."
    )
