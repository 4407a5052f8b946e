"""The console output of the command `own`: a heading, a line for each method, and the advice."""

from scenarios.learners.registry import Rung
from scenarios.own_tasks import contenders
from scenarios.own_tasks.pieces import Plan
from scenarios.own_tasks.results import OwnResults
from scenarios.own_tasks.source import Source
from scenarios.own_tasks.table_tasks import metric_of
from scenarios.wording import scored


def heading(source: Source, asked: Plan) -> str:
    """Return the heading of a comparison and of its protocol."""
    at, classes = asked.protocol, source.classes
    label = f"{len(classes)} classes" if classes else "a number"
    tested = len({task for fold in asked.folds for task in fold})
    each = "labels per class" if classes else "labels"
    return (
        f"{len(source.y)} rows, {len(source.task_names)} tasks ({source.task_column}), {source.frame.shape[1]} "
        f"features, label {source.label_column}: {label}\n"
        f"{metric_of(len(classes)).name.en} by {each}, mean of {tested} tasks [95% CI], in {at.folds} folds "
        f"of tasks, each task {at.repeats} times with other labelled rows, seed {at.seed}"
        + (f"; quick methods in {at.divisions} divisions" if at.divisions > 1 else "")
    )


def line(found: OwnResults, name: str) -> str:
    """Return a method's scores by the number of labels."""
    points = found.methods[name].points
    scores = [f"{shots:>3}: {_plain(found, name, int(shots))}" for shots in points]
    return f"{name:24} {Rung(found.methods[name].rung).short.en:18} {'  '.join(scores)}"


def _plain(found: OwnResults, name: str, shots: int) -> str:
    mean, low, high = (scored(each, found.metric, 1) for each in found.methods[name].points[str(shots)].score)
    return f"{mean} [{low}, {high}]"


def advice_of(found: OwnResults) -> str:
    """Return the advice, a sentence on each line."""
    untried = [f"{contenders.name_of(name).en}: {reason.en}" for name, reason in found.untried.items()]
    texts = [found.advice.answer, *found.advice.reasons, *found.advice.more]
    return "\n".join([text.en for text in texts] + untried)
