"""One function for each command: read the options, call the science, write files and print.

`options.outcome` records every file that is replaced (see `outcome.py`).
"""

import json
import sys
import time
from argparse import Namespace
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from scenarios.atomic_files import save_arrays, whole_file
from scenarios.catalog import SCENARIOS, scenario_named
from scenarios.command_line.episode_files import read_draw, write_draw
from scenarios.dataclass_npz import save_values
from scenarios.demo.maps import Maps
from scenarios.episode import draw_examples, open_episode
from scenarios.errors import UserError
from scenarios.protocol import QUERIES
from scenarios.scenario import DEFAULT_WORLD, Scenario
from scenarios.task import Array, rng_for
from scenarios.text import Text, enumerated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from scenarios.evaluation.curves import Contender, Result
    from scenarios.meta_learner.weights import Checkpoint, Report
    from scenarios.protocol import EvaluationProtocol
    from scenarios.publication.results import Kind, OtherTasksResults, Results, WorldsResults

Measured = TypeVar("Measured")
MOST_NUMBERS = 1_000_000_000  # 8 GB of them
_TASKS_NAMED = 5  # in an error
_FEW_QUERIES = 50  # for a transductive learner
_KNOWN_FROM = 0.01  # the share done from which the time left is told: before, what it took to begin would count


def list_command(options: Namespace) -> None:
    """List the scenarios, as text or JSON."""
    scenarios = [
        {
            "name": scenario.name,
            "title": {"en": scenario.prose.title.en, "zh": scenario.prose.title.zh},
            "ways": scenario.ways,
            "features": [feature.name for feature in scenario.features],
            "metric": scenario.metric.id,
            "worlds": scenario.world_names,
        }
        for scenario in SCENARIOS.values()
    ]
    if options.json:
        print(json.dumps(scenarios, indent=2))  # in ASCII, which is valid JSON whatever the console's encoding
        return
    for scenario in SCENARIOS.values():
        title, features = scenario.prose.title, len(scenario.features)
        print(f"{scenario.name:20} {title.en} ({title.zh}): {features} features, {scenario.metric.id}")


def sample_command(options: Namespace) -> None:
    """Write episodes to an .npz file."""
    scenario = scenario_named(options.scenario, options.world)
    _check_size(scenario, options.tasks, options.shots, options.queries)
    rng = rng_for(options.split, options.seed)
    tasks = scenario.sample_tasks(rng, options.tasks)
    draw = draw_examples(tasks, rng, shots=options.shots, queries=options.queries, most_shots=scenario.max_shots)
    with options.outcome.replacing(options.out):
        write_draw(options.out, scenario, draw)
    print(f"{options.tasks} tasks with {options.shots} shots and {options.queries} queries each: {options.out}")


def train_command(options: Namespace) -> None:
    """Train one learner, or with --all every learner without usable weights."""
    scenario = scenario_named(options.scenario, options.world)
    if options.overwrite and not options.all:
        text = Text(en="--overwrite is only for --all.", zh="--overwrite 只能与 --all 一起使用。")
        raise UserError(text)
    if options.all:
        _train_all(options, scenario)
        return
    from scenarios.learners import fitting

    with ProgressBar(f"{scenario.name} {options.learner}") as bar:
        checkpoint = fitting.fit(scenario, options.learner, options.seed, bar.show)
    _save_weights(options, scenario, options.learner, checkpoint)


def _train_all(options: Namespace, scenario: Scenario) -> None:
    from scenarios.learners import registry, training

    learners = registry.trainable(scenario) if options.overwrite else training.untrained(scenario)
    _train_each(options, scenario, learners)
    if not learners:
        print(f"All learners of {scenario.name} are trained; --overwrite trains them again.")
    if scenario.world == DEFAULT_WORLD:
        print(f"To measure the published results, run: python -m scenarios study {scenario.name}")


