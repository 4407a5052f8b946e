"""The number of booked accounts until a given number of them has gone bad."""

from functools import lru_cache

from scenarios.decisions.lending.measures import accounts_for
from scenarios.evaluation.drift import rates_of_last_class
from scenarios.scenario import Scenario
from scenarios.text import Text, joined

_TAKE = (
    Text(
        en="At the {task}s' default rates, a lender books a median of {median} accounts to see {bads} bad ones ({low} "
        "to {high} in nine {task}s of ten).",
        zh="按各{task}的违约率，要等到 {bads} 户变坏，放款户数的中位数为 {median} 户，九成{task}在 {low}～{high} 户之"
        "间。",
    ),
    Text(
        en="At the {task}s' default rates, a lender books a median of {median} accounts to see {bads} bad one ({low} "
        "to {high} in nine {task}s of ten).",
        zh="按各{task}的违约率，要等到 {bads} 户变坏，放款户数的中位数为 {median} 户，九成{task}在 {low}～{high} 户之"
        "间。",
    ),
)


_AND = Text(
    en="To see {bads}, it books {median} ({low} to {high}).",
    zh="要等到 {bads} 户变坏，则为 {median} 户（{low}～{high} 户）。",
)


@lru_cache(maxsize=128)
def labels_take(scenario: Scenario, *bads: int) -> Text:
    """Return how many accounts yield a number of bads, in a sentence for each number."""
    sentences: list[Text] = []
    for count in bads:
        median, low, high = (f"{each:,.0f}" for each in accounts_for(count, rates_of_last_class(scenario)))
        sentence = _AND if sentences else _TAKE[count == 1]
        sentences.append(sentence.format(bads=count, median=median, low=low, high=high, task=scenario.prose.task))
    return joined(*sentences)
