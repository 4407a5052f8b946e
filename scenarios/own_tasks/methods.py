"""Methods that are compared on a table, and their fitting: everything is chosen inside the training tasks.

A method makes candidates: the same with other hyperparameters, other inputs or after another number of meta-steps. What
a candidate answers for tasks that it has not learned from decides which one is used, for each number of labels, and how
its probabilities are calibrated. The chosen one then learns from all training tasks. Fresh tasks, on which the
hyperparameters of our scenarios are chosen, a table does not have.
"""

import time
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import islice
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from scenarios.episode import Episode
from scenarios.errors import UserError
from scenarios.learner import Learner
from scenarios.learners import calibration, familiarity, hierarchical, inputs, meta_learned, resuming
from scenarios.learners.classical import CLASSICAL, Choice, PerTask
from scenarios.learners.discriminant import ClassMeansPrior
from scenarios.learners.registry import REGISTRY
from scenarios.meta_learner.meta_train import Pool, draw_pool, first_state, next_chunk
from scenarios.meta_learner.weights import Checkpoint
from scenarios.metrics import MSE
from scenarios.own_tasks import judging
from scenarios.own_tasks.contenders import POOLED_LINEAR, POOLED_TREES, kind_of
from scenarios.own_tasks.judging import Trials
from scenarios.own_tasks.slices import Slice
from scenarios.own_tasks.source import TaskData
from scenarios.own_tasks.table_tasks import label_counts, largest_shots, rows_by_class, table_scenario
from scenarios.recipe import Recipe, interned
from scenarios.scenario import Scenario
from scenarios.task import Array, Examples, Labels
from scenarios.text import Text

TUNING_TRIALS = 48  # over all training tasks, at each number of labels
_MOST_REPEATS = 12
_MOST_TUNED = 60  # training tasks on which a local method, which takes as long for each of them, is tuned
_INNER_FOLDS = 5
_HALF_SURE = 5  # labels per class that explain half of a task's deviation, for its weight in a prior
_FEWEST_LABELS, _MOST_LABELS = 2, 50  # of each class that a prior sees in each task
_PRIOR_STREAM = 405  # stream of random numbers that choose them
_MOST_ROWS = 20_000  # most rows of all tasks for one model of all
_MOST_INPUTS, _MOST_EFFECTS = 150, 400  # of a kind that is made of the inputs, and of a prior's class means
_THINNED = ("gaussian_process",)  # local methods that are slow: every second hyperparameter is tried
_PENALTIES = (0.001, 0.01, 0.1, 1.0, 10.0)
_TREE_COUNTS = (30, 100, 300)
# Steps after which a meta-learner is evaluated on held-out tasks. Training ends when it has not become
# better _PATIENCE times in a row.
_META_STEPS = (100, 250, 500, 1000, 2000, 4000, 8000)
_PATIENCE = 2
_POOL = 600  # episodes that meta-training draws from
_HELD_OUT, _MOST_HELD_OUT = 0.25, 25  # share and number of training tasks held out for early stopping
_SEED = 0
_QUERIES = 100  # query rows that a network is compiled for, or a multiple
_AT_ONCE = 20  # meta-steps between checks of the time
_CHOOSING, _OF_CHOOSING = "choosing", 0.7  # a phase of fitting, and about its share of the effort

_TOO_SMALL = Text(en="too few training tasks have enough rows of each class", zh="每类行数足够的训练任务太少")
_TOO_WIDE = Text(en="the table has too many inputs for this method", zh="对这种方法来说，表格的输入太多")
UNSOLVED = Text(en="its equations have no solution on these rows", zh="在这些行上方程无解")


