"""A draft scenario from a user's table: a folder for `scenarios/`, with synthetic tasks like those of the table.

See `twin` for why it is not the table itself. The folder holds figures of a fitted model and names of columns and
classes, but no row.
"""

import io
import json
import keyword
import re
import zipfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np

import scenarios
from scenarios.dataclass_json import to_json
from scenarios.episode import draw_examples
from scenarios.errors import UserError
from scenarios.evaluation.statistics import mean_with_interval
from scenarios.learners import discriminant
from scenarios.own_tasks import advice, contenders, experiment, methods
from scenarios.own_tasks.cleaning import shown
from scenarios.own_tasks.results import OwnResults
from scenarios.own_tasks.roles import without
from scenarios.own_tasks.source import Source
from scenarios.own_tasks.twin import FILE, Column, Twin, scenario
from scenarios.task import rng_for
from scenarios.text import Text, written
from scenarios.wording import estimated

_MOST_EFFECTS = 400  # columns times classes
_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_TASKS, _QUERIES = 200, 60  # tasks that estimate the twin's own score
_MARKS = str.maketrans(dict.fromkeys("{}<>[]()*_`$\\|~#:&\"'", " "))  # marks of Markdown, HTML and placeholders

_SCENARIO = '''"""A draft scenario: synthetic tasks like those of a table, by `python -m scenarios own --draft`."""

from pathlib import Path

from scenarios.own_tasks.twin import scenario_of

SCENARIO = scenario_of(Path(__file__).parent)
'''
_STORY = written(__file__, "draft-story")
_NONE = Text(en="none", zh="无")
_AND = Text(en=", ", zh="、")
_NOT_A_NAME = Text(
    en="--draft {name} is not a valid name for a scenario: use 2 to 40 lower-case letters, digits and "
    "underscores, beginning with a letter.",
    zh="--draft {name} 不能作场景名：请用 2～40 个小写字母、数字和下划线，以字母开头。",
)
_TAKEN = Text(
    en="--draft {name}: scenarios/ already has a folder of that name.",
    zh="--draft {name}：scenarios/ 中已有同名文件夹。",
)
_NO_CLASSES = Text(
    en="No draft scenario: the label is a number, and scenarios with a numeric label must be curves of one input.",
    zh="无法生成场景草稿：标签是数值，而数值场景只支持单个输入的曲线。",
)
_NO_NUMBERS = Text(
    en="No draft scenario: it needs numeric columns, and the table has none in use.",
    zh="无法生成场景草稿：它由数值列构成，而表格中没有可用的数值列。",
)
_TOO_WIDE = Text(
    en="No draft scenario: {columns} numeric columns times {classes} classes are more than {most}. Use fewer features.",
    zh="无法生成场景草稿：{columns} 个数值列乘以 {classes} 个类别超过 {most}。请减少特征。",
)


def check(source: Source, name: str, taken: Collection[str] = ()) -> None:
    """Raise UserError if a table cannot become a scenario, or not of that name."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise UserError(_NOT_A_NAME.format(name=repr(name)))
    if name in taken or (Path(scenarios.__file__).parent / name).exists():
        raise UserError(_TAKEN.format(name=name))
    if not source.classes:
        raise UserError(_NO_CLASSES)
    columns, classes = len(source.roles.numeric), len(source.classes)
    if not columns:
        raise UserError(_NO_NUMBERS)
    if columns * classes > _MOST_EFFECTS:
        raise UserError(_TOO_WIDE.format(columns=columns, classes=classes, most=_MOST_EFFECTS))


def name_for(file: str) -> str:
    """Return a name for the scenario of a table's file that is not taken."""
    stem = re.sub(r"[^a-z0-9]+", "_", file.rpartition(".")[0].lower()).strip("_")[:30]
    name = f"own_{stem}" if stem else "own_table"
    folder = Path(scenarios.__file__).parent
    return next(each for each in (name, *(f"{name}_{n}" for n in range(2, 1000))) if not (folder / each).exists())