def _train_each(options: Namespace, scenario: Scenario, learners: "list[str]") -> None:
    """Train learners, several at a time; each has its weights file as soon as it is trained."""
    from scenarios.learners import training
    from scenarios.publication import executors

    is_alone = len(learners) < 2 or options.workers == 1  # here, because progress is reported at every step
    several = nullcontext() if is_alone else executors.processes(options.workers)
    with several as executor, ProgressBar(f"{scenario.name} train") as bar:

        def save(learner: str, checkpoint: "Checkpoint") -> None:
            bar.clear()
            _save_weights(options, scenario, learner, checkpoint)

        training.train(scenario, learners, options.seed, options.kept, bar.show, save, executor)


def _save_weights(options: Namespace, scenario: Scenario, learner: str, checkpoint: "Checkpoint") -> None:
    from scenarios.meta_learner import weights

    path = weights.path_of(scenario, learner)
    with options.outcome.replacing(path):
        weights.save(path, scenario, checkpoint)
    print(f"{path.name}: trained in {checkpoint.metadata['seconds']} s from seed {options.seed}", flush=True)


def evaluate_command(options: Namespace) -> None:
    """Compare learners on the same test tasks; print the table and, with --out, write it."""
    scenario = scenario_named(options.scenario, options.world)
    _check_size(scenario, options.tasks, max(options.shots), options.queries)
    if options.out:
        _check_name(options.out)
    from scenarios.evaluation import curves
    from scenarios.learners import fitting, registry

    wanted = list(dict.fromkeys(options.learners or _shipped(scenario, registry.suitable(scenario))))
    if options.other_tasks:
        contenders = _with_fewer_tasks(options, scenario, wanted)
        loaded = fitting.load_all(scenario, filter(None, [options.against]))
    else:
        loaded = fitting.load_all(scenario, [*wanted, *filter(None, [options.against])])
        contenders = [curves.Contender(name, loaded[name], fitting.experience(scenario, name)) for name in wanted]
    sizes = {"tasks": options.tasks, "queries": options.queries, "seed": options.seed}
    against = loaded[options.against] if options.against else None
    found = curves.evaluate(scenario, contenders, dict.fromkeys(options.shots), **sizes, against=against)
    results = []
    if not options.json:
        protocol = f"mean of {options.tasks} test tasks [95% CI], seed {options.seed}"
        print(f"{scenario.name}, {scenario.metric.id}, {protocol}")
    for result in found:
        results.append(result)
        if not options.json:
            print(_line(result, options.against), flush=True)
    report = curves.report(scenario, results, **sizes, against=options.against)
    if options.json:
        print(json.dumps(report, indent=2))
    if options.out:
        _write_results(options, report, results)


def _shipped(scenario: Scenario, known: "Sequence[str]") -> "list[str]":
    """Return learners, in a world other than the default one those with weights; name the others on standard error."""
    from scenarios.learners import fitting

    shipped = fitting.shipped(scenario, known)
    if left_out := [name for name in known if name not in shipped]:
        print(
            f"Without weights in this world, and left out: {', '.join(left_out)}. To train them, run: "
            f"python -m scenarios train {scenario.argument} --all",
            file=sys.stderr,
        )
    return shipped


def _with_fewer_tasks(options: Namespace, scenario: Scenario, wanted: "list[str]") -> "list[Contender]":
    """Return learners that learn from each number of other tasks, and those that need none.

    Raises UserError if a learner chosen by name cannot learn from another number of tasks.
    """
    from scenarios.evaluation.curves import Contender
    from scenarios.learners import fewer_tasks, fitting

    contenders = []
    with ProgressBar(f"{scenario.name} evaluate") as bar:
        for name in wanted:
            if fewer_tasks.needs_no_tasks(name):
                contenders.append(Contender(name, fitting.load(scenario, name)))
            elif fewer_tasks.can_learn(name, chosen=bool(options.learners)):
                contenders += [
                    Contender(
                        name,
                        fewer_tasks.learner(
                            scenario, name, count, options.labels_each, options.seed, options.kept, bar.show
                        ),
                        count,
                    )
                    for count in dict.fromkeys(options.other_tasks)
                ]
            elif options.learners:
                text = Text(
                    en="{name} cannot be retrained on another number of tasks. With --other-tasks use: {names}.",
                    zh="{name} 不能在此改变任务数重新训练。--other-tasks 可用于：{names}。",
                )
                raise UserError(text.format(name=name, names=", ".join(fewer_tasks.names(scenario))))
        bar.clear()
    return contenders


