"""Promise: a room full of phones can open a page through one Wi-Fi: a first visit stays within its budget."""

from tests.browser.tab import Tab

# Bytes of everything that an empty browser fetches to draw a scenario's page: 3.4 MB of scripts, styles and fonts, most
# of it what draws charts, and 0.2 MB for the page itself. Unpacked, as `streamlit run` sends it, it is 11 MB.
BUDGET = 3_800_000


def test_a_first_visit_fetches_no_more_than_its_budget(first_visit: tuple[Tab, list[int]]):
    _, fetched = first_visit
    assert len(fetched) > 50
    assert sum(fetched) < BUDGET
