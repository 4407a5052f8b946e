"""Four representations of a trained network: task, data, model, strategy."""

import streamlit as st

from dashboard import jobs, pages, session
from dashboard.permalink import LAST_SEED
from dashboard.remote import one_task, representations
from dashboard.views import frame, user_learner
from dashboard.views.headings import draw_heading
from dashboard.views.maps import data_map, model_map, strategy_map, task_map
from dashboard.views.section import draw_section
from dashboard.views.waiting import wait_for
from scenarios.catalog import SCENARIOS
from scenarios.demo.maps import SHOTS as MAP_SHOTS
from scenarios.demo.precomputed import sample_demo_task
from scenarios.protocol import SHOTS
from scenarios.publication.drafts import complete
from scenarios.scenario import Scenario
from scenarios.text import Text

_LEAD = Text(
    en="How a network represents a task, its data, itself and the way it learns: four maps, drawn from real networks.",
    zh="网络如何表示任务、数据、模型自身，以及学习的方式？下面四张图都由实际运行的网络画出。",
)
_THIS = Text(
    en="The slider applies to maps 2 and 4, which show one task: **{task} {seed}**. Maps 1 and 3 show many tasks "
    "with {shots} labels.",
    zh="滑块只作用于第二、第四张图，它们只看一个任务：**{task} {seed} 号**；第一、第三张图看许多任务，标注数固定为 "
    "{shots}。",
)
_ANOTHER = Text(en="New {task}", zh="换一{task}")


def show() -> None:
    """Draw the page from top to bottom."""
    view = session.view()
    language = view.lang
    draw_heading(pages.TITLE["representations"], 1)
    draw_heading(_LEAD, 5)
    scenario = _choose()
    weights = user_learner.show(scenario, walking=True)
    at_work = (scenario.name, view.seed, view.draw, view.shots, weights)
    tasks = jobs.prepared_or_ask(representations.task_map, scenario.name, weights)
    data = jobs.prepared_or_ask(one_task.data_map, *at_work)
    model = jobs.prepared_or_ask(representations.model_map, scenario.name, weights)
    strategy = jobs.prepared_or_ask(one_task.strategy_map, *at_work)
    places = [st.container(key=f"map_of_{name}") for name in ("task", "data", "model", "strategy")]
    with places[0]:  # the first map that fails shows the reason, and ends the page
        if (of_tasks := wait_for(tasks)) is None:
            return
        task_map.show(scenario, of_tasks)
    with places[1]:
        if (of_data := wait_for(data)) is None:
            return
        _, draw = sample_demo_task(scenario, view.seed, view.draw, view.shots)
        draw_section(data_map.section(scenario, of_data, draw.support.y[0], draw.query.y[0], language))
    with places[2]:
        if (of_model := wait_for(model)) is None:
            return
        draw_section(model_map.section(scenario, of_model, language))
    with places[3]:
        if (of_strategy := wait_for(strategy)) is None:
            return
        strategy_map.show(scenario, of_strategy)


def _choose() -> Scenario:
    """Choose the scenario, and the task that the maps of one task are about."""
    view, language = session.view(), session.language()
    scenario = SCENARIOS[frame.choose_scenario([scenario.name for scenario in complete()])]
    prose = scenario.prose
    slider, this, button = st.columns([1.2, 1.2, 1], gap="medium", vertical_alignment="bottom")
    with slider:
        frame.slide("shots", prose.shots, SHOTS)
    with this:
        st.markdown(_THIS.format(task=prose.task[language], seed=view.seed, shots=MAP_SHOTS)[language])
    with button:
        st.button(
            _ANOTHER.format(task=prose.a_task[language])[language],
            key="another_task",
            icon=":material/casino:",
            on_click=_another_task,
        )
    return scenario


def _another_task() -> None:
    session.change(seed=(session.view().seed + 1) % (LAST_SEED + 1), draw=0)
