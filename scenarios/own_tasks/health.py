"""The suitability of a table: tasks, labels in each, and the numbers of labels for which each task is large enough."""

from dataclasses import dataclass

from scenarios.own_tasks.cleaning import listed, look_alike, shown
from scenarios.own_tasks.limits import LOCAL, Limits
from scenarios.own_tasks.reading import Table
from scenarios.own_tasks.roles import Roles
from scenarios.own_tasks.rows import Rows, queries_left, shots_allowed, usable
from scenarios.task import Labels
from scenarios.text import Text

SHOTS = (1, 2, 5, 10, 20)  # labels per class that are compared
FEWEST_TESTED = 3  # tasks, without which nothing is compared
FEW_TASKS = 5  # below which only leaving one out is possible, and intervals are wide
TASKS_FOR_META_LEARNING = 20  # below which meta-training has too little to learn from
MANY_TASKS = 100  # tasks from which meta-learning may outperform simple statistics


@dataclass(frozen=True)
class TaskHealth:
    """A task's rows, rows of each class (or all, if the label is a number), and the largest number of labels."""

    name: str
    rows: int
    counts: tuple[int, ...]
    largest_shots: int  # per class, with enough rows left to be predicted; 0: none


@dataclass(frozen=True)
class Health:
    """A table's tasks, and the questions that they can answer."""

    tasks: tuple[TaskHealth, ...]
    classes: tuple[str, ...]  # () if the label is a number
    rows: int  # usable rows
    left_out: int  # without a task or a label
    tasks_for: tuple[tuple[int, int], ...]  # each of SHOTS, and how many tasks are large enough for it
    sentences: tuple[Text, ...]

    @property
    def shots(self) -> tuple[int, ...]:
        """The numbers of labels per class for which enough tasks are large enough; none if nothing can be compared."""
        return tuple(shots for shots, tasks in self.tasks_for if tasks >= FEWEST_TESTED)


_SUMMARY = Text(
    "Tasks ({task}): {tasks}. Rows: {rows}, {each} in a task. Classes of {label}: {classes}.",
    "任务（{task}）{tasks} 个，共 {rows} 行，每个任务 {each} 行。{label} 的类别：{classes}。",
)
_SUMMARY_OF_NUMBERS = Text(
    "Tasks ({task}): {tasks}. Rows: {rows}, {each} in a task. {label} is predicted as a number.",
    "任务（{task}）{tasks} 个，共 {rows} 行，每个任务 {each} 行。{label} 按数值预测。",
)
_FROM_TO = Text("from {fewest} to {most}", "{fewest}～{most}")
_LEFT_OUT = Text(
    "Rows left out because the task or the label is missing: {count}.", "因缺少任务或标签而略去 {count} 行。"
)
_TOO_FEW = Text(
    "With {tasks} tasks, meta-learning cannot be evaluated. Pooled and hierarchical methods can, by leaving one "
    "task out, with wide CIs.",
    "只有 {tasks} 个任务，无法评估元学习；合并数据的方法和分层方法可以逐一留出任务来评估，但置信区间会很宽。",
)
_FEW = Text(
    "With {tasks} tasks, pooled and hierarchical methods can be evaluated. Meta-learning has little to learn from "
    "and is unlikely to pay.",
    "有 {tasks} 个任务，可以评估合并数据的方法和分层方法；元学习可学的任务太少，多半不划算。",
)
_ENOUGH = Text(
    "With {tasks} tasks, all methods can be evaluated. Simple statistics are hard to beat with so few.",
    "有 {tasks} 个任务，可以评估所有方法；任务不多时，简单统计方法很难被超过。",
)
_MANY = Text(
    "With {tasks} tasks, all methods can be evaluated, and meta-learning may pay.",
    "有 {tasks} 个任务，可以评估所有方法，元学习也可能划算。",
)
_SHOTS = Text(
    "Labels per class: {shots}. Tasks that are large enough: {tasks} of {all}.",
    "每类 {shots} 个标注时，{all} 个任务中有 {tasks} 个够用。",
)
_POINTS = Text(
    "Labels: {shots}. Tasks that are large enough: {tasks} of {all}.",
    "{shots} 个标注时，{all} 个任务中有 {tasks} 个够用。",
)
_NOT_TESTED = Text(
    "Too small to be tested on ({rows}): {names}. They still help in training.",
    "太小，不能用于测试（{rows}）：{names}。它们仍可用于训练。",
)
_ROWS_OF_A_CLASS = Text("fewer than {rows} rows of a class", "某一类不足 {rows} 行")
_ROWS_OF_A_TASK = Text("fewer than {rows} rows", "不足 {rows} 行")
_NOTHING = Text(
    "No comparison is possible: at least {least} tasks need {rows} rows{of_each}.",
    "无法比较：至少要有 {least} 个任务{of_each}有 {rows} 行。",
)
_OF_EACH_CLASS, _IN_ALL = Text(" of each class", "每类都"), Text(" each", "各")
_ALIKE = Text(
    "“{first}” and “{second}” are read as different tasks, although they look the same. If they are one, correct the "
    "table.",
    "“{first}”与“{second}”看起来相同，但按不同任务读取。如果是同一个任务，请改正表格。",
)
_ALIKE_CLASSES = Text(
    "“{first}” and “{second}” are read as different classes, although they look the same. If they are one, correct the "
    "table.",
    "“{first}”与“{second}”看起来相同，但按不同类别读取。如果是同一类，请改正表格。",
)
_RARE = Text(
    "Class “{name}” has too few rows for evaluation, in all tasks together: {count}.",
    "类别“{name}”在所有任务中一共只有 {count} 行，太少，无法评估。",
)
_FEWEST_OF_A_CLASS = 10


