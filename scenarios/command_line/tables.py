"""Markdown tables of the published results, between the markers of README.md and assets/results/README.md.

`<!-- results NAME [LEARNER ...] -->` begins the table of one scenario, with all its published learners or those that
are named; `<!-- results -->` begins a section with a table for each scenario that has results. Both end with
`<!-- /results -->`. A scenario without results has no section, and its marker is left as it is.
"""

import re
from collections.abc import Sequence
from typing import Any

from scenarios.atomic_files import read_json
from scenarios.catalog import SCENARIOS, scenario_named
from scenarios.demo.precomputed import FOLDER, results_path
from scenarios.errors import ReaderError
from scenarios.learners.registry import REGISTRY
from scenarios.metrics import METRICS
from scenarios.text import Text

ROOT = FOLDER.parents[1]
FILES = (ROOT / "README.md", FOLDER / "README.md")
SHOTS = (1, 2, 5, 10, 20)
_BLOCK = re.compile(r"<!-- results(?P<words>[^>]*) -->\n.*?<!-- /results -->", re.S)


def filled(text: str) -> str:
    """Return a document with the tables between its markers as the result files have them.

    Raises
    ------
    ReaderError
        If a marker names an unknown scenario or learner, or a result file is damaged.
    """
    return _BLOCK.sub(_block, text)


def _block(found: re.Match[str]) -> str:
    words = found["words"].split()
    names = words[:1] or list(SCENARIOS)
    tables = {name: results for name in names if (results := _results(scenario_named(name).name)) is not None}
    if not tables:
        return found[0]
    parts = [
        ("" if words else f"### {SCENARIOS[name].prose.title.en}\n\n") + _table(results, words[1:])
        for name, results in tables.items()
    ]
    return f"<!-- results{found['words']} -->\n" + "\n\n".join(parts) + "\n<!-- /results -->"


def _results(name: str) -> dict[str, Any] | None:
    path = results_path(name)
    try:
        results = read_json(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        results = {}
    if not isinstance(results, dict) or not results.keys() >= {"learners", "shots", "comparison", "protocol", "metric"}:
        text = Text(
            en="{file} is damaged. To make it again, run: python -m scenarios study {name}",
            zh="{file} 已损坏。请运行以下命令重新生成：python -m scenarios study {name}",
        )
        raise ReaderError(text.format(file=path.name, name=name))
    return results


def _table(results: dict[str, Any], learners: Sequence[str]) -> str:
    """Return a caption and a table: a row for each learner, and the gap to Bayes that MAML closes."""
    published = results["learners"]
    if unknown := [name for name in learners if name not in published]:
        text = Text(
            en="Learners in a table's marker without published results: {names}.",
            zh="表格标记中没有已发布结果的学习器：{names}。",
        )
        raise ReaderError(text.format(names=", ".join(unknown)))
    places = [results["shots"].index(shots) for shots in SHOTS]
    metric = METRICS[results["metric"]]
    digits = ".3f" if metric.is_proportion else "#.3g"
    labels = "labelled points" if metric.is_regression else "labels per class"
    rows = [[labels, *map(str, SHOTS)], ["---"] * (1 + len(SHOTS))]
    for name in learners or [name for name in REGISTRY if name in published]:
        scores = [published[name]["score"][place] for place in places]
        cells = [f"{mean:{digits}} [{low:{digits}}, {high:{digits}}]" for mean, low, high in scores]
        rows.append([REGISTRY[name].name_in("league").en, *cells])
    gaps = [results["comparison"]["gap_closed"][place] for place in places]
    cells = [f"{100 * gap:.0f}% [{100 * low:.0f}, {100 * high:.0f}]" for gap, low, high in gaps]
    rows.append(["**gap to Bayes closed**", *cells])
    title = metric.name.en[:1].upper() + metric.name.en[1:]
    caption = f"{title}, mean [95% CI] of {results['protocol']['tasks']} test tasks:"
    return caption + "\n\n" + "\n".join("|" + "|".join(_padded(row)) + "|" for row in rows)


def _padded(row: list[str]) -> list[str]:
    return row if row[0] == "---" else [f" {cell} " for cell in row]
