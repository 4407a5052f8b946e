"""The challenges, measured: data, compute, complexity, robustness."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import compute, reader, words
from dashboard.charts import challenges as charts
from dashboard.charts.novelty import novelty_chart
from dashboard.compute import Challenges, Study
from dashboard.language import percent
from dashboard.views import challenge_findings as findings
from dashboard.views import parts
from dashboard.views.explaining import explained
from dashboard.views.pictures import curves_table, novelty_curves, novelty_sentence
from scenarios.catalog import SCENARIOS
from scenarios.demo.drafts import complete
from scenarios.errors import ReaderError
from scenarios.learners.registry import REGISTRY
from scenarios.text import Language, Text

_LEAD = Text(
    en="Meta-learning is said to need many training tasks, much computing and careful settings, and new tasks that are "
    "like the old ones: here is how much of each.",
    zh="常说元学习需要大量训练任务、大量算力和仔细设置，还要求新任务与旧任务相像。各需多少，下面逐一测给你看。",
)
_DATA = Text(en="Data: how many training tasks?", zh="数据：需要多少训练任务？")
_DIVERSITY = Text(en="Diversity: how different must they be?", zh="多样性：训练任务需要多大差异？")
_COMPUTE = Text(en="Compute: how long, and are second derivatives worth it?", zh="算力：要训练多久，二阶导数值不值？")
_COMPLEXITY = Text(en="Complexity: how much does a setting matter?", zh="复杂度：设置的影响有多大？")
_ROBUSTNESS = Text(en="Robustness: when does experience mislead?", zh="稳健性：经验何时会误导模型？")
_MEASURED_ON = Text(
    en="Means over {tasks} fresh test tasks, the same for all, with {shots} labels per class, "
    "{queries} queries each and seed {seed}; bands: 95% intervals. All but what a chart varies is as the scenario "
    "uses it ({train_tasks} training tasks, {meta_steps} meta-steps, inner rate {inner_lr}); no training stops early. "
    "“Without it” is the better of this network from scratch and {reference_learner}, their settings chosen on "
    "training tasks. Seconds are those of the machine that ran the command, without compiling, drawing tasks and "
    "judging.",
    zh="各图均为 {tasks} 个全新测试任务（同一批）的平均值，每类 {shots} 个标注，"
    "每任务 {queries} 个查询样本，随机种子 {seed}；色带为 95% 区间。"
    "除图中所变的一项外，其余与该场景所用一致（{train_tasks} 个训练任务，"
    "{meta_steps} 步元训练，内循环学习率 {inner_lr}），训练均不提前停止。"
    "“不用”指从零训练的本网络和{reference_learner}中较好的一个，超参数在训练任务上选定。"
    "用时取自运行该命令的机器，不含编译、抽取任务和评估。",
)
_ON = Text(en="Measured on {title}, with MAML and {labels}.", zh="测量场景：{title}；方法：MAML；{labels}。")
_STUDIED = Text(
    en="Means over {tasks} fresh test tasks, {shots} labels per class, seed {seed}; bands: 95% intervals.",
    zh="{tasks} 个全新测试任务的平均值，每类 {shots} 个标注，随机种子 {seed}；色带为 95% 区间。",
)
_TASKS = Text(en="training tasks", zh="训练任务数")
_SHARE = Text(en="share of all tasks", zh="占全部任务的比例")
_RATE = Text(en="inner learning rate", zh="内循环学习率")
_STEPS = Text(en="inner steps", zh="内循环步数")
_ORDER, _META_STEPS = Text(en="derivatives", zh="导数"), Text(en="meta-steps", zh="元训练步数")
_SECONDS = Text(en="seconds", zh="用时（秒）")
_MEAN, _LOW, _HIGH = Text(en="mean", zh="平均"), Text(en="95% from", zh="95% 下限"), Text(en="95% to", zh="95% 上限")
_PICTURE = Text(en="{metric} against {axis}. {finding}", zh="{metric}随{axis}的变化。{finding}")
_SIDE_BY_SIDE = 330  # px


def show() -> None:
    """Draw the page from top to bottom."""
    language = reader.language()
    st.title(words.TITLE["challenges"][language])
    st.markdown(f"##### {_LEAD[language]}")
    name = _choose()
    try:
        _measured(compute.challenges(name))
    except ReaderError as error:
        st.error(error.text[language])
    _robustness()


def _choose() -> str:
    """The scenario that is shown, among those that were measured; without any, the first, whose file is missed."""
    offered = compute.challenged() or list(SCENARIOS)[:1]
    return offered[0] if len(offered) == 1 else parts.choose_scenario(offered)


def _measured(found: Challenges) -> None:
    language, raw = reader.language(), found.raw
    labels = words.counted(found.metric, raw["protocol"]["shots"])
    st.markdown(_ON.format(title=SCENARIOS[raw["scenario"]].prose.title, labels=labels)[language])
    with st.container(key="challenge_data"):
        said, part = findings.data(found, language), raw["data"]
        _section(_DATA, said)
        _picture(found, "data", _TASKS, said[0], _table({_TASKS: part["train_tasks"]}, part["score"], language))
    with st.container(key="challenge_diversity"):
        said, part = findings.diversity(found, language), raw["diversity"]
        _section(_DIVERSITY, said)
        shares = [percent(share) for share in part["shares"]]
        _picture(found, "diversity", _SHARE, said[0], _table({_SHARE: shares}, part["score"], language))
    with st.container(key="challenge_compute"):
        said = findings.compute(found, language)
        _section(_COMPUTE, said)
        _picture(found, "compute", _SECONDS, said[0], _times_table(found, language))
    part = raw["complexity"]
    with st.container(key="challenge_complexity"):
        finding, figures = findings.complexity(found, language)
        _section(_COMPLEXITY, (finding, figures))
        left, right = st.columns(2, gap="medium")
        with left:
            _picture(found, "rates", _RATE, finding, _table({_RATE: part["inner_rates"]}, part["by_rate"], language))
        with right:
            _picture(found, "steps", _STEPS, figures, _table({_STEPS: part["steps"]}, part["by_steps"], language))
    protocol = raw["protocol"]
    recipe = raw["recipe"] | {key: f"{raw['recipe'][key]:,}" for key in ("train_tasks", "meta_steps")}
    reference_learner = next(name for name in part["baseline_settings"] if name != "scratch")
    note = _MEASURED_ON.format(reference_learner=REGISTRY[reference_learner].name, **recipe | protocol)[language]
    st.caption(note, help=explained(note, language))
    command = f"python -m scenarios challenges {raw['scenario']} --tasks {protocol['tasks']} --seed {protocol['seed']}"
    st.code(command, language="bash", wrap_lines=True)


def _section(title: Text, said: tuple[str, str]) -> None:
    finding, figures = said
    st.subheader(title[reader.language()])
    st.markdown(words.spaced(f"**{finding}**\n\n{figures}"))


def _picture(found: Challenges, which: str, axis: Text, finding: str, table: pd.DataFrame) -> None:
    language = reader.language()
    takeaway = _PICTURE.format(metric=found.metric.name[language], axis=axis[language], finding=finding)
    parts.chart(_figure(found, which, language), takeaway=takeaway, table=table, key=f"challenge_{which}_chart")


@lru_cache(maxsize=64)  # published figures are the same for everybody
def _figure(found: Challenges, which: str, language: Language) -> go.Figure:
    raw, part = found.raw, found.raw["complexity"]
    reference = {found.baseline: found.reference("from_scratch"), "bayes": found.reference("bayes")}
    compared = charts.Comparison(found.metric, reference, language)
    if which == "data":
        kept = raw["data"]
        counts, score, ahead = kept["train_tasks"], np.array(kept["score"]), np.array(kept["ahead"])
        return charts.tasks_chart(counts, score, ahead, compared)
    if which == "diversity":
        kept = raw["diversity"]
        shares, score, ahead = kept["shares"], np.array(kept["score"]), np.array(kept["ahead"])
        return charts.shares_chart(shares, score, ahead, compared)
    if which == "compute":
        runs = {order: (raw["compute"][order]["seconds"], np.array(raw["compute"][order]["score"]))
                for order in charts.ORDERS}  # fmt: skip
        return charts.time_chart(runs, compared)
    if which == "rates":
        return charts.rate_chart(part["inner_rates"], np.array(part["by_rate"]), raw["recipe"]["inner_lr"], compared)
    return charts.steps_chart(part["steps"], np.array(part["by_steps"]), part["trained_for"], compared)


def _table(left: Mapping[Text, Sequence[object]], score: list[list[float]], language: Language) -> pd.DataFrame:
    intervals = {
        heading[language]: column for heading, column in zip((_MEAN, _LOW, _HIGH), np.array(score).T, strict=True)
    }
    return pd.DataFrame({title[language]: values for title, values in left.items()} | intervals)


def _times_table(found: Challenges, language: Language) -> pd.DataFrame:
    tables = []
    for order, name in charts.ORDERS.items():
        run = found.raw["compute"][order]
        table = _table({_META_STEPS: run["steps"], _SECONDS: run["seconds"]}, run["score"], language)
        table.insert(0, _ORDER[language], name[language])
        tables.append(table)
    return pd.concat(tables)


def _robustness() -> None:
    """Every application's published novelty: where from scratch draws ahead."""
    language = reader.language()
    st.subheader(_ROBUSTNESS[language])
    applications = [scenario.name for scenario in complete() if not scenario.regression]
    studies: dict[str, Study] = {}
    for name in applications:
        try:
            studies[name] = compute.study(name)
        except ReaderError as error:
            st.error(error.text[language])
    if not studies:
        return
    titles = {name: SCENARIOS[name].prose.title[language] for name in studies}
    with st.container(key="finding_robustness"):
        st.markdown(f"**{findings.robustness({titles[name]: study for name, study in studies.items()}, language)}**")
    for column, (name, study) in zip(st.columns(len(studies), gap="medium"), studies.items(), strict=True):
        with column:
            _novelty(titles[name], study, language)


def _novelty(title: str, study: Study, language: Language) -> None:
    novelty, protocol = study.raw["novelty"], study.raw["protocol"]
    name = study.raw["scenario"]
    st.markdown(f"###### {title}")
    parts.chart(
        _novelty_figure(study, language),
        takeaway=novelty_sentence(study),
        table=curves_table(novelty["rho"], "ρ", novelty_curves(study), language),
        key=f"robustness_{name}_chart",
    )
    st.caption(_STUDIED.format(tasks=study.tasks, shots=novelty["shots"], seed=protocol["seed"])[language])
    command = f"python -m scenarios study {name} --tasks {study.tasks} --seed {protocol['seed']}"
    st.code(command, language="bash", wrap_lines=True)


@lru_cache(maxsize=16)
def _novelty_figure(study: Study, language: Language) -> go.Figure:
    return novelty_chart(
        study.raw["novelty"]["rho"], novelty_curves(study), study.overtaken_at, metric=study.metric, language=language,
        height=_SIDE_BY_SIDE,
    )  # fmt: skip
