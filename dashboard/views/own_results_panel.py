"""What a comparison on a user's own table found: the answer, then the evidence behind it."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from dashboard import words
from dashboard.charts import own_tasks as charts
from dashboard.charts.calibration import calibration_chart
from dashboard.language import scored
from dashboard.views import formatting
from dashboard.views.rungs import GROUP
from dashboard.views.section import Section
from scenarios.evaluation.prevalence import Reliability
from scenarios.learners.registry import Rung
from scenarios.own_tasks import contenders
from scenarios.own_tasks.results import OwnResults, Point
from scenarios.text import Language, Text

_AGAINST_LABELS = Text(en="{metric} against labels in the new task", zh="{metric}随新任务标注数的变化")
_AGAINST_TASKS = Text(en="{metric} against the number of other tasks", zh="{metric}随其他任务数的变化")
_EACH_TASK = Text(en="Task by task", zh="逐个任务")
_CALIBRATION = Text(en="Do predicted probabilities come true?", zh="预测概率是否兑现？")
_METHODS = Text(en="All methods, by what they see", zh="全部方法（按所用信息分组）")
_PICTURE = Text(en="{metric} with {labels}, methods: {names}.", zh="{labels}时的{metric}，方法：{names}。")
_RANGE = Text(
    en="From {low} to {high} in nine tasks of ten, with {method} and {labels}.",
    zh="{labels}、使用{method}时，九成任务介于 {low} 与 {high} 之间。",
)
_WORSE = Text(en="In {share} of tasks, {other} does better.", zh="在 {share}的任务中，{other}更好。")
_JUDGED = Text(
    en="Tasks are divided into {folds} parts. Each is tested by methods that learned from the others, at least "
    "{training} tasks, {repeats} times with other labelled rows. Hyperparameters, encoding and calibration come from "
    "the training tasks of each part. Means are over tasks; every class counts the same; seed {seed}.",
    zh="任务分成 {folds} 份，每份由从其余各份（至少 {training} 个任务）学习的方法作答，"
    "每次换用不同的标注行，共 {repeats} 次。超参数、编码与校准都只取自各份的训练任务。"
    "均值按任务计算，各类权重相同；随机种子 {seed}。",
)
_COVERED = Text(
    en="95% CIs cover which tasks are tested and which rows are labelled. For methods that learn from other tasks in "
    "seconds, they also cover from which: these tasks are divided {divisions} times. Other methods are tested on one "
    "division.",
    zh="95% 置信区间涵盖测试任务和标注行的选取。对于数秒内即可从其他任务学习的方法，"
    "还涵盖用来学习的任务的选取：任务共划分 {divisions} 次。其余方法只在一次划分上测试。",
)
_COVERED_IF_FEW = Text(
    en="95% CIs cover which tasks are tested and which rows are labelled. They do not cover from which other tasks a "
    "method learned: with so few, each task is tested once, after learning from all others.",
    zh="95% 置信区间涵盖测试任务和标注行的选取，但不涵盖用来学习的任务的选取：任务太少，"
    "每个任务只测试一次，用其余全部任务学习。",
)
_COLUMNS = {
    "method": Text(en="method", zh="方法"),
    "score": Text(en="{metric}, {labels} (95% CI)", zh="{metric}，{labels}（95% 置信区间）"),
    "loss": Text(en="negative log-likelihood, nats", zh="负对数似然（nat）"),
    "learn": Text(en="learning, seconds", zh="学习用时（秒）"),
    "adapt": Text(en="new task, ms", zh="新任务用时（毫秒）"),
    "labels": Text(en="labels per class", zh="每类标注数"),
    "tasks": Text(en="other tasks", zh="其他任务数"),
    "task": Text(en="task", zh="任务"),
    "rows": Text(en="rows", zh="行数"),
    "resembles": Text(en="resembles the others (p)", zh="与其他任务相似（p）"),
    "predicted": Text(en="predicted", zh="预测"),
    "observed": Text(en="observed", zh="实际"),
    "share": Text(en="share", zh="占比"),
}
_RECOMMENDED = Text(en="{name} (recommended)", zh="{name}（推荐）")
_UNTRIED = Text(en="Not compared: {methods}.", zh="未参与比较：{methods}。")
_REASON = Text(en="{method} ({reason})", zh="{method}（{reason}）")


def sections(found: OwnResults, language: Language) -> list[Section]:
    """Return the answer, the charts with their numbers, the table of methods, and how it was measured."""
    told = found.advice
    if not told.method:
        return []
    answer = words.joined(told.answer, *told.reasons)
    shown = _shown(found)
    parts = [
        Section(
            key="own_answer",
            finding="\n\n".join(
                (
                    f"##### {words.verbatim(told.answer[language])}",
                    words.verbatim(words.joined(*told.reasons)[language]),
                    words.verbatim(words.joined(*told.more)[language]) if told.more else "",
                )
            ).strip(),
        ),
        _against_labels(found, shown, answer, language),
    ]
    if growing := [name for name in shown if found.methods[name].by_tasks]:
        parts.append(_against_tasks(found, growing, language))
    parts.append(_by_task(found, language))
    if _has_chances(found, shown):
        parts.append(_calibration(found, shown, language))
    parts.append(_table(found, language))
    return parts


def _labels(found: OwnResults) -> Text:
    return words.counted(found.metric, found.protocol.headline)


def _shown(found: OwnResults) -> list[str]:
    """Return the best method of each rung at the headline's labels, and the recommended one."""
    sign, names = found.metric.sign, []
    for rung in Rung:
        able = {
            name: point
            for name in found.of_rungs(rung)
            if (point := found.at(name, found.protocol.headline)) is not None
        }
        if able:
            names.append(max(able, key=lambda name: sign * able[name].score.mean))
    return [*dict.fromkeys([found.advice.method, *names])]


