"""The command `predict` with a model that `own` fitted: tables in, CSV out."""

import sys
from argparse import Namespace
from pathlib import Path

from scenarios.atomic_files import whole_file
from scenarios.errors import UserError
from scenarios.own_tasks import contenders, fitted, reading, source
from scenarios.own_tasks.reading import Reading, Table
from scenarios.own_tasks.writing import to_csv
from scenarios.text import Text


def predict(options: Namespace) -> None:
    """Learn from the labelled rows of one new task, predict its other rows, and write CSV.

    Raises
    ------
    UserError
        If an option is for scenarios, or a file does not suit.
    """
    if options.episodes or options.weights:
        text = Text(
            en="--episodes and --weights are for scenarios; give a model of your own --labelled and --rows.",
            zh="--episodes 和 --weights 用于场景；自己的模型请使用 --labelled 和 --rows。",
        )
        raise UserError(text)
    model = fitted.load(Path(options.scenario))
    labelled, rows = (_table(path, options.decimal) if path else None for path in (options.labelled, options.rows))
    answer = fitted.predict(model, labelled, rows)
    for note in (*(labelled.notes if labelled else ()), *(rows.notes if rows else ()), *answer.notes):
        print(f"Note: {note.en}", file=sys.stderr)
    with options.outcome.replacing(options.out), whole_file(options.out) as file:
        file.write(to_csv(answer.frame))
    print(f"{len(answer.frame)} rows predicted by {contenders.name_of(model.header.method).en}: {options.out}")


def _table(path: Path, decimal: str | None) -> Table:
    return reading.read(source.content_of(path), path.name, Reading(decimal=decimal))
