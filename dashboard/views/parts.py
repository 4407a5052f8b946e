"""Pieces that several views are made of: a chart with its takeaway and its numbers, figures filled into prose."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import reader, results, words
from dashboard.charts import style
from dashboard.charts.drawing import sealed
from dashboard.charts.style import named
from dashboard.language import decimal, percent, scored
from dashboard.permalink import LAST_SEED
from scenarios.catalog import SCENARIOS
from scenarios.decisions.catalog import decision_named
from scenarios.errors import ReaderError
from scenarios.evaluation.estimate import OpenEstimate
from scenarios.learners.registry import BAYES, TRACED
from scenarios.metrics import Metric
from scenarios.publication.drafts import complete
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text

BLUE, ORANGE = "blue", "orange"
Table = pd.DataFrame | Callable[[], pd.DataFrame]  # or what makes it, when somebody wants to see it

log = logging.getLogger(__name__)


@contextmanager
def told() -> Iterator[None]:
    """Whatever goes wrong in here, the log has it, and the reader gets a sentence in their language."""
    try:
        yield
    except ReaderError as error:
        log.error("a page lacks something", exc_info=error)
        st.error(error.text[reader.language()])
    except Exception:
        log.exception("a page failed")
        st.error(words.FAILED[reader.language()])


def chart(figure: go.Figure, *, takeaway: Text, table: Table, key: str) -> None:
    """Show a chart. Its takeaway is read aloud where it cannot be seen; its numbers lie behind it."""
    language = reader.language()
    st.plotly_chart(sealed(figure), config=style.CONFIG, alt=takeaway[language].replace("**", ""), key=key)
    numbers(table, key=f"{key}_numbers")


def numbers(table: Table, *, key: str) -> None:
    """Offer the numbers behind a chart: made and sent when they are opened, which few users do."""
    language = reader.language()
    popover = st.popover(words.NUMBERS[language], icon=":material/table:", type="tertiary", key=key, on_change="rerun")
    if popover.open:
        popover.dataframe(table() if callable(table) else table, hide_index=True, height=280)


def said(text: Text | None) -> Text:
    """Return a sentence that a scenario of this kind must have. Raises ValueError if its author left it out."""
    if text is None:
        raise ValueError("a scenario with a decision needs its `lever` and its `verdict`")
    return text


def choose_scenario(offered: Sequence[str]) -> str:
    """Draw a switch between scenarios. Returns the name of the chosen one, the first if another is not offered."""
    language = reader.language()
    if reader.view().about not in offered:
        reader.assume(about=offered[0])
    st.segmented_control(
        words.PARTS["about"][language],
        offered,
        format_func=lambda name: SCENARIOS[name].prose.title[language],
        key=reader.widget("about"),
        on_change=reader.take,
        args=("about",),
        required=True,
        label_visibility="collapsed",
    )
    return reader.view().about


def draw_anew() -> None:
    """Another seed: another task, other points."""
    reader.change(seed=(reader.view().seed + 1) % (LAST_SEED + 1))


def coloured(text: str, colour: str) -> str:
    """Return a figure in its learner's colour, in Streamlit's Markdown."""
    return f":{colour}[**{text}**]"


def result(scenario: Scenario, study: StudyResults, shots: int, language: Language) -> str:
    """Return the scenario's result in one sentence: means over test tasks, each learner in its colour."""
    mean = {name: scored(study.at(name, shots)[0], study.metric) for name in (*TRACED, BAYES)}
    prose = scenario.prose
    return prose.result.format(
        shots=shots,
        labels=(prose.label if shots == 1 else prose.labels)[language],
        maml=coloured(mean["maml"], BLUE),
        scratch=coloured(mean["scratch"], ORANGE),
        bayes=f"**{mean['bayes']}**",
    )[language]


def score_interval(estimate: Sequence[float], metric: Metric) -> str:
    """[mean, low, high] of a score -> "91.3–91.9%", or "0.071–0.083" for an error."""
    if metric.is_proportion:
        return interval(estimate)
    low, high = (scored(bound, metric) for bound in estimate[1:])
    return low if low == high else f"{low}–{high}"


def unbroken(text: str) -> str:
    """Return text that a narrow table does not break in two."""
    return text.replace("–", "\u2060–\u2060").replace(" ", "\u00a0")


def interval(estimate: Sequence[float]) -> str:
    """[mean, low, high] of shares -> "91.3–91.9%"."""
    return f"{100 * estimate[1]:.1f}–{percent(estimate[2], 1)}"


_INTERVAL = Text(en="{value} (95% interval {low} to {high})", zh="{value}（95% 区间：{low} 至 {high}）")
_IN_POINTS, _IN_UNITS = Text(en="{value} points", zh="{value} 个百分点"), Text(en="{value}", zh="{value}")


def estimated(estimate: Sequence[float], metric: Metric) -> Text:
    """[mean, low, high] of a score, written after a language's custom."""
    mean, low, high = (scored(x, metric, 1) for x in estimate)
    return _INTERVAL.format(value=mean, low=low, high=high)


def difference(estimate: Sequence[float], metric: Metric, language: Language) -> str:
    """[mean, low, high] of a difference between scores: in points, or in the units of an error."""
    share = metric.is_proportion
    numbers = (f"{100 * x:z.1f}" if share else decimal(f"{x:z.3g}") for x in estimate)
    value, low, high = (number.replace("-", "−") for number in numbers)  # the minus of typographers
    said = (_IN_POINTS if share else _IN_UNITS).format(value=value)
    return _INTERVAL.format(value=said, low=low, high=high)[language]


