"""Promise: a visitor moves the dial of how different tasks are, and the page shows what that changes."""

import numpy as np
import pytest

from dashboard import results
from dashboard.language import scored
from dashboard.views import worlds_panel
from scenarios.catalog import SCENARIOS
from scenarios.credit_risk.scenario import SCENARIO as CREDIT
from scenarios.dataclass_json import Floats
from scenarios.learners.registry import BAYES, META_LEARNED, Rung
from scenarios.protocol import WORLD_SHOTS, EvaluationProtocol
from scenarios.publication.results import WorldFigures, WorldLearner, WorldRung, WorldsResults
from scenarios.scenario import WORLD_LABELS, WORLDS, Scenario
from scenarios.text import LANGUAGES, Language
from tests.live_server import LiveServer
from tests.visitor import Visitor

MEASURED = [SCENARIOS[name] for name in results.measured(WorldsResults)]
every = pytest.mark.parametrize("scenario", MEASURED, ids=lambda scenario: scenario.name)


@pytest.mark.published
@every
def test_the_dial_moves_the_whole_page_and_its_address(server: LiveServer, scenario: Scenario):
    with Visitor(server.address) as visitor:
        for world in WORLDS:
            screen = visitor.open(scenario.name, world=world, shots=5)
            assert (screen.errors(), screen.crashes()) == ([], [])
            study = results.study(scenario.in_world(world).name)
            mean = scored(study.at(META_LEARNED, 5)[0], study.metric)
            local = scored(study.at(study.best(Rung.LOCAL, 5), 5)[0], study.metric)
            texts = [part.body for part in screen.elements("markdown") if f":blue[**{mean}**]" in part.body]
            assert any(local in text for text in texts)
            assert visitor.address().get("world", "moderate") == world


@pytest.mark.published
@every
def test_labels_that_a_world_was_not_measured_with_move_to_the_nearest_ones(server: LiveServer, scenario: Scenario):
    with Visitor(server.address) as visitor:
        screen = visitor.open(scenario.name, world="strong", shots=40)
        assert screen.errors() == []
        assert visitor.address()["shots"] in ("30", "50")


def test_a_world_that_a_scenario_has_not_leaves_its_page_as_it_is(server: LiveServer):
    with Visitor(server.address) as visitor:
        assert visitor.open("line", world="strong").errors() == []
        screen = visitor.open("credit_risk", world="wild")
        assert screen.errors() == []
        assert "world" not in visitor.address()


@every
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_finding_tells_the_gain_in_each_world_and_the_table_has_every_rung(scenario: Scenario, language: Language):
    found = results.worlds(scenario.name)
    for shots in (1, 5, 50):
        section = worlds_panel.section(found, "mild", shots, language)
        assert "{" not in section.finding + section.note + section.method + section.spoken()
        assert section.finding.count("95%") == 6, "what labels add, and meta-learning over simple statistics"
        table = worlds_panel.table(found, shots, language)
        assert len(table) == len(WORLDS) * len(Rung)
        assert list(table.iloc[:: len(Rung), 0]) == [WORLD_LABELS[world][language] for world in WORLDS]


def found_with(leads: dict[str, dict[Rung, float]], scenario: Scenario) -> WorldsResults:
    """Results in which the best of each rung leads, in each world, the best without local labels by so much."""
    best = {
        Rung.NO_LOCAL_LABELS: "pooled", Rung.LOCAL: "lda", Rung.BORROWING: "random_effects_lda",
        Rung.META_LEARNED: META_LEARNED, Rung.BAYES: BAYES,
    }  # fmt: skip
    count = len(WORLD_SHOTS)

    def repeated(value: float) -> Floats:
        return np.tile([value, value - 0.01, value + 0.01], (count, 1))

    def figures(lead: dict[Rung, float]) -> WorldFigures:
        lower = dict(zip(list(Rung)[1:], Rung, strict=False))
        return WorldFigures(
            learners={
                name: WorldLearner(score=repeated(0.6 + lead[rung]), range90=np.tile([0.5, 0.9], (count, 1)))
                for rung, name in best.items()
            },
            rungs={
                rung.value: WorldRung(
                    best=(name,) * count,
                    ahead_of_generic=repeated(lead[rung]) if rung in lower else None,
                    ahead_of_lower=repeated(lead[rung] - lead[lower[rung]]) if rung in lower else None,
                )
                for rung, name in best.items()
            },
        )

    return WorldsResults(
        scenario=scenario.name, metric_id=scenario.metric.id, higher_is_better=True, shots=WORLD_SHOTS,
        protocol=EvaluationProtocol(tasks=9), worlds={world: figures(lead) for world, lead in leads.items()},
    )  # fmt: skip


def leads(local: float, borrowing: float, meta: float) -> dict[Rung, float]:
    return dict(zip(Rung, (0.0, local, borrowing, meta, 0.3), strict=True))


LEADS = {"mild": leads(-0.1, 0.01, 0.005), "moderate": leads(0.02, 0.06, 0.07), "strong": leads(0.1, 0.1, 0.12)}


def test_the_gain_is_that_of_the_best_method_that_a_user_can_have():
    found = found_with(LEADS, CREDIT)
    found.check(CREDIT)
    assert [round(worlds_panel.gain(found, world, 5).mean, 3) for world in WORLDS] == [0.01, 0.07, 0.12]
    finding = worlds_panel.finding(found, 5, "en")
    assert "2.0 percentage points (95% CI 0.0 to 4.0). Moderately different: 14.0" in finding, "in points of Gini"
    rival = "simple statistics with other tasks' data"
    assert f"Meta-learning minus the best of {rival}: much alike, −0.5 percentage points" in finding
    assert "Local labels alone, minus the best method without them: much alike, −10.0 percentage points" in finding
    assert "大体相似（如 FICO 房屋净值贷款数据）：2.0 个百分点" in worlds_panel.finding(found, 5, "zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chart_has_every_rung_in_every_world_and_points_out_the_one_that_the_page_shows(language: Language):
    section = worlds_panel.section(found_with(LEADS, CREDIT), "strong", 5, language)
    figure = section.figure
    assert figure is not None
    markers = [trace for trace in figure.data if trace.mode == "markers"]
    assert len(markers) == len(WORLDS) * (len(Rung) - 1)
    assert [note.text for note in figure.layout.annotations][:3] == ["+1.0", "+7.0", "+12.0"]
    [shade] = figure.layout.shapes
    assert shade.x0 < 2 < shade.x1
    assert "70%" in section.spoken(), "the score of local labels alone in the last world"
