"""The article's own example, run live: ordinary learning, before anything is learned across tasks."""

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import session
from dashboard.charts.lessons import first_example_chart
from dashboard.engine import Job
from dashboard.views import frame
from dashboard.views.headings import draw_heading
from dashboard.views.section import Section, draw_section
from dashboard.views.waiting import wait_for
from scenarios.lessons.first_example import FirstExample
from scenarios.text import Language, Text

_TITLE = Text(en="First, one line by ordinary learning", zh="先用普通方法学一条直线")
_LEAD = Text(
    en="Draw x from U(0,1), set y = 2x + 1 plus noise from {noise}, and give a linear model 100 such points. It "
    "starts from random weights and follows the gradient with Adam.",
    zh="x 取自 U(0,1)，y = 2x + 1 再加上 {noise} 的噪声。给线性模型 100 个这样的点，让它从随机权重出发，用 Adam 沿"
    "梯度一步步下降。",
)
_AGAIN = Text(en="Resample the points", zh="换一批点")
_NOISE = Text(en="Noise", zh="噪声")
_NOISES = {False: Text(en="U(0,1)", zh="U(0,1)"), True: Text(en="U(−½,½)", zh="U(−½,½)")}
_RESULT = Text(
    en="After {steps} steps: slope **{slope}**, intercept **{intercept}**, mean squared error on new points "
    "**{loss}**.",
    zh="{steps} 步之后：斜率 **{slope}**，截距 **{intercept}**，在新的点上均方误差 **{loss}**。",
)
_WHY = {
    False: Text(
        en="**Why 1.5 and not 1?** This noise has mean ½, and the best prediction includes it. Its variance, 1/12 "
        "= 0.0833, is the lowest mean squared error that any model can reach on new points.",
        zh="**截距为什么趋向 1.5，而不是 1**？因为噪声均值为 ½，最优预测要把它算进去。噪声方差 1/12 = 0.0833 "
        "是误差的下限，在新的点上任何模型都突破不了。",
    ),
    True: Text(
        en="**Now the intercept tends to 1:** centred noise has mean 0. The lowest possible error is the same, "
        "because the variance is still 1/12 = 0.0833.",
        zh="**这次截距趋向 1**：噪声已居中，均值为 0。但方差仍是 1/12 = 0.0833，误差的下限不变。",
    ),
}
_MORAL = Text(
    en="One line took a hundred points and many steps. The next line would start from random weights again: no "
    "experience is kept.",
    zh="学一条直线，就用了一百个点，走了许多步。换一条直线又得从随机权重重新开始：什么经验都没留下。",
)
_TAKEAWAY = Text(
    en="Adam on 100 points. The model's line ends at slope {slope} and intercept {intercept}; the optimal "
    "line has slope 2 and intercept {best}. The model's mean squared error on new points falls from {first} to "
    "{loss}, with a lower bound of 0.0833.",
    zh="Adam 在 100 个点上的训练过程。模型直线最终斜率 {slope}、截距 {intercept}，最优直线的斜率为 2、截距为 {best}；"
    "在新的点上的误差从 {first} 降到 {loss}，下限为 0.0833。",
)
_STEP = Text(en="step", zh="步数")
_SLOPE = Text(en="slope", zh="斜率")
_INTERCEPT = Text(en="intercept", zh="截距")
_LOSS = Text(en="mean squared error, these points", zh="均方误差（这些点）")
_EXPECTED = Text(en="mean squared error, new points", zh="均方误差（新的点）")


def show(job: Job[FirstExample]) -> None:
    language, centred = session.language(), bool(session.view().centred)
    draw_heading(_TITLE)
    words, picture = st.columns([1, 1.5], gap="large")
    with words:
        st.markdown(_LEAD.format(noise=_NOISES[centred][language])[language])
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.segmented_control(
                _NOISE[language],
                list(_NOISES),
                format_func=lambda which: _NOISES[which][language],
                key=session.widget("centred"),
                on_change=session.take,
                args=("centred",),
                required=True,
            )
            st.button(_AGAIN[language], icon=":material/casino:", key="lesson_new_points", on_click=frame.change_seed)
        finding = st.container()
        st.markdown(_WHY[centred][language])
        st.markdown(_MORAL[language])
    place = picture.container(key="lesson_example_picture")
    with place:
        example: FirstExample | None = wait_for(job)
    if example is None:
        return
    with finding:
        st.markdown(_RESULT.format(steps=len(example.loss) - 1, **_end(example))[language])
    with place:
        draw_section(_section(example, centred, language))


def _end(example: FirstExample) -> dict[str, str]:
    """Return where the training ended, for a sentence."""
    return {
        "slope": f"{example.slope[-1]:.2f}",
        "intercept": f"{example.intercept[-1]:.2f}",
        "loss": f"{example.expected[-1]:.4f}",
    }


def _section(example: FirstExample, centred: bool, language: Language) -> Section:
    best, first = "1" if centred else "1.5", f"{example.expected[0]:.2f}"
    return Section(
        key="lesson_example_chart",
        figure=first_example_chart(example, centred=centred, language=language),
        alt=_TAKEAWAY.format(best=best, first=first, **_end(example))[language],
        table=_table(example, language),
    )


def _table(example: FirstExample, language: Language) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _STEP[language]: np.arange(len(example.loss)),
            _SLOPE[language]: example.slope.round(4),
            _INTERCEPT[language]: example.intercept.round(4),
            _LOSS[language]: example.loss.round(5),
            _EXPECTED[language]: example.expected.round(5),
        }
    )
