"""Glossary entries behind captions: one mark, which shows the meanings of the terms in it.

Streamlit's own `help` does it, without any HTML of ours: a pointer resting on the mark, a finger and a keyboard all
open it. `<abbr title>` would open for a pointer only.
"""

import re
from functools import lru_cache

from dashboard.glossary import TERMS, Term
from scenarios.text import Language, Text

# Terms that users from one field may not know, without those that every page explains, such as "task".
EXPLAINED = (
    "auroc", "bad_rate", "bayes_optimal", "calibration", "expected_loss", "false_alarm_rate", "gini", "interval", "ks",
    "lda", "lgd", "macro_f1", "mse", "net_benefit", "ordinal_ridge", "paired_difference", "pd", "ppv", "prevalence",
    "random_effects", "reason_code", "regret", "sensitivity", "specificity", "support_set", "transductive",
)  # fmt: skip
# Words in captions for terms that the glossary has under another name.
_ALSO = {
    "bayes_optimal": Text(en="Bayes-optimal", zh="贝叶斯最优"),
    "gini": Text(en="Gini", zh="Gini 系数"),
    "interval": Text(en="95% CIs", zh="95% 置信区间"),
    "ks": Text(en="KS", zh="KS 值"),
    "net_benefit": Text(en="decision curve", zh="决策曲线"),
    "ppv": Text(en="positive predictive values", zh="阳性、阴性预测值"),
    "random_effects": Text(en="random-effects", zh="随机效应"),
    "prevalence": Text(en="pre-test probability", zh="验前概率"),
}
_LINE = Text(en="**{name}** ({other}): {meaning}", zh="**{name}**（{other}）：{meaning}")
_AT_MOST = 6


@lru_cache(maxsize=1024)  # most captions are shown often, and searching them is slow
def explained(text: str, language: Language) -> str | None:
    """Return the meanings of the known words in a caption, in their order, for its `help`; None if there are none."""
    first = {code: place for code in EXPLAINED if (place := _place(code, text, language)) is not None}
    terms = [TERMS[code] for code in sorted(first, key=first.__getitem__)[:_AT_MOST]]
    return "\n\n".join(_line(term, language) for term in terms) or None


def _line(term: Term, language: Language) -> str:
    other: Language = "zh" if language == "en" else "en"
    return _LINE.format(name=term.name[language], other=_called(term.name[other])[0], meaning=term.meaning[language])[
        language
    ]


def _place(code: str, text: str, language: Language) -> int | None:
    """Return the position of the first occurrence of a term in a caption."""
    text = text.replace("\u00a0", " ")
    names = [*_called(TERMS[code].name[language]), *([_ALSO[code][language]] if code in _ALSO else [])]
    matches = [re.search(rf"(?<![A-Za-z]){re.escape(name)}(s\b|(?![A-Za-z]))", text, re.IGNORECASE) for name in names]
    return min((match.start() for match in matches if match), default=None)


def _called(name: str) -> list[str]:
    """Split a name from its abbreviation: "mean squared error (MSE)" -> ["mean squared error", "MSE"]."""
    return [part.strip() for part in re.split(r"[()（）]", name) if part.strip()]
