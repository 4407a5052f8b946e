"""A classic experiment, repeated: our figures next to the published ones."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import results, session, words
from dashboard.charts.benchmark import Row, benchmark_chart
from dashboard.charts.style import named
from dashboard.views import formatting
from dashboard.views.headings import draw_heading
from dashboard.views.section import Section, draw_section
from scenarios.errors import UserError
from scenarios.learners.registry import META_LEARNED, Rung, ids
from scenarios.publication.results import BenchmarkResults, trade_of
from scenarios.scenario import Benchmark, Scenario
from scenarios.text import LANGUAGES, Language, Text, written

_FINDING = Text(
    en="**With the published settings, one step and {shots} points, MAML reaches a mean squared error of {here} "
    "here; {who} report {published}.** On these {tasks} tasks it is {pooled} with pooled training. Over all "
    "waves, which are larger on average, no single function has less than {expected}.",
    zh="**按论文设置、{shots} 个点、走一步，本站的 MAML 均方误差为 {here}；{who}给出的是 {published}**。合并训练在"
    "这 {tasks} 个任务上为 {pooled}；就全部正弦曲线而言（平均幅度更大），任何单一函数的均方误差都不低于 "
    "{expected}。",
)
_HERE = Text(en="{mean} (95% CI {low} to {high})", zh="{mean}（95% 置信区间：{low}～{high}）")
_ROWS = Text(
    en="Above: the experiment as published (◇), repeated elsewhere (□) and here (●). Below: this site's own methods.",
    zh="上方：论文中的实验，◇ 已发表，□ 他人复现，● 本站复现；下方：本站自己的方法。",
)
_DIVERGES = Text(
    en="{learner} diverges beyond the one step that it was trained for: with {shots} points, its mean squared "
    "error is {score} after {steps} steps, and {trained} after one.",
    zh="{learner}超出训练所用的一步即发散：{shots} 个点时，走 {steps} 步的均方误差为 {score}，走一步为 {trained}。",
)
_DIVERGED = 10.0  # times the error after the steps that were trained
_AS_PUBLISHED = written(__file__, "benchmark")
_TITLE = Text(en="{shots} points", zh="{shots} 个点")
_STEP = Text(en="{learner}, one step: {origin}", zh="{learner}，走一步：{origin}")
_ORIGIN = {
    "published": Text(en="published", zh="已发表"),
    "repeated": Text(en="repeated elsewhere", zh="他人复现"),
    "here": Text(en="repeated here", zh="本站复现"),
}
_SOURCES = Text(en="Sources of published figures", zh="已发表数字的出处")
_PICTURE = Text(
    en="Mean squared error at {shots} points, for the published experiment and this site's methods. {finding}",
    zh="{shots} 个点时论文实验与本站各方法的均方误差。{finding}",
)
_LEARNER, _POINTS = Text(en="method", zh="方法"), Text(en="points", zh="点数")
_RANDOM, _GRID = Text(en="random points", zh="随机点"), Text(en="even grid", zh="等距点")
_CITED, _AND = Text(en="{authors} {year}", zh="{authors}（{year}）"), Text(en=" and ", zh=" 和 ")
_EXPERIMENT = Text(en="<b>The experiment as published</b>", zh="<b>论文中的实验</b>")
_OURS = Text(en="<b>This site's own methods, best first</b>", zh="<b>本站自己的方法（由好到差）</b>")
_LEFT_OUT = ("pooled",)  # our own repetition, with the same result


def show(scenario: Scenario) -> None:
    """Draw the panel of a scenario that has a classic experiment."""
    classic = scenario.benchmark
    if classic is None:
        return
    language = session.language()
    draw_heading(classic.name)
    try:
        benchmark = results.benchmark(scenario.name)
    except UserError as error:
        st.error(error.text[language])
        return
    draw_section(_section(classic, benchmark, trade_of(scenario), language))
    with st.expander(_SOURCES[language]):
        st.markdown("\n".join(_sources(classic, language)))
    protocol = benchmark.protocol
    command = f"python -m scenarios benchmark {scenario.name} --tasks {protocol.tasks} --seed {protocol.seed}"
    draw_section(Section(key="benchmark_command", command=command))


def _section(classic: Benchmark, benchmark: BenchmarkResults, trade: str, language: Language) -> Section:
    recipe, seconds = next(iter(classic.recipes.values())), [entry.seconds for entry in benchmark.repeated]
    note = _AS_PUBLISHED.format(
        width="-".join(map(str, recipe.hidden)),
        meta_steps=f"{recipe.meta_steps:,}",
        meta_batch=recipe.meta_batch,
        inner_lr=recipe.inner_lr,
        seconds=formatting.between(f"{min(seconds):.0f}", f"{max(seconds):.0f}"),
        tasks=f"{benchmark.tasks:,}",
        seed=benchmark.protocol.seed,
    )
    finding = _finding(classic, benchmark)
    parts = [
        Section(
            key=f"benchmark_{shots}_chart",
            figure=benchmark_chart(
                _rows(classic, trade, benchmark, shots, language), _TITLE.format(shots=shots)[language], language
            ),
            alt=_PICTURE.format(shots=shots, finding=finding)[language],
            table=partial(_table, trade, benchmark, shots, language),
        )
        for shots in classic.shots
    ]
    return Section(
        key="benchmark",
        finding=finding[language],
        parts=tuple(parts),
        note=_ROWS[language],
        method=words.spaced(words.joined(note, *_diverging(benchmark))[language]),
        is_explained=True,
    )


def _finding(classic: Benchmark, benchmark: BenchmarkResults) -> Text:
    shots = classic.shots[0]
    first = next(one for one in classic.published if (one.learner, one.shots) == (META_LEARNED, shots))
    half = f" ± {first.half_width:.3f}" if first.half_width else ""
    mean, low, high = benchmark.repetition(META_LEARNED, shots)
    return _FINDING.format(
        shots=shots,
        here=_HERE.format(mean=f"{mean:.3f}", low=f"{low:.3f}", high=f"{high:.3f}"),
        published=f"{first.score:.3f}{half}",
        who=_who(first.source.partition(",")[0]),
        tasks=f"{benchmark.tasks:,}",
        pooled=f"{benchmark.repetition('pooled', shots).mean:.2f}",
        expected=f"{classic.anchors['pooled']:.2f}",
    )


def _diverging(benchmark: BenchmarkResults) -> list[Text]:
    """Return in a sentence each which learners diverge beyond the steps that they were trained for, and how far."""
    found = {}
    for entry in benchmark.repeated:
        trained = float(entry.random[entry.trained_for][0])
        beyond = [
            (steps, float(score[0]))
            for steps, score in zip(entry.steps, entry.random, strict=True)
            if steps > entry.settings.inner_steps and score[0] > _DIVERGED * trained
        ]
        if beyond and entry.learner not in found:
            steps, score = beyond[0]
            learner = Text(*(named(entry.learner, language, "training") for language in LANGUAGES))
            found[entry.learner] = _DIVERGES.format(
                learner=learner, shots=entry.shots, steps=steps, score=f"{score:,.0f}", trained=f"{trained:.2f}"
            )
    return list(found.values())


def _who(cited: str) -> Text:
    """Return authors and year, as each language writes them: "A and B 2019"."""
    authors, _, year = cited.rpartition(" ")
    return _CITED.format(authors=Text(en=authors, zh=authors.replace(_AND.en, _AND.zh)), year=year)


def _rows(classic: Benchmark, trade: str, benchmark: BenchmarkResults, shots: int, language: Language) -> list[Row]:
    rows = [Row(_EXPERIMENT[language])]
    for learner in classic.recipes:
        for one in classic.published:
            if (one.learner, one.shots) == (learner, shots):
                half = one.half_width or 0.0
                origin = "published" if one.half_width else "repeated"
                rows.append(Row(_called(learner, origin, language), learner, origin, _around(one.score, half)))  # type: ignore[arg-type]
        name = _called(learner, "here", language) if learner in ids(Rung.META_LEARNED) else named(learner, language)
        rows.append(Row(name, learner, "here", benchmark.repetition(learner, shots)))
    # In one order, whatever the number of points, so that the charts side by side can be compared.
    first, ours = benchmark.own(classic.shots[0]), benchmark.own(shots)
    order = sorted(first, key=lambda name: first[name].mean)
    rows.append(Row(_OURS[language]))
    rows += [Row(named(name, language, trade), name, "here", ours[name]) for name in order if name not in _LEFT_OUT]
    return rows


def _around(score: float, half: float) -> tuple[float, float, float]:
    return score, score - half, score + half


def _called(learner: str, origin: str, language: Language) -> str:
    return _STEP.format(learner=named(learner, language, "training"), origin=_ORIGIN[origin])[language]


def _table(trade: str, benchmark: BenchmarkResults, shots: int, language: Language) -> pd.DataFrame:
    rows = []
    for entry in benchmark.repeated:
        if entry.shots == shots:
            random, grid = (float(scores[entry.trained_for][0]) for scores in (entry.random, entry.grid))
            rows.append((_called(entry.learner, "here", language), random, grid))
    ours = [each for each in benchmark.ours if each.shots == shots]
    rows += [(named(each.learner, language, trade), each.random.mean, each.grid.mean) for each in ours]
    headings = [heading[language] for heading in (_LEARNER, _RANDOM, _GRID)]
    return pd.DataFrame([(name, round(random, 4), round(grid, 4)) for name, random, grid in rows], columns=headings)


def _sources(classic: Benchmark, language: Language) -> list[str]:
    lines = [f"- [{one.source}]({one.address}). {one.setting[language]}" for one in classic.published]
    return list(dict.fromkeys(lines))
