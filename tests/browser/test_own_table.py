"""Promise: one brings a table, learns in the browser which method to use, takes the results along, leaves nothing."""

import json
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.tab import PATIENCE, Tab
from tests.own_tasks.tables import made_up

expect.set_options(timeout=PATIENCE)
COMPARING = 6 * PATIENCE  # milliseconds, until the first methods are compared on a busy machine


def bring(tab: Tab, name: str, content: bytes) -> None:
    tab.open("own")
    tab.page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})


def test_a_table_is_brought_compared_and_removed(tab: Tab):
    frame = made_up(5, 16).assign(note=lambda table: [f"row {place}" for place in range(len(table))])
    bring(tab, "branches; *2026*.csv", frame.to_csv(index=False, sep=";", decimal=",").encode("utf-16"))
    main = tab.page.get_by_test_id("stMain")
    expect(main).to_contain_text("80 rows, 6 columns")
    expect(main).to_contain_text("branches; *2026*.csv")
    expect(main).to_contain_text("note has a different value in nearly every row")
    expect(main).to_contain_text("With 5 tasks")
    tab.keyed("own_start").get_by_role("button").click()
    answer = tab.keyed("finding_own_answer")
    expect(answer).to_contain_text("With 5 labels per class in a new “site”", timeout=COMPARING)
    expect(answer).to_contain_text("AUROC")
    expect(tab.keyed("own_labels")).to_be_visible()
    tab.keyed("own_pause").get_by_role("button").click()
    expect(tab.keyed("own_resume")).to_be_visible()
    with tab.page.expect_download() as download:
        tab.keyed("own_json_results-json").get_by_role("button").click()
    found = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert found["table"]["rows"] == 80
    assert "row 7" not in json.dumps(found), "results hold no rows"
    assert "site" not in tab.page.url
    tab.keyed("own_remove").get_by_role("button").click()
    expect(tab.page.locator("input[type=file]")).to_be_attached()
    assert tab.errors() == []


def test_a_file_that_is_no_table_gets_a_sentence_and_another_one_is_taken(tab: Tab):
    bring(tab, "picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(200))
    expect(tab.page.get_by_test_id("stAlert")).to_contain_text("picture.csv is a picture and cannot be read")
    bring(tab, "table.csv", made_up(3, 12).to_csv(index=False).encode())
    expect(tab.page.get_by_test_id("stMain")).to_contain_text("36 rows, 5 columns")
    tab.keyed("own_remove").get_by_role("button").click()
    expect(tab.page.locator("input[type=file]")).to_be_attached()
    assert tab.errors() == []


def test_on_a_chinese_page_the_uploader_speaks_chinese_to_eyes_and_to_screen_readers(tab: Tab):
    tab.open("own", lang="zh")
    button = tab.page.get_by_test_id("stFileUploaderDropzone").locator("button")
    expect(button).to_have_accessible_name("选择文件")
    expect(tab.page.get_by_text("per file")).not_to_be_visible()
    tab.open("own", lang="en")
    expect(button).to_have_accessible_name("Upload")
