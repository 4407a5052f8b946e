"""A method of a comparison, fitted to all tasks of a table, as a file that predicts rows of a new task.

The file is an .npz of plain arrays with a JSON header: encoding, hyperparameters, prior or weights, calibration, and
what values the training tasks had. It holds no row of the table, but the names of its columns, categories and classes,
and the range of each column. Nothing in it is run when it is read, and it is tried once before it is used.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.linear_model import LogisticRegression, Ridge

from scenarios.atomic_files import UnfitFileError, packed, read_file, unpacked
from scenarios.dataclass_json import from_json, to_json
from scenarios.episode import Draw, Episode, open_episode
from scenarios.errors import UserError
from scenarios.learner import Learner
from scenarios.learners import hierarchical, inputs, meta_learned
from scenarios.learners.classical import CLASSICAL, Choice, PerTask
from scenarios.learners.hierarchical import Hierarchical
from scenarios.learners.registry import Rung
from scenarios.meta_learner.weights import Checkpoint
from scenarios.own_tasks import contenders, experiment, methods
from scenarios.own_tasks.cleaning import listed, shown
from scenarios.own_tasks.encoding import Encoding
from scenarios.own_tasks.limits import LOCAL
from scenarios.own_tasks.methods import FittedMethod, OneForAll, Padded, World
from scenarios.own_tasks.pieces import Unfinished
from scenarios.own_tasks.reading import Table
from scenarios.own_tasks.roles import is_text, names_of
from scenarios.own_tasks.slices import Slice, TimeIsOverError
from scenarios.own_tasks.source import Source, TaskData
from scenarios.own_tasks.table_tasks import table_scenario
from scenarios.scenario import Scenario
from scenarios.task import Array, Examples, Labels
from scenarios.text import Text

FORMAT = 1
MOST_LABELLED = 2_000  # most labelled rows of the new task: with more, a model of that task alone is the better choice
_MOST_INPUTS = 20_000
_AT_ONCE, _AT_ONCE_NETWORK = 5_000, 200  # rows that are predicted together
_FAR = 0.5  # distance beyond a column's training range, as a share of that range, that counts as far
Arrays = dict[str, Array]


@dataclass(frozen=True)
class Range:
    """Of a column's numbers in the training tasks, without missing ones."""

    low: float
    high: float


