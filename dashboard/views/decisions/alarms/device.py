"""Would it fit into a car? The storage of each method, and its times to adapt and to predict."""

import pandas as pd

from dashboard import words
from dashboard.charts.style import named
from dashboard.views.rungs import GROUP, rungs_of
from dashboard.views.section import Section
from scenarios.decisions.alarms.assumptions import WINDOWS_PER_HOUR
from scenarios.learners.registry import META_LEARNED, Rung
from scenarios.protocol import QUERIES
from scenarios.publication.results import LeagueResults, StudyResults, TripsResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text, written

_FINDING = Text(
    en="**Would it run in a car?** Meta-learning stores {stored} numbers ({size} kB). It takes {ms} ms to adapt "
    "to a {task} and classify {queries} windows: at most {each} ms for a window of {seconds} s. The best of simple "
    "statistics, {borrowing}, stores {borrowing_stored} numbers ({borrowing_size} kB) and takes {borrowing_ms} ms. The "
    "slowest method, {slowest}, takes {slowest_ms} ms.",
    zh="**能在车上运行吗**？元学习存储 {stored} 个数（{size} kB），适应一位{task}并判断 {queries} 个片段共需 {ms} "
    "毫秒，每个片段至多 {each} 毫秒，而一个片段长 {seconds} 秒。简单统计方法中最好的{borrowing}存储 "
    "{borrowing_stored} 个数（{borrowing_size} kB），需 {borrowing_ms} 毫秒。最慢的{slowest}需 {slowest_ms} 毫"
    "秒。",
)
_MACHINE = Text(
    en="Times are those of the machine that ran the command `study`; no method was tried on a device in a car.",
    zh="用时在运行 `study` 命令的机器上测得，未在车载设备上试过。",
)
_NOTE = written(__file__, "device")
_MODEL = Text(en="model", zh="模型")
_STORED, _SIZE = Text(en="numbers stored", zh="存储的数值个数"), Text(en="kB", zh="kB")
_MS = Text(en="adapt and classify {queries} windows, ms", zh="适应并判断 {queries} 个片段（毫秒）")
_EACH = Text(en="per window, at most, ms", zh="每个片段至多（毫秒）")


def section(
    scenario: Scenario, study: StudyResults, found: TripsResults, league: LeagueResults, shots: int, language: Language
) -> Section:
    """Return size and speed of the methods that the tab's tables show."""
    place = found.nearest(shots)
    names = [name for name in study.rows(found.shots[place]) if name in found.learners and name in league.learners]
    ms = {name: league.learners[name].cost.adapt_ms for name in names}
    slowest = max(ms, key=lambda name: ms[name])
    simple = study.best(Rung.BORROWING, found.shots[place])
    finding = _FINDING.format(
        **_figures(found, ms, META_LEARNED),
        **{f"borrowing_{what}": each for what, each in _figures(found, ms, simple).items()},
        task=scenario.prose.task,
        queries=QUERIES,
        each=_few(ms[META_LEARNED] / QUERIES),
        seconds=f"{3600 / WINDOWS_PER_HOUR:g}",
        borrowing=named(simple, language, study.decision),
        slowest=named(slowest, language, study.decision),
        slowest_ms=_few(ms[slowest]),
    )
    columns = {
        _MODEL[language]: [named(name, language, study.decision) for name in names],
        _STORED[language]: [
            f"{found.learners[name].stored:,}" if found.learners[name].stored else "–" for name in names
        ],
        _SIZE[language]: [_kilobytes(found, name) for name in names],
        _MS.format(queries=QUERIES)[language]: [_few(ms[name]) for name in names],
        _EACH[language]: [_few(ms[name] / QUERIES) for name in names],
        GROUP[language]: rungs_of(names, language),
    }
    note = _NOTE.format(
        task=scenario.prose.task, shots=words.counted(league.metric, league.cost_shots), queries=QUERIES
    )
    return Section(
        key="device",
        finding=words.spaced(finding[language]),
        table=pd.DataFrame(columns).set_index(_MODEL[language]),
        note=_MACHINE[language],
        method=note[language],
    )


def _figures(found: TripsResults, ms: dict[str, float], name: str) -> dict[str, str]:
    return {
        "stored": f"{found.learners[name].stored:,}" if name in found.learners else "–",
        "size": _kilobytes(found, name) if name in found.learners else "–",
        "ms": _few(ms[name]) if name in ms else "–",
    }


def _kilobytes(found: TripsResults, name: str) -> str:
    size = found.learners[name].stored_bytes
    return f"{size / 1000:.1f}" if size else "–"


def _few(number: float) -> str:
    """Return a time with two figures."""
    return f"{number:#.2g}".rstrip(".") if number < 100 else f"{number:.0f}"
