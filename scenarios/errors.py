"""Errors that users can act on, in both languages and with the remedy."""

from scenarios.text import Text


class UserError(Exception):
    """Something that the person in front of the screen can mend. Its text says what and how."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text

    def __reduce__(self) -> tuple[type["UserError"], tuple[Text]]:
        return type(self), (self.text,)  # it crosses from the worker process to the page
