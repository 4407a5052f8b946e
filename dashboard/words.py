"""Short sentences of the interface that several pages share."""

import re
from collections.abc import Iterable

from scenarios.decisions.catalog import PARAMETERS
from scenarios.metrics import Metric
from scenarios.text import COMMA, Language, Text
from scenarios.text import clauses as clauses
from scenarios.text import enumerated as enumerated
from scenarios.text import joined as joined
from scenarios.text import spaced as spaced

PRODUCT = Text(en="Quick Study", zh="举一反三")
LANGUAGE = Text(en="Language", zh="语言")
_LABELS_AXIS = Text(en="labelled examples per class", zh="每类标注样本数")
_POINTS_AXIS = Text(en="points to learn from", zh="用于学习的点数")
_LABELS = (  # several, and one
    Text(en="{shots} labels per class", zh="每类 {shots} 个标注"),
    Text(en="{shots} label per class", zh="每类 {shots} 个标注"),
)  # fmt: skip
_POINTS = Text(en="{shots} points", zh="{shots} 个点"), Text(en="{shots} point", zh="{shots} 个点")
_LABELS_UNIT, _POINTS_UNIT = Text(en="labels per class", zh="个标注"), Text(en="points", zh="个点")
PLAYER_STEP = Text(en="step of the animation", zh="动画步数")
NUMBERS = Text(en="View the data table", zh="查看图表数据")
MEASURED = Text(en="How this was measured", zh="测量方法")
WORKING = Text(
    en="Computing … The first result takes a few seconds while the model loads.",
    zh="正在计算……首次需等待几秒加载模型。",
)
IN_LINE = Text(
    en="The server is busy. You are number {place} in the queue (about {seconds} s).",
    zh="当前访问人数较多，你排在第 {place} 位，约需 {seconds} 秒。",
)
FAILED = Text(
    en="An error occurred on this page. Please reload it; the cause is in the server's log.",
    zh="本页出现错误，请刷新重试。原因已记录在服务器日志中。",
)
REFUSED = Text(
    en="Some settings in this link are invalid ({parts}) and were reset to their defaults.",
    zh="链接中有无法识别的部分（{parts}），已改用默认值。",
)
NO_PAGE = Text(
    en="There is no page “{page}”. This is the home page; the menu above has all others.",
    zh="没有名为“{page}”的页面，已转到首页；其他页面见上方菜单。",
)
SYNTHETIC = Text(en="Synthetic data", zh="合成数据")
NO_ADVICE = Text(en="Synthetic data; not {advice} advice", zh="合成数据，不构成{advice}建议")
PARTS = {
    "lang": Text(en="language", zh="语言"),
    "shots": Text(en="labels", zh="标注数"),
    "seed": Text(en="task number", zh="任务编号"),
    "draw": Text(en="draw", zh="抽样编号"),
    "example": Text(en="example", zh="样本"),
    "window": Text(en="window", zh="片段"),
    "colour": Text(en="colour of the map", zh="图的着色"),
    "turned": Text(en="turned map", zh="旋转图形"),
    "loss_on": Text(en="examples of the loss", zh="计算损失的样本"),
    "world": Text(en="how different tasks are", zh="任务差异"),
    **{name: parameter.label for name, parameter in PARAMETERS.items()},
    "points": Text(en="points", zh="数据点"),
    "section": Text(en="section", zh="栏目"),
    "about": Text(en="scenario", zh="场景"),
    "question": Text(en="question", zh="问题"),
    "step": Text(en="step", zh="步骤"),
    "slope": Text(en="slope", zh="斜率"),
    "intercept": Text(en="intercept", zh="截距"),
    "lines": Text(en="family of lines", zh="直线族"),
    "rate": Text(en="learning rate", zh="学习率"),
    "centred": Text(en="centred noise", zh="噪声居中"),
    "one": Text(en="first method", zh="第一种方法"),
    "other": Text(en="second method", zh="第二种方法"),
    "tasks": Text(en="other tasks", zh="其他任务数"),
    "labels_each": Text(en="labels in each other task", zh="每个其他任务的标注数"),
    "label_errors": Text(en="label errors", zh="标注错误率"),
    "target": Text(en="target score", zh="要达到的得分"),
    "novelty": Text(en="task shift", zh="任务偏移"),
    "fault": Text(en="problem", zh="出现的问题"),
    "guess": Text(en="guess first", zh="先猜后看"),
    "lesson": Text(en="lesson", zh="课程"),
    "at": Text(en="step of the lesson", zh="课程步骤"),
    "reveal": Text(en="answer shown", zh="是否揭晓"),
    "notes": Text(en="presenter's notes", zh="讲者备注"),
    "theme": Text(en="colours", zh="配色"),
    "own": Text(en="own model", zh="自己的模型"),
    "figure": Text(en="figure", zh="图表"),
    "strategy": Text(en="method", zh="方法"),
    "meta_steps": Text(en="meta-steps", zh="元训练步数"),
    "train_tasks": Text(en="training tasks", zh="训练任务数"),
    "inner_steps": Text(en="inner steps", zh="内循环步数"),
}


def capitalised(text: Text) -> Text:
    """Return a noun as it begins a sentence."""
    return Text(en=text.en[:1].upper() + text.en[1:], zh=text.zh)


def uncapitalised(text: Text) -> Text:
    """Return a label as it stands within a sentence."""
    return Text(en=text.en[:1].lower() + text.en[1:], zh=text.zh)


def paragraph(language: Language, *sentences: str) -> str:
    """Return written sentences one after another, as `joined` does."""
    return (" " if language == "en" else "").join(sentences)


def verbatim(text: str) -> str:
    """Return a text as Markdown that shows it as it is, such as a sentence with names from a user's file."""
    return re.sub(r"([\\`*_{}\[\]()#+.!|<>$:~-])", r"\\\1", text)


def listed(items: Iterable[str], language: Language) -> str:
    """Join items with the commas of a language."""
    return COMMA[language].join(items)


def kept_together(text: str) -> str:
    """Return a sentence in which no line ends within a range or "ρ = 0.5", as a page shows it.

    A Chinese line may end behind the mark of a range, but none begins with it.
    """
    text = re.sub(r"(?<=\d)–(?=\d)", "\u2060–\u2060", text.replace("～", "\u2060～"))
    return re.sub("ρ ([=≈]) ", "ρ\u00a0\\1\u00a0", text)


def counted(metric: Metric, shots: int) -> Text:
    """Return a number of labels in words: "5 labels per class", or "5 points" in a regression."""
    counts = _POINTS if metric.is_regression else _LABELS
    return counts[shots == 1].format(shots=shots)


def labels_unit(metric: Metric) -> Text:
    """Return the unit of a number of labels: "labels per class", or "points" in a regression."""
    return _POINTS_UNIT if metric.is_regression else _LABELS_UNIT


def labels_axis(metric: Metric) -> Text:
    """Return the name of the number of labels, along an axis and within a sentence."""
    return _POINTS_AXIS if metric.is_regression else _LABELS_AXIS
