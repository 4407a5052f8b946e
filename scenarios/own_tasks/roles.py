"""The role of each column of a table: guessed, stated in sentences, and checked after a user has changed it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.errors import UserError
from scenarios.own_tasks import reading
from scenarios.own_tasks.cleaning import listed, look_alike, shown
from scenarios.own_tasks.limits import LOCAL, Limits
from scenarios.own_tasks.reading import Reading, Table
from scenarios.task import Array
from scenarios.text import Text

Kind = Literal[
    "constant",
    "identifier",
    "duplicate",
    "leak",
    "date",
    "code",
    "values",
    "question",
    "of_task",
    "alike",
    "no_task",
    "no_label",
]
_MOST_CATEGORIES = 50  # values of a categorical feature
_FEWEST_ROWS = 4  # of a task, on average, in a column that may be the task
_MOST_CLASSES_GUESSED = 10  # different whole numbers of a label that are classes and not quantities
_UNIQUE = 0.95  # share of different values, from which on a column identifies its rows
_FEWEST_TO_JUDGE = 20  # rows from which a column's pattern counts for more than chance
_FEWEST_OF_A_CLASS = 5
_LEAK = 0.995  # AUROC, share of rows or absolute correlation, from which on a column gives the label away
_EXAMINED = 1000  # rows in which dates are looked for
_DATES = 0.9  # share of a column's texts that are dates
_CODES = (-999_999, -99_999, -9_999, -999, -99, -9, -1, 9, 99, 999, 9_999, 99_999, 999_999, 888, 777, 998)
_IDENTIFIER_NAME = re.compile(r"(?:^|[_\W])(?:id|no|nr|key|index|row|account)(?:$|[_\W])|编号|序号|账号|^id")
_FEWEST_CODES = 3  # times that a code occurs
_FAR = 1.0  # times the range of the other values, by which a code lies outside of it
_TASK_NAMES = (
    "task", "hospital", "site", "clinic", "ward", "centre", "center", "segment", "branch", "store", "shop",
    "subject", "participant", "person", "user", "customer", "machine", "device", "unit", "plant", "driver", "group",
    "region", "school", "lab", "batch", "domain", "session", "医院", "站点", "中心", "机构", "科室", "网点", "门店",
    "分行", "客群", "受试者", "用户", "客户", "设备", "机器", "司机", "驾驶员", "地区", "学校", "批次", "任务",
    "分组",
)  # fmt: skip
_LABEL_NAMES = (
    "label", "target", "outcome", "class", "y", "diagnosis", "disease", "default", "bad", "churn", "response",
    "result", "event", "status", "score", "标签", "目标", "结局", "结果", "类别", "诊断", "疾病", "违约", "流失",
    "是否",
)  # fmt: skip
_YES_NO = (
    ("no", "yes"), ("n", "y"), ("false", "true"), ("0", "1"), ("absent", "present"), ("negative", "positive"),
    ("neg", "pos"), ("否", "是"), ("无", "有"), ("阴性", "阳性"), ("f", "t"), ("nein", "ja"), ("non", "oui"),
    ("no", "sí"), ("no", "si"), ("não", "sim"), ("nee", "ja"), ("nej", "ja"),
)  # fmt: skip
NO = frozenset(no for no, _ in _YES_NO if no != "0")
_DAY = (
    r"(?:[0-9]{4}[-/.年][0-9]{1,2}(?:[-/.月][0-9]{1,2}日?)?"
    r"|[0-9]{1,2}[-/. ](?:[0-9]{1,2}|[A-Za-z]{3,9})[-/. ][0-9]{2,4})"
)
_TIME = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[AaPp][Mm])?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
_DATE = re.compile(rf"{_DAY}(?:[T ]{_TIME})?|{_TIME}")
_FIRST_YEAR, _LAST_YEAR, _MONTHS, _DAYS = 1900, 2099, 12, 31  # ranges of the parts of numbers such as 20240131
_MOST_YES_NO = 2


@dataclass(frozen=True)
class Roles:
    """The roles of a table's columns, each by its name. Every column is in one of them."""

    task: str  # "" if none was found
    label: str  # "" if none was found
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    yes_no: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    missing_codes: tuple[tuple[str, float], ...] = ()  # a numeric column, and a number that stands for a missing value
    is_regression: bool = False  # whether the label is a number and not a class

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that methods see."""
        return (*self.numeric, *self.categorical, *self.yes_no)


@dataclass(frozen=True)
class Finding:
    """Something about a column that a user should know before anything is trained."""

    column: str
    kind: Kind
    text: Text


_CONSTANT = Text("{column} has only one value and is left out.", "{column} 只有一个取值，已略去。")
_ALL_MISSING = Text("{column} has no values and is left out.", "{column} 全部缺失，已略去。")
_IDENTIFIER = Text(
    "{column} has a different value in nearly every row, like an identifier, and is left out.",
    "{column} 几乎每行取值都不同，像编号，已略去。",
)
_DUPLICATE = Text("{column} repeats {other} and is left out.", "{column} 与 {other} 完全重复，已略去。")
_LEAKS = Text(
    "{column} predicts {label} almost without error and is left out. Add it if it is known before the label.",
    "{column} 几乎可以直接推出 {label}，已略去。如果它在标签之前就已知，可以加回。",
)
_IS_DATE = Text("{column} contains dates, which are left out.", "{column} 是日期，已略去。")
_ALIKE = Text(
    "{column}: “{first}” and “{second}” are read as different categories, although they look the same. If they are "
    "one, correct the table.",
    "{column}：“{first}”与“{second}”看起来相同，但按不同类别读取。如果是同一个，请改正表格。",
)
_CODE = Text(
    "{column}: {value} occurs {count} times, far from the other values ({low} to {high}), and is read as missing. "
    "If it is a real value, change this on the page under “Features”.",
    "{column}：{value} 出现 {count} 次，远离其他取值（{low}～{high}），按缺失处理。"
    "如果它是真实取值，可在网页的“特征”中更改。",
)
_TOO_MANY_VALUES = Text(
    "{column} has {count} different texts, more than the maximum of {most} for a category, and is left out.",
    "{column} 有 {count} 种不同文本，超过类别特征的上限 {most} 种，已略去。",
)
_OPEN = Text("{column} is left out until its decimal mark is chosen.", "{column} 的小数点尚未指定，暂不使用。")
_OF_TASK = Text(
    "{column} is the same in all rows of a {task}, so it does not distinguish them; it is left out.",
    "{column} 在同一 {task} 的各行中取值相同，无法区分这些行，已略去。",
)
_NO_TASK = Text(
    "No column looks like the task column (a few names, each in many rows). Choose one.",
    "没有找到像任务的列（取值不多、每个取值出现在许多行中）。请指定任务列。",
)
_NO_LABEL = Text(
    "No column looks like the label. Choose the column to predict.",
    "没有找到像标签的列。请指定要预测的列。",
)

_NOT_CHOSEN = Text("Choose the {role} column.", "请指定{role}列。")
_ROLE_TASK, _ROLE_LABEL = Text(en="task", zh="任务"), Text(en="label", zh="标签")
_UNKNOWN = Text(
    "The table has no column “{column}”. Its columns: {known}.", "表格中没有“{column}”这一列。现有的列：{known}。"
)
_TWICE = Text("{column} has two roles. Choose one.", "{column} 有两个用途。请只保留一个。")
_NO_FEATURES = Text(
    "No feature is left. Use at least one column as a feature.",
    "没有可用的特征。请至少保留一列供方法学习。",
)
_UNANSWERED = Text(
    "{column} cannot be used before its decimal mark is chosen: comma or dot.",
    "请先指定 {column} 的小数点（逗号或句点），才能使用这一列。",
)
_NOT_NUMERIC = Text(
    "{column} is text and cannot be a numeric {role}. Use it as a category, or correct the values that are not "
    "numbers.",
    "{column} 是文本，不能用作数值{role}。请作为类别使用，或改正其中不是数字的值。",
)
_ROLE_FEATURE = Text(en="feature", zh="特征")
_TOO_MANY_CLASSES = Text(
    "{column} has {count} different values; a label may have {most} classes. Choose another label, or one that is a "
    "number.",
    "{column} 有 {count} 个不同取值，标签最多 {most} 类。请另选标签，或选用数值标签。",
)
_ONE_CLASS = Text(
    "{column} has only the value {value}. A label needs at least two classes.",
    "{column} 只有一个取值 {value}。标签至少要有两类。",
)
_NO_LABELS = Text("{column} has no values. Choose another label.", "{column} 全部缺失。请另选标签。")
_ONE_TASK = Text(
    "{column} has only the value {value}. At least two tasks are needed: one to learn from, one to test on.",
    "{column} 只有一个取值 {value}。至少需要两个任务：一个用来学习，一个用来测试。",
)
_NO_TASKS = Text("{column} has no values. Choose another task column.", "{column} 全部缺失。请另选任务列。")
_TOO_MANY_TASKS = Text(
    "{column} has {count} different values; at most {most} tasks are read. Choose a coarser column.",
    "{column} 有 {count} 个不同取值，最多读取 {most} 个任务。请选用更粗的分组。",
)
_TOO_MANY_CATEGORIES = Text(
    "{column} has {count} different values; a category may have {most}. Leave it out, or group its values.",
    "{column} 有 {count} 个不同取值，类别特征最多 {most} 个。请略去该列，或合并取值。",
)
_NOT_YES_NO = Text(
    "{column} has {count} different values and cannot be a yes/no feature. Use it as a category.",
    "{column} 有 {count} 个不同取值，不能用作是/否特征。请作为类别使用。",
)


def is_text(values: "pd.Series[str] | pd.Series[float]") -> bool:
    """Whether a column is text and not numbers."""
    return values.dtype.kind not in "fiu"


def names_of(values: "pd.Series[str] | pd.Series[float]") -> "pd.Series[str]":
    """Return a column's values as names, of tasks or classes: whole numbers without a decimal dot."""
    if is_text(values):
        return values.astype("str")
    places, different = pd.factorize(values)
    texts = np.array([*(f"{each:.15g}" for each in different), None], object)
    return pd.Series(texts[places], index=values.index, dtype="str")


