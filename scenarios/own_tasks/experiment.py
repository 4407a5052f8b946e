"""The comparison on a user's table: folds over tasks, every method in each, resumable, the cheap methods first.

A test task has no part in anything that its fold learns: encoding, hyperparameters, priors, calibration, when to stop
meta-training. Each task is tested once in each division of tasks into folds, several times with other labelled rows,
and only the scores see the labels of its query rows. Intervals: `intervals`.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scenarios.errors import UserError
from scenarios.evaluation.estimate import Estimate
from scenarios.evaluation.statistics import mean_with_interval
from scenarios.learners.registry import Rung
from scenarios.own_tasks import advice, contenders, intervals, judging
from scenarios.own_tasks.health import FEWEST_TESTED, SHOTS
from scenarios.own_tasks.judging import Trials
from scenarios.own_tasks.pieces import Group, Plan, Progress, Unfinished
from scenarios.own_tasks.results import (
    UNLIKE_P,
    ByTasks,
    MethodResults,
    OwnProtocol,
    OwnResults,
    Point,
    TableFacts,
    TaskFacts,
)
from scenarios.own_tasks.rows import queries_left, shots_allowed
from scenarios.own_tasks.slices import Slice, TimeIsOverError
from scenarios.own_tasks.source import Source, TaskData
from scenarios.own_tasks.table_tasks import metric_of
from scenarios.publication import cached_jobs
from scenarios.publication.cached_jobs import CachedJob
from scenarios.task import Array, Labels
from scenarios.text import Text

if TYPE_CHECKING:
    from scenarios.own_tasks.methods import FittedMethod, World

HEADLINE = 5  # labels per class about which the advice is, if tasks are large enough
_LEAVE_ONE_OUT = 12  # tasks up to which each is a fold
_FOLDS = 5
_DIVISIONS = 3  # divisions of tasks into folds, unless each task is a fold
_TEST_TRIALS = 240  # at each number of labels, over all tasks
_FEWEST_REPEATS, _MOST_REPEATS = 2, 20
_EVEN = Estimate(0.0, 0.0, 0.0)
_VERSION = 6  # of this code's arithmetic: what another one has measured is measured again
_UNLIKE_SCORE = 3.0  # robust standard score from which on a task is unlike the others

Report = Callable[[float, str, float | None], None]  # the share done, the current measurement, and the seconds left


def plan(
    source: Source, *, shots: Sequence[int] = (), methods: Sequence[str] = (), seed: int = 0, fewer_tasks: bool = True
) -> Plan:
    """Return the plan of a comparison on a table.

    Parameters
    ----------
    source : Source
        The table.
    shots : sequence of int
        Numbers of labels per class; none for those of SHOTS that half of the tasks allow.
    methods : sequence of str
        Ids; none for the usual ones.
    seed : int
        Of folds, of labelled rows and of everything that is trained.
    fewer_tasks : bool
        As in `Plan`: it takes as long again.

    Raises
    ------
    UserError
        If fewer than three tasks are large enough, or a method or a number of labels does not suit.
    """
    data = source.encode(np.ones(len(source.y), bool))
    if not data.features:
        raise UserError(Text(en="No feature column varies.", zh="没有取值会变化的特征列。"))
    most = shots_allowed(source.rows.sizes)
    asked = sorted(set(shots)) or [k for k in SHOTS if (most >= k).sum() >= max(FEWEST_TESTED, (most >= 1).sum() / 2)]
    able = np.flatnonzero(most >= min(asked, default=1))
    highest = int(np.sort(most)[-FEWEST_TESTED]) if len(most) >= FEWEST_TESTED else 0
    if highest < 1 or not asked:
        raise UserError(_too_small(source, 1))
    if asked[-1] > highest:
        text = Text(
            en="--shots {k} needs three tasks with {rows} rows{of_each}; {tasks} have them. Use at most {most}.",
            zh="--shots {k} 需要三个{of_each}至少有 {rows} 行的任务，实际有 {tasks} 个。最多可用 {most}。",
        )
        k = next(each for each in asked if each > highest)
        tasks = int((most >= k).sum())
        raise UserError(text.format(k=k, rows=_rows(source, k), of_each=_of_each(source), tasks=tasks, most=highest))
    divisions = _divisions(able, seed)
    folds = tuple(fold for division in divisions for fold in division)
    training = len(able) - max(map(len, folds))
    classes = len(source.classes)
    tried = contenders.chosen(methods, classes) if methods else contenders.usual(classes)
    untried = {}
    if not methods and training < contenders.FEWEST_FOR_META:
        untried = {name: _TOO_FEW.format(tasks=training) for name in tried if contenders.kind_of(name) == "network"}
    repeats = int(np.clip(round(_TEST_TRIALS / len(able)), _FEWEST_REPEATS, _MOST_REPEATS))
    return Plan(
        tuple(name for name in tried if name not in untried),
        untried,
        OwnProtocol(
            tuple(asked), _headline(asked), repeats, len(divisions[0]), training, seed, divisions=len(divisions)
        ),
        folds,
        len(source.task_names),
        fewer_tasks,
    )


_NOT_YET = Text(en="Not measured yet.", zh="尚未测试。")
_TOO_FEW = Text(
    en="Not tested: {tasks} other tasks are too few for meta-learning.",
    zh="未尝试：只有 {tasks} 个其他任务，不足以做元学习。",
)


def _too_small(source: Source, shots: int) -> Text:
    counts = source.rows.sizes.min(1)
    text = Text(
        en="A comparison needs three tasks with {rows} rows{of_each} or more; column {task!r} has {tasks} such "
        "tasks of {all}. Merge small tasks, or use fewer labels.",
        zh="比较需要至少三个{of_each}有 {rows} 行以上的任务；列 {task!r} 的 {all} 个任务中只有 {tasks} 个。"
        "请合并小任务，或减少标注数。",
    )
    rows = _rows(source, shots)
    facts = {"task": source.task_column, "tasks": int((counts >= rows).sum()), "all": len(source.task_names)}
    return text.format(rows=rows, of_each=_of_each(source), **facts)


def _rows(source: Source, shots: int) -> int:
    """Return the rows that a task needs, of each class if there are classes."""
    return shots + queries_left(len(source.classes))


def _of_each(source: Source) -> Text:
    return _OF_EACH_CLASS if source.classes else _EACH


_OF_EACH_CLASS, _EACH = Text(en=" of each class", zh="每类"), Text(en=" each", zh="各")


def _divisions(able: Labels, seed: int) -> list[list[tuple[int, ...]]]:
    """Return the test tasks of each fold of each division: each task alone, once, if they are few."""
    rng = np.random.default_rng([seed, 0])
    is_each = len(able) <= _LEAVE_ONE_OUT
    orders = [rng.permutation(able) for _ in range(1 if is_each else _DIVISIONS)]
    parts = len(able) if is_each else _FOLDS
    return [[tuple(sorted(map(int, part))) for part in np.array_split(order, parts)] for order in orders]


# -- one method in one fold --------------------------------------------------------------------------------------------


def measured(
    name: str,
    tested: Sequence[int],
    training: Sequence[int],
    all_shots: Sequence[int],
    asked: Sequence[int],
    repeats: int,
    seed: int,
    source: Source,
    work: Slice | None = None,
) -> dict[str, Any]:
    """Return a method's scores on some tasks, after learning from others, for JSON.

    `all_shots` are the numbers of labels for which it is fitted, `asked` those with which it is evaluated. Raises
    TimeIsOverError if the slice `work` ends before.
    """
    from scenarios.own_tasks import methods  # imports TensorFlow and scikit-learn

    work = work or Slice()
    data, scale = encoded(source, np.asarray(training))
    world = methods.World(data, np.asarray(training), tuple(all_shots), seed, work)
    found, strangeness = dict[str, Any](), dict[str, float]()
    try:
        fitted = methods.fit(world, name)
        for shots in asked:
            able = judging.allowing(data, tested, shots)
            if not len(able):
                continue
            trials = cache(partial(world.trials, able, shots, repeats))
            found[str(shots)] = work.once(("tested", shots), partial(_tested, world, fitted, trials, scale))
            if name in contenders.FAMILIARITY and shots == _headline(asked):
                strangeness = work.once("strangeness", partial(_strangeness, world, name, trials))
    except UserError as error:
        return {"unfit": [error.text.en, error.text.zh]}
    except np.linalg.LinAlgError:  # some equations are solved when it predicts
        return {"unfit": [methods.UNSOLVED.en, methods.UNSOLVED.zh]}
    choices = {str(k): choice for k, choice in fitted.choices.items()}
    return {"shots": found, "seconds": fitted.seconds, "choices": choices, "strangeness": strangeness}


def _strangeness(world: "World", name: str, trials_of: Callable[[], Trials]) -> dict[str, float]:
    from scenarios.own_tasks import methods

    trials = trials_of()
    values = methods.strangeness(world, name, trials.episode)
    if values is None:
        return {}
    return {str(task): float(value) for task, value in zip(*judging.by_task(values, trials.task), strict=True)}


def _tested(world: "World", fitted: "FittedMethod", trials_of: Callable[[], Trials], scale: float) -> dict[str, Any]:
    """Return the scores of a fitted method on trials, by task."""
    trials, began = trials_of(), time.perf_counter()
    answers = np.asarray(fitted.predict(trials.episode), float)
    adapt_ms = 1000 * (time.perf_counter() - began) / len(trials.task)
    y, weight = trials.episode.query.y, trials.weight
    values = scale**2 * judging.scores(world.plain.metric.id, answers, y, weight)
    tasks, by_task = judging.by_task(values, trials.task)
    entry = {"tasks": tasks.tolist(), "scores": by_task.tolist(), "adapt_ms": adapt_ms}
    if world.data.classes:
        losses = judging.by_task(judging.log_losses(answers, y, weight), trials.task)[1]
        entry |= {"losses": losses.tolist(), "reliability": judging.reliability(answers, y, weight).tolist()}
    return entry


def measured_for(
    seconds: float, state: bytes, pieces: Sequence[tuple[Any, ...]], source: Source
) -> list[dict[str, Any] | Unfinished]:
    """Measure pieces for about `seconds`, and return their answers; the last one may be unfinished.

    `pieces` are arguments of `measured`. The first one goes on from the state of an unfinished slice, if that is not
    empty. After one that cannot be learned, no other is measured. The answers do not depend on the slices.
    """
    ends, answers = time.monotonic() + seconds, list[dict[str, Any] | Unfinished]()
    for piece in pieces:
        work = Slice(ends - time.monotonic(), b"" if answers else state)
        try:
            answers.append(measured(*(*piece, source, work)))
        except TimeIsOverError:
            answers.append(Unfinished(work.state(), work.share))
        if time.monotonic() >= ends or isinstance(answers[-1], Unfinished) or "unfit" in answers[-1]:
            break
    return answers


def _headline(asked: Sequence[int]) -> int:
    return min(asked, key=lambda k: (abs(np.log(k / HEADLINE)), k))


def encoded(source: Source, training: Labels) -> tuple[TaskData, float]:
    """Return the table as training tasks encode it, and the unit of its labels if they are numbers."""
    rows = np.isin(source.task, training)
    data = source.encode(rows)
    if data.classes:
        return data, 1.0
    centre, spread = float(data.y[rows].mean()), max(float(data.y[rows].std()), 1e-12)
    return replace(data, y=((data.y - centre) / spread).astype(np.float32)), spread


# -- all of them -------------------------------------------------------------------------------------------------------


def planned(source: Source, shots: Sequence[int] = (), methods: Sequence[str] = (), seed: int = 0) -> Progress:
    """Return the beginning of a comparison. Raises UserError as `plan` does."""
    import scenarios.own_tasks.methods  # noqa: F401  # so that the first piece is not timed with its imports

    asked = plan(source, shots=shots, methods=methods, seed=seed)
    return Progress(asked, untried=asked.untried)


def run(source: Source, asked: Plan, executor: Executor, kept: Path, report: Report) -> Iterator[OwnResults]:
    """Compare the methods of a plan, one after the other, and yield the results so far after each.

    Measurements in the folder `kept` are not repeated; it holds scores, no rows.

    Raises
    ------
    UserError
        If no method can learn from the table.
    """
    digest, progress = f"{_VERSION} {source.digest}", Progress(asked, untried=asked.untried)
    while not progress.is_complete:
        group = progress.left[0]
        name, count = group
        label = name if count is None else f"{name}, {count} tasks"
        jobs = [_job(source, asked, group, fold, digest) for fold in range(asked.pieces(group))]
        clock = _Clock(progress, len(jobs), label, report)
        answers = cached_jobs.measure(jobs, executor, kept, clock.tick)
        progress = clock.progress
        for answer in sorted((answers[job.name] for job in jobs), key=lambda each: "unfit" not in each):
            progress = progress.with_answer(answer)
            if "unfit" in answer:
                break
        if progress.answers and group not in progress.dropped:
            yield assembled(source, progress)
    if not progress.answers:
        raise UserError(Text(en="No method could learn from this table.", zh="没有一种方法能从这张表格中学习。"))


class _Clock:
    """Times the pieces of a group that are measured beside each other, but not those that are kept.

    Nor the very first one, before which processes load their libraries.
    """

    def __init__(self, progress: Progress, pieces: int, label: str, report: Report) -> None:
        self.progress = progress  # with the times of what was measured
        self._begun, self._pieces, self._label, self._report = progress, pieces, label, report
        self._since, self._measured, self._untimed = time.monotonic(), 0, int(not progress.times)

    def tick(self, share: float, _: str) -> None:
        """Note that one more piece was measured, after which so much of those to measure is done."""
        self._measured += 1
        left, timed = round(self._measured / share) - self._measured, self._measured - self._untimed
        if not timed:
            self._since = time.monotonic()
            return
        self.progress = self._begun.with_time(timed, time.monotonic() - self._since)
        now = replace(self.progress, begun=({},) * (self._pieces - left))
        self._report(now.share, self._label, now.seconds_left)


def _job(source: Source, asked: Plan, group: Group, fold: int, digest: str) -> CachedJob:
    name, count = group
    title = f"own.{name}.fold-{fold}" + ("" if count is None else f".{count}-tasks")
    arguments = asked.arguments(group, fold)
    return CachedJob(
        title, measured, arguments, digest, lambda kept: "unfit" in kept or "shots" in kept, data=(source,)
    )


def assembled(source: Source, progress: Progress) -> OwnResults:
    """Return the results of the methods that have been measured, with the advice that they support."""
    asked, answers = progress.plan, progress.answers
    methods = {
        name: MethodResults(
            rung=contenders.rung_of(name).value,
            points=_points(parts, asked.protocol),
            seconds=round(float(np.mean([part["seconds"] for part in parts])), 2),
            adapt_ms=round(_adapt_ms(parts, asked.protocol.headline), 3),
        )
        for (name, count), parts in answers.items()
        if count is None
    }
    found = OwnResults(
        table=TableFacts(
            source.task_column, source.label_column, len(source.y), source.frame.shape[1], source.classes or None
        ),
        protocol=asked.protocol,
        metric_id=metric_of(len(source.classes)).id,
        tasks=_tasks(source, answers),
        methods=methods,
        untried={**progress.untried, **{name: _NOT_YET for name, count in progress.left if count is None}},
        advice=advice.NONE,
    )
    found = replace(found, methods=_with_fewer_tasks(found, answers))
    return replace(found, advice=advice.advise(found))


def _points(parts: Sequence[Mapping[str, Any]], at: OwnProtocol, training_tasks: int | None = None) -> dict[str, Point]:
    points = {}
    for shots in sorted({int(shots) for part in parts for shots in part["shots"]}):
        folds = [part["shots"].get(str(shots)) for part in parts]
        divisions = [folds[begin : begin + at.folds] for begin in range(0, len(folds), at.folds)]
        known = [fold for fold in folds if fold]
        tasks = np.unique([task for fold in known for task in fold["tasks"]])
        scores = np.array([_by_task(division, "scores") for division in divisions])
        places = [[{"tasks": f["tasks"], "part": [place] * len(f["tasks"])} if f else None for place, f in
                   enumerate(division)] for division in divisions]  # fmt: skip
        part_of = np.array([_by_task(division, "part") for division in places])
        has_chances = "losses" in known[0]
        sizes = np.array([len(fold["tasks"]) for fold in known])
        points[str(shots)] = Point(
            tasks=tuple(tasks.tolist()),
            scores=scores.mean(0),
            score=intervals.over_divisions(scores, part_of, at.share(training_tasks)),
            log_loss=mean_with_interval(np.mean([_by_task(each, "losses") for each in divisions], axis=0))
            if has_chances
            else None,
            reliability=np.average([fold["reliability"] for fold in known], axis=0, weights=sizes)
            if has_chances
            else None,
            by_division=scores,
            parts=part_of,
        )
    return points


def _by_task(folds: Sequence[Mapping[str, Any] | None], name: str) -> Array:
    """Return the values of all tasks of a division, in their order: (tasks,)."""
    known = [fold for fold in folds if fold]
    tasks = np.concatenate([fold["tasks"] for fold in known])
    values: Array = np.concatenate([np.asarray(fold[name], float) for fold in known])[np.argsort(tasks)]
    return values


def _adapt_ms(parts: Sequence[Mapping[str, Any]], shots: int) -> float:
    return float(np.median([part["shots"][str(shots)]["adapt_ms"] for part in parts if str(shots) in part["shots"]]))


def _tasks(source: Source, answers: Mapping[Group, Sequence[Mapping[str, Any]]]) -> tuple[TaskFacts, ...]:
    strange: dict[int, float] = {}
    for name in contenders.FAMILIARITY:
        for part in answers.get((name, None), ()):
            strange |= {int(task): value for task, value in part["strangeness"].items()}
    values = np.array(list(strange.values()))
    middle = float(np.median(values)) if len(values) else 0.0
    spread = 1.4826 * float(np.median(np.abs(values - middle))) + 1e-12 if len(values) else 1.0
    counts = source.rows.sizes
    most = shots_allowed(counts)
    facts = []
    for task, name in enumerate(source.task_names):
        p = float((values >= strange[task]).mean()) if task in strange else None
        is_unlike = p is not None and p <= UNLIKE_P and (strange[task] - middle) / spread > _UNLIKE_SCORE
        facts.append(TaskFacts(name, tuple(counts[task].tolist()), max(0, int(most[task])), p, bool(is_unlike)))
    return tuple(facts)


def _with_fewer_tasks(
    found: OwnResults, answers: Mapping[Group, Sequence[Mapping[str, Any]]]
) -> dict[str, MethodResults]:
    """Return the methods with their scores against the number of other tasks, as far as these are measured."""
    at, sign = found.protocol, found.metric.sign
    shots = str(at.headline)
    by_count: dict[str, dict[int, Point]] = {}
    for (name, count), parts in answers.items():
        if contenders.rung_of(name) is not Rung.LOCAL:
            points = found.methods[name].points if count is None else _points(parts, at, count)
            by_count.setdefault(name, {})[count or at.training_tasks] = points[shots]
    alone = [found.methods[name].points[shots] for name in found.of_rungs(Rung.LOCAL)]
    methods = dict(found.methods)
    for name, each in by_count.items():
        counts = sorted(each)
        if len(counts) < 2:
            continue
        entries = []
        for count, following in zip(counts, [*counts[1:], None], strict=True):
            rivals = alone + [
                other[count]
                for rival, other in by_count.items()
                if count in other and rival != name and contenders.rung_of(rival) is not Rung.META_LEARNED
            ]
            best = max(rivals, key=lambda point: sign * point.scores.mean(), default=each[count])
            gain = intervals.difference(each[following], each[count], at.share(count), sign) if following else _EVEN
            ahead = intervals.difference(each[count], best, at.share(count), sign)
            entries.append(ByTasks(count, each[count].score, gain, ahead))
        methods[name] = replace(methods[name], by_tasks=tuple(entries))
    return methods