def _line(result: "Result", against: str | None) -> str:
    """One result for people."""
    from scenarios.evaluation.statistics import mean_with_interval

    def told(values: Array) -> str:
        found = mean_with_interval(values)
        return f"{found.mean:.4f} [{found.low:.4f}, {found.high:.4f}]"

    compared = f"  {told(result.ahead)} ahead of {against}" if result.ahead is not None else ""
    tasks = "-" if result.other_tasks is None else str(result.other_tasks)
    return (
        f"{result.learner:24} {tasks:>6} tasks {result.shots:4} shots  {told(result.scores)}  "
        f"regret {told(result.regret)}{compared}"
        f"  {result.adapt_ms:8.2f} ms to adapt"
    )


def _write_results(options: Namespace, report: dict[str, object], results: "list[Result]") -> None:
    """Write PATH.json, and PATH.csv with a row for each result."""
    import pandas as pd

    table = pd.DataFrame([result.as_row() for result in results]).to_csv(index=False)
    for suffix, text in ((".json", json.dumps(report, indent=2) + "\n"), (".csv", table)):
        path = options.out.with_name(options.out.name + suffix)
        with options.outcome.replacing(path), whole_file(path) as file:
            file.write(text.encode())


def _check_name(path: Path) -> None:
    """Refuse, before anything is computed, a path to which no ending can be added."""
    if not path.name or path.is_dir():
        text = Text(
            en=f"--out must be the beginning of a file name, not {str(path)!r}.",
            zh=f"--out 应为文件名的开头，而不是 {str(path)!r}。",
        )
        raise UserError(text)


def plan_command(options: Namespace) -> None:
    """Compare methods for a number of other tasks and of labels, and recommend one."""
    scenario = scenario_named(options.scenario, options.world)
    if options.label_errors and scenario.regression:
        raise UserError(
            Text(
                en=f"--label-errors is for classes; {scenario.name} predicts a number.",
                zh=f"--label-errors 只用于分类；{scenario.name} 预测的是数值。",
            )
        )
    _check_size(scenario, options.tasks, options.shots + 1, QUERIES)
    _check_size(scenario, 2 * options.other_tasks, options.labels_each, 1)
    from scenarios.command_line import plan_report
    from scenarios.evaluation import planner
    from scenarios.learners import fitting, registry

    asked = planner.Situation(options.other_tasks, options.labels_each, options.shots, options.label_errors / 100)
    local = fitting.load_all(scenario, _shipped(scenario, registry.published(scenario, registry.Rung.LOCAL)))
    sizes = {"tasks": options.tasks, "seed": options.seed}
    with ProgressBar(f"{scenario.name} plan") as bar:
        found = list(planner.options(scenario, local, asked, **sizes, kept=options.kept, report=bar.show))
        bar.clear()
    published = None if asked.label_errors else _published_experience(scenario)
    best = planner.recommended(scenario, found)
    report = plan_report.as_dict(scenario, asked, found, best, published, **sizes)
    print(json.dumps(report, indent=2) if options.json else plan_report.as_text(report))


def _published_experience(scenario: Scenario) -> "OtherTasksResults | WorldsResults | None":
    """Return results by the number of other tasks, in a world other than the default one those of all worlds."""
    from scenarios.publication import results

    def published(kind: "type[Kind]") -> "Kind | None":
        is_there = results.path_of(kind, scenario.folder).exists()
        return results.read(kind, scenario.folder) if is_there else None

    if scenario.world == DEFAULT_WORLD:
        return published(results.OtherTasksResults)
    return published(results.WorldsResults)


