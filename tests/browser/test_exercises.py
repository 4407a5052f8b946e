"""Promise: which exercises are solved stays in the browser, and is there again in the next visit."""

import pytest
from playwright.sync_api import expect

from dashboard.views import lesson_facts
from tests.browser.tab import PATIENCE, Tab


@pytest.mark.published
def test_a_solved_exercise_is_marked_in_the_next_visit_until_one_starts_over(tab: Tab):
    expect.set_options(timeout=PATIENCE)
    page, first = tab.page, lesson_facts.filled_exercises("en")[0]
    tab.open("exercises")
    progress = page.locator("[data-progress]")
    expect(progress).to_contain_text("0 of 12 solved")
    box = tab.keyed(f"answer_to_{first.code}").locator("input")
    for answer, verdict in (("199", "too high"), (first.question.answer, first.solution[:20])):
        box.fill(answer)
        tab.keyed(f"check_{first.code}").locator("button").click()
        expect(tab.keyed(f"exercise_{first.code}").locator("[data-testid=stAlert]")).to_contain_text(verdict)
    expect(progress).to_contain_text("1 of 12 solved")
    page.reload()
    expect(progress).to_contain_text("1 of 12 solved")
    mark = f"getComputedStyle(document.querySelector('.st-key-exercise_{first.code} summary p'), '::after').content"
    assert "✓" in page.evaluate(mark)
    page.get_by_role("button", name="Start over").click()
    expect(progress).to_contain_text("0 of 12 solved")
    assert "✓" not in page.evaluate(mark)
    assert tab.violations == []
