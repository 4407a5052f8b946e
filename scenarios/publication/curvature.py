"""Scores against the curvature of the structure that tasks share: `python -m scenarios curvature NAME`.

Encoded examples pass through a twist (`scenarios/twist.py`), the same one in every task. The Bayes-optimal
predictor inverts it, hence its score is the same at every position of the dial. All other methods get the twisted
inputs, and can learn the inverse only from other tasks. All are evaluated on the same test tasks.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import PolynomialFeatures

from scenarios.catalog import scenario_named
from scenarios.episode import Episode
from scenarios.errors import UserError
from scenarios.evaluation.curves import fresh_episode
from scenarios.learner import Learner
from scenarios.learners import discriminant, fitting, hierarchical, inputs, resuming, tuning
from scenarios.learners.baselines import Bayes
from scenarios.learners.classical import CLASSICAL, Choice, PerTask
from scenarios.learners.meta_learned import always, learner_of
from scenarios.learners.registry import BAYES, META_LEARNED
from scenarios.learners.tuned import last_features
from scenarios.meta_learner.meta_train import unchanged
from scenarios.meta_learner.weights import Report
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import cached_jobs
from scenarios.publication.cached_jobs import CachedJob
from scenarios.publication.evaluate_at import DIGITS, column_intervals
from scenarios.publication.plan import made_from
from scenarios.publication.results import CURVED_GROUPS, CURVED_SIMPLE, ByTaskCount, CurvatureResults, CurvedMethods
from scenarios.scenario import BayesAnswer, Scenario
from scenarios.task import Array, Examples, Tasks, rng_for
from scenarios.text import Text
from scenarios.twist import Twist

DIALS = (0.0, 0.5, 1.0, 1.5)  # radians per standard deviation
AT = 1.0  # the position at which the number of the meta-learner's training tasks is varied
COUNTS = (300, 1000, 3000)  # numbers of them, and that of its recipe
SHOTS = 5  # labelled examples per class of all evaluations
_SAMPLE = 5000  # training tasks, one example of each class of which estimates the spread of inputs
_SCALING = 200, 5  # training tasks and labels per class, over which the inputs of local methods are standardised
_CLASS_EPOCHS, _NOISE_EPOCHS = 10, 40  # epochs of the networks whose features are used
_NOISE = 0.5  # SD of the noise that one of them learns to remove
_TRAINING: dict[str, Any] = {"batch_size": 500, "learning_rate_init": 0.002, "alpha": 1e-6}


@dataclass(frozen=True)
class CurvedTasks:
    """Tasks whose examples pass through a function of x."""

    tasks: Tasks
    through: Callable[[Array], Array]

    def __len__(self) -> int:
        return len(self.tasks)

    def support(self, rng: np.random.Generator, shots: int) -> Examples:
        """As `Tasks.support`."""
        return self._passed(self.tasks.support(rng, shots))

    def query(self, rng: np.random.Generator, n: int) -> Examples:
        """As `Tasks.query`."""
        return self._passed(self.tasks.query(rng, n))

    def _passed(self, examples: Examples) -> Examples:
        return Examples(self.through(examples.x), examples.y)


def curved(scenario: Scenario, dial: float) -> Scenario:
    """Return the scenario whose encoded examples have passed through a twist; its examples are encoded already.

    Raises
    ------
    UserError
        If the scenario's encoding has no inverse.
    """
    encode, decode = scenario.encode, scenario.decode
    if decode is None:
        text = Text(
            en="The encoding of {name} has no inverse (decode), which its Bayes-optimal predictor needs.",
            zh="{name} 的编码不可逆，而贝叶斯最优预测需要其逆变换。",
        )
        raise UserError(text.format(name=scenario.name))
    rng = rng_for("train", 0, 6)
    z = encode(scenario.sample_tasks(rng, _SAMPLE).support(rng, 1).x)
    twist = Twist.of(z.reshape(-1, z.shape[-1]), dial)

    def sample_tasks(rng: np.random.Generator, count: int, novelty: float = 0.0) -> Tasks:
        return CurvedTasks(scenario.sample_tasks(rng, count, novelty), lambda x: twist(encode(x)))

    def bayes(support: Examples, query_x: Array) -> BayesAnswer:
        in_units = Examples(decode(twist.inverse(support.x)), support.y)
        return scenario.bayes(in_units, decode(twist.inverse(query_x)))

    return replace(
        scenario, sample_tasks=sample_tasks, bayes=bayes, encode=lambda x: x, decode=None, example_shape=z.shape[-1:],
        features_by_hand=None, worlds={},
    )  # fmt: skip


# -- the methods -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OnFeatures:
    """Random-effects LDA on functions of the inputs (..., inputs) -> (..., features), standardised."""

    features: Callable[[Array], Array]
    centre: Array
    spread: Array
    prior: discriminant.ClassMeansPrior

    @classmethod
    def learned(cls, features: Callable[[Array], Array], known: Examples, ways: int) -> "OnFeatures":
        """Return the one that has learned from labelled examples of other tasks."""
        seen = features(known.x)
        centre, spread = seen.mean((0, 1)), seen.std((0, 1)) + 1e-6
        prior = discriminant.learn((seen - centre) / spread, known.y, ways, random_effects=True)
        return cls(features, centre, spread, prior)

    def predict(self, episode: Episode) -> Array:
        """Predict, see `Learner.predict`."""
        support, query = (
            (self.features(each.x.astype(float)) - self.centre) / self.spread
            for each in (episode.support, episode.query)
        )
        return discriminant.predict(self.prior, support, episode.support.y, episode.mask, query)


def _local(learner: str, scenario: Scenario, seed: int, _: int | None) -> Learner:
    """Return a textbook method with the inputs and the setting that do best on training tasks."""
    method, known = CLASSICAL[learner], hierarchical.other_tasks(scenario, seed, *_SCALING)
    ways_to_see = [inputs.fitted(scenario, kind, known).of for kind in ("encoded", "quadratic")]
    tried = [Choice(setting, see) for see in ways_to_see for setting in method.choices]
    return _best([PerTask(method, always(choice)) for choice in tried], scenario, seed)


def _prior(learner: str, kind: str, scenario: Scenario, seed: int, count: int | None) -> Learner:
    """Return a method that has learned a prior from other tasks, with one kind of input."""
    return hierarchical.learn_from(scenario, learner, kind, _known(scenario, seed, count))


def _cubes(scenario: Scenario, seed: int, count: int | None) -> Learner:
    """Return random-effects LDA on the inputs and all products of two and of three of them."""
    known = _known(scenario, seed, count)
    products = PolynomialFeatures(3, include_bias=False).fit(known.x[0])

    def features(x: Array) -> Array:
        flat: Array = products.transform(x.reshape(-1, x.shape[-1]))
        return flat.reshape(*x.shape[:-1], -1)

    return OnFeatures.learned(features, known, scenario.ways)


def _classes(scenario: Scenario, seed: int, count: int | None) -> Learner:
    """Return random-effects LDA on features of a network that classifies all classes of all other tasks.

    A good embedding, after Tian et al. (2020, Rethinking few-shot image classification, arXiv 2003.11539).
    """
    known = _known(scenario, seed, count)
    labels = (np.arange(len(known.y))[:, None] * scenario.ways + known.y).ravel()
    network = MLPClassifier(scenario.recipe.hidden, max_iter=_CLASS_EPOCHS, random_state=seed, **_TRAINING)
    return OnFeatures.learned(_trained(network, _rows(known), labels), known, scenario.ways)


def _denoising(scenario: Scenario, seed: int, count: int | None) -> Learner:
    """Return random-effects LDA on the inputs and on features of a denoising network.

    A denoising autoencoder (Vincent et al. 2008), which needs no labels of other tasks.
    """
    known = _known(scenario, seed, count)
    clean = _rows(known)
    root = np.linalg.inv(np.linalg.cholesky(np.cov(clean.T))).T.astype(np.float32)
    noise = np.random.default_rng(seed).standard_normal(clean.shape).astype(np.float32)
    network = MLPRegressor(
        hidden_layer_sizes=scenario.recipe.hidden, max_iter=_NOISE_EPOCHS, random_state=seed, **_TRAINING
    )
    learned = _trained(network, clean @ root + _NOISE * noise, clean @ root)
    features = partial(_beside, lambda x: learned(x @ root))
    return OnFeatures.learned(features, known, scenario.ways)


def _beside(learned: Callable[[Array], Array], x: Array) -> Array:
    return np.concatenate([x, learned(x)], axis=-1)


def _rows(known: Examples) -> Array:
    return known.x.reshape(-1, known.x.shape[-1]).astype(np.float32)


def _trained(network: MLPClassifier | MLPRegressor, x: Array, y: Array) -> Callable[[Array], Array]:
    """Train a network; return the function from inputs (..., d) to the outputs of its last hidden layer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(x, y)
    layers = zip(network.coefs_, network.intercepts_, strict=True)
    return partial(last_features, tuple(array[None] for layer in layers for array in layer))


