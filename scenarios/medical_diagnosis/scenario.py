"""Medical diagnosis: the definition of the scenario."""

from math import erf

import numpy as np

from scenarios.medical_diagnosis.bayes import bayes, bayes_with_unlabelled
from scenarios.medical_diagnosis.tasks import (
    FEATURES,
    MEASURED_APART,
    MECHANISMS,
    PUBLISHED_CLUE_AUROC,
    SEPARATION,
    SPREAD_APART,
    WORLDS,
    Differentials,
    Mechanism,
    sample_tasks,
    to_units,
    to_z,
)
from scenarios.metrics import AUROC
from scenarios.recipe import Recipe
from scenarios.scenario import Latent, Prose, Scenario, Shift, worlds_of
from scenarios.task import Array
from scenarios.text import Text, written

CLUE_STRENGTH = Text(
    en="The strength of these clues is assumed: {low} to {high} SD apart, so that complete knowledge of the "
    "differential gives an AUROC of {worst} to {best}. A published urea:creatinine ratio alone reached an "
    "AUROC of {published}.",
    zh="线索的强度出于假设：两组相距 {low}～{high} 个标准差，因此即使完全掌握该鉴别诊断的规律，AUROC 也只有 "
    "{worst}～{best}。已发表的尿素/肌酐比值单独使用时，AUROC 为 {published}。",
).format(
    low=SEPARATION[0],
    high=SEPARATION[1],
    worst=f"{(1 + erf(SEPARATION[0] / 2)) / 2:.0%}",  # Phi(r / sqrt 2)
    best=f"{(1 + erf(SEPARATION[1] / 2)) / 2:.0%}",
    published=f"{PUBLISHED_CLUE_AUROC:.0%}",
)
_MIMIC, _TARGET = Text(en="mimic", zh="相似疾病"), Text(en="target condition", zh="目标疾病")
_CLUE = Text(
    en="{pattern} in the {who}, as in {has_it} against {lacks_it} (medians in this task: {medians})",
    zh="{pattern}，见于{who}，好比{has_it}之于{lacks_it}（本任务的中位数：{medians}）",
)
_REVEALED = Text(
    en="Strongest clues: {clues}. All mechanisms combined: {length} SD. {strength}",
    zh="主要线索（由强到弱）：{clues}。所有机制合成后相距 {length} 个标准差。{strength}",
)
_LEADING = 3  # features of a mechanism that are shown
_MEDIANS = Text(en="{feature} {shows} against {lacks} {unit}", zh="{feature} {shows} 对 {lacks} {unit}")


def _describe(task: Differentials) -> Text:
    """Describe the hospital; the learners do not have this information."""
    assay, acuity = task.hospital[0]
    ill = _degree(
        acuity,
        Text(en="below average", zh="较轻"),
        Text(en="about average", zh="适中"),
        Text(en="above average", zh="较重"),
    )
    laboratory = _degree(
        assay,
        Text(en="reads low", zh="读数偏低"),
        Text(en="has no marked bias", zh="读数无明显系统偏差"),
        Text(en="reads high", zh="读数偏高"),
    )
    return Text(
        en="Two conditions that mimic each other, at a hospital new to every model. Unknown to the models: "
        f"acuity is {ill.en}, the albumin assay {laboratory.en}.",
        zh=f"一家医院里两种易混淆的疾病，所有模型都没见过。模型不知道的是：患者病情{ill.zh}，白蛋白{laboratory.zh}。",
    )


def _degree(z: float, low: Text, usual: Text, high: Text) -> Text:
    """Return the word for a standard score; the middle half is usual."""
    if abs(z) < 0.67:
        return usual
    return high if z > 0 else low


def _reveal(task: Differentials) -> Text:
    """Name the two strongest mechanisms, a real pair for each, and the medians of both groups in units."""
    signature, (mimic, target) = task.signature[0], task.typical_patients()[0]
    clues = [_clue(MECHANISMS[i], signature[i], target, mimic) for i in np.argsort(-np.abs(signature))[:2]]
    return _REVEALED.format(
        clues=Text("; ".join(clue.en for clue in clues), "；".join(clue.zh for clue in clues)),
        length=f"{np.linalg.norm(signature):.1f}",
        strength=CLUE_STRENGTH,
    )


def _clue(mechanism: Mechanism, amount: float, target: Array, mimic: Array) -> Text:
    """Return one mechanism, who shows it, a real pair that it resembles, and both medians of its leading features."""
    shows, lacks = (target, mimic) if amount > 0 else (mimic, target)
    places = {feature.name: place for place, feature in enumerate(FEATURES)}
    medians = [
        _MEDIANS.format(
            feature=FEATURES[i].label,
            shows=FEATURES[i].format(shows[i]),
            lacks=FEATURES[i].format(lacks[i]),
            unit=FEATURES[i].unit,
        )
        for i in (places[name] for name in list(mechanism.pattern)[:_LEADING])
    ]
    return _CLUE.format(
        pattern=mechanism.label,
        who=_TARGET if amount > 0 else _MIMIC,
        has_it=mechanism.has_it,
        lacks_it=mechanism.lacks_it,
        medians=Text(", ".join(each.en for each in medians), "，".join(each.zh for each in medians)),
    )


def _latents(tasks: Differentials) -> tuple[Latent, ...]:
    hospital = (Text(en="albumin assay", zh="白蛋白检测偏差"), Text(en="severity of its patients", zh="患者病情轻重"))
    names = [
        ("mechanism_" + str(i + 1), mechanism.label, values)
        for i, (mechanism, values) in enumerate(zip(MECHANISMS, tasks.signature.T, strict=False))
    ]
    names += [(f"hospital_{i + 1}", text, tasks.hospital[:, i]) for i, text in enumerate(hospital)]
    return tuple(Latent(*each) for each in names)


