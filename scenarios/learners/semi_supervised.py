"""Methods that use a task's unlabelled examples beside its labelled ones: one or two of each rung.

Each extends a learner of the registry, and equals it without unlabelled examples. Their weight, which may be 0, is
chosen on training tasks, for each number of labels and of unlabelled examples.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
from scipy.special import softmax

from scenarios.episode import Draw, Episode, open_episode
from scenarios.learner import Learner
from scenarios.learners import calibration, discriminant, fitting, hierarchical, inputs, recipes, tuning
from scenarios.learners.calibration import Calibrated
from scenarios.learners.hierarchical import Hierarchical
from scenarios.learners.inputs import See
from scenarios.learners.meta_learned import start_of
from scenarios.learners.registry import BAYES, META_LEARNED
from scenarios.learners.tuned import outputs
from scenarios.scenario import Scenario
from scenarios.task import Array, Examples

_WEIGHTS = (0.1, 1.0)  # weights of an unlabelled example relative to a labelled one
_SHRINKAGES = (0.03, 0.1, 0.3, 0.6)
_ROUNDS = (0, 10)  # of expectation maximisation; 0: unlabelled examples inform the covariance alone
_PSEUDO_LABELS = (5, 10, 20, 40)  # per class
_PROTOTYPE_ROUNDS = 5
_ROOM = 50  # labels per class that support sets are padded to


@dataclass(frozen=True)
class Method:
    """How a learner uses unlabelled examples.

    Parameters
    ----------
    base : str
        The learner that it is without them.
    tried : callable
        From a scenario and a number of labels per class to the learners among which one is chosen.
    """

    base: str
    tried: Callable[[Scenario, int], Iterator[Learner]]


def fitted(scenario: Scenario, name: str, shots: int, count: int, seed: int) -> Learner:
    """Return a method as it is best with `shots` labels per class and `count` unlabelled examples.

    Raises UserError if the weights of the learner that it extends are missing.
    """
    if name == BAYES:
        return BayesWithUnlabelled(scenario)
    episode = tuning.tuning_episode(scenario, seed, shots, unlabelled=count)
    tried = [fitting.load(scenario, METHODS[name].base), *METHODS[name].tried(scenario, shots)]
    answers = [learner.predict(episode) for learner in tried]
    best = int(np.argmax([tuning.quality(scenario, answer, episode) for answer in answers]))
    settings = calibration.fit_calibration(answers[best], episode.query.y)
    return Calibrated(tried[best], lambda _, answer: calibration.calibrated(settings, answer))


@dataclass(frozen=True)
class BayesWithUnlabelled:
    """The scenario's Bayes-optimal answer given labelled and unlabelled examples."""

    scenario: Scenario

    def answer(self, episode: Episode) -> tuple[Array, Array]:
        """Return class probabilities (tasks, queries, ways), and the effective samples behind them (tasks,)."""
        found = self.scenario.bayes_with_unlabelled(episode.raw.support, episode.raw.unlabelled, episode.raw.query.x)  # type: ignore[misc, arg-type]  # the command asks for both
        return found.prediction, found.effective_samples

    def predict(self, episode: Episode) -> Array:
        """Predict, see `Learner.predict`."""
        return self.answer(episode)[0]


# -- local labels only: linear discriminant analysis ------------------------------------------------------------------


@dataclass(frozen=True)
class _EMDiscriminant:
    """A mixture of Gaussians with one covariance, drawn towards the identity by a share (McLachlan 1975, JASA 70:365).

    The covariance starts as that of all examples, whatever their class: it has the same best direction as the one
    within classes.
    """

    see: See
    inputs: inputs.Inputs
    shares: tuple[float, ...]  # proportions of the classes among unlabelled examples
    shrinkage: float
    rounds: int
    weight: float

    def predict(self, episode: Episode) -> Array:
        x, query = self.see(episode)
        pool = self.inputs(episode.raw.unlabelled)  # type: ignore[arg-type]  # there are some
        labelled = np.eye(episode.ways)[episode.support.y] * episode.mask[..., None]
        rows, d = np.concatenate([x, pool], axis=1), x.shape[-1]
        weight = np.concatenate([episode.mask, np.full(pool.shape[:2], self.weight)], axis=1)
        away = (rows - np.average(rows, 1, np.repeat(weight[..., None], d, -1))[:, None]) * np.sqrt(weight)[..., None]
        means, covariance = _class_means(labelled, x), self._drawn(away, weight.sum(1))
        for _ in range(self.rounds):
            likely = _scores(means, covariance, pool) + np.log(self.shares)
            members = np.concatenate([labelled, self.weight * softmax(likely, axis=-1)], axis=1)
            means = _class_means(members, rows)
            off = (rows[:, :, None] - means[:, None]) * np.sqrt(members)[..., None]
            covariance = self._drawn(off.reshape(len(rows), -1, d), members.sum((1, 2)))
        answer: Array = softmax(_scores(means, covariance, query), axis=-1)
        return answer

    def _drawn(self, away: Array, total: Array) -> Array:
        covariance = away.swapaxes(1, 2) @ away / total[:, None, None]
        drawn: Array = (1 - self.shrinkage) * covariance + self.shrinkage * np.eye(away.shape[-1])
        return drawn


def _class_means(members: Array, x: Array) -> Array:
    means: Array = members.swapaxes(1, 2) @ x / members.sum(1)[..., None]
    return means


def _scores(means: Array, covariance: Array, x: Array) -> Array:
    """Log densities (tasks, n, ways) up to a constant of each example; means (tasks, ways, d)."""
    weights = np.linalg.solve(covariance, means.swapaxes(1, 2))  # (tasks, d, ways)
    scores: Array = x @ weights - 0.5 * (means.swapaxes(1, 2) * weights).sum(1)[:, None]
    return scores