def _maml(scenario: Scenario, seed: int, count: int | None) -> Learner:
    """Return MAML, trained by the scenario's own recipe."""
    recipe = replace(scenario.recipe, train_tasks=count or scenario.recipe.train_tasks)
    state = resuming.train(scenario, recipe, seed, unchanged, lambda progress: None)
    return learner_of(state, recipe)


def _known(scenario: Scenario, seed: int, count: int | None) -> Examples:
    """Return labelled examples of other tasks, as many as the published simple statistics see."""
    return hierarchical.other_tasks(scenario, seed, count or hierarchical.OTHER_TASKS, scenario.max_shots)


def _best(tried: Sequence[Learner], scenario: Scenario, seed: int) -> Learner:
    """Return the best of several learners on training tasks."""
    episode = tuning.tuning_episode(scenario, seed, SHOTS)
    return max(tried, key=lambda learner: float(tuning.quality(scenario, learner.predict(episode), episode)))


_LOCAL = ("lda", "neighbours", "gaussian_process", "gaussian_process_linear")
_PRIORS = ("pooled_covariance_lda", "random_effects_lda", "random_effects_logistic")
# By what is compared, the methods of which the best one counts.
METHODS: dict[str, dict[str, Callable[[Scenario, int, int | None], Learner]]] = {
    "bayes": {"bayes": lambda scenario, seed, count: Bayes(scenario)},
    "maml": {"maml": _maml},
    "linear": {learner: partial(_prior, learner, "encoded") for learner in _PRIORS},
    "squares": {learner: partial(_prior, learner, "quadratic") for learner in _PRIORS[1:]},
    "cubes": {"cubes": _cubes},
    "network": {"classes": _classes, "denoising": _denoising},
    "local": {learner: partial(_local, learner) for learner in _LOCAL},
}


