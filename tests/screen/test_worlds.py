"""Promise: a visitor moves the dial of how different tasks are, and the page shows what that changes."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard import results
from dashboard.language import scored
from dashboard.views import worlds_panel
from scenarios.catalog import SCENARIOS
from scenarios.learners.registry import META_LEARNED, Rung
from scenarios.publication.results import WorldsResults
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
            [result] = [part.body for part in screen.elements("markdown") if f":blue[**{mean}**]" in part.body]
            assert scored(study.at(study.best(Rung.LOCAL, 5), 5)[0], study.metric) in result
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
        assert "world" not in visitor.open(MEASURED[0].name, world="wild").errors()


@every
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_finding_tells_the_gain_in_each_world_and_the_table_has_every_rung(scenario: Scenario, language: Language):
    found = results.worlds(scenario.name)
    for shots in (1, 5, 50):
        section = worlds_panel.section(found, "mild", shots, language)
        assert "{" not in section.finding + section.note + section.spoken()
        assert section.finding.count("95%") == 6, "what labels add, and meta-learning over simple statistics"
        table = worlds_panel.table(found, shots, language)
        assert len(table) == len(WORLDS) * len(Rung)
        assert list(table.iloc[:: len(Rung), 0]) == [WORLD_LABELS[world][language] for world in WORLDS]


def test_the_gain_is_that_of_the_best_method_that_a_user_can_have():
    found = results.worlds("credit_risk")
    mild = found.worlds["mild"]
    better = replace(mild.learners[META_LEARNED], score=np.full_like(mild.learners[META_LEARNED].score, 0.99))
    lead = replace(mild.rungs["meta_learned"], ahead_of_generic=np.full_like(mild.rungs["bayes"].ahead_of_generic, 0.2))
    changed = replace(mild, learners=mild.learners | {META_LEARNED: better}, rungs=mild.rungs | {"meta_learned": lead})
    assert worlds_panel.gain(replace(found, worlds=found.worlds | {"mild": changed}), "mild", 5).mean == 0.2
    finding = worlds_panel.finding(replace(found, worlds=found.worlds | {"mild": changed}), 5, "en")
    assert "40.0 points (95% interval 40.0 to 40.0) where segments are much alike" in finding, "in points of Gini"
