"""The map of strategies: two paths on the loss of one task."""

import pandas as pd

from dashboard import session, words
from dashboard.charts.slices import slice_chart
from dashboard.charts.style import named
from dashboard.language import percent
from dashboard.views import frame
from dashboard.views.formatting import BLUE, ORANGE, coloured
from dashboard.views.section import Section, draw_section
from scenarios.demo.maps import EXAMPLES, StrategyMap
from scenarios.learners.registry import TRACED
from scenarios.scenario import Scenario
from scenarios.text import Language, Text, written

_TITLE = Text(en="4 · Strategy: initialisation, number of steps, learning rate", zh="四、策略表示：起点、步数与学习率")
_FINDING = Text(
    en="In this {task}, the meta-learned path is {maml_way} long ({maml_steps}); the loss on query {examples} "
    "goes from {maml_from} to {maml_to}. The path from scratch is {scratch_way} long ({scratch_steps}); its "
    "loss goes from {scratch_from} to {scratch_to}{overfits}. The initialisations are {apart} apart. (Lengths "
    "in the space of all weights; projected on a plane, they look shorter.)",
    zh="在这{task}上，元学习的路径长 {maml_way}（{maml_steps}），查询{examples}上的损失从 {maml_from} 变为 "
    "{maml_to}；从零训练的路径长 {scratch_way}（{scratch_steps}），损失从 {scratch_from} 变为 "
    "{scratch_to}{overfits}。两个起点相距 {apart}。（长度按全部权重所在的空间计算，投影到平面上看起来更短。）",
)
_OVERFITS = Text(en=": it overfits the labelled examples", zh="：对标注样本过拟合了")
_STEPS = Text(en="{steps} steps", zh="{steps} 步")
_STEP = Text(en="1 step", zh="1 步")
_HEIGHT = Text(en="Loss on", zh="损失取自")
_ON = {
    "query": Text(en="query {examples}", zh="查询{examples}"),
    "support": Text(en="labelled ones", zh="标注样本"),
}
_OVERVIEW = Text(
    en="**Overview.** The plane through both initialisations and the end of the path from scratch.",
    zh="**全貌**。由两个起点和从零训练的终点所确定的平面。",
)
_CLOSE_UP = Text(
    en="**Close-up, {times} times larger.** The plane through the meta-learned initialisation and the end of its path.",
    zh="**放大 {times} 倍**。由元学习的起点与终点所在的平面。",
)
_COLOURS = Text(
    en="Every point is a whole network; its colour is its exact loss. ◆ initialisation, ○ after the first step, ● end.",
    zh="每一点都是一个完整的网络，颜色是它的精确损失。◆ 起点，○ 第一步之后，● 终点。",
)
_NOTE = written(__file__, "paths")
_ONE_RATE = Text(en="{rate}", zh="{rate}")
_MANY_RATES = Text(en="{rate} (median; 90% within {low} to {high})", zh="{rate}（中位数；90% 在 {low}～{high} 之间）")
_RAN_AWAY = Text(
    en="Training from scratch diverged on this task; its path is shown up to that point.",
    zh="从零训练在这个任务上发散，图中只画到还能跟踪的地方。",
)
_TAKEAWAY = Text(
    en="Slice of the loss of this task with the paths of two strategies. {finding}",
    zh="该任务损失的一个切面，以及两种策略走过的路径。{finding}",
)
_CLOSE_TAKEAWAY = Text(
    en="Close-up of the loss around the meta-learned initialisation: {steps}, length {way}, loss from {before} to "
    "{after}.",
    zh="元学习起点附近损失的放大图：{steps}，距离 {way}，损失从 {before} 到 {after}。",
)
_NUMBER = Text(en="step", zh="步数")
_WALKED = Text(en="{name}, length of the path", zh="{name}，路径长度")
_LOSS = Text(en="{name}, loss on {on}", zh="{name}，{on}上的损失")


