"""The page of a draft: its tasks, examples and story, and the commands that complete it."""

import pandas as pd
import streamlit as st

from dashboard import session, words
from dashboard.views import examples_panel, story_panel, task_panel
from scenarios.episode import Draw
from scenarios.scenario import Scenario
from scenarios.task import Tasks
from scenarios.text import Text

NOTE = Text(
    en="**Draft.** Models of this scenario are not yet trained, or its results not yet published.",
    zh="**草稿**。这个场景的模型尚未全部训练好，或结果尚未发布。",
)
_COMMANDS = Text(
    en="These two commands complete it; they take one to two hours and half an hour on two cores. You can "
    "interrupt them: started again, they resume.",
    zh="下面两条命令可以补全它，在双核机器上分别需要一到两小时和半小时。可以随时中断，再次运行会接着做。",
)


def show(scenario: Scenario, task: Tasks, draw: Draw) -> None:
    """Draw the page: the question, one task with its examples, and the commands."""
    language = session.language()
    task_panel.show(scenario, task)
    st.info(words.joined(NOTE, _COMMANDS)[language], icon=":material/edit_note:")
    st.code(
        f"python -m scenarios train {scenario.name} --all\npython -m scenarios study {scenario.name}", language="sh"
    )
    if scenario.target is not None:
        columns = {
            scenario.features[0].label[language]: draw.support.x[0, :, 0],
            scenario.target.label[language]: draw.support.y[0],
        }
        st.dataframe(pd.DataFrame(columns), hide_index=True)
    else:
        examples_panel.show(scenario, draw, None)
    story_panel.preview(scenario)
    st.caption(scenario.prose.caveat[language])
