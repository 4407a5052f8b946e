"""`python -m dashboard doctor`: whether this installation is ready, a line for each thing that it needs.

What needs TensorFlow is looked at by the worker, so that this process shows as well that the worker starts.
"""

import logging
import os
import socket
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from dashboard.hosting import memory
from dashboard.language import from_locale
from scenarios.errors import ReaderError
from scenarios.text import Language, Text

if TYPE_CHECKING:
    from dashboard.engine import Job

ROOT = Path(__file__).resolve().parents[2]
PYTHON = SpecifierSet(">=3.11,<3.14")
NEEDED = 1.5  # GB: the web process and the worker, with a visitor's own training


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's, and what to do where something is wrong."""

    said: Text
    remedy: Text | None = None


Check = Callable[[], Iterable[Finding]]


def examine(port: int, lang: Language | None) -> int:
    """Print the findings. Returns the exit code: 0 if all is well, else 1."""
    tongue = lang or from_locale(_locale())
    logging.disable(logging.WARNING)  # Streamlit's, about being asked without a server
    problems = 0
    for check in (_python, _packages, _settings, _results, _memory, lambda: _port(port), _worker):
        for finding in _made(check):
            print(("✗ " if finding.remedy else "✓ ") + finding.said[tongue], flush=True)
            if finding.remedy:
                problems += 1
                print(f"  → {finding.remedy[tongue]}", flush=True)
    end = _ILL.format(count=problems) if problems else _WELL
    print(end[tongue])
    return 1 if problems else 0


_WELL = Text(en="Ready: python -m dashboard serves it.", zh="一切就绪：运行 python -m dashboard 即可启动。")
_ILL = Text(en="Not ready: {count} to mend, see the arrows.", zh="尚未就绪：有 {count} 处待解决，见箭头所示。")
_INSTALL = Text(
    en="In this folder, run: python -m pip install -r requirements.txt",
    zh="请在本目录下运行：python -m pip install -r requirements.txt",
)


def _made(check: Check) -> Iterator[Finding]:
    """The findings of a check; one that fails is a finding too, for the next ones still help."""
    try:
        yield from check()
    except ReaderError as error:
        yield Finding(Text(en="Something is not whole.", zh="有内容不完整。"), error.text)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        yield Finding(Text(en=what, zh=what), _INSTALL)