def own_command(options: Namespace) -> None:
    """Compare methods on a user's own table, print the advice, and write the results."""
    from scenarios.own_tasks import experiment, source

    table, noticed = source.read(options.table, task=options.task, label=options.label, features=options.features)
    asked = experiment.plan(table, shots=options.shots, methods=options.learners, seed=options.seed)
    from scenarios.command_line import own_take_away

    own_take_away.check(options, table, asked)
    if options.out.exists() and not options.out.is_dir():
        text = Text(en="--out must be a folder, not the file {path}.", zh="--out 应为文件夹，而不是文件 {path}。")
        raise UserError(text.format(path=options.out))
    from scenarios.command_line import own_report
    from scenarios.own_tasks import results
    from scenarios.publication import executors

    for text in noticed:
        print(text.en)
    print(own_report.heading(table, asked), flush=True)
    where = executors.cluster(options.scheduler) if options.scheduler else executors.processes(options.workers)
    found, shown = None, set[str]()
    with where as executor, ProgressBar("own") as bar:
        for found in experiment.run(table, asked, executor, options.kept, bar.show):
            if lines := [own_report.line(found, name) for name in found.methods if name not in shown]:
                bar.clear()
                print("\n".join(lines), flush=True)
            shown.update(found.methods)
        bar.clear()
    if found is None:
        return
    print("\n" + own_report.advice_of(found))
    path = options.out / "results.json"
    with options.outcome.replacing(path):
        results.write(found, path)
    for name, content in (("results.csv", results.as_csv(found)), ("tasks.csv", results.tasks_as_csv(found))):
        path = options.out / name
        with options.outcome.replacing(path), whole_file(path) as file:
            file.write(content.encode("utf-8-sig"))  # spreadsheets recognise the encoding by its mark
    own_take_away.write(options, table, found, noticed)


def predict_command(options: Namespace) -> None:
    """Predict the query sets of an episode file, or rows of a user's new task."""
    if options.scenario not in SCENARIOS and (options.scenario.endswith(".npz") or options.labelled or options.rows):
        from scenarios.command_line import own_predictions

        own_predictions.predict(options)
        return
    scenario = scenario_named(options.scenario, options.world)
    if options.episodes is None or options.labelled or options.rows or options.decimal:
        text = Text(
            en="A scenario needs --episodes; --labelled, --rows and --decimal are for a model file written by `own`.",
            zh="场景需要 --episodes；--labelled、--rows 和 --decimal 只用于 `own` 写出的模型文件。",
        )
        raise UserError(text)
    draw = read_draw(options.episodes, scenario)
    from scenarios.evaluation import units
    from scenarios.learners import fitting, registry
    from scenarios.meta_learner.gradient import GradientLearner

    queries = draw.query.x.shape[1]
    if registry.learner_spec(scenario, options.learner).is_transductive and queries < _FEW_QUERIES:
        print(
            f"Note: {options.learner} standardises by the query examples themselves, and {queries} are few: beside "
            f"others, each would get another answer. Give it {_FEW_QUERIES} or more.",
            file=sys.stderr,
        )
    if options.weights:
        learner = fitting.load_file(scenario, options.learner, options.weights)
    else:
        learner = fitting.load(scenario, options.learner)
    episode = open_episode(scenario, draw)
    for question in units.questions(scenario, np.concatenate([draw.support.x, draw.query.x], axis=1)):
        print(f"Note: {question.en}", file=sys.stderr)
    answer = np.asarray(learner.predict(episode), np.float64)
    if isinstance(learner, GradientLearner) and (diverged := learner.diverges(episode)).any():
        tasks = enumerated([f"{task}" for task in np.flatnonzero(diverged)], most=_TASKS_NAMED)
        text = Text(
            en="{learner} diverged on {count} of {tasks} tasks (counted from 0: {which}), so nothing was written: "
            "check the labelled examples of these tasks and their units, or give other weights with --weights.",
            zh="{learner} 在 {tasks} 个任务中的 {count} 个上发散（从 0 数起：{which}），未写出任何结果：请检查这些"
            "任务的标注样本及其单位，或用 --weights 指定其他权重。",
        )
        raise UserError(text.format(learner=options.learner, count=diverged.sum(), tasks=len(diverged), which=tasks))
    if not np.isfinite(answer).all():  # weights may be as large as numbers get
        raise UserError(
            Text(
                en=f"{options.learner} predicted values that are not finite, so its weights are unusable: retrain "
                "it, or use another file with --weights.",
                zh=f"{options.learner} 的输出不是有限数值，这份权重不可用：请重新训练，或用 --weights 指定其他文件。",
            )
        )
    if not scenario.regression:
        arrays = {"probabilities": answer}
    else:
        parts = zip(("predictions", "deviations"), np.split(answer, answer.shape[-1], axis=-1), strict=False)
        arrays = dict(parts)
    with options.outcome.replacing(options.out):
        save_arrays(options.out, **arrays)
    print(f"{', '.join(f'{name} {array.shape}' for name, array in arrays.items())}: {options.out}")


