"""Take pictures of every page, to be looked at: `python -m tests.browser.pictures FOLDER`.

Both languages, both themes, a desk and a phone: the first screen, or with --whole all that can be scrolled to. With
--only some pages by their addresses ("" is the first one). With --readme it takes the README's picture only, into
assets/images.
"""

import argparse
from itertools import product
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import chromium
from tests.browser.tab import DESKTOP, PHONE, Tab
from tests.live_server import ROOT, LiveServer
from tests.screen.test_pages import SCREENS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("pictures"))
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--only", nargs="+", metavar="PAGE")
    parser.add_argument("--readme", action="store_true")
    options = parser.parse_args()
    server = LiveServer()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium())
            if options.readme:
                tab = Tab(browser.new_context(locale="en-GB", device_scale_factor=1.5), server.address, DESKTOP)
                tab.open("medical_diagnosis")
                tab.page.screenshot(path=ROOT / "assets" / "images" / "medical_diagnosis.png")
                return
            options.folder.mkdir(parents=True, exist_ok=True)
            for language, theme in product(("en", "zh"), ("light", "dark")):
                context = browser.new_context(
                    locale={"en": "en-GB", "zh": "zh-CN"}[language],
                    color_scheme=theme,  # type: ignore[arg-type]
                    reduced_motion="reduce",  # else a tab's line is caught on its way
                )
                for kind, size in (("desk", DESKTOP), ("phone", PHONE)):
                    tab = Tab(context, server.address, size)
                    for page, section in SCREENS:
                        if options.only and page not in options.only:
                            continue
                        tab.open(page, lang=language, **({"section": section} if section else {}))
                        if options.whole:
                            tab.resize((size[0], tab.height()))
                            tab.settle()
                        name = "-".join(filter(None, (page or "home", section, language, theme, kind)))
                        tab.page.screenshot(path=options.folder / f"{name}.png")
                        tab.resize(size)
                    tab.close()
    finally:
        server.close()


if __name__ == "__main__":
    main()
