"""A comparison on a user's own table as one HTML file: both languages, printable, without scripts or a network.

Names and values of the table are hostile until escaped: `_escaped` is the only way into the file.
"""

import platform
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from scenarios.evaluation.estimate import Estimate
from scenarios.learners.registry import Rung
from scenarios.metrics import MSE
from scenarios.own_tasks import contenders, drawings, health, wording
from scenarios.own_tasks.cleaning import shown
from scenarios.own_tasks.drawings import Curve
from scenarios.own_tasks.results import OwnResults
from scenarios.own_tasks.source import Source
from scenarios.text import LANGUAGES, Language, Text

MOST_TASKS = 1000  # rows of the table of tasks
_COLOURS = {  # dark enough on white paper for small text
    Rung.NO_LOCAL_LABELS: "#5b6673", Rung.LOCAL: "#006d4e", Rung.BORROWING: "#8a4f7d", Rung.META_LEARNED: "#0b66a8",
}  # fmt: skip
_DASHES = ("", "7 4", "2 3")  # dashes of a rung's first method, its second ...
_VERSIONS = ("quick-study", "numpy", "scipy", "scikit-learn", "tensorflow-cpu", "tensorflow", "pandas")
_BESIDE = re.compile("(?<=[A-Za-z])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[A-Za-z])")  # where Chinese has a space
_NAME = {"en": "English", "zh": "中文"}
_STYLE = """
:root{color-scheme:light}
body{font:15px/1.5 system-ui,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;
color:#1b2430;background:#fff;max-width:760px;margin:24px auto;padding:0 16px}
h1{font-size:22px;margin:8px 0}h2{font-size:18px;margin:28px 0 8px}
.answer{font-size:18px;border-left:4px solid #0b66a8;padding:6px 14px;background:#f3f5f8}
table{border-collapse:collapse;width:100%;font-size:13px;margin:8px 0}
th,td{border-bottom:1px solid #d5dbe3;padding:3px 8px;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{font-weight:600}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
th,td{min-width:6.5em}th.n,td.n{min-width:0}td.n{white-space:nowrap}th.n{overflow-wrap:normal}.wide{overflow-x:auto}
svg{width:100%;height:auto;display:block;font-family:inherit}figure{margin:8px 0}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f3f5f8;padding:10px;font-size:12.5px}
.note{color:#4a5563;font-size:13px}
.switch{position:absolute;opacity:0}label{cursor:pointer;padding:2px 10px;border:1px solid #6b7785;border-radius:6px}
article{display:none}#en:checked~article.en,#zh:checked~article.zh{display:block}
#en:checked~nav label[for=en],#zh:checked~nav label[for=zh]{background:#0b66a8;color:#fff}
.switch:focus-visible~nav{outline:2px solid #0b66a8}
@page{size:A4;margin:15mm}
@media print{body{max-width:none;margin:0;padding:0;font-size:11pt}nav{display:none}
figure,tr,pre,.answer{break-inside:avoid}h2{break-after:avoid}thead{display:table-header-group}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}svg{max-height:235mm}}
"""

