"""The page *Compare methods*: all methods of a scenario against each other and the Bayes-optimal score."""

from functools import lru_cache, partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import pages, results, session, words
from dashboard.charts import league as charts
from dashboard.charts.calibration import calibration_chart
from dashboard.charts.league import Pair
from dashboard.charts.style import named
from dashboard.views import frame
from dashboard.views import league_findings as findings
from dashboard.views.headings import draw_heading
from dashboard.views.section import Section, draw_section
from scenarios.catalog import SCENARIOS
from scenarios.errors import UserError
from scenarios.evaluation.prevalence import Reliability, reliability_as_counted
from scenarios.learners.registry import BAYES, META_LEARNED, REGISTRY, Rung, members
from scenarios.publication.results import LeagueResults
from scenarios.text import Language, Text, written

_LEAD = Text(
    en="Which method is best, and what does it need for that? All answer for the same test tasks. They are grouped by "
    "the data that they see: no labels of the new task, its labels alone, or its labels with other tasks' data.",
    zh="哪种方法最好，又需要哪些数据？所有方法在同一批测试任务上比较，并按用到的数据分组：完全不用新任务的标注、"
    "只用新任务的标注、在此之外再借助其他任务的数据。",
)
_SHOTS = Text(en="Labels per class", zh="每类标注数")
_POINTS = Text(en="Points to learn from", zh="用于学习的点数")
_COMPARE = Text(en="Compare", zh="比较")
_WITH = Text(en="with", zh="与")
_TABLE = Text(en="Distance from the Bayes-optimal score (regret)", zh="各方法与贝叶斯最优的差距（遗憾值）")
_CURVES = Text(en="Learning curves", zh="学习曲线")
_COSTS = Text(en="Score against adaptation time", zh="得分与适应用时")
_TRUE = Text(en="Calibration", zh="概率校准")
_LINE = Text(
    en="Bars and bands: 95% CIs over {tasks} test tasks. In the chart of adaptation time, up and to the left is "
    "better.",
    zh="误差线和色带：{tasks} 个测试任务上的 95% 置信区间。适应用时图中越靠左上越好。",
)
_CAPTION = written(__file__, "comparison")
_LEARNT_RATES = Text(
    en="In this scenario, MAML, FOMAML and ANIL also learn a learning rate for each weight, like Meta-SGD, but "
    "take {steps} inner steps instead of one.",
    zh="本场景中，MAML、FOMAML 和 ANIL 也像 Meta-SGD 那样为每个权重学习一个学习率；Meta-SGD 只走一步内循环，它们走 "
    "{steps} 步。",
)
_ENSEMBLE = Text(
    en="The {name} is a weighted product of the probabilities of {members}; the weights were learned on training "
    "tasks, for each number of labels.",
    zh="{name}把{members}的概率加权相乘，权重在训练任务上按标注数分别学得。",
)
_LOSES = Text(
    en="This holds for tasks that resemble the training tasks. For others, see the page “{page}”.",
    zh="以上结论只对与训练任务相像的任务成立；何时不成立，见“{page}”页。",
)
_PICTURE = Text(en="{title}, {labels}. {finding}", zh="{title}（{labels}）。{finding}")
_GROUP = Text(en="group", zh="组别")
_LEARNER, _GAP = Text(en="method", zh="方法"), Text(en="gap closed", zh="缩小的差距")
_SCORE, _LOW, _HIGH = (
    Text(en="mean", zh="平均"),
    Text(en="95% CI, low", zh="95% 置信下限"),
    Text(en="95% CI, high", zh="95% 置信上限"),
)
_REGRET = Text(en="regret (distance from Bayes-optimal)", zh="遗憾值（距贝叶斯最优）")
_MS, _TRAIN = Text(en="ms to adapt", zh="适应用时（毫秒）"), Text(en="s to train", zh="训练用时（秒）")
_SEEDS = Text(en="mean over seeds", zh="各种子平均")
_LABELS = Text(en="labels", zh="标注数")
_PREDICTED, _OBSERVED = Text(en="predicted probability", zh="预测概率"), Text(en="observed frequency", zh="实际比例")
_COUNTED = Text(en="predictions", zh="预测数")
_LOWEST, _LOWEST_ERROR = 1e-4, 1e-5  # smallest regret on the axis