def turned(estimate: Sequence[float]) -> Sequence[float]:
    """Return a difference with the opposite sign, which its sentence states in words."""
    mean, low, high = estimate
    return estimate if mean > 0 else [-mean, -high, -low]


_FEW = 10  # labels, of which a tenth may still decide between a gain and a loss


def worth(estimate: OpenEstimate, most: int) -> Text:
    """[value, low, high] labels -> "about 44 (38 to 48)"; None stands for more than was measured."""
    value, low, high = (None if x is None else f"{x:.1f}" if x < _FEW else f"{x:.0f}" for x in estimate)
    if value is None:
        return Text(en=f"more than {most}", zh=f"超过 {most} 个")
    if high is None:
        return Text(
            en=f"about {value} (95% interval {low} to more than {most})",
            zh=f"约 {value} 个（95% 区间：{low} 个至 {most} 个以上）",
        )
    return Text(en=f"about {value} (95% interval {low} to {high})", zh=f"约 {value} 个（95% 区间：{low} 至 {high}）")


_THIS_NETWORK = Text(en="this network", zh="本网络")


def from_scratch(study: StudyResults, shots: int, language: Language) -> tuple[str, str]:
    """Those beside the network that see the support set only, in a list, and which of all is the best at `shots`."""
    best = study.compared("best_from_scratch", shots)
    rivals = words.listed([named(name, language) for name in study.rivals], language)
    return rivals, _THIS_NETWORK[language] if best == "scratch" else named(best, language)


_OVERTAKES = Text(en="overtakes at ρ\u00a0≈\u00a0{rho:.2f}", zh="在 ρ\u00a0≈\u00a0{rho:.2f} 处反超")
_AHEAD = Text(en="is ahead from the start", zh="从一开始就领先")
_NEVER = Text(en="never overtakes", zh="始终未能反超")


def crossing(study: StudyResults) -> Text:
    """Return the predicate of a sentence on the best from-scratch learner as novelty rises from 0 to 1."""
    rho = study.overtaken_at
    if rho is None:
        return _NEVER
    return _OVERTAKES.format(rho=rho) if rho else _AHEAD


def prose(folder: Path, name: str, language: Language) -> str:
    """Return a longer text from a pair of Markdown files, `name.en.md` and `name.zh.md`."""
    return (folder / f"{name}.{language}.md").read_text(encoding="utf-8")


_WITH_SCORE = Text(en="{name}, {score}", zh="{name}，{score}")


def facts(study: StudyResults, language: Language) -> dict[str, str]:
    """Return the measured figures that prose may name in braces; see any file under `faq/` for their use."""
    filled = {
        f"{name}_{shots}": scored(study.at(name, shots)[0], study.metric, 1)
        for name in study.learners
        for shots in (1, 2, 5, 10, 20)
    }
    recipe, novelty = study.recipe, study.novelty
    seen = recipe.train_tasks * (SCENARIOS[study.scenario].ways * recipe.max_shots + recipe.queries)
    best = from_scratch(study, 5, language)[1]
    best_score = scored(study.at(study.compared("best_from_scratch", 5), 5)[0], study.metric, 1)
    return (
        filled
        | _decision_facts(study)
        | {
            "best_from_scratch_5": _WITH_SCORE.format(name=best, score=best_score)[language],
            "gap_5": percent(study.compared("gap_closed", 5)[0]),
            "worth_5": worth(study.compared("labels_worth", 5), study.shots[-1])[language],
            "tasks": str(study.tasks),
            "train_tasks": f"{recipe.train_tasks:,}",
            "train_examples": f"{seen:,}",
            "train_seconds": f"{study.train_seconds:.0f}",
            "crossing": crossing(study)[language],
            "maml_novel": scored(novelty.score["maml"][-1][0], study.metric, 1),
            "scratch_novel": scored(novelty.best_from_scratch[-1], study.metric, 1),
        }
    )


def _decision_facts(study: StudyResults) -> dict[str, str]:
    """Return the measures of the scenario's decision at five labels, as {measure_learner_5}."""
    filled = {}
    for measure, field in decision_named(study.decision).fields.items():
        if not field.is_in_prose:
            continue
        for name in study.learners:
            mean = study.at(name, 5, measure)[0]
            value = mean if field.at is None else mean[field.at]
            text = percent(value, field.digits) if field.is_share else f"{value:.{field.digits}f}"
            filled[f"{measure}_{name}_5"] = text
            if name == "rule":  # which knows no number of labels
                filled[f"{measure}_rule"] = text
    return filled


def all_facts(language: Language) -> tuple[dict[str, dict[str, str]], list[ReaderError]]:
    """Return the figures of every scenario by its name, and the errors of results files that are missing or damaged."""
    found: dict[str, dict[str, str]] = {}
    missing = []
    for scenario in complete():
        try:
            found[scenario.name] = facts(results.study(scenario.name), language)
        except ReaderError as error:
            missing.append(error)
    return found, missing


def filled_in(text: str, figures: Mapping[str, str]) -> str:
    """Prose with its figures. One that no results file tells is a dash: the page says why."""
    return text.format_map(defaultdict(lambda: "–", figures))
