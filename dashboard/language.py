"""The user's language: from the URL, else the browser's preference, else English."""

from scenarios.text import LANGUAGES, Language
from scenarios.wording import decimal as decimal
from scenarios.wording import percent as percent
from scenarios.wording import scored as scored

TAG: dict[Language, str] = {"en": "en", "zh": "zh-CN"}  # for browsers
NAMES: dict[Language, str] = {"en": "English", "zh": "中文"}


def from_locale(locale: str | None) -> Language:
    """zh, zh-CN, zh-Hans-SG ... -> zh; everything else, and nothing, -> en."""
    return "zh" if (locale or "").lower().startswith("zh") else "en"


def is_language(code: object) -> bool:
    """Return whether a value is the code of a language."""
    return code in LANGUAGES
