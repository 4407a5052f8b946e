"""The story, the caveats and the downloads."""

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

import pandas as pd
import streamlit as st

import scenarios
from dashboard import pages, results, session
from dashboard.charts.style import named
from dashboard.views import facts, faq_page, signals_panel
from dashboard.views.examples_panel import answers_table, is_signal, support_table
from dashboard.views.headings import draw_heading, with_anchors
from scenarios.demo.precomputed import DemoTask
from scenarios.episode import Draw
from scenarios.own_tasks.writing import to_csv
from scenarios.publication.results import StudyResults
from scenarios.scenario import DEFAULT_WORLD, WORLD_LABELS, Scenario
from scenarios.text import LANGUAGES, Language, Text

File = tuple[Text, Callable[[Language], pd.DataFrame]]  # its title, and its table, computed on demand

_STORY = Text(en="Background", zh="背景")
_OF_DEFAULT = Text(en="The figures below are for {task}s that are {world}.", zh="文中数字取自各{task}{world}的情形。")
_TAKE_AWAY = Text(en="Download", zh="下载")
_SUPPORT = Text(en="Labelled examples (CSV)", zh="标注样本（CSV）")
_QUERY = Text(en="Later {examples} and predicted probabilities (CSV)", zh="后续{examples}与预测概率（CSV）")
_CURVES = Text(en="Learning curves (CSV)", zh="学习曲线（CSV）")
_QUESTIONS = Text(en="Questions about: {title}", zh="关于“{title}”的常见问题")
_COMMAND = Text(en="The command behind the averages", zh="平均值由此命令得出")


def show(
    scenario: Scenario, study: StudyResults, draw: Draw, shown: DemoTask | None, files: dict[str, File] | None = None
) -> None:
    """`files` replace the tables of labelled examples and of probabilities."""
    language = session.language()
    left, right = st.columns([1.6, 1], gap="large")
    with left:
        draw_heading(_STORY)
        if scenario.world != DEFAULT_WORLD:
            st.caption(_OF_DEFAULT.format(task=scenario.prose.task, world=WORLD_LABELS[DEFAULT_WORLD])[language])
        story = _story(scenario.folder, results.study(scenario.folder), language)
        st.markdown(story, unsafe_allow_html=True)  # a file of ours, and measured figures
    with right:
        draw_heading(_TAKE_AWAY)
        published: dict[str, File] = {"curves": (_CURVES, partial(_curves, study))}
        _downloads(scenario, (files or examples_files(scenario, draw, shown)) | published)
        st.markdown(_COMMAND[language])
        shots = draw.support.y.shape[1] // scenario.ways
        st.code(_command(scenario, study, shots), language=None, wrap_lines=True)
        st.markdown(f":small[{scenario.prose.caveat[language]}]")
        if faq_page.questions(faq_page.folder_of(scenario.folder)):
            label = _QUESTIONS.format(title=scenario.prose.title)
            pages.link("faq", label, ":material/help:", about=scenario.folder, question="")


@lru_cache(maxsize=32)  # published figures are shared by all visits
def _story(scenario_name: str, study: StudyResults, language: Language) -> str:
    return with_anchors(_written(scenario_name), language).format(**facts.facts_of(study, language))


def preview(scenario: Scenario) -> None:
    """Show the story without its figures, which are dashes."""
    draw_heading(_STORY)
    story = with_anchors(_written(scenario.name), session.language())
    st.markdown(facts.fill_in(story, {}), unsafe_allow_html=True)


def _written(scenario_name: str) -> Text:
    folder = Path(scenarios.__file__).parent / scenario_name
    en, zh = (facts.prose(folder, "story", language) for language in LANGUAGES)
    return Text(en=en, zh=zh)


def examples_files(scenario: Scenario, draw: Draw, shown: DemoTask | None) -> dict[str, File]:
    """Return the files that can be downloaded, by name: the labelled examples, and later ones with probabilities."""
    support: Callable[[Language], pd.DataFrame] = partial(support_table, scenario, draw, flagged=False)
    if is_signal(scenario):
        support = partial(signals_panel.support_table, scenario, draw)
    files: dict[str, File] = {"support": (_SUPPORT, support)}
    if shown is not None:
        files["risks"] = (
            _QUERY.format(examples=scenario.prose.examples),
            partial(answers_table, scenario, draw, shown),
        )
    return files


def _downloads(scenario: Scenario, files: dict[str, File]) -> None:
    view = session.view()
    language = view.lang
    for name, (title, make) in files.items():
        st.download_button(
            title[language],
            data=partial(bilingual_csv, make),
            file_name=f"{scenario.name}-{name}-seed{view.seed}-draw{view.draw}-shots{view.shots}.csv",
            mime="text/csv",
            icon=":material/download:",
            key=f"download_{name}",
            on_click="ignore",
        )


def bilingual_csv(make: Callable[[Language], pd.DataFrame]) -> bytes:
    """Return a table as CSV with its headings and words in both languages: one file for users of either."""
    english, chinese = make("en"), make("zh")
    names = [_in_both(*pair) for pair in zip(english.columns, chinese.columns, strict=True)]
    columns = {}
    for place, name in enumerate(names):
        own, other = english.iloc[:, place], chinese.iloc[:, place]
        is_text = own.dtype.kind == "O"
        columns[name] = [_in_both(*pair) for pair in zip(own, other, strict=True)] if is_text else own
    return to_csv(pd.DataFrame(columns))


def _in_both(en: object, zh: object) -> object:
    return en if en == zh else f"{en} / {zh}"


def _curves(study: StudyResults, language: Language) -> pd.DataFrame:
    rows = [
        {"learner": named(name, language), "shots": shots, "mean": mean, "low": low, "high": high}
        for name in study.learners
        for shots, (mean, low, high) in zip(study.shots, study.curve(name), strict=True)
    ]
    return pd.DataFrame(rows)


def _command(scenario: Scenario, study: StudyResults, shots: int) -> str:
    protocol = study.protocol
    return (
        f"python -m scenarios evaluate {scenario.argument} --shots {shots} "
        f"--tasks {protocol.tasks} --queries {protocol.queries} --seed {protocol.seed}"
    )
