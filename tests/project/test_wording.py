"""Promise: what users read keeps to the field's terms, to short sentences and to one typography, in both languages."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest

from dashboard import words
from scenarios.catalog import SCENARIOS
from scenarios.metrics import AUROC, MSE
from scenarios.text import Language
from tests.live_server import ROOT

HAN = "\u4e00-\u9fff"
CSV_HEADER = "题号,"  # of the guesses in a room, which is no sentence
MOST_WORDS, MOST_CHARACTERS = 60, 130  # of a text in the code; longer ones are Markdown


class Written(NamedTuple):
    """A sentence as it stands in a file; in code, a brace pair stands for each value that is filled in."""

    where: str
    language: Language
    text: str
    is_code: bool


# Kinds of expression that reviews found, each with what to write instead.
ENGLISH = {
    r"\b(mends?|mended|anew|beforehand|whoever)\b": "fix, again, in advance, users who",
    r"told apart|to be had|beyond chance": "no detectable difference, available, significantly",
    r"(the|at) best possible (?!on average)|look-alike": "Bayes-optimal, mimic",
    r"kept aside|\b(in|than) life\b": "held out, in practice",
    r"\bfresh (?!draw)|natural (default )?rate|\blater examples\b": "test tasks, through-the-door rate, query examples",
    r"(?<!line_)\bnovelty\b(?!`|\")": "task shift",
    r"\b(is|are|was|were) (judged|told)\b|\bjudged? (on|by)\b": "evaluated, known to",
    r"\bwalk(s|ed|ing)?\b": "path, inner-loop steps",
    r"\blearnt\b": "learned",
    r"95% interval|95 % ": "95% CI",
    r"\}\)? \(95% CI [^)]*\) (labels|points|cases|accounts|windows)": "number and unit, then the interval",
    r"\bthe (host|reader) (of|has|can)\b|tell the host": "the operator, the user",
    r"Which strategy\?|For decisions|Take it with you": "the name that the page or the tab has",
}
CHINESE = {
    r"95% ?区间": "95% 置信区间",
    "贝叶斯最优解|理论上限": "贝叶斯最优预测，贝叶斯最优",
    "有标签|无标签|带标签": "标注样本，未标注样本",
    "情景|新颖度|学习器|近邻法|宏平均": "回合，任务偏移，方法或模型，k 近邻，宏 F1",
    "临界值|利差|原因代码|赔率": "审批线，单笔收益率，拒绝原因码，几率",
    "您|贵机构|此处": "你，本任务",
    "该选哪种策略|术语对照": "方法比较，术语表",
    rf"[{HAN}][A-Za-z0-9]|[A-Za-z0-9%][{HAN}]": "中西文之间的空格",
    rf"[{HAN}][,;:!?()](?!\{{)|[,;:!?()][{HAN}]": "全角标点",
    r"\d–\d[\d.]* ?(%|g\b|km|mm|mg|µ|[户个例天])": "范围用“～”",
}


def _literal(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.BinOp):
        return _literal(node.left) + _literal(node.right)
    return str(node.value) if isinstance(node, ast.Constant) else ""


@cache
def written() -> tuple[Written, ...]:
    """Every sentence for users: in code, in Markdown (a line each) and in lessons."""
    return (*_in_code(), *_in_files())


def _in_code() -> Iterator[Written]:
    for path in sorted([*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "scenarios").rglob("*.py")]):
        source = path.read_text(encoding="utf-8")
        if "Text(" not in source and "command_line" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Call):
                continue
            where, named = f"{path.relative_to(ROOT)}:{node.lineno}", {each.arg: each.value for each in node.keywords}
            if isinstance(node.func, ast.Name) and node.func.id in ("Text", "Name"):
                halves = dict(zip(("en", "zh"), node.args, strict=False)) | named
                yield from (Written(where, language, _literal(halves[language]), True) for language in halves)
            elif "command_line" in path.name or "command_line" in path.parts:
                helps = (_literal(named[each]) for each in ("help", "description") if each in named)
                yield from (Written(where, "en", text, True) for text in helps)


def _in_files() -> Iterator[Written]:
    prose = [*(ROOT / "dashboard").rglob("*.md"), *(ROOT / "scenarios").rglob("*.md"), ROOT / "README.md"]
    for path in sorted([*prose, *(ROOT / "dashboard").rglob("*.toml")]):
        language: Language = "zh" if ".zh." in path.name else "en"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            yield Written(f"{path.relative_to(ROOT)}:{number}", language, line, False)


def test_there_are_sentences_to_look_at():
    assert {language: sum(each.language == language for each in written()) > 2_000 for language in ("en", "zh")} == {
        "en": True,
        "zh": True,
    }
    assert any("parser.py" in each.where for each in written())


@pytest.mark.parametrize(
    ("language", "kind", "instead"),
    [*(("en", *each) for each in ENGLISH.items()), *(("zh", *each) for each in CHINESE.items())],
)
def test_no_sentence_has_an_expression_that_the_field_does_not_use(language: Language, kind: str, instead: str):
    pattern = re.compile(kind)
    sentences = (each for each in written() if each.language == language and not each.text.startswith(CSV_HEADER))
    found = [f"{each.where}: {each.text}" for each in sentences if pattern.search(each.text)]
    assert not found, f"write instead: {instead}"


def test_a_text_in_the_code_is_short_and_longer_ones_are_markdown():
    """See `written` in scenarios/text.py."""
    for each in written():
        length = len(re.findall(f"[{HAN}]", each.text)) if each.language == "zh" else len(each.text.split())
        assert not each.is_code or length <= (MOST_CHARACTERS if each.language == "zh" else MOST_WORDS), each.where


@pytest.mark.parametrize(
    ("metric", "shots", "english", "chinese"),
    [
        (AUROC, 1, "1 label per class", "每类 1 个标注"),
        (AUROC, 5, "5 labels per class", "每类 5 个标注"),
        (MSE, 1, "1 point", "1 个点"),
        (MSE, 5, "5 points", "5 个点"),
    ],
)
def test_a_number_of_labels_has_its_plural_and_its_measure_word(metric, shots: int, english: str, chinese: str):
    assert (words.counted(metric, shots).en, words.counted(metric, shots).zh) == (english, chinese)


@pytest.mark.parametrize("name", SCENARIOS)
def test_one_label_is_not_spoken_of_in_the_plural(name: str):
    """A page of one label says "1 confirmed case", or avoids the noun."""
    prose = SCENARIOS[name].prose
    assert not re.search(
        r"\b1 \w*(labels|points|patients|windows|accounts|cases|rows)\b", prose.support.format(shots=1).en
    )
    assert prose.label.en != prose.labels.en