def curvature(
    scenario: Scenario,
    protocol: EvaluationProtocol,
    executor: Executor,
    kept: Path,
    report: Report,
    *,
    dials: Sequence[float] = DIALS,
    counts: Sequence[int] = COUNTS,
) -> CurvatureResults:
    """Take the measurements that are not cached yet in the folder `kept`.

    Raises
    ------
    UserError
        If the scenario's encoding has no inverse, or the meta-learner's weights are missing.
    """
    curved(scenario, 0.0)  # before anything is measured
    fitting.load(scenario, META_LEARNED)
    all_tasks = scenario.recipe.train_tasks
    seen = {META_LEARNED: all_tasks}
    wanted = [
        (group, method, dial, seen.get(group))
        for group, methods in METHODS.items()
        for method in methods
        for dial in dials
    ]
    fewer = {(META_LEARNED, META_LEARNED, AT, count): count for count in counts}
    jobs = {of: _job(scenario, *of, protocol) for of in (*wanted, *fewer)}
    answers = cached_jobs.measure(jobs.values(), executor, kept, report)
    sign = scenario.metric.sign
    scores = {of: sign * np.array(answers[job.name]["scores"]) for of, job in jobs.items()}

    def best(group: str, dial: float) -> tuple[str, Array]:
        known = {method: scores[group, method, dial, seen.get(group)] for method in METHODS[group]}
        name = max(known, key=lambda method: float(known[method].mean()))
        return name, known[name]

    found = {group: [best(group, dial) for dial in dials] for group in METHODS}
    columns = {group: np.stack([each for _, each in by_dial], axis=1) for group, by_dial in found.items()}
    place = list(dials).index(AT)
    rival = max((columns[group][:, place] for group in CURVED_SIMPLE), key=np.mean)
    by_tasks = {**{count: scores[of] for of, count in fewer.items()}, all_tasks: columns[META_LEARNED][:, place]}
    return CurvatureResults(
        scenario=scenario.name,
        metric_id=scenario.metric.id,
        higher_is_better=scenario.metric.higher_is_better,
        protocol=protocol,
        shots=SHOTS,
        dials=tuple(dials),
        other_tasks=hierarchical.OTHER_TASKS,
        labels_each=scenario.max_shots,
        train_tasks=all_tasks,
        methods={
            group: CurvedMethods(
                best=tuple(name for name, _ in found[group]),
                score=column_intervals(sign * columns[group], DIGITS),
                ahead_of_meta=column_intervals(columns[group] - columns[META_LEARNED], DIGITS),
            )
            for group in CURVED_GROUPS
        },
        bayes=column_intervals(sign * columns[BAYES], DIGITS),
        at=AT,
        by_tasks=ByTaskCount(
            train_tasks=tuple(by_tasks),
            score=column_intervals(sign * np.stack([*by_tasks.values()], axis=1), DIGITS),
            ahead=column_intervals(np.stack([each - rival for each in by_tasks.values()], axis=1), DIGITS),
        ),
    )