def show(scenario: Scenario, strategies: StrategyMap) -> None:
    language = session.language()
    finding = _finding(scenario, strategies, language)
    draw_section(Section(key="strategy", heading=_TITLE, finding=finding))
    frame.switch(
        "loss_on", _HEIGHT, EXAMPLES, lambda kind: _ON[kind].format(examples=scenario.prose.examples)[language]
    )
    draw_section(_slices(scenario, strategies, session.view().loss_on, finding, language))


def _slices(scenario: Scenario, strategies: StrategyMap, on: str, finding: str, language: Language) -> Section:
    """Return both slices of the loss on the support or on the query examples."""
    wide, near = strategies.overview.across, strategies.close_up.across
    times, losses = float(wide[-1] - wide[0]) / float(near[-1] - near[0]), strategies.losses[on]["maml"]
    overview = Section(
        key="slice_overview",
        finding=_OVERVIEW[language],
        figure=slice_chart(strategies, strategies.overview, on, language, overview=True),
        alt=_TAKEAWAY.format(finding=finding)[language],
        table=_table(scenario, strategies, language),
    )
    alt = _CLOSE_TAKEAWAY.format(
        steps=_steps(strategies, "maml"), way=_figure(strategies.lengths["maml"][-1]), before=_figure(losses[0]),
        after=_figure(losses[-1]),
    )  # fmt: skip
    close_up = Section(
        key="slice_close_up",
        finding=_CLOSE_UP.format(times=f"{times:.0f}")[language],
        figure=slice_chart(strategies, strategies.close_up, on, language, overview=False),
        alt=alt[language],
        table=_table(scenario, strategies, language, TRACED[:1]),
    )
    rates = {name: _rates(strategies, name) for name in TRACED}
    note = _NOTE.format(held=percent(strategies.held), maml_rates=rates["maml"], scratch_rate=rates["scratch"])[
        language
    ]
    return Section(
        key="slices",
        parts=(overview, close_up),
        note=_COLOURS[language],
        method=words.paragraph(language, note, _RAN_AWAY[language]) if strategies.ran_away else note,
    )


def _finding(scenario: Scenario, strategies: StrategyMap, language: Language) -> str:
    figures: dict[str, object] = {}
    for name, colour in zip(TRACED, (BLUE, ORANGE), strict=True):
        losses = strategies.losses["query"][name]
        findings = {
            "way": _figure(strategies.lengths[name][-1]),
            "steps": _steps(strategies, name)[language],
            "from": _figure(losses[0]),
            "to": _figure(losses[-1]),
        }
        figures |= {f"{name}_{key}": coloured(text, colour) for key, text in findings.items()}
    later, learned = (strategies.losses[kind]["scratch"] for kind in ("query", "support"))
    overfits = _OVERFITS if later[-1] > later[0] and learned[-1] < learned[0] else ""
    return _FINDING.format(
        task=scenario.prose.a_task, examples=scenario.prose.examples, apart=_figure(strategies.apart),
        overfits=overfits, **figures,
    )[language]  # fmt: skip


def _steps(strategies: StrategyMap, name: str) -> Text:
    steps = len(strategies.lengths[name]) - 1
    return _STEP if steps == 1 else _STEPS.format(steps=steps)


def _rates(strategies: StrategyMap, name: str) -> Text:
    low, middle, high = (f"{rate:.2g}".replace("-", "−") for rate in strategies.rates[name])
    return _ONE_RATE.format(rate=middle) if low == high else _MANY_RATES.format(rate=middle, low=low, high=high)


def _figure(value: float) -> str:
    """Two decimals, or two significant digits of a small number."""
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def _table(
    scenario: Scenario, strategies: StrategyMap, language: Language, names: tuple[str, ...] = TRACED
) -> pd.DataFrame:
    longest = max(len(strategies.lengths[name]) for name in names)
    columns: dict[str, object] = {_NUMBER[language]: range(longest)}
    for name in names:
        columns[_WALKED.format(name=named(name, language))[language]] = pd.Series(strategies.lengths[name].round(4))
        for kind in EXAMPLES:
            heading = _LOSS.format(
                name=named(name, language), on=_ON[kind].format(examples=scenario.prose.examples[language])[language]
            )
            columns[heading[language]] = pd.Series(strategies.losses[kind][name].round(5))
    return pd.DataFrame(columns)
