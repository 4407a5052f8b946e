"""Credit risk: the definition of the scenario."""

import numpy as np

from scenarios.credit_risk.applicants import COLUMN, FEATURES, MIX_DIRECTION, to_scaled, to_units
from scenarios.credit_risk.bayes import bayes, bayes_with_unlabelled
from scenarios.credit_risk.scorecard import AXES, MAIN_CHANGES, steps_of_main_changes
from scenarios.credit_risk.tasks import MIX_SD, WORLDS, Segments, sample_tasks
from scenarios.metrics import AUROC
from scenarios.recipe import Recipe
from scenarios.scenario import Feature, Latent, Prose, Scenario, Shift, worlds_of
from scenarios.text import Text

# Portfolios by their mix in standard deviations: the first whose upper bound is not passed.
_PORTFOLIOS = (
    (-1.3, Text(en="much weaker", zh="明显偏弱")),
    (-0.5, Text(en="weaker", zh="偏弱")),
    (0.5, Text(en="typical", zh="居中")),
    (1.3, Text(en="stronger", zh="偏强")),
    (np.inf, Text(en="much stronger", zh="明显偏强")),
)

_DRIVES = Text(
    en="Drivers of default in this segment, strongest first, with the effect of a change in the main "
    "characteristic on the odds of default, on average over applicants: {each}.",
    zh="本客群违约的主要驱动因素（由强到弱），以及其主要特征变动时，申请人违约几率的平均变化：{each}。",
)
_CHANGE = Text(
    en="{axis} – {feature} {low} → {high}: × {odds}",
    zh="{axis}（{feature} {low} → {high}：× {odds}）",
)
_BACKWARDS = Text(en="Against the usual sign: {names}.", zh="与通常方向相反的因素：{names}。")
_NEW = Text(
    en="Drivers unseen in training segments account for {share} of the score's variance.",
    zh="评分方差中有 {share} 来自训练客群里从未出现过的因素。",
)


def _describe(tasks: Segments) -> Text:
    """Describe applications without outcomes: the portfolio mix, and how two characteristics drift with it."""
    mix = tasks.mix[0]
    portfolio = next(text for bound, text in _PORTFOLIOS if mix / MIX_SD <= bound)
    here, usual = to_units(np.outer([mix, 0.0], MIX_DIRECTION))  # the median of each characteristic
    used, file_age = COLUMN["utilisation"], COLUMN["oldest_trade"]
    return Text(
        en=f"A segment with {portfolio.en} credit files, new to every model. The median applicant uses "
        f"{here[used]:.0f}% of revolving limits (usually {usual[used]:.0f}%), with {here[file_age]:.0f} months "
        f"on file (usually {usual[file_age]:.0f}). Only outcomes will show what drives default in it.",
        zh=f"所有模型都没见过的客群，信用记录{portfolio.zh}：循环额度使用率中位数 {here[used]:.0f}%"
        f"（基准客群 {usual[used]:.0f}%），最早账户账龄中位数 {here[file_age]:.0f} 个月"
        f"（基准 {usual[file_age]:.0f} 个月）。违约由什么驱动，要等表现出来才知道。",
    )


def _reveal(tasks: Segments) -> Text:
    """Name the three strongest axes in units, every axis that is reversed, and how much of the score is new."""
    weights, steps = tasks.weights[0], steps_of_main_changes()
    strongest = [axis for axis in np.argsort(-np.abs(weights))[:3] if abs(weights[axis]) >= 0.1]
    backwards = [axis for axis in np.argsort(weights) if weights[axis] <= -0.3]
    new = float((tasks.unseen[0] ** 2).sum() / tasks.score_variance[0])
    parts = []
    if strongest:
        changes = [_change(axis, float(weights[axis] * steps[axis])) for axis in strongest]
        each = Text("; ".join(change.en for change in changes), "；".join(change.zh for change in changes))
        parts.append(_DRIVES.format(each=each))
    if backwards:
        names = Text(", ".join(AXES[axis].en for axis in backwards), "、".join(AXES[axis].zh for axis in backwards))
        parts.append(_BACKWARDS.format(names=names))
    elif strongest:
        parts.append(Text(en="No important driver has the opposite of its usual sign.", zh="没有方向明显相反的因素。"))
    if new >= 0.005:
        parts.append(_NEW.format(share=f"{new:.0%}"))
    return Text(en=" ".join(part.en for part in parts), zh="".join(part.zh for part in parts))


