"""Screening: cases found at a stated specificity, and the predictive value of a positive test."""

from scenarios.decisions.decision import CarriedThreshold, Decision, Parameter, ResultField
from scenarios.decisions.screening.assumptions import SPECIFICITY
from scenarios.decisions.screening.measures import after_a_change, measure
from scenarios.text import Text

PREVALENCE = Parameter("prevalence", Text(en="prevalence", zh="验前概率"), (1, 5, 10, 20, 50), usual=10)  # per cent
DECISION = Decision(
    name="screening",
    classes=2,
    measure=measure,
    fields={
        name: ResultField(is_share=True, has_range=name.endswith("sensitivity"))
        for name in ("sensitivity", "carried_sensitivity", "carried_specificity", "carried_far_off")
    },
    headline="carried_sensitivity",
    verdict=frozenset(
        {"cases", "patients", "specificity", "false", "shots", "labels", "maml", "local", "borrowing", "bayes"}
    ),
    parameters=(PREVALENCE,),
    carried=CarriedThreshold(
        after_a_change,
        Text(
            en="the threshold that kept {specificity} specificity before",
            zh="原先特异度为 {specificity} 的阈值",
        ).format(specificity=f"{SPECIFICITY:.0%}"),
        {"specificity": Text(en="specificity", zh="特异度"), "sensitivity": Text(en="sensitivity", zh="灵敏度")},
    ),
    order=1,
)
