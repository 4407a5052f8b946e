"""Which strategy? All learners of a scenario against each other, and against the best possible."""

from functools import lru_cache

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import results, session, words
from dashboard.charts import league as charts
from dashboard.charts.calibration import calibration_chart
from dashboard.charts.league import Pair
from dashboard.charts.style import named
from dashboard.views import frame
from dashboard.views import league_findings as findings
from dashboard.views.explaining import explained
from scenarios.catalog import SCENARIOS
from scenarios.errors import UserError
from scenarios.evaluation.prevalence import reliability_as_counted
from scenarios.learners.registry import BAYES
from scenarios.publication.results import LeagueResults
from scenarios.text import Language, Text

_LEAD = Text(
    en="Every strategy on the same fresh tasks, each baseline at its best, the best possible beside them.",
    zh="所有策略在同一批全新任务上比较，每个基线都调到最好，并附贝叶斯最优作参照。",
)
_SHOTS = Text(en="Labels per class", zh="每类标注数")
_POINTS = Text(en="Points to learn from", zh="用于学习的点数")
_COMPARE = Text(en="Compare", zh="比较")
_WITH = Text(en="with", zh="与")
_TABLE = Text(en="How near each comes to the best possible", zh="各策略与贝叶斯最优的差距")
_CURVES = Text(en="With more labels", zh="标注增多时")
_COSTS = Text(en="What it costs", zh="代价如何")
_TRUE = Text(en="Do their probabilities come true?", zh="给出的概率可信吗？")
_CAPTION = Text(
    en="Means over {tasks} fresh tasks, the same for all, seed {seed}; bars and bands: 95% intervals over tasks. "
    "Settings were chosen on training tasks. Milliseconds are those of the machine that ran the command, for one task "
    "of {cost_shots} labels per class and 200 query examples; training times are estimated from the pace of a few "
    "meta-steps, without drawing and tuning. The line joins those that nobody beats in both; "
    "up and to the left is better. "
    "“Best possible” is a computed optimum for the scenario's own prior.",
    zh="{tasks} 个全新任务的平均值，各方法任务相同，随机种子 {seed}；误差线和色带为按任务计算的 95% 区间。"
    "超参数在训练任务上选定。用时取自运行该命令的机器，按一个任务计（每类 {cost_shots} 个标注、200 个查询样本）；"
    "训练用时按若干元训练步的速度推算，不含抽取任务和调参。"
    "折线连接没有其他策略能在两方面都胜过的那些（帕累托前沿），越靠左上越好。“贝叶斯最优”是按场景自身先验算出的最优值。",
)
_LEARNT_RATES = Text(
    en="Here MAML, FOMAML and ANIL learn a rate for each weight with the start, as Meta-SGD does, which takes one "
    "inner step; they take {steps}.",
    zh="本场景中，MAML、FOMAML 和 ANIL 也像 Meta-SGD 那样为每个权重学习一个学习率；"
    "Meta-SGD 只走一步内循环，它们走 {steps} 步。",
)
_LOSES = Text(
    en="All this holds for tasks like those that were trained on. When it does not: page “{page}”.",
    zh="以上结论只对与训练任务相像的任务成立；何时不成立，见“{page}”页。",
)
_PICTURE = Text(en="{title}, {shots} labels. {finding}", zh="{title}（标注数 {shots}）。{finding}")
_LEARNER, _GAP = Text(en="learner", zh="学习器"), Text(en="gap closed", zh="弥合的差距")
_SCORE, _LOW, _HIGH = Text(en="mean", zh="平均"), Text(en="95% from", zh="95% 下限"), Text(en="95% to", zh="95% 上限")
_REGRET = Text(en="short of best possible", zh="距贝叶斯最优")
_MS, _TRAIN = Text(en="ms to adapt", zh="适应用时（毫秒）"), Text(en="s to train", zh="训练用时（秒）")
_SEEDS = Text(en="mean over seeds", zh="各种子平均")
_LABELS = Text(en="labels", zh="标注数")
_SAID, _SEEN = Text(en="said", zh="预测概率"), Text(en="seen", zh="实际比例")
_LOWEST, _LOWEST_ERROR = 1e-4, 1e-5  # regret that is told apart


