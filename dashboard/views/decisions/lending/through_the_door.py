"""Labels of approved applicants only: a switch, and each rung's score under it."""

from dataclasses import replace

from dashboard import session, words
from dashboard.language import percent
from dashboard.views import formatting, frame, robustness_panel
from dashboard.views.decisions.decision_panel import chosen
from dashboard.views.formatting import BLUE, coloured
from dashboard.views.robustness_panel import ACCEPTED
from dashboard.views.section import Section, draw_section
from scenarios.decisions.lending.decision import ACCOUNTS, DECISION
from scenarios.learners.registry import META_LEARNED
from scenarios.publication.results import RobustnessResults
from scenarios.task import Array
from scenarios.text import Language, Text

_SWITCH = Text(en="Labelled accounts: which applicants, by generic score", zh="标注账户来自哪些申请人（按通用评分）")
_ALL = Text(en="all matured accounts", zh="全部走完表现期的账户")
_BEST = Text(en="best {share}", zh="前 {share}")
_EVERY = Text(
    en="**If all matured accounts are labelled:** {metric} by group with {labels} (95% CI): {readings}.",
    zh="**全部走完表现期的账户都有标注**，{labels}时各组的{metric}（括号内为 95% 置信区间）：{readings}。",
)
_ACCEPTED = Text(
    en="**If only the best {share} by generic score are labelled:** {metric} by group with {labels} (95% CI), and the "
    "change in percentage points against labels of all: {readings}.",
    zh="**只有通用评分前 {share} 的申请人有标注**，{labels}时各组的{metric}（括号内为 95% 置信区间），"
    "以及与全部账户都有标注相比的变化（百分点）：{readings}。",
)
_GENERIC = Text(en="generic score", zh="通用评分")
_READING = Text(en="{rung} {score} ({interval})", zh="{rung} {score}（{interval}）")
_CHANGED = Text(
    en="{rung} {score} ({interval}), {change} ({low} to {high})",
    zh="{rung} {score}（{interval}），{change}（{low}～{high}）",
)
_SAME = Text(en="{rung} {score} ({interval}), unchanged", zh="{rung} {score}（{interval}），不变")


def show(found: RobustnessResults) -> None:
    """Draw the switch and the section."""
    language = session.language()
    frame.switch(ACCOUNTS.name, _SWITCH, ACCOUNTS.values, lambda share: _accounts(share)[language])
    draw_section(section(found, chosen(ACCOUNTS), language), is_part=True)


def section(found: RobustnessResults, share: int, language: Language) -> Section:
    """Return each rung's score with labels of the best `share` per cent by generic score, beside the others' chart."""
    part = robustness_panel.perturbed_section(found, ACCEPTED, language, at=share / 100)
    return replace(part, heading=None, alt="", finding=words.spaced(finding(found, share)[language]))


def finding(found: RobustnessResults, share: int) -> Text:
    """Return each rung's score with its interval, its change against labels of all matured accounts, and who loses.

    Whether one group of methods overtakes another is stated of the smallest share.
    """
    part = found.perturbations[ACCEPTED]
    place = part.levels.index(share / 100)
    readings = [
        _reading(name, part.score[name][place], None if place == 0 else -part.lost[name][place])
        for name in found.compared
    ]
    sentence = (_ACCEPTED if place else _EVERY).format(
        share=f"{share}%", labels=words.counted(found.metric, found.shots), metric=found.metric.name,
        readings=words.clauses(readings),
    )  # fmt: skip
    is_last = place == len(part.levels) - 1
    return words.joined(sentence, robustness_panel.order(found, ACCEPTED)) if is_last else sentence


def _reading(name: str, score: Array, gained: Array | None) -> Text:
    """Return a rung's score (3,), and how much higher it is than with labels of all: mean, and the ends swapped."""
    mean = percent(float(score[0]), 1)
    known = {
        "rung": _GENERIC if name in DECISION.incumbents else robustness_panel.rung_of(name),
        "score": coloured(mean, BLUE) if name == META_LEARNED else f"**{mean}**",
        "interval": formatting.interval_text(score.tolist()),
    }
    if gained is None:
        return _READING.format(**known)
    if not gained.any():
        return _SAME.format(**known)
    change, high, low = (f"{100 * each:+.1f}".replace("-", "−") for each in gained)
    return _CHANGED.format(**known, change=change, low=low, high=high)


def _accounts(share: int) -> Text:
    return _ALL if share == ACCOUNTS.usual else _BEST.format(share=f"{share}%")
