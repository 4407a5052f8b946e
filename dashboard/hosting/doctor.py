"""`python -m dashboard doctor`: the self-check of an installation, a line for each requirement.

Every page is drawn once in this process, from published results alone. Checks that need TensorFlow run in the worker,
and thus also check that the worker starts.
"""

import logging
import os
import socket
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from dashboard.hosting import limits, memory
from dashboard.language import from_locale
from scenarios.errors import UserError
from scenarios.text import Language, Text

if TYPE_CHECKING:
    from dashboard.engine import Job

ROOT = Path(__file__).resolve().parents[2]
PYTHON = SpecifierSet(">=3.11,<3.14")
NEEDED = 2.0  # GB: the web process and the worker, with visitors' own trainings
SHARED = 16_000_000  # bytes of shared memory, in which the worker's locks are
_DRAWING = 120  # seconds allowed per page; an idle machine needs one


@dataclass(frozen=True)
class Finding:
    """One line of the report, and the remedy if it is a problem."""

    text: Text
    remedy: Text | None = None


Check = Callable[[], Iterable[Finding]]


def examine(port: int, lang: Language | None) -> int:
    """Print the findings. Returns the exit code: 0 if all is well, else 1."""
    language = lang or from_locale(_locale())
    logging.disable(logging.WARNING)  # Streamlit's warning about running without a server
    problems = 0
    for check in (
        _python,
        _packages,
        _settings,
        _results,
        lambda: _pages(language),
        _memory,
        _shared_memory,
        _open_files,
        lambda: _port(port),
        _worker,
    ):
        for finding in _made(check):
            print(("✗ " if finding.remedy else "✓ ") + finding.text[language], flush=True)
            if finding.remedy:
                problems += 1
                print(f"  → {finding.remedy[language]}", flush=True)
    end = _ILL.format(count=problems) if problems else _WELL
    print(end[language])
    return 1 if problems else 0


_WELL = Text(
    en="Ready. To start the server, run: python -m dashboard", zh="一切就绪：运行 python -m dashboard 即可启动。"
)
_ILL = Text(
    en="Not ready. Problems found: {count} (remedies after →).", zh="尚未就绪：发现 {count} 个问题，解决办法见 → 之后。"
)
_INSTALL = Text(
    en="In this folder, run: python -m pip install -r requirements.txt",
    zh="请在本目录下运行：python -m pip install -r requirements.txt",
)


def _made(check: Check) -> Iterator[Finding]:
    """Yield the findings of a check; its own failure is a finding too, and the next checks still run."""
    try:
        yield from check()
    except UserError as error:
        yield Finding(Text(en="Installation incomplete", zh="安装不完整"), error.text)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        yield Finding(Text(en=text, zh=text), _remedy_for(error))


def _remedy_for(error: Exception) -> Text:
    """Return the remedy for an error that no check expects, by its kind."""
    if isinstance(error, ImportError):
        return _INSTALL
    if isinstance(error, OSError) and error.filename:
        text = Text(
            en="Make {path} readable, or restore it from the repository (git checkout).",
            zh="请使 {path} 可读，或从仓库恢复该文件（git checkout）。",
        )
        return text.format(path=error.filename)
    return Text(
        en="The self-check failed unexpectedly. Please report this line, with the commit, as an issue of the project.",
        zh="自检意外失败。请将该行信息连同所用的提交版本，作为 issue 报告给项目。",
    )


