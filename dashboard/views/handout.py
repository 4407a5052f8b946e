"""A lesson on paper: HTML without scripts, for A4. Questions on the first page, figures and answers after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dashboard import addresses, permalink, words
from dashboard.charts.stage import enlarged
from dashboard.charts.svg import as_svg
from dashboard.engine import Job
from dashboard.language import TAG
from dashboard.presenting.lesson import Lesson, Question, Step
from dashboard.views import guessing, lesson_figures
from dashboard.views.lesson_figures import LessonFigure, Picture
from scenarios.errors import UserError
from scenarios.scenario import Scenario
from scenarios.text import Text

_PATIENCE = 60.0  # seconds for a figure that the worker computes
_WIDE, _HIGH = 520, 296  # px of a figure's drawing, half the page's width
_USUAL_STEPS, _LOW = 9, 204  # steps that fit on two pages; px of a drawing's height if there are more
_MINUTES = Text(en="{minutes:.0f} minutes", zh="{minutes:.0f} 分钟")
_LEARN, _QUESTIONS = Text(en="What you learn", zh="学习目标"), Text(en="Questions", zh="问题")
_ANSWERS, _KEEP = Text(en="Figures and answers", zh="图表与答案"), Text(en="To take along", zh="要点")
_GUESS, _WHY = Text(en="Your guess", zh="你的猜测"), Text(en="Why?", zh="理由：")
_RANGE = Text(en="({low} to {high})", zh="（{low} 到 {high}）")
_ANSWER = Text(en="Answer: {truth}.", zh="答案：{truth}。")
_MEASURED = Text(en="Measured: {truth}.", zh="实测：{truth}。")
_OPEN = Text(en="The figures, to try for yourself:", zh="自己试一试：")
_QR = Text(en="QR code of {link}", zh="{link} 的二维码")
_LACKING = Text(
    en="This figure was not ready in time: download the handout again, or see the figure’s page.",
    zh="此图未能及时算好：请重新下载讲义，或查看对应页面。",
)
_MADE = Text(
    en="Quick Study, synthetic data. Each figure is measured: its page has the intervals and the command.",
    zh="举一反三，合成数据。所有数字均为实测，区间与命令见对应页面。",
)
_STYLE = """
:root{color-scheme:light}
*{box-sizing:border-box;-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{font:10pt/1.32 system-ui,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;
color:#1b2430;background:#fff;max-width:180mm;margin:8mm auto}
h1{font-size:19pt;line-height:1.15;margin:0 0 1mm}h2{font-size:12.5pt;margin:3mm 0 1.5mm;break-after:avoid}
p{margin:0 0 1mm}ul{margin:0;padding-left:5mm}
svg{width:100%;height:auto;display:block;font-family:inherit}
.first{display:flex;flex-direction:column;min-height:263mm}.top{display:flex;gap:6mm;justify-content:space-between}
.qr{flex:none;width:40mm;font-size:7pt;text-align:center;overflow-wrap:anywhere}
.qr img{width:27mm;display:block;margin:auto}
.questions{flex:1;display:flex;flex-direction:column;justify-content:space-between;list-style:none}
.questions{margin:0;padding:0;gap:1.2mm}
.questions li{break-inside:avoid;display:flow-root}.questions svg{float:right;width:44mm;margin-left:4mm}
.line{border-bottom:.3mm solid #9aa5b1;min-height:6.4mm;display:flex;align-items:flex-end;color:#5b6673;font-size:9pt}
.choices{display:flex;flex-wrap:wrap;gap:0 6mm}.note{color:#5b6673;font-size:8pt}
.figures{display:grid;grid-template-columns:1fr 1fr;gap:3mm 5mm}.figures figure{margin:0;break-inside:avoid}
figcaption{font-size:8.8pt;line-height:1.3}figcaption p{margin:0 0 .6mm}
.keep{font-size:9.2pt;line-height:1.32}
.long{font-size:8.7pt;line-height:1.25}.long h1{font-size:15pt}.long h2{font-size:10.5pt;margin:1.5mm 0 .8mm}
.long .questions svg{width:34mm}.long .line{min-height:5mm;font-size:7.8pt}.long .qr img{width:22mm}
.long .choices{display:inline-flex}.long .choices+.line{margin-top:-1mm}
.long .figures{gap:.6mm 5mm}
.long figcaption{font-size:7.4pt;line-height:1.22}.long figcaption p{margin:0}
.long .keep{font-size:8pt;line-height:1.22}
@page{size:A4;margin:15mm}@page long{margin:10mm 13mm}.long{page:long}
@media print{body{margin:0;max-width:none}.first{break-after:page}}
"""


@dataclass(frozen=True)
class _Shown:
    """A figure of a lesson, and the steps that show it, by their numbers."""

    svg: str
    steps: tuple[tuple[int, Step], ...]


def as_html(lesson: Lesson, link: str | None) -> str:
    """Return the handout of a lesson whose figures are filled in.

    Parameters
    ----------
    lesson : Lesson
        The lesson, in the language of the handout.
    link : str or None
        Its URL; None if phones cannot reach it.
    """
    language = lesson.language
    title = escape(lesson.title)
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        f'<!DOCTYPE html>\n<html lang="{TAG[language]}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body{' class=long' if _is_long(lesson) else ''}>"
        f"{_first_page(lesson, link)}{_answers(lesson)}</body></html>\n"
    )


def _is_long(lesson: Lesson) -> bool:
    """Return whether a lesson fits on two pages only in smaller letters."""
    return len(lesson.steps) > _USUAL_STEPS


def _first_page(lesson: Lesson, link: str | None) -> str:
    language = lesson.language
    minutes = _MINUTES.format(minutes=lesson.minutes)[language]
    head = (
        f"<h1>{escape(lesson.title)}</h1><p class=note>{minutes}</p>"
        f"<h2>{_LEARN[language]}</h2>{_list(lesson.objectives)}"
    )
    questions = "".join(
        _question(number, step, lesson) for number, step in enumerate(lesson.steps, start=1) if step.question
    )
    code = ""
    if link:
        alt = escape(_QR.format(link=link)[language])
        code = f'<div class=qr>{_OPEN[language]}<img alt="{alt}" src="{addresses.qr_image(link)}">{escape(link)}</div>'
    return (
        f"<section class=first><div class=top><div>{head}</div>{code}</div>"
        f"<h2>{_QUESTIONS[language]}</h2><ol class=questions>{questions}</ol></section>"
    )


def _question(number: int, step: Step, lesson: Lesson) -> str:
    """Return a question with space for its answer, and the figure without it if there is one."""
    language, question = lesson.language, step.question
    if question is None:
        return ""
    asked = ""
    figure, scenario = lesson_figures.figure_of(step), lesson_figures.scenario_of(step)
    if step.is_guessed and figure and scenario and figure.asked:
        view = lesson_figures.view_of(step, scenario, language)
        asked = _drawn(figure.asked(scenario, view), lesson)
    told = f"<p>{escape(step.say)}</p>" if step.is_guessed else ""  # of the others, it is an answer to an earlier one
    space = _space(question, lesson)
    return f"<li>{asked}{told}<p><b>{number}. {escape(question.ask)}</b></p>{space}</li>"


def _space(question: Question, lesson: Lesson) -> str:
    language = lesson.language
    if question.kind == "choice":
        choices = "".join(f"<span>☐ {escape(choice)}</span>" for choice in question.choices)
        return f"<div class=choices>{choices}</div><div class=line>{_WHY[language]}</div>"
    if question.kind == "number":
        low, high = f"{question.low:g}".replace("-", "−"), guessing.with_unit(f"{question.high:g}", question.unit)
        label = f"{_GUESS[language]} {_RANGE.format(low=low, high=high)[language]}"
        return f"<div class=line>{escape(label)}</div>"
    return "<div class=line></div>"


def _answers(lesson: Lesson) -> str:
    language = lesson.language
    figures = "".join(
        f"<figure>{shown.svg}<figcaption>{''.join(_answer(n, step, lesson) for n, step in shown.steps)}</figcaption>"
        "</figure>"
        for shown in _figures(lesson)
    )
    keep = f"<h2>{_KEEP[language]}</h2><div class=keep>{_list(lesson.key_points)}</div>" if lesson.key_points else ""
    return (
        f"<section><h2>{_ANSWERS[language]}</h2><div class=figures>{figures}</div>{keep}"
        f"<p class=note>{_MADE[language]}</p></section>"
    )


def _answer(number: int, step: Step, lesson: Lesson) -> str:
    """Return the finding of a step, after its number."""
    language, question = lesson.language, step.question
    sentences = [step.found or ("" if step.is_guessed else step.say)]
    if question is not None and question.is_guessed and question.answer.casefold() not in step.found.casefold():
        told = _MEASURED if question.kind == "number" else _ANSWER
        sentences.insert(0, told.format(truth=guessing.with_unit(question.answer, question.unit))[language])
    text = escape(words.paragraph(language, *filter(None, sentences)))
    return f"<p><b>{number}. {escape(step.title)}</b> {text}</p>"


def _figures(lesson: Lesson) -> Sequence[_Shown]:
    """Return each different figure of a lesson once, in the order of the steps."""
    found: dict[tuple[str, str, str], list[tuple[int, Step]]] = {}
    for number, step in enumerate(lesson.steps, start=1):
        if lesson_figures.figure_of(step):
            view = "&".join(f"{name}={permalink.written(step.view[name])}" for name in permalink.PARTS)
            found.setdefault((step.page, step.figure, view), []).append((number, step))
    return [_Shown(_figure(steps[0][1], lesson), tuple(steps)) for steps in found.values()]


def _figure(step: Step, lesson: Lesson) -> str:
    figure, scenario = lesson_figures.figure_of(step), lesson_figures.scenario_of(step)
    picture = _picture(figure, scenario, step, lesson) if figure and scenario else None
    return _drawn(picture, lesson) if picture else f"<p class=note>{_LACKING[lesson.language]}</p>"


def _picture(figure: LessonFigure, scenario: Scenario, step: Step, lesson: Lesson) -> Picture | None:
    view = lesson_figures.view_of(step, scenario, lesson.language)
    prepared = figure.prepared(scenario, view) if figure.prepared else None
    if isinstance(prepared, Job):
        try:
            if not prepared.wait(_PATIENCE):  # the work goes on, for the next download
                return None
            prepared = prepared.answer()
        except UserError:
            return None
    return figure.shown(scenario, view, prepared)


def _drawn(picture: Picture, lesson: Lesson) -> str:
    svg = as_svg(enlarged(picture.figure), _WIDE, _LOW if _is_long(lesson) else _HIGH)
    return svg.replace("<svg ", f'<svg aria-label="{escape(picture.alt)}" ', 1)


def _list(points: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(point)}</li>' for point in points)}</ul>"
