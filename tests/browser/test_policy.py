"""Promise: a browser obeys the server's policy. (That every page works under it is seen where every page is opened.)"""

from tests.browser.tab import Tab


def test_a_script_that_is_not_ours_does_not_run(tab: Tab):
    tab.open("glossary")
    assert tab.violations == []
    tab.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))"
    )
    assert tab.page.evaluate("window.ran") is None
    assert tab.violations
    tab.violations.clear()