@dataclass(frozen=True)
class Header:
    """Metadata of a fitted method, without its arrays.

    Parameters
    ----------
    software : str
        The version that wrote the file.
    method : str
        As in a comparison.
    task_column, label_column : str
    tasks, rows : int
        Numbers of training tasks and rows.
    seed : int
    seconds : float
        Duration of the fit.
    encoding : Encoding
    label_centre, label_spread : float
        Of a label that is a number; 0 and 1 of classes.
    ranges : dict of Range
        By numeric columns that have values.
    known : dict of tuple
        By other columns that have values: all values in the training tasks.
    choices : dict of str
        The candidate at each number of labels.
    classes : tuple of str or None
        None for regression.
    recipe : dict or None
        Of a network.
    """

    software: str
    method: str
    task_column: str
    label_column: str
    tasks: int
    rows: int
    seed: int
    seconds: float
    encoding: Encoding
    label_centre: float
    label_spread: float
    ranges: dict[str, Range]
    known: dict[str, tuple[str, ...]]
    choices: dict[str, str]
    classes: tuple[str, ...] | None = None
    recipe: object | None = None


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A fitted method with all that is needed to use it on rows of a table."""

    header: Header
    method: FittedMethod

    @property
    def needs_labels(self) -> bool:
        """Whether it learns from labelled rows of the new task."""
        return contenders.rung_of(self.header.method) is not Rung.NO_LOCAL_LABELS


@dataclass(frozen=True, eq=False)
class Answer:
    """Predictions for rows of a new task.

    Parameters
    ----------
    frame : pd.DataFrame
        The row's number in its file, the prediction, the probability of each class, and the columns whose values the
        training tasks did not have.
    notes : tuple of Text
        What such values are, in sentences, and what was left out.
    """

    frame: pd.DataFrame
    notes: tuple[Text, ...]


def fit(
    source: Source, name: str, shots: Sequence[int], seed: int, training: Sequence[int] = (), work: Slice | None = None
) -> FittedModel:
    """Fit a method to tasks of a table, to all unless some are named.

    Raises
    ------
    UserError
        If it cannot learn from them, with the reason.
    TimeIsOverError
        If `work`, a slice, ends before.
    """
    tasks = np.asarray(training, int) if len(training) else np.arange(len(source.task_names))
    data, spread = experiment.encoded(source, tasks)
    method = methods.fit(World(data, tasks, tuple(shots), seed, work or Slice()), name)
    rows = np.isin(source.task, tasks)
    encoding, frame = source.encoding(rows), source.frame[rows]
    numbers = {each.column: frame[each.column].dropna().to_numpy(float) for each in encoding.numeric}
    texts = {each.column: names_of(frame[each.column].dropna()).unique() for each in encoding.texts}
    networks = [learner for learner in method.learners.values() if isinstance(learner, Padded)]
    return FittedModel(
        Header(
            software=software(),
            method=name,
            task_column=source.task_column,
            label_column=source.label_column,
            tasks=len(tasks),
            rows=int(rows.sum()),
            seed=seed,
            seconds=round(method.seconds, 3),
            encoding=encoding,
            label_centre=0.0 if source.classes else float(source.y[rows].mean()),
            label_spread=spread,
            ranges={column: Range(float(x.min()), float(x.max())) for column, x in numbers.items() if len(x)},
            known={column: tuple(sorted(map(str, values))) for column, values in texts.items() if len(values)},
            choices={str(k): choice for k, choice in method.choices.items()},
            classes=source.classes or None,
            recipe=networks[0].learned.metadata["settings"] if networks else None,
        ),
        method,
    )


def software() -> str:
    """Return the version of this software."""
    try:
        return version("quick-study")
    except PackageNotFoundError:  # a clone that is not installed
        return "clone"


# -- as a file ---------------------------------------------------------------------------------------------------------


def to_bytes(model: FittedModel) -> bytes:
    """Return the content of a file."""
    learners, choices = model.method.learners, model.method.choices
    first = {choice: learners[k] for k, choice in reversed(list(choices.items()))}
    arrays = {
        f"{place}.{name}": array
        for place, candidate in enumerate(sorted(first))
        for name, array in _kept(first[candidate]).items()
    }
    arrays |= {f"calibration.{k}": settings for k, settings in model.method.calibrations.items()}
    header = json.dumps({"format": FORMAT, **to_json(model.header)}, ensure_ascii=False, allow_nan=False)
    return packed(header=np.array(header), **arrays)


def fit_to_bytes(source: Source, name: str, shots: Sequence[int], seed: int) -> bytes:
    """Return the file of a method that was fitted to all tasks of a table. Raises UserError as `fit` does."""
    return to_bytes(fit(source, name, shots, seed))


def fit_for(
    seconds: float, state: bytes, source: Source, name: str, shots: Sequence[int], seed: int
) -> bytes | Unfinished:
    """Do the same for about `seconds`, from the state of an unfinished slice or, if that is empty, the start."""
    work = Slice(seconds, state)
    try:
        return to_bytes(fit(source, name, shots, seed, work=work))
    except TimeIsOverError:
        return Unfinished(work.state(), work.share)


def load(path: Path) -> FittedModel:
    """Read a file. Raises UserError as `from_bytes` does, or if it cannot be read."""
    try:
        content = read_file(path)
    except UnfitFileError as error:
        raise UserError(_NOT_A_MODEL.format(name=shown(path.name))) from error
    except OSError as error:
        reason = error.strerror or error
        raise UserError(_UNREADABLE.format(name=shown(path.name), reason=reason)) from error
    return from_bytes(content, path.name)


def from_bytes(content: bytes, name: str) -> FittedModel:
    """Return the model in the content of a file called `name`.

    Raises
    ------
    UserError
        If it is no such file, of another version, truncated or damaged.
    """
    name = shown(name)
    try:
        arrays = unpacked(content, name)
        written = json.loads(str(arrays.pop("header")))
        found = written.pop("format")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(_NOT_A_MODEL.format(name=name)) from error
    if found != FORMAT:
        raise UserError(_OTHER_FORMAT.format(name=name, found=repr(found)[:20], known=FORMAT))
    if any(array.dtype.kind not in "fiu" or not np.isfinite(array).all() for array in arrays.values()):
        raise UserError(_DAMAGED.format(name=name, reason=_NOT_NUMBERS))
    try:
        header = from_json(Header, written)
        model = FittedModel(header, _restored(header, arrays))
        _try(model)
    except UserError:
        raise
    except Exception as error:  # damaged arrays can raise any error in the code that reads them
        reason = str(error)[:120] or type(error).__name__
        raise UserError(_DAMAGED.format(name=name, reason=Text(en=reason, zh=reason))) from error
    return model


def _try(model: FittedModel) -> None:
    """Predict dummy rows. Raises ValueError if the arrays do not fit together."""
    size, ways = len(model.header.encoding.features), model.method.learners
    scenario = _scenario(model.header)
    x = np.linspace(-1, 1, 4 * scenario.ways * size).reshape(1, -1, size)
    y = np.resize(np.arange(scenario.ways), (1, x.shape[1])) if scenario.classes else x.sum(-1)
    for shots in ways:
        answer = model.method.predict(
            open_episode(scenario, Draw(Examples(x[:, :: 4 // min(shots, 4)], y[:, :: 4 // min(shots, 4)]), _asked(x)))
        )
        if answer.shape[:2] != (1, x.shape[1]) or not np.isfinite(answer).all():
            raise ValueError("it predicts nothing usable")


def _scenario(header: Header) -> Scenario:
    """Return the scenario by which examples of any task are encoded: nothing is sampled from it."""
    features = tuple(each.label.en for each in header.encoding.features)
    none = np.zeros(0, int)
    data = TaskData(np.zeros((0, len(features)), np.float32), none, none, (), header.classes or (), features)
    return table_scenario(data, [], "own", 1, repeats=False)


def _restored(header: Header, arrays: Mapping[str, Array]) -> FittedMethod:
    kind = contenders.kind_of(header.method)
    if header.method not in contenders.available(len(header.classes or ())):
        raise ValueError("a method for other labels")
    if len(header.encoding.features) > _MOST_INPUTS or len(header.classes or ()) > LOCAL.classes:
        raise ValueError("more columns or classes than a table may have")
    if not header.choices or header.label_spread <= 0:
        raise ValueError("no number of labels, or labels without spread")
    scenario = _scenario(header)
    made = {
        candidate: _RESTORE[kind](header, scenario, candidate, _of(arrays, str(place)))
        for place, candidate in enumerate(sorted(set(header.choices.values())))
    }
    shots = {int(k): candidate for k, candidate in header.choices.items()}
    if min(shots) < 1:
        raise ValueError("labels fewer than one")
    calibrations = {int(k): settings for k, settings in _of(arrays, "calibration").items()}
    if calibrations.keys() != (shots.keys() if header.classes else set()):
        raise ValueError("calibrated for other numbers of labels")
    return FittedMethod({k: made[each] for k, each in shots.items()}, calibrations, shots, header.seconds)


def _of(arrays: Mapping[str, Array], group: str) -> Arrays:
    return {name.partition(".")[2]: array for name, array in arrays.items() if name.partition(".")[0] == group}


def _kept(learner: Learner) -> Arrays:
    """Return the contents of a file for a candidate, besides its name."""
    if isinstance(learner, PerTask):
        seen: inputs.Inputs = learner.choose(1).see.__self__  # type: ignore[attr-defined]  # a choice holds `Inputs.of`
        return seen.arrays()
    if isinstance(learner, Hierarchical):
        return learner.arrays()
    if isinstance(learner, Padded):
        return dict(learner.learned.arrays)
    if isinstance(learner, OneForAll):
        return _kept_model(learner.model)
    raise TypeError(f"a {type(learner).__name__} cannot be kept")


def _restore_local(header: Header, scenario: Scenario, candidate: str, arrays: Arrays) -> Learner:
    method = CLASSICAL[header.method]
    settings = {f"{method.setting} {setting:g}": setting for setting in method.choices}
    seen = inputs.restored(scenario, arrays)
    return PerTask(method, meta_learned.always(Choice(settings[candidate], seen.of)))


def _restore_prior(header: Header, scenario: Scenario, candidate: str, arrays: Arrays) -> Learner:
    method, seen = hierarchical.METHODS[header.method], inputs.restored(scenario, arrays)
    if seen.kind != candidate:
        raise ValueError("inputs of another kind")
    return Hierarchical(method, seen, method.restored(arrays, seen.size, scenario.ways))


def _restore_network(header: Header, scenario: Scenario, _: str, arrays: Arrays) -> Learner:
    learned = Checkpoint(arrays, {"settings": header.recipe})
    return Padded(meta_learned.restore(scenario, learned), learned, at_once=1)


def _restore_linear(header: Header, scenario: Scenario, _: str, arrays: Arrays) -> Learner:
    model: Any = LogisticRegression() if header.classes else Ridge()
    model.coef_, model.intercept_ = arrays["coef"], arrays["intercept"]
    model.n_features_in_ = len(scenario.features)
    if header.classes:
        model.classes_ = _classes(arrays, scenario)
    return OneForAll(model)


def _restore_trees(header: Header, scenario: Scenario, _: str, arrays: Arrays) -> Learner:
    classes = _classes(arrays, scenario) if header.classes else np.zeros(0, int)
    kept: dict[str, Any] = {name: arrays[name] for name in Trees.NAMES}
    return OneForAll(Trees(classes, len(scenario.features), **kept))


_RESTORE: dict[str, Callable[[Header, Scenario, str, Arrays], Learner]] = {
    "local": _restore_local,
    "prior": _restore_prior,
    "network": _restore_network,
    contenders.POOLED_LINEAR: _restore_linear,
    contenders.POOLED_TREES: _restore_trees,
}


def _classes(arrays: Arrays, scenario: Scenario) -> Labels:
    classes = arrays["classes"].astype(int)
    if classes.ndim != 1 or not np.isin(classes, np.arange(scenario.ways)).all():
        raise ValueError("other classes")
    return classes


def _kept_model(model: Any) -> Arrays:
    """Return the contents of a file for a model of scikit-learn's."""
    if isinstance(model, Trees):
        return {"classes": model.classes_, **{name: getattr(model, name) for name in Trees.NAMES}}
    classes = {"classes": model.classes_} if hasattr(model, "classes_") else {}
    if hasattr(model, "coef_"):
        return {"coef": model.coef_, "intercept": np.asarray(model.intercept_), **classes}
    trees = [tree.nodes for of_round in model._predictors for tree in of_round]
    sizes = np.array([len(tree) for tree in trees])
    nodes, first = np.concatenate(trees), np.repeat(np.cumsum(sizes) - sizes, sizes)
    is_leaf = nodes["is_leaf"].astype(bool)
    return {
        "baseline": np.ravel(model._baseline_prediction).astype(float),
        "sizes": sizes,
        "feature": np.where(is_leaf, -1, nodes["feature_idx"].astype(int)),
        "threshold": np.where(is_leaf, 0.0, nodes["num_threshold"]),
        "left": np.where(is_leaf, 0, nodes["left"].astype(int) + first),
        "right": np.where(is_leaf, 0, nodes["right"].astype(int) + first),
        "value": nodes["value"],
        **classes,
    }


