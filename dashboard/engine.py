"""Job queue between Streamlit sessions and the worker's executor.

A page requests a plain function of plain arguments and gets a job. Equal requests share one job, and recent results are
cached. The executor gets as many jobs as it has slots; the others wait in a queue, show their place, and are dropped if
their page is left. Requests are not batched: adapting to sixteen tasks in one call was measured to take as long as
sixteen calls, because the time is spent on arithmetic, not on calls.

A worker that dies or stalls is replaced and its job retried once. A job that runs too long fails, and so does a request
that waits too long. If workers die repeatedly, the pause before the next one grows.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from dashboard import clients, executors
from dashboard.fair_queue import FairQueue
from dashboard.settings import SETTINGS
from scenarios.errors import UserError
from scenarios.text import Text

TIME_LIMIT = 90.0  # seconds of work, the worker's own start included
# Times that, for jobs that may compile much. A first chunk of training took 24 s at most on a quiet machine and 55 s
# with half a core, the start 9 s: 120 s suffice on a machine half as fast.
LONGER = 4 / 3
WAIT_LIMIT = 60.0  # seconds that a request may wait in the queue
STALL_LIMIT = 10.0  # seconds in which a worker that has a job does nothing at all: not slow, but stopped or locked
_FIRST_PAUSE = 1.0  # seconds before a third worker is started where two died; before each that follows, twice as long
LONGEST_PAUSE = 60.0  # seconds before a restart if workers die repeatedly
_LOOK_EVERY = 1.0  # seconds between checks of workers and of the queue
ROOM = 256  # in the line: two for each of a hundred visitors, and some
KEPT_ANSWERS = 512
_LINE = 300  # characters of an error's message in the log
_USUAL = 0.05  # seconds that an answer takes, before any was measured
_MEMORY = 0.9  # weight of earlier response times in the running mean

_TOO_LONG = Text(
    en="The computing process did not respond in time and was restarted. Please try again.",
    zh="计算进程未能及时响应，现已重新启动，请再试一次。",
)
_DIED_TWICE = Text(
    en="The computing process crashed twice on this request. Please try other settings or a smaller file, or contact "
    "the operator of this site.",
    zh="计算进程在处理该请求时两次中断。请更换设置或换用较小的文件重试，或联系网站管理员。",
)
_FULL = Text(
    en="The server is at capacity. Please try again in about {seconds} s.",
    zh="此刻访问的人非常多，请约 {seconds} 秒后再试。",
)
_WAITED = Text(
    en="The server is busy: this request was in the queue for {seconds} s and has been cancelled. Please try again "
    "in a moment.",
    zh="服务器正忙：该请求已排队 {seconds} 秒，仍未轮到，现已取消。请稍后重试。",
)
_NOT_THERE = Text(
    en="The computing process cannot be reached at the moment. Please try again later, or contact the operator of this "
    "site.",
    zh="暂时无法连接到计算进程。请稍后再试，或联系网站管理员。",
)

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class QueueStats:
    """State of the queue, for the operator. Counts and seconds are since the server's start."""

    waiting: int
    running: int
    workers: int  # running workers
    answered: int
    failed: int
    refused: int  # because the line was full
    joined: int  # another visit's job, or a cached result
    left: int  # the line, before their turn came
    replaced: int  # workers that died or hung
    seconds_waited: float
    seconds_worked: float


class UnwantedError(Exception):
    """The job was dropped before its turn, because no client waits for it any more."""


class _ClosedError(Exception):
    """The engine was closed while its thread waited for an executor."""