def _discriminants(scenario: Scenario, shots: int) -> Iterator[Learner]:
    checkpoint = fitting.load_checkpoint(scenario, "lda")
    seen = tuning.restored_choices(checkpoint, lambda arrays: inputs.restored(scenario, arrays))[tuning.place(shots)]
    for shrinkage, rounds, weight in product(_SHRINKAGES, _ROUNDS, _WEIGHTS):
        yield _EMDiscriminant(seen.of, seen, tuple(scenario.class_shares), shrinkage, rounds, weight)


# -- other tasks, simple statistics: random-effects LDA ---------------------------------------------------------------


@dataclass(frozen=True)
class _EMRandomEffects:
    """Random-effects LDA whose class means are also updated by unlabelled examples, by expectation maximisation."""

    prior: Hierarchical
    shares: tuple[float, ...]
    weight: float

    def predict(self, episode: Episode) -> Array:
        x, query = self.prior.inputs.of(episode)
        pool = self.prior.inputs(episode.raw.unlabelled)  # type: ignore[arg-type]  # there are some
        return discriminant.predict(
            self.prior.prior, x, episode.support.y, episode.mask, query,  # type: ignore[arg-type]  # that of its method
            discriminant.Unlabelled(pool, np.array(self.shares), self.weight),
        )  # fmt: skip


def _random_effects(scenario: Scenario, shots: int) -> Iterator[Learner]:
    name = "random_effects_lda"
    prior = hierarchical.uncalibrated(scenario, name, fitting.load_checkpoint(scenario, name)).at(shots)
    for weight in _WEIGHTS:
        yield _EMRandomEffects(prior, tuple(scenario.class_shares), weight)


# -- meta-learned: prototypes refined by soft k-means, and self-training -----------------------------------------------


@dataclass(frozen=True)
class _RefinedPrototypes:
    """Prototypes moved by unlabelled examples: soft k-means (Ren et al. 2018, arXiv 1803.00676)."""

    learned: tuple[Array, ...]
    shares: tuple[float, ...]
    weight: float

    def predict(self, episode: Episode) -> Array:
        *network, log_scale, log_odds = self.learned
        seen = (episode.support.x, episode.unlabelled, episode.query.x)
        x, pool, query = (
            outputs(tuple(network), each)  # type: ignore[arg-type]  # not None
            for each in seen
        )
        scale = np.exp(log_scale[0, 0, 0]) / x.shape[-1]
        labelled = np.eye(episode.ways)[episode.support.y] * episode.mask[..., None]
        rows, means = np.concatenate([x, pool], axis=1), _class_means(labelled, x)
        for _ in range(_PROTOTYPE_ROUNDS):
            members = self.weight * softmax(scale * _nearness(means, pool) + np.log(self.shares), axis=-1)
            means = _class_means(np.concatenate([labelled, members], axis=1), rows)
        answer: Array = softmax(scale * _nearness(means, query) + log_odds[0], axis=-1)
        return answer


def _nearness(means: Array, x: Array) -> Array:
    """Minus the squared distances (tasks, n, ways), up to a constant of each example."""
    nearness: Array = 2 * x @ means.swapaxes(1, 2) - np.square(means).sum(-1)[:, None]
    return nearness


def _prototypes(scenario: Scenario, shots: int) -> Iterator[Learner]:  # noqa: ARG001  # the same for any number
    checkpoint = fitting.load_checkpoint(scenario, "prototypes")
    learned = start_of(scenario, checkpoint, recipes.prototypes(scenario))
    for weight in _WEIGHTS:
        yield _RefinedPrototypes(learned, tuple(scenario.class_shares), weight)


@dataclass(frozen=True)
class _SelfTrained:
    """A learner that adapts again, with the classes that it gave the unlabelled examples of which it is most sure."""

    scenario: Scenario
    learner: Learner
    each: int  # pseudo-labels per class

    def predict(self, episode: Episode) -> Array:
        support, pool = episode.raw.support, episode.raw.unlabelled
        asked = Draw(support, Examples(pool, np.zeros(pool.shape[:2], int)))  # type: ignore[union-attr, arg-type]
        sure = self.learner.predict(open_episode(self.scenario, asked, room=_ROOM))  # (tasks, m, ways)
        room = min(self.each, _ROOM - episode.shots, pool.shape[1] // episode.ways)  # type: ignore[union-attr]
        order = np.argsort(-sure, axis=1)[:, :room].swapaxes(1, 2)  # (tasks, ways, room)
        rows = np.arange(len(order))[:, None]
        x = pool[rows, order.reshape(len(order), -1)]  # type: ignore[index]
        y = np.tile(np.repeat(np.arange(episode.ways), room), (len(order), 1))
        both = Examples(np.concatenate([support.x, x], axis=1), np.concatenate([support.y, y], axis=1))
        return self.learner.predict(open_episode(self.scenario, Draw(both, episode.raw.query), room=_ROOM))


def _self_trained(scenario: Scenario, shots: int, name: str) -> Iterator[Learner]:  # noqa: ARG001
    learner = fitting.load(scenario, name)
    for each in _PSEUDO_LABELS:
        yield _SelfTrained(scenario, learner, each)


def _standardised(scenario: Scenario, shots: int) -> Iterator[Learner]:  # noqa: ARG001
    yield fitting.load(scenario, "z_scored")


METHODS = {
    "z_scored": Method("pooled", _standardised),
    "lda": Method("lda", _discriminants),
    "random_effects_lda": Method("random_effects_lda", _random_effects),
    "prototypes": Method("prototypes", _prototypes),
    META_LEARNED: Method(META_LEARNED, partial(_self_trained, name=META_LEARNED)),
}