class Trees:
    """Boosted trees as arrays over all nodes of all trees, with the same predictions as scikit-learn's.

    Parameters
    ----------
    classes : (classes,)
        None for regression.
    inputs : int
    baseline : (outputs,)
    sizes : (trees,)
        Nodes of each tree; the trees of the outputs take turns.
    feature, threshold, left, right, value : (nodes,)
        Of a leaf, `feature` is -1.

    Raises
    ------
    ValueError
        If the arrays are not valid trees.
    """

    NAMES = ("baseline", "sizes", "feature", "threshold", "left", "right", "value")

    def __init__(
        self, classes: Labels, inputs: int, *, baseline: Array, sizes: Labels, feature: Labels, threshold: Array,
        left: Labels, right: Labels, value: Array,
    ) -> None:  # fmt: skip
        self.classes_ = classes
        self.baseline, self.threshold, self.value = baseline, threshold, value
        self.sizes, self.feature, self.left, self.right = (each.astype(int) for each in (sizes, feature, left, right))
        nodes, place = len(self.feature), np.arange(len(self.feature))
        if any(each.shape != (nodes,) for each in (self.threshold, self.left, self.right, self.value)):
            raise ValueError("arrays of different trees")
        if self.sizes.ndim != 1 or not len(self.sizes) or self.sizes.min() < 1 or self.sizes.sum() != nodes:
            raise ValueError("other trees")
        end, inner = np.repeat(np.cumsum(self.sizes), self.sizes), self.feature >= 0
        for child in (self.left, self.right):  # children come after their parent, so that every path ends
            if not ((child > place) & (child < end))[inner].all():
                raise ValueError("nodes in circles")
        if self.feature.max() >= inputs or len(self.baseline) != (len(classes) if len(classes) > 2 else 1):
            raise ValueError("trees of another table")

    def predict(self, x: Array) -> Array:
        """Return numbers (rows,) for x (rows, inputs)."""
        return self._raw(x)[:, 0]

    def predict_proba(self, x: Array) -> Array:
        """Return class probabilities (rows, classes)."""
        raw = self._raw(x)
        chances: Array = softmax(raw, axis=1) if raw.shape[1] > 1 else np.hstack([1 - expit(raw), expit(raw)])
        return chances

    def _raw(self, x: Array) -> Array:
        raw, rows = np.tile(self.baseline, (len(x), 1)).astype(float), np.arange(len(x))
        for tree, first in enumerate(np.cumsum(self.sizes) - self.sizes):
            node = np.full(len(x), first)
            while (inner := self.feature[node] >= 0).any():
                at = node[inner]
                goes_left = x[rows[inner], self.feature[at]] <= self.threshold[at]
                node[inner] = np.where(goes_left, self.left[at], self.right[at])
            raw[:, tree % raw.shape[1]] += self.value[node]
        return raw