_TITLE = Text(en="Methods compared on {file}", zh="{file}：方法比较")
_HEALTH = Text(en="What this table can answer", zh="这张表格能回答什么")
_NOTICED = Text(en="How the table was read", zh="表格的读取")
_SETTINGS = Text(en="Settings", zh="设置")
_COMMAND = Text(en="The command that repeats it", zh="重现本结果的命令")
_COMMAND_NOTE = Text(
    en="Replace TABLE with the path of the file. The command has no options for kinds of columns changed by hand "
    "on the page, number formats, or codes of missing values: compare them with the settings above.",
    zh="请把 TABLE 换成文件的路径。在页面上手动更改的列类型、数字格式和缺失值代码无法由命令指定，请与上面的设置核对。",
)
_TASKS_LEFT = Text(en="{count} more tasks are in tasks.csv.", zh="另有 {count} 个任务，见 tasks.csv。")
_ERROR_UNIT = Text(en="Errors are in the label's own unit, squared.", zh="误差的单位是标签单位的平方。")
_EVEN = Text(en="Dashed: perfectly calibrated predictions.", zh="虚线：完全校准。")
_UNLIKE = Text(en="unlike the others", zh="与其他任务不同")
_LARGEST = Text(en="most labels", zh="最多标注数")
_METHOD_SEES = Text(en="uses", zh="所用信息")
_NONE = Text(en="none", zh="无")
_FACTS = {
    "file": Text(en="file", zh="文件"),
    "rows": Text(en="rows used", zh="使用的行数"),
    "task": Text(en="task column", zh="任务列"),
    "label": Text(en="label column", zh="标签列"),
    "classes": Text(en="classes (the last one counts as positive)", zh="类别（最后一个视为阳性）"),
    "numeric": Text(en="numeric features", zh="数值特征"),
    "categorical": Text(en="categorical features", zh="类别特征"),
    "yes_no": Text(en="yes/no features", zh="是/否特征"),
    "ignored": Text(en="left out", zh="不使用的列"),
    "codes": Text(en="numbers that mean a missing value", zh="代表缺失的数值"),
    "shots": Text(en="labels per class", zh="每类标注数"),
    "headline": Text(en="labels per class in the answer", zh="结论所用的每类标注数"),
    "folds": Text(en="folds of tasks", zh="任务划分份数"),
    "repeats": Text(en="repeats of each task", zh="每个任务的重复次数"),
    "training": Text(en="tasks to learn from, at least", zh="可供学习的任务数（至少）"),
    "methods": Text(en="methods", zh="方法"),
    "seed": Text(en="random seed", zh="随机种子"),
    "digest": Text(en="fingerprint of the values (SHA-256)", zh="数据指纹（SHA-256）"),
    "versions": Text(en="versions", zh="软件版本"),
    "made": Text(en="created", zh="生成时间"),
}


@dataclass(frozen=True, eq=False)
class Context:
    """Further content of a report, besides the results.

    Parameters
    ----------
    source : Source
        The table with its roles.
    file : str
        The name of its file.
    notes : tuple of Text
        How it was read, and remarks on its columns.
    made : datetime
        The wall clock's time, with its zone.
    """

    source: Source
    file: str
    notes: tuple[Text, ...]
    made: datetime = field(default_factory=lambda: datetime.now().astimezone())


def as_html(found: OwnResults, context: Context, first: Language = "en") -> str:
    """Return the report; `first` is the language that is shown when it is opened."""
    title = _escaped(_TITLE.format(file=shown(context.file))[first])
    switches = "".join(
        f'<input class="switch" type="radio" name="language" id="{each}"{" checked" if each == first else ""}>'
        for each in LANGUAGES
    )
    labels = " ".join(f'<label for="{each}" lang="{each}">{_NAME[each]}</label>' for each in LANGUAGES)
    articles = "".join(_article(found, context, each) for each in LANGUAGES)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html>\n<html lang="{first}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>{switches}<nav>{labels}</nav>{articles}</body></html>\n"
    )


def command_of(found: OwnResults, source: Source) -> str:
    """Return the command that repeats a comparison, for a POSIX shell, with TABLE for the path."""
    at, roles = found.protocol, source.roles
    words = ["python", "-m", "scenarios", "own", "TABLE", f"--task={roles.task}", f"--label={roles.label}"]
    words += ["--features", *roles.features, "--shots", *map(str, at.shots)]
    words += ["--learners", *found.methods, "--seed", str(at.seed), "--out", "FOLDER"]
    return " ".join(map(shlex.quote, words))


def _escaped(text: str) -> str:
    return escape(text)


