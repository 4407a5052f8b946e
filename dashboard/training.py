"""A reader's own meta-training in this visit: the worker does one chunk at a time, and what it made is kept here.

The next chunk begins when somebody looks. A page that is left therefore keeps its training where it is, and all that
goes on without a reader is the chunk that had begun. When the visit ends, everything goes with it.
"""

import logging
import time
from dataclasses import dataclass, replace

import streamlit as st

from dashboard import words, work
from dashboard.engine import ENGINE, Job
from scenarios.errors import ReaderError
from scenarios.study.own_training import Choice, Stand
from scenarios.text import Text

_TRAINING, _OWN = "the reader's training", "the reader's own learner"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Training:
    """How far it is, and what it waits for."""

    choice: Choice
    running: bool = True
    stand: Stand | None = None  # after the last chunk
    seen: tuple[tuple[int, float, float], ...] = ()  # after each chunk: meta-steps, loss, score
    job: Job | None = None  # the chunk that is being done
    asked: float = 0.0  # when that was asked for, in seconds of the monotonic clock
    yardstick: Job | None = None  # what others make of the tasks that it is judged on
    trouble: Text | None = None  # why it stopped by itself

    @property
    def steps(self) -> int:
        return self.stand.steps if self.stand else 0

    @property
    def done(self) -> bool:
        return self.steps >= self.choice.meta_steps

    @property
    def restless(self) -> bool:
        """Whether another look may find something new."""
        awaited = self.yardstick is not None and not self.yardstick.wait(0)
        return self.running or self.job is not None or awaited

    @property
    def seconds_left(self) -> float | None:
        """Of computing; None before the first chunk."""
        return (self.choice.meta_steps - self.steps) * self.stand.pace if self.stand else None

    @property
    def waiting(self) -> float:
        """For how many seconds a chunk has been awaited."""
        return time.monotonic() - self.asked if self.job else 0.0


@dataclass(frozen=True)
class Own:
    """A learner that its reader trained and wants to see on their pages."""

    choice: Choice
    steps: int
    weights: bytes


def begin(choice: Choice) -> None:
    _keep(Training(choice))


def pause() -> None:
    """No chunk is begun any more; what the one that runs makes is kept."""
    training = current()
    if training:
        _keep(replace(training, running=False))


def resume() -> None:
    training = current()
    if training:
        _keep(replace(training, running=not training.done, trouble=None))


def cancel() -> None:
    """Throw the training away, with what a chunk that still runs will make."""
    training = current()
    if training and training.job:
        training.job.leave()
    st.session_state.pop(_TRAINING, None)


def current() -> Training | None:
    training: Training | None = st.session_state.get(_TRAINING)
    return training


def look() -> Training | None:
    """Take what the worker has made, and have it go on. Call it again and again while the training is looked at."""
    training = current()
    if training is None:
        return None
    training = _onwards(_taken(training))
    _keep(training)
    return training


def _taken(training: Training) -> Training:
    if training.job is None or not training.job.wait(0):
        return training
    try:
        stand: Stand = training.job.answer()
    except ReaderError as error:
        return replace(training, job=None, running=False, trouble=error.text)
    except Exception:  # a mistake of ours: the log has it, and the reader keeps what the chunks before it made
        log.exception("a chunk of training failed")
        return replace(training, job=None, running=False, trouble=words.FAILED)
    seen = (*training.seen, (stand.steps, stand.loss, stand.score))
    return replace(training, job=None, stand=stand, seen=seen)


def _onwards(training: Training) -> Training:
    if training.done:
        return replace(training, running=False)
    if not training.running or training.job:
        return training
    job = ENGINE.start(work.train_on, training.choice, training.stand.state if training.stand else None)
    yardstick = training.yardstick or ENGINE.ask(work.yardstick, training.choice.scenario)  # when the chunk is done
    return replace(training, job=job, asked=time.monotonic(), yardstick=yardstick)


def _keep(training: Training) -> None:
    st.session_state[_TRAINING] = training


def use() -> None:
    """From now on this visit's pages show the reader's own learner in the place of the shipped one."""
    training = current()
    if training and training.stand:
        st.session_state[_OWN] = Own(training.choice, training.steps, training.stand.weights)


def own(scenario_name: str) -> Own | None:
    """The reader's own learner, where they use one for this scenario."""
    found: Own | None = st.session_state.get(_OWN)
    return found if found and found.choice.scenario == scenario_name else None


def give_back() -> None:
    """The shipped learner again."""
    st.session_state.pop(_OWN, None)