def _python() -> Iterable[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if version in PYTHON:
        return [Finding(Text(en=f"Python {version}", zh=f"Python {version}"))]
    said = Text(en=f"Python {version} is not one of 3.11 to 3.13.", zh=f"Python {version} 不在 3.11 至 3.13 之间。")
    remedy = Text(en="Make the environment again with one of them.", zh="请改用上述版本重建环境。")
    return [Finding(said, remedy)]


def _packages() -> Iterable[Finding]:
    """Missing ones are a problem, and so are versions outside the ranges of pyproject.toml; others are only told."""
    pinned = [Requirement(line) for line in _lines(ROOT / "requirements.txt")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ranges = {canonicalize_name(r.name): r.specifier for r in map(Requirement, project["dependencies"])}
    known, other = 0, []
    for pin in pinned:
        if pin.marker is not None and not pin.marker.evaluate():
            continue
        known += 1
        try:
            version = metadata.version(pin.name)
        except metadata.PackageNotFoundError:
            said = Text(en=f"{pin.name} is not installed.", zh=f"缺少 {pin.name}。")
            yield Finding(said, _INSTALL)
            continue
        allowed = ranges.get(canonicalize_name(pin.name), SpecifierSet())
        if not allowed.contains(version, prereleases=True):
            said = Text(
                en=f"{pin.name} is {version}, which Quick Study was not made for ({allowed}).",
                zh=f"{pin.name} 的版本是 {version}，超出适用范围（{allowed}）。",
            )
            yield Finding(said, _INSTALL)
        elif version not in pin.specifier:
            other.append(f"{pin.name} {version}")
    if other:
        text = Text(
            en="{known} packages, of which these are not the pinned versions: {names}",
            zh="{known} 个依赖包，其中与固定版本不同的有：{names}",
        )
        yield Finding(text.format(known=known, names=", ".join(other)))
    else:
        text = Text(
            en="{known} packages, as pinned in requirements.txt", zh="{known} 个依赖包，与 requirements.txt 一致"
        )
        yield Finding(text.format(known=known))


def _lines(path: Path) -> Iterator[str]:
    """Yield each requirement of a list without its comments and hashes."""
    for line in path.read_text(encoding="utf-8").splitlines():
        requirement = line.partition("--hash=")[0].rstrip(" \\")
        if requirement and not requirement.startswith(("#", "-")):
            yield requirement


def _settings() -> Iterable[Finding]:
    try:
        import dashboard.settings  # noqa: F401
    except ValueError as error:
        for name in [name for name in os.environ if name.startswith("QUICK_STUDY_")]:
            del os.environ[name]  # for this process, so that the other checks can be made
        yield Finding(
            Text(en=f"{error}", zh=f"{error}"),
            Text(en="Mend this environment variable, or unset it.", zh="请更正或取消该环境变量。"),
        )
        return
    path = ROOT / ".streamlit" / "config.toml"
    tomllib.loads(path.read_text(encoding="utf-8"))
    given = sorted(name for name in os.environ if name.startswith(("QUICK_STUDY_", "STREAMLIT_")))
    text = Text(en="Settings: {names}", zh="设置：{names}")
    yield Finding(text.format(names=", ".join([".streamlit/config.toml", *given])))


def _results() -> Iterable[Finding]:
    """What the pages show without any worker."""
    from dashboard import compute
    from scenarios.catalog import SCENARIOS
    from scenarios.study import maps, presets

    yield Finding(Text(en=f"Scenarios: {', '.join(SCENARIOS)}", zh=f"场景：{'、'.join(SCENARIOS)}"))
    problems = 0
    for name in SCENARIOS:
        complaint = _complaint(lambda name=name: compute.study(name))  # type: ignore[misc]
        prepared = {
            presets.presets_path(name): presets.read(name, presets.SEED, presets.DRAW, presets.SHOTS[0]),
            presets.maps_path(name): maps.read(name),
        }
        lacking = [path.name for path, found in prepared.items() if found is None]
        if complaint is None and lacking:
            complaint = _REMAKE.format(files=", ".join(lacking), name=name)
        if complaint is not None:
            problems += 1
            yield Finding(Text(en=f"Results of {name}", zh=f"{name} 的结果文件"), complaint)
    if not problems:
        yield Finding(Text(en="Published results and first answers are whole", zh="已发布的结果与预置答案完整"))


_REMAKE = Text(
    en="{files} missing or damaged. To make it again, run: python -m scenarios study {name}",
    zh="{files} 不存在或已损坏。请运行以下命令重新生成：python -m scenarios study {name}",
)


def _complaint(look: Callable[[], object]) -> Text | None:
    try:
        look()
    except ReaderError as error:
        return error.text
    return None


def _memory() -> Iterable[Finding]:
    free = memory.available()
    gigabytes = f"{free / 1e9:.1f}"
    if free >= NEEDED * 1e9:
        return [
            Finding(
                Text(
                    en=f"Memory: {gigabytes} GB to be had, {NEEDED} GB needed",
                    zh=f"内存：可用 {gigabytes} GB，需要 {NEEDED} GB",
                )
            )
        ]
    said = Text(
        en=f"Memory: {gigabytes} GB to be had, but {NEEDED} GB needed",
        zh=f"内存：可用 {gigabytes} GB，但需要 {NEEDED} GB",
    )
    remedy = Text(
        en="End other programs or take a larger machine. QUICK_STUDY_WAKE=no starts the model only when it is needed.",
        zh="请关闭其他程序或换用更大的机器。设置 QUICK_STUDY_WAKE=no 可让模型在首次使用时才启动。",
    )
    return [Finding(said, remedy)]


def _port(port: int) -> Iterable[Finding]:
    with socket.socket() as probe:
        if os.name == "posix":  # where a port that was just left is free, as it is for the server
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            said = Text(en=f"Port {port} is taken, or not allowed.", zh=f"端口 {port} 已被占用或不允许使用。")
            remedy = Text(
                en=f"End what is there, or serve another: python -m dashboard serve --port {port + 1}",
                zh=f"请结束占用它的程序，或换一个端口：python -m dashboard serve --port {port + 1}",
            )
            return [Finding(said, remedy)]
    return [Finding(Text(en=f"Port {port} is free", zh=f"端口 {port} 空闲"))]


def _worker() -> Iterable[Finding]:
    """The worker, and the weights: it looks at them as it does for a page."""
    from dashboard import work
    from dashboard.engine import ENGINE  # now, for it reads the settings
    from dashboard.settings import SETTINGS

    if SETTINGS.scheduler:
        cluster = _cluster(SETTINGS.scheduler)
        yield cluster
        if cluster.remedy is not None:
            return
    try:
        began = time.monotonic()
        _answer(ENGINE.ask(work.wake))
        seconds = f"{time.monotonic() - began:.1f}"
        text = Text(en="The worker answers, {seconds} s after its start", zh="模型进程响应正常，启动用时 {seconds} 秒")
        yield Finding(text.format(seconds=seconds))
        fit, complaints = _answer(ENGINE.ask(work.look_at_weights))
    finally:
        ENGINE.close()
    for complaint in complaints:
        yield Finding(Text(en="Weights", zh="权重"), complaint)
    if not complaints:
        text = Text(en="Weights of all {fit} learners are whole and fresh", zh="全部 {fit} 个学习器的权重完整且为最新")
        yield Finding(text.format(fit=fit))


def _cluster(scheduler: str) -> Finding:
    """Whether a Dask cluster is there: a question to one without workers would wait for them."""
    from dashboard import workplace

    said = Text(en="Cluster at {scheduler}", zh="{scheduler} 处的集群").format(scheduler=scheduler)
    try:
        executor = workplace.start(scheduler, 1)
    except ReaderError as error:
        return Finding(said, error.text)
    workplace.hands(executor)
    count = workplace.alive(executor)
    workplace.end(executor)
    if count:
        return Finding(Text(en="{said}: {count} at work", zh="{said}：{count} 个在工作").format(said=said, count=count))
    remedy = Text(
        en="It has no workers. On each machine that works, run: dask worker {scheduler} --nworkers 4",
        zh="其中没有工作进程。请在每台工作机上运行：dask worker {scheduler} --nworkers 4",
    )
    return Finding(said, remedy.format(scheduler=scheduler))


def _answer(job: "Job") -> Any:
    """Raises what the work raised, or ReaderError where the worker does not answer in the engine's own time."""
    while not job.wait(1.0):
        pass
    return job.answer()


def _locale() -> str:
    import locale

    named = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), None)
    spoken = named or locale.getlocale()[0] or ""
    return "zh" if spoken.startswith("Chinese") else spoken  # as Windows calls it
