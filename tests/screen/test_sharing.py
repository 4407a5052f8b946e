"""Promise: every figure has a name by which it is shown alone, and links keep what one sees and no language."""

import re

import pytest

from dashboard.sharing import links
from tests.live_server import LiveServer
from tests.screen.test_pages import NAME, PAGES, WITHOUT_CHARTS
from tests.visitor import Screen, Visitor

SCREENS = [
    *((page, "") for page in PAGES if page not in WITHOUT_CHARTS),
    *((NAME, section) for section in ("decisions", "steps", "worlds", "unlabelled")),
]


def _figures(screen: Screen) -> dict[str, str]:
    """Return name -> alternative text of the charts on the screen."""
    found = [(re.sub(r"^.*-(?=[a-z0-9_]+$)", "", chart.id), chart.alt) for chart in screen.elements("plotly_chart")]
    assert len(dict(found)) == len(found), "two figures of one page have the same name"
    return dict(found)


@pytest.mark.published
@pytest.mark.parametrize(("page", "section"), SCREENS)
def test_the_last_figure_of_a_page_is_shown_alone_by_its_name(server: LiveServer, page: str, section: str):
    query = {"section": section, "seed": 3} if section else {"seed": 3}
    with Visitor(server.address) as visitor:
        whole = visitor.open(page, **query)
        figures = _figures(whole)
        name = list(figures)[-1]
        alone = visitor.open(page, figure=name, **query)
    assert (alone.errors(), alone.crashes()) == ([], [])
    assert _figures(alone) == {name: figures[name]}
    assert alone.bytes < whole.bytes
    assert f'data-figure="{name}"' in "".join(each.body for each in alone.elements("html"))
    assert "figure=" not in alone.link(), "the link leads to the whole page"


def test_a_figure_that_a_page_lacks_is_missed_in_words_and_another_page_is_whole(server: LiveServer):
    with Visitor(server.address, "zh-CN") as visitor:
        missed = visitor.open("study", figure="no_such_figure")
        assert not missed.elements("plotly_chart")
        assert any("no_such_figure" in each.body.replace("\\", "") for each in missed.elements("alert"))
        assert visitor.go_to(NAME).elements("plotly_chart")
        assert "figure" not in visitor.address()


def test_the_link_of_a_page_has_the_whole_view_but_no_language(server: LiveServer):
    with Visitor(server.address, "zh-CN") as visitor:
        screen = visitor.open(NAME, lang="en", seed=7, shots=10, world="strong", section="steps")
    assert screen.link().startswith(f"{server.address}/{NAME}?")
    assert {"seed=7", "shots=10", "section=steps"} <= {*screen.link().partition("?")[2].split("&")}
    assert "lang=" not in screen.link()
    body = "".join(each.body for each in screen.elements("html"))
    assert f'data-file="{NAME}-FIGURE-10"' in body
    assert "seed 7" in body


def test_an_embed_code_holds_whatever_a_link_or_a_title_holds():
    code = links.embed_code("https://study.example.org/how?a=1&b=2", 'Five "labels" <b>', 480)
    assert 'src="https://study.example.org/how?a=1&amp;b=2&amp;embed=true"' in code
    assert 'title="Five &quot;labels&quot; &lt;b&gt;"' in code
    assert 'height="480"' in code
