"""Find modules in folders by their names: to add one, add a folder; no list is edited."""

from importlib import import_module
from pathlib import Path
from typing import Protocol, TypeVar


class Named(Protocol):
    """A value with the name of its folder."""

    @property
    def name(self) -> str:
        """The name of the folder."""
        ...


Value = TypeVar("Value", bound=Named)


def discover(package: str, module: str, kind: type[Value]) -> dict[str, Value]:
    """Return the value that each folder of a package defines, by the folder's name and in its order.

    Parameters
    ----------
    package : str
        The dotted name of the package. Of its folders, those with a file `module`.py count.
    module : str
        The file's name without its ending. It defines a constant of the same name in capitals.
    kind : type
        The constant's type.

    Raises
    ------
    TypeError
        If a file does not define its constant.
    ValueError
        If a value has another name than its folder.
    """
    values: dict[str, Value] = {}
    [place, *_] = import_module(package).__path__
    for path in sorted(Path(place).glob(f"*/{module}.py")):
        folder, file = path.parent.name, f"{package.replace('.', '/')}/{path.parent.name}/{module}.py"
        value = getattr(import_module(f"{package}.{folder}.{module}"), module.upper(), None)
        if not isinstance(value, kind):
            raise TypeError(f"{file} must define {module.upper()} = {kind.__name__}(...)")
        if value.name != folder:
            raise ValueError(f"{file} names its {module} {value.name!r}, not {folder!r}")
        values[folder] = value
    return values