def _toml(path: Path) -> dict[str, Any]:
    """Read a TOML file of the repository. Raises UserError with the line of a syntax error."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # tomllib's own, and text that is not UTF-8
        text = Text(
            en="Fix the syntax of {path}, or restore it with: git checkout -- {path} ({error})",
            zh="请修正 {path} 的语法，或恢复该文件：git checkout -- {path}（{error}）",
        )
        raise UserError(text.format(path=path.relative_to(ROOT).as_posix(), error=error)) from error


def _python() -> Iterable[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if version in PYTHON:
        return [Finding(Text(en=f"Python {version}", zh=f"Python {version}"))]
    text = Text(en=f"Python {version} is not one of 3.11 to 3.13.", zh=f"Python {version} 不在 3.11 至 3.13 之间。")
    remedy = Text(
        en="Recreate the virtual environment with Python 3.11, 3.12 or 3.13.",
        zh="请用 Python 3.11、3.12 或 3.13 重建虚拟环境。",
    )
    return [Finding(text, remedy)]


def _packages() -> Iterable[Finding]:
    """Report missing packages and versions outside the ranges of pyproject.toml; list deviations from the pins."""
    pinned = [Requirement(line) for line in _pins(ROOT / "requirements.txt")]
    project = _toml(ROOT / "pyproject.toml")["project"]
    ranges = {canonicalize_name(r.name): r.specifier for r in map(Requirement, project["dependencies"])}
    known, other = 0, []
    for pin in pinned:
        if pin.marker is not None and not pin.marker.evaluate():
            continue
        known += 1
        try:
            version = metadata.version(pin.name)
        except metadata.PackageNotFoundError:
            text = Text(en=f"{pin.name} is not installed.", zh=f"缺少 {pin.name}。")
            yield Finding(text, _INSTALL)
            continue
        allowed = ranges.get(canonicalize_name(pin.name), SpecifierSet())
        if not allowed.contains(version, prereleases=True):
            text = Text(
                en=f"{pin.name} is version {version}, but Quick Study needs {allowed}.",
                zh=f"{pin.name} 的版本是 {version}，而本项目需要 {allowed}。",
            )
            yield Finding(text, _INSTALL)
        elif version not in pin.specifier:
            other.append(f"{pin.name} {version}")
    if other:
        text = Text(
            en="{known} packages; not at the pinned version: {names}",
            zh="{known} 个依赖包，其中与固定版本不同的有：{names}",
        )
        yield Finding(text.format(known=known, names=", ".join(other)))
    else:
        text = Text(
            en="{known} packages, as pinned in requirements.txt", zh="{known} 个依赖包，与 requirements.txt 一致"
        )
        yield Finding(text.format(known=known))


def _pins(path: Path) -> Iterator[str]:
    """Yield a requirements file's pins without their hashes, which pip has checked."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", " ", "-")):
            yield line.rstrip("\\ ")


def _settings() -> Iterable[Finding]:
    try:
        import dashboard.settings  # noqa: F401
    except ValueError as error:
        for name in [name for name in os.environ if name.startswith("QUICK_STUDY_")]:
            del os.environ[name]  # for this process, so that the other checks can be made
        yield Finding(
            Text(en=f"{error}", zh=f"{error}"),
            Text(en="Correct or unset this environment variable.", zh="请更正或取消该环境变量。"),
        )
        return
    _toml(ROOT / ".streamlit" / "config.toml")
    given = sorted(name for name in os.environ if name.startswith(("QUICK_STUDY_", "STREAMLIT_")))
    text = Text(en="Settings: {names}", zh="设置：{names}")
    yield Finding(text.format(names=", ".join([".streamlit/config.toml", *given])))


def _results() -> Iterable[Finding]:
    """Check the published and precomputed results that pages show without a worker."""
    from dashboard import results
    from scenarios.catalog import SCENARIOS
    from scenarios.demo import maps, precomputed
    from scenarios.lessons import prepared as practices
    from scenarios.lessons.five_steps import is_curve
    from scenarios.protocol import SHOTS
    from scenarios.publication.drafts import is_draft
    from scenarios.publication.results import (
        CalibrationResults,
        ChallengeResults,
        CurvatureResults,
        LeagueResults,
        OtherTasksResults,
        Results,
        RobustnessResults,
        SituationsResults,
        TripsResults,
        UnlabelledResults,
        WorldsResults,
    )

    optional: dict[type[Results], Callable[[str], object]] = {
        LeagueResults: results.league,
        ChallengeResults: results.challenges,
        CurvatureResults: results.curvature,
        OtherTasksResults: results.other_tasks,
        SituationsResults: results.situations,
        CalibrationResults: results.calibration,
        TripsResults: results.trips,
        WorldsResults: results.worlds,
        RobustnessResults: results.robustness,
        UnlabelledResults: results.unlabelled,
    }
    yield Finding(Text(en=f"Scenarios: {', '.join(SCENARIOS)}", zh=f"场景：{'、'.join(SCENARIOS)}"))
    problems = 0
    for name, scenario in SCENARIOS.items():
        if is_draft(scenario):
            yield Finding(_DRAFT.format(name=name))
            continue
        looks: list[Callable[[str], object]] = [results.study]
        looks += [look for kind, look in optional.items() if name in results.measured(kind)]
        looks += [results.benchmark] if scenario.benchmark is not None else []
        checks: list[Callable[[], object]] = [partial(look, name) for look in looks]
        in_worlds = {scenario.in_world(world).name for world in results.offered_worlds(scenario)} - {name}
        checks += [partial(results.study, each) for each in sorted(in_worlds)]
        complaints = [complaint for check in checks if (complaint := _complaint(check)) is not None]
        prepared: dict[Path, object] = {
            precomputed.presets_path(name): precomputed.read(name, precomputed.SEED, precomputed.DRAW, SHOTS[0]),
            precomputed.maps_path(name): maps.read(name),
        }
        if is_curve(scenario):
            prepared[practices.path_of(name)] = practices.read(name, precomputed.SEED)
        lacking = [path.name for path, found in prepared.items() if found is None]
        if lacking and f"study {name}" not in " ".join(complaint.en for complaint in complaints):
            complaints.append(_REMAKE.format(files=", ".join(lacking), name=name))
        for complaint in complaints:
            problems += 1
            yield Finding(Text(en=f"Results of {name}", zh=f"{name} 的结果文件"), complaint)
    if not problems:
        yield Finding(Text(en="Published and precomputed results are intact", zh="已发布的结果与预先算好的答案完整"))