def read_with_roles(
    content: bytes, name: str, how: Reading, limits: Limits
) -> tuple[Table, Roles, tuple[Finding, ...]]:
    """Read a table and guess the roles of its columns. Arguments and errors are those of `reading.read`."""
    table = reading.read(content, name, how, limits)
    return table, *guess(table)


def self_test() -> None:
    """Read a table of one row, so that all that the first one needs is imported."""
    read_with_roles(b"a,b\n1,x\n", "", Reading(), LOCAL)


def guess(table: Table) -> tuple[Roles, tuple[Finding, ...]]:
    """Guess the roles of all columns, and name misleading columns.

    A guess never fails: without a likely task or label, the role is "", with a finding that requests it.
    """
    columns, open_columns = _columns(table), {question.column for question in table.questions}
    findings = [_finding(each, "question", _OPEN) for each in columns if each in open_columns]
    usable: list[_Column] = []
    for name, column in columns.items():
        finding = None if name in open_columns else _useless(column)
        if finding is not None:
            findings.append(finding)
        elif name not in open_columns:
            usable.append(column)
    task = _likely_task(usable)
    label = _likely_label([each for each in usable if each.name != task])
    findings += [Finding("", "no_task", _NO_TASK)] if not task else []
    findings += [Finding("", "no_label", _NO_LABEL)] if not label else []
    return _roles_for(table, columns, task, label, findings)


