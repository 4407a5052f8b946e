"""Driving style: the definition of the scenario."""

import numpy as np

from scenarios.driving_style.bayes import bayes, bayes_with_unlabelled
from scenarios.driving_style.signals import HARSH, RATE, SAMPLES, decode, encode, g_forces, rule
from scenarios.driving_style.tasks import FEATURES, QUANTITIES, SIGMA, WORLDS, Drivers, sample_tasks
from scenarios.metrics import ACCURACY
from scenarios.recipe import Recipe
from scenarios.scenario import Latent, Prose, Scenario, Shift, Signal, worlds_of
from scenarios.task import Array
from scenarios.text import Text

# Aggressive driving by a style mechanism, if its sign is - (only of the third) and if it is +.
_ABRUPT = Text(en="more abrupt inputs for the same manoeuvre", zh="同样的操作幅度下操纵更急促")
_CLOSE = Text(en="closer following at higher speed", zh="车速更高、跟车更近")
_MECHANISMS = (
    (_ABRUPT, _ABRUPT),
    (_CLOSE, _CLOSE),
    (
        Text(en="harder cornering, gentler braking and accelerating", zh="转弯更猛、加减速更缓"),
        Text(en="harder braking and accelerating, gentler cornering", zh="加减速更猛、转弯更缓"),
    ),
)


def _describe(task: Drivers) -> Text:
    """Describe vehicle, roads and driver, whatever the style; the learners do not have this information."""
    gain, roads, tempo = task.baseline[0]
    readings = _degree(
        gain,
        Text(en="read accelerations low", zh="偏小"),
        Text(en="read accelerations as usual", zh="正常"),
        Text(en="read accelerations high", zh="偏大"),
    )
    network = _degree(
        roads,
        Text(en="dense and slow", zh="车流密集、车速较低的道路"),
        Text(en="mixed", zh="各类道路"),
        Text(en="open and fast", zh="通畅的快速道路"),
    )
    pace = _degree(
        tempo,
        Text(en="unhurried", zh="从容"),
        Text(en="average", zh="适中"),
        Text(en="brisk", zh="偏快"),
    )
    return Text(
        en=f"A driver that no model has seen. Vehicle and sensor {readings.en}; the usual roads are {network.en}; "
        f"the driver's own tempo is {pace.en}. The models do not have this information.",
        zh=f"所有模型都没见过的一位驾驶员。该车及其传感器的加速度读数{readings.zh}，平时走的是{network.zh}，"
        f"个人驾驶节奏{pace.zh}；模型并不知道这些。",
    )


def _degree(z: float, low: Text, usual: Text, high: Text) -> Text:
    """Return the word for a standard score; the middle half is usual."""
    if abs(z) < 0.67:
        return usual
    return high if z > 0 else low


def _reveal(task: Drivers) -> Text:
    """Name the two strongest of the three mechanisms, where each points, and the separation of neighbouring styles."""
    style = task.style[0]
    strongest = np.argsort(-np.abs(style))[:2]
    parts = [(_MECHANISMS[i][int(style[i] > 0)], abs(style[i])) for i in strongest]
    en = "; ".join(f"{text.en} ({size:.1f} SD)" for text, size in parts)
    zh = "；".join(f"{text.zh}（{size:.1f} 个标准差）" for text, size in parts)
    separation = np.sqrt(task.step[0] @ np.linalg.solve(SIGMA, task.step[0]))
    return Text(
        en=f"Signs of “aggressive” driving in this driver, strongest first: {en}. "
        f"Neighbouring styles are {separation:.1f} SD apart in total.",
        zh=f"对这位驾驶员而言，“激进”主要表现为（由强到弱）：{zh}。相邻两种风格总体相距 {separation:.1f} 个标准差。",
    )


