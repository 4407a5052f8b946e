"""State of the worker, checked occasionally by one thread; callers get the latest result at once."""

import logging
import threading
import time
from typing import Any, Literal

from dashboard.engine import Engine, Job, in_one_line
from dashboard.remote import demo_task

EVERY = 0.5  # seconds between two polls, which cost nothing
QUIET = 20.0  # seconds without a result, after which the worker is pinged
AGAIN = 3.0  # seconds from one question of our own to the next; twice as many after each that fails,
SELDOM = 60.0  # up to this: a machine that cannot run the model is not kept busy with trying
# Seconds since the last answer after which a worker is unresponsive, busy as it may be: the slowest to compile was
# measured to take 55. One that is stopped is noticed by the engine much sooner.
SILENT = 90.0

log = logging.getLogger(__name__)

State = Literal["ready", "asleep", "waking", "gone", "silent"]


class HealthMonitor:
    """Monitor of an engine's worker. With `wakes_early`, the worker is started at once, and again after it has died.

    Any result shows that the worker responds. A ping is sent only if there was none for a while, because it would queue
    behind the requests of a whole room.
    """

    def __init__(self, engine: Engine, *, wakes_early: bool) -> None:
        self._engine, self._wakes_early = engine, wakes_early
        self._stopped = threading.Event()
        self._question: Job[Any] | None = None
        self._asked, self._again = -AGAIN, AGAIN
        self._complaint = ""  # the last one logged
        self._heard = self._ever_heard = False  # an answer of the worker that is there now; of any
        self._heard_at = 0.0
        self._answered = self._replaced = 0  # as of the last poll
        self._thread = threading.Thread(target=self._watch, name="health", daemon=True)

    def start(self) -> None:
        if self._wakes_early:
            self._engine.ask(demo_task.self_test)  # whom the first visitors join
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def state(self) -> State:
        """Return the state without waiting. "ready" and "asleep" (until the first request) are fit for visitors."""
        stats = self._engine.stats()
        if stats.workers == 0 and not self._wakes_early:
            return "asleep"
        if not self._ever_heard:
            return "waking"
        if stats.workers == 0 or stats.replaced != self._replaced or not self._heard:
            return "gone"
        if self._question is not None and time.monotonic() - self._heard_at > SILENT:
            return "silent"
        return "ready"

    def _watch(self) -> None:
        while not self._stopped.wait(EVERY):
            try:
                self._look()
            except Exception:  # whatever the error, the next poll may succeed
                log.exception("the worker could not be looked at")

    def _look(self) -> None:
        self._engine.count_slots()  # a cluster may have lost its last worker while idle
        stats, now = self._engine.stats(), time.monotonic()
        if stats.workers == 0 or stats.replaced != self._replaced:
            self._heard = False
        elif stats.answered > self._answered:
            self._heard = self._ever_heard = True
            self._heard_at = now
            self._question = None
            self._again, self._complaint = AGAIN, ""
        self._answered, self._replaced = stats.answered, stats.replaced
        if self._question is not None and self._question.wait(0):
            self._see_how_it_ended(self._question)
            self._question = None
        wanted = self._wakes_early or stats.workers > 0
        known = self._heard and now - self._heard_at < QUIET
        if wanted and not known and self._question is None and now - self._asked > self._again:
            self._question, self._asked = self._engine.start(demo_task.self_test), now

    def _see_how_it_ended(self, question: Job[Any]) -> None:
        """After a failure, check less often, and log the cause in one line unless it is unchanged."""
        try:
            question.answer()
        except Exception as error:
            self._again = min(SELDOM, 2 * self._again)
            complaint = f"the model does not start: {in_one_line(error)}"
            log.log(logging.DEBUG if complaint == self._complaint else logging.ERROR, "%s", complaint)
            log.debug("this is where", exc_info=error)
            self._complaint = complaint
