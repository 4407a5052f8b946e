"""Pieces that several views are made of: a chart with its takeaway and its numbers, figures filled into prose."""

from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import reader, words
from dashboard.charts import style
from dashboard.compute import Study
from dashboard.language import percent
from scenarios.catalog import SCENARIOS
from scenarios.scenario import Scenario
from scenarios.text import Language, Text

BLUE, ORANGE = "blue", "orange"


def chart(figure: go.Figure, *, takeaway: Text, table: pd.DataFrame, key: str) -> None:
    """Show a chart. Its takeaway is read aloud where it cannot be seen; its numbers lie behind it."""
    tongue = reader.language()
    st.plotly_chart(figure, config=style.CONFIG, alt=takeaway[tongue], key=key)
    numbers(table, key=f"{key}_numbers")


def numbers(table: pd.DataFrame, *, key: str) -> None:
    tongue = reader.language()
    with st.popover(words.NUMBERS[tongue], icon=":material/table:", type="tertiary", key=key):
        st.dataframe(table, hide_index=True, height=280)


def coloured(text: str, colour: str) -> str:
    """A figure in its learner's colour, in Streamlit's Markdown."""
    return f":{colour}[**{text}**]"


def result(scenario: Scenario, study: Study, shots: int, tongue: Language) -> str:
    """The scenario's result in one sentence: means over fresh tasks, each learner in its colour."""
    mean = {name: percent(study.at(name, shots)[0], tongue) for name in ("maml", "scratch", "bayes")}
    prose = scenario.prose
    return prose.result.format(
        shots=shots,
        labels=(prose.label if shots == 1 else prose.labels)[tongue],
        maml=coloured(mean["maml"], BLUE),
        scratch=coloured(mean["scratch"], ORANGE),
        bayes=f"**{mean['bayes']}**",
    )[tongue]


def interval(estimate: list[float], tongue: Language) -> str:
    """[mean, low, high] of shares -> "91.3–91.9 %"."""
    return f"{100 * estimate[1]:.1f}–{percent(estimate[2], tongue, 1)}"


def worth(estimate: list[float | None], most: int) -> Text:
    """[value, low, high] labels -> "about 44 (38 to 48)"; None stands for more than was measured."""
    value, low, high = (None if x is None else round(x) for x in estimate)
    if value is None:
        return Text(en=f"more than {most}", zh=f"超过 {most} 个")
    if high is None:
        return Text(
            en=f"about {value} (95 % interval {low} to more than {most})",
            zh=f"约 {value} 个（95% 区间：{low} 个至 {most} 个以上）",
        )
    return Text(en=f"about {value} (95 % interval {low} to {high})", zh=f"约 {value} 个（95% 区间：{low} 至 {high}）")


def prose(folder: Path, name: str, tongue: Language) -> str:
    """The longer texts: a pair of Markdown files, `name.en.md` and `name.zh.md`."""
    return (folder / f"{name}.{tongue}.md").read_text(encoding="utf-8")


def facts(study: Study, tongue: Language) -> dict[str, str]:
    """The measured figures that prose may name in braces; see any file under `faq/` for their use."""
    filled = {
        f"{name}_{shots}": percent(study.at(name, shots)[0], tongue, 1)
        for name in study.raw["learners"]
        for shots in (1, 5, 20)
    }
    recipe = study.raw["recipes"]["maml"]
    novelty = study.raw["novelty"]
    settings, ways = recipe["settings"], SCENARIOS[study.raw["scenario"]].ways
    seen = settings["train_tasks"] * (ways * settings["max_shots"] + settings["queries"])
    overtaken = novelty["overtaken_at"]
    return filled | {
        "gap_5": percent(study.compared("gap_closed", 5)[0], tongue),
        "worth_5": worth(study.compared("labels_worth", 5), study.shots[-1])[tongue],
        "tasks": str(study.tasks),
        "train_tasks": f"{settings['train_tasks']:,}",
        "train_examples": f"{seen:,}",
        "train_seconds": f"{recipe['seconds']:.0f}",
        "crossing": "–" if overtaken is None else f"{overtaken:.2f}",
        "maml_novel": percent(novelty["score"]["maml"][-1][0], tongue, 1),
        "scratch_novel": percent(novelty["best_from_scratch"][-1], tongue, 1),
    }
