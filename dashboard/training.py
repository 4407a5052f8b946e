"""A reader's own meta-training in this visit: the worker does one chunk at a time, and what it made is kept here.

The next chunk begins when somebody looks. A page that is left therefore keeps its training where it is, and all that
goes on without a reader is the chunk that had begun: one that still waits is dropped when the page is left or the
connection lost, and asked for again when the reader is back. When the visit ends, everything goes with it.

Only a few visits train at the same time; the others wait their turn.
"""

import logging
import threading
import time
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import words
from dashboard.engine import ENGINE, Job, UnwantedError
from dashboard.remote import user_training_chunks
from scenarios.demo.user_training import ReferenceScores, TrainingConfig, TrainingState
from scenarios.errors import UserError
from scenarios.text import Text

# At a time, in the whole server. A chunk takes two seconds, so each of four sees something new every eight; and when a
# class presses the button at once, all others wait for four compilations at most and not for thirty.
AT_ONCE = 4
TURN = 120.0  # seconds after which others who wait go first: some fifteen chunks, far more than compiling takes
AWAY = 30.0  # seconds without a look after which a page has been left; on a busy server, a look takes some of them
_TRAINING, _OWN = "the reader's training", "the reader's own learner"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Training:
    """How far it is, and what it waits for."""

    choice: TrainingConfig
    running: bool = True
    reached: TrainingState | None = None  # after the last chunk
    history: tuple[tuple[int, float, float], ...] = ()  # after each chunk: meta-steps, loss, score
    job: Job[TrainingState] | None = None  # the chunk that is being done
    requested_at: float = 0.0  # when that was asked for, in seconds of the monotonic clock
    reference: Job[ReferenceScores] | None = None  # what others make of the tasks that it is judged on
    trouble: Text | None = None  # why it stopped by itself
    place: int = 0  # in the queue of those that wait their turn; 0 for one that need not wait

    @property
    def steps(self) -> int:
        return self.reached.steps if self.reached else 0

    @property
    def done(self) -> bool:
        return self.steps >= self.choice.meta_steps

    @property
    def restless(self) -> bool:
        """Whether another look may find something new."""
        awaited = self.reference is not None and not self.reference.wait(0)
        return self.running or self.job is not None or awaited

    @property
    def seconds_left(self) -> float | None:
        """Of computing; None before the first chunk."""
        return (self.choice.meta_steps - self.steps) * self.reached.pace if self.reached else None

    @property
    def waiting(self) -> float:
        """For how many seconds a chunk has been awaited."""
        return time.monotonic() - self.requested_at if self.job else 0.0


class Slots:
    """The visits that train now: the first few of those that want to. Safe to use from many threads.

    After TURN seconds, one goes to the end of the queue if others wait. One that has lost its connection, or did not
    ask again for AWAY seconds, leaves the queue.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._asked: dict[str, float] = {}  # session -> when it last asked; in the order of the queue
        self._since: dict[str, float] = {}  # session -> since when it has had its slot

    def request(self, session: str) -> int:
        """Ask to go on, again and again. Returns 0 if the session may, otherwise its place among those that wait."""
        now = time.monotonic()
        with self._lock:
            for other in [other for other in self._asked if not self._is_there(other, now)]:
                del self._asked[other]
                self._since.pop(other, None)
            self._asked[session] = now
            training = list(self._asked)[: self._count]
            if len(self._asked) > self._count:
                for other in training:
                    if now - self._since.get(other, now) > TURN:
                        self._asked[other] = self._asked.pop(other)
            queue = list(self._asked)
            self._since = {other: self._since.get(other, now) for other in queue[: self._count]}
            return max(0, queue.index(session) + 1 - self._count)

    def has(self, session: str) -> bool:
        """Whether a session has a slot, is connected and looks at its training."""
        with self._lock:
            return session in self._since and self._is_there(session, time.monotonic())

    def _is_there(self, session: str, now: float) -> bool:
        return now - self._asked[session] <= AWAY and _is_connected(session)

    def release(self, session: str) -> None:
        with self._lock:
            self._asked.pop(session, None)
            self._since.pop(session, None)


SLOTS = Slots(AT_ONCE)


@dataclass(frozen=True)
class Own:
    """A learner that its reader trained and wants to see on their pages."""

    choice: TrainingConfig
    steps: int
    weights: bytes


def begin(choice: TrainingConfig) -> None:
    """Start a training."""
    _keep(Training(choice))


def pause() -> None:
    """No chunk is begun any more; what the one that runs makes is kept."""
    training = current()
    if training:
        _keep(replace(training, running=False, place=0))


def resume() -> None:
    """Continue a paused training."""
    training = current()
    if training:
        _keep(replace(training, running=not training.done, trouble=None))


def cancel() -> None:
    """Throw the training away, with what a chunk that still runs will make."""
    training = current()
    if training and training.job:
        training.job.leave()
    SLOTS.release(this_session())
    st.session_state.pop(_TRAINING, None)


def current() -> Training | None:
    """Return this visit's training, if there is one."""
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
        reached: TrainingState = training.job.answer()
    except UnwantedError:  # while the chunk waited, the connection was lost or the page left
        return replace(training, job=None)
    except UserError as error:
        return replace(training, job=None, running=False, trouble=error.text)
    except Exception:  # a mistake of ours: the log has it, and the reader keeps what the chunks before it made
        log.exception("a chunk of training failed")
        return replace(training, job=None, running=False, trouble=words.FAILED)
    history = (*training.history, (reached.steps, reached.loss, reached.score))
    return replace(training, job=None, reached=reached, history=history)


def _onwards(training: Training) -> Training:
    session = this_session()
    if training.done or not (training.running or training.job):
        SLOTS.release(session)
        return replace(training, running=False, place=0)
    place = SLOTS.request(session)
    if training.job or not training.running:
        return training
    if place:
        return replace(training, place=place)
    job = ENGINE.start(
        user_training_chunks.train_on,
        training.choice,
        training.reached.state if training.reached else None,
        is_wanted=partial(SLOTS.has, session),
    )
    # Its turn comes when the chunk is done.
    reference = training.reference or ENGINE.ask(user_training_chunks.reference_scores, training.choice.scenario)
    return replace(training, job=job, requested_at=time.monotonic(), reference=reference, place=0)


def this_session() -> str:
    """Return the id of the visit that this thread draws for; "" outside of Streamlit."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def _is_connected(session: str) -> bool:
    return not session or not runtime.exists() or runtime.get_instance().is_active_session(session)


def _keep(training: Training) -> None:
    st.session_state[_TRAINING] = training


def use() -> None:
    """From now on this visit's pages show the reader's own learner in the place of the shipped one."""
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