@dataclass(frozen=True, eq=False)
class World:
    """A method's view of a table: some training tasks, and the encoding fitted to them.

    Parameters
    ----------
    data : TaskData
        All rows; for regression, labels have mean 0 and deviation 1 over training rows.
    training : (tasks,)
        The training tasks.
    shots : tuple of int
        The numbers of labels per class for which a method is fitted.
    seed : int
        Of everything random.
    work : Slice
        The slice, with its time limit and the results of earlier slices.
    """

    data: TaskData
    training: Labels
    shots: tuple[int, ...]
    seed: int
    work: Slice = field(default_factory=Slice)

    def scenario(self, tasks: Labels, max_shots: int, *, repeats: bool, recipe: Recipe | None = None) -> Scenario:
        """Return some tasks as a scenario."""
        return table_scenario(self.data, tasks, "own", max_shots, repeats=repeats, recipe=recipe)

    def trials(self, tasks: Labels, shots: int, repeats: int) -> Trials:
        """Return trials of tasks with the world's room for labels."""
        return judging.trials(
            self.plain, self.data, tasks, shots, repeats=repeats, seed=self.seed, room=max(self.shots)
        )

    @cached_property
    def plain(self) -> Scenario:
        """The scenario by which examples are encoded and scored: nothing is sampled from it."""
        return table_scenario(self.data, [], "own", 1, repeats=False)


# From the world, tasks to learn from and the names of wanted candidates (None: all) to the candidates.
Make = Callable[[World, Labels, Collection[str] | None], Mapping[str, Learner]]


@dataclass(frozen=True)
class Method:
    """The candidates of a method, and the training tasks on which they are evaluated.

    Parameters
    ----------
    make : callable
        See `Make`.
    split : {"none", "folds", "once"}
        Whether candidates are evaluated on their own training tasks, because they hardly learn from them; by
        cross-validation over tasks; or on a part of the tasks that is held out.
    is_one_choice : bool
        Whether the same candidate answers with any number of labels.
    """

    make: Make
    split: Literal["none", "folds", "once"]
    is_one_choice: bool = False


@dataclass(frozen=True, eq=False)
class FittedMethod:
    """A method that was fitted to training tasks.

    Parameters
    ----------
    learners : dict of Learner
        By the number of labels.
    calibrations : dict of array
        By the number of labels; none for regression.
    choices : dict of str
        The candidate at each number of labels.
    seconds : float
        That it took.
    """

    learners: Mapping[int, Learner]
    calibrations: Mapping[int, Array]
    choices: Mapping[int, str]
    seconds: float

    def predict(self, episode: Episode) -> Array:
        """Predict as `Learner.predict`, with the choices of the nearest number of labels."""
        shots = _nearest(self.learners, episode.shots)
        answer = self.learners[shots].predict(episode)
        return calibration.calibrated(self.calibrations[shots], answer) if shots in self.calibrations else answer


def _nearest(known: Collection[int], shots: int) -> int:
    return min(known, key=lambda each: abs(np.log(each / shots)))


def fit(world: World, name: str) -> FittedMethod:
    """Fit a method to the training tasks of a world.

    Raises
    ------
    UserError
        If it cannot learn from them, with the reason.
    TimeIsOverError
        If the world's slice of time ends before.
    """
    method, work, began = _method(name), world.work, time.perf_counter()
    before = float(work.kept.get("seconds", 0.0))
    try:
        choices, calibrations = work.once("choices", partial(_chosen, world, method))
        work.forget(_CHOOSING)
        work.reach(_OF_CHOOSING)
        made = method.make(world, world.training, set(choices.values()))
    finally:
        work.kept["seconds"] = before + time.perf_counter() - began
    learners = {k: made[choice] for k, choice in choices.items()}
    return FittedMethod(learners, calibrations, choices, work.once("fitted", lambda: work.kept["seconds"]))


