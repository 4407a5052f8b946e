"""When to raise an alarm: how many are found at how many false ones an hour, beside a fixed rule."""

from scenarios.decisions.alarms.assumptions import BUDGETS, STYLE_MIX
from scenarios.decisions.alarms.measures import measure
from scenarios.decisions.decision import Decision, Parameter, ResultField
from scenarios.text import Text

BUDGET = Parameter("budget", Text(en="alarm budget", zh="误报预算"), BUDGETS, usual=6)  # false alarms per hour
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
    verdict=frozenset(
        {
            "budget",
            "shots",
            "labels",
            "maml",
            "no_local",
            "local",
            "borrowing",
            "rule_recall",
            "rule_alarms",
            "bayes",
        }
    ),
    parameters=(BUDGET,),
    needs_rule=True,
    incumbents=("rule", "z_scored"),
    order=3,
)