def show() -> None:
    """Draw the page from top to bottom."""
    language = session.language()
    draw_heading(pages.TITLE["study"], 1)
    draw_heading(_LEAD, 5)
    name = frame.choose_measured(LeagueResults)
    try:
        league = results.league(name)
    except UserError as error:
        st.error(error.text[language])
        return
    shots = _choose_shots(league)
    with st.container(key="league_verdict"):
        simpler = findings.simpler(league, shots, language)
        verdict = findings.verdict(SCENARIOS[name], league, shots, language)
        st.markdown(words.kept_together("\n\n".join(filter(None, (simpler, verdict)))))
    pair = _choose_pair(league, shots)
    text = findings.comparison(league, pair.one, pair.other, shots, language)
    with st.container(key="league_pair"):
        st.markdown(words.kept_together(text))
    left, right = st.columns(2, gap="medium")
    with left:
        draw_section(_section(league, "regret", shots, pair, text, language), is_part=True)
        for section in _how_measured(name, league, language):  # beside the longer column
            draw_section(section)
    with right:
        draw_section(_section(league, "curves", shots, pair, text, language), is_part=True)
        draw_section(_section(league, "costs", shots, pair, text, language), is_part=True)
        if league.metric.is_proportion:
            draw_section(_section(league, "calibration", shots, pair, text, language), is_part=True)


def _how_measured(name: str, league: LeagueResults, language: Language) -> tuple[Section, ...]:
    protocol, recipe = league.protocol, SCENARIOS[name].recipe
    text = _CAPTION.format(tasks=league.tasks, seed=protocol.seed, cost_shots=league.cost_shots)
    if league.trade == "rates":
        text = words.joined(text, _LEARNT_RATES.format(steps=recipe.inner_steps))
    for learner in league.learners:
        if combined := members(SCENARIOS[name], learner):
            called = words.enumerated([REGISTRY[each].name_in(league.trade).in_sentence for each in combined])
            text = words.joined(text, _ENSEMBLE.format(name=REGISTRY[learner].name, members=called))
    limits = _LOSES.format(page=pages.TITLE["challenges"])
    command = f"python -m scenarios study {name} --tasks {league.tasks} --seed {protocol.seed}"
    seeds = {row.seeds.count for row in league.learners.values() if row.seeds}
    command += f" --seeds {max(seeds)}" if seeds else ""
    return (
        Section(key="limits", note=limits[language]),
        Section(
            key="measured",
            note=_LINE.format(tasks=league.tasks)[language],
            method=text[language],
            is_explained=True,
            command=command,
        ),
    )


def _choose_shots(league: LeagueResults) -> int:
    wanted = session.view().shots
    if wanted not in league.shots:
        session.assume(shots=min(league.shots, key=lambda shots: abs(shots - wanted)))
    st.segmented_control(
        (_POINTS if league.metric.is_regression else _SHOTS)[session.language()],
        league.shots,
        key=session.widget("shots"),
        on_change=session.take,
        args=("shots",),
        required=True,
    )
    return session.view().shots


def _choose_pair(league: LeagueResults, shots: int) -> Pair:
    offered, language = league.ranked(shots), session.language()
    single = [name for name in league.ranked(league.shots[0]) if not REGISTRY[name].members]
    rival = next(name for rung in (Rung.BORROWING, Rung.LOCAL) for name in single if REGISTRY[name].rung is rung)
    for name, usual in (("one", META_LEARNED), ("other", rival)):
        if getattr(session.view(), name) not in offered:
            session.assume(**{name: usual})
    for column, label, name in zip(st.columns(2), (_COMPARE, _WITH), ("one", "other"), strict=True):
        with column:
            st.selectbox(
                label[language],
                offered,
                format_func=lambda learner: named(learner, language, league.trade),
                key=session.widget(name),
                on_change=session.take,
                args=(name,),
            )
    return Pair(session.view().one, session.view().other, league.trade)


def _section(league: LeagueResults, which: str, shots: int, pair: Pair, text: str, language: Language) -> Section:
    """Return one of the page's charts. `text` is the comparison that all of them show."""
    title, table = {
        "regret": (_TABLE, partial(_league_table, league, shots, language)),
        "curves": (_CURVES, partial(_curves_table, league, pair, language)),
        "costs": (_COSTS, partial(_league_table, league, shots, language)),
        "calibration": (_TRUE, partial(_calibration_table, league, shots, pair, language)),
    }[which]
    return Section(
        key=f"league_{which}_chart",
        heading=title,
        figure=_figure(league, which, shots, pair, language),
        alt=_PICTURE.format(title=title, labels=words.counted(league.metric, shots), finding=text)[language],
        table=table,
    )


