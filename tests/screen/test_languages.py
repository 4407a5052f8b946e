"""Promise: a sentence exists in both languages or not at all, on the screen as in the science."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

import dashboard
import scenarios
from dashboard import permalink, words
from dashboard.glossary import TERMS
from dashboard.language import NAMES, from_locale, is_language, percent
from dashboard.permalink import View
from dashboard.views import facts, faq_page, formatting
from dashboard.views.explaining import EXPLAINED, explained
from dashboard.views.pictures import novelty_sentence, overtaker
from scenarios.catalog import SCENARIOS
from scenarios.learners.registry import REGISTRY, Rung
from scenarios.publication import results
from scenarios.publication.results import Novelty, Overtaking, StudyResults
from scenarios.text import LANGUAGES, Language, Text
from tests.live_server import ROOT

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SAME_IN_BOTH = re.compile(r"[\W\d_]*|AUROC|Reptile|FOMAML|(?!.*[A-Za-z]{5})\S{1,8}")  # signs, and units such as 10⁹/L
SOURCES = sorted([*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "scenarios").rglob("*.py")])
FOLDERS = [faq_page.FOLDER, *(folder for name in SCENARIOS if (folder := faq_page.folder_of(name)).is_dir())]
PROSE = sorted([*(ROOT / "dashboard").rglob("*.md"), *(ROOT / "scenarios").rglob("*.md")])
GRAMMAR = {"are", "labels", "task", "a_task", "step", "steps"}  # that one half may lack; figures and names are in both
LINK = re.compile(r"\]\((https?://[^)]+)\)")


def placeholders(sentence: str) -> list[str]:
    return sorted({name for _, name, _, _ in Formatter().parse(sentence) if name is not None})


def texts_in(value: object, where: str) -> Iterator[tuple[str, Text]]:
    """Every Text that can be reached from a value, and the way to it."""
    if isinstance(value, Text):
        yield where, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts_in(item, f"{where}[{key!r}]")
    elif isinstance(value, list | tuple | set | frozenset):
        for index, item in enumerate(value):
            yield from texts_in(item, f"{where}[{index}]")
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from texts_in(getattr(value, field.name), f"{where}.{field.name}")


@cache
def texts() -> dict[str, Text]:
    """Every Text that some module keeps under some name."""
    found: dict[str, Text] = {}
    for package in (dashboard, scenarios):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name not in ("dashboard.app", "scenarios.__main__"):  # scripts, not to be imported
                for name, value in vars(importlib.import_module(module.name)).items():
                    found |= texts_in(value, f"{module.name}.{name}")
    return found


def halves_of_calls() -> Iterator[tuple[str, ast.expr, ast.expr]]:
    """The two halves of every `Text(...)` written anywhere, inside functions too."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Text", "Name"):
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                if len(node.args) < 2 and not any(isinstance(arg, ast.Starred) for arg in node.args):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", given["en"], given["zh"]


def filled_in(half: ast.expr) -> list[str]:
    """What an f-string fills in, the language aside: `{task.en}` and `{task.zh}` are the same thing."""
    values = [ast.unparse(node.value) for node in ast.walk(half) if isinstance(node, ast.FormattedValue)]
    return sorted(re.sub(r"\b(en|zh)\b", "LANGUAGE", value.replace("'、'", "', '")) for value in values)


def literals(half: ast.expr) -> str:
    return "".join(str(node.value) for node in ast.walk(half) if isinstance(node, ast.Constant))


def test_there_are_texts_to_look_at():
    assert len(texts()) > 150
    assert any(where.startswith("dashboard.charts.playing.PLAY") for where in texts())
    assert any(".prose.question" in where for where in texts())
    assert len(list(halves_of_calls())) > 100


def test_every_text_is_english_in_one_half_and_chinese_in_the_other():
    for where, text in texts().items():
        assert not CHINESE.search(text.en), where
        stripped = re.sub(r"\{[^{}]+\}", "", text.zh)
        assert CHINESE.search(stripped) or SAME_IN_BOTH.fullmatch(stripped), where


def test_no_half_is_a_copy_of_the_other_unless_it_is_a_unit_or_a_sign():
    for where, text in texts().items():
        assert text.en != text.zh or SAME_IN_BOTH.fullmatch(re.sub(r"\{[^{}]+\}", "", text.en)), where


def test_placeholders_are_the_same_in_both_halves():
    for where, text in texts().items():
        english, chinese = set(placeholders(text.en)), set(placeholders(text.zh))
        assert english ^ chinese <= GRAMMAR, where


def test_texts_made_inside_functions_fill_the_same_things_into_both_halves():
    for where, english, chinese in halves_of_calls():
        assert filled_in(english) == filled_in(chinese), f"{where}: choose between two Texts before the sentence"
        assert not CHINESE.search(literals(english)), where