# -- predictions for a new task ----------------------------------------------------------------------------------------


def predict(model: FittedModel, labelled: Table | None, rows: Table | None) -> Answer:
    """Learn from labelled rows of one new task, and predict other rows of it.

    Parameters
    ----------
    model : FittedModel
    labelled : Table or None
        The labelled rows; None if the method needs none. Without `rows`, its rows without a label are predicted.
    rows : Table or None
        The rows to predict. Labels in them are ignored.

    Raises
    ------
    UserError
        If a column is missing or of another kind, a class is unknown or has no row, or there are several tasks.
    """
    header, notes = model.header, list[Text]()
    known, y = _labelled(model, labelled)
    if rows is None and labelled is not None and header.label_column in labelled.frame:
        is_asked = labelled.frame[header.label_column].isna().to_numpy(bool)
        asked, places = labelled.frame[is_asked], np.flatnonzero(is_asked)
    elif rows is not None:
        asked, places = rows.frame, np.arange(len(rows.frame))
    else:
        raise UserError(_NOTHING_ASKED)
    if not len(asked):
        raise UserError(_NOTHING_ASKED)
    asked = _features(header, Table(asked, (rows or labelled).reading, questions=(rows or labelled).questions))  # type: ignore[union-attr]
    seen = asked if known is None else pd.concat([known, asked], ignore_index=True)
    outside, found = _outside(header, seen)
    notes += found
    answers = _answers(model, known, y, asked)
    frame = pd.DataFrame({"row": places + 1})
    if header.classes:
        frame["prediction"] = np.array(header.classes, object)[answers.argmax(1)]
        for place, name in enumerate(header.classes):
            frame[f"probability {name}"] = answers[:, place]
        notes.append(_EVEN)
    else:
        frame["prediction"] = header.label_centre + header.label_spread * answers[:, 0]
        if answers.shape[1] > 1:
            frame["deviation"] = header.label_spread * answers[:, 1]
    frame["outside the training tasks"] = outside[len(seen) - len(asked) :]
    return Answer(frame, tuple(notes))