def study_command(options: Namespace) -> None:
    """Measure all published results of a scenario."""
    scenario = scenario_named(options.scenario)
    from scenarios.demo import precomputed
    from scenarios.learners import fitting, registry
    from scenarios.protocol import EvaluationProtocol
    from scenarios.publication import executors, plan

    protocol = EvaluationProtocol(tasks=options.tasks, seed=options.seed)
    asked = plan.Plan(scenario, registry.suitable(scenario), protocol, options.seeds)
    folder: Path = options.out
    fitting.load_all(scenario, asked.names)  # before anything is measured
    where = executors.cluster(options.scheduler) if options.scheduler else executors.processes(options.workers)
    with where as executor:
        _prepare_demo_tasks(options, scenario)
        path, maps = precomputed.maps_path(scenario.name, folder), _drawn_maps(scenario)
        with options.outcome.replacing(path):
            save_values(path, {"maps": maps, "scenario": scenario.name})
        _prepare_five_steps(options, scenario)
        with ProgressBar(f"{scenario.name} study") as bar:
            found = plan.run(asked, executor, options.kept, bar.show)
    for results in (found.figures, found.league):
        _publish(options, results)


def _prepare_demo_tasks(options: Namespace, scenario: Scenario) -> None:
    """Compute the page's first task and one of its examples, for each published number of labels."""
    from scenarios.demo import demo_task, one_example, precomputed
    from scenarios.protocol import published_shots

    shots = published_shots(scenario)
    first = (scenario.name, precomputed.SEED, precomputed.DRAW)
    shown = {k: demo_task.adapt_to(*first, k) for k in shots}
    explained = {} if scenario.regression else {k: one_example.explained(*first, k, shown[k]) for k in shots}
    path = precomputed.presets_path(scenario.name, options.out)
    with options.outcome.replacing(path):
        save_arrays(path, **precomputed.pack(shown, scenario.name, explained))


def _prepare_five_steps(options: Namespace, scenario: Scenario) -> None:
    """Let the learners adapt to the first tasks of the page with the five steps, if these are curves."""
    from scenarios.demo.precomputed import SEED
    from scenarios.lessons import five_steps, prepared, walks

    if five_steps.is_curve(scenario):
        path, practice = prepared.path_of(scenario.name, options.out), walks.practise(scenario.name, SEED)
        with options.outcome.replacing(path):
            prepared.write(path, scenario.name, practice)


def _publish(options: Namespace, measured: "Results") -> None:
    from scenarios.publication import results

    path = results.path_of(type(measured), measured.scenario, options.out)
    with options.outcome.replacing(path):
        results.write(measured, path)
    print(f"{path.name}: {options.tasks} tasks, seed {options.seed}")


