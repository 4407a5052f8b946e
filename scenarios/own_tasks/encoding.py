"""From a table's features to numbers for learners. All that is learned here is learned from training tasks alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.dataclass_json import from_json, to_json
from scenarios.own_tasks.cleaning import shown
from scenarios.own_tasks.roles import Roles, names_of, yes_no_values
from scenarios.task import Array
from scenarios.text import Text

_FEWEST_ROWS = 5  # with a category, so that it has an input of its own; rarer ones are joined
_SKEWED = 1.0  # skewness of a column, above which its logarithm may be taken
_FEWEST_OF_A_LOGARITHM = 10  # different values
_FARTHEST = 20.0  # standard deviations from the centre, at which a value is held
_OTHER = Text(en="other", zh="其他")
_IS_MISSING = Text(en="{column} is missing", zh="{column} 缺失")
_IS = Text(en="{column} = {value}", zh="{column} = {value}")


@dataclass(frozen=True)
class Input:
    """One of a learner's inputs: its column in the table, and its label."""

    column: str
    kind: str  # "numeric", "missing", "category", "other" or "yes"
    label: Text
    value: str = ""  # value of a category


@dataclass(frozen=True)
class _Numeric:
    column: str
    fill: float  # the median
    centre: float
    spread: float
    has_missing: bool
    floor: float | None = None  # added before the logarithm of a skewed column; None: no logarithm
    smallest: float = 1.0  # smallest value above 0 in the training rows

    def scaled(self, values: Array) -> Array:
        """Return values without missing ones about mean 0 and deviation 1 of the training rows."""
        if self.floor is not None:
            values = np.log(np.maximum(values + self.floor, 1e-3 * (self.floor or self.smallest)))
        scaled: Array = (values - self.centre) / self.spread
        return scaled


@dataclass(frozen=True)
class _Categorical:
    column: str
    has_other: bool
    has_missing: bool
    values: tuple[str, ...] | None = None  # the frequent ones; None: there are none


@dataclass(frozen=True)
class _YesNo:
    column: str
    yes: str
    fill: float  # 0 or 1, the more frequent
    has_missing: bool


_PARTS: dict[str, type] = {"numeric": _Numeric, "categorical": _Categorical, "yes_no": _YesNo}


