"""Where simple statistics fall behind: scores against how curved the shared structure is, `curvature NAME`.

Encoded examples pass through a coupling (`scenarios/coupling.py`), the same one in every task. The Bayes-optimal
predictor undoes it, hence its score is the same at every position of the dial. All other methods see what comes out,
and whatever undoes it they have to learn from other tasks. All are judged on the same test tasks.
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
from sklearn.neural_network import MLPClassifier

from scenarios.catalog import scenario_named
from scenarios.coupling import WAVE_NUMBER, Coupling
from scenarios.episode import Episode
from scenarios.errors import UserError
from scenarios.evaluation.curves import fresh_episode
from scenarios.learner import Learner
from scenarios.learners import discriminant, fitting, hierarchical, inputs, recipes, tuning
from scenarios.learners.baselines import Bayes
from scenarios.learners.classical import CLASSICAL, Choice, PerTask
from scenarios.learners.meta_learned import always, kept, restore
from scenarios.learners.registry import BAYES, META_LEARNED
from scenarios.meta_learner.meta_train import meta_train
from scenarios.meta_learner.weights import Report
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import cached_jobs
from scenarios.publication.cached_jobs import CachedJob
from scenarios.publication.evaluate_at import DIGITS, column_intervals
from scenarios.publication.plan import made_from
from scenarios.publication.results import CURVED_GROUPS, CURVED_SIMPLE, ByTaskCount, CurvatureResults, CurvedMethods
from scenarios.scenario import BayesAnswer, Scenario
from scenarios.task import Array, Examples, Tasks
from scenarios.text import Text

DIALS = (0.0, 0.5, 1.0, 2.0)
AT = 1.0  # the position at which the number of the meta-learner's training tasks is varied
COUNTS = (300, 1000, 3000)  # of them, and as many as its recipe says
SHOTS = 5  # labelled examples per class at which everything is judged
_SCALING = 200, 5  # training tasks and labels per class, over which the inputs of local methods are standardised
_WAVES = 300  # random features of a kernel
_LENGTHS = (2.0, 3.0, 5.0)  # of a kernel, in standard deviations of an input
_EPOCHS = 20  # of the pretrained network


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
    """Return the scenario whose encoded examples have passed through a coupling; its examples are encoded already.

    Raises
    ------
    UserError
        If the scenario's encoding has no inverse.
    """
    encode, decode = scenario.encode, scenario.decode
    if decode is None:
        text = Text(
            en="The encoding of {name} has no inverse, which its Bayes-optimal predictor would need.",
            zh="{name} 的编码不可逆，而贝叶斯最优预测需要其逆变换。",
        )
        raise UserError(text.format(name=scenario.name))
    size = encode(np.ones((1, *scenario.example_shape))).shape[-1]
    coupling = Coupling(size, dial)

    def sample_tasks(rng: np.random.Generator, count: int, novelty: float = 0.0) -> Tasks:
        return CurvedTasks(scenario.sample_tasks(rng, count, novelty), lambda x: coupling(encode(x)))

    def bayes(support: Examples, query_x: Array) -> BayesAnswer:
        in_units = Examples(decode(coupling.inverse(support.x)), support.y)
        return scenario.bayes(in_units, decode(coupling.inverse(query_x)))

    return replace(
        scenario, sample_tasks=sample_tasks, bayes=bayes, encode=lambda x: x, decode=None, example_shape=(size,),
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
        """Predict as `Learner.predict` says."""
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


def _kernel(scenario: Scenario, seed: int, count: int | None) -> Learner:
    """Return random-effects LDA on random Fourier features (Rahimi and Recht 2007), of the best of _LENGTHS."""
    known = _known(scenario, seed, count)
    rng = np.random.default_rng(seed)
    waves, phases = rng.standard_normal((known.x.shape[-1], _WAVES)), rng.uniform(0, 2 * np.pi, _WAVES)

    def features(x: Array, length: float) -> Array:
        return np.concatenate([x, np.cos(x @ waves / length + phases)], axis=-1)

    tried = [OnFeatures.learned(partial(features, length=length), known, scenario.ways) for length in _LENGTHS]
    return _best(tried, scenario, seed)


def _pretrained(scenario: Scenario, seed: int, count: int | None) -> Learner:
    """Return random-effects LDA on what a network has learned that tells apart all classes of all other tasks.

    A good embedding, after Tian et al. (2020, Rethinking few-shot image classification, arXiv 2003.11539).
    """
    known = _known(scenario, seed, count)
    x = known.x.reshape(-1, known.x.shape[-1]).astype(np.float32)
    labels = (np.arange(len(known.y))[:, None] * scenario.ways + known.y).ravel()
    network = MLPClassifier(
        scenario.recipe.hidden,
        batch_size=500,
        max_iter=_EPOCHS,
        learning_rate_init=0.002,
        alpha=1e-6,
        random_state=seed,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(x, labels)

    def features(x: Array) -> Array:
        for kernel, bias in zip(network.coefs_[:-1], network.intercepts_[:-1], strict=True):
            x = np.maximum(x @ kernel + bias, 0)
        return x

    return OnFeatures.learned(features, known, scenario.ways)


def _meta_trained(learner: str, scenario: Scenario, seed: int, count: int | None) -> Learner:
    """Return a meta-learner, trained by its own recipe."""
    recipe = replace(getattr(recipes, learner)(scenario), train_tasks=count)
    *_, last = meta_train(scenario, recipe, seed, chunk=1000)
    return restore(scenario, kept(last.state, recipe))


def _known(scenario: Scenario, seed: int, count: int | None) -> Examples:
    """Return labelled examples of other tasks, as many as the published simple statistics see."""
    return hierarchical.other_tasks(scenario, seed, count or hierarchical.OTHER_TASKS, scenario.max_shots)


def _best(tried: Sequence[Learner], scenario: Scenario, seed: int) -> Learner:
    """Return the best of several learners on training tasks."""
    episode = next(episode for shots, episode in tuning.tuning_episodes(scenario, seed) if shots == SHOTS)
    return max(tried, key=lambda learner: float(tuning.quality(scenario, learner.predict(episode), episode)))


_LOCAL = ("lda", "logistic", "neighbours", "gaussian_process", "gaussian_process_linear")
_META_LEARNERS = (META_LEARNED, "ridge")
_PRIORS = ("pooled_covariance_lda", "random_effects_lda", "random_effects_logistic")
# By what is compared, the methods of which the best one counts.
METHODS: dict[str, dict[str, Callable[[Scenario, int, int | None], Learner]]] = {
    "local": {learner: partial(_local, learner) for learner in _LOCAL},
    "linear": {learner: partial(_prior, learner, "encoded") for learner in _PRIORS},
    "squares": {learner: partial(_prior, learner, "quadratic") for learner in _PRIORS[1:]},
    "kernel": {"random_effects_lda": _kernel},
    "pretrained": {"random_effects_lda": _pretrained},
    **{learner: {learner: partial(_meta_trained, learner)} for learner in _META_LEARNERS},
    "bayes": {"bayes": lambda scenario, seed, count: Bayes(scenario)},
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
    """Measure what is not kept yet in the folder `kept`.

    Raises
    ------
    UserError
        If the scenario's encoding has no inverse, or a meta-learner's weights are missing.
    """
    curved(scenario, 0.0)  # before anything is measured
    fitting.load_all(scenario, _META_LEARNERS)
    all_tasks = scenario.recipe.train_tasks
    seen = dict.fromkeys(_META_LEARNERS, all_tasks)
    jobs = {
        (group, method, dial, seen.get(group)): _job(scenario, group, method, dial, seen.get(group), protocol)
        for group, methods in METHODS.items()
        for method in methods
        for dial in dials
    }
    fewer = {(META_LEARNED, META_LEARNED, AT, count): count for count in counts}
    jobs |= {of: _job(scenario, *of, protocol) for of in fewer}
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
    scenario_name: str, group: str, method: str, dial: float, count: int | None, protocol: Mapping[str, int]
) -> dict[str, Any]:
    """Return the scores of each task at a position of the dial, with so many other tasks, for JSON.

    At 0 nothing is curved, and the bundled meta-learners answer.
    """
    straight, at = scenario_named(scenario_name), EvaluationProtocol(**protocol)
    scenario = curved(straight, dial)
    is_bundled = dial == 0 and group in _META_LEARNERS
    learner = fitting.load(straight, method) if is_bundled else METHODS[group][method](scenario, at.seed, count)
    episode = fresh_episode(scenario, shots=SHOTS, **asdict(at))
    return {"scores": scenario.metric.compute(learner.predict(episode), episode.query.y).tolist()}


def _job(
    scenario: Scenario, group: str, method: str, dial: float, count: int | None, protocol: EvaluationProtocol
) -> CachedJob:
    """Return the measurement of one method at one position of the dial."""
    name = f"{scenario.name}.curved-{dial:g}.{group}.{method}" + (f".{count}-tasks" if count else "")
    return CachedJob(
        name,
        measured,
        (scenario.name, group, method, dial, count, asdict(protocol)),
        f"{made_from(scenario, (method,) if dial == 0 and group in _META_LEARNERS else ())} {WAVE_NUMBER}",
        lambda kept: len(kept.get("scores", ())) == protocol.tasks,
    )