_DRAFT = Text(
    en="{name} is a draft. To complete it, run: python -m scenarios train {name} --all",
    zh="{name} 是草稿。请运行以下命令补全：python -m scenarios train {name} --all",
)
_REMAKE = Text(
    en="{files} missing, damaged or of another scenario. To make it again, run: python -m scenarios study {name}",
    zh="{files} 不存在、已损坏或属于其他场景。请运行以下命令重新生成：python -m scenarios study {name}",
)


def _complaint(look: Callable[[], object]) -> Text | None:
    try:
        look()
    except UserError as error:
        return error.text
    return None


def _pages(language: Language) -> Iterable[Finding]:
    """Draw each page once, without a worker, and report those that show an error, grouped by remedy."""
    drawn, failing = 0, dict[Text, list[str]]()
    for url, title, errors in _drawn_pages(language):
        drawn += 1
        for error in errors:
            failing.setdefault(_remedy(url, error), []).append(title)
    for remedy, titles in failing.items():
        text = Text(en="Pages that show an error: {pages}", zh="以下页面显示错误：{pages}")
        yield Finding(text.format(pages=("、" if language == "zh" else ", ").join(dict.fromkeys(titles))), remedy)
    if not failing:
        text = Text(
            en="All {drawn} pages show their results without an error", zh="全部 {drawn} 个页面均能正常显示结果"
        )
        yield Finding(text.format(drawn=drawn))


def _drawn_pages(language: Language) -> Iterator[tuple[str, str, list[BaseException]]]:
    """Draw every page; yield its URL, its title and the errors that it raised."""
    from streamlit.testing.v1 import AppTest
    from streamlit.util import calc_hash

    from dashboard import words
    from dashboard.pages import TITLE

    with _without_worker() as failures:
        for url, title in TITLE.items():
            failures.errors.clear()
            page = AppTest.from_file(ROOT / "dashboard" / "app.py", default_timeout=_DRAWING)
            page.query_params["lang"] = language
            page._page_hash = calc_hash(url) if url else ""  # AppTest itself only opens pages that are files
            page.run()
            errors = [error for error in failures.errors if not _is_no_worker(error)]
            shown = {error.text[language] for error in failures.errors if isinstance(error, UserError)}
            # Content of a page that did not fail, and the error that ended it otherwise.
            errors += [UserError(Text(en=e.value, zh=e.value)) for e in page.error if e.value not in shown | {
                words.FAILED[language], _NO_WORKER[language],
            }]  # fmt: skip
            errors += [RuntimeError(each.message) for each in page.exception]
            yield url, title[language], errors


def _remedy(url: str, error: BaseException) -> Text:
    """Return the remedy for an error on a page: its own words, or the command that makes the files again."""
    if isinstance(error, UserError):
        return error.text
    from dashboard import results
    from scenarios.catalog import SCENARIOS
    from scenarios.publication.results import ChallengeResults, LeagueResults, OtherTasksResults

    first = next(iter(SCENARIOS))
    commands = {
        "study": f"study {next(iter(results.measured(LeagueResults)), first)}",
        "challenges": f"challenges {next(iter(results.measured(ChallengeResults)), first)}",
        "plan": f"other-tasks {next(iter(results.measured(OtherTasksResults)), first)}",
    }
    command = commands.get(url, f"study {url if url in SCENARIOS else first}")
    text = Text(
        en="{error}. To make the page's files again, run: python -m scenarios {command}",
        zh="{error}。请运行以下命令重新生成该页的文件：python -m scenarios {command}",
    )
    return text.format(error=f"{type(error).__name__}: {error}", command=command)


