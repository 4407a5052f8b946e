"""Medical diagnosis: the scenario as the rest of the house sees it."""

import numpy as np

from scenarios.medical_diagnosis.bayes import bayes
from scenarios.medical_diagnosis.tasks import FEATURES, MECHANISMS, Differentials, sample_tasks, to_z
from scenarios.metrics import AUROC
from scenarios.scenario import Latent, Prose, Scenario
from scenarios.text import Text


def _describe(task: Differentials) -> Text:
    """Describe the hospital; no learner is told."""
    assay, acuity = task.hospital[0]
    ill = _degree(
        acuity,
        Text(en="less ill than usual", zh="病情较轻"),
        Text(en="of the usual severity", zh="病情与一般医院相当"),
        Text(en="more ill than usual", zh="病情较重"),
    )
    laboratory = _degree(
        assay,
        Text(en="reads albumin low", zh="白蛋白读数偏低"),
        Text(en="is calibrated as usual", zh="读数无明显系统偏差"),
        Text(en="reads albumin high", zh="白蛋白读数偏高"),
    )
    return Text(
        en=f"A hospital and a pair of conditions that no model has seen. Its patients are {ill.en}, "
        f"its laboratory {laboratory.en}; the models are not told.",
        zh=f"所有模型都没见过的一家医院和一对疾病。患者{ill.zh}，检验科{laboratory.zh}；模型并不知道这些。",
    )


def _degree(z: float, low: Text, usual: Text, high: Text) -> Text:
    """Return the word for a standard score; the middle half is usual."""
    if abs(z) < 0.67:
        return usual
    return high if z > 0 else low


def _reveal(task: Differentials) -> Text:
    """Name the two strongest of the four mechanisms, where each points, and the separation of the two groups."""
    signature = task.signature[0]
    strongest = np.argsort(-np.abs(signature))[:2]
    parts = [(MECHANISMS[i], signature[i]) for i in strongest]
    en = "; ".join(
        f"{text.en} in the {'condition' if value > 0 else 'look-alike'} ({abs(value):.1f} SD)" for text, value in parts
    )
    zh = "；".join(
        f"{'目标疾病' if value > 0 else '相似疾病'}中{text.zh}（{abs(value):.1f} 个标准差）" for text, value in parts
    )
    length = np.linalg.norm(signature)
    return Text(
        en=f"What sets the two apart here, strongest first: {en}. All four mechanisms combined: {length:.1f} SD.",
        zh=f"此处区分两种疾病的主要线索（由强到弱）：{zh}。四种机制合成后相距 {length:.1f} 个标准差。",
    )


def _latents(tasks: Differentials) -> tuple[Latent, ...]:
    hospital = (Text(en="albumin assay", zh="白蛋白检测偏差"), Text(en="severity of its patients", zh="患者病情轻重"))
    names = [("mechanism_" + str(i + 1), text, tasks.signature[:, i]) for i, text in enumerate(MECHANISMS)]
    names += [(f"hospital_{i + 1}", text, tasks.hospital[:, i]) for i, text in enumerate(hospital)]
    return tuple(Latent(*each) for each in names)


SCENARIO = Scenario(
    name="medical_diagnosis",
    features=FEATURES,
    classes=(Text(en="look-alike", zh="相似疾病"), Text(en="condition", zh="目标疾病")),
    metric=AUROC,
    sample_tasks=sample_tasks,
    encode=to_z,
    bayes=bayes,
    latents=_latents,
    decision="screening",
    prose=Prose(
        title=Text(en="Medical diagnosis", zh="医学诊断"),
        icon=":material/stethoscope:",
        question=Text(
            en="Can a model tell a rare condition from its look-alike, from a handful of confirmed cases?",
            zh="只凭几个确诊病例，模型能把一种罕见病与它的相似疾病区分开吗？",
        ),
        result=Text(
            en="From {shots} {labels} of each, pairs of later patients put in the right order: {local} by these "
            "cases alone; with other hospitals' data, {borrowing} by simple statistics and {maml} by "
            "meta-learning; {bayes} by Bayes-optimal predictions.",
            zh="每类 {shots} 例{labels}，两类新患者各取一名，排对的比例（AUROC）：只用这些病例 {local}；"
            "借助其他医院的数据，简单统计方法 {borrowing}，元学习 {maml}；贝叶斯最优 {bayes}。",
        ),
        label=Text(en="confirmed case", zh="确诊病例"),
        labels=Text(en="confirmed cases", zh="确诊病例"),
        task=Text(en="hospital", zh="医院"),
        a_task=Text(en="hospital", zh="家医院"),
        examples=Text(en="patients", zh="患者"),
        some_examples=Text(en="patients", zh="名患者"),
        shots=Text(en="Confirmed cases of each, for learning", zh="每类用于学习的确诊病例数"),
        describe_task=_describe,
        reveal_task=_reveal,
        support=Text(
            en="**For learning:** {shots} with the condition and {shots} look-alikes. ↑ above and ↓ below the range "
            "beside the name: for vital signs, where NEWS2 scores 0; for haemoglobin and creatinine, from women's "
            "lower to men's upper limit. Ranges differ by laboratory, method, age and sex.",
            zh="**用于学习**：目标疾病患者、相似疾病患者各 {shots} 名。↑ 高于、↓ 低于名称旁的范围：生命体征为 NEWS2 评 "
            "0 分的区间，血红蛋白和肌酐为女性下限至男性上限。范围因实验室、检测方法、年龄和性别而异。",
        ),
        query=Text(
            en="**Later patients,** whose diagnosis no model is told, and the probability of the condition "
            "that each gives.",
            zh="**后续患者**：模型不知道其诊断，以下是各模型给出的目标疾病概率。",
        ),
        lever=Text(
            en="Pre-test probability: share with the condition among these patients",
            zh="待鉴别患者中目标疾病的占比（验前概率）",
        ),
        verdict=Text(
            en="At {specificity} specificity, if {prevalence} of these patients have the condition, then of 100 "
            "called positive **{local}** have it by local cases alone; with other hospitals' data, "
            "**{borrowing}** by simple statistics and **{maml}** by meta-learning; {bayes} with Bayes-optimal "
            "predictions.",
            zh="特异度 {specificity}、验前概率 {prevalence} 时，每 100 名判为阳性的患者中确为目标疾病的人数："
            "只用本院病例 **{local}** 人；借助其他医院的数据，简单统计方法 **{borrowing}** 人，元学习 **{maml}** 人；"
            "贝叶斯最优 {bayes} 人。",
        ),
        caveat=Text(
            en="Synthetic patients. Not medical advice, not a medical device.",
            zh="合成患者数据。不构成医疗建议，也不是医疗器械。",
        ),
    ),
)
