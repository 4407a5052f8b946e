"""Markdown tables of the published results, between the markers of README.md and assets/results/README.md.

`<!-- results NAME [LEARNER ...] -->` begins the table of one scenario, with all its published learners or those that
are named; `<!-- results -->` begins a section with a table for each scenario that has results. Both end with
`<!-- /results -->`. A scenario without results has no section, and its marker is left as it is.
"""

import re
from collections.abc import Sequence

from scenarios.catalog import SCENARIOS, scenario_named
from scenarios.errors import UserError
from scenarios.evaluation.estimate import OpenEstimate
from scenarios.learners.registry import REGISTRY, Rung, by_rung
from scenarios.publication import results
from scenarios.publication.results import FOLDER, StudyResults
from scenarios.text import Text

ROOT = FOLDER.parents[1]
FILES = (ROOT / "README.md", FOLDER / "README.md")
SHOTS = (1, 2, 5, 10, 20)
_BLOCK = re.compile(r"<!-- results(?P<words>[^>]*) -->\n.*?<!-- /results -->", re.S)


def filled(text: str) -> str:
    """Return a document with the tables between its markers as the result files have them.

    Raises
    ------
    UserError
        If a marker names an unknown scenario or learner, or a result file is damaged.
    """
    return _BLOCK.sub(_block, text)


def _block(found: re.Match[str]) -> str:
    words = found["words"].split()
    names = words[:1] or list(SCENARIOS)
    studies = {name: study for name in names if (study := _results(scenario_named(name).name)) is not None}
    if not studies:
        return found[0]
    parts = [
        ("" if words else f"### {SCENARIOS[name].prose.title.en}\n\n") + _table(study, words[1:])
        for name, study in studies.items()
    ]
    return f"<!-- results{found['words']} -->\n" + "\n\n".join(parts) + "\n<!-- /results -->"


def _results(name: str) -> StudyResults | None:
    return results.read(StudyResults, name) if results.path_of(StudyResults, name).exists() else None


def _table(study: StudyResults, learners: Sequence[str]) -> str:
    """Return a caption and a table: a row for each learner by its rung, and the differences of MAML."""
    if unknown := [name for name in learners if name not in study.learners]:
        text = Text(
            en="Methods in a table's marker without published results: {names}.",
            zh="表格标记中没有已发布结果的方法：{names}。",
        )
        raise UserError(text.format(names=", ".join(unknown)))
    metric = study.metric
    digits = ".3f" if metric.is_proportion else "#.3g"
    labels = "labelled points" if metric.is_regression else "labels per class"
    rows = [[labels, "group", *map(str, SHOTS)], ["---"] * (2 + len(SHOTS))]
    for name in learners or by_rung(study.learners):
        scores = [study.at(name, shots) for shots in SHOTS]
        cells = [f"{mean:{digits}} [{low:{digits}}, {high:{digits}}]" for mean, low, high in scores]
        rows.append([REGISTRY[name].name_in("league").en, REGISTRY[name].rung.short.en, *cells])
    for rung, title in ((Rung.LOCAL, "local labels"), (Rung.BORROWING, "simple statistics")):
        cells = [_ahead(study.compared("ahead", shots, rung), digits) for shots in SHOTS]
        rows.append([f"**MAML minus the best of {title}**", "", *cells])
    cells = [_gap(study.compared("gap_closed", shots)) for shots in SHOTS]
    rows.append(["**gap to Bayes closed, from the best of local labels**", "", *cells])
    title = metric.name.en[:1].upper() + metric.name.en[1:]
    caption = f"{title}, mean [95% CI] of {study.tasks} test tasks:"
    return caption + "\n\n" + "\n".join("|" + "|".join(_padded(row)) + "|" for row in rows)


def _ahead(estimate: Sequence[float], digits: str) -> str:
    """Return by how much MAML is better, positive whatever the direction of the metric."""
    mean, low, high = (f"{value:+{digits}}".replace("-", "−") for value in estimate)
    return f"{mean} [{low}, {high}]"


def _gap(estimate: OpenEstimate) -> str:
    mean, low, high = ("–" if each is None else f"{100 * each:.0f}" for each in estimate)
    return f"{mean}% [{low}, {high}]"


def _padded(row: list[str]) -> list[str]:
    return row if row[0] == "---" else [f" {cell} " for cell in row]