def _article(found: OwnResults, context: Context, language: Language) -> str:
    advice, metric = found.advice, found.metric.name
    charted = wording.methods_shown(found)
    unit = [_ERROR_UNIT] if found.metric_id == MSE.id else []
    parts = [
        f"<h1>{_escaped(_TITLE.format(file=shown(context.file))[language])}</h1>",
        f'<p class="answer">{_escaped(advice.answer[language])}</p>',
        *(f"<p>{_escaped(text[language])}</p>" for text in (*advice.reasons, *advice.more, *unit)),
        _heading(wording.AGAINST_LABELS.format(metric=metric), language),
        _figure(_labels_chart(found, charted, language), advice.answer[language]),
        _labels_table(found, language),
    ]
    if growing := [name for name in charted if found.methods[name].by_tasks]:
        heading = wording.AGAINST_TASKS.format(metric=metric)
        parts += [
            _heading(heading, language),
            _figure(_tasks_chart(found, growing, language), heading[language]),
            _tasks_table(found, growing, language),
        ]
    parts += [
        _heading(wording.EACH_TASK, language),
        _figure(_each_chart(found, charted, language), wording.EACH_TASK[language]),
        _each_table(found, charted, language),
    ]
    if reliable := _reliability(found, charted, language):
        predicted, observed = (wording.COLUMNS[name][language] for name in ("predicted", "observed"))
        parts += [
            _heading(wording.CALIBRATION, language),
            _figure(drawings.reliability(reliable, predicted, observed), wording.CALIBRATION[language]),
            f'<p class="note">{_escaped(_EVEN[language])}</p>',
            _calibration_table(reliable, language),
        ]
    parts += [_heading(wording.METHODS, language), _methods_table(found, language), _how(found, language)]
    sentences = health.of_rows(context.source.rows, context.source.roles).sentences
    for heading, texts in ((_HEALTH, sentences), (_NOTICED, context.notes)):
        if texts:
            items = "".join(f"<li>{_escaped(text[language])}</li>" for text in texts)
            parts += [_heading(heading, language), f"<ul>{items}</ul>"]
    parts += [
        _heading(_SETTINGS, language),
        _settings(found, context, language),
        _heading(_COMMAND, language),
        f"<pre>{_escaped(command_of(found, context.source))}</pre>",
        f'<p class="note">{_escaped(_COMMAND_NOTE[language])}</p>',
    ]
    return f'<article class="{language}" lang="{language}">{"".join(parts)}</article>'


def _heading(text: Text, language: Language) -> str:
    return f"<h2>{_escaped(_BESIDE.sub(' ', text[language]))}</h2>"


def _figure(svg: str, alt: str) -> str:
    named = svg.replace("<svg ", f'<svg aria-label="{_escaped(alt)}" ', 1)
    return f"<figure>{named}</figure>"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> str:
    """Return a table; the first `words` columns hold words, the others numbers."""

    def cells(tag: str, row: Sequence[str]) -> str:
        kinds = ["" if place < words else ' class="n"' for place in range(len(row))]
        return "".join(f"<{tag}{kind}>{_escaped(each)}</{tag}>" for kind, each in zip(kinds, row, strict=True))

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    head = cells("th", columns)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _curve(found: OwnResults, name: str, language: Language, x: Sequence[float], estimates: Sequence[object]) -> Curve:
    rung = contenders.rung_of(name)
    place = [each for each in wording.methods_shown(found) if contenders.rung_of(each) is rung].index(name)
    dash = _DASHES[place % len(_DASHES)]
    values = np.array(estimates, float).reshape(len(x), -1)
    return Curve(contenders.name_of(name)[language], _COLOURS[rung], dash, np.array(x, float), values)


def _labels_chart(found: OwnResults, names: Sequence[str], language: Language) -> str:
    shown_curves = [
        _curve(found, name, language, [int(k) for k in points], [point.score for point in points.values()])
        for name in names
        if (points := found.methods[name].points)
    ]
    title = wording.POINTS_AXIS if found.metric.is_regression else wording.LABELS_AXIS
    return drawings.curves(
        shown_curves, title[language], found.metric.name[language], marked=float(found.protocol.headline)
    )