def _change(axis: int, log_odds: float) -> Text:
    """Return the effect of a change of an axis's main characteristic on the odds of default, through this axis."""
    name, low, high = MAIN_CHANGES[axis]
    feature = FEATURES[COLUMN[name]]
    return _CHANGE.format(
        axis=AXES[axis], feature=feature.label, low=low, high=_with_unit(high, feature),
        odds=f"{np.exp(log_odds):.2g}",
    )  # fmt: skip


def _with_unit(number: int, feature: Feature) -> Text:
    """Return a number with its feature's unit, which a count has not."""
    unit, blank = feature.unit, "" if feature.unit.en == "%" else " "
    if unit.en == "count":
        return Text(en=str(number), zh=str(number))
    return Text(en=f"{number}{blank}{unit.en}", zh=f"{number}{blank}{unit.zh}")


def _latents(tasks: Segments) -> tuple[Latent, ...]:
    """Return the six weights in standard deviations of the score, the portfolio mix and the default rate."""
    weights = [
        Latent(f"weight_{number}", Text(en=f"weight of {axis.en}", zh=f"{axis.zh}的权重"), values)
        for number, (axis, values) in enumerate(
            zip(AXES, tasks.weights.T / np.sqrt(tasks.score_variance), strict=True), start=1
        )
    ]
    return (
        *weights,
        Latent("mix", Text(en="portfolio quality, subprime to prime", zh="客群资质（次级到优质）"), tasks.mix),
        Latent("rate", Text(en="default rate of the reference population", zh="参照人群的违约率"), tasks.rate),
    )


def _odds(odds: float) -> Text:
    """Return how much higher the odds of default have become."""
    if odds == 1:
        return Text(en="as labelled", zh="与标注时相同")
    return Text(en=f"odds × {odds:g}", zh=f"几率 × {odds:g}")