def _names(names: Sequence[str], language: Language) -> str:
    return words.listed([contenders.name_of(name)[language] for name in names], language)


def _against_labels(found: OwnResults, shown: list[str], answer: Text, language: Language) -> Section:
    heading = _AGAINST_LABELS.format(metric=found.metric.name)[language]
    return Section(
        key="own_labels",
        heading=words.spaced(heading),
        figure=charts.labels_chart(found, shown, language),
        alt=answer[language],
        table=partial(_labels_table, found, language),
    )


def _labels_table(found: OwnResults, language: Language) -> pd.DataFrame:
    rows = [
        {
            _COLUMNS["method"][language]: contenders.name_of(name)[language],
            _COLUMNS["labels"][language]: int(shots),
            **_numbers(found, point, language),
            _COLUMNS["tasks"][language]: len(point.tasks),
        }
        for name, each in found.methods.items()
        for shots, point in each.points.items()
    ]
    return pd.DataFrame(rows)


def _numbers(found: OwnResults, point: Point, language: Language) -> dict[str, str]:
    interval = formatting.score_interval(point.score, found.metric)
    return {found.metric.name[language]: f"{scored(point.score.mean, found.metric, 1)} ({interval})"}


def _against_tasks(found: OwnResults, growing: list[str], language: Language) -> Section:
    heading = words.spaced(_AGAINST_TASKS.format(metric=found.metric.name)[language])
    picture = _PICTURE.format(metric=found.metric.name, labels=_labels(found), names=_names(growing, language))[
        language
    ]
    return Section(
        key="own_tasks",
        heading=heading,
        figure=charts.tasks_chart(found, growing, language),
        alt=picture,
        table=partial(_tasks_table, found, growing, language),
    )


def _tasks_table(found: OwnResults, growing: list[str], language: Language) -> pd.DataFrame:
    rows = [
        {
            _COLUMNS["method"][language]: contenders.name_of(name)[language],
            _COLUMNS["tasks"][language]: each.training_tasks,
            found.metric.name[language]: f"{scored(each.score.mean, found.metric, 1)} "
            f"({formatting.score_interval(each.score, found.metric)})",
        }
        for name in growing
        for each in found.methods[name].by_tasks or ()
    ]
    return pd.DataFrame(rows)


def _by_task(found: OwnResults, language: Language) -> Section:
    method, shots = found.advice.method, found.protocol.headline
    point = found.at(method, shots)
    if point is None:
        raise ValueError("the recommended method has no scores")
    rivals = [name for name in _shown(found) if name != method]
    other = rivals[0] if rivals else None
    low, high = np.quantile(point.scores, (0.05, 0.95))
    sentences = []
    if other and (beside := found.at(other, shots)) is not None:
        behind = found.metric.sign * (beside.scores - point.scores) > 0
        share = f"{behind.mean():.0%}" if language == "en" else f"{behind.mean():.0%} "
        sentences.append(_WORSE.format(share=share, other=contenders.name_in_sentence(other)))
    spread = _RANGE.format(
        low=scored(float(low), found.metric, 1),
        high=scored(float(high), found.metric, 1),
        method=contenders.name_in_sentence(method),
        labels=_labels(found),
    )
    return Section(
        key="own_each",
        heading=_EACH_TASK[language],
        finding=words.verbatim(words.joined(spread, *sentences)[language]),
        alt=words.joined(spread, *sentences)[language],
        figure=charts.caterpillar(found, method, other, language),
        table=partial(_each_table, found, language),
    )