def show() -> None:
    """Draw the page from top to bottom."""
    language = session.language()
    st.title(words.TITLE["study"][language])
    st.markdown(f"##### {_LEAD[language]}")
    # Among those that were measured; without any, the first, whose file is missed.
    name = frame.choose_scenario(results.measured(LeagueResults) or list(SCENARIOS)[:1])
    try:
        found = results.league(name)
    except UserError as error:
        st.error(error.text[language])
        return
    shots = _choose_shots(found)
    with st.container(key="league_verdict"):
        loses = findings.pretraining_wins(found, shots, language)
        st.markdown("\n\n".join(filter(None, (loses, findings.verdict(SCENARIOS[name], found, shots, language)))))
    pair = _choose_pair(found, shots)
    said = findings.comparison(found, pair.one, pair.other, shots, language)
    with st.container(key="league_pair"):
        st.markdown(said)
    left, right = st.columns(2, gap="medium")
    with left:
        _picture(found, "regret", shots, pair, said, _league_table(found, shots, language))
    with right:
        _picture(found, "curves", shots, pair, said, _curves_table(found, pair, language))
        _picture(found, "costs", shots, pair, said, _league_table(found, shots, language))
    left, right = st.columns(2, gap="medium")
    if found.metric.is_proportion:
        with left:
            _picture(found, "calibration", shots, pair, said, _calibration_table(found, shots, pair, language))
    with right:
        _how_measured(name, found)


def _how_measured(name: str, found: LeagueResults) -> None:
    language = session.language()
    protocol, recipe = found.protocol, SCENARIOS[name].recipe
    said = _CAPTION.format(tasks=found.tasks, seed=protocol.seed, cost_shots=found.cost_shots)
    if found.trade == "rates":
        said = words.joined(said, _LEARNT_RATES.format(steps=recipe.inner_steps))
    note = said[language]
    st.caption(note, help=explained(note, language))
    st.caption(_LOSES.format(page=words.TITLE["challenges"])[language])
    command = f"python -m scenarios study {name} --tasks {found.tasks} --seed {protocol.seed}"
    seeds = {row.seeds.count for row in found.learners.values() if row.seeds}
    st.code(command + (f" --seeds {max(seeds)}" if seeds else ""), language="bash", wrap_lines=True)


def _choose_shots(found: LeagueResults) -> int:
    asked = session.view().shots
    if asked not in found.shots:
        session.assume(shots=min(found.shots, key=lambda shots: abs(shots - asked)))
    st.segmented_control(
        (_POINTS if found.metric.is_regression else _SHOTS)[session.language()],
        found.shots,
        key=session.widget("shots"),
        on_change=session.take,
        args=("shots",),
        required=True,
    )
    return session.view().shots


def _choose_pair(found: LeagueResults, shots: int) -> Pair:
    offered, language = found.ranked(shots), session.language()
    for name, usual in (("one", "maml"), ("other", found.best_from_scratch[0])):
        if getattr(session.view(), name) not in offered:
            session.assume(**{name: usual})
    for column, label, name in zip(st.columns(2), (_COMPARE, _WITH), ("one", "other"), strict=True):
        with column:
            st.selectbox(
                label[language],
                offered,
                format_func=lambda learner: named(learner, language, found.trade),
                key=session.widget(name),
                on_change=session.take,
                args=(name,),
            )
    return Pair(session.view().one, session.view().other, found.trade)