def _latents(tasks: Drivers) -> tuple[Latent, ...]:
    abruptness, following, braking = tasks.style.T
    gain, roads, tempo = tasks.baseline.T
    return (
        Latent("abruptness", Text(en="Style: abrupt inputs", zh="风格：操纵急促"), abruptness),
        Latent("following", Text(en="Style: close following", zh="风格：近距离跟车"), following),
        Latent("braking", Text(en="Style: braking rather than cornering", zh="风格：偏纵向而非横向"), braking),
        Latent("gain", Text(en="Vehicle and sensor: gain", zh="车辆与传感器：增益"), gain),
        Latent("roads", Text(en="Roads: open and fast", zh="道路：通畅快速"), roads),
        Latent("tempo", Text(en="Driver: brisk tempo", zh="驾驶员：节奏快"), tempo),
    )


def _g_g(x: Array) -> Array:
    """Lateral acceleration to the right, longitudinal up, both in g: the diagram that vehicle dynamics is read in."""
    return g_forces(x)[..., ::-1]


_AS_LABELLED = Text(en="as labelled", zh="与标注时相同")


def _how_far(distance: float) -> Text:
    """Return how different the second car is, in units of the usual difference between two."""
    if not distance:
        return Text(en="same car", zh="同一辆车")
    if distance == 1:
        return Text(en="another car", zh="另一辆车")
    return Text(en=f"another, {distance:g} times as different", zh=f"差异为 {distance:g} 倍")