def measured(
    scenario_name: str, group: str, method: str, dial: float, count: int | None, protocol: Mapping[str, int], kept: str
) -> dict[str, Any]:
    """Return the scores of each task at a position of the dial, with a number of other tasks, for JSON.

    At 0 nothing is curved, and the bundled meta-learner answers. A meta-training that is interrupted keeps its state in
    the folder `kept`.
    """
    straight, at = scenario_named(scenario_name), EvaluationProtocol(**protocol)
    scenario, path = curved(straight, dial), Path(kept) / f"{_title(straight, group, method, dial, count)}.state.npz"
    with resuming.kept_in(path):
        is_bundled = dial == 0 and group == META_LEARNED
        learner = fitting.load(straight, method) if is_bundled else METHODS[group][method](scenario, at.seed, count)
    episode = fresh_episode(scenario, shots=SHOTS, **asdict(at))
    scores = scenario.metric.compute(learner.predict(episode), episode.query.y)
    path.unlink(missing_ok=True)
    return {"scores": scores.tolist()}


def _title(scenario: Scenario, group: str, method: str, dial: float, count: int | None) -> str:
    return f"{scenario.name}.twisted-{dial:g}.{group}.{method}" + (f".{count}-tasks" if count else "")


def _job(
    scenario: Scenario,
    group: str,
    method: str,
    dial: float,
    count: int | None,
    protocol: EvaluationProtocol,
) -> CachedJob:
    """Return the measurement of one method at one position of the dial."""
    return CachedJob(
        _title(scenario, group, method, dial, count),
        measured,
        (scenario.name, group, method, dial, count, asdict(protocol)),
        made_from(scenario, (method,) if dial == 0 and group == META_LEARNED else ()),
        lambda kept: len(kept.get("scores", ())) == protocol.tasks,
        needs_folder=True,
    )