def roles_for(
    table: Table, task: str, label: str, findings: Sequence[Finding] = ()
) -> tuple[Roles, tuple[Finding, ...]]:
    """Return the guessed roles of the other columns, given the task and the label.

    `findings` are known ones; without any, all columns are examined.
    """
    return _roles_for(table, _columns(table), task, label, findings)


def _roles_for(
    table: Table, columns: "Mapping[str, _Column]", task: str, label: str, findings: Sequence[Finding]
) -> tuple[Roles, tuple[Finding, ...]]:
    known = {finding.column for finding in findings}
    result = list(findings)
    open_columns = {question.column for question in table.questions}
    numeric, categorical, yes_no, ignored, codes = [], [], [], [], []
    first_of: dict[int, str] = {}
    to_predict, of_task = columns.get(label), columns.get(task)
    regression = to_predict is not None and _is_quantity(to_predict)
    for name, column in columns.items():
        if name in (task, label):
            continue
        finding = None
        if name in known:
            ignored.append(name)
            continue
        if name in open_columns:
            finding = _finding(name, "question", _OPEN)
        finding = finding or _useless(column) or _date(column) or _identifier(column)
        if finding is None and (other := first_of.setdefault(_fingerprint(column), name)) != name:
            finding = _finding(name, "duplicate", _DUPLICATE, other=shown(other))
        finding = finding or _too_many_values(column)
        if finding is None and of_task and column.is_text and _is_of_task(column.values, of_task.values):
            finding = _finding(name, "of_task", _OF_TASK, task=shown(task))
        if finding is None and to_predict and _leaks(column, to_predict, regression=regression):
            finding = _finding(name, "leak", _LEAKS, label=shown(label))
        if finding is not None:
            result.append(finding)
            ignored.append(name)
            continue
        if column.is_yes_no:
            yes_no.append(name)
        elif column.is_text:
            categorical.append(name)
            if pair := look_alike(names_of(column.present.drop_duplicates())):
                facts = dict(zip(("first", "second"), map(shown, pair), strict=True))
                result.append(_finding(name, "alike", _ALIKE, **facts))
        else:
            numeric.append(name)
            for code, text in _codes(name, column.values):
                codes.append((name, code))
                result.append(Finding(name, "code", text))
    return (
        Roles(task, label, tuple(numeric), tuple(categorical), tuple(yes_no), tuple(ignored), tuple(codes), regression),
        tuple(result),
    )