_AT_ANOTHER_HOSPITAL = written(__file__, "another-hospital").format(spread=SPREAD_APART, bias=MEASURED_APART)


def _how_far(distance: float) -> Text:
    """Return how different the second hospital is, in units of the usual difference between two."""
    if not distance:
        return Text(en="same hospital", zh="同一医院")
    if distance == 1:
        return Text(en="another hospital", zh="另一医院")
    return Text(en=f"another, {distance:g} times as different", zh=f"差异为 {distance:g} 倍")


SCENARIO = Scenario(
    name="medical_diagnosis",
    features=FEATURES,
    classes=(_MIMIC, _TARGET),
    metric=AUROC,
    sample_tasks=sample_tasks,
    encode=to_z,
    decode=to_units,
    bayes=bayes,
    bayes_with_unlabelled=bayes_with_unlabelled,
    latents=_latents,
    shift=Shift(
        Text(en="use at another hospital", zh="换到另一家医院使用"),
        (0.0, 1.0, 2.0),
        _how_far,
        Differentials.at_other_hospitals,
        _AT_ANOTHER_HOSPITAL,
    ),
    decision="screening",
    # Rates for each weight: with one rate for all, a step goes the wrong way in one task of twenty.
    recipe=Recipe(inner_steps=2, learn_rates="weight"),
    worlds=worlds_of(sample_tasks, bayes, WORLDS, {"mild": 41, "moderate": 193, "strong": 29}),
    prose=Prose(
        title=Text(en="Medical diagnosis", zh="医学诊断"),
        icon=":material/stethoscope:",
        question=Text(
            en="Given a few confirmed cases, can a model tell an uncommon condition from its mimic?",
            zh="只凭几例确诊病例，模型能把一种少见病与跟它相似的疾病区分开吗？",
        ),
        result=Text(
            en="Pairs of later patients ranked correctly (AUROC) with {shots} {labels} of each condition alone: "
            "{local}; without them: {no_local}. With other hospitals' data: simple statistics {borrowing}, "
            "meta-learning {maml}; Bayes-optimal {bayes}.",
            zh="每类 {shots} 例{labels}，两类新患者各取一名，排对的比例（AUROC）：只用这些病例 {local}，不用它们 "
            "{no_local}。借助其他医院的数据，简单统计方法 {borrowing}，元学习 {maml}；贝叶斯最优 {bayes}。",
        ),
        label=Text(en="confirmed case", zh="确诊病例"),
        labels=Text(en="confirmed cases", zh="确诊病例"),
        task=Text(en="differential", zh="鉴别诊断"),
        a_task=Text(en="differential", zh="项鉴别诊断"),
        examples=Text(en="patients", zh="患者"),
        example=Text(en="patient", zh="患者"),
        some_examples=Text(en="patients", zh="名患者"),
        shots=Text(en="Confirmed cases of each condition, for learning", zh="每类用于学习的确诊病例数"),
        describe_task=_describe,
        reveal_task=_reveal,
        support=Text(
            en="**For learning:** {shots} each of the patients with the target condition and with the mimic. ↑ "
            "above, ↓ below the range beside the name. For vital signs, that is a National Early Warning Score "
            "2 (NEWS2) of 0; for haemoglobin and creatinine, women's lower to men's upper limit. Oxygen "
            "saturation has none, as oxygen therapy is not recorded.",
            zh="**用于学习**：目标疾病患者、相似疾病患者各 {shots} 名。↑ 高于、↓ 低于名称旁的范围：生命体征为英国"
            "国家早期预警评分第 2 版（NEWS2）评 0 分的区间，血红蛋白和肌酐为女性下限至男性上限。血氧饱和度不设"
            "范围，因为没有记录测量时是否吸氧。",
        ),
        query=Text(
            en="**Later patients,** with each model's probability of the target condition. The models do not see "
            "the diagnosis.",
            zh="**后续患者**：不向模型提供诊断，以下是各模型给出的目标疾病概率。",
        ),
        lever=Text(
            en="Pre-test probability of the target condition",
            zh="目标疾病的验前概率",
        ),
        verdict=Text(
            en="Of {patients} patients, {cases} have the condition. At {specificity} specificity (about {false} "
            "false alarms; threshold set at other hospitals), with only {shots} {labels} of each condition, "
            "**{local}** of them are found. With other hospitals' data as well, simple statistics find "
            "**{borrowing}** and meta-learning **{maml}**; the Bayes-optimal prediction finds {bayes}.",
            zh="{patients} 名患者中有 {cases} 人患目标疾病。阈值在其他医院按特异度 {specificity} 确定（误报约 {false}"
            " 人）：每类只用 {shots} 例{labels}，能找出 **{local}** 人。借助其他医院的数据，简单统计方法找出 **"
            "{borrowing}** 人，元学习 **{maml}** 人；贝叶斯最优 {bayes} 人。",
        ),
        worlds=Text(
            en="The gain in AUROC from {shots} {labels} of each condition over the best method without them "
            "depends on the similarity of differentials. Much alike (nearly the same signs): {mild}. "
            "Moderately different: {moderate}. Very different: {strong}.",
            zh="与不用标注的最好方法相比，每类 {shots} 例{labels}使 AUROC 增加多少，取决于各项鉴别诊断有多相似。大体"
            "相似（起作用的指标几乎相同）：{mild}。差异中等：{moderate}。差异很大：{strong}。",
        ),
        outcome=Text(en="diagnosis", zh="诊断"),
        caveat=Text(
            en="Synthetic patients. Not medical advice, not a medical device.",
            zh="合成患者数据。不构成医疗建议；本系统不是医疗器械。",
        ),
    ),
)
