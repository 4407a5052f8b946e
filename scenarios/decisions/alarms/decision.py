"""When to raise an alarm: how many are found at how many false ones an hour, beside a fixed rule."""

from scenarios.decisions.alarms.assumptions import (
    AGGRESSIVE_SHARES,
    BUDGETS,
    CALM_SHARES,
    STYLE_MIX,
    TRIP_MINUTES,
    TRIP_SHARE,
    WORSE_TRIP_SHARES,
)
from scenarios.decisions.alarms.measures import alarm_rates, measure
from scenarios.decisions.alarms.trips import rank_trips
from scenarios.decisions.decision import Decision, Parameter, ResultField, Trips
from scenarios.text import Text

BUDGET = Parameter("budget", Text(en="alarm budget", zh="误报预算"), BUDGETS, usual=6)  # false alarms per hour
AGGRESSIVE = Parameter(
    "aggressive", Text(en="percentage of aggressive windows", zh="激进片段占比"), AGGRESSIVE_SHARES,
    usual=round(100 * STYLE_MIX[-1]),
)  # fmt: skip
CALM = Parameter(
    "calm", Text(en="percentage of calm windows", zh="平稳片段占比"), CALM_SHARES, usual=round(100 * STYLE_MIX[0])
)
WORSE = Parameter(
    "worse_trip",
    Text(en="percentage of aggressive windows in the worse trip", zh="较差行程的激进片段占比"),
    tuple(round(100 * share) for share in WORSE_TRIP_SHARES),
    usual=round(100 * WORSE_TRIP_SHARES[0]),
)
_CLASSES = len(STYLE_MIX)
_EACH, _USUAL = (len(BUDGETS),), BUDGETS.index(BUDGET.usual)
DECISION = Decision(
    name="alarms",
    classes=_CLASSES,
    measure=measure,
    fields={
        "confusion": ResultField((_CLASSES, _CLASSES)),
        "macro_f1": ResultField(digits=2),
        "recall": ResultField(is_share=True),
        "false_alarms": ResultField(),
        "recall_at_budget": ResultField(_EACH, is_share=True, at=_USUAL),
        "carried_recall": ResultField(_EACH, is_share=True, at=_USUAL, has_range=True),
        "carried_false_alarms": ResultField(_EACH, digits=1, at=_USUAL, has_range=True),
        "carried_above_budget": ResultField(_EACH, is_share=True, at=_USUAL),
        "carried_above_twice_budget": ResultField(_EACH, is_share=True, at=_USUAL),
    },
    headline="carried_recall",
    verdict=frozenset(
        {
            "budget",
            "shots",
            "labels",
            "maml",
            "no_local",
            "unlabelled",
            "local",
            "borrowing",
            "rule_recall",
            "rule_alarms",
            "bayes",
        }
    ),
    parameters=(BUDGET, AGGRESSIVE, CALM, WORSE),
    trips=Trips(TRIP_MINUTES, TRIP_SHARE, WORSE_TRIP_SHARES, rank_trips, alarm_rates, len(BUDGETS)),
    needs_rule=True,
    incumbents=("rule", "z_scored"),
    order=3,
)
