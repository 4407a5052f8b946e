"""Warm up imports and Streamlit's internals at the start, before the first visitor."""

import inspect
import pkgutil
from importlib import import_module

from dashboard import views


def preload() -> None:
    """Import and draw once, before the first visitor, everything that a page needs."""
    for module in pkgutil.walk_packages(views.__path__, "dashboard.views."):
        import_module(module.name)
    # With its first element, Streamlit checks whether it runs in a console, for which Python inspects every module's
    # file; and the first label makes a regular expression of all emojis there are.
    inspect.stack()
    import_module("streamlit.emojis")