def _labelled(model: FittedModel, table: Table | None) -> tuple[pd.DataFrame | None, Array | None]:
    """Return the features and labels of labelled rows: class numbers, or numbers about 0."""
    header = model.header
    if not model.needs_labels:
        return None, None
    if table is None:
        raise UserError(
            _NEEDS_LABELS.format(method=contenders.name_of(header.method), label=shown(header.label_column))
        )
    if header.label_column not in table.frame:
        raise UserError(_NO_COLUMNS.format(columns=listed([header.label_column])))
    labels = table.frame[header.label_column]
    has_label = labels.notna().to_numpy(bool)
    frame, labels = table.frame[has_label], labels[has_label]
    if len(labels) > MOST_LABELLED:
        raise UserError(_TOO_MANY_LABELLED.format(rows=f"{len(labels):,}", most=f"{MOST_LABELLED:,}"))
    if header.task_column in frame and (names := names_of(frame[header.task_column].dropna()).unique()).size > 1:
        raise UserError(_SEVERAL_TASKS.format(column=shown(header.task_column), names=listed(sorted(names))))
    features = _features(header, Table(frame, table.reading, questions=table.questions))
    if header.classes is None:
        if is_text(labels):
            raise UserError(_NOT_A_NUMBER.format(column=shown(header.label_column)))
        if not len(labels):
            raise UserError(_NO_LABELS.format(column=shown(header.label_column)))
        return features, (labels.to_numpy(float) - header.label_centre) / header.label_spread
    texts = names_of(labels)
    if unknown := sorted(set(texts) - set(header.classes)):
        raise UserError(_UNKNOWN_CLASS.format(found=listed(unknown), known=listed(header.classes)))
    if lacking := [name for name in header.classes if not (texts == name).any()]:
        raise UserError(_LACKING_CLASS.format(names=listed(lacking)))
    return features, pd.Categorical(texts, categories=list(header.classes)).codes.astype(int)


