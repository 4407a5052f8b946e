"""Medical diagnosis: the scenario as the rest of the house sees it."""

import numpy as np

from scenarios.medical_diagnosis.bayes import bayes
from scenarios.medical_diagnosis.tasks import FEATURES, MECHANISMS, Differentials, sample_tasks, to_z
from scenarios.scenario import Prose, Scenario
from scenarios.text import Text


def _describe(task: Differentials) -> Text:
    """What the hospital knows of itself before any case is confirmed."""
    assay, acuity = task.hospital[0]
    ill = _degree(acuity, Text(en="less ill than usual", zh="病情较轻"), Text(en="more ill than usual", zh="病情较重"))
    lab = _degree(
        assay, Text(en="reads albumin low", zh="白蛋白读数偏低"), Text(en="reads albumin high", zh="白蛋白读数偏高")
    )
    usual_ill = Text(en="as ill as usual", zh="病情与一般医院相当")
    usual_lab = Text(en="is calibrated as usual", zh="校准与一般实验室相当")
    ill, lab = ill or usual_ill, lab or usual_lab
    return Text(
        en=f"A hospital that no model has seen: its patients are {ill.en}, its laboratory {lab.en}.",
        zh=f"一家模型从未见过的医院：患者{ill.zh}，实验室{lab.zh}。",
    )


def _degree(z: float, low: Text, high: Text) -> Text | None:
    """The word for a standard score, None in the middle half."""
    return None if abs(z) < 0.67 else high if z > 0 else low


def _reveal(task: Differentials) -> Text:
    """The strongest of the four mechanisms, its sign, and the separation that it gives."""
    signature = task.signature[0]
    strongest = np.argsort(-np.abs(signature))[:2]
    parts = [(MECHANISMS[i], signature[i]) for i in strongest]
    en = "; ".join(f"{text.en} ({value:+.1f} SD)" for text, value in parts)
    zh = "；".join(f"{text.zh}（{value:+.1f} 个标准差）" for text, value in parts)
    length = np.linalg.norm(signature)
    return Text(
        en=f"What sets the condition apart here, strongest first: {en}. All four mechanisms together: {length:.1f} SD.",
        zh=f"此处区分两种疾病的主要机制（由强到弱）：{zh}。四种机制合计 {length:.1f} 个标准差。",
    )


SCENARIO = Scenario(
    name="medical_diagnosis",
    features=FEATURES,
    classes=(Text(en="look-alike", zh="相似疾病"), Text(en="condition", zh="目标疾病")),
    metric="auroc",
    sample_tasks=sample_tasks,
    scale=to_z,
    bayes=bayes,
    prose=Prose(
        title=Text(en="Medical diagnosis", zh="医学诊断"),
        menu=Text(en="Medical diagnosis", zh="医学诊断"),
        icon=":material/stethoscope:",
        question=Text(
            en="Can a model tell a rare condition from its look-alike, from a handful of confirmed cases?",
            zh="只凭几个确诊病例，模型能把一种罕见病与它的相似疾病区分开吗？",
        ),
        result=Text(
            en="From {shots} confirmed {cases} of each, the meta-learned model ranks a patient with the condition "
            "above a look-alike {maml} of the time; the same network from scratch {scratch}; "
            "nobody could do better than {bayes}.",
            zh="每类只用 {shots} 个确诊{cases}，元学习模型把目标疾病患者排在相似疾病患者之前的概率为 {maml}；"
            "同一网络从零训练为 {scratch}；任何方法都不可能超过 {bayes}。",
        ),
        task=Text(en="hospital", zh="医院"),
        describe_task=_describe,
        reveal_task=_reveal,
        positive=Text(en="patients with the condition", zh="目标疾病患者"),
        negative=Text(en="look-alikes", zh="相似疾病患者"),
        example=Text(en="confirmed cases", zh="确诊病例"),
        caveat=Text(
            en="Synthetic patients. Not medical advice, not a medical device.",
            zh="合成患者数据。不构成医疗建议，也不是医疗器械。",
        ),
    ),
)
