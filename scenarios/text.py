"""One sentence in both of the reader's languages, or no sentence at all."""

from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True)
class Text:
    """A sentence in English and in Simplified Chinese.

    Raises ValueError where one half is missing, so that no page can be half translated.
    """

    en: str
    zh: str

    def __post_init__(self) -> None:
        if not (self.en.strip() and self.zh.strip()):
            raise ValueError(f"a Text needs both languages: {self!r}")

    def __getitem__(self, language: Language) -> str:
        return self.en if language == "en" else self.zh

    def format(self, **values: object) -> "Text":
        """Fill the same placeholders in both languages. A Text among the values speaks the language of the sentence."""

        def filled(language: Language) -> str:
            texts = {name: value[language] if isinstance(value, Text) else value for name, value in values.items()}
            return self[language].format(**texts)

        return Text(en=filled("en"), zh=filled("zh"))