def _features(header: Header, table: Table) -> pd.DataFrame:
    """Return the feature columns of a table, in the kinds that the training tasks had."""
    encoding, frame = header.encoding, table.frame
    columns = [each.column for each in (*encoding.numeric, *encoding.texts)]
    if missing := [column for column in columns if column not in frame]:
        raise UserError(_NO_COLUMNS.format(columns=listed(missing)))
    for question in table.questions:
        if question.column in columns:
            raise UserError(question.text)
    data = {}
    for number in encoding.numeric:
        values = frame[number.column]
        if is_text(values) and values.notna().any():
            first = shown(values.dropna().iloc[0])
            raise UserError(_TEXT_FOR_NUMBER.format(column=shown(number.column), value=first))
        data[number.column] = np.full(len(frame), np.nan) if is_text(values) else values.to_numpy(float)
    features = pd.DataFrame(data, index=range(len(frame)))
    for other in encoding.texts:
        features[other.column] = names_of(frame[other.column]).to_numpy()
    return features


def _outside(header: Header, frame: pd.DataFrame) -> tuple[list[str], list[Text]]:
    """Return for each row its columns with values that training tasks did not have, and sentences about them."""
    encoding = header.encoding
    rows, notes = np.full(len(frame), "", object), list[Text]()

    def mark(column: str, which: NDArray[np.bool_]) -> None:
        rows[which] = [f"{old}; {shown(column)}" if old else shown(column) for old in rows[which]]

    codes = dict(encoding.missing_codes)
    for number in encoding.numeric:
        values = frame[number.column].to_numpy(float)
        values = np.where(values == codes.get(number.column, np.nan), np.nan, values)
        _note_missing(number.column, np.isnan(values), number.has_missing, notes)
        if number.column not in header.ranges:
            continue
        low, high = header.ranges[number.column].low, header.ranges[number.column].high
        room = _FAR * (high - low)
        far = (values < low - room) | (values > high + room)
        if far.any():
            mark(number.column, far)
            facts = {"low": f"{low:.6g}", "high": f"{high:.6g}", "value": f"{values[far][0]:.6g}"}
            notes.append(_FAR_OUTSIDE.format(column=shown(number.column), count=int(far.sum()), **facts))
    for other in encoding.texts:
        names = frame[other.column]
        is_missing = names.isna().to_numpy(bool)
        _note_missing(other.column, is_missing, other.has_missing, notes)
        new = ~names.isin(header.known.get(other.column, ())).to_numpy(bool) & ~is_missing
        if new.any():
            mark(other.column, new)
            found = listed(sorted(names[new].unique()))
            notes.append(_UNSEEN.format(column=shown(other.column), values=found, count=int(new.sum())))
    return rows.tolist(), notes


