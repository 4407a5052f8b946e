"""The measured figures of a scenario that sentences and longer texts name."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from dashboard import results, words
from dashboard.charts.style import named
from dashboard.language import percent, scored
from dashboard.views.formatting import BLUE, ORANGE, coloured, worth
from scenarios.catalog import SCENARIOS
from scenarios.decisions.catalog import decision_named
from scenarios.errors import UserError
from scenarios.learners.registry import PRINCIPAL
from scenarios.publication.drafts import complete
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text


def required(text: Text | None) -> Text:
    """Return a sentence that a scenario of this kind must have. Raises ValueError if its author left it out."""
    if text is None:
        raise ValueError("a scenario with a decision needs its `lever` and its `verdict`")
    return text


def result(scenario: Scenario, study: StudyResults, shots: int, language: Language) -> str:
    """Return the scenario's result in one sentence: means over test tasks, each learner in its colour."""
    mean = {name: scored(study.at(name, shots)[0], study.metric) for name in PRINCIPAL}
    prose = scenario.prose
    return prose.result.format(
        shots=shots,
        labels=(prose.label if shots == 1 else prose.labels)[language],
        maml=coloured(mean["maml"], BLUE),
        scratch=coloured(mean["scratch"], ORANGE),
        bayes=f"**{mean['bayes']}**",
    )[language]


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


def facts_of(study: StudyResults, language: Language) -> dict[str, str]:
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


def all_facts(language: Language) -> tuple[dict[str, dict[str, str]], list[UserError]]:
    """Return the figures of every scenario by its name, and the errors of results files that are missing or damaged."""
    known: dict[str, dict[str, str]] = {}
    missing = []
    for scenario in complete():
        try:
            known[scenario.name] = facts_of(results.study(scenario.name), language)
        except UserError as error:
            missing.append(error)
    return known, missing


def fill_in(text: str, figures: Mapping[str, str]) -> str:
    """Prose with its figures. One that no results file tells is a dash: the page says why."""
    return text.format_map(defaultdict(lambda: "–", figures))
