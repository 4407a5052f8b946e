"""The measured figures of a scenario to which sentences and longer texts refer."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from dashboard import results, words
from dashboard.charts.style import named
from dashboard.language import percent, scored
from dashboard.views.formatting import BLUE, amount, coloured
from scenarios.decisions.catalog import decision_named
from scenarios.demo.precomputed import DemoTask
from scenarios.errors import UserError
from scenarios.learners.registry import META_LEARNED, SCRATCH, TRACED, Rung
from scenarios.publication.drafts import complete
from scenarios.publication.results import StudyResults
from scenarios.scenario import DEFAULT_WORLD, Scenario
from scenarios.text import Language, Text, enumerated


def required(text: Text | None) -> Text:
    """Return a sentence that a scenario of this kind must have. Raises ValueError if its author left it out."""
    if text is None:
        raise ValueError("a scenario with a decision needs its `lever` and its `verdict`")
    return text


_DIVERGED = Text(
    en="**{names} diverged on this {task}:** the inner steps left no usable prediction. The page shows the same "
    "probability for every example, like a model without any information.",
    zh="**{names}在这{task}上发散**：内循环没有给出可用的预测。图中对每个样本都给出同一概率，等同于没有任何信息的模型。",
)
_DIVERGED_FAR = Text(
    en="**{names} diverged on this {task}:** the inner steps left no usable prediction. Its curve leaves the chart.",
    zh="**{names}在这{task}上发散**：内循环没有给出可用的预测，曲线已超出图框。",
)


def divergence(scenario: Scenario, shown: DemoTask) -> Text | None:
    """Return a sentence on the learners whose inner steps diverged on this task; None if none did."""
    names = [name for name in TRACED if shown.diverged(name)]
    if not names:
        return None
    called = enumerated([Text(en=named(name, "en"), zh=named(name, "zh")) for name in names])
    text = _DIVERGED_FAR if scenario.regression else _DIVERGED
    task = Text(en=scenario.prose.task.en, zh=scenario.prose.a_task.zh)
    return text.format(names=words.capitalised(called), task=task)


def result(scenario: Scenario, study: StudyResults, shots: int, language: Language) -> str:
    """Return the scenario's result in one sentence: means over test tasks, each learner in its colour."""
    mean = {rung: scored(study.at(study.best(rung, shots), shots)[0], study.metric) for rung in study.rungs}
    prose = scenario.prose
    return prose.result.format(
        shots=shots,
        labels=(prose.label if shots == 1 else prose.labels)[language],
        maml=coloured(mean[Rung.META_LEARNED], BLUE),
        borrowing=f"**{mean.get(Rung.BORROWING, '–')}**",
        local=f"**{mean[Rung.LOCAL]}**",
        scratch=scored(study.at(SCRATCH, shots)[0], study.metric),  # placeholder of older scenarios
        no_local=mean.get(Rung.NO_LOCAL_LABELS, "–"),
        bayes=f"**{mean[Rung.BAYES]}**",
    )[language]


_OVERTAKES = Text(en="overtakes at ρ\u00a0≈\u00a0{rho:.2f}", zh="在 ρ\u00a0≈\u00a0{rho:.2f} 处反超")
_AHEAD = Text(en="is ahead even at ρ\u00a0=\u00a00", zh="在 ρ\u00a0=\u00a00 时就已领先")
_NEVER = Text(en="never overtakes", zh="始终未能反超")


def crossing(study: StudyResults, rung: Rung) -> Text:
    """Return the predicate of a sentence on the best method of a rung as the task shift rises from 0 to 1."""
    rho = study.overtaking(rung).at
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
    seen = study.experience(META_LEARNED)
    return (
        filled
        | _decision_facts(study)
        | _rung_facts(study, language)
        | {
            "tasks": str(study.tasks),
            "train_tasks": f"{seen.tasks:,}" if seen else "–",
            "train_examples": f"{seen.labels:,}" if seen else "–",
            "train_seconds": f"{study.train_seconds:.0f}",
            "warned_novel": percent(float(study.power(1.0)[0])),
            "maml_novel": scored(study.novelty.score[META_LEARNED][-1][0], study.metric, 1),
        }
    )


def _rung_facts(study: StudyResults, language: Language) -> dict[str, str]:
    """Return facts on the best local and the best borrowing method at five labels, such as {worth_local_5}."""
    found: dict[str, str] = {}
    for rung in (Rung.LOCAL, Rung.BORROWING):
        if rung.value not in study.comparison:
            continue
        name, key = study.best(rung, 5), rung.value
        score = scored(study.at(name, 5)[0], study.metric, 1)
        last = study.overtaking(rung).best[-1]
        number, interval = amount(study.compared("labels_worth", 5, rung), study.shots[-1])
        found |= {
            f"best_{key}_5": _WITH_SCORE.format(name=named(name, language, study.decision), score=score)[language],
            f"score_{key}_5": score,
            f"gap_{key}_5": percent(study.compared("gap_closed", 5, rung)[0]),
            f"worth_{key}_5": number[language],
            f"worth_ci_{key}_5": interval[language] if isinstance(interval, Text) else interval,
            f"crossing_{key}": crossing(study, rung)[language],
            f"{key}_novel": scored(study.novelty.score[last][-1][0], study.metric, 1),
        }
        if seen := study.experience(name):
            found[f"tasks_{key}"] = f"{seen.tasks:,}"
    return found


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
            if name == "rule":  # the rule does not depend on the number of labels
                filled[f"{measure}_rule"] = text
    return filled


def all_facts(language: Language) -> tuple[dict[str, dict[str, str]], list[UserError]]:
    """Return the figures of every scenario by its name, and the errors of results files that are missing or damaged."""
    known: dict[str, dict[str, str]] = {}
    missing = []
    for scenario in complete():
        try:
            study = results.study(scenario.name)
            known[scenario.name] = (
                _league_facts(scenario.name) | _world_facts(scenario, language) | facts_of(study, language)
            )
        except UserError as error:
            missing.append(error)
    return known, missing


def _world_facts(scenario: Scenario, language: Language) -> dict[str, str]:
    """Return the figures of the scenario's other worlds that were measured, as {gini_pooled_5_mild}."""
    return {
        f"{name}_{world}": figure
        for world in results.offered_worlds(scenario)
        if world != DEFAULT_WORLD
        for name, figure in facts_of(results.study(scenario.in_world(world).name), language).items()
    }


def _league_facts(name: str) -> dict[str, str]:
    """Return the scores of all methods, as {fine_tuned_5}; none without results, which their own page reports."""
    try:
        league = results.league(name)
    except UserError:
        return {}
    return {
        f"{name}_{shots}": scored(league.at(name, "score", shots)[0], league.metric, 1)
        for name in league.learners
        for shots in league.shots
    }


def fill_in(text: str, figures: Mapping[str, str]) -> str:
    """Return prose with its figures. Figures without results are dashes."""
    return text.format_map(defaultdict(lambda: "–", figures))
