"""Frozen values as files: dataclasses, dictionaries, tuples as JSON beside the arrays that they hold; never pickle."""

import json
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.atomic_files import load_arrays, save_arrays

_OUTLINE, _SCHEMA = "outline", "schema"
SCHEMA = 1  # version of the files' schema; files without one have the first
Arrays = dict[str, NDArray[Any]]


def save_values(path: Path, values: dict[str, object]) -> None:
    """Write dataclasses by name. Arrays of real numbers keep 32 bits of each."""
    arrays: Arrays = {}
    outline = json.dumps(_outlined(values, arrays), ensure_ascii=False)
    save_arrays(path, **{_OUTLINE: np.array(outline), _SCHEMA: np.array(SCHEMA)}, **arrays)


def load_values(path: Path, kinds: Iterable[type]) -> dict[str, Any]:
    """Read a file written by `save_values`.

    Raises ValueError if it is damaged, of another schema version, or holds other dataclasses than `kinds`.
    """
    arrays = load_arrays(path)
    if not has_schema(arrays):
        raise ValueError(f"{path.name} does not have schema version {SCHEMA}")
    try:
        found = _rebuilt(json.loads(str(arrays[_OUTLINE])), arrays, {kind.__name__: kind for kind in kinds})
    except (KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path.name} does not hold what this version keeps") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} does not hold values by name")
    return found


def has_schema(arrays: Arrays) -> bool:
    """Whether the arrays of a file have the schema version that this version of the software reads."""
    return bool(np.array_equal(arrays.get(_SCHEMA, SCHEMA), SCHEMA))


def _outlined(value: object, arrays: Arrays) -> object:
    """Return a value as JSON: whatever is not a plain number or word is an object with one key, its kind."""
    if isinstance(value, np.ndarray):
        name = f"array{len(arrays)}"
        arrays[name] = value.astype(np.float32) if value.dtype.kind == "f" else value
        return {"array": name}
    if is_dataclass(value) and not isinstance(value, type):
        kept = {field.name: _outlined(getattr(value, field.name), arrays) for field in fields(value)}
        return {"of": type(value).__name__, "fields": kept}
    if isinstance(value, dict):
        return {"by name": {str(key): _outlined(each, arrays) for key, each in value.items()}}
    if isinstance(value, tuple):
        return {"in a row": [_outlined(each, arrays) for each in value]}
    if isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"a {type(value).__name__} cannot be kept")


def _rebuilt(node: Any, arrays: Arrays, kinds: dict[str, type]) -> Any:
    again: Callable[[Any], Any] = lambda part: _rebuilt(part, arrays, kinds)  # noqa: E731
    match node:
        case {"array": name}:
            return arrays[name]
        case {"of": kind, "fields": kept}:
            return kinds[kind](**{name: again(part) for name, part in kept.items()})
        case {"by name": parts}:
            return {name: again(part) for name, part in parts.items()}
        case {"in a row": parts}:
            return tuple(again(part) for part in parts)
        case bool() | int() | float() | str():
            return node
    raise ValueError(f"{node!r} is no outline of a value")