def _picture(found: LeagueResults, which: str, shots: int, pair: Pair, said: str, table: pd.DataFrame) -> None:
    titles = {"regret": _TABLE, "curves": _CURVES, "costs": _COSTS, "calibration": _TRUE}
    st.markdown(f"###### {titles[which][session.language()]}")
    frame.chart(
        _figure(found, which, shots, pair, session.language()),
        takeaway=_PICTURE.format(title=titles[which], shots=shots, finding=said),
        table=table,
        key=f"league_{which}_chart",
    )


@lru_cache(maxsize=512)  # published figures are the same for everybody
def _figure(found: LeagueResults, which: str, shots: int, pair: Pair, language: Language) -> go.Figure:
    ranked = found.ranked(shots)
    look = {"metric": found.metric, "language": language}
    if which == "calibration":
        points = {name: _reliability(found, name, shots) for name in (pair.one, pair.other)}
        colours = {pair.one: charts.ONE, pair.other: charts.OTHER}
        return calibration_chart(points, language=language, height=330, decision=pair.trade, colours=colours)
    if which == "curves":
        curves = {name: row.score for name, row in found.learners.items()}
        return charts.curves_chart(found.shots, curves, pair, shots, **look)  # type: ignore[arg-type]
    ends = _lowest(found), _highest(found)
    if which == "costs":
        regret = {name: found.at(name, "regret", shots)[0] for name in ranked}
        cost = {name: found.learners[name].cost.adapt_ms for name in ranked}
        return charts.cost_chart(regret, cost, pair, *ends, **look)  # type: ignore[arg-type]
    intervals = {name: found.at(name, "regret", shots) for name in ranked}
    return charts.regret_chart(intervals, pair, *ends, **look)  # type: ignore[arg-type]


def _lowest(found: LeagueResults) -> float:
    """Return the power of ten below the least of all regrets."""
    regrets = [float(row.regret[:, 0].min()) for name, row in found.learners.items() if name != BAYES]
    least = max(min(regrets), _LOWEST if found.metric.is_proportion else _LOWEST_ERROR)
    return float(10.0 ** np.floor(np.log10(least) + 1e-9))


def _highest(found: LeagueResults) -> float:
    """Return the worst of all regrets at any number of labels, so that axes never move."""
    return max(float(row.regret.max()) for row in found.learners.values())


def _reliability(found: LeagueResults, name: str, shots: int) -> tuple[np.ndarray, np.ndarray]:
    said, seen, _ = reliability_as_counted(*found.risks(name, shots))
    return said, seen


def _league_table(found: LeagueResults, shots: int, language: Language) -> pd.DataFrame:
    rows = []
    for name in ("bayes", *found.ranked(shots)):
        mean, low, high = found.at(name, "score", shots)
        over_seeds, cost = found.over_seeds(name, shots), found.learners[name].cost
        rows.append({
            _LEARNER: named(name, language, found.trade), _SCORE: mean, _LOW: low, _HIGH: high,
            _REGRET: found.at(name, "regret", shots)[0], _GAP: found.at(name, "gap_closed", shots)[0],
            _SEEDS: None if over_seeds is None else over_seeds[0],
            _MS: cost.adapt_ms, _TRAIN: cost.train_seconds,
        })  # fmt: skip
    return pd.DataFrame(rows).rename(columns=lambda heading: heading[language])


def _curves_table(found: LeagueResults, pair: Pair, language: Language) -> pd.DataFrame:
    columns: dict[str, object] = {_LABELS[language]: found.shots}
    for name in dict.fromkeys((pair.one, pair.other, *found.learners)):
        columns[pair.called(name, language)] = [found.at(name, "score", shots)[0] for shots in found.shots]
    return pd.DataFrame(columns)


def _calibration_table(found: LeagueResults, shots: int, pair: Pair, language: Language) -> pd.DataFrame:
    tables = []
    for name in dict.fromkeys((pair.one, pair.other)):
        said, seen = _reliability(found, name, shots)
        columns = {
            _LEARNER[language]: pair.called(name, language),
            _SAID[language]: said.round(4),
            _SEEN[language]: seen.round(4),
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables)
