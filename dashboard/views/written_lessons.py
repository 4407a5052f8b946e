"""The lesson to read: the four representations and the five steps in symbols, and two programs side by side.

The texts lie under `dashboard/lessons/`, the programs under `scenarios/examples/`.
"""

from pathlib import Path

import streamlit as st

import scenarios
from dashboard import session
from dashboard.views import facts
from dashboard.views.headings import draw_heading
from scenarios.text import Text

FOLDER = Path(__file__).resolve().parents[1] / "lessons"
PROGRAMS = Path(scenarios.__file__).parent / "examples"
_SYMBOLS = Text(en="In symbols", zh="用公式表示")
_TWO = Text(en="In code: one line, and how to learn lines", zh="用代码表示：学一条直线，与学会学直线")
_HEADINGS = {
    "one_line": Text(en="Ordinary learning", zh="普通学习"),
    "many_lines": Text(en="Meta-learning", zh="元学习"),
}
_RUN = Text(en="Run it with `{command}`.", zh="运行命令：`{command}`。")


def show_symbols() -> None:
    """Draw the four representations, the inner step, the outer objective and the optimum as formulas."""
    language = session.language()
    draw_heading(_SYMBOLS)
    st.markdown(facts.prose(FOLDER, "in-symbols", language))


def show_programs() -> None:
    """Draw the article's program beside one that meta-learns the same model."""
    language = session.language()
    draw_heading(_TWO)
    st.markdown(facts.prose(FOLDER, "two-programs", language))
    for column, (name, heading) in zip(st.columns(2, gap="medium"), _HEADINGS.items(), strict=True):
        with column:
            st.markdown(f"**{heading[language]}**")
            st.code((PROGRAMS / f"{name}.py").read_text(encoding="utf-8"), language="python", wrap_lines=True)
            st.caption(_RUN.format(command=f"python -m scenarios.examples.{name}")[language])