def _drawn_maps(scenario: Scenario) -> Maps:
    from scenarios.demo import maps, one_task, precomputed, representations

    first = (scenario.name, precomputed.SEED, precomputed.DRAW, maps.PREPARED_SHOTS)
    return maps.Maps(
        task=representations.task_map(scenario.name),
        data=one_task.data_map(*first),
        model=representations.model_map(scenario.name),
        strategy=one_task.strategy_map(*first),
    )


def other_tasks_command(options: Namespace) -> None:
    """Measure scores against the number of other tasks."""
    from scenarios.publication import other_tasks

    _measure(options, other_tasks.other_tasks)


def situations_command(options: Namespace) -> None:
    """Measure simple statistics with fewer labels in other tasks, and with wrong ones."""
    from scenarios.publication import situations

    _measure(options, situations.situations)


def worlds_command(options: Namespace) -> None:
    """Train methods without usable weights in a scenario's other worlds, and measure all its worlds."""
    scenario = scenario_named(options.scenario)
    from scenarios.learners import training
    from scenarios.publication import worlds

    names = worlds.learners(scenario)
    others = worlds.other_worlds(scenario)
    if not others:
        text = Text(en=f"{scenario.name} has one world only.", zh=f"{scenario.name} 只有一种任务分布。")
        raise UserError(text)
    for other in others:
        _train_each(options, other, training.untrained(other, names))
    together, pages = _measured(options, scenario, worlds.worlds)
    for other in others:
        _prepare_demo_tasks(options, other)
    for results in (*pages, together):  # results that make pages offer the worlds come last
        _publish(options, results)


def calibration_command(options: Namespace) -> None:
    """Measure the calibration of predicted risks within each task."""
    from scenarios.publication import calibration

    _measure(options, calibration.calibration)


def trips_command(options: Namespace) -> None:
    """Measure alarms by true class, trips ranked by their score, and sizes of models."""
    from scenarios.publication import trips

    _measure(options, trips.trips)


def robustness_command(options: Namespace) -> None:
    """Measure the losses of methods under label errors, missing values, unequal classes and shifts."""
    from scenarios.publication import robustness

    _measure(options, robustness.robustness)


def unlabelled_command(options: Namespace) -> None:
    """Measure scores against the number of unlabelled examples."""
    from scenarios.publication import unlabelled

    _measure(options, unlabelled.unlabelled)


def challenges_command(options: Namespace) -> None:
    """Measure the need for tasks, diversity, compute and hyperparameters."""
    from scenarios.publication import challenges

    _measure(options, challenges.challenges)


def curvature_command(options: Namespace) -> None:
    """Measure scores against how curved the shared structure is."""
    from scenarios.publication import curvature

    _measure(options, curvature.curvature)


def _measure(
    options: Namespace, measure: "Callable[[Scenario, EvaluationProtocol, Executor, Path, Report], Results]"
) -> None:
    """Run the measurements that are not cached in several processes, and publish the results."""
    _publish(options, _measured(options, scenario_named(options.scenario), measure))


def _measured(
    options: Namespace,
    scenario: Scenario,
    measure: "Callable[[Scenario, EvaluationProtocol, Executor, Path, Report], Measured]",
) -> "Measured":
    """Run the measurements that are not cached in several processes."""
    from scenarios.protocol import EvaluationProtocol
    from scenarios.publication import executors

    protocol = EvaluationProtocol(tasks=options.tasks, seed=options.seed)
    with executors.processes(options.workers) as executor, ProgressBar(f"{scenario.name} {options.command}") as bar:
        return measure(scenario, protocol, executor, options.kept, bar.show)