def _tasks_chart(found: OwnResults, names: Sequence[str], language: Language) -> str:
    shown_curves = [
        _curve(found, name, language, [each.training_tasks for each in entries], [each.score for each in entries])
        for name in names
        if (entries := found.methods[name].by_tasks)
    ]
    return drawings.curves(shown_curves, wording.OTHER_TASKS_AXIS[language], found.metric.name[language])


def _each_chart(found: OwnResults, names: Sequence[str], language: Language) -> str:
    judged = found.methods[names[0]].points[str(found.protocol.headline)].tasks
    one, *others = (
        _curve(found, name, language, scores, [[0.0]] * len(scores))
        for name in names[:2]
        if (scores := [_score_of(found, name, task) for task in judged])
    )
    tasks = [shown(found.tasks[task].name) for task in judged]
    return drawings.caterpillar(tasks, one, others[0] if others else None, found.metric.name[language])


def _score_of(found: OwnResults, name: str, task: int) -> float:
    point = found.at(name, found.protocol.headline)
    if point is None or task not in point.tasks:
        return float("nan")
    return float(point.scores[point.tasks.index(task)])


def _labels_table(found: OwnResults, language: Language) -> str:
    shots = [str(each) for each in found.protocol.shots]
    rows = [
        [
            contenders.name_of(name)[language],
            *(_interval(found, each.points[k].score) if k in each.points else "–" for k in shots),
        ]
        for name, each in found.methods.items()
    ]
    title = wording.POINTS_AXIS if found.metric.is_regression else wording.LABELS_AXIS
    return _table([title[language], *shots], rows)


def _tasks_table(found: OwnResults, names: Sequence[str], language: Language) -> str:
    entries = {name: {each.training_tasks: each.score for each in found.methods[name].by_tasks or ()} for name in names}
    counts = sorted({count for each in entries.values() for count in each})
    rows = [
        [
            contenders.name_of(name)[language],
            *(_interval(found, each[count]) if count in each else "–" for count in counts),
        ]
        for name, each in entries.items()
    ]
    return _table([wording.OTHER_TASKS_AXIS[language], *map(str, counts)], rows)


def _each_table(found: OwnResults, names: Sequence[str], language: Language) -> str:
    columns = [
        wording.COLUMNS["task"][language],
        *(found.table.classes or (wording.COLUMNS["rows"][language],)),
        _LARGEST[language],
        *(contenders.name_of(name)[language] for name in names[:2]),
        *([wording.COLUMNS["resembles"][language]] if found.can_be_unlike else []),
    ]
    rows = []
    for place, task in enumerate(found.tasks[:MOST_TASKS]):
        scores = [_score_of(found, name, place) for name in names[:2]]
        unlike = f" ({_UNLIKE[language]})" if task.is_unlike else ""
        rows.append(
            [
                shown(task.name) + unlike, *map(str, task.labels), str(task.largest_shots),
                *(_digits(found, score) if np.isfinite(score) else "–" for score in scores),
                *(["–" if task.p_value is None else f"{task.p_value:.2f}"] if found.can_be_unlike else []),
            ]
        )  # fmt: skip
    left = len(found.tasks) - MOST_TASKS
    more = f'<p class="note">{_escaped(_TASKS_LEFT.format(count=left)[language])}</p>' if left > 0 else ""
    note = wording.on_strangeness(found)
    return _table(columns, rows) + more + (f'<p class="note">{_escaped(note[language])}</p>' if note else "")


def _reliability(found: OwnResults, names: Sequence[str], language: Language) -> list[Curve]:
    reliable = []
    for name in names:
        point = found.at(name, found.protocol.headline)
        if point is not None and point.reliability is not None:
            share, stated, came = point.reliability[:, point.reliability[0] > 0]
            reliable.append(_curve(found, name, language, (stated / share).tolist(), (came / share).tolist()))
    return reliable