def _each_table(found: OwnResults, language: Language) -> pd.DataFrame:
    shots = found.protocol.headline
    columns: dict[str, list[object]] = {
        _COLUMNS["task"][language]: [task.name for task in found.tasks],
        _COLUMNS["rows"][language]: [sum(task.labels) for task in found.tasks],
        _COLUMNS["resembles"][language]: [task.p_value for task in found.tasks],
    }
    for name in found.methods:
        point = found.at(name, shots)
        if point is not None:
            by_task = dict(zip(point.tasks, point.scores, strict=True))
            columns[contenders.name_of(name)[language]] = [by_task.get(place) for place in range(len(found.tasks))]
    return pd.DataFrame(columns)


def _has_chances(found: OwnResults, shown: list[str]) -> bool:
    """Whether a method predicts probabilities."""
    points = [found.at(name, found.protocol.headline) for name in shown]
    return any(point is not None and point.reliability is not None for point in points)


def _calibration(found: OwnResults, shown: list[str], language: Language) -> Section:
    bins, names = dict[str, Reliability](), dict[str, str]()
    for name in shown:
        point, look = found.at(name, found.protocol.headline), charts.looked(name)
        if point is not None and point.reliability is not None and look not in bins:
            share, stated, came = point.reliability
            kept = share > 0
            names[look] = contenders.name_of(name)[language]
            bins[look] = Reliability(
                stated[kept] / share[kept],
                came[kept] / share[kept],
                share[kept],
                np.round(1000 * share[kept]).astype(int),
            )
    table = pd.concat(
        [
            pd.DataFrame(
                {
                    _COLUMNS["method"][language]: names[look],
                    _COLUMNS["predicted"][language]: each.predicted,
                    _COLUMNS["observed"][language]: each.observed,
                    _COLUMNS["share"][language]: each.share,
                }
            )
            for look, each in bins.items()
        ]
    )
    return Section(
        key="own_calibration",
        heading=_CALIBRATION[language],
        figure=calibration_chart(bins, language=language, decision="league", height=400, names=names),
        alt=_CALIBRATION[language],
        table=table,
    )


def _table(found: OwnResults, language: Language) -> Section:
    headline = _COLUMNS["score"].format(metric=found.metric.name, labels=_labels(found))[language]
    rows = []
    for rung in Rung:
        for name in found.of_rungs(rung):
            point, each = found.at(name, found.protocol.headline), found.methods[name]
            if point is None:
                continue
            label = contenders.name_of(name)
            if name == found.advice.method:
                label = _RECOMMENDED.format(name=label)
            rows.append(
                {
                    _COLUMNS["method"][language]: label[language],
                    headline: next(iter(_numbers(found, point, language).values())),
                    **({_COLUMNS["loss"][language]: f"{point.log_loss.mean:.3f}"} if point.log_loss else {}),
                    _COLUMNS["learn"][language]: f"{each.seconds:,.1f}",
                    _COLUMNS["adapt"][language]: f"{each.adapt_ms:,.1f}",
                    GROUP[language]: rung.short[language],
                }
            )
    at = found.protocol
    judged = _JUDGED.format(folds=at.folds, training=at.training_tasks, repeats=at.repeats, seed=at.seed)
    note = words.joined(judged, _COVERED.format(divisions=at.divisions) if at.divisions > 1 else _COVERED_IF_FEW)
    if found.untried:
        reasons = [
            _REASON.format(method=contenders.name_of(name), reason=reason)[language]
            .replace("。）", "）")
            .replace(".)", ")")
            for name, reason in found.untried.items()
        ]
        note = words.joined(note, _UNTRIED.format(methods=words.listed(reasons, language)))
    return Section(
        key="own_methods",
        heading=_METHODS[language],
        table=pd.DataFrame(rows).set_index(_COLUMNS["method"][language]),
        note=note[language],
        is_explained=True,
    )
