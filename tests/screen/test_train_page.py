"""Promise: the page on which one trains works in both languages, and what was trained there is shown elsewhere."""

import time

import pytest

from dashboard import pages
from dashboard.views import five_steps_panel, own_page, train_page, user_learner, user_training_panel
from scenarios.catalog import SCENARIOS
from scenarios.demo.user_training import LEARNERS, offered
from scenarios.learners.registry import REGISTRY
from scenarios.text import LANGUAGES, Language
from tests.live_server import PATIENCE, LiveServer
from tests.screen.test_pages import CURVES, LOCALES, NAME
from tests.visitor import Screen, Visitor


def come_back_until(visitor: Visitor, said: str) -> Screen:
    """Leave the page and come back, again and again: whatever a chunk made waits there."""
    end = time.monotonic() + PATIENCE
    while said not in progress(screen := visitor.go_to("train")):
        assert time.monotonic() < end, progress(screen)
        visitor.go_to("glossary")
        time.sleep(0.3)
    return screen


def progress(screen: Screen) -> str:
    return " ".join(bar.text for bar in screen.elements("progress"))


def keys(screen: Screen, kind: str) -> set[str]:
    return {element.id.rsplit("-", 1)[1] for element in screen.elements(kind)}


GONE = user_learner._GONE.format(page=pages.TITLE["train"]).en


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_training_outlives_leaving_its_page_and_its_learner_goes_to_the_scenario(
    server: LiveServer, language: Language
):
    with Visitor(server.address, LOCALES[language]) as visitor:
        visitor.open("train", about=NAME, meta_steps=100, train_tasks=30, inner_steps=1)
        running = visitor.press("start_training")
        assert {"pause_training", "cancel_training"} <= keys(running, "button")
        done = come_back_until(visitor, user_training_panel._DONE.format(all="100")[language])
        assert (done.errors(), done.crashes()) == ([], [])
        assert keys(done, "plotly_chart") == {"training_score_chart", "training_loss_chart"}
        for chart in done.elements("plotly_chart"):
            assert len(chart.alt) > 20
            assert any("\u4e00" <= letter <= "\u9fff" for letter in chart.alt) == (language == "zh")
        assert keys(done, "download_button") == {"download_weights"}

        assert "give_back" in keys(visitor.press("use_learner"), "button")
        shown = visitor.go_to(NAME)
        said = user_learner._SHOWN.format(strategy=REGISTRY["maml"].name_in("training"), steps="100")[language]
        assert said in shown.words()
        assert visitor.address()["own"] == "1"
        assert (shown.errors(), shown.crashes()) == ([], [])
        assert "next_example_chart" in keys(shown, "plotly_chart")
        assert said not in visitor.go_to(CURVES[0]).words()
        visitor.go_to(NAME)
        visitor.drop()
        assert said in visitor.come_back().words(), "a proxy that cuts idle sockets costs nothing"
        given_back = visitor.press("give_back").words()
        gone = user_learner._GONE.format(page=pages.TITLE["train"])[language]
        assert said not in given_back
        assert gone not in given_back
        assert "own" not in visitor.address()


@pytest.mark.parametrize(
    ("page", "gone", "another"), [(NAME, GONE, CURVES[0]), ("train", train_page._GONE.en, "own"),
    ("own", own_page._GONE.en, "train")],
)  # fmt: skip
def test_a_page_whose_model_training_or_table_is_no_longer_there_says_so_once(
    server: LiveServer, page: str, gone: str, another: str
):
    """Reloaded, away for too long, its server ended, or a link that was copied."""
    with Visitor(server.address) as visitor:
        assert gone in visitor.open(page, lang="en", own=1).words()
        assert "own" not in visitor.address()
        assert gone not in visitor.again().words()
        assert "not in memory" not in visitor.go_to(another).words()
        assert "own" not in visitor.address()


def test_a_learner_of_lines_goes_to_its_page_to_the_lesson_and_to_the_maps(server: LiveServer):
    name = five_steps_panel.families()[0].name
    with Visitor(server.address) as visitor:
        visitor.open("train", about=name, strategy="fomaml", meta_steps=100, train_tasks=30, inner_steps=1)
        visitor.press("start_training")
        come_back_until(visitor, user_training_panel._DONE.format(all="100").en)
        visitor.press("use_learner")
        said = user_learner._SHOWN.format(strategy=REGISTRY["fomaml"].name_in("training"), steps="100").en
        for page in (name, "how", "representations"):
            screen = visitor.go_to(page)
            assert said in screen.words(), page
            assert (screen.errors(), screen.crashes()) == ([], [])


def test_a_cancelled_training_leaves_the_choice_as_it_was(server: LiveServer):
    with Visitor(server.address) as visitor:
        visitor.open("train", about=NAME, meta_steps=20000, train_tasks=30, inner_steps=1)
        visitor.press("start_training")
        assert visitor.address()["own"] == "1"
        assert "resume_training" in keys(visitor.press("pause_training"), "button")
        assert "pause_training" in keys(visitor.press("resume_training"), "button")
        chosen = visitor.press("cancel_training")
        assert "start_training" in keys(chosen, "button")
        assert chosen.elements("progress") == []
        assert train_page._GONE.en not in chosen.words(), "it was cancelled"
        assert visitor.address()["meta_steps"] == "20000"
        assert visitor.go_to("train").elements("progress") == []


def test_two_visitors_train_apart(server: LiveServer):
    with Visitor(server.address) as one, Visitor(server.address) as other:
        one.open("train", about=NAME, meta_steps=100, train_tasks=30, inner_steps=1)
        other.open("train", about=NAME)
        one.press("start_training")
        assert "start_training" in keys(other.go_to("train"), "button")
        one.press("cancel_training")


@pytest.mark.parametrize("name", [NAME, CURVES[0]])
def test_only_strategies_that_suit_are_offered_and_each_is_explained(server: LiveServer, name: str):
    with Visitor(server.address) as visitor:
        for strategy in LEARNERS:
            screen = visitor.open("train", about=name, strategy=strategy)
            taken = strategy if strategy in offered(SCENARIOS[name]) else "maml"
            assert REGISTRY[taken].about.en in screen.words()
            assert visitor.address().get("strategy", "maml") == taken
