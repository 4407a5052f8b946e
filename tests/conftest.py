"""What the tests share: every scenario, unasked, and the learners that are shipped for it."""

import os
from collections.abc import Callable, Iterator
from functools import cache

import pytest

for _name, _value in (
    ("TF_CPP_MIN_LOG_LEVEL", "3"),
    ("TF_ENABLE_ONEDNN_OPTS", "0"),
    ("OPENBLAS_NUM_THREADS", "1"),  # matrices are tiny here: threads only wait for each other on a busy machine
    ("OMP_NUM_THREADS", "1"),
):
    os.environ.setdefault(_name, _value)  # before anything imports NumPy or TensorFlow

from scenarios.catalog import SCENARIOS  # noqa: E402
from scenarios.learner import Learner  # noqa: E402
from scenarios.scenario import Scenario  # noqa: E402
from tests.live_server import LiveServer  # noqa: E402


@pytest.fixture(scope="session", params=list(SCENARIOS.values()), ids=lambda scenario: scenario.name)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    """Each scenario in turn: one that is added later is tested without a line here."""
    return request.param


@cache
def _shipped(name: str) -> dict[str, Learner]:
    from scenarios.study import learners  # here, so that tests without learners do not wait for TensorFlow

    return {learner: learners.load(SCENARIOS[name], learner) for learner in learners.METHODS}


@pytest.fixture(scope="session")
def shipped() -> Callable[[Scenario], dict[str, Learner]]:
    """Every learner of a scenario, from the weights that come with the product."""
    return lambda scenario: _shipped(scenario.name)


@pytest.fixture(scope="session")
def server() -> Iterator[LiveServer]:
    """The product itself, running: one for all tests that only visit it."""
    running = LiveServer()
    yield running
    running.close()