SCENARIO = Scenario(
    name="driving_style",
    features=FEATURES,
    classes=(Text(en="calm", zh="平稳"), Text(en="normal", zh="普通"), Text(en="aggressive", zh="激进")),
    metric=ACCURACY,
    sample_tasks=sample_tasks,
    recipe=Recipe(inner_steps=5, inner_lr=0.05, learn_rates="weight"),
    encode=encode,
    features_by_hand=decode,
    quantities=QUANTITIES,
    ordered=True,
    bayes=bayes,
    bayes_with_unlabelled=bayes_with_unlabelled,
    latents=_latents,
    shift=Shift(
        Text(en="use in another car", zh="换到另一辆车使用"),
        (0.0, 1.0, 2.0),
        _how_far,
        Drivers.in_other_cars,
        Text(
            en="The other car has another mass, sensor gain and mounting offset; driver and roads are the same. "
            "Other roads were not measured.",
            zh="另一辆车的质量、传感器增益和安装偏差不同，驾驶员和道路不变。换到其他道路的情形未测。",
        ),
    ),
    turn=Shift(
        Text(en="use with a rotated sensor (yaw)", zh="传感器转了方向之后使用（偏航）"),
        (0.0, 10.0, 20.0),
        lambda degrees: Text(en=f"{degrees:g}°", zh=f"{degrees:g}°") if degrees else _AS_LABELLED,
        Drivers.with_turned_sensors,
        Text(
            en="The sensor is rotated about the vertical axis, to the left or to the right, so that braking and "
            "cornering mix; car, driver and roads are the same.",
            zh="传感器绕竖直轴向左或向右转动，纵向与横向加速度相互混入；车辆、驾驶员和道路不变。",
        ),
    ),
    example_shape=(SAMPLES, len(FEATURES)),
    decision="alarms",
    signal=Signal(
        rate=RATE,
        plane=_g_g,
        name=Text(en="The g-g diagram", zh="g-g 图"),
        right=Text(en="lateral acceleration, left positive, g", zh="横向加速度（左为正），g"),
        up=Text(en="longitudinal acceleration, g", zh="纵向加速度，g"),
        limit=HARSH,
        unit=Text(en="g", zh="g"),
    ),
    rule=rule,
    worlds=worlds_of(sample_tasks, bayes, WORLDS, {"mild": 191, "moderate": 189, "strong": 49}),
    prose=Prose(
        title=Text(en="Driving style", zh="驾驶风格"),
        icon=":material/directions_car:",
        question=Text(
            en="Can a model learn one driver's style from a handful of labelled 8-second windows?",
            zh="只凭几个标注好的 8 秒片段，模型能学会识别这位驾驶员的驾驶风格吗？",
        ),
        result=Text(
            en="Accuracy on later windows with {shots} {labels} of each style alone: {local}; without them: "
            "{no_local} (chance: 33%). With other drivers' data: simple statistics {borrowing}, meta-learning "
            "{maml}; Bayes-optimal {bayes}.",
            zh="每种风格 {shots} 个{labels}，后续片段的判断准确率：只用这些片段 {local}，不用它们 {no_local}（随机猜测"
            " 33%）。借助其他驾驶员的数据，简单统计方法 {borrowing}，元学习 {maml}；贝叶斯最优 {bayes}。",
        ),
        label=Text(en="labelled window", zh="标注片段"),
        labels=Text(en="labelled windows", zh="标注片段"),
        task=Text(en="driver", zh="驾驶员"),
        a_task=Text(en="driver", zh="位驾驶员"),
        examples=Text(en="windows", zh="驾驶片段"),
        example=Text(en="window", zh="片段"),
        some_examples=Text(en="windows", zh="个驾驶片段"),
        shots=Text(en="Labelled windows of each style, for learning", zh="每种风格用于学习的标注片段数"),
        describe_task=_describe,
        reveal_task=_reveal,
        support=Text(
            en="**For learning:** {shots} each of this driver's calm, normal and aggressive windows, 8 s at 10 Hz. "
            "Style is relative to the driver and masked by road and traffic: a calm window may look "
            "harsher than an aggressive one. There is always a car ahead. Acceleration is positive forward and "
            "to the left (ISO 8855).",
            zh="**用于学习**：该驾驶员平稳、普通、激进驾驶片段各 {shots} 个，每个 8 秒，采样率 10 Hz。"
            "风格因人而异，又被路况和车流掩盖：平稳片段看上去可能比激进片段更急。"
            "前方始终有车。加速度以向前、向左为正（ISO 8855）。",
        ),
        query=Text(
            en="**Later windows,** with each model's probability that they are aggressive, assuming that the "
            "three styles are equally frequent. The models do not see the style.",
            zh="**后续片段**：模型不知道其风格，以下是各模型给出的激进概率（假定三种风格出现概率相同）。",
        ),
        lever=Text(en="False alarms allowed per hour of driving", zh="每行驶一小时允许误报几次"),
        verdict=Text(
            en="Recall of aggressive windows at {budget} false alarms an hour, with only {shots} {labels} of each "
            "style: **{local}**. With other drivers' data as well: simple statistics **{borrowing}**, "
            "meta-learning **{maml}**. With other drivers' data alone{unlabelled}: **{no_local}**. Bayes-optimal: "
            "{bayes}. The 0.3 g rule: {rule_recall}, at {rule_alarms} an hour.",
            zh="平均每小时误报 {budget} 次时，激进片段的检出率：每种风格 {shots} 个{labels}，只用它们为 **{local}**；"
            "只用其他驾驶员的数据{unlabelled}为 **{no_local}**；两者都用，简单统计方法为 **{borrowing}**，元学习为 "
            "**{maml}**；贝叶斯最优为 {bayes}。固定 0.3 g 规则每小时误报 {rule_alarms} 次，检出率为 {rule_recall}。",
        ),
        worlds=Text(
            en="The gain in accuracy from {shots} {labels} of each style over the best method without them "
            "depends on the similarity of drivers. Much alike (aggressive in nearly the same way, similar cars "
            "and roads): {mild}. Moderately different: {moderate}. Very different: {strong}.",
            zh="与不用标注的最好方法相比，每种风格 {shots} 个{labels}使准确率增加多少，取决于各位驾驶员有多相似。大体"
            "相似（激进方式几乎相同，车辆和道路也相近）：{mild}。差异中等：{moderate}。差异很大：{strong}。",
        ),
        outcome=Text(en="style", zh="风格"),
        caveat=Text(
            en="Synthetic drivers. Style is not crash risk, and real driving data are personal data.",
            zh="合成驾驶数据。驾驶风格不等于事故风险；真实驾驶数据属于个人信息。",
        ),
    ),
)
