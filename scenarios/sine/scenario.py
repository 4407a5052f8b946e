"""Sine waves: the definition of the scenario."""

import numpy as np

from scenarios.metrics import MSE
from scenarios.recipe import Recipe
from scenarios.scenario import Latent, Prose, Scenario
from scenarios.sine.bayes import bayes
from scenarios.sine.published import BENCHMARK
from scenarios.sine.tasks import AMPLITUDE, Sines, X, Y, sample_tasks, standardise
from scenarios.task import Array
from scenarios.text import Text


def _latents(tasks: Sines) -> tuple[Latent, ...]:
    """Amplitude and phase, and the same as coordinates: the wave is a sin x + b cos x."""
    return (
        Latent("amplitude", Text(en="Amplitude A", zh="振幅 A"), tasks.amplitude),
        Latent("phase", Text(en="Phase φ", zh="相位 φ"), tasks.phase),
        Latent("sin_part", Text(en="a = A cos φ (of sin x)", zh="a = A cos φ（sin x 的系数）"), _a(tasks)),
        Latent("cos_part", Text(en="b = −A sin φ (of cos x)", zh="b = −A sin φ（cos x 的系数）"), _b(tasks)),
    )


def _a(tasks: Sines) -> Array:
    return tasks.amplitude * np.cos(tasks.phase)


def _b(tasks: Sines) -> Array:
    return -tasks.amplitude * np.sin(tasks.phase)


def _describe(_: Sines) -> Text:
    """Describe the family of all waves: a single wave has no visible properties."""
    low, high = AMPLITUDE
    return Text(
        en=f"A sine wave that no model has seen: amplitude between {low:g} and {high:g}, phase between 0 and π, "
        "no noise. The networks know neither amplitude nor phase, nor that it is a sine wave.",
        zh=f"所有模型都没见过的一条正弦曲线：振幅在 {low:g} 到 {high:g} 之间，相位在 0 到 π 之间，没有噪声。"
        "网络既不知道振幅和相位，也不知道它是正弦曲线。",
    )


def _reveal(task: Sines) -> Text:
    wave = f"{float(task.amplitude[0]):.2f} sin(x − {float(task.phase[0]):.2f})"
    overtone = float(task.overtone[0])
    if overtone > 0:
        second = f"{overtone:.2f} sin(2x − {float(task.overtone_phase[0]):.2f})"
        return Text(
            en=f"y = {wave} + {second}. The second term, of twice the frequency, occurs in no training task.",
            zh=f"y = {wave} + {second}。第二项的频率是前者的两倍，训练任务中从未出现过。",
        )
    return Text(
        en=f"The wave is y = {wave}, with the phase in radians.",
        zh=f"这条曲线是 y = {wave}，相位以弧度计。",
    )


SCENARIO = Scenario(
    name="sine",
    features=(X,),
    classes=(),
    target=Y,
    metric=MSE,
    sample_tasks=sample_tasks,
    reference_learner="gaussian_process",
    recipe=Recipe(inner_steps=5, inner_lr=0.01, learn_rates="weight", meta_steps=30_000),
    in_context_meta_steps=60_000,  # with 12 000 it was worse than MAML from few points
    benchmark=BENCHMARK,
    encode=standardise,
    bayes=bayes,
    latents=_latents,
    prose=Prose(
        title=Text(en="Sine waves", zh="正弦曲线"),
        icon=":material/airwave:",
        question=Text(
            en="Can a network that has practised on other waves complete a new one from a handful of its points?",
            zh="练习过许多正弦曲线的网络，能凭几个点补全一条新的曲线吗？",
        ),
        result=Text(
            en="Mean squared error of the best method with {shots} {labels} alone: {local}. With other waves' "
            "data: simple statistics {borrowing}, meta-learning {maml}; Bayes-optimal {bayes}. Over all waves, "
            "always predicting 0 has 4.25.",
            zh="只学习 {shots} 个{labels}，只用这些点的最好方法均方误差为 {local}；借助其他曲线的数据，"
            "简单统计方法为 {borrowing}，元学习为 {maml}；贝叶斯最优为 {bayes}。就全部曲线而言，一律预测 0 "
            "的均方误差为 4.25。",
        ),
        label=Text(en="labelled point", zh="已知点"),
        labels=Text(en="labelled points", zh="已知点"),
        task=Text(en="wave", zh="正弦曲线"),
        a_task=Text(en="wave", zh="条正弦曲线"),
        examples=Text(en="points", zh="点"),
        some_examples=Text(en="points", zh="个点"),
        shots=Text(en="Labelled points, for learning", zh="用于学习的已知点数"),
        describe_task=_describe,
        reveal_task=_reveal,
        support=Text(en="**For learning:** {shots} of the wave's points.", zh="**用于学习**：{shots} 个已知点。"),
        query=Text(
            en="**Further points of the same wave,** with the y that each model predicts. The models do not see "
            "their y.",
            zh="**同一条曲线上的其他点**：模型不知道它们的 y，以下是各模型预测的 y。",
        ),
        caveat=Text(
            en="Synthetic data. If it is known to be a sine wave of this frequency, two points are enough, "
            "without a network.",
            zh="数据均为合成。若已知它是这一频率的正弦曲线，两个点就够了，不需要网络。",
        ),
    ),
)