SCENARIO = Scenario(
    name="credit_risk",
    features=FEATURES,
    classes=(Text(en="good", zh="好账户"), Text(en="bad", zh="坏账户")),
    metric=AUROC,
    sample_tasks=sample_tasks,
    recipe=Recipe(inner_steps=5, inner_lr=0.05, learn_rates="weight", meta_steps=25_000),
    encode=to_scaled,
    bayes=bayes,
    bayes_with_unlabelled=bayes_with_unlabelled,
    latents=_latents,
    shift=Shift(
        Text(en="use in a downturn (odds of default)", zh="在经济下行期使用（违约几率）"),
        (1.0, 1.5, 2.0, 3.0),
        _odds,
        lambda segments, rng, odds: segments.in_a_downturn(odds),
    ),
    accepted_by="pooled",
    decision="lending",
    shares=(0.885, 0.115),
    worlds=worlds_of(sample_tasks, bayes, WORLDS, {"mild": 188, "moderate": 122, "strong": 213}),
    prose=Prose(
        title=Text(en="Credit risk", zh="信用风险"),
        icon=":material/credit_score:",
        question=Text(
            en="Can a lender score the applicants of a new segment from a handful of matured accounts?",
            zh="进入一个全新客群，手里只有几户走完表现期的账户，评分模型还能排好序吗？",
        ),
        result=Text(
            en="Pairs in which a bad account is ranked above a good one (AUROC), with {shots} {labels} of each "
            "outcome alone: {local}; without them: {no_local}. With other segments' data: simple statistics "
            "{borrowing}, meta-learning {maml}; Bayes-optimal {bayes}.",
            zh="好、坏{labels}各 {shots} 户，坏户排在好户之上的比例（AUROC）：只用这些账户 {local}，不用它们 "
            "{no_local}。借助其他客群的数据，简单统计方法 {borrowing}，元学习 {maml}；贝叶斯最优 {bayes}。",
        ),
        label=Text(en="matured account", zh="账户"),
        labels=Text(en="matured accounts", zh="账户"),
        task=Text(en="segment", zh="信贷客群"),
        a_task=Text(en="segment", zh="个信贷客群"),
        examples=Text(en="applicants", zh="申请人"),
        example=Text(en="applicant", zh="申请人"),
        some_examples=Text(en="applicants", zh="名申请人"),
        shots=Text(en="Matured accounts of each outcome, for learning", zh="用于学习的账户数（好、坏各）"),
        describe_task=_describe,
        reveal_task=_reveal,
        support=Text(
            en="**For learning:** {shots} each of the matured accounts that went bad (ever 90 or more days past "
            "due, dpd, within 18 months on book) and that stayed good. Accounts 30 to 89 dpd at worst are left out.",
            zh="**用于学习**：好、坏账户各 {shots} 户；“坏”指放款 18 个月内曾逾期 90 天及以上（90+ dpd），最多逾期"
            " 30～89 天的不纳入样本。",
        ),
        query=Text(
            en="**New applicants,** at the segment's through-the-door default rate, with the probability of "
            "default (PD) from each model. The models do not see outcomes.",
            zh="**新申请人**：未经筛选，违约率即该客群全部申请人的违约率。模型不知道他们日后的表现，以下是各模型给"
            "出的违约概率（PD）。",
        ),
        lever=Text(en="Approval rate: percentage of applicants who get the loan", zh="通过率：获批申请人的占比"),
        verdict=Text(
            en="Bad rate at an approval rate of {approval}: {pooled} with one generic score, **{local}** with "
            "only {shots} {labels} of each outcome. With other segments' data as well: **{borrowing}** with "
            "simple statistics, **{maml}** with meta-learning. Bayes-optimal: {bayes}.",
            zh="通过率为 {approval} 时，用各客群共用的通用评分，坏客户率为 {pooled}。好、坏{labels}各 {shots} 户，只用"
            "这些账户为 **{local}**。借助其他客群的数据，简单统计方法为 **{borrowing}**，元学习为 **{maml}**；贝叶斯最"
            "优 {bayes}。",
        ),
        worlds=Text(
            en="The gain in Gini (2 × AUROC − 1) from {shots} {labels} of each outcome over the best generic "
            "score depends on the similarity of segments. Much alike, as in FICO's home-equity data: "
            "{mild_twice}. Moderately different: {moderate_twice}. Very different: {strong_twice}.",
            zh="好、坏{labels}各 {shots} 户为最好的通用评分增加的 Gini（2 × AUROC − 1），取决于各客群有多相似。大体相"
            "似（如 FICO 房屋净值贷款数据）：{mild_twice}。差异中等：{moderate_twice}。差异很大：{strong_twice}。",
        ),
        quantity=Text(en="characteristic", zh="特征"),
        outcome=Text(en="outcome", zh="表现"),
        caveat=Text(
            en="Synthetic applicants; not credit advice. All outcomes are known (no reject inference), and no "
            "protected attribute is in the data (no evidence on fairness). The generic score is one unconstrained "
            "network; for what a monotone scorecard costs, see *Champion and challengers*. The data are cleaner than "
            "real ones: on FICO's home-equity file, models reach a Gini of about 0.6.",
            zh="合成申请数据，不构成信贷建议。所有申请人的表现都已知（不涉及拒绝推断），数据中没有性别、年龄等受保"
            "护属性（不能说明模型是否公平）。通用评分是一个无约束的网络；换成单调的评分卡要付出多少代价，"
            "见“冠军与挑战者”。数据比现实理想化：在 FICO 公开的房屋净值贷款申请数据上，模型的 Gini 约为 0.6。",
        ),
    ),
)