@dataclass(frozen=True, eq=False)
class _Column:
    """A column with cached properties, computed on first use."""

    name: str
    values: "pd.Series[Any]"  # (rows,)

    @cached_property
    def is_text(self) -> bool:
        return is_text(self.values)

    @cached_property
    def present(self) -> "pd.Series[Any]":
        """The values that are not missing."""
        return self.values.dropna()

    @cached_property
    def places(self) -> NDArray[np.integer]:
        """The place of each value among the different ones, -1 if it is missing: (rows,)."""
        return pd.factorize(self.values)[0]

    @cached_property
    def different(self) -> int:
        return int(self.places.max(initial=-1)) + 1

    @cached_property
    def is_whole(self) -> bool:
        """Whether all values are whole numbers."""
        return not self.is_text and bool((self.present.to_numpy(float) % 1 == 0).all())

    @cached_property
    def is_yes_no(self) -> bool:
        return self.different <= _MOST_YES_NO and yes_no_values(self.values) is not None

    @cached_property
    def is_date(self) -> bool:
        examined = self.present.iloc[:_EXAMINED]
        if not self.is_text:
            dates = _are_days(examined.to_numpy(float))
        else:
            places, texts = pd.factorize(examined)
            dates = np.array([_DATE.fullmatch(text) is not None for text in texts], bool)[places]
        return bool(len(dates) and dates.mean() >= _DATES)

    @cached_property
    def is_identifier(self) -> bool:
        present = self.present
        if len(present) < _FEWEST_TO_JUDGE or self.different < _UNIQUE * len(present):
            return False
        if self.is_text:
            return True
        figures = present.to_numpy(float)
        is_named = _IDENTIFIER_NAME.search(self.name.lower()) is not None
        is_dense = self.different == len(present) and np.ptp(figures) < 2 * len(figures)  # 1, 2, 3 .. in any order
        return self.is_whole and bool(is_named or is_dense)