@lru_cache(maxsize=512)  # published figures are shared by all visits
def _figure(league: LeagueResults, which: str, shots: int, pair: Pair, language: Language) -> go.Figure:
    ranked = _grouped(league, shots)
    look = {"metric": league.metric, "language": language}
    if which == "calibration":
        bins = {name: _reliability(league, name, shots) for name in (pair.one, pair.other)}
        colours = {pair.one: charts.ONE, pair.other: charts.OTHER}
        return calibration_chart(bins, language=language, decision=pair.trade, colours=colours)
    if which == "curves":
        curves = {name: row.score for name, row in league.learners.items()}
        return charts.curves_chart(league.shots, curves, pair, shots, **look)  # type: ignore[arg-type]
    ends = _lowest(league), _highest(league)
    if which == "costs":
        regret = {name: league.at(name, "regret", shots)[0] for name in ranked}
        cost = {name: league.learners[name].cost.adapt_ms for name in ranked}
        return charts.cost_chart(regret, cost, pair, *ends, **look)  # type: ignore[arg-type]
    intervals = {name: league.at(name, "regret", shots) for name in ranked}
    return charts.regret_chart(intervals, pair, *ends, **look)  # type: ignore[arg-type]


def _lowest(league: LeagueResults) -> float:
    """Return the power of ten below the least of all regrets."""
    regrets = [float(row.regret[:, 0].min()) for name, row in league.learners.items() if name != BAYES]
    least = max(min(regrets), _LOWEST if league.metric.is_proportion else _LOWEST_ERROR)
    return float(10.0 ** np.floor(np.log10(least) + 1e-9))


def _highest(league: LeagueResults) -> float:
    """Return the worst of all regrets at any number of labels, so that axes never move."""
    return max(float(row.regret.max()) for row in league.learners.values())


def _reliability(league: LeagueResults, name: str, shots: int) -> Reliability:
    return reliability_as_counted(*league.risks(name, shots))


def _league_table(league: LeagueResults, shots: int, language: Language) -> pd.DataFrame:
    rows = []
    for name in ("bayes", *_grouped(league, shots)):
        mean, low, high = league.at(name, "score", shots)
        over_seeds, cost = league.over_seeds(name, shots), league.learners[name].cost
        rows.append({
            _GROUP: REGISTRY[name].rung.short[language], _LEARNER: named(name, language, league.trade),
            _SCORE: mean, _LOW: low, _HIGH: high,
            _REGRET: league.at(name, "regret", shots)[0], _GAP: league.at(name, "gap_closed", shots)[0],
            _SEEDS: None if over_seeds is None else over_seeds[0],
            _MS: cost.adapt_ms, _TRAIN: cost.train_seconds,
        })  # fmt: skip
    return pd.DataFrame(rows).rename(columns=lambda heading: heading[language])


def _grouped(league: LeagueResults, shots: int) -> list[str]:
    """Return all learners by their rungs, the one that sees the most first, and in each the best first."""
    return sorted(league.ranked(shots), key=lambda name: -REGISTRY[name].rung.place)


def _curves_table(league: LeagueResults, pair: Pair, language: Language) -> pd.DataFrame:
    columns: dict[str, object] = {_LABELS[language]: league.shots}
    for name in dict.fromkeys((pair.one, pair.other, *league.learners)):
        columns[pair.called(name, language)] = [league.at(name, "score", shots)[0] for shots in league.shots]
    return pd.DataFrame(columns)


def _calibration_table(league: LeagueResults, shots: int, pair: Pair, language: Language) -> pd.DataFrame:
    tables = []
    for name in dict.fromkeys((pair.one, pair.other)):
        bins = _reliability(league, name, shots)
        columns = {
            _LEARNER[language]: pair.called(name, language),
            _PREDICTED[language]: bins.predicted.round(4),
            _OBSERVED[language]: bins.observed.round(4),
            _COUNTED[language]: bins.examples,
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables)
