"""Whether the worker answers. One thread asks it now and then; whoever wants to know reads the last news at once."""

import logging
import threading
import time
from dataclasses import dataclass
from typing import Literal

from dashboard import work
from dashboard.engine import Engine, Job

EVERY = 0.5  # seconds between two looks at the worker, which cost nothing
QUIET = 60.0  # seconds after which a worker that nobody hears of is asked whether it is still there
SILENT = 45.0  # seconds for which a worker may be busy without a single answer: the slowest to compile takes half of it

log = logging.getLogger(__name__)

State = Literal["ready", "asleep", "waking", "gone", "silent"]


@dataclass
class _Question:
    """One that is on its way to the worker, and how things were when it was asked."""

    job: Job
    replaced: int
    answered: int
    asked: float


class Pulse:
    """The state of an engine's worker. With `wakes_early` it is woken at the start, and again after its death."""

    def __init__(self, engine: Engine, *, wakes_early: bool) -> None:
        self._engine, self._wakes_early = engine, wakes_early
        self._stopped = threading.Event()
        self._question: _Question | None = None
        self._heard: int | None = None  # how many workers had been replaced before the one that was heard last
        self._heard_at = 0.0
        self._thread = threading.Thread(target=self._watch, name="pulse", daemon=True)

    def start(self) -> None:
        if self._wakes_early:
            self._engine.ask(work.wake)  # whom the first visitors join
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def state(self) -> State:
        """Never waits. "ready" and "asleep" (until somebody asks something) are fit for visitors."""
        census, question = self._engine.census(), self._question
        if census.workers == 0 and not self._wakes_early:
            return "asleep"
        if self._heard is None:
            return "waking"
        if census.workers == 0 or census.replaced != self._heard:
            return "gone"
        late = question is not None and time.monotonic() - question.asked > SILENT
        if late and question is not None and census.answered == question.answered:
            return "silent"
        return "ready"

    def _watch(self) -> None:
        while not self._stopped.wait(EVERY):
            try:
                self._look()
            except Exception:  # a full queue, or an engine that ends: both show in what is read
                log.debug("the worker could not be asked", exc_info=True)
                self._question = None

    def _look(self) -> None:
        question, now = self._question, time.monotonic()
        if question is None:
            state = self.state()
            if state == "gone":
                self._heard = None  # whoever is there next must be heard first
            if state in ("waking", "gone") or (state == "ready" and now - self._heard_at > QUIET):
                census = self._engine.census()
                self._question = _Question(
                    self._engine.start(work.wake), replaced=census.replaced, answered=census.answered, asked=now
                )
        elif question.job.wait(0):
            self._question = None
            question.job.answer()
            # A job that was tried again was answered by a worker that came after the question.
            self._heard = question.replaced if self._engine.census().replaced == question.replaced else None
            self._heard_at = now