_NO_WORKER = Text(en="The self-check draws pages without the model.", zh="自检绘制页面时不使用模型。")


def _is_no_worker(error: BaseException) -> bool:
    return isinstance(error, UserError) and error.text == _NO_WORKER


class _Failures(logging.Logger):
    """Keeps the errors that pages log."""

    def __init__(self) -> None:
        super().__init__("pages drawn by the self-check")
        self.errors: list[BaseException] = []

    def isEnabledFor(self, level: int) -> bool:  # noqa: ARG002, N802  # even while logging is disabled
        return True

    def handle(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self.errors.append(record.exc_info[1])


class _NoWorker:
    """Stand-in for the engine: every request fails at once with the same error."""

    def ask(self, function: Callable[..., Any], *arguments: Any) -> "Job[Any]":
        from dashboard.engine import ENGINE, Job

        job: Job[Any] = Job(ENGINE, function, arguments)
        job.end(error=UserError(_NO_WORKER))
        return job


@contextmanager
def _without_worker() -> Iterator[_Failures]:
    """Draw pages that get no answer from the engine and whose errors are kept instead of logged."""
    from dashboard import jobs
    from dashboard.engine import ENGINE
    from dashboard.views import frame

    failures, log = _Failures(), frame.log
    logging.disable(logging.CRITICAL)  # Streamlit logs every exception of a page
    frame.log = failures
    setattr(jobs, "ENGINE", _NoWorker())  # noqa: B010  # jobs itself has it from elsewhere
    try:
        yield failures
    finally:
        frame.log = log
        setattr(jobs, "ENGINE", ENGINE)  # noqa: B010
        logging.disable(logging.WARNING)


def _open_files() -> Iterable[Finding]:
    """How many files the processes may open: each tab takes some of them, and `serve` raises the soft limit."""
    try:
        import resource
    except ImportError:  # a system without such a limit
        return []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return [Finding(Text(en="Open files: no limit", zh="可打开文件数：无限制"))]
    given = Text(en="Open files: at most {hard:,} (now {soft:,})", zh="可打开文件数：上限 {hard:,}（当前 {soft:,}）")
    text = given.format(hard=hard, soft=soft)
    if hard >= limits.FEWEST_FILES:
        return [Finding(text)]
    remedy = Text(
        en="Raise the limit to {files} or more: ulimit -Hn as root, LimitNOFILE= in a systemd unit, or --ulimit "
        "nofile= of a container.",
        zh="请将上限提高到 {files} 或更高：以 root 运行 ulimit -Hn，或在 systemd 单元中设置 LimitNOFILE=，"
        "或为容器设置 --ulimit nofile=。",
    )
    return [Finding(text, remedy.format(files=limits.FEWEST_FILES))]


def _shared_memory(folder: Path = Path("/dev/shm")) -> Iterable[Finding]:  # noqa: S108
    """Whether there is shared memory to write to, without which no worker can be started on Linux."""
    if sys.platform != "linux":
        return []
    try:
        with tempfile.NamedTemporaryFile(dir=folder) as probe:
            probe.write(bytes(4096))
            probe.flush()
        found = os.statvfs(folder)
    except OSError as error:
        text = Text(en="Shared memory: {error}: {folder}", zh="共享内存：{error}：{folder}")
        remedy = Text(
            en="Mount it so that it can be written to: mount -t tmpfs tmpfs {folder}, or --tmpfs {folder} of a "
            "container.",
            zh="请挂载可写的共享内存：mount -t tmpfs tmpfs {folder}，或为容器设置 --tmpfs {folder}。",
        )
        return [Finding(text.format(error=error.strerror, folder=folder), remedy.format(folder=folder))]
    free = found.f_bavail * found.f_frsize
    text = Text(en="Shared memory: {free:.0f} MB free in {folder}", zh="共享内存：{folder} 可用 {free:.0f} MB")
    text = text.format(free=free / 1e6, folder=folder)
    if free >= SHARED:
        return [Finding(text)]
    remedy = Text(
        en="{needed:.0f} MB are needed: remove old files from {folder}, or make it larger (--shm-size of a container).",
        zh="需要 {needed:.0f} MB：请清理 {folder} 中的旧文件，或扩大其容量（容器可设置 --shm-size）。",
    )
    return [Finding(text, remedy.format(needed=SHARED / 1e6, folder=folder))]


def _memory() -> Iterable[Finding]:
    free = memory.available()
    gigabytes = f"{free / 1e9:.1f}"
    if free >= NEEDED * 1e9:
        return [
            Finding(
                Text(
                    en=f"Memory: {gigabytes} GB available ({NEEDED} GB required)",
                    zh=f"内存：可用 {gigabytes} GB（需要 {NEEDED} GB）",
                )
            )
        ]
    text = Text(
        en=f"Memory: only {gigabytes} GB available ({NEEDED} GB required)",
        zh=f"内存：仅可用 {gigabytes} GB（需要 {NEEDED} GB）",
    )
    remedy = Text(
        en="Close other programs or use a larger machine. QUICK_STUDY_WAKE=no loads the model on the first request.",
        zh="请关闭其他程序或换用更大的机器。设置 QUICK_STUDY_WAKE=no 可让模型在首次使用时才启动。",
    )
    return [Finding(text, remedy)]


def _port(port: int) -> Iterable[Finding]:
    with socket.socket() as probe:
        if os.name == "posix":  # a port that was just closed counts as free, as for the server
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            text = Text(en=f"Port {port} is in use or not permitted.", zh=f"端口 {port} 已被占用或不允许使用。")
            remedy = Text(
                en=f"Stop the program that uses it, or use another port: python -m dashboard serve --port {port + 1}",
                zh=f"请结束占用它的程序，或换一个端口：python -m dashboard serve --port {port + 1}",
            )
            return [Finding(text, remedy)]
    return [Finding(Text(en=f"Port {port} is free", zh=f"端口 {port} 空闲"))]


def _worker() -> Iterable[Finding]:
    """Check the worker and, in it, the weights."""
    from dashboard.engine import ENGINE  # now, for it reads the settings
    from dashboard.remote import checking, demo_task
    from dashboard.settings import SETTINGS
    from scenarios.publication.drafts import complete

    if SETTINGS.scheduler:
        cluster = _cluster(SETTINGS.scheduler)
        yield cluster
        if cluster.remedy is not None:
            return
    try:
        began = time.monotonic()
        _answer(ENGINE.ask(demo_task.self_test))
        seconds = f"{time.monotonic() - began:.1f}"
        text = Text(
            en="The model process answered {seconds} s after its start", zh="模型进程响应正常，启动用时 {seconds} 秒"
        )
        yield Finding(text.format(seconds=seconds))
        fit, complaints = _answer(ENGINE.ask(checking.check_all, tuple(scenario.name for scenario in complete())))
    finally:
        ENGINE.close()
    for complaint in complaints:
        yield Finding(Text(en="Weights", zh="权重"), complaint)
    if not complaints:
        text = Text(
            en="Weights of all {fit} methods are intact and up to date", zh="全部 {fit} 种方法的权重完整且为最新"
        )
        yield Finding(text.format(fit=fit))


def _cluster(scheduler: str) -> Finding:
    """Whether a Dask cluster is there: a question to one without workers would wait for them."""
    from dashboard import executors

    cluster = Text(en="Cluster at {scheduler}", zh="{scheduler} 处的集群").format(scheduler=scheduler)
    try:
        executor = executors.start(scheduler, 1)
    except UserError as error:
        return Finding(cluster, error.text)
    executors.slots(executor)
    count = executors.alive(executor)
    executors.end(executor)
    if count:
        text = Text(en="{cluster}: {count} worker threads connected", zh="{cluster}：已连接 {count} 个工作线程")
        return Finding(text.format(cluster=cluster, count=count))
    remedy = Text(
        en="The cluster has no workers. On each machine that computes, run: dask worker {scheduler} --nworkers 4",
        zh="集群中没有工作进程。请在每台计算机上运行：dask worker {scheduler} --nworkers 4",
    )
    return Finding(cluster, remedy.format(scheduler=scheduler))


def _answer(job: "Job[Any]") -> Any:
    """Return the answer of a job. Raises its error, or UserError if no answer comes in the usual time."""
    while not job.wait(1.0):
        pass
    return job.answer()


def _locale() -> str:
    import locale

    named = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), None)
    spoken = named or locale.getlocale()[0] or ""
    return "zh" if spoken.startswith("Chinese") else spoken  # as Windows calls it
