"""Results of a comparison on a user's own table: the answer, then the evidence."""

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
from scenarios.evaluation.estimate import Estimate
from scenarios.evaluation.prevalence import Reliability
from scenarios.learners.registry import Rung
from scenarios.own_tasks import contenders, wording
from scenarios.own_tasks.results import OwnResults, Point
from scenarios.text import Language, Text

_PICTURE = Text(en="{metric} with {labels}, methods: {names}.", zh="{labels}时的{metric}，方法：{names}。")
_RANGE = Text(
    en="Nine tasks in ten have {low} to {high} with {method} and {labels}.",
    zh="{labels}、使用{method}时，九成任务介于 {low} 与 {high} 之间。",
)
_WORSE = Text(en="In {share} of tasks, {other} is better.", zh="在 {share}的任务中，{other}更好。")


def sections(found: OwnResults, language: Language) -> list[Section]:
    """Return the answer, the charts with their numbers, the table of methods, and how it was measured."""
    told = found.advice
    if not told.method:
        return []
    answer = words.joined(told.answer, *told.reasons)
    shown = wording.methods_shown(found)
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


def _names(names: Sequence[str], language: Language) -> str:
    return words.listed([contenders.name_of(name)[language] for name in names], language)


def _against_labels(found: OwnResults, shown: list[str], answer: Text, language: Language) -> Section:
    return Section(
        key="own_labels",
        heading=wording.AGAINST_LABELS.format(metric=found.metric.name),
        figure=charts.labels_chart(found, shown, language),
        alt=answer[language],
        table=partial(_labels_table, found, language),
    )


def _labels_table(found: OwnResults, language: Language) -> pd.DataFrame:
    rows = [
        {
            wording.COLUMNS["method"][language]: contenders.name_of(name)[language],
            wording.COLUMNS["labels"][language]: int(shots),
            **_numbers(found, point, language),
            wording.COLUMNS["tasks"][language]: len(point.tasks),
        }
        for name, each in found.methods.items()
        for shots, point in each.points.items()
    ]
    return pd.DataFrame(rows)


def _numbers(found: OwnResults, point: Point, language: Language) -> dict[str, str]:
    return {found.metric.name[language]: _estimate(found, point.score, language)}


def _estimate(found: OwnResults, score: Estimate, language: Language) -> str:
    interval = formatting.score_range(score, found.metric)
    return formatting.estimate(scored(score.mean, found.metric, 1), interval)[language]


def _against_tasks(found: OwnResults, growing: list[str], language: Language) -> Section:
    picture = _PICTURE.format(metric=found.metric.name, labels=_labels(found), names=_names(growing, language))[
        language
    ]
    return Section(
        key="own_tasks",
        heading=wording.AGAINST_TASKS.format(metric=found.metric.name),
        figure=charts.tasks_chart(found, growing, language),
        alt=picture,
        table=partial(_tasks_table, found, growing, language),
    )


def _tasks_table(found: OwnResults, growing: list[str], language: Language) -> pd.DataFrame:
    rows = [
        {
            wording.COLUMNS["method"][language]: contenders.name_of(name)[language],
            wording.COLUMNS["tasks"][language]: each.training_tasks,
            found.metric.name[language]: _estimate(found, each.score, language),
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
    rivals = [name for name in wording.methods_shown(found) if name != method]
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
        heading=wording.EACH_TASK,
        finding=words.verbatim(words.joined(spread, *sentences)[language]),
        alt=words.joined(spread, *sentences)[language],
        figure=charts.caterpillar(found, method, other, language),
        table=partial(_each_table, found, language),
        note=note[language] if (note := wording.on_strangeness(found)) else "",
    )


def _each_table(found: OwnResults, language: Language) -> pd.DataFrame:
    shots = found.protocol.headline
    columns: dict[str, list[object]] = {
        wording.COLUMNS["task"][language]: [task.name for task in found.tasks],
        wording.COLUMNS["rows"][language]: [sum(task.labels) for task in found.tasks],
    }
    if found.can_be_unlike:
        columns[wording.COLUMNS["resembles"][language]] = [task.p_value for task in found.tasks]
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
                    wording.COLUMNS["method"][language]: names[look],
                    wording.COLUMNS["predicted"][language]: each.predicted,
                    wording.COLUMNS["observed"][language]: each.observed,
                    wording.COLUMNS["share"][language]: each.share,
                }
            )
            for look, each in bins.items()
        ]
    )
    return Section(
        key="own_calibration",
        heading=wording.CALIBRATION,
        figure=calibration_chart(bins, language=language, decision="league", height=400, names=names),
        alt=wording.CALIBRATION[language],
        table=table,
    )


def _table(found: OwnResults, language: Language) -> Section:
    headline = wording.COLUMNS["score"].format(metric=found.metric.name, labels=_labels(found))[language]
    rows = []
    for rung in Rung:
        for name in found.of_rungs(rung):
            point, each = found.at(name, found.protocol.headline), found.methods[name]
            if point is None:
                continue
            called = contenders.name_of(name)
            label = wording.RECOMMENDED.format(name=called) if name == found.advice.method else called
            rows.append(
                {
                    wording.COLUMNS["method"][language]: label[language],
                    headline: next(iter(_numbers(found, point, language).values())),
                    **({wording.COLUMNS["loss"][language]: f"{point.log_loss.mean:.3f}"} if point.log_loss else {}),
                    wording.COLUMNS["learn"][language]: f"{each.seconds:,.1f}",
                    wording.COLUMNS["adapt"][language]: f"{each.adapt_ms:,.1f}",
                    GROUP[language]: rung.short[language],
                }
            )
    method = wording.how_judged(found)
    if found.untried:
        reasons = [
            wording.REASON.format(method=contenders.name_of(name), reason=reason)[language]
            .replace("。）", "）")
            .replace(".)", ")")
            for name, reason in found.untried.items()
        ]
        method = words.joined(method, wording.UNTRIED.format(methods=words.listed(reasons, language)))
    return Section(
        key="own_methods",
        heading=wording.METHODS,
        table=pd.DataFrame(rows).set_index(wording.COLUMNS["method"][language]),
        note=wording.TESTED[language],
        method=method[language],
        is_explained=True,
    )