def _columns(table: Table) -> dict[str, _Column]:
    return {str(name): _Column(str(name), values) for name, values in table.frame.items()}


def _are_days(figures: Array) -> NDArray[np.bool_]:
    """Return which numbers (n,) are days such as 20240131: (n,)."""
    year, month, day = figures // 10_000, figures // 100 % 100, figures % 100
    is_year = (year >= _FIRST_YEAR) & (year <= _LAST_YEAR) & (figures % 1 == 0)
    are_days: NDArray[np.bool_] = is_year & (month >= 1) & (month <= _MONTHS) & (day >= 1) & (day <= _DAYS)
    return are_days


def without(roles: Roles, columns: Sequence[str]) -> Roles:
    """Return roles in which some features are ignored."""
    kept = {name: tuple(each for each in getattr(roles, name) if each not in columns) for name in _FEATURE_ROLES}
    dropped = [each for each in roles.features if each in columns]
    codes = tuple(each for each in roles.missing_codes if each[0] not in columns)
    return replace(roles, **kept, ignored=(*roles.ignored, *dropped), missing_codes=codes)  # type: ignore[arg-type]


def with_features(table: Table, roles: Roles, columns: Sequence[str]) -> Roles:
    """Return roles whose features are these columns, each in the role that its values suggest; others are ignored."""
    yes_no = [each for each in columns if yes_no_values(table.frame[each]) is not None]
    text = [each for each in columns if each not in yes_no and is_text(table.frame[each])]
    numeric = [each for each in columns if each not in yes_no and each not in text]
    others = [str(each) for each in table.frame if each not in (roles.task, roles.label, *columns)]
    codes = [(column, code) for column in numeric for code, _ in _codes(column, table.frame[column])]
    return replace(
        roles, numeric=tuple(numeric), categorical=tuple(text), yes_no=tuple(yes_no), ignored=tuple(others),
        missing_codes=tuple(codes),
    )  # fmt: skip


_FEATURE_ROLES = ("numeric", "categorical", "yes_no")


def check(table: Table, roles: Roles, limits: Limits = LOCAL) -> None:
    """Check roles that a user may have changed.

    Raises
    ------
    UserError
        If a column is missing, has two roles or does not suit its role; or if there are too few or too many tasks or
        classes.
    """
    frame = table.frame
    for column, role in ((roles.task, _ROLE_TASK), (roles.label, _ROLE_LABEL)):
        if not column:
            raise UserError(_NOT_CHOSEN.format(role=role))
    used = [roles.task, roles.label, *roles.features]
    for column in (*used, *roles.ignored, *(column for column, _ in roles.missing_codes)):
        if column not in frame:
            raise UserError(_UNKNOWN.format(column=shown(column), known=listed(list(frame))))
    if twice := [each for each in used if used.count(each) > 1]:
        raise UserError(_TWICE.format(column=shown(twice[0])))
    for question in table.questions:
        if question.column in used:
            raise UserError(_UNANSWERED.format(column=shown(question.column)))
    for column in roles.numeric:
        if is_text(frame[column]):
            raise UserError(_NOT_NUMERIC.format(column=shown(column), role=_ROLE_FEATURE))
    for column in roles.categorical:
        if (count := frame[column].nunique()) > _MOST_CATEGORIES:
            raise UserError(_TOO_MANY_CATEGORIES.format(column=shown(column), count=count, most=_MOST_CATEGORIES))
    for column in roles.yes_no:
        if (count := frame[column].nunique()) > 2:
            raise UserError(_NOT_YES_NO.format(column=shown(column), count=count))
    _check_tasks(frame, roles, limits)
    _check_label(frame, roles, limits)
    if not roles.features:
        raise UserError(_NO_FEATURES)