def benchmark_command(options: Namespace) -> None:
    """Repeat a published experiment with its hyperparameters."""
    scenario = scenario_named(options.scenario)
    from scenarios.learners import fitting, registry
    from scenarios.protocol import EvaluationProtocol
    from scenarios.publication import benchmark

    benchmark.benchmark_of(scenario)
    ours = fitting.load_all(scenario, registry.suitable(scenario))
    protocol = EvaluationProtocol(tasks=options.tasks, queries=None, seed=options.seed)
    with ProgressBar(f"{scenario.name} benchmark") as bar:
        results = benchmark.benchmark(scenario, ours, protocol, bar.show)
    _publish(options, results)


def own_samples_command(options: Namespace) -> None:
    """Write the sample tables, each with its source."""
    from scenarios.own_tasks import samples

    for name, sample in samples.sample_tables().items():
        paths = samples.paths_of(name, options.out)
        with options.outcome.replacing(*paths):
            samples.write(sample, options.out)
        print(f"{paths[0]}: {paths[0].stat().st_size / 1000:.0f} kB, {sample.tasks} tasks", flush=True)


def tables_command(options: Namespace) -> None:
    """Write the tables of the documents, or with --check compare them with the results."""
    from scenarios.command_line import tables

    documents = {path: path.read_text(encoding="utf-8") for path in tables.FILES}
    stale = {path: new for path, old in documents.items() if (new := tables.filled(old)) != old}
    names = ", ".join(path.relative_to(tables.ROOT).as_posix() for path in stale)
    if options.check and stale:
        text = Text(
            en="The tables in {names} are out of date. To renew them, run: python -m scenarios tables",
            zh="{names} 中的表格已过期。请运行以下命令更新：python -m scenarios tables",
        )
        raise UserError(text.format(names=names))
    for path, new in stale.items():
        with options.outcome.replacing(path), whole_file(path) as file:
            file.write(new.encode())
    print(f"Tables renewed: {names}" if stale else "All tables are up to date.")


def _check_size(scenario: Scenario, tasks: int, shots: int, queries: int) -> None:
    """Raise UserError if the episodes of all tasks exceed the memory of one machine."""
    per_task = (max(shots, scenario.max_shots) * scenario.ways + queries) * int(np.prod(scenario.example_shape))
    if tasks * per_task > MOST_NUMBERS:
        most = MOST_NUMBERS // per_task
        raise UserError(
            Text(
                en=f"--tasks {tasks} exceeds the memory of one machine: with these --shots and --queries, use at most "
                f"{most}.",
                zh=f"--tasks {tasks} 超出单机内存：在此 --shots 与 --queries 下最多 {most} 个任务。",
            )
        )


class ProgressBar:
    """Progress on standard error with the time left: one line that is redrawn, or without a terminal one per tenth."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._began = time.perf_counter()
        self._said = -1

    def __enter__(self) -> "ProgressBar":
        return self

    def show(self, done: float, word: str, seconds_left: float | None = None) -> None:
        """Draw the bar: the share done in [0, 1], a word on the current part, and the time left, if it is known better.

        Otherwise it is as if all parts took as long.
        """
        if seconds_left is None and done >= _KNOWN_FROM:
            seconds_left = (time.perf_counter() - self._began) * (1 - done) / done
        line = f"{self._title} [{'█' * round(20 * done):░<20}] {done:4.0%}  {word}"
        if seconds_left is not None:
            line += f"  {_duration(seconds_left)} left"
        if sys.stderr.isatty():
            self._write(f"\r\033[K{line}")
        elif (tenth := int(10 * done)) > self._said:
            self._said = tenth
            self._write(f"{line}\n")

    def clear(self) -> None:
        """Remove the line, so that another can be printed in its place."""
        if sys.stderr.isatty():
            self._write("\r\033[K")

    def __exit__(self, *_: object) -> None:
        if sys.stderr.isatty():
            self._write("\n")

    def _write(self, text: str) -> None:
        with suppress(OSError):  # hours of work must not fail because progress cannot be printed
            print(text, end="", file=sys.stderr, flush=True)


def _duration(seconds: float) -> str:
    """Return a time in its two largest units, such as 1 h 20 min."""
    minutes = round(seconds / 60)
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