@dataclass(frozen=True)
class Encoding:
    """How each feature becomes numbers of about mean 0 and variance 1 (categories and yes/no: 0 and 1).

    Of a column of positive, skewed numbers it is the logarithm.
    """

    numeric: tuple[_Numeric, ...]
    categorical: tuple[_Categorical, ...]
    yes_no: tuple[_YesNo, ...]
    missing_codes: tuple[tuple[str, float], ...]

    @classmethod
    def fit(cls, frame: pd.DataFrame, roles: Roles) -> "Encoding":
        """Learn fills, centres, spreads and categories from the rows of training tasks.

        Parameters
        ----------
        frame : pd.DataFrame
            Rows of training tasks alone, (rows,), with columns as returned by `reading`.
        roles : Roles
            The columns' roles. A numeric column without a value in training tasks, and a category without a frequent
            value, still have an input, which is 0 there.
        """
        frame = _without_codes(frame, roles.missing_codes)
        return cls(
            tuple(_numeric(column, frame[column].to_numpy(float)) for column in roles.numeric),
            tuple(_categorical(column, frame[column]) for column in roles.categorical),
            tuple(_yes_no(column, frame[column]) for column in roles.yes_no),
            roles.missing_codes,
        )

    @property
    def texts(self) -> "tuple[_Categorical | _YesNo, ...]":
        """The columns whose values are names."""
        return (*self.categorical, *self.yes_no)

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON values."""
        kept = {name: [to_json(each) for each in getattr(self, name)] for name in _PARTS}
        return {**kept, "missing_codes": [list(each) for each in self.missing_codes]}

    @classmethod
    def from_dict(cls, content: Any) -> "Encoding":
        """Return the encoding that `as_dict` described. Raises ValueError if it is none."""
        try:
            parts: dict[str, Any] = {
                name: tuple(from_json(kind, each) for each in content[name]) for name, kind in _PARTS.items()
            }
            codes = tuple((str(column), float(code)) for column, code in content["missing_codes"])
            found = cls(**parts, missing_codes=codes)
        except (KeyError, TypeError) as error:
            raise ValueError("no encoding") from error
        if any(each.spread <= 0 for each in found.numeric):
            raise ValueError("a spread of 0")
        return found

    @property
    def features(self) -> tuple[Input, ...]:
        """The inputs, in the order of `transform`."""
        inputs: list[Input] = []
        for number in self.numeric:
            inputs.append(Input(number.column, "numeric", _named(shown(number.column))))
            inputs += _missing_input(number)
        for category in self.categorical:
            column = shown(category.column)
            inputs += [
                Input(category.column, "category", _IS.format(column=column, value=shown(value)), value)
                for value in category.values or ()
            ]
            if category.has_other:
                inputs.append(Input(category.column, "other", _IS.format(column=column, value=_OTHER)))
            inputs += _missing_input(category)
        for answer in self.yes_no:
            label = _IS.format(column=shown(answer.column), value=shown(answer.yes))
            inputs.append(Input(answer.column, "yes", label, answer.yes))
            inputs += _missing_input(answer)
        return tuple(inputs)

    def transform(self, frame: pd.DataFrame) -> NDArray[np.float32]:
        """Return the inputs of rows of any task: (rows, inputs), all finite.

        Values further than 20 standard deviations from the centre are held there. Categories that training tasks have
        too rarely are "other"; so are new ones, or all inputs of the feature are 0 if training tasks have no "other".
        """
        frame = _without_codes(frame, self.missing_codes)
        columns: list[NDArray[Any]] = []
        for number in self.numeric:
            x = frame[number.column].to_numpy(float)
            is_missing = ~np.isfinite(x)
            scaled = number.scaled(np.where(is_missing, number.fill, x))
            columns.append(np.clip(scaled, -_FARTHEST, _FARTHEST))
            columns += [is_missing.astype(float)] if number.has_missing else []
        for category in self.categorical:
            values = names_of(frame[category.column])
            present = values.notna().to_numpy(bool)
            columns += [(values == each).to_numpy(bool) & present for each in category.values or ()]
            if category.has_other:
                columns.append((~values.isin(category.values or ())).to_numpy(bool) & present)
            columns += [~present] if category.has_missing else []
        for answer in self.yes_no:
            values = names_of(frame[answer.column])
            present = values.notna().to_numpy(bool)
            columns.append(np.where(present, (values == answer.yes).to_numpy(bool), answer.fill))
            columns += [~present] if answer.has_missing else []
        if not columns:
            return np.empty((len(frame), 0), np.float32)
        return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)


def _without_codes(frame: pd.DataFrame, codes: Sequence[tuple[str, float]]) -> pd.DataFrame:
    """Return a table in which numbers such as 999 that stand for a missing value are missing."""
    present = [(column, code) for column, code in codes if column in frame]
    if not present:
        return frame
    frame = frame.copy()
    for column, code in present:
        frame[column] = frame[column].mask(frame[column] == code)
    return frame


def _numeric(column: str, values: Array) -> _Numeric:
    is_missing = ~np.isfinite(values)
    present = values[~is_missing]
    if not len(present):
        return _Numeric(column, 0.0, 0.0, 1.0, bool(is_missing.any()))
    fill = float(np.median(present))
    floor, smallest = _floor_of_logarithm(present)
    if floor is not None:
        logs = np.log(np.where(is_missing, fill, values) + floor)
        return _Numeric(column, fill, float(logs.mean()), float(logs.std()), bool(is_missing.any()), floor, smallest)
    largest = float(np.abs(present).max()) or 1.0  # squares of very large numbers would be infinite
    filled = np.where(is_missing, fill, values) / largest
    centre, spread = float(filled.mean()) * largest, float(filled.std()) * largest
    is_level = spread <= 1e-12 * largest
    return _Numeric(column, fill, centre, 1.0 if is_level else spread, bool(is_missing.any()))


def _floor_of_logarithm(values: Array) -> tuple[float | None, float]:
    """Return an offset for the logarithm if that makes a skewed column less so, and the least value above 0.

    Amounts, concentrations and times spread by factors and not by differences. None if there is no logarithm.
    """
    above = values[values > 0]
    if values.min() < 0 or not len(above) or np.unique(values).size < _FEWEST_OF_A_LOGARITHM:
        return None, 1.0
    smallest = float(above.min())
    floor = 0.0 if values.min() > 0 else smallest
    skew = _skewness(values)
    return (floor if skew > _SKEWED and abs(_skewness(np.log(values + floor))) < 0.5 * skew else None), smallest


def _skewness(values: Array) -> float:
    away = values / np.abs(values).max()
    away = away - away.mean()
    spread = away.std()
    return float(np.mean(away**3) / spread**3) if spread > 0 else 0.0


def _categorical(column: str, values: "pd.Series[str]") -> _Categorical:
    counts = names_of(values).value_counts()
    frequent = sorted(str(value) for value in counts[counts >= _FEWEST_ROWS].index)
    return _Categorical(column, len(frequent) < len(counts), bool(values.isna().any()), tuple(frequent) or None)


def _yes_no(column: str, values: "pd.Series[float]") -> _YesNo:
    pair = yes_no_values(values)
    names = sorted(names_of(values.dropna().drop_duplicates()))
    yes = pair[1] if pair else (names or ["yes"])[-1]
    share = float((names_of(values.dropna()) == yes).mean()) if values.notna().any() else 0.0
    return _YesNo(column, yes, float(share >= 0.5), bool(values.isna().any()))


def _missing_input(part: _Numeric | _Categorical | _YesNo) -> list[Input]:
    if not part.has_missing:
        return []
    return [Input(part.column, "missing", _IS_MISSING.format(column=shown(part.column)))]


def _named(name: str) -> Text:
    return Text(en=name, zh=name)
