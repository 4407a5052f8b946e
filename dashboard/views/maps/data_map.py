"""The map of data: one task's examples in the network's last hidden layer, before and after it adapts."""

import numpy as np
import pandas as pd

from dashboard import words
from dashboard.charts.maps import SYMBOLS, data_map_chart
from dashboard.charts.style import named
from dashboard.language import percent, scored
from dashboard.views.section import Section
from scenarios.demo.maps import DataMap, FeatureMap
from scenarios.learners.registry import TRACED
from scenarios.scenario import Scenario
from scenarios.text import Language, Text

_TITLE = Text(en="2 · Data: examples in the network's feature space", zh="二、数据表示：网络特征空间中的样本")
_FINDING = Text(
    en="Of this {task}'s query {examples}, {before} lie nearest to the centre of their own class before the "
    "meta-learned network adapts and {after} afterwards ({inputs} with the raw inputs). The network's own "
    "predictions are right for {said_before} before and {said_after} afterwards.",
    zh="这{task}的查询{examples}中离本类中心最近的占比：元学习网络适应前 {before}，适应后 {after}（直接用原始输入"
    "为 {inputs}）。网络自身预测的准确率：适应前 {said_before}，适应后 {said_after}。",
)
_CURVE_FINDING = Text(
    en="While the meta-learned network adapts to this {task}, its mean squared error changes from {said_before} "
    "to {said_after}, and its features move by {moved} of their spread (from scratch: {moved_scratch}).",
    zh="元学习网络适应这{task}时，均方误差从 {said_before} 变为 {said_after}，特征移动了自身离散程度的 {moved}；"
    "从零训练移动 {moved_scratch}。",
)
_CAPTION = Text(
    en="Gradient steps: {steps}. Features move by {moved} of their spread; nearest own class {before} → {after}.",
    zh="梯度下降 {steps} 步：特征移动了自身离散程度的 {moved}；离本类中心最近的占比 {before} → {after}。",
)
_CURVE_CAPTION = Text(
    en="Gradient steps: {steps}. Features move by {moved} of their spread; mean squared error {before} → {after}.",
    zh="梯度下降 {steps} 步：特征移动了自身离散程度的 {moved}；均方误差 {before} → {after}。",
)
_KEY = Text(
    en="{shapes}. Large, without colour: labelled. Hollow: misclassified by the network. Dotted: equally near to "
    "two class centres.",
    zh="{shapes}。较大、不着色：标注样本。空心：网络判错。虚线：到两个类中心等距。",
)
_CURVE_KEY = Text(
    en="Each point is one x; colour and size show its y (small: low). Crosses: labelled points.",
    zh="每个点对应一个 x；颜色和大小表示 y，点越小，y 值越低。叉号：已知点。",
)
_NOTE = Text(
    en="Both panels show the same plane: that of the class centres of the labelled examples (averaged over before "
    "and after), completed by the directions of largest variance. It holds {held} of the features' variance for "
    "the meta-learned network. Proportions weight all classes equally and use all dimensions. This is one task "
    "with {queries} query examples, not an average.",
    zh="左右两图共用同一平面：有类别时取标注样本的类中心所在方向（适应前后取平均），其余为方差最大的方向；对元学习"
    "网络，该平面占特征方差的 {held}。占比按各类等权、在全部维度上计算。这里只是一个任务、{queries} 个查询样本"
    "，不是平均值。",
)
_TAKEAWAY = Text(
    en="Features of {queries} query examples before and after adapting, {learner}. {caption}",
    zh="{queries} 个查询样本在适应前后的特征（{learner}）。{caption}",
)
_SHAPED = Text(en="{shape}: {kind}", zh="{shape}：{kind}")
_SHAPES = {
    "circle": Text(en="circle", zh="圆"),
    "diamond": Text(en="diamond", zh="菱形"),
    "square": Text(en="square", zh="方块"),
    "triangle-up": Text(en="triangle", zh="三角"),
    "x": Text(en="cross", zh="叉"),
}
_Y = Text(en="y", zh="y")
_CLASS = Text(en="class", zh="类别")
_PLACES = (
    Text(en="before, across", zh="适应前，横"),
    Text(en="before, up", zh="适应前，纵"),
    Text(en="after, across", zh="适应后，横"),
    Text(en="after, up", zh="适应后，纵"),
)


def section(
    scenario: Scenario, maps: DataMap, support_y: np.ndarray, query_y: np.ndarray, language: Language
) -> Section:
    """Return the map of one task, whose labels are `support_y` and `query_y` (examples,)."""
    prose, maml = scenario.prose, maps.maps["maml"]
    scores = [_score(scenario, value) for value in maml.score]
    nearest = [percent(float(value)) for value in maml.nearest] or ["", ""]
    finding = (_CURVE_FINDING if scenario.regression else _FINDING).format(
        task=prose.a_task, examples=prose.examples, before=f"**{nearest[0]}**", after=f"**{nearest[1]}**",
        inputs=percent(maps.inputs), said_before=f"**{scores[0]}**", said_after=f"**{scores[1]}**", moved=_moved(maml),
        moved_scratch=_moved(maps.maps["scratch"]),
    )  # fmt: skip
    note = _NOTE.format(held=percent(maml.shown), queries=len(query_y))
    return Section(
        key="data",
        heading=_TITLE,
        finding=finding[language],
        parts=tuple(_features(scenario, maps, name, support_y, query_y, language) for name in TRACED),
        note=_key(scenario, language)[language],
        method=note[language],
    )


def _features(
    scenario: Scenario, maps: DataMap, name: str, support_y: np.ndarray, query_y: np.ndarray, language: Language
) -> Section:
    """Return the features of one learner, before and after it adapts."""
    shown = maps.maps[name]
    caption = _caption(scenario, shown, maps.steps[name])
    return Section(
        key=f"data_map_{name}",
        figure=data_map_chart(shown, name, support_y, query_y, scenario.classes, language),
        alt=_TAKEAWAY.format(queries=len(query_y), learner=named(name, language), caption=caption)[language],
        table=_table(scenario, shown, query_y, language),
        note=caption[language],
    )


def _key(scenario: Scenario, language: Language) -> Text:
    if scenario.regression:
        return _CURVE_KEY
    shapes = zip(reversed(scenario.classes), SYMBOLS, strict=False)
    scores = words.listed(
        [_SHAPED.format(shape=_SHAPES[symbol], kind=text)[language] for text, symbol in shapes], language
    )
    return _KEY.format(shapes=scores.capitalize())


def _caption(scenario: Scenario, shown: FeatureMap, steps: int) -> Text:
    if scenario.regression:
        before, after = (_score(scenario, value) for value in shown.score)
        caption = _CURVE_CAPTION
    else:
        before, after = (percent(float(value)) for value in shown.nearest)
        caption = _CAPTION
    return caption.format(steps=steps, moved=_moved(shown), before=before, after=after)


def _moved(shown: FeatureMap) -> str:
    return percent(shown.moved, 1 if shown.moved < 0.1 else 0)


def _score(scenario: Scenario, value: float) -> str:
    return scored(float(value), scenario.metric)


def _table(scenario: Scenario, shown: FeatureMap, y: np.ndarray, language: Language) -> pd.DataFrame:
    kinds = [scenario.classes[kind][language] for kind in y] if scenario.classes else y.round(3)
    columns: dict[str, object] = {(_CLASS if scenario.classes else _Y)[language]: kinds}
    for text, values in zip(_PLACES, np.moveaxis(shown.query, 1, 2).reshape(4, -1), strict=True):
        columns[text[language]] = values.round(3)
    return pd.DataFrame(columns)