def _check_tasks(frame: pd.DataFrame, roles: Roles, limits: Limits) -> None:
    tasks, column = frame[roles.task].dropna().unique(), shown(roles.task)
    if not len(tasks):
        raise UserError(_NO_TASKS.format(column=column))
    if len(tasks) == 1:
        raise UserError(_ONE_TASK.format(column=column, value=shown(names_of(pd.Series(tasks))[0])))
    if len(tasks) > limits.tasks:
        raise UserError(_TOO_MANY_TASKS.format(column=column, count=f"{len(tasks):,}", most=f"{limits.tasks:,}"))


def _check_label(frame: pd.DataFrame, roles: Roles, limits: Limits) -> None:
    label, column = frame[roles.label][frame[roles.task].notna()].dropna(), shown(roles.label)
    if roles.is_regression and is_text(label):
        raise UserError(_NOT_NUMERIC.format(column=column, role=_ROLE_LABEL))
    if not len(label):
        raise UserError(_NO_LABELS.format(column=column))
    values = label.unique()
    if len(values) == 1:
        raise UserError(_ONE_CLASS.format(column=column, value=shown(names_of(pd.Series(values))[0])))
    if not roles.is_regression and len(values) > limits.classes:
        raise UserError(_TOO_MANY_CLASSES.format(column=column, count=f"{len(values):,}", most=limits.classes))


def _finding(column: object, kind: Kind, text: Text, **facts: object) -> Finding:
    return Finding(str(column), kind, text.format(column=shown(column), **facts))


def _useless(column: _Column) -> Finding | None:
    if not column.different:
        return _finding(column.name, "constant", _ALL_MISSING)
    is_constant = column.different == 1 and (len(column.present) == len(column.values) or not column.is_text)
    return _finding(column.name, "constant", _CONSTANT) if is_constant else None


def _date(column: _Column) -> Finding | None:
    return _finding(column.name, "date", _IS_DATE) if column.is_date else None


def _identifier(column: _Column) -> Finding | None:
    return _finding(column.name, "identifier", _IDENTIFIER) if column.is_identifier else None


def _too_many_values(column: _Column) -> Finding | None:
    if not column.is_text or column.different <= _MOST_CATEGORIES:
        return None
    return _finding(column.name, "values", _TOO_MANY_VALUES, count=f"{column.different:,}", most=_MOST_CATEGORIES)


def _fingerprint(column: _Column) -> int:
    """Return a number that is the same for columns with the same values, or the same categories in other words."""
    codes = column.places if column.is_text else column.values.to_numpy(float)
    return hash((column.is_text, codes.tobytes()))


def _is_of_task(values: "pd.Series[float]", task: "pd.Series[float]") -> bool:
    return bool(values.groupby(task).nunique().max() <= 1)


def _leaks(column: _Column, label: _Column, *, regression: bool) -> bool:
    """Return whether a column alone predicts the label, over all tasks."""
    both = (column.places >= 0) & (label.places >= 0)
    x, y = column.values[both], label.places[both]
    if len(x) < _FEWEST_TO_JUDGE:
        return False
    codes, different = pd.factorize(column.places[both])
    if regression:
        if column.is_text or len(different) < _MOST_CLASSES_GUESSED:
            return False
        ranks = label.values[both].rank().to_numpy(float)
        return bool(abs(_correlation(x.rank().to_numpy(float), ranks)) >= _LEAK)
    sizes = np.bincount(y)
    if not 2 <= np.count_nonzero(sizes) <= _MOST_CATEGORIES or np.sort(sizes)[-2] < _FEWEST_OF_A_CLASS:
        return False
    if column.is_text or len(different) <= _MOST_CLASSES_GUESSED:
        table = np.bincount(codes * len(sizes) + y, minlength=len(different) * len(sizes)).reshape(-1, len(sizes))
        return bool(table.max(1).sum() >= _LEAK * len(x) and len(different) <= len(x) / 4)
    judged = sizes >= _FEWEST_OF_A_CLASS
    n, sums = sizes[judged], np.bincount(y, weights=x.rank().to_numpy(float))[judged]
    auroc = (sums - n * (n + 1) / 2) / (n * (len(x) - n))  # AUROC of each class against the others
    return bool((np.maximum(auroc, 1 - auroc) >= _LEAK).any())


