"""Promise: a sentence exists in both languages or not at all."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from string import Formatter

import numpy as np
import pytest

import scenarios
from scenarios.scenario import Scenario
from scenarios.text import LANGUAGES, Text

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SCIENCE = Path(scenarios.catalog.__file__).parent


def texts_in(value: object, where: str) -> Iterator[tuple[str, Text]]:
    """Every Text that can be reached from a frozen value, and the way to it."""
    if isinstance(value, Text):
        yield where, value
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts_in(getattr(value, field.name), f"{where}.{field.name}")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from texts_in(item, f"{where}[{index}]")


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("halves", [("", "有"), ("some", ""), (" \n", "有"), ("some", "　")])
def test_a_text_without_one_half_is_refused(halves):
    with pytest.raises(ValueError, match="both languages"):
        Text(*halves)


def test_a_text_speaks_the_language_it_is_asked_for():
    text = Text(en="{n} cases", zh="{n} 个病例").format(n=5)
    assert [text[language] for language in LANGUAGES] == ["5 cases", "5 个病例"]


def test_every_text_of_a_scenario_is_english_in_one_half_and_chinese_in_the_other(scenario: Scenario):
    texts = dict(texts_in(scenario, scenario.name))
    assert len(texts) > 10
    for where, text in texts.items():
        assert not CHINESE.search(text.en), where
        if not (where.endswith(".unit") or text.en.isupper()):  # g/L is g/L, and AUROC is AUROC
            assert CHINESE.search(text.zh), where


def test_placeholders_are_the_same_in_both_halves(scenario: Scenario):
    for where, text in texts_in(scenario, scenario.name):
        assert placeholders(text.en) == placeholders(text.zh), where


@pytest.mark.parametrize("seed", range(20))
def test_what_is_said_of_a_task_is_said_in_both_languages(scenario: Scenario, seed):
    task = scenario.sample_tasks(np.random.default_rng(seed), 1)
    for text in (scenario.prose.describe_task(task), scenario.prose.reveal_task(task)):
        assert not CHINESE.search(text.en)
        assert CHINESE.search(text.zh)
        assert re.findall(r"\d+", text.en) == re.findall(r"\d+", text.zh)


def test_the_story_is_told_in_both_languages_with_the_same_numbers(scenario: Scenario):
    english, chinese = (
        (SCIENCE / scenario.name / f"story.{language}.md").read_text(encoding="utf-8") for language in LANGUAGES
    )
    assert placeholders(english) == placeholders(chinese)
    assert placeholders(english), "a story without a measured number"
    assert len(CHINESE.findall(chinese)) > 100
    assert not CHINESE.search(english)
