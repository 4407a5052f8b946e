"""The notice on pages that show a user's own model instead of the bundled one."""

import streamlit as st

from dashboard import pages, session, training, words
from dashboard.training import Own
from scenarios.demo.user_training import ONE_GO
from scenarios.learners.registry import REGISTRY
from scenarios.scenario import Scenario
from scenarios.text import Text

_SHOWN = Text(
    en="**“Meta-learned” on this page is the model that you trained** ({strategy}, {steps} meta-steps). Published "
    "means are those of the bundled model.",
    zh="**本页的“元学习”是你自己训练的模型**（{strategy}，{steps} 步元训练）。多任务平均值仍按自带的模型计算。",
)
_ONE_GO = Text(en="It predicts directly, without gradient steps.", zh="它直接给出预测，不做梯度下降。")
_GONE = Text(
    en="This link was made with a model trained in another tab or visit, which is not in memory. The bundled model is "
    "shown instead; train your own again on *{page}*.",
    zh="此链接用的是在另一个标签页或之前访问时训练的模型，该模型已不在内存中。现改用自带的模型；可在“{page}”页重新训练。",
)
BACK = Text(en="Back to the bundled model", zh="换回自带的模型")


def chosen(scenario: Scenario, *, walking: bool = False) -> Own | None:
    """Return the user's own model if it is to be shown: a page that plays inner steps shows only an iterative one."""
    own = training.own(scenario.name)
    return None if own and walking and own.choice.learner in ONE_GO else own


def show(scenario: Scenario, *, walking: bool = False) -> bytes:
    """Show the notice if a user's own model is shown, as in `chosen`. Returns its weights file, or nothing."""
    own, language = chosen(scenario, walking=walking), session.language()
    if session.shows_own(own is not None):
        st.info(_GONE.format(page=pages.TITLE["train"])[language])
    if own is None:
        return b""
    text = _SHOWN.format(strategy=REGISTRY[own.choice.learner].name_in("training"), steps=f"{own.steps:,}")
    if own.choice.learner in ONE_GO:
        text = words.joined(text, _ONE_GO)
    with st.container(key="own_learner", border=True):
        left, right = st.columns([3, 1], gap="medium", vertical_alignment="center")
        left.markdown(text[language])
        right.button(BACK[language], key="give_back", icon=":material/undo:", width="stretch", on_click=_give_back)
    return own.weights


def _give_back() -> None:
    training.give_back()
    session.change(own=0)