def report(table: Table, roles: Roles, limits: Limits = LOCAL) -> Health:
    """Return the suitability of a table with these roles.

    Raises
    ------
    UserError
        If the roles do not suit the table, as `roles.check` has it.
    """
    return of_rows(usable(table, roles, limits), roles)


def of_rows(rows: Rows, roles: Roles) -> Health:
    """As `report`, of rows that were found usable."""
    sizes = rows.sizes
    largest = shots_allowed(sizes).clip(0)
    tasks = tuple(
        TaskHealth(name, int(counts.sum()), tuple(map(int, counts)), int(most))
        for name, counts, most in zip(rows.names, sizes, largest, strict=True)
    )
    tasks_for = tuple((shots, int((largest >= shots).sum())) for shots in SHOTS)
    sentences = _sentences(roles, rows, sizes, tasks, tasks_for)
    return Health(tasks, rows.classes, len(rows.task), rows.left_out, tasks_for, sentences)


def _sentences(
    roles: Roles, rows: Rows, sizes: Labels, tasks: tuple[TaskHealth, ...], tasks_for: tuple[tuple[int, int], ...]
) -> tuple[Text, ...]:  # fmt: skip
    count, per_task = len(tasks), sizes.sum(1)
    fewest, most = f"{per_task.min():,}", f"{per_task.max():,}"
    facts = {
        "task": shown(roles.task), "label": shown(roles.label), "tasks": f"{count:,}", "rows": f"{len(rows.task):,}",
        "each": fewest if fewest == most else _FROM_TO.format(fewest=fewest, most=most),
        "classes": listed(rows.classes),
    }  # fmt: skip
    sentences = [(_SUMMARY if rows.classes else _SUMMARY_OF_NUMBERS).format(**facts)]
    if rows.left_out:
        sentences.append(_LEFT_OUT.format(count=f"{rows.left_out:,}"))
    needed = queries_left(len(rows.classes)) + 1
    tested = [each for each in tasks if each.largest_shots]
    if len(tested) < FEWEST_TESTED:
        of_each = _OF_EACH_CLASS if rows.classes else _IN_ALL
        return (*sentences, _NOTHING.format(least=FEWEST_TESTED, rows=needed, of_each=of_each))
    levels = ((FEW_TASKS, _TOO_FEW), (TASKS_FOR_META_LEARNING, _FEW), (MANY_TASKS, _ENOUGH))
    level = next((text for most, text in levels if count < most), _MANY)
    sentences.append(level.format(tasks=f"{count:,}"))
    shots = [(each, enough) for each, enough in tasks_for if enough >= FEWEST_TESTED]
    lacking = [each for each in shots if each[1] < count]
    for each, enough in dict([*lacking[:1], *shots[-1:]]).items():
        text = _SHOTS if rows.classes else _POINTS
        sentences.append(text.format(shots=each, tasks=f"{enough:,}", all=f"{count:,}"))
    if len(tested) < count:
        small = listed(tuple(each.name for each in tasks if not each.largest_shots))
        lack = (_ROWS_OF_A_CLASS if rows.classes else _ROWS_OF_A_TASK).format(rows=needed)
        sentences.append(_NOT_TESTED.format(rows=lack, names=small))
    for names, text in ((rows.names, _ALIKE), (rows.classes, _ALIKE_CLASSES)):
        if pair := look_alike(names):
            sentences.append(text.format(first=shown(pair[0]), second=shown(pair[1])))
    for name, of_class in zip(rows.classes, sizes.sum(0) if rows.classes else (), strict=True):
        if of_class < _FEWEST_OF_A_CLASS:
            sentences.append(_RARE.format(name=shown(name), count=int(of_class)))
    return tuple(sentences)
