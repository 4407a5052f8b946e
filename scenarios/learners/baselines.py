"""Learners with nothing of their own to fit: the fixed rule, the Bayes-optimal predictor, and z-scored inputs."""

from dataclasses import dataclass

from scenarios.episode import Episode, standardise
from scenarios.learner import Learner
from scenarios.scenario import Scenario
from scenarios.task import Array


@dataclass(frozen=True)
class Standardised:
    """A learner that sees every task's inputs as z-scores against the task's own query examples: transductive."""

    learner: Learner

    def predict(self, episode: Episode) -> Array:
        """Predict from inputs that are z-scored per task: see `Learner.predict`."""
        return self.learner.predict(standardise(episode))


@dataclass(frozen=True)
class Rule:
    """The industry's fixed rule, which learns nothing."""

    scenario: Scenario

    def predict(self, episode: Episode) -> Array:
        """Return the rule's probabilities (tasks, queries, ways). Raises ValueError if the scenario has no rule."""
        if self.scenario.rule is None:
            raise ValueError(f"{self.scenario.name} has no rule")
        return self.scenario.rule(episode.raw.query.x)


@dataclass(frozen=True)
class Bayes:
    """The scenario's own exact answer, as a learner."""

    scenario: Scenario

    def predict(self, episode: Episode) -> Array:
        """Return the Bayes-optimal predictions: see `BayesAnswer.prediction`."""
        return self.scenario.bayes(episode.raw.support, episode.raw.query.x).prediction
