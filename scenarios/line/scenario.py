"""Lines: the definition of the scenario."""

from scenarios.line.bayes import bayes
from scenarios.line.tasks import INTERCEPT, SLOPE, Lines, X, Y, sample_tasks, standardise
from scenarios.metrics import MSE
from scenarios.recipe import Recipe
from scenarios.scenario import Latent, Prose, Scenario
from scenarios.text import Text


def _latents(tasks: Lines) -> tuple[Latent, ...]:
    return (
        Latent("slope", Text(en="Slope a", zh="斜率 a"), tasks.slope),
        Latent("intercept", Text(en="Intercept b", zh="截距 b"), tasks.intercept),
    )


def _describe(_: Lines) -> Text:
    """Describe the family of all lines: a single line has no visible properties."""
    slope, intercept = (f"±{high:.0f}" for _, high in (SLOPE, INTERCEPT))
    return Text(
        en=f"A straight line that no model has seen (slope within {slope}, intercept within {intercept}), under "
        "noise that is uniform between 0 and 1. The networks know neither slope nor intercept, nor that it is "
        "a line.",
        zh=f"所有模型都没见过的一条直线（斜率在 {slope} 以内，截距在 {intercept} 以内），叠加 0 到 1 之间的均匀噪声。"
        "网络既不知道斜率和截距，也不知道它是直线。",
    )


def _reveal(task: Lines) -> Text:
    slope, intercept = float(task.slope[0]), float(task.intercept[0])
    line = f"y = {_number(slope)} x {'−' if intercept < 0 else '+'} {abs(intercept):.2f}"
    best = _number(intercept + 0.5)
    bend = float((task.bend[0] ** 2).sum() ** 0.5)
    if bend > 0:
        return Text(
            en=f"The straight part is {line}. Added to it are a curve that no line explains (root mean square "
            f"{bend:.2f}) and the noise.",
            zh=f"直线部分为 {line}；此外还有一条任何直线都无法解释的曲线（均方根 {bend:.2f}），以及噪声。",
        )
    return Text(
        en=f"The line is {line}, plus the noise. The noise has mean 0.5, so the best prediction has the intercept "
        f"{best}, which least squares also finds with enough points.",
        zh=f"这条直线是 {line}，再加上噪声。噪声的均值为 0.5，因此最佳预测的截距是 {best}，"
        "点足够多时，最小二乘得到的也是它。",
    )


def _number(value: float) -> str:
    """Return a number with two decimals and a typographic minus sign."""
    return f"{value:.2f}".replace("-", "−")


SCENARIO = Scenario(
    name="line",
    features=(X,),
    classes=(),
    target=Y,
    metric=MSE,
    sample_tasks=sample_tasks,
    recipe=Recipe(hidden=(40, 40), inner_steps=5, inner_lr=0.01, learn_rates="weight"),
    encode=standardise,
    bayes=bayes,
    latents=_latents,
    prose=Prose(
        title=Text(en="Lines", zh="直线"),
        icon=":material/show_chart:",
        question=Text(
            en="Can a network that has practised on other lines draw a new one through a handful of noisy points?",
            zh="练习过许多直线的网络，能凭几个带噪声的点画出一条新的直线吗？",
        ),
        result=Text(
            en="Mean squared error of the best method with {shots} {labels} alone: {local}. With other lines' "
            "data: simple statistics {borrowing}, meta-learning {maml}; Bayes-optimal {bayes}. On average, no "
            "model can have less than 0.0833, the variance of the noise.",
            zh="只学习 {shots} 个{labels}，只用这些点的最好方法均方误差为 {local}；借助其他直线的数据，"
            "简单统计方法为 {borrowing}，元学习为 {maml}；贝叶斯最优为 {bayes}。平均而言，"
            "任何模型都不可能低于噪声的方差 0.0833。",
        ),
        label=Text(en="labelled point", zh="已知点"),
        labels=Text(en="labelled points", zh="已知点"),
        task=Text(en="line", zh="直线"),
        a_task=Text(en="line", zh="条直线"),
        examples=Text(en="points", zh="点"),
        some_examples=Text(en="points", zh="个点"),
        shots=Text(en="Labelled points, for learning", zh="用于学习的已知点数"),
        describe_task=_describe,
        reveal_task=_reveal,
        support=Text(en="**For learning:** {shots} of the line's noisy points.", zh="**用于学习**：{shots} 个已知点。"),
        query=Text(
            en="**Further points of the same line,** with the y that each model predicts. The models do not see "
            "their y.",
            zh="**同一条直线上的其他点**：模型不知道它们的 y，以下是各模型预测的 y。",
        ),
        caveat=Text(
            en="Synthetic data. For a real straight line, use least squares.",
            zh="数据均为合成。若真要拟合直线，请用最小二乘法。",
        ),
    ),
)
