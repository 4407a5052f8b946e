"""Whom to examine further: cases found at a stated specificity, and what a positive test then means."""

from scenarios.decisions.decision import Decision, Parameter, ResultField
from scenarios.decisions.screening.measures import measure
from scenarios.text import Text

PREVALENCE = Parameter("prevalence", Text(en="prevalence", zh="验前概率"), (1, 5, 10, 20, 50), usual=10)  # per cent
DECISION = Decision(
    name="screening",
    classes=2,
    measure=measure,
    fields={
        name: ResultField(is_share=True, has_range=name == "sensitivity")
        for name in ("sensitivity", "carried_sensitivity", "carried_specificity", "carried_far_off")
    },
    verdict=frozenset(
        {"cases", "patients", "specificity", "false", "shots", "labels", "maml", "local", "borrowing", "bayes"}
    ),
    parameters=(PREVALENCE,),
    order=1,
)
