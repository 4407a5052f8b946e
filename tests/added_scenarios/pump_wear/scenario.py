"""Pump wear: a scenario with four classes, of which no decision and no results exist yet."""

import numpy as np
from scenarios.pump_wear.bayes import bayes
from scenarios.pump_wear.tasks import FEATURES, Pumps, sample_tasks, to_z

from scenarios.metrics import ACCURACY
from scenarios.scenario import Latent, Prose, Scenario
from scenarios.text import Text

_WARMER, _COOLER = Text(en="warmer", zh="更热"), Text(en="cooler", zh="更凉")


def _describe(task: Pumps) -> Text:
    text = Text(
        en="A plant that no model has seen; its pumps run {warmth} than most.",
        zh="所有模型都没见过的一座工厂；那里的泵比一般工厂运行得{warmth}。",
    )
    return text.format(warmth=_WARMER if task.plant[0, 0] > 0 else _COOLER)


def _reveal(task: Pumps) -> Text:
    step = float(np.linalg.norm(task.wear[0]))
    return Text(
        en=f"Neighbouring stages of wear lie {step:.1f} SD apart here.",
        zh=f"此处相邻磨损阶段相距 {step:.1f} 个标准差。",
    )


def _latents(tasks: Pumps) -> tuple[Latent, ...]:
    return (
        Latent("wear_1", Text(en="first direction of wear", zh="第一磨损方向"), tasks.wear[:, 0]),
        Latent("plant_1", Text(en="temperature of the plant", zh="工厂温度"), tasks.plant[:, 0]),
    )


SCENARIO = Scenario(
    name="pump_wear",
    features=FEATURES,
    classes=(
        Text(en="new", zh="全新"),
        Text(en="run in", zh="已磨合"),
        Text(en="worn", zh="已磨损"),
        Text(en="failing", zh="将失效"),
    ),
    metric=ACCURACY,
    sample_tasks=sample_tasks,
    encode=to_z,
    bayes=bayes,
    latents=_latents,
    prose=Prose(
        title=Text(en="Pump wear", zh="水泵磨损"),
        icon=":material/water_pump:",
        question=Text(
            en="Can a model tell how worn a plant's pumps are, from a handful of inspections?",
            zh="只凭几次检修，模型能判断一座工厂的水泵磨损到什么程度吗？",
        ),
        result=Text(
            en="From {shots} {labels} of each stage, the meta-learned model is right for {maml} of the pumps, the "
            "best method on these alone for {local}, simple statistics with other plants for {borrowing}; "
            "Bayes-optimal "
            "predictions, for {bayes}.",
            zh="每个阶段学习 {shots} 台{labels}之后的准确率：元学习 {maml}，简单统计方法 {borrowing}，只用这些标注 "
            "{local}，"
            "贝叶斯最优 {bayes}。",
        ),
        label=Text(en="inspected pump", zh="检修过的泵"),
        labels=Text(en="inspected pumps", zh="检修过的泵"),
        task=Text(en="plant", zh="工厂"),
        a_task=Text(en="plant", zh="座工厂"),
        examples=Text(en="pumps", zh="水泵"),
        some_examples=Text(en="pumps", zh="台水泵"),
        shots=Text(en="Inspected pumps of each stage", zh="每个阶段检修过的泵数"),
        describe_task=_describe,
        reveal_task=_reveal,
        support=Text(
            en="**For learning:** {shots} inspected pumps of each stage.",
            zh="**用于学习**：每个阶段 {shots} 台检修过的泵。",
        ),
        query=Text(en="**Further pumps,** whose stage no model is told.", zh="**其余水泵**：模型不知道其磨损阶段。"),
        caveat=Text(en="Synthetic pumps of a test.", zh="测试用的合成水泵数据。"),
    ),
)
