"""A user's own meta-training in this visit, a chunk of meta-steps at a time, and the use of its result."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import streamlit as st

from dashboard.engine import ENGINE, Job
from dashboard.long_work import Kept, LongWork
from dashboard.remote import user_training_chunks
from scenarios.demo.user_training import ReferenceScores, TrainingConfig, TrainingState

_OWN = "the reader's own learner"


@dataclass(frozen=True)
class Training(LongWork):
    """A training, as far as it is."""

    choice: TrainingConfig
    reached: TrainingState | None = None  # after the last chunk
    history: tuple[tuple[int, float, float], ...] = ()  # after each chunk: meta-steps, loss, score
    reference: Job[ReferenceScores] | None = None  # other methods' scores on its test tasks

    @property
    def steps(self) -> int:
        return self.reached.steps if self.reached else 0

    @property
    def done(self) -> bool:
        return self.steps >= self.choice.meta_steps

    @property
    def restless(self) -> bool:
        return super().restless or (self.reference is not None and not self.reference.wait(0))

    @property
    def seconds_left(self) -> float | None:
        """Of computing; None before the first chunk."""
        return (self.choice.meta_steps - self.steps) * self.reached.pace if self.reached else None

    def next_job(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return user_training_chunks.train_on, (self.choice, self.reached.state if self.reached else None)

    def once_begun(self) -> Self:
        reference = self.reference or ENGINE.ask(user_training_chunks.reference_scores, self.choice.scenario)
        return replace(self, reference=reference)

    def with_answer(self, answer: TrainingState, seconds: float) -> Self:  # noqa: ARG002
        return replace(self, reached=answer, history=(*self.history, (answer.steps, answer.loss, answer.score)))


@dataclass(frozen=True)
class Own:
    """A model that the user trained and chose for their pages."""

    choice: TrainingConfig
    steps: int
    weights: bytes


_KEPT = Kept[Training]("the reader's training")
pause, resume, cancel, current, look = _KEPT.pause, _KEPT.resume, _KEPT.cancel, _KEPT.current, _KEPT.look


def begin(choice: TrainingConfig) -> None:
    """Start a training."""
    _KEPT.begin(Training(choice))


def use() -> None:
    """Show the user's own model on this visit's pages, instead of the bundled one."""
    training = current()
    if training and training.reached:
        st.session_state[_OWN] = Own(training.choice, training.steps, training.reached.weights)


def own(scenario_name: str) -> Own | None:
    """Return the user's own model, if the visit uses one for this scenario."""
    own_model: Own | None = st.session_state.get(_OWN)
    return own_model if own_model and own_model.choice.scenario == scenario_name else None


def give_back() -> None:
    """Use the shipped model again."""
    st.session_state.pop(_OWN, None)
