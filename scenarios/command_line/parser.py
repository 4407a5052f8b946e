"""What can be said on the command line, and what is said back when it cannot be understood."""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from scenarios import tensorflow_settings
from scenarios.demo.presets import FOLDER as RESULTS
from scenarios.errors import ReaderError
from scenarios.learners.registry import REGISTRY

_EPILOG = """a walk through, each line on its own:
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
    name, stopped = "scenarios", "nothing was changed."
    try:
        try:
            options = _parser().parse_args(arguments)
        except SystemExit as ended:
            sys.stdout.flush()  # of the help
            return int(ended.code or 0)
        name = f"scenarios {options.command}"
        if options.command == "study":
            stopped = f"measurements so far are kept in {options.kept}, from where the same command goes on."
        from scenarios.command_line import commands  # after the arguments: a misspelt one is answered at once

        getattr(commands, f"{options.command}_command")(options)
        sys.stdout.flush()
    except ReaderError as error:
        _report(f"{name}: {error}")
        return 2
    except BrokenPipeError:  # the reader ended, as in `| head`
        _discard_output()
        return 0
    except OSError as error:
        _report(f"{name}: {error.strerror or error}: {error.filename or 'standard output'}")
        if not error.filename:  # or Python would try once more to write what cannot be written
            _discard_output()
        return 2
    except MemoryError:
        _report(f"{name}: there is not enough memory for this many tasks, shots and queries.")
        return 2
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one would only interrupt the end
        _report(f"\n{name}: stopped; {stopped}")
        return 130
    return 0


def _report(line: str) -> None:
    """Write a line to standard error, if that can be written to."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def _discard_output() -> None:
    """Have Python write to nowhere what is still in the buffer of standard output when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m scenarios",
        description="Quick Study's scenarios: draw tasks, let learners adapt to them, and compare them honestly.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="the scenarios there are")
    _json(listing)

    sample = commands.add_parser(
        "sample",
        help="draw episodes into an .npz file, in the domain's units",
        description="Draw test tasks, in units: support_x (T, N, ...), support_y (T, N), query_x, query_y.",
    )
    _scenario(sample)
    _sizes(sample, tasks=10, shots=5, queries=50)
    _file(sample, "--out", "the .npz file to write")

    train = commands.add_parser(
        "train",
        help="let a learner see the training tasks, and keep what it learnt",
        description="Train a learner (for a baseline: choose its settings) on training tasks; writes assets/weights.",
    )
    _scenario(train)
    _learner(train)
    _seed(train)

    evaluate = commands.add_parser(
        "evaluate",
        help="judge learners on fresh tasks, all on the same ones",
        description="Mean score and 95%% interval over fresh tasks that no learner was trained or tuned on, and "
        "regret: how much better the best possible answer is on the same ones.",
    )
    _scenario(evaluate)
    evaluate.add_argument("--learners", nargs="+", choices=REGISTRY, metavar="LEARNER", help="default: all that suit")
    evaluate.add_argument("--shots", nargs="+", type=_whole(1, 200), default=[1, 2, 5, 10, 20], metavar="K")
    evaluate.add_argument("--tasks", type=_whole(2, 5000), default=300, metavar="T", help="how many (default 300)")
    evaluate.add_argument("--queries", type=_whole(2, 2000), default=200, metavar="Q", help="per task (default 200)")
    evaluate.add_argument(
        "--against", choices=REGISTRY, metavar="LEARNER", help="say by how much each is ahead of this one, task by task"
    )
    _seed(evaluate)
    _json(evaluate)
    evaluate.add_argument("--out", type=Path, metavar="PATH", help="write PATH.json and PATH.csv as well")

    predict = commands.add_parser(
        "predict",
        help="let a learner answer episodes from a file",
        description="Adapt to each support set of an .npz file such as `sample` writes: probabilities (T, Q, ways); "
        "where a number is predicted, predictions (T, Q, 1) and, from those that have one, deviations (T, Q, 1).",
    )
    _scenario(predict)
    _learner(predict)
    _file(predict, "--episodes", "the .npz file to read")
    predict.add_argument(
        "--weights", type=Path, metavar="FILE.npz", help="a learner trained elsewhere, such as on the dashboard's page"
    )
    _file(predict, "--out", "the .npz file to write")

    study = commands.add_parser(
        "study",
        help="measure again the figures that the pages show",
        description="The whole study of one scenario, into assets/results; it can be stopped, and goes on where it "
        "was. With one seed about half an hour on two cores, with three a few hours.",
    )
    _scenario(study)
    _protocol(study, tasks=600)
    study.add_argument(
        "--seeds", type=_whole(1, 20), default=1, metavar="N", help="of meta-training (default 1, the shipped one)"
    )
    study.add_argument("--workers", type=_whole(1, 256), metavar="N", help="processes (default: as many as cores)")
    study.add_argument("--scheduler", metavar="ADDRESS", help="measure on a Dask cluster, tcp://host:8786, instead")
    study.add_argument(
        "--kept", type=Path, default=Path(".study"), metavar="FOLDER", help="what was measured (default .study)"
    )

    challenges = commands.add_parser(
        "challenges",
        help="measure what meta-learning needs: tasks, time, settings",
        description="Meta-trains again and again, each time with one thing changed, and judges the results at 5 "
        "labels per class with 95%% intervals; into assets/results. It takes as long as some fifteen `train`.",
    )
    _scenario(challenges)
    _protocol(challenges, tasks=300)

    benchmark = commands.add_parser(
        "benchmark",
        help="repeat a classic experiment with its published settings",
        description="Meta-trains each learner as published, for each number of labels, and judges it on fresh tasks "
        "with 95%% intervals, beside our own learners; into assets/results. Minutes on two cores.",
    )
    _scenario(benchmark)
    _protocol(benchmark, tasks=1000)
    return parser


def _scenario(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", metavar="NAME", help="a scenario, as `list` names it")


def _learner(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--learner", choices=REGISTRY, default="maml", metavar="LEARNER", help=f"one of {', '.join(REGISTRY)}"
    )


def _sizes(parser: argparse.ArgumentParser, *, tasks: int, shots: int, queries: int) -> None:
    parser.add_argument("--tasks", type=_whole(1, 100_000), default=tasks, metavar="T")
    parser.add_argument("--shots", type=_whole(1, 200), default=shots, metavar="K", help="labelled examples per class")
    parser.add_argument("--queries", type=_whole(1, 2000), default=queries, metavar="Q", help="per task")
    _seed(parser)


def _protocol(parser: argparse.ArgumentParser, *, tasks: int) -> None:
    """Of what writes published results: on how many tasks, with which seed, and where to."""
    parser.add_argument("--tasks", type=_whole(2, 5000), default=tasks, metavar="T", help=f"how many (default {tasks})")
    _seed(parser)
    parser.add_argument(
        "--out", type=Path, default=RESULTS, metavar="FOLDER", help="where to write instead of assets/results"
    )


def _seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=_whole(0, 2**31 - 1), default=0, metavar="S", help="default 0")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def _file(parser: argparse.ArgumentParser, flag: str, text: str) -> None:
    parser.add_argument(flag, type=Path, required=True, metavar="FILE.npz", help=text)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{value} is not between {low} and {high}")
        return value

    return whole_number