def _chosen(world: World, method: Method) -> tuple[dict[int, str], dict[int, Array]]:
    """Return the candidate at each number of labels, and its calibration."""
    splits = _splits(world, method)
    asked = sum(map(len, splits))
    repeats = int(np.clip(-(-TUNING_TRIALS // asked), 1, _MOST_REPEATS))
    allowed = {k: judging.allowing(world.data, world.training, k) for k in world.shots}
    shots = [k for k, tasks in allowed.items() if len(tasks) > 1] or [min(world.shots)]
    known = {k: world.trials(allowed[k], k, repeats) for k in shots if len(allowed[k])}
    if not known:
        raise UserError(_TOO_SMALL)
    answers: dict[int, dict[str, Array]] = {k: {} for k in known}
    judged = {k: np.zeros(len(each.task), bool) for k, each in known.items()}
    for place, held in enumerate(splits):
        asked_of = {k: each.of(held) for k, each in known.items()}
        episodes = {k: judging.part_of(known[k].episode, which) for k, which in asked_of.items() if which.any()}
        for (k, candidate), part in _answers(world, method, place, held, episodes).items():
            _fill(answers[k], candidate, asked_of[k], part)
        for k in episodes:
            judged[k] |= asked_of[k]
        world.work.reach(_OF_CHOOSING * (place + 1) / len(splits))
    choices = _choices(world, method, known, answers, judged)
    calibrations = {}
    if world.data.classes:
        for k, choice in choices.items():
            which = judged[k]
            calibrations[k] = calibration.fit_calibration(
                answers[k][choice][which], known[k].episode.query.y[which]
            )  # padding repeats rows until classes are even
    return choices, calibrations


def _answers(
    world: World, method: Method, place: int, held: Labels, episodes: Mapping[int, Episode]
) -> dict[tuple[int, str], Array]:
    """Return the candidates' predictions for held-out tasks, by the number of labels and the candidate."""
    work = world.work
    if method.split == "none":  # making them takes no time, which their answers do
        made, found = method.make(world, world.training, None), dict[tuple[int, str], Array | None]()
        for k, episode in episodes.items():
            for candidate, learner in made.items():
                found[k, candidate] = work.once((_CHOOSING, k, candidate), partial(_answer, learner, episode))
                work.reach(_OF_CHOOSING * len(found) / len(episodes) / len(made))
    else:
        found = work.once((_CHOOSING, place), partial(_all_answers, world, method, held, episodes))
    return {key: answer for key, answer in found.items() if answer is not None}


def _all_answers(
    world: World, method: Method, held: Labels, episodes: Mapping[int, Episode]
) -> dict[tuple[int, str], Array | None]:
    made = method.make(world, np.setdiff1d(world.training, held), None)
    return {
        (k, candidate): _answer(learner, episode)
        for k, episode in episodes.items()
        for candidate, learner in made.items()
    }


def _answer(learner: Learner, episode: Episode) -> Array | None:
    """Return a candidate's predictions; None if it fails, so that it is not chosen."""
    with suppress(np.linalg.LinAlgError):
        return learner.predict(episode)
    return None


def _splits(world: World, method: Method) -> list[Labels]:
    order = np.random.default_rng([_SEED, world.seed, 1]).permutation(world.training)
    if method.split == "none":
        return [np.sort(order[:_MOST_TUNED])]
    if method.split == "folds":
        return [each for each in np.array_split(order, min(_INNER_FOLDS, len(order))) if len(each)]
    able = [task for task in order if largest_shots(world.data)[task] >= min(world.shots)]
    count = min(max(2, round(_HELD_OUT * len(able))), _MOST_HELD_OUT)
    return [np.array(able[:count])]


def _fill(answers: dict[str, Array], candidate: str, which: NDArray[np.bool_], part: Array) -> None:
    if candidate not in answers:
        answers[candidate] = np.full((len(which), *part.shape[1:]), np.nan)
    answers[candidate][which] = part


def _choices(
    world: World,
    method: Method,
    known: Mapping[int, Trials],
    answers: Mapping[int, Mapping[str, Array]],
    judged: Mapping[int, NDArray[np.bool_]],
) -> dict[int, str]:
    """Return the best candidate at each number of labels, of those with predictions for all held-out tasks."""
    found: dict[int, dict[str, float]] = {}
    for k, each in known.items():
        which = judged[k]
        if not which.any():
            continue
        qualities = {
            candidate: _mean_score(world, answer[which], each, which) for candidate, answer in answers[k].items()
        }
        found[k] = {candidate: quality for candidate, quality in qualities.items() if np.isfinite(quality)}
    if not any(found.values()):
        raise UserError(UNSOLVED)
    if not method.is_one_choice:
        return {k: max(each, key=lambda name: each[name]) for k, each in found.items() if each}
    names = set.intersection(*(set(each) for each in found.values()))
    best = max(sorted(names), key=lambda name: _overall(world, [each[name] for each in found.values()]))
    return dict.fromkeys(found, best)


def _mean_score(world: World, answers: Array, trials: Trials, which: NDArray[np.bool_]) -> float:
    """Return the mean score over tasks of answers for some trials; more is better."""
    metric = world.plain.metric
    values = judging.scores(metric.id, answers, trials.episode.query.y[which], trials.weight[which])
    return metric.sign * float(judging.by_task(values, trials.task[which])[1].mean())


def _quality(world: World, learner: Learner, trials: Trials) -> float:
    return _mean_score(world, learner.predict(trials.episode), trials, np.ones(len(trials.task), bool))


def _overall(world: World, qualities: Sequence[float]) -> float:
    """Return one figure for a candidate's scores at several numbers of labels; of errors, their ratios count."""
    values = np.array(qualities)
    return float(-np.log(1e-12 - values).sum() if world.plain.metric.id == MSE.id else values.sum())


# -- local methods -----------------------------------------------------------------------------------------------------


def _local(name: str) -> Method:
    method = CLASSICAL[name]

    def make(world: World, tasks: Labels, _: Collection[str] | None) -> dict[str, Learner]:
        seen = inputs.fitted(world.plain, "encoded", _whole(world.data, tasks))
        return {
            f"{method.setting} {setting:g}": PerTask(method, meta_learned.always(Choice(setting, seen.of)))
            for setting in method.choices[:: 2 if name in _THINNED else 1]
        }

    return Method(make, "none")


def _whole(data: TaskData, tasks: Labels) -> Examples:
    """Return all rows of some tasks as if they were of one."""
    rows = np.flatnonzero(np.isin(data.task, tasks))
    return Examples(data.x[rows][None], data.y[rows][None])


# -- one model for all tasks -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OneForAll:
    """A model of scikit-learn's for all tasks, which sees none of a new task's labels."""

    model: Any

    def predict(self, episode: Episode) -> Array:
        """Predict, see `Learner.predict`."""
        x = episode.query.x
        flat = x.reshape(-1, x.shape[-1]).astype(float)
        if episode.ways == 1:
            number: Array = self.model.predict(flat).reshape(*x.shape[:-1], 1)
            return number
        answer = np.zeros((len(flat), episode.ways))
        answer[:, self.model.classes_] = self.model.predict_proba(flat)
        return answer.reshape(*x.shape[:-1], episode.ways)


def _one_for_all(make_candidates: Callable[[World, Array, Labels, Collection[str] | None], dict[str, Any]]) -> Method:
    """Return a method of models that are fitted to inputs (rows, d) and labels (rows,) of all tasks together."""

    def make(world: World, tasks: Labels, wanted: Collection[str] | None) -> dict[str, Learner]:
        rows = np.flatnonzero(np.isin(world.data.task, tasks))
        if len(rows) > _MOST_ROWS:
            rows = np.random.default_rng([_SEED, world.seed]).choice(rows, _MOST_ROWS, replace=False)
        models = make_candidates(world, world.data.x[rows].astype(float), world.data.y[rows], wanted)
        return {name: OneForAll(model) for name, model in models.items()}

    return Method(make, "folds", is_one_choice=True)


def _linear(world: World, x: Array, y: Labels, wanted: Collection[str] | None) -> dict[str, Any]:
    made = {}
    for c in _PENALTIES:
        if wanted is None or f"{c:g}" in wanted:
            model = (
                LogisticRegression(C=c, max_iter=2000, class_weight="balanced")
                if world.data.classes
                else Ridge(alpha=1 / c)
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                made[f"{c:g}"] = model.fit(x, y)
    return made


def _trees(world: World, x: Array, y: Labels, wanted: Collection[str] | None) -> dict[str, Any]:
    """Return boosted trees of each size. The trees of a small model are the first ones of the largest."""
    counts = [count for count in _TREE_COUNTS if wanted is None or str(count) in wanted]
    kind = (
        partial(HistGradientBoostingClassifier, class_weight="balanced")
        if world.data.classes
        else HistGradientBoostingRegressor
    )
    model = kind(
        max_iter=counts[-1], learning_rate=0.05, max_leaf_nodes=15, early_stopping=False, random_state=_SEED
    ).fit(x, y)
    return {str(count): _FirstTrees(model, count) for count in counts[:-1]} | {str(counts[-1]): model}


@dataclass(frozen=True)
class _FirstTrees:
    """A model of boosted trees without those after the first `count`."""

    model: Any
    count: int

    @property
    def classes_(self) -> Labels:
        classes: Labels = self.model.classes_
        return classes

    def predict(self, x: Array) -> Array:
        return self._last(self.model.staged_predict(x))

    def predict_proba(self, x: Array) -> Array:
        return self._last(self.model.staged_predict_proba(x))

    def _last(self, stages: Iterator[Array]) -> Array:
        return next(islice(stages, self.count - 1, None))


# -- priors ------------------------------------------------------------------------------------------------------------


def prior_rows(data: TaskData, tasks: Labels, seed: int) -> Examples:
    """Return labelled rows of tasks that a prior is learned from: as many of each class, those of small tasks left out.

    Nothing is predicted for these tasks: no row has to be left as a query. Raises UserError if no task has two rows of
    each class, without which there is no variance within a class.
    """
    tasks, fewest = np.asarray(tasks), label_counts(data)[tasks].min(1)
    each = _labels_each(fewest)
    rng, rows = np.random.default_rng([_PRIOR_STREAM, seed]), list[Labels]()
    for task in tasks[fewest >= each]:
        orders = [rng.permutation(of_class)[:each] for of_class in rows_by_class(data, int(task))]
        rows.append(np.stack(orders, axis=1).ravel())
    return Examples(data.x[rows], data.y[rows])


def _labels_each(fewest: Labels) -> int:
    """Return the rows of each class that a prior sees in each task, of tasks with at least that many: (tasks,).

    More rows are more informative about each task, L / (L + 5), but fewer tasks have them.
    """
    most = np.minimum(fewest, _MOST_LABELS)
    options = np.unique(most[most >= _FEWEST_LABELS])
    if not len(options):
        raise UserError(_TOO_SMALL)
    return int(max(options, key=lambda labels: (most >= labels).sum() * labels / (labels + _HALF_SURE)))


def _prior(name: str) -> Method:
    def make(world: World, tasks: Labels, wanted: Collection[str] | None) -> dict[str, Learner]:
        scenario, known = world.plain, prior_rows(world.data, tasks, world.seed)
        made: dict[str, Learner] = {}
        for kind in inputs.suitable(scenario):
            if (wanted is None or kind in wanted) and _is_small_enough(scenario, name, kind):
                made[kind] = hierarchical.learn_from(scenario, name, kind, known)
        if not made:
            raise UserError(_TOO_WIDE)
        return made

    return Method(make, "folds")


def _is_small_enough(scenario: Scenario, name: str, kind: str) -> bool:
    """Return whether a kind of input is one for this method and table; units are the encoded ones again."""
    d = len(scenario.features)
    size = {"quadratic": d * (d + 3) // 2, "splines": d * (d + 3) // 2 + 8 * d + 45, "curve": 16}.get(kind, d)
    if kind == "units" or not hierarchical.METHODS[name].suits(scenario, kind, size):
        return False
    if kind == "splines":
        return size <= 2 * _MOST_INPUTS
    return size * scenario.ways <= _MOST_EFFECTS and (kind == "encoded" or size <= _MOST_INPUTS)


# -- networks ----------------------------------------------------------------------------------------------------------


def _network(name: str) -> Method:
    def make(world: World, tasks: Labels, wanted: Collection[str] | None) -> dict[str, Learner]:
        most = _meta_shots(world)
        able = judging.allowing(world.data, tasks, most)
        if len(able) < 2:
            raise UserError(_TOO_SMALL)
        steps = [step for step in _META_STEPS if wanted is None or str(step) in wanted]
        scenario = world.scenario(able, most, repeats=True, recipe=_base_recipe(world, most, steps[-1]))
        training = _Training(world, scenario, _recipe_of(name, scenario, steps[-1]), wanted is None)
        held = _held_trials(world, np.setdiff1d(world.training, tasks)) if wanted is None else []
        made: dict[str, Learner] = {}
        qualities: list[float] = []
        for step in steps:
            checkpoint = training.after(step, _likely_end(qualities) if held else steps[-1])
            learner = made[str(step)] = Padded(meta_learned.restore(scenario, checkpoint), checkpoint)
            if held:
                found = partial(_overall_quality, world, learner, held)
                qualities.append(world.work.once((_CHOOSING, "quality", step), found))
                if len(qualities) - 1 - int(np.argmax(qualities)) >= _PATIENCE:
                    break
        return made

    return Method(make, "once", is_one_choice=True)


def _likely_end(qualities: Sequence[float]) -> int:
    """Return the steps after which training ends if it does not become better any more."""
    best = int(np.argmax(qualities)) if qualities else 0
    return _META_STEPS[min(best + _PATIENCE, len(_META_STEPS) - 1)]


def _overall_quality(world: World, learner: Learner, held: Sequence[Trials]) -> float:
    return _overall(world, [_quality(world, learner, each) for each in held])


@dataclass(frozen=True, eq=False)
class _Training:
    """A meta-training that resumes from the previous slice.

    Parameters
    ----------
    world : World
    scenario : Scenario
        Its training tasks as a scenario.
    recipe : Recipe
    is_choosing : bool
        Whether it chooses the number of steps, or learns from all training tasks.
    """

    world: World
    scenario: Scenario
    recipe: Recipe
    is_choosing: bool

    @property
    def _phase(self) -> str:
        return _CHOOSING if self.is_choosing else "learning"

    @cached_property
    def _pool(self) -> Pool:
        return draw_pool(self.scenario, self.recipe, self.world.seed)

    def after(self, step: int, likely_end: int) -> Checkpoint:
        """Return the weights after a number of meta-steps. Raises TimeIsOverError."""
        arrays = self.world.work.once((self._phase, "weights", step), partial(self._train, step, likely_end))
        return Checkpoint(arrays, {"settings": self.recipe.as_dict()})

    def _train(self, step: int, likely_end: int) -> dict[str, Array]:
        work, name = self.world.work, (self._phase, "state")
        begun = work.kept.get(name)
        seed, ways = self.world.seed, self.scenario.ways
        state = resuming.from_arrays(begun) if begun else first_state(self.scenario, self.recipe, seed)
        try:
            while int(state.step) < step:
                size = min(_AT_ONCE, step - int(state.step))
                chunk = partial(next_chunk, state, self._pool, self.recipe, seed, ways=ways, size=size)
                state = work.step(chunk).state
                done = min(int(state.step) / likely_end, 1.0)
                work.reach(_OF_CHOOSING * done if self.is_choosing else _OF_CHOOSING + 0.9 * (1 - _OF_CHOOSING) * done)
        finally:
            work.kept[name] = resuming.as_arrays(state)
        return meta_learned.kept(state, self.recipe).arrays


def _held_trials(world: World, held: Labels) -> list[Trials]:
    """Return trials of held-out tasks at each number of labels that they allow."""
    repeats = int(np.clip(-(-TUNING_TRIALS // max(len(held), 1)), 1, _MOST_REPEATS))
    allowed = {k: judging.allowing(world.data, held, k) for k in world.shots}
    return [world.trials(tasks, k, repeats) for k, tasks in allowed.items() if len(tasks)]


def _base_recipe(world: World, max_shots: int, steps: int) -> Recipe:
    """Return the recipe of MAML on a table; without decay, so that it can be evaluated and stopped early."""
    is_number = not world.data.classes
    return Recipe(
        inner_steps=5 if is_number else 2,
        inner_lr=0.01 if is_number else 0.1,
        learn_rates="weight",
        meta_steps=steps,
        train_tasks=_POOL,
        max_shots=max_shots,
        outer_decay=False,
    )


def _recipe_of(name: str, scenario: Scenario, steps: int) -> Recipe:
    if name == "pooled":
        recipe = replace(scenario.recipe, inner_steps=0, learn_rates="")
    else:
        make = REGISTRY[name].recipe
        if make is None:
            raise ValueError(f"{name} has no recipe")
        recipe = make(scenario)
    return interned(replace(recipe, meta_steps=steps))


def _meta_shots(world: World) -> int:
    """Return the most labels per class of the support sets of meta-training, for which four tasks in five have rows.

    It is the same while the steps are chosen and afterwards: nothing is compiled twice.
    """
    most = largest_shots(world.data)[world.training]
    fitting = [k for k in world.shots if (most >= k).mean() >= 0.8]
    return max(fitting, default=int(max(1, np.quantile(most[most > 0], 0.2))) if (most > 0).any() else 1)


@dataclass(frozen=True)
class Padded:
    """A network's learner that sees few different shapes, so that hardly anything is compiled again.

    Each call has `at_once` tasks, and query rows in multiples of _QUERIES. `learned` is what a file keeps of it.
    """

    learner: Learner
    learned: Checkpoint
    at_once: int = 48

    def predict(self, episode: Episode) -> Array:
        """Predict, see `Learner.predict`."""
        parts, queries = [], episode.query.y.shape[1]
        rows = np.minimum(np.arange(-(-queries // _QUERIES) * _QUERIES), queries - 1)
        padded = replace(episode, query=Examples(episode.query.x[:, rows], episode.query.y[:, rows]))
        for begin in range(0, episode.tasks, self.at_once):
            places = np.minimum(np.arange(begin, begin + self.at_once), episode.tasks - 1)
            parts.append(self.learner.predict(judging.part_of(padded, places)))
        return np.concatenate(parts)[: episode.tasks, :queries]


def _method(name: str) -> Method:
    return METHODS[kind_of(name)](name)


METHODS: dict[str, Callable[[str], Method]] = {
    "local": _local,
    "prior": _prior,
    "network": _network,
    POOLED_LINEAR: lambda name: _one_for_all(_linear),
    POOLED_TREES: lambda name: _one_for_all(_trees),
}


def strangeness(world: World, name: str, episode: Episode) -> Array | None:
    """Return how strange each task's labelled rows are to a prior with random effects: (tasks,).

    Of classes, it is the squared Mahalanobis distance of the means of their rows from the prior; of numbers, that of
    the labels. The prior is always of the encoded inputs, so that the figures of several folds can be compared. None if
    there are too many of them.
    """
    scenario, known = world.plain, prior_rows(world.data, world.training, world.seed)
    if not _is_small_enough(scenario, name, "encoded"):
        return None
    model = hierarchical.learn_from(scenario, name, "encoded", known)
    if not isinstance(model.prior, ClassMeansPrior):
        return familiarity.statistic(model, episode)
    rows = episode.raw.support.y.shape[1]
    x, members = model.inputs.of(episode)[0][:, :rows], np.eye(episode.ways)[episode.support.y[:, :rows]]
    counts = members.sum(1)
    means = np.einsum("tnc,tnd->tcd", members, x) / counts[..., None]
    noise = np.kron(np.diag(1 / counts[0]), model.prior.within)  # all tasks have as many rows of each class
    off = means.reshape(len(x), -1) - model.prior.mean
    distances: Array = (off * np.linalg.solve(model.prior.between + noise, off.T).T).sum(1)  # type: ignore[operator]
    return distances