class Engine:
    """One executor, the line before it, and the latest answers. Safe to use from many threads.

    Work is handed to the executor by one thread only, which begins with the first question.
    """

    def __init__(
        self,
        start_executor: Callable[[], Executor],
        time_limit: float = TIME_LIMIT,
        room: int = ROOM,
        *,
        wait_limit: float = WAIT_LIMIT,
        stall_limit: float = STALL_LIMIT,
        client: Callable[[], str] = lambda: "",
    ) -> None:
        self._start_executor = start_executor
        self.time_limit, self._wait_limit, self._stall_limit = time_limit, wait_limit, stall_limit
        self._room = room
        self._client = client  # returns the client of the calling thread: clients take turns
        self._changed = threading.Condition(threading.RLock())
        self._queue: FairQueue[Job[Any]] = FairQueue()
        self._at_work: dict[Job[Any], Future[Any] | None] = {}  # None: being handed over
        self._kept: OrderedDict[Hashable, Job[Any]] = OrderedDict()
        self._executor: Executor | None = None
        self._slots = 1
        self._thread: threading.Thread | None = None
        self._idleness = executors.Idleness()
        self._next_look = 0.0
        self._losses = 0  # workers lost since the last one that did its work
        self._next_start = 0.0  # before which no worker is started
        self._complaint = ""  # the last one logged
        self._pace = _USUAL
        self._count = dict.fromkeys(("answered", "failed", "refused", "joined", "left", "replaced"), 0)
        self._seconds = dict.fromkeys(("waited", "worked"), 0.0)

    def ask(self, function: Callable[..., Any], *arguments: Hashable) -> "Job[Any]":
        """Return a job for `function(*arguments)`: a new one, one that is already running, or one from the cache."""
        key = (function.__module__, function.__qualname__, arguments)
        with self._changed:
            job = self._kept.get(key)
            if job is None or job.failed:
                job = self._kept[key] = Job(self, function, arguments, key=key, client=self._client())
                self._enter(job)
            else:
                self._count["joined"] += 1
            job.askers += 1
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT_ANSWERS:
                self._kept.popitem(last=False)
        return job

    def start(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        long: bool = True,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> "Job[Any]":
        """Submit a job for one client alone, which is not shared and whose result is not cached.

        A long one may take LONGER than a request, and lets requests go first. While the job waits, `is_wanted` is
        polled, the last time right before it starts: if it returns False, the job fails with UnwantedError. It must
        return at once and never raise.
        """
        job: Job[Any] = Job(self, function, arguments, long=long, is_wanted=is_wanted, client=self._client())
        with self._changed:
            job.askers = 1
            self._enter(job)
        return job

    def count_slots(self) -> None:
        """Refresh the number of worker slots. A cluster is queried occasionally, which may take some seconds."""
        executor = self._executor
        if executor is not None:
            slots = executors.slots(executor)
            with self._changed:
                self._slots = slots

    def stats(self) -> QueueStats:
        with self._changed:
            return QueueStats(
                waiting=len(self._queue),
                running=len(self._at_work),
                workers=executors.alive(self._executor),
                **self._count,
                seconds_waited=round(self._seconds["waited"], 3),
                seconds_worked=round(self._seconds["worked"], 3),
            )

    def close(self) -> None:
        """End the worker process and everything that waits for it."""
        with self._changed:
            executor, self._executor = self._executor, None
            self._thread = None  # signals the thread to end
            self._kept.clear()
            for job in [*self._queue.clear(), *self._at_work]:
                self._end_job(job, error=UserError(_NOT_THERE))
            self._at_work.clear()
            self._changed.notify_all()
        if executor is not None:
            executors.end(executor)

    # The engine's interface for jobs.

    def place(self, job: "Job[Any]") -> tuple[int, float]:
        """In the line, and for about how many seconds; (0, 0.0) for a job that does not wait."""
        with self._changed:
            place = self._queue.place(job)
            return place, place * self._pace / self._slots

    def leave(self, job: "Job[Any]") -> None:
        """Remove one client of a job. A job without clients is not started."""
        with self._changed:
            job.askers -= 1
            if job.askers <= 0 and self._queue.leave(job):
                self._drop(job)

    # The line.

    def _enter(self, job: "Job[Any]") -> None:
        if len(self._queue) >= self._room:
            refused = self._queue.give_way(job.client) or job
            self._count["refused"] += 1
            seconds = max(1, round(len(self._queue) * self._pace / self._slots))
            refused.end(error=UserError(_FULL.format(seconds=seconds)))
            if refused is job:
                return
        self._queue.enter(job, long=job.long, client=job.client)
        if self._thread is None:
            thread = threading.Thread(target=self._serve, name="engine", daemon=True)
            thread.start()  # raises if no thread can be started; the next request tries again
            self._thread = thread
        self._changed.notify_all()

    def _serve(self) -> None:
        """Submit waiting jobs, and cancel those that take too long, until the engine is closed."""
        while True:
            with self._changed:
                if not self._something_to_do():
                    self._changed.wait(self._until_next_look())  # or until a change, after which it may be sooner
                if self._thread is not threading.current_thread():
                    return
                self._look_around()
                if not self._may_hand_over():
                    continue
                job = self._queue.next()
                if not job.is_wanted:
                    self._drop(job)
                    continue
                self._at_work[job] = None
                job.started_at = time.monotonic()
                self._seconds["waited"] += job.started_at - job.queued_at
            try:
                self._hand_over(job)
            except _ClosedError:
                return
            except Exception as error:  # whatever it was, the next in the line must have their turn
                self._nowhere_to_go(job, error)

    def _something_to_do(self) -> bool:
        return (
            self._thread is not threading.current_thread()
            or self._may_hand_over()
            or any(job.overdue for job in self._at_work)
        )

    def _may_hand_over(self) -> bool:
        may_start = self._executor is not None or time.monotonic() >= self._next_start
        return bool(self._queue) and len(self._at_work) < self._slots and may_start

    def _until_next_look(self) -> float | None:
        if not self._queue and not self._at_work:
            return None
        limits = [job.last_moment for job in self._at_work]
        if self._queue and self._executor is None:
            limits.append(self._next_start)
        return max(0.0, min([time.monotonic() + _LOOK_EVERY, *limits]) - time.monotonic())

    def _look_around(self) -> None:
        """Abort jobs that hang; occasionally, replace stalled executors and drop jobs that are not wanted."""
        self._give_up_what_hangs()
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + _LOOK_EVERY
        self._replace_what_stands_still(now)
        for job in self._queue.remove(lambda job: not job.is_wanted):
            self._drop(job)
        for job in self._queue.remove(lambda job: not job.long and now - job.queued_at > self._wait_limit):
            self._end_job(job, error=UserError(_WAITED.format(seconds=round(now - job.queued_at))))

    def _replace_what_stands_still(self, now: float) -> None:
        """Replace an executor in which fewer processes are active than have had a job for STALL_LIMIT.

        An executor without local processes, such as a cluster, is not checked; TIME_LIMIT applies to it.
        """
        looks = self._idleness.look(self._executor)
        busy = sum(count * _LOOK_EVERY < self._stall_limit for count in looks)
        stalled = [job for job, future in self._at_work.items() if future and now - job.started_at > self._stall_limit]
        if not looks or len(stalled) <= busy or self._executor is None:
            return
        self._complain(f"{_names(stalled)}: the computing process has done nothing for {self._stall_limit:.0f} s")
        self._replace(self._executor)
        for job in list(self._at_work):
            del self._at_work[job]
            self._try_again(job)

    def _hand_over(self, job: "Job[Any]") -> None:
        executor = self._executor or self._started()
        try:
            future = executor.submit(*job.work)
        except Exception as error:
            if not (executors.broke(error) or isinstance(error, RuntimeError)):
                raise
            self._replace(executor)  # it died since the last check, or was shut down
            executor = self._started()
            future = executor.submit(*job.work)
        self.count_slots()
        with self._changed:
            if job in self._at_work:
                self._at_work[job] = future
        future.add_done_callback(partial(self._take, job, executor))

    def _started(self) -> Executor:
        executor = self._start_executor()
        with self._changed:
            if self._thread is threading.current_thread():
                self._executor = executor
                return executor
        executors.end(executor)  # no other reference to it exists
        raise _ClosedError

    def _nowhere_to_go(self, job: "Job[Any]", error: Exception) -> None:
        """Fail all waiting jobs at once, since no executor is available."""
        with self._changed:
            self._complain(f"work cannot be handed over: {in_one_line(error)}", error)
            for waiting in [job, *self._queue.clear()]:
                self._at_work.pop(waiting, None)
                self._end_job(waiting, error=UserError(_NOT_THERE))

    def _take(self, job: "Job[Any]", executor: Executor, future: Future[Any]) -> None:
        """Take the outcome of a job's future, which has ended. This runs in a thread of the executor's."""
        error = _error_of(future)
        with self._changed:
            if self._at_work.get(job) is not future:  # it was given up
                return
            del self._at_work[job]
            if not executors.broke(error):
                self._losses, self._complaint = 0, ""
                self._remember_pace(job)
                self._end_job(job, error=error, answer=None if error else future.result())
            else:
                self._replace(executor)
                self._try_again(job)
            self._changed.notify_all()

    def _try_again(self, job: "Job[Any]") -> None:
        """Give one more try to a job whose worker died or stalled."""
        if job.tried_again:
            self._complain(f"{_names([job])}: the computing process stopped twice at this")
            self._end_job(job, error=UserError(_DIED_TWICE))
        else:
            job.tried_again = True
            self._queue.come_back(job, long=job.long, client=job.client)

    def _give_up_what_hangs(self) -> None:
        hanging = [job for job in self._at_work if job.overdue]
        if not hanging:
            return
        self._complain(f"{_names(hanging)} did not end in time")
        for job in hanging:
            del self._at_work[job]
            self._end_job(job, error=UserError(_TOO_LONG))
        if self._executor is not None:
            self._replace(self._executor)
        for job in list(self._at_work):  # its other jobs are restarted
            del self._at_work[job]
            self._queue.come_back(job, long=job.long, client=job.client)

    def _replace(self, broken: Executor) -> None:
        """End an executor that broke or hangs; the next job starts another, after a pause if it is not the first."""
        with self._changed:
            if self._executor is not broken:
                return
            self._executor = None
            self._count["replaced"] += 1
            self._losses += 1
            pause = min(LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (self._losses - 2)) if self._losses > 1 else 0.0
            self._next_start = time.monotonic() + pause
        log.warning("the computing process is replaced%s", f" in {pause:.0f} s" if pause else "")
        try:
            threading.Thread(target=executors.end, args=(broken,), daemon=True).start()
        except RuntimeError:  # no thread can be had
            executors.end(broken)

    def _drop(self, job: "Job[Any]") -> None:
        self._count["left"] += 1
        if self._kept.get(job.key) is job:
            del self._kept[job.key]
        job.end(error=UnwantedError())

    def _complain(self, complaint: str, error: Exception | None = None) -> None:
        """Log a failure in one line. The same again is worth none until a worker has done its work."""
        level = logging.DEBUG if complaint == self._complaint else logging.ERROR
        self._complaint = complaint
        log.log(level, "%s", complaint)
        if error is not None:
            log.debug("this is where", exc_info=error)

    def _end_job(self, job: "Job[Any]", *, error: BaseException | None = None, answer: Any = None) -> None:
        self._count["failed" if error else "answered"] += 1
        job.end(error=error, answer=answer)

    def _remember_pace(self, job: "Job[Any]") -> None:
        seconds = time.monotonic() - job.started_at
        self._seconds["worked"] += seconds
        if not job.long:
            self._pace = _MEMORY * self._pace + (1 - _MEMORY) * seconds


class Job(Generic[Answer]):
    """One piece of work that one or more pages wait for."""

    def __init__(
        self,
        engine: Engine,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        *,
        long: bool = False,
        key: Hashable = None,
        is_wanted: Callable[[], bool] = lambda: True,
        client: str = "",
    ) -> None:
        self.work, self.long, self.key, self.client = (function, *arguments), long, key, client
        self._is_wanted = is_wanted
        self.askers = 0
        self.tried_again = False
        self.queued_at = self.started_at = time.monotonic()
        self._engine = engine
        self._limit = engine.time_limit * (LONGER if long else 1)
        self._ended = threading.Event()
        self._answer: Any = None
        self._error: BaseException | None = None

    @property
    def failed(self) -> bool:
        """Whether this job failed, so that the next equal request should start another."""
        return self._error is not None

    @property
    def is_wanted(self) -> bool:
        """Whether it is worth beginning."""
        return self.askers > 0 and self._is_wanted()

    @property
    def last_moment(self) -> float:
        """When it will have been at work for too long, in seconds of the monotonic clock."""
        return self.started_at + self._limit

    @property
    def overdue(self) -> bool:
        return time.monotonic() >= self.last_moment

    def wait(self, seconds: float) -> bool:
        """Wait at most this long. True when `answer` will return at once, with an answer or an error."""
        return self._ended.wait(seconds)

    def place(self) -> tuple[int, float]:
        """Its place in the line, and about how many seconds that will take; (0, 0.0) when its turn has come."""
        return self._engine.place(self)

    def leave(self) -> None:
        """Unregister one waiting request."""
        self._engine.leave(self)

    def answer(self) -> Answer:
        """Return the answer, or raise the error of the work. Call it after `wait` returned True."""
        self._ended.wait()
        if self._error is not None:
            raise self._error
        answer: Answer = self._answer
        return answer

    def end(self, *, error: BaseException | None = None, answer: Any = None) -> None:
        self._error, self._answer = error, answer
        self._ended.set()


def in_one_line(error: BaseException) -> str:
    """Return the kind of an error and the beginning of its message, for a log that repetitions do not fill."""
    return f"{type(error).__name__}: {error}".strip().partition("\n")[0][:_LINE]


def _names(jobs: list[Job[Any]]) -> str:
    return ", ".join(job.work[0].__name__ for job in jobs)


def _error_of(future: Future[Any]) -> BaseException | None:
    """Return the error that a future ended with, if any."""
    try:
        return future.exception(0)
    except CancelledError as error:
        return error


ENGINE = Engine(lambda: executors.start(SETTINGS.scheduler, SETTINGS.workers), client=clients.address)
# Reading a table takes tenths of a second for each MB. In the web process, others' pages would wait for that; with the
# model, the table would wait for chunks of training, of which the first of a kind compiles for up to a minute.
TABLES = Engine(executors.table_process, wait_limit=10 * WAIT_LIMIT, client=clients.address)


def close() -> None:
    """End all processes and waiting jobs."""
    for engine in (ENGINE, TABLES):
        engine.close()
