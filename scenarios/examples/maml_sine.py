"""MAML on sine waves (Finn, Abbeel and Levine 2017, arXiv 1703.03400), with the names of this library.

Every task is a sine wave of its own amplitude and phase. MAML meta-learns an initialisation from which a few gradient
steps on ten points fit a new wave. Run it with `python -m scenarios.examples.maml_sine`: about a minute on two cores.
"""

from dataclasses import replace

from scenarios import tensorflow_settings

tensorflow_settings.settle()  # before anything imports TensorFlow

from scenarios.catalog import SCENARIOS  # noqa: E402
from scenarios.evaluation.curves import fresh_episode  # noqa: E402
from scenarios.evaluation.statistics import mean_with_interval  # noqa: E402
from scenarios.learner import Learner  # noqa: E402
from scenarios.learners.baselines import Bayes  # noqa: E402
from scenarios.learners.meta_learned import kept, restore  # noqa: E402
from scenarios.meta_learner.meta_train import first_state, meta_train  # noqa: E402

SHOTS = 10  # labelled points of a new task


def main(meta_steps: int = 2_000, inner_steps: int = 5, test_tasks: int = 200, seed: int = 0) -> dict[str, float]:
    """Meta-train, adapt to test tasks, and print the mean squared errors.

    Parameters
    ----------
    meta_steps : int
        Steps of the outer loop.
    inner_steps : int
        Gradient steps on a task's support set.
    test_tasks : int
        Tasks that are evaluated, none of which was trained on.
    seed : int
        Seed of the training tasks, the initial weights and the test tasks.

    Returns
    -------
    dict of str to float
        The mean squared error of each method.
    """
    scenario = SCENARIOS["sine"]
    recipe = replace(scenario.recipe, inner_steps=inner_steps, meta_steps=meta_steps, train_tasks=2_000)

    # The outer loop: Adam on the query loss after adaptation. Training can continue from every state.
    state = first_state(scenario, recipe, seed)
    untrained = restore(scenario, kept(state, recipe))
    for progress in meta_train(scenario, recipe, seed, state=state):
        state = progress.state
        print(f"\r{progress.done:4.0%}  query loss {progress.loss:.3f}", end="", flush=True)

    # The inner loop: `predict` adapts to each task's support set, then predicts its query set.
    episode = fresh_episode(scenario, tasks=test_tasks, shots=SHOTS, queries=100, seed=seed)
    methods: dict[str, Learner] = {
        "MAML": restore(scenario, kept(state, recipe)),
        "same steps from a random initialisation": untrained,
        "Bayes-optimal predictor": Bayes(scenario),
    }
    errors = {}
    print(f"\nMean squared error with {SHOTS} points, mean [95% CI] of {test_tasks} test tasks:")
    for name, learner in methods.items():
        error = mean_with_interval(scenario.metric.compute(learner.predict(episode), episode.query.y))
        errors[name] = error.mean
        print(f"  {name:40} {error.mean:6.3f} [{error.low:.3f}, {error.high:.3f}]")
    return errors


if __name__ == "__main__":
    main()
