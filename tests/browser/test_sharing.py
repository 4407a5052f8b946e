"""Promise: any page and any figure can be taken along: as a link, a QR code, a picture or a frame in slides."""

from pathlib import Path
from xml.etree import ElementTree

from PIL import Image
from playwright.sync_api import Locator, expect

from dashboard.charts.themes import THEMES
from tests.browser.tab import Tab
from tests.screen.test_pages import NAME

_TOP = "key => document.querySelector(`.st-key-${key}`).getBoundingClientRect().top"


def _tool(tab: Tab, figure: str, action: str) -> Locator:
    return tab.page.locator(f'.stMain [data-figure="{figure}"] [data-do="{action}"]')


def _saved(tab: Tab, button: Locator, folder: Path) -> Path:
    """Press a button by its key, and return the file that the browser has saved."""
    with tab.page.expect_download() as download:
        button.press("Enter")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_the_menu_of_a_narrow_window_ends_before_the_switch(tab: Tab):
    size = tab.page.viewport_size
    tab.open("own")
    try:
        tab.page.set_viewport_size({"width": 780, "height": 900})
        menu, share = tab.page.get_by_role("button", name="Questions"), tab.page.locator(".st-key-share button")
        box, of_share = menu.bounding_box(), share.bounding_box()
        assert box["x"] + box["width"] <= of_share["x"]
    finally:
        tab.page.set_viewport_size(size)


def test_share_offers_the_link_at_once_and_nothing_moves(tab: Tab):
    tab.open(NAME, seed=4, shots=10)
    tab.wait_until_idle(0.5)
    before, sent = tab.page.evaluate(_TOP, "labels_chart"), tab.sent
    tab.keyed("share").locator("button").click()
    body = tab.page.locator('[data-testid="stPopoverBody"]')
    link, code = (body.locator("code").nth(place) for place in (0, 1))
    link.wait_for()
    tab.wait_until_idle(0.5)
    assert tab.sent == sent + 1
    assert tab.page.evaluate(_TOP, "labels_chart") == before
    assert link.inner_text().startswith(f"{tab._server}/{NAME}?shots=10&seed=4")
    assert "lang=" not in link.inner_text()
    assert "embed=true" in code.inner_text()
    body.get_by_text("Dark", exact=True).click()
    expect(link).to_contain_text("&theme=dark")
    expect(code).to_contain_text("theme=dark")
    assert not body.locator("img").count(), "a QR code of this machine's own address would lead phones nowhere"
    tab.page.keyboard.press("Escape")


def test_a_figure_is_saved_with_its_finding_its_seed_and_its_link_light_on_white(night_tab: Tab, tmp_path: Path):
    night_tab.open(NAME, lang="zh", seed=6)
    drawing = _saved(night_tab, _tool(night_tab, "labels_chart", "svg"), tmp_path)
    assert drawing.name == f"{NAME}-labels-5.svg"
    whole = ElementTree.parse(drawing).getroot()
    finding = night_tab.keyed("finding_labels_chart").inner_text()
    text = "".join(whole.itertext())
    assert "".join(finding.split())[:20] in "".join(text.split())
    assert "随机种子 6" in text
    assert f"{night_tab._server}/{NAME}?shots=5&seed=6" in "".join(text.split())
    written = drawing.read_text("utf-8").lower()
    assert not [colour for colour in THEMES["dark"]["charts"] if colour in written or _rgb(colour) in written]
    assert _rgb(THEMES["light"]["charts"][0]) in written
    picture = _saved(night_tab, _tool(night_tab, "labels_chart", "png"), tmp_path)
    with Image.open(picture) as image:
        assert image.width >= 1600
        assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    assert night_tab.violations == []


def _rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"


def test_a_figure_is_enlarged_without_the_server_and_a_key_leads_back(tab: Tab):
    tab.open(NAME, section="steps")
    tab.wait_until_idle(0.5)
    sent, small = tab.sent, tab.keyed("player_chart").bounding_box()
    button = _tool(tab, "player_chart", "enlarge")
    button.press("Enter")
    dialog = tab.page.get_by_role("dialog")
    dialog.locator(".main-svg").first.wait_for()
    large = dialog.locator(".main-svg").first.bounding_box()
    assert small is not None
    assert large is not None
    assert large["height"] > 1.3 * small["height"]
    tab.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert button.evaluate("button => button === document.activeElement")
    assert tab.sent == sent


def test_the_numbers_are_copied_as_a_table(tab: Tab):
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.open(NAME)
    tab.keyed("labels_chart_numbers").locator("button").first.click()
    tab.page.locator('[data-do="copy"]').click()
    tab.page.locator('[data-do="copy"][data-done]').wait_for()
    rows = [line.split("\t") for line in tab.page.evaluate("navigator.clipboard.readText()").splitlines()]
    assert len(rows) > 3
    assert len({len(row) for row in rows}) == 1
    assert len(rows[0]) > 2
    tab.page.keyboard.press("Escape")


def test_an_embedded_page_has_no_menu_stays_embedded_and_leads_out(tab: Tab):
    tab.page.goto(f"{tab._server}/?embed=true&lang=en")
    tab.settle()
    assert not tab.page.locator('[data-testid="stHeader"], .st-key-language_switch').locator("visible=true").count()
    tab.page.locator('[data-testid="stPageLink"] a').first.click()
    tab.page.wait_for_url("**/*guess=1*")
    tab.settle()
    assert tab.address()["embed"] == "true"
    out = tab.keyed("way_out").locator("a").get_attribute("href") or ""
    assert out.startswith(f"{tab._server}/")
    assert "embed" not in out
    tab.page.goto(f"{tab._server}/{NAME}?figure=labels_chart&embed=true&lang=en")
    tab.settle()
    assert tab.page.locator('[data-testid="stPlotlyChart"]').count() == 1
    assert "figure" not in (tab.keyed("way_out").locator("a").get_attribute("href") or "")
    tab.page.goto(f"{tab._server}/?lang=en")
    tab.settle()
