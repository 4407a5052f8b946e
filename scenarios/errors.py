"""Errors that users can act on, in both languages and with the remedy."""

from scenarios.text import Text


class UserError(Exception):
    """An error that the user can act on. Its text states the problem and the remedy."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text

    def __reduce__(self) -> tuple[type["UserError"], tuple[Text]]:
        return type(self), (self.text,)  # it crosses from the worker process to the page
