"""Frozen dataclasses as JSON, written and read by their annotations alone.

Reading is strict: a value of another kind, a missing or an additional key and a number that is not finite are refused,
and the error names the place. Annotations may be: dataclasses; NamedTuples, which are lists; `tuple[X, ...]`, a list of
at least one value; `dict[str, X]`, `X | None`, `int`, `float`, `str`, `bool`; `Floats` and `Counts`, which are nested
lists; `object`, any JSON value; and classes with `as_dict` and `from_dict`. A field that is None by default is left out
if it is None.
"""

import json
import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value")
Read = Callable[[Any], Any]
Floats = Annotated[NDArray[np.floating[Any]], float]
"""Finite numbers in nested lists of equal lengths; read-only once read."""
Counts = Annotated[NDArray[Any], int]
"""Whole numbers from 0 in nested lists of equal lengths; read-only once read."""
_LARGEST = {int: 2**53, float: 1e300}  # largest number that is exact, and that can be drawn


def to_json(value: Any) -> Any:
    """Return a value as `json.dumps` takes it."""
    if hasattr(value, "as_dict"):
        return value.as_dict()
    if is_dataclass(value) and not isinstance(value, type):
        kept = {field.name: getattr(value, field.name) for field in fields(value) if not _is_unset(field, value)}
        return {name: to_json(each) for name, each in kept.items()}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {name: to_json(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(each) for each in value]
    return value


def from_json(kind: type[Value], content: Any) -> Value:
    """Return the value of a kind that `to_json` described.

    Raises
    ------
    ValueError
        If `content` is anything else; the message names the place.
    """
    read: Callable[[Any], Value] = _reader(kind)  # type: ignore[arg-type]  # mypy takes a type for a protocol
    return read(content)


def _is_unset(field: Any, value: object) -> bool:
    return field.default is None and getattr(value, field.name) is None


@cache
def _reader(kind: Any) -> Read:
    """Return the function that reads values of a kind. Raises TypeError for a kind that cannot be read."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is object:
        return _any_json
    if kind in (int, float, str, bool):
        return lambda content: _plain(kind, content)
    if origin is Annotated:
        return lambda content: _array(kind.__metadata__[0], content)
    if origin in (Union, types.UnionType):
        [some] = [each for each in arguments if each is not type(None)]
        return lambda content: None if content is None else _reader(some)(content)
    if origin is dict:
        return lambda content: {name: _at(name, arguments[1], each) for name, each in _object(content).items()}
    if origin is tuple:
        return lambda content: tuple(_at(place, arguments[0], each) for place, each in enumerate(_list(content)))
    if hasattr(kind, "from_dict"):
        return lambda content: kind.from_dict(_settings(content))
    if is_dataclass(kind) and isinstance(kind, type):
        optional = {field.name for field in fields(kind) if field.default is None}
        hints = {field.name: get_type_hints(kind, include_extras=True)[field.name] for field in fields(kind)}
        return lambda content: kind(**_parts(hints, optional, content))
    if hasattr(kind, "_fields"):
        hints = get_type_hints(kind, include_extras=True)
        return lambda content: kind(**_parts(hints, set(), dict(zip(hints, _list(content, len(hints)), strict=True))))
    raise TypeError(f"{kind} has no form in JSON")


def _at(place: str | int, kind: Any, content: Any) -> Any:
    try:
        return _reader(kind)(content)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error


def _parts(hints: dict[str, Any], optional: set[str], content: Any) -> dict[str, Any]:
    names = set(_object(content))
    if unknown := names - hints.keys():
        raise ValueError(f"{min(unknown)[:40]}: unknown")
    if missing := hints.keys() - names - optional:
        raise ValueError(f"{min(missing)}: missing")
    return {name: _at(name, kind, content[name]) for name, kind in hints.items() if name in names}


def _object(content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise ValueError("not an object")
    return content


def _settings(content: Any) -> dict[str, Any]:
    if not _object(content):
        raise ValueError("an empty object")
    return _object(content)


def _list(content: Any, length: int | None = None) -> list[Any]:
    if not isinstance(content, list) or (len(content) != length if length is not None else not content):
        raise ValueError(f"not a list of {length or 'some'} values")
    return content


def _plain(kind: type, content: Any) -> Any:
    if kind in (str, bool):
        if type(content) is not kind:
            raise ValueError(f"not {'a text' if kind is str else 'true or false'}")
        return content
    allowed: tuple[type, ...] = (int,) if kind is int else (int, float)
    if type(content) not in allowed or not -_LARGEST[kind] < content < _LARGEST[kind]:
        raise ValueError("not a whole number" if kind is int else "not a finite number")
    return kind(content)


def _array(kind: type, content: Any) -> NDArray[Any]:
    flat: list[Any] = [content]
    while flat and isinstance(flat[0], list):
        flat = [each for part in flat for each in _list(part)]
    for each in flat:
        _plain(kind, each)
    if kind is int and min(flat) < 0:
        raise ValueError("less than 0")
    array = np.array(content, np.int64 if kind is int else np.float64)  # raises ValueError if lengths differ
    array.setflags(write=False)
    return array


def _any_json(content: Any) -> Any:
    json.dumps(content, allow_nan=False)
    return content
