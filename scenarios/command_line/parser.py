"""The commands with their options and help, and how a command that failed or was interrupted ends."""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from scenarios import tensorflow_settings
from scenarios.atomic_files import ASSETS
from scenarios.command_line.outcome import Outcome
from scenarios.demo.precomputed import FOLDER as RESULTS
from scenarios.errors import UserError
from scenarios.learners.registry import REGISTRY
from scenarios.protocol import MOST_OTHER_TASKS
from scenarios.scenario import DEFAULT_WORLD, WORLDS
from scenarios.text import Text

_EPILOG = """examples, each line on its own:
  python -m scenarios list
  python -m scenarios evaluate medical_diagnosis --learners maml scratch bayes --shots 1 5 --tasks 100 --seed 7
  python -m scenarios sample medical_diagnosis --tasks 3 --shots 5 --queries 20 --seed 7 --out episodes.npz
  python -m scenarios predict medical_diagnosis --learner maml --episodes episodes.npz --out answers.npz
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        _report(f"{self.prog}: {message} (see {self.prog} --help)")
        raise SystemExit(2)


def main(arguments: list[str]) -> int:
    """Run one command. Returns the exit code: 0, or 2 after one clear line on standard error."""
    tensorflow_settings.settle()
    for stream in (sys.stdout, sys.stderr):  # a console that lacks a character gets a question mark
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    name, options, outcome = "scenarios", argparse.Namespace(command=""), Outcome()
    try:
        try:
            _parser().parse_args(arguments, options)
        except SystemExit as ended:
            sys.stdout.flush()  # of the help
            return int(ended.code or 0)
        name, options.outcome = f"scenarios {options.command}", outcome
        from scenarios.command_line import commands  # after the arguments: a misspelt one is answered at once

        steps = _steps(options)
        for number, step in enumerate(steps, start=1):
            if len(steps) > 1:
                print(f"Step {number} of {len(steps)}: {' '.join(step.arguments)}", flush=True)
            step.outcome = outcome
            getattr(commands, f"{step.command.replace('-', '_')}_command")(step)
        sys.stdout.flush()
    except UserError as error:
        _report(f"{name}: {error}")
        return 2
    except BrokenPipeError:  # the reading process ended, as in `| head`
        _discard_output()
        return 0
    except OSError as error:
        _report(f"{name}: {error.strerror or error}: {error.filename or 'standard output'}")
        if not error.filename:  # or Python would try once more to write what cannot be written
            _discard_output()
        return 2
    except MemoryError:
        _report(f"{name}: not enough memory for this many --tasks, --shots and --queries; use fewer.")
        return 2
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one would only interrupt the end
        _report(f"\n{name}: interrupted. {outcome.report(options)}")
        return 130
    return 0


def _steps(options: argparse.Namespace) -> list[argparse.Namespace]:
    """Return the options of each command that `study --all` stands for, or of the one that was given.

    Raises
    ------
    UserError
        If `study` is given a scenario and --all, or neither.
    """
    if options.command != "study":
        return [options]
    if options.all == bool(options.scenario):
        raise UserError(
            Text(
                en="Give the name of a scenario, or --all for all scenarios.",
                zh="请指定一个场景，或用 --all 指定全部场景。",
            )
        )
    if not options.all:
        return [options]
    from scenarios.command_line import everything

    wanted = everything.commands(options, tables=options.out == RESULTS)
    return [_parser().parse_args(each, argparse.Namespace(arguments=each)) for each in wanted]


def _report(line: str) -> None:
    """Write a line to standard error, if that can be written to."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def _discard_output() -> None:
    """Redirect the buffer of standard output to the null device, so that Python does not fail at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m scenarios",
        description="Sample tasks, train learners, compare them on test tasks, and measure the published results.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="list the scenarios", description="List the scenarios.")
    _json(listing)

    sample = commands.add_parser(
        "sample",
        help="write episodes to an .npz file, in the domain's units",
        description="Draw tasks and write them in the domain's units: support_x (T, N, ...), support_y (T, N), "
        "query_x, query_y.",
    )
    _scenario(sample)
    _world(sample)
    _tasks(sample, 10, fewest=1, most=100_000)
    sample.add_argument(
        "--shots",
        type=_whole(1, 200),
        default=5,
        metavar="K",
        help="labelled examples per class (default: %(default)s)",
    )
    _queries(sample, 50, fewest=1)
    sample.add_argument(
        "--split", choices=("train", "test"), default="test", metavar="SPLIT",
        help="train or test: tasks for training, or for evaluation (default: %(default)s)",
    )  # fmt: skip
    _seed(sample)
    _file(sample, "--out", "the .npz file to write (required)")

    train = commands.add_parser(
        "train",
        help="train a learner and save its weights",
        description="Train a learner on training tasks (for a baseline, choose its hyperparameters) and save its "
        "weights in assets/weights.",
    )
    _scenario(train)
    _world(train)
    which = train.add_mutually_exclusive_group()
    _learner(which)
    which.add_argument(
        "--all", action="store_true",
        help="train every learner without usable weights, several at a time; if interrupted, the same command "
        "continues (default: off)",
    )  # fmt: skip
    train.add_argument(
        "--overwrite",
        action="store_true",
        help="with --all, also retrain learners that have usable weights (default: off)",
    )
    _workers(train, "with --all, processes on this machine")
    _kept(train, "with --all, folder for the state of an interrupted meta-training")
    _seed(train)

    evaluate = commands.add_parser(
        "evaluate",
        help="compare learners on the same test tasks",
        description="Mean score with its 95% confidence interval on test tasks not used for training or tuning, and "
        "regret: the distance from the Bayes-optimal score on the same tasks.",
    )
    _scenario(evaluate)
    _world(evaluate)
    evaluate.add_argument(
        "--learners", nargs="+", choices=REGISTRY, metavar="LEARNER",
        help="learners to compare (default: all that apply to the scenario)",
    )  # fmt: skip
    evaluate.add_argument(
        "--shots", nargs="+", type=_whole(1, 200), default=[1, 2, 5, 10, 20], metavar="K",
        help="labelled examples per class, one or several numbers (default: 1 2 5 10 20)",
    )  # fmt: skip
    evaluate.add_argument(
        "--other-tasks", nargs="+", type=_whole(2, 20_000), default=[], metavar="N",
        help="numbers of other tasks: learners that use other tasks are trained on that many first; a meta-learner "
        "takes as long as `train` and is kept in --kept (default: the weights in assets/weights)",
    )  # fmt: skip
    evaluate.add_argument(
        "--labels-each", type=_whole(2, 200), default=30, metavar="L",
        help="with --other-tasks, labels per class in each other task, for simple statistics (default: %(default)s)",
    )  # fmt: skip
    _kept(evaluate, "with --other-tasks, folder for trained meta-learners")
    _tasks(evaluate, 300)
    _queries(evaluate, 200, fewest=2)
    evaluate.add_argument(
        "--against", choices=REGISTRY, metavar="LEARNER",
        help="learner with which all others are compared, task by task (default: none)",
    )  # fmt: skip
    _seed(evaluate)
    _json(evaluate)
    evaluate.add_argument("--out", type=Path, metavar="PATH", help="write PATH.json and PATH.csv (default: no file)")

    plan = commands.add_parser(
        "plan",
        help="recommend a method for given numbers of other tasks and labels",
        description="Compare local methods with simple statistics that learn from other tasks, on test tasks. "
        "Recommend one, and estimate the gain from more labels or more tasks. Meta-learning is quoted from the "
        "published results, if there are any (in another --world, with all of its other tasks).",
    )
    _scenario(plan)
    _world(plan)
    plan.add_argument(
        "--other-tasks", type=_whole(2, MOST_OTHER_TASKS), default=30, metavar="N",
        help="number of other tasks with labels (default: %(default)s)",
    )  # fmt: skip
    plan.add_argument(
        "--labels-each", type=_whole(2, 200), default=30, metavar="L",
        help="labels per class in each other task (default: %(default)s)",
    )  # fmt: skip
    plan.add_argument(
        "--shots", type=_whole(1, 199), default=5, metavar="K",
        help="labels per class in the new task (default: %(default)s)",
    )  # fmt: skip
    plan.add_argument(
        "--label-errors", type=_whole(0, 40), default=0, metavar="PERCENT",
        help="percentage of wrong labels, in other tasks and the new one (default: %(default)s)",
    )  # fmt: skip
    _tasks(plan, 200)
    _kept(plan, "folder for the pooled network, which takes a minute to train")
    _seed(plan)
    _json(plan)

    own = commands.add_parser(
        "own",
        help="compare methods on your own table of several hospitals, branches, machines or users (resumable)",
        description="Compare methods on your own table with a few labels from a new task (a hospital, a branch, a "
        "user), recommend one, and estimate the gain from more labels or tasks. Each task is tested by methods "
        "that learned from the others. Writes results.json, results.csv, tasks.csv and report.html, and model.npz, "
        "for `predict`. It can be interrupted: the same command continues.",
    )
    own.add_argument("table", type=Path, metavar="TABLE", help="table with one row for each example (required)")
    own.add_argument("--task", required=True, metavar="COLUMN", help="column that names the task of a row (required)")
    own.add_argument(
        "--label", required=True, metavar="COLUMN", help="column of the label: a class, or a number (required)"
    )
    own.add_argument(
        "--features", nargs="+", default=[], metavar="COLUMN", help="columns to learn from (default: all others)"
    )
    own.add_argument(
        "--shots", nargs="+", type=_whole(1, 200), default=[], metavar="K",
        help="labels per class in a new task, one or several numbers (default: those of 1 2 5 10 20 for which most "
        "tasks have enough rows)",
    )  # fmt: skip
    own.add_argument(
        "--learners", nargs="+", default=[], metavar="LEARNER",
        help="methods to compare, such as random_effects_lda pooled_linear maml (default: one or more of every kind)",
    )  # fmt: skip
    own.add_argument(
        "--model", metavar="LEARNER",
        help="method of model.npz, fitted to all tasks; one of those compared (default: the recommended one)",
    )  # fmt: skip
    own.add_argument(
        "--draft", metavar="NAME",
        help="also write FOLDER/NAME, a draft scenario with synthetic tasks like those of the table; move it into "
        "scenarios/ to add it to the menu (default: none)",
    )  # fmt: skip
    _seed(own)
    own.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="folder to write the results in (required)"
    )
    _workers(own)
    _scheduler(own)
    _kept(own, "folder for finished measurements (scores, no rows)")

    predict = commands.add_parser(
        "predict",
        help="predict the query sets of an .npz file, or rows of your own new task with a model fitted by `own`",
        description="Adapt to each support set of an .npz file of `sample` and predict its query set. Classification: "
        "probabilities (T, Q, ways). Regression: predictions (T, Q, 1) and, if known, standard deviations in "
        "the array deviations (T, Q, 1). With a model file of `own`: learn from "
        "labelled rows of a task and predict others, as CSV.",
    )
    predict.add_argument(
        "scenario", metavar="NAME",
        help="name of a scenario, as printed by `list`, or path of a model file written by `own` (required)",
    )  # fmt: skip
    _world(predict)
    _learner(predict)
    predict.add_argument(
        "--episodes", type=Path, metavar="FILE.npz", help="the .npz file to read, needed for a scenario (default: none)"
    )
    predict.add_argument(
        "--weights", type=Path, metavar="FILE.npz",
        help="other weights, such as those from the page Train it yourself (default: those in assets/weights)",
    )  # fmt: skip
    predict.add_argument(
        "--labelled", type=Path, metavar="TABLE",
        help="for a model of your own: table with the labelled rows of the new task, needed by most methods "
        "(default: none)",
    )  # fmt: skip
    predict.add_argument(
        "--rows",
        type=Path,
        metavar="TABLE",
        help="for a model of your own: table with the rows to predict (default: those of --labelled without a label)",
    )  # fmt: skip
    predict.add_argument(
        "--decimal", choices=(".", ","), metavar="MARK",
        help="for a model of your own: decimal mark of both tables, . or , (default: detected)",
    )  # fmt: skip
    predict.add_argument(
        "--out", type=Path, required=True, metavar="FILE",
        help="the file to write: .npz for a scenario, CSV for a model of your own (required)",
    )  # fmt: skip

    study = commands.add_parser(
        "study",
        help="measure all published results of a scenario, or of all scenarios (resumable)",
        description="Measure all published results of one scenario: about an hour on two cores with one seed, some "
        "hours with three. With --all, train all weights and measure all results of all scenarios. It can be "
        "interrupted: the same command continues.",
    )
    study.add_argument(
        "scenario",
        metavar="NAME",
        nargs="?",
        help="name of a scenario, as printed by `list` (default: none, with --all)",
    )
    study.add_argument(
        "--all", action="store_true",
        help="for every scenario, train learners without usable weights and measure all results, then write the "
        "tables of the documents (default: off)",
    )  # fmt: skip
    _results(study, tasks=300)
    study.add_argument(
        "--seeds", type=_whole(1, 20), default=1, metavar="N",
        help="seeds of meta-training, including that of the bundled weights (default: %(default)s)",
    )  # fmt: skip
    _workers(study)
    _scheduler(study)
    _kept(study, "folder for finished measurements, from which the same command continues")

    _measurement(
        commands,
        "other-tasks",
        help="measure scores against the number of other tasks (resumable)",
        description="Train simple statistics and MAML on several numbers of other tasks, and evaluate them at 1, 5 "
        "and 20 labels per class. It can be interrupted: the same command continues.",
        kept="folder for finished measurements and trainings, from which the same command continues",
    )

    _measurement(
        commands,
        "situations",
        help="measure scores with fewer and with wrong labels in other tasks (resumable)",
        description="Train simple statistics on 10, 30 and 100 other tasks with 5, 15 and 30 labels per class in "
        "each, and evaluate them at 1, 5 and 20 labels per class. Of all labels, in other tasks and the new one, "
        "0%, 10% and 20% are wrong. It can be interrupted: the same command continues.",
    )

    _measurement(
        commands,
        "worlds",
        help="measure scores in worlds whose tasks are more or less alike (resumable)",
        description="Train the principal methods in the worlds of a scenario that have no weights yet, then "
        "measure all its worlds, and the results of its page in each. Training a world takes half an hour. It can "
        "be interrupted: the same command continues. Run it after `study`, which chooses the local methods.",
        kept="folder for finished measurements and unfinished trainings, from which the same command continues",
    )

    _measurement(
        commands,
        "calibration",
        help="measure calibration within each task (resumable)",
        description="Measure the calibration slope and the ratio of observed to expected events of the methods on "
        "a page, from 1 to 50 labels per class, and the standard errors of profit and net benefit. Run it after "
        "`study`, which chooses the methods. It takes some minutes and can be interrupted: the same command "
        "continues.",
    )

    _measurement(
        commands,
        "trips",
        help="measure alarms by true class, and the ranking of trips by risk (resumable)",
        description="For scenarios with decisions about windows of time: measure the alarms in windows of each "
        "true class, the pairs of trips (5 to 60 minutes) ranked correctly by mean risk, and the numbers that each "
        "method stores. Run it after `study`, which chooses the methods. It takes a quarter of an hour and can be "
        "interrupted: the same command continues.",
    )

    _measurement(
        commands,
        "robustness",
        help="measure the cost of wrong labels, missing values, unequal classes and shifts (resumable)",
        description="Evaluate every published learner at 5 labels per class under label errors, missing values, "
        "unequal classes and the scenario's shift between labelling and use, against clean data on the same test "
        "tasks. Some minutes on two cores; it can be interrupted: the same command continues.",
    )

    _measurement(
        commands,
        "unlabelled",
        help="measure scores against the number of unlabelled examples (resumable)",
        description="Evaluate methods of each rung and the Bayes-optimal predictor with up to 200 unlabelled "
        "examples of the task in addition to 1 and 5 labels per class. It takes half an hour to an hour on two "
        "cores and can be interrupted: the same command continues.",
        tasks=100,
    )

    _measurement(
        commands,
        "challenges",
        help="measure the effects of training tasks, diversity, compute and hyperparameters (resumable)",
        description="Meta-train 19 times, each time with one thing changed, and evaluate at 5 labels per class with "
        "95% confidence intervals. It takes about 19 times as long as `train`; it can be interrupted: the same command "
        "continues.",
        kept="folder for finished trainings, from which the same command continues",
    )

    _measurement(
        commands,
        "curvature",
        help="measure scores against the curvature of the structure that tasks share (resumable)",
        description="Transform the inputs of every task by the same invertible map, which does not change the "
        "Bayes-optimal score, and evaluate simple statistics and meta-learners at 5 labels per class. "
        "Meta-learners are trained for each curvature, half an hour on two cores. It can be interrupted: the "
        "same command continues.",
    )

    benchmark = commands.add_parser(
        "benchmark",
        help="repeat a published experiment with its published hyperparameters",
        description="Meta-train each learner as published, for each number of labels, and evaluate it on test "
        "tasks with 95% confidence intervals, together with our own learners. It takes some minutes on two cores.",
    )
    _scenario(benchmark)
    _results(benchmark, tasks=1000)

    own_samples = commands.add_parser(
        "own-samples",
        help="write the sample tables for comparisons on your own table",
        description="Sample the rows of each table from its scenario, with typical flaws of real tables, and write "
        "NAME.csv and NAME.json, which states the source.",
    )
    own_samples.add_argument(
        "--out", type=Path, default=ASSETS / "tables", metavar="FOLDER",
        help="folder in which the tables are written (default: assets/tables)",
    )  # fmt: skip

    tables = commands.add_parser(
        "tables",
        help="write the published results into the tables of README.md",
        description="Write the result files into the tables of README.md and assets/results/README.md, between their "
        "markers. Run it after `study`.",
    )
    tables.add_argument(
        "--check", action="store_true", help="write nothing; fail if a table is out of date (default: off)"
    )
    return parser


def _scenario(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", metavar="NAME", help="name of a scenario, as printed by `list` (required)")


def _world(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--world", choices=WORLDS, default=DEFAULT_WORLD, metavar="WORLD",
        help=f"how much tasks differ: {', '.join(WORLDS)} (default: %(default)s)",
    )  # fmt: skip


def _learner(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--learner", choices=REGISTRY, default="maml", metavar="LEARNER",
        help=f"one of {', '.join(REGISTRY)} (default: %(default)s)",
    )  # fmt: skip


def _tasks(parser: argparse.ArgumentParser, default: int, *, fewest: int = 2, most: int = 5000) -> None:
    parser.add_argument(
        "--tasks", type=_whole(fewest, most), default=default, metavar="T",
        help="number of test tasks (default: %(default)s)",
    )  # fmt: skip


def _queries(parser: argparse.ArgumentParser, default: int, *, fewest: int) -> None:
    parser.add_argument(
        "--queries", type=_whole(fewest, 2000), default=default, metavar="Q",
        help="query examples per task (default: %(default)s)",
    )  # fmt: skip


def _measurement(
    commands: "argparse._SubParsersAction[_Parser]",
    name: str,
    *,
    help: str,
    description: str,
    kept: str = "folder for finished measurements, from which the same command continues",
    tasks: int = 300,
) -> None:
    """Add a command that measures something of a scenario in several processes, resumably, and publishes it."""
    parser = commands.add_parser(name, help=help, description=description)
    _scenario(parser)
    _results(parser, tasks=tasks)
    _workers(parser)
    _kept(parser, kept)


def _kept(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument(
        "--kept", type=Path, default=Path(".study"), metavar="FOLDER", help=f"{text} (default: %(default)s)"
    )


def _workers(parser: argparse.ArgumentParser, text: str = "processes on this machine") -> None:
    parser.add_argument("--workers", type=_whole(1, 256), metavar="N", help=f"{text} (default: one for each core)")


def _scheduler(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scheduler", metavar="ADDRESS",
        help="Dask scheduler to measure on, such as tcp://host:8786 (default: none, processes on this machine)",
    )  # fmt: skip


def _results(parser: argparse.ArgumentParser, *, tasks: int) -> None:
    """Add the options of a command that writes published results."""
    _tasks(parser, tasks)
    _seed(parser)
    parser.add_argument(
        "--out", type=Path, default=RESULTS, metavar="FOLDER",
        help="folder in which result files are written (default: assets/results)",
    )  # fmt: skip


def _seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seed", type=_whole(0, 2**31 - 1), default=0, metavar="S", help="random seed (default: %(default)s)"
    )


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON (default: a table)")


def _file(parser: argparse.ArgumentParser, flag: str, text: str) -> None:
    parser.add_argument(flag, type=Path, required=True, metavar="FILE.npz", help=text)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}, not {text!r}")
        return value

    return whole_number