def _note_missing(column: str, is_missing: NDArray[np.bool_], was_missing: bool, notes: list[Text]) -> None:
    if is_missing.any() and not was_missing:
        notes.append(_NEVER_MISSING.format(column=shown(column), count=int(is_missing.sum())))


def _answers(model: FittedModel, known: pd.DataFrame | None, y: Array | None, asked: pd.DataFrame) -> Array:
    """Return the method's predictions for rows (rows, ways): the labelled ones are learned from once for each part."""
    scenario, encoding = _scenario(model.header), model.header.encoding
    size = len(encoding.features)
    is_network = contenders.kind_of(model.header.method) == "network"
    at_once = _AT_ONCE_NETWORK if is_network else _AT_ONCE
    if known is None or y is None:  # its labels are not used: any value will do
        support = Examples(np.zeros((1, scenario.ways, size)), np.arange(scenario.ways)[None])
    else:
        support = Examples(encoding.transform(known)[None], y[None])
    room = max(model.method.learners)
    parts = []
    for begin in range(0, len(asked), at_once):
        x = encoding.transform(asked.iloc[begin : begin + at_once])
        parts.append(np.asarray(model.method.predict(_episode(scenario, support, x[None], room)), float)[0])
    answers = np.concatenate(parts)
    if not np.isfinite(answers).all():
        raise UserError(_NOT_FINITE)
    return answers


def _episode(scenario: Scenario, support: Examples, x: Array, room: int) -> Episode:
    return open_episode(scenario, Draw(support, _asked(x)), room=room)


def _asked(x: Array) -> Examples:
    return Examples(x, np.zeros(x.shape[:2], int))