def _calibration_table(reliable: Sequence[Curve], language: Language) -> str:
    columns = [wording.COLUMNS[name][language] for name in ("method", "predicted", "observed")]
    rows = [
        [each.name, f"{x:.3f}", f"{y:.3f}"]
        for each in reliable
        for x, y in zip(each.x, each.estimates[:, 0], strict=True)
    ]
    return _table(columns, rows)


def _methods_table(found: OwnResults, language: Language) -> str:
    has_loss = bool(found.table.classes)
    columns = [
        wording.COLUMNS["method"][language], _METHOD_SEES[language], found.metric.name[language],
        *([wording.COLUMNS["loss"][language]] if has_loss else []),
        wording.COLUMNS["learn"][language], wording.COLUMNS["adapt"][language],
    ]  # fmt: skip
    rows = []
    for rung in Rung:
        for name in found.of_rungs(rung):
            point, each = found.at(name, found.protocol.headline), found.methods[name]
            if point is None:
                continue
            called = contenders.name_of(name)
            label = wording.RECOMMENDED.format(name=called) if name == found.advice.method else called
            loss = [f"{point.log_loss.mean:.3f}" if point.log_loss else "–"] if has_loss else []
            rows.append(
                [
                    f"{label[language]} [{name}]", rung.short[language], _interval(found, point.score), *loss,
                    f"{each.seconds:,.1f}", f"{each.adapt_ms:,.1f}",
                ]
            )  # fmt: skip
    return _table(columns, rows, words=2)


def _how(found: OwnResults, language: Language) -> str:
    sentences = [wording.how_judged(found)[language]]
    sentences += [f"{contenders.name_of(name)[language]}: {reason[language]}" for name, reason in found.untried.items()]
    return "".join(f'<p class="note">{_escaped(each)}</p>' for each in sentences)


def _settings(found: OwnResults, context: Context, language: Language) -> str:
    roles, at, source = context.source.roles, found.protocol, context.source
    values = {
        "file": context.file,
        "rows": f"{len(source.y):,}",
        "task": roles.task,
        "label": roles.label,
        "classes": ", ".join(source.classes),
        "numeric": ", ".join(roles.numeric),
        "categorical": ", ".join(roles.categorical),
        "yes_no": ", ".join(roles.yes_no),
        "ignored": ", ".join(roles.ignored),
        "codes": ", ".join(f"{column}: {code:g}" for column, code in roles.missing_codes),
        "shots": ", ".join(map(str, at.shots)),
        "headline": str(at.headline),
        "folds": str(at.folds),
        "repeats": str(at.repeats),
        "training": str(at.training_tasks),
        "methods": ", ".join(found.methods),
        "seed": str(at.seed),
        "digest": source.digest,
        "versions": f"Python {platform.python_version()}, {', '.join(_versions())}",
        "made": context.made.strftime("%Y-%m-%d %H:%M %Z").strip(),
    }
    rows = [[_FACTS[name][language], value or _NONE[language]] for name, value in values.items()]
    body = "".join(f"<tr><th>{_escaped(name)}</th><td>{_escaped(value)}</td></tr>" for name, value in rows)
    return f"<table><tbody>{body}</tbody></table>"


def _versions() -> list[str]:
    found = []
    for name in _VERSIONS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # of the two builds of TensorFlow there is one; a clone has no version
            continue
    return found


def _interval(found: OwnResults, estimate: Estimate) -> str:
    mean, low, high = (_digits(found, each) for each in estimate)
    return f"{mean} [{low}, {high}]"


def _digits(found: OwnResults, value: float) -> str:
    return f"{value:.3g}" if found.metric_id == MSE.id else f"{value:.3f}"
