"""The map of the model: which layers move when it adapts, and whether the head alone would do."""

import pandas as pd

from dashboard import pages, words
from dashboard.charts.layers import head_chart, layer_names, layers_chart
from dashboard.charts.style import named
from dashboard.language import percent, scored
from dashboard.views import formatting
from dashboard.views.section import Section
from scenarios.demo.maps import SHOTS, TASKS, ModelMap
from scenarios.learners.registry import TRACED
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Language, Text, written

_TITLE = Text(en="3 · Model: which layers change", zh="三、模型表示：哪些层在变")
_FINDING = Text(
    en="If only the last layer adapts, the {metric} of the meta-learned network is {head}; if every layer does, it is "
    "{everything}. Adapting the head alone is worse by {lost}: {share}. {verdict}",
    zh="只让输出层适应，元学习网络的{metric}为 {head}；各层都适应时为 {everything}。两者相差 {lost}，前者{share}。"
    "{verdict}",
)
_BRINGS = Text(en="it has {share} of the gain from adapting all layers", zh="只有各层都适应所得提升的 {share}")
_HARMS = Text(en="worse than not adapting at all", zh="还不如不适应")
_REUSED = Text(
    en="In this scenario, features are largely reused, as ANIL claims.",
    zh="在这个场景中，特征大体被复用，与 ANIL 的论断一致。",
)
_REMADE = Text(
    en="This initialisation was meta-learned with all layers adapting, so the features have to change too. ANIL, "
    "on the page “{page}”, has an initialisation that was meta-learned for adapting the head alone.",
    zh="这个起点是在各层都适应的条件下元学习得到的，因此特征也必须改变。“{page}”页的 ANIL 则是"
    "另一种起点，专为只适应输出层而元学习得到。",
)
_ENOUGH = 0.9  # of the gain from adapting all layers: from this share on, features count as reused
_MEANS = Text(
    en="Means over {tasks} test {task}s with {shots}; 95% CIs.",
    zh="{tasks} {task}（测试任务）、{shots}的平均值及 95% 置信区间。",
)
_NOTE = written(__file__, "layers")
_RAN_AWAY = Text(
    en="Tasks on which training from scratch diverged, left out of its means: {count}.",
    zh="从零训练在 {count} 个任务上发散，不计入其平均值。",
)
_LAYERS_TAKEAWAY = Text(
    en="Relative change of each layer's weights and similarity of its activations (CKA). Change: {changes}.",
    zh="各层权重的相对改变量及其输出的相似度（CKA）。改变量：{changes}。",
)
_ONE = Text(en="{name}: {layers}", zh="{name}各层：{layers}")
_HEAD_TAKEAWAY = Text(
    en="Mean {metric}: not adapted {none}, only the head adapted {head}, all layers adapted {everything}; from "
    "scratch {scratch}.",
    zh="平均{metric}：不适应 {none}，只适应输出层 {head}，各层都适应 {everything}；从零训练 {scratch}。",
)
_LAYER = Text(en="layer", zh="层")
_LEARNER = Text(en="model", zh="模型")
_MEASURE = Text(en="measure", zh="指标")
_MEAN = Text(en="mean", zh="平均")
_LOW = Text(en="95% CI, low", zh="95% 置信下限")
_HIGH = Text(en="95% CI, high", zh="95% 置信上限")
_CHANGE = Text(en="change / initialisation", zh="改变量 / 起点")
_WEIGHTS = Text(en="length of the change, weights", zh="权重改变量的长度")
_BIASES = Text(en="length of the change, biases", zh="偏置改变量的长度")
_PARTS = {
    "none": Text(en="not adapted", zh="不适应"),
    "head": Text(en="only the head", zh="只适应输出层"),
    "all": Text(en="all layers", zh="各层都适应"),
}


def section(scenario: Scenario, model: ModelMap, language: Language) -> Section:
    """Return which layers move, beside the score of adapting the last one alone."""
    metric = scenario.metric.name
    mean = {part: float(estimate[0]) for part, estimate in model.score["maml"].items()}
    scores = {part: scored(value, scenario.metric, 1) for part, value in mean.items()}
    share = (mean["head"] - mean["none"]) / ((mean["all"] - mean["none"]) or 1.0)
    finding = _FINDING.format(
        head=f"**{scores['head']}**", everything=f"**{scores['all']}**", metric=metric,
        lost=formatting.difference([float(value) for value in model.lost], scenario.metric)[language],
        share=_BRINGS.format(share=percent(share)) if share >= 0 else _HARMS,
        verdict=_REUSED if share >= _ENOUGH else _REMADE.format(page=pages.TITLE["study"]),
    )  # fmt: skip
    layers = Section(
        key="layers_chart",
        figure=layers_chart(model, language),
        alt=_LAYERS_TAKEAWAY.format(changes=_changes(model, language))[language],
        table=_layers_table(model, language),
    )
    scratch = scored(float(model.score["scratch"]["all"][0]), scenario.metric, 1)
    values = {"none": scores["none"], "head": scores["head"], "everything": scores["all"], "scratch": scratch}
    head = Section(
        key="head_chart",
        figure=head_chart(model, scenario.metric, scenario.metric.axis[language], language),
        alt=_HEAD_TAKEAWAY.format(metric=metric, **values)[language],
        table=_scores_table(model, language),
    )
    labels = words.counted(scenario.metric, SHOTS)
    note = _NOTE.format(
        tasks=TASKS, task=scenario.prose.a_task, shots=labels, steps=model.steps["maml"],
        scratch_steps=model.steps["scratch"], enough=percent(_ENOUGH),
    )  # fmt: skip
    away = model.ran_away["scratch"]
    return Section(
        key="model",
        heading=_TITLE,
        finding=words.spaced(finding[language]),
        parts=(layers, head),
        widths=(1.35, 1),
        note=_MEANS.format(tasks=TASKS, task=scenario.prose.a_task, shots=labels)[language],
        method=(words.joined(note, _RAN_AWAY.format(count=away)) if away else note)[language],
    )


def _changes(model: ModelMap, language: Language) -> str:
    layers = layer_names(model.layers, language)
    each = []
    for name in TRACED:
        shares = [f"{layer} {percent(float(row[0]), 1)}" for layer, row in zip(layers, model.change[name], strict=True)]
        each.append(_ONE.format(name=named(name, language), layers=words.listed(shares, language)))
    return words.clauses(each)[language]


def _layers_table(model: ModelMap, language: Language) -> pd.DataFrame:
    layers = layer_names(model.layers, language)
    rows = []
    for name in TRACED:
        measures = (
            (_CHANGE[language], model.change[name]),
            ("CKA", model.alike[name]),
            (_WEIGHTS[language], model.parts[name][0::2]),
            (_BIASES[language], model.parts[name][1::2]),
        )
        for measure, estimates in measures:
            rows += [
                [named(name, language), layer, measure, *_rounded(row)]
                for layer, row in zip(layers, estimates, strict=True)
            ]
    heads = [text[language] for text in (_LEARNER, _LAYER, _MEASURE, _MEAN, _LOW, _HIGH)]
    return pd.DataFrame(rows, columns=heads)


def _scores_table(model: ModelMap, language: Language) -> pd.DataFrame:
    rows = [
        [named(name, language), _PARTS[part][language], *_rounded(estimate)]
        for name, by_part in model.score.items()
        for part, estimate in by_part.items()
    ]
    return pd.DataFrame(rows, columns=[text[language] for text in (_LEARNER, _MEASURE, _MEAN, _LOW, _HIGH)])


def _rounded(estimate: Array) -> list[float]:
    return [float(f"{value:.4g}") for value in estimate]
