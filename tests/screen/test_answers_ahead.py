"""Promise: what a browser shows ahead of the server is what the server would write, for every number of labels."""

import json
import re
from html import unescape

import pytest

from dashboard import results
from dashboard.permalink import View
from dashboard.views import answers_ahead
from dashboard.views.formatting import uncoloured
from scenarios.catalog import SCENARIOS
from scenarios.protocol import published_shots
from scenarios.text import LANGUAGES, Language
from tests.screen.test_pages import APPLICATIONS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_number_of_labels_has_its_own_answer(name: str, language: Language):
    scenario, study = SCENARIOS[name], results.study(name)
    markup = answers_ahead.markup(scenario, study, None, View(lang=language))
    answers = json.loads(unescape(re.fullmatch(r"<div data-answers='([^']*)'></div>", markup)[1]))  # type: ignore[index]
    assert list(answers) == [str(shots) for shots in published_shots(scenario)]
    assert len({str(each["answer"]) for each in answers.values()}) == len(answers)
    for shots in (1, 5, 50):
        lines = answers_ahead.lines(scenario, study, View(lang=language, shots=shots))
        for pieces, line in zip(answers[str(shots)]["answer"], lines, strict=True):
            assert without_spaces("".join(pieces)) == without_spaces(uncoloured(line).replace("**", ""))


def without_spaces(text: str) -> str:
    return re.sub(r"\s", "", text)
