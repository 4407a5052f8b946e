"""Text in the user's two languages, and functions that join sentences and lists."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True)
class Text:
    """A sentence in English and in Simplified Chinese.

    Raises ValueError if one half is missing, so that no page can be half translated.
    """

    en: str
    zh: str

    def __post_init__(self) -> None:
        if not (self.en.strip() and self.zh.strip()):
            raise ValueError(f"a Text needs both languages: {self!r}")

    def __getitem__(self, language: Language) -> str:
        return self.en if language == "en" else self.zh

    def format(self, **values: object) -> "Text":
        """Fill the same placeholders in both languages. A Text among the values is taken in each language."""

        def filled(language: Language) -> str:
            texts = {name: value[language] if isinstance(value, Text) else value for name, value in values.items()}
            return self[language].format(**texts)

        return Text(en=filled("en"), zh=filled("zh"))


@dataclass(frozen=True)
class Name(Text):
    """A name, and its form within an English sentence; in Chinese the two are the same.

    Parameters
    ----------
    within : str
        The form within a sentence, with {} for the name: "the {}" for "the pooled network".
    """

    within: str = "{}"

    @property
    def in_sentence(self) -> Text:
        """The name as it stands within a sentence."""
        return Text(en=self.within.format(self.en), zh=self.zh)


def written(module: str, name: str) -> Text:
    """Return a text that is too long for the code: `notes/NAME.en.md` and `notes/NAME.zh.md` beside a module.

    Parameters
    ----------
    module : str
        The module's `__file__`.
    name : str
        The name of the two files, without language and suffix.

    Raises
    ------
    FileNotFoundError
        If one of the two is missing.
    """
    folder = Path(module).parent / "notes"
    en, zh = ((folder / f"{name}.{language}.md").read_text(encoding="utf-8").strip() for language in LANGUAGES)
    return Text(en=en, zh=zh)


COMMA = Text(en=", ", zh="、")  # between the items of a list
_AND_MORE = Text(en="{items} and {more} more", zh="{items}，另有 {more} 个")


def joined(*sentences: Text) -> Text:
    """Sentences one after another: with a space in English, without one in Chinese."""
    return Text(en=" ".join(s.en for s in sentences), zh="".join(s.zh for s in sentences))


def clauses(parts: Iterable[Text]) -> Text:
    """Join clauses with semicolons."""
    parts = [*parts]
    return Text(en="; ".join(each.en for each in parts), zh="；".join(each.zh for each in parts))


def enumerated(items: Iterable[Text | str], most: int | None = None) -> Text:
    """Join items with the commas of each language; beyond `most` of them, add the number of the others."""
    texts = [each if isinstance(each, Text) else Text(en=each, zh=each) for each in items]
    named = texts[:most]
    result = Text(en=COMMA.en.join(each.en for each in named), zh=COMMA.zh.join(each.zh for each in named))
    more = len(texts) - len(named)
    return _AND_MORE.format(items=result, more=f"{more:,}") if more else result


def spaced(text: str) -> str:
    """Return a Chinese sentence with spaces between its characters and the Latin letters and digits beside them."""
    return re.sub(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u4e00-\u9fff])", " ", text)