def test_no_sentence_of_the_screen_stands_outside_a_text():
    """A Chinese letter in the code of the screen belongs to a Text, or names the language itself."""
    for path in (ROOT / "dashboard").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) in ("Text", "Name")]
        within = {id(inner) for call in calls for inner in ast.walk(call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within:
                assert not CHINESE.search(node.value) or node.value == NAMES["zh"], f"{path.name}:{node.lineno}"


def test_every_markdown_file_has_its_pair():
    assert PROSE
    for path in PROSE:
        name, language, _ = path.name.rsplit(".", 2)
        assert language in LANGUAGES, path.name
        for other in LANGUAGES:
            assert path.with_name(f"{name}.{other}.md").is_file(), f"{path.name} lacks {other}"


@pytest.mark.parametrize(
    "path", [p for p in PROSE if p.name.endswith(".en.md")], ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_both_of_a_pair_say_the_same_with_the_same_figures_and_sources(path: Path):
    english, chinese = (path.with_name(path.name.replace(".en.", f".{x}.")).read_text("utf-8") for x in LANGUAGES)
    assert set(placeholders(english)) ^ set(placeholders(chinese)) <= GRAMMAR
    assert LINK.findall(english) == LINK.findall(chinese)
    for start in ("# ", "### ", "- "):
        count = [sum(line.startswith(start) for line in text.splitlines()) for text in (english, chinese)]
        assert count[0] == count[1], f"{start!r} lines"
    assert not CHINESE.search(english)
    assert len(CHINESE.findall(chinese)) > 100
    assert not re.search(r"(?:\b[a-z]{2,}\s+){5}", chinese), "an English sentence among the Chinese"


@pytest.mark.published
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_placeholder_of_the_prose_is_a_measured_figure(name: str, language: str):
    study = results.read(StudyResults, name)
    known = facts.all_facts(language)[0][name]
    assert facts.facts_of(study, language).items() <= known.items()
    assert all("nan" not in fact for fact in known.values())
    assert all(fact.strip() or "_ci_" in name for name, fact in known.items()), "a bound has no interval"
    for path in PROSE:
        story = ROOT / "scenarios" / name in path.parents and path.parent.name != "notes"  # filled in by their modules
        if story and f".{language}." in path.name:
            assert_filled(path, known)


@pytest.mark.parametrize("language", LANGUAGES)
def test_general_answers_name_the_scenario_of_every_figure(language: str):
    found, missing = facts.all_facts(language)
    assert missing == []
    known = {f"{name}__{key}": value for name, figures in found.items() for key, value in figures.items()}
    for name in faq_page.questions():
        assert_filled(faq_page.FOLDER / f"{name}.{language}.md", known)


def assert_filled(path: Path, known: dict[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(placeholders(text)) <= known.keys(), path.name
    assert "{" not in text.format(**known)


def overtaken(at: float | None, best: tuple[str, ...]) -> StudyResults:
    """Results in which the best local method overtakes meta-learning there; measured at novelty 0, .5 and 1."""
    study = results.read(StudyResults, "medical_diagnosis")
    score = {name: each[:3] for name, each in study.novelty.score.items()}
    rivals = study.novelty.rivals | {"local": Overtaking(best=best, at=at)}
    return replace(study, novelty=Novelty(shots=10, rho=(0.0, 0.5, 1.0), score=score, rivals=rivals))


@pytest.mark.parametrize(
    ("at", "english", "chinese"),
    [
        (0.71, "overtakes at ρ\u00a0≈\u00a00.71", "在 ρ\u00a0≈\u00a00.71 处反超"),
        (None, "never overtakes", "始终未能反超"),
        (0.0, "is ahead even at ρ\u00a0=\u00a00", "在 ρ\u00a0=\u00a00 时就已领先"),
    ],
)
def test_what_the_best_local_method_does_is_a_predicate_wherever_it_overtakes(at, english: str, chinese: str):
    said = facts.crossing(overtaken(at, ("logistic",) * 3), Rung.LOCAL)
    assert (said.en, said.zh) == (english, chinese)


@pytest.mark.parametrize(("at", "who"), [(0.45, "logistic"), (0.9, "lda"), (None, "lda"), (0.0, "scratch")])
def test_who_overtakes_is_the_best_one_at_that_place(at: float | None, who: str):
    study = overtaken(at, ("scratch", "logistic", "lda"))
    assert overtaker(study, study.overtaking(Rung.LOCAL)) == who
    name = REGISTRY[who].name
    sentence = novelty_sentence(study)
    assert (at is None) or (name.en in sentence.en and name.zh in sentence.zh)


def test_a_sentence_in_a_sentence_speaks_its_language():
    said = Text(en="With {inner}.", zh="用{inner}。").format(inner=Text(en="two points", zh="两个点"))
    assert said == Text(en="With two points.", zh="用两个点。")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_has_the_same_commas_wherever_it_is_joined(language: Language):
    items = [Text(en="one", zh="一"), Text(en="two", zh="二")]
    assert words.enumerated(items)[language] == words.listed([each[language] for each in items], language)
    assert words.enumerated(items) == Text(en="one, two", zh="一、二")


def test_a_figure_that_nobody_knows_is_a_dash():
    assert facts.fill_in("{maml_5} against {scratch_5}", {"maml_5": "92%"}) == "92% against –"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_the_questions_come_in_the_order_of_their_numbers(folder: Path):
    numbers = [int(name.split("-")[0]) for name in faq_page.questions(folder)]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_the_name_of_every_question_fits_into_an_address(folder: Path):
    prefix = "" if folder == faq_page.FOLDER else f"{folder.parent.name}--"
    for name in faq_page.questions(folder):
        view, refused = permalink.read({"question": prefix + name}, View())
        assert (view.question, refused) == (prefix + name, ())


def test_every_application_answers_questions_of_its_own():
    assert all(faq_page.questions(faq_page.folder_of(name)) for name, s in SCENARIOS.items() if not s.regression)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_known_words_of_a_caption_are_explained_once_each_and_in_their_order(language: str):
    caption = {
        "en": "At 90% specificity the PPV follows from the mean sensitivity. Another PPV; KS and Gini; asks, kSat.",
        "zh": "特异度为 90% 时，PPV 由平均灵敏度算出。另一个 PPV；KS 统计量与 Gini 系数。",
    }[language]
    said = explained(caption, language) or ""
    order = [said.index(TERMS[code].meaning[language]) for code in ("specificity", "ppv", "sensitivity", "ks", "gini")]
    assert order == sorted(order)
    assert said.count("**") == 2 * len(order)
    assert explained("Nothing to explain." if language == "en" else "没有什么要解释的。", language) is None


def test_every_word_that_is_explained_is_in_the_glossary():
    assert set(EXPLAINED) <= TERMS.keys()


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("zh-Hans-SG", "zh"),
        ("ZH_tw", "zh"),
        ("en-GB", "en"),
        ("de", "en"),
        ("za-zh", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_browsers_language_is_followed(locale, language):
    assert from_locale(locale) == language


def test_a_language_is_one_of_two_codes():
    assert [is_language(code) for code in ("en", "zh", "EN", "zh-CN", "", None, 1)] == [True, True] + [False] * 5
    assert set(NAMES) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("share", "digits", "said"),
    [(0.916, 0, "92%"), (0.916, 1, "91.6%"), (0, 0, "0%"), (1, 0, "100%"), (None, 0, "–"), (None, 1, "–")],
)
def test_shares_are_written_as_the_axes_have_them(share, digits, said):
    assert percent(share, digits) == said


def test_a_range_in_a_table_has_the_marks_of_its_language_and_is_not_broken():
    cells = [formatting.share_cell([0.864, 0.851, 0.865], language) for language in LANGUAGES]
    assert [re.sub("[\u2060\u200b]", "", cell) for cell in cells] == ["86% (85.1–86.5%)", "86%（85.1%～86.5%）"]
    assert ["\u2060–\u2060" in cells[0], "\u2060～\u2060" in cells[1]] == [True, True]
    signed = formatting.between("−0.03", "0.02")
    assert (signed.en, signed.zh) == ("−0.03 … 0.02", "−0.03～0.02"), "a dash beside a minus sign reads as another one"


def test_no_chinese_table_or_tooltip_has_an_english_range():
    ranges = re.compile(r"\}[^{}A-Za-z]{0,2}–\{")  # of an f-string or a template
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        wrong = [line.strip() for line in lines if ranges.search(re.sub(r'en="[^"]*"', "", line))]
        assert wrong == [], f"{path.name}: formatting.between has the mark of each language"


def test_no_line_of_a_sentence_begins_with_the_mark_of_a_range_or_parts_a_letter_from_its_value():
    assert words.kept_together("在 86.5%～88.0% 之间") == "在 86.5%\u2060～88.0% 之间"
    assert words.kept_together("81% (75.7–78.3%) at ρ = 0.7") == ("81% (75.7\u2060–\u206078.3%) at ρ\u00a0=\u00a00.7")


@pytest.mark.published
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_page_about_curves_does_not_speak_of_classes(name: str):
    sentence = novelty_sentence(results.read(StudyResults, name))
    is_about_classes = "the classes" in sentence.en, "类别" in sentence.zh
    assert is_about_classes == (not SCENARIOS[name].regression,) * 2


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        ([42.7, 38.4, 47.9], "about 43 cases (95% CI 38 to 48)"),
        ([4.6, 4.3, 4.8], "about 4.6 cases (95% CI 4.3 to 4.8)"),  # less than the five that it is compared with
        ([12.4, 9.6, None], "about 12 cases (95% CI 9.6 to more than 50)"),
        ([None, None, None], "more than 50 cases"),
    ],
)
def test_what_labels_are_worth_is_said_as_precisely_as_it_matters(estimate, said):
    worth = formatting.worth(estimate, 50, Text(en="cases", zh="例"))
    assert worth.en == said
    assert " 例" in worth.zh, "a number has its measure word"