def files(source: Source, name: str, found: OwnResults) -> dict[str, bytes]:
    """Return the files of the folder by their names. Raises UserError as `check` does."""
    check(source, name)
    twin = fitted_twin(source, found.protocol.seed)
    story = _story(source, twin, name, found)
    return {
        "__init__.py": b"",
        "scenario.py": _SCENARIO.encode(),
        FILE: (json.dumps(to_json(twin), ensure_ascii=False) + "\n").encode(),
        "story.en.md": f"{story.en}\n".encode(),
        "story.zh.md": f"{story.zh}\n".encode(),
    }


def zipped(source: Source, file: str, found: OwnResults) -> tuple[str, bytes]:
    """Return the name of the folder and a zip archive with it, for a table's file. Raises UserError as `check`."""
    name, content = name_for(file), io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, each in files(source, name, found).items():
            archive.writestr(f"{name}/{place}", each)
    return name, content.getvalue()


def fitted_twin(source: Source, seed: int) -> Twin:
    """Return the random-effects model of a table's numeric columns. Raises UserError if its tasks are too small."""
    others = (*source.roles.categorical, *source.roles.yes_no)
    numeric = Source(
        replace(source.rows, frame=source.frame[list(source.roles.numeric)]), without(source.roles, others)
    )
    tasks = np.arange(len(source.task_names))
    encoding = numeric.encoding(np.ones(len(source.y), bool))
    data, _ = experiment.encoded(numeric, tasks)
    is_value = [each.kind == "numeric" for each in encoding.features]
    data = replace(data, x=data.x[:, is_value], features=tuple(map(str, range(sum(is_value)))))
    known = methods.prior_rows(data, tasks, seed)
    prior = discriminant.learn(known.x.astype(float), known.y, data.ways, random_effects=True)
    between = np.asarray(prior.between)
    names = _plain_names([column.column for column in encoding.numeric])
    columns = tuple(
        Column(name, column.centre, column.spread, _decimals(source.frame[column.column].to_numpy(float)), column.floor)
        for name, column in zip(names, encoding.numeric, strict=True)
    )
    classes = tuple(_plain_names(source.classes))
    task, label = _plain(source.task_column), _plain(source.label_column)
    return Twin(task, label, classes, columns, prior.within, prior.mean, (between + between.T) / 2)


def _plain(name: str) -> str:
    """Return a name without what Markdown, HTML or a format string would take for a mark."""
    return " ".join(shown(name).translate(_MARKS).split()) or "–"


def _plain_names(names: Collection[str]) -> list[str]:
    plain: list[str] = []
    for name in map(_plain, names):
        plain.append(name if name not in plain else f"{name} {len(plain) + 1}")
    return plain


def _decimals(values: np.ndarray) -> int:
    """Return the decimals of about three figures of a column's spread, and none of whole numbers."""
    values = values[np.isfinite(values)]
    if not len(values) or (values == np.round(values)).all():
        return 0
    spread = float(np.subtract(*np.quantile(values, [0.75, 0.25]))) or float(np.abs(values).max()) or 1.0
    return int(np.clip(2 - np.floor(np.log10(spread)), 0, 6))


def _story(source: Source, twin: Twin, name: str, found: OwnResults) -> Text:
    made, shots = scenario(twin, name), found.protocol.headline
    rng = rng_for("test", 0)
    drawn = draw_examples(made.sample_tasks(rng, _TASKS), rng, shots=shots, queries=_QUERIES, most_shots=made.max_shots)
    scores = made.metric.compute(made.bayes(drawn.support, drawn.query.x).prediction, drawn.query.y)
    left_out = [_plain(each) for each in (*source.roles.categorical, *source.roles.yes_no)]
    return _STORY.format(
        tasks=len(source.task_names), rows=f"{len(source.y):,}", task=twin.task, shots=shots, count=_TASKS,
        left_out=Text(en=_AND.en.join(left_out), zh=_AND.zh.join(left_out)) if left_out else _NONE,
        method=contenders.name_of(found.advice.method), measured=advice.score(found, found.advice.method, shots),
        bayes=estimated(mean_with_interval(scores), found.metric),
    )  # fmt: skip
