"""Whom the script in this thread draws for."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def address() -> str:
    """Return the client's address; "" for this machine, and outside of a script."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ""
    return st.context.ip_address or ""
