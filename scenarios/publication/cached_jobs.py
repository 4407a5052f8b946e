"""A long measurement in jobs, each with a file of its own, so that finished ones are not repeated.

Stop it whenever you like, begin again, and it goes on; the pieces may run in any processes, on any machines.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenarios.atomic_files import UnfitFileError, read_json, whole_file
from scenarios.meta_learner.weights import Report


@dataclass(frozen=True)
class CachedJob:
    """One part of a measurement that can be made by itself, anywhere."""

    name: str
    measure: Callable[..., dict[str, Any]]  # at a module's top level; its answer fits into JSON
    arguments: tuple[Any, ...]  # names and numbers, which fit into JSON
    made_from: str = ""  # whatever else decides the answer, such as the weights of learners
    is_answer: Callable[[dict[str, Any]], bool] = lambda kept: True  # whether a kept file holds all that it should
    needs_folder: bool = False  # whether it keeps more there: the folder's name is its last argument then
    data: tuple[Any, ...] = ()  # further arguments, which need not be JSON: `made_from` must identify them

    def path(self, folder: Path) -> Path:
        """Return the file of a job, named by a hash of everything that determines its result, except the folder."""
        decided_by = json.dumps([self.name, self.measure.__qualname__, self.arguments, self.made_from])
        return folder / f"{self.name}.{hashlib.sha256(decided_by.encode()).hexdigest()[:16]}.json"


def measure(
    jobs: Iterable[CachedJob], executor: Executor, folder: Path, report: Report = lambda done, word: None
) -> dict[str, dict[str, Any]]:
    """Return results by the jobs' names: cached ones from `folder`, the others measured by `executor`.

    Progress covers the remaining measurements. The error of the first failing piece is raised; pieces that finished
    before are kept. Raises OSError, before any measurement, if `folder` or the file of a piece cannot be written.
    """
    jobs = list(jobs)
    folder.mkdir(parents=True, exist_ok=True)
    answers = {job.name: found for job in jobs if (found := _kept(job, folder)) is not None}
    waiting = {
        executor.submit(job.measure, *job.arguments, *job.data, *([str(folder)] if job.needs_folder else [])): job
        for job in jobs
        if job.name not in answers
    }
    try:
        for measured, future in enumerate(as_completed(waiting), start=1):
            job = waiting[future]
            answers[job.name] = future.result()
            with whole_file(job.path(folder)) as file:
                file.write(json.dumps(answers[job.name]).encode())
            report(measured / len(waiting), job.name)
    finally:
        for future in waiting:
            future.cancel()
    return answers


def _kept(job: CachedJob, folder: Path) -> dict[str, Any] | None:
    try:
        found = read_json(job.path(folder))
    except UnfitFileError:  # such as a device, which the answer could not take the place of
        raise
    except (OSError, ValueError):  # not there yet, or damaged: to be measured
        return None
    return found if isinstance(found, dict) and job.is_answer(found) else None
