"""Whom to lend to: bad rates and profit by the share approved, beside the generic score that a lender has."""

from scenarios.decisions.decision import Decision, Parameter, ResultField
from scenarios.decisions.lending.assumptions import APPROVALS
from scenarios.decisions.lending.measures import measure
from scenarios.text import Text

APPROVAL = Parameter("approval", Text(en="approval rate", zh="通过率"), (50, 60, 70, 80, 90), usual=70)  # per cent
_EACH = (len(APPROVALS),)
DECISION = Decision(
    name="lending",
    classes=2,
    measure=measure,
    fields={
        "gini": ResultField(digits=2),
        "ks": ResultField(digits=2),
        "bad_rate": ResultField(_EACH, is_share=True, digits=1, at=APPROVALS.index(APPROVAL.usual / 100)),
        "profit_by_approval": ResultField(_EACH),
        "profit": ResultField(digits=1),
        "approved": ResultField(is_share=True),
        "expected_loss": ResultField(digits=1),
        "realised_loss": ResultField(digits=1),
    },
    verdict=frozenset({"approval", "maml", "local", "borrowing", "pooled", "bayes"}),
    parameters=(APPROVAL,),
    incumbents=("pooled",),
    learner_names={"pooled": Text(en="generic score (pooled)", zh="通用评分（合并训练）")},
    order=2,
)
