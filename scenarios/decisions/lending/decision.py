"""Whom to lend to: bad rates and profit by the share approved, beside the generic score that a lender has."""

from scenarios.decisions.decision import Decision, Parameter, ResultField
from scenarios.decisions.lending.assumptions import (
    APPROVAL_CHOICES,
    APPROVALS,
    DEFAULT_RATES,
    LOSS_GIVEN_DEFAULT,
    LOSSES_GIVEN_DEFAULT,
    MARGIN,
    MARGINS,
)
from scenarios.decisions.lending.measures import measure
from scenarios.text import Name, Text

_PER_CENT = tuple(round(100 * share) for share in APPROVAL_CHOICES)
APPROVAL = Parameter("approval", Text(en="approval rate", zh="通过率"), _PER_CENT, usual=70)
MARGIN_PARAMETER = Parameter(
    "margin", Text(en="margin on a good loan", zh="好贷款收益率"), MARGINS, usual=round(100 * MARGIN)
)
LGD_PARAMETER = Parameter(
    "lgd", Text(en="loss given default", zh="违约损失率"), LOSSES_GIVEN_DEFAULT, usual=round(100 * LOSS_GIVEN_DEFAULT)
)
ACCOUNTS = Parameter(  # percentage of the applicants, best generic scores first, whose accounts have labels
    "accounts", Text(en="labelled accounts", zh="标注账户"), (100, 70, 50), usual=100
)
DEFAULT_RATE = Parameter(
    "default_rate", Text(en="default rate of this segment", zh="本客群违约率"), DEFAULT_RATES, usual=5
)  # fmt: skip
_EACH, _USUAL = (len(APPROVALS),), APPROVALS.index(APPROVAL.usual / 100)
_CHOICES, _USUAL_CHOICE = (len(APPROVAL_CHOICES),), _PER_CENT.index(APPROVAL.usual)
DECISION = Decision(
    name="lending",
    classes=2,
    measure=measure,
    fields={
        "gini": ResultField(digits=2),
        "ks": ResultField(digits=2),
        "bad_rate": ResultField(_EACH, is_share=True, digits=1, at=_USUAL, has_range=True),
        "profit_by_approval": ResultField(_EACH),
        "profit": ResultField(digits=1),
        "approved": ResultField(is_share=True),
        "expected_loss": ResultField(digits=1),
        "realised_loss": ResultField(digits=1),
        "carried_approval": ResultField(_CHOICES, is_share=True, at=_USUAL_CHOICE, has_range=True),
        "carried_bad_rate": ResultField(_CHOICES, is_share=True, digits=1, at=_USUAL_CHOICE),
        "carried_far_off": ResultField(_CHOICES, is_share=True, at=_USUAL_CHOICE),
    },
    headline="bad_rate",
    verdict=frozenset({"approval", "shots", "labels", "maml", "local", "borrowing", "pooled", "bayes"}),
    parameters=(APPROVAL, MARGIN_PARAMETER, LGD_PARAMETER, ACCOUNTS, DEFAULT_RATE),
    incumbents=("pooled",),
    learner_names={"pooled": Name(en="generic score", zh="通用评分", within="the {}")},
    order=2,
)
