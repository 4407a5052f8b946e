"""Further files of the command `own`: a report, a fitted model, and a draft scenario."""

from argparse import Namespace
from collections.abc import Sequence

from scenarios.atomic_files import whole_file
from scenarios.catalog import SCENARIOS
from scenarios.errors import UserError
from scenarios.own_tasks import contenders, draft, fitted, report
from scenarios.own_tasks.pieces import Plan
from scenarios.own_tasks.results import OwnResults
from scenarios.own_tasks.source import Source
from scenarios.text import Text


def check(options: Namespace, table: Source, asked: Plan) -> None:
    """Raise UserError, before anything is computed, if --model or --draft cannot be met."""
    if options.model and options.model not in asked.methods:
        text = Text(
            en="--model {name} is not compared. Give one of: {names}.",
            zh="--model {name} 不在比较之列。可选：{names}。",
        )
        raise UserError(text.format(name=options.model, names=", ".join(asked.methods)))
    if options.draft:
        draft.check(table, options.draft, SCENARIOS)


def write(options: Namespace, table: Source, found: OwnResults, noticed: Sequence[Text]) -> None:
    """Write report.html, model.npz and, with --draft, a folder of that name."""
    context = report.Context(table, options.table.name, tuple(noticed))
    _write(options, "report.html", report.as_html(found, context).encode())
    if options.draft:
        for name, content in draft.files(table, options.draft, found).items():
            _write(options, f"{options.draft}/{name}", content)
    name = options.model or found.advice.method
    print(f"Fitting {contenders.name_of(name).en} to all tasks", flush=True)
    content = fitted.fit_to_bytes(table, name, found.protocol.shots, found.protocol.seed)
    _write(options, "model.npz", content)


def _write(options: Namespace, name: str, content: bytes) -> None:
    path = options.out / name
    with options.outcome.replacing(path), whole_file(path) as file:
        file.write(content)
    print(f"{path}: {len(content) / 1000:.0f} kB")
