"""Functions that run in another process: they need TensorFlow or SciPy, which this one must not import, or much time.

To the type checker, `demo_task` here is the module `scenarios.demo.demo_task`, with the signatures of its functions. At
run time its functions are names; the worker, which calls them, imports the module.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any


class RemoteFunction:
    """A reference to a function by name, with its signature; only the call imports its module."""

    def __init__(self, module: str, name: str) -> None:
        self.__module__ = module
        self.__name__ = self.__qualname__ = name

    def __call__(self, *arguments: Any) -> Any:
        return getattr(import_module(self.__module__), self.__name__)(*arguments)


class RemoteModule:
    """A module whose attributes are RemoteFunctions."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> RemoteFunction:
        if name.startswith("_"):
            raise AttributeError(name)
        return RemoteFunction(self._name, name)


if TYPE_CHECKING:
    from scenarios.demo import demo_task, one_example, one_task, representations, user_training_chunks
    from scenarios.learners import checking
    from scenarios.lessons import adam, walks
    from scenarios.own_tasks import draft as own_draft
    from scenarios.own_tasks import experiment as own_experiment
    from scenarios.own_tasks import fitted as own_fitted
    from scenarios.own_tasks import roles as own_roles
else:
    demo_task = RemoteModule("scenarios.demo.demo_task")
    one_example = RemoteModule("scenarios.demo.one_example")
    one_task = RemoteModule("scenarios.demo.one_task")
    representations = RemoteModule("scenarios.demo.representations")
    user_training_chunks = RemoteModule("scenarios.demo.user_training_chunks")
    checking = RemoteModule("scenarios.learners.checking")
    adam = RemoteModule("scenarios.lessons.adam")
    walks = RemoteModule("scenarios.lessons.walks")
    own_draft = RemoteModule("scenarios.own_tasks.draft")
    own_experiment = RemoteModule("scenarios.own_tasks.experiment")
    own_fitted = RemoteModule("scenarios.own_tasks.fitted")
    own_roles = RemoteModule("scenarios.own_tasks.roles")

__all__ = [
    "RemoteFunction", "adam", "checking", "demo_task", "one_example", "one_task", "own_draft", "own_experiment",
    "own_fitted", "own_roles", "representations", "user_training_chunks", "walks",
]  # fmt: skip