def _correlation(x: Array, y: Array) -> float:
    return float(np.corrcoef(x, y)[0, 1]) if x.std() and y.std() else 0.0


def _codes(column: str, values: "pd.Series[float]") -> list[tuple[float, Text]]:
    """Return numbers such as 999 that lie far outside of a column's other values, each with its sentence."""
    found = []
    counts = values[values.isin(_CODES)].value_counts()
    candidates = [float(code) for code in _CODES if counts.get(float(code), 0) >= _FEWEST_CODES]
    if not candidates:
        return []
    others = values[~values.isin(candidates)].dropna()
    if others.nunique() < 2:
        return []
    low, high = float(others.min()), float(others.max())
    for code in candidates:
        distance = max(low - code, code - high)
        # -1 is a code only among numbers that are not negative; so is 9 only among very small ones.
        if distance > _FAR * (high - low) or (code == -1 and low >= 0 and bool((others % 1 == 0).all())):
            facts = {"value": f"{code:g}", "count": int(counts[code]), "low": f"{low:g}", "high": f"{high:g}"}
            found.append((code, _CODE.format(column=shown(column), **facts)))
    return found


def yes_no_values(values: "pd.Series[float]") -> tuple[str, str] | None:
    """Return the values of a column that stand for no and for yes; None if it is no such column."""
    if not 1 <= values.nunique() <= 2:
        return None
    names = sorted(names_of(values.dropna().drop_duplicates()))
    for no, yes in _YES_NO:
        given = {name.lower(): name for name in names}
        if set(given) == {no, yes}:
            return given[no], given[yes]
    return ("", names[0]) if len(names) == 1 and any(names[0].lower() == yes for _, yes in _YES_NO) else None


def _is_quantity(label: _Column) -> bool:
    """Whether a label is a number to be predicted, and no class."""
    return not label.is_text and (label.different > _MOST_CLASSES_GUESSED or not label.is_whole)


def _likely_task(columns: Sequence[_Column]) -> str:
    """Return the column with the likeliest name among those with few values in many rows, "" if there is none."""
    best, score = "", 0.0
    for place, column in enumerate(columns):
        is_usable = (column.is_text or column.is_whole) and 2 <= column.different <= len(column.present) / _FEWEST_ROWS
        if not is_usable or column.is_date:
            continue
        points = 4.0 * _is_called(column.name, _TASK_NAMES) - 4.0 * _is_called(column.name, _LABEL_NAMES)
        points += (1.5 if column.is_text else 0.0) + (1.0 if column.different > 4 else 0.0) - 0.01 * place
        points -= 2.0 * column.is_yes_no
        if points > max(score, 1.0):
            best, score = column.name, points
    return best


def _likely_label(columns: Sequence[_Column]) -> str:
    """Return the column with the likeliest name, else the last one that may be a label."""
    points = {
        column.name: 4.0 * _is_called(column.name, _LABEL_NAMES) + 2.0 * (column.different == 2) + 0.01 * place
        for place, column in enumerate(columns)
        if _may_be_label(column)
    }
    if not points:
        return ""
    points[[*points][-1]] += 2.5  # by custom, the label is the last column
    return max(points, key=lambda column: points[column])


def _may_be_label(column: _Column) -> bool:
    is_class_or_number = not column.is_text or column.different <= _MOST_CATEGORIES
    return is_class_or_number and not column.is_date and not column.is_identifier


def _is_called(column: str, names: Sequence[str]) -> bool:
    words = set(re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", column).lower()))
    plain = words | {word.removesuffix("s") for word in words}
    return any(name in plain if name.isascii() else name in column for name in names)