_NOT_A_MODEL = Text(
    en="{name} is not a fitted model, or is truncated. Give a file that `own` wrote, or that the page Your own tasks "
    "offered.",
    zh="{name} 不是已拟合的模型文件，或文件不完整。请使用命令 `own` 写出的文件，或从“用自己的数据”页面下载的文件。",
)
_OTHER_FORMAT = Text(
    en="{name} has format {found}; this version reads format {known}. Fit the model again with this version.",
    zh="{name} 的格式为 {found}，本版本读取格式 {known}。请用本版本重新拟合模型。",
)
_DAMAGED = Text(
    en="{name} is damaged: {reason}. Download it or fit the model again.",
    zh="{name} 已损坏：{reason}。请重新下载，或重新拟合模型。",
)
_NOT_NUMBERS = Text(en="it contains values that are not finite numbers", zh="含有非有限数值的内容")
_UNREADABLE = Text(en="{name} cannot be read: {reason}. Check the path.", zh="无法读取 {name}：{reason}。请检查路径。")
_NOTHING_ASKED = Text(
    en="There is no row to predict: give a table with --rows, or leave the label empty in rows to predict.",
    zh="没有要预测的行：请用 --rows 指定表格，或把待预测行的标签留空。",
)
_NEEDS_LABELS = Text(
    en="The method of this model ({method}) learns from labelled rows of the new task: give a table with column "
    "{label} after --labelled.",
    zh="该模型的方法（{method}）要从新任务的标注行学习：请用 --labelled 指定含有 {label} 列的表格。",
)
_NO_COLUMNS = Text(
    en="Columns that the model needs are missing: {columns}. Name them as in the table it was fitted to.",
    zh="缺少模型所需的列：{columns}。列名应与拟合模型时的表格一致。",
)
_TOO_MANY_LABELLED = Text(
    en="There are {rows} labelled rows, but the model learns from at most {most}. With so many, fit a model to "
    "them alone.",
    zh="标注行有 {rows} 行，最多从 {most} 行学习。标注这么多时，请只用它们拟合单独的模型。",
)
_SEVERAL_TASKS = Text(
    en="Column {column} names several tasks ({names}). Give the labelled rows of one task at a time.",
    zh="{column} 列中有多个任务（{names}）。请每次只给一个任务的标注行。",
)
_NOT_A_NUMBER = Text(
    en="Label {column} is text; the model predicts a number. Correct the values that are not numbers.",
    zh="标签 {column} 是文本，而模型预测的是数值。请改正其中不是数字的值。",
)
_NO_LABELS = Text(en="Column {column} has no label.", zh="{column} 列没有任何标签。")
_UNKNOWN_CLASS = Text(
    en="Classes unknown to the model: {found}. Known: {known}.",
    zh="模型不认识的类别：{found}。已知类别：{known}。",
)
_LACKING_CLASS = Text(
    en="No labelled row of: {names}. The model needs at least one of each class.",
    zh="缺少以下类别的标注行：{names}。每个类别至少需要一行。",
)
_TEXT_FOR_NUMBER = Text(
    en="{column} is text (“{value}”), but was a number in the training tasks. Correct the values that are not numbers.",
    zh="{column} 是文本（“{value}”），而在训练任务中是数值。请改正其中不是数字的值。",
)
_FAR_OUTSIDE = Text(
    en="{column}: rows far outside the training tasks' range {low} to {high}: {count}, such as {value}. Check "
    "the unit; predictions for these rows are unreliable.",
    zh="{column}：有 {count} 行远超训练任务的范围 {low}～{high}，例如 {value}。请检查单位；这些行的预测不可靠。",
)
_UNSEEN = Text(
    en="{column}: rows with values that occur in no training task ({values}): {count}. The model has not seen them.",
    zh="{column}：有 {count} 行的取值在训练任务中从未出现（{values}），模型没有见过。",
)
_NEVER_MISSING = Text(
    en="{column}: rows with a missing value, of which the training tasks have none: {count}. The usual value is "
    "filled in.",
    zh="{column}：有 {count} 行缺失，而训练任务中从不缺失；已用常见值填补。",
)
_EVEN = Text(
    en="Probabilities assume equally frequent classes; if a class is rarer, it is less probable than stated.",
    zh="概率按各类出现频率相同给出；如果某类较少见，其实际概率低于所给数值。",
)
_NOT_FINITE = Text(
    en="The model predicted values that are not finite: it is unusable. Fit it again.",
    zh="模型给出的不是有限数值，无法使用。请重新拟合。",
)
