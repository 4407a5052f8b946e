"""Files that are either complete or absent, and safe opening of files."""

import errno
import io
import json
import os
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

ASSETS = Path(__file__).resolve().parents[1] / "assets"  # files made by commands and shown on pages
LARGEST_FILE = 2**26  # bytes of arrays: the widest network of a valid recipe has 25 million
LARGEST_JSON = 2**24  # bytes of JSON, which takes many times that once it is read: fifty times the largest shipped
_MOST_MEMBERS = 4096  # arrays in one file: the fullest of ours holds 314
_MEMBER = b"PK\x01\x02"  # begins a member's entry in the directory of a zip archive
_ROOMY = 2**28  # bytes to which any file may unpack; to more than that, only one that is large itself
_TIMES = 40  # largest ratio of unpacked to packed size: numbers never compress so well


class UnfitFileError(OSError):
    """A path that names something other than a regular file of a sensible size."""


def read_file(path: Path, largest: int = LARGEST_FILE) -> bytes:
    """Read a file of at most `largest` bytes.

    Raises UnfitFileError for a folder, a device, a pipe or a larger file, before anything is read, and OSError if the
    file cannot be read.
    """
    _require_regular(os.stat(path), path)  # before it is opened, because opening a device may already do something
    # A pipe that took the file's place in the meantime must not block.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        _require_regular(status, path)
        if status.st_size > largest:
            raise UnfitFileError(errno.EFBIG, f"this file is larger than {largest / 1e6:,.0f} MB", str(path))
        return file.read(status.st_size)  # and no more, should it grow


def _require_regular(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UnfitFileError(errno.EINVAL, "this is not a regular file", str(path))


def read_json(path: Path, object_hook: Callable[[dict[str, Any]], Any] | None = None) -> Any:
    """Read a JSON file as `read_file` does. Raises ValueError if it is not JSON."""
    try:
        return json.loads(read_file(path, LARGEST_JSON).decode("utf-8"), object_hook=object_hook)
    except RecursionError as error:
        raise ValueError(f"{path.name} is nested too deeply") from error


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that gets its name once everything is written. Raises OSError, naming the file."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "this is not a file", str(path))  # a folder, or a device that must stay one
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False)  # noqa: SIM115
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        with part:
            yield part
            part.flush()
            os.fsync(part.fileno())  # a full disk may be reported only now, before the old file is replaced
        os.chmod(part.name, 0o644)
        os.replace(part.name, path)
    except OSError as error:
        os.unlink(part.name)
        raise OSError(error.errno, error.strerror, error.filename or str(path)) from error
    except BaseException:
        os.unlink(part.name)
        raise


def save_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    """Write an .npz file of plain arrays."""
    with whole_file(path) as file:
        file.write(packed(**arrays))


def packed(**arrays: NDArray[Any]) -> bytes:
    """Return the content of an .npz file of plain arrays."""
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    return content.getvalue()


def load_arrays(path: Path, largest: int = LARGEST_FILE) -> dict[str, NDArray[Any]]:
    """Read a file, wherever it comes from. Raises ValueError when it is anything but an .npz file of plain arrays."""
    try:
        content = read_file(path, largest)
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read") from error
    return unpacked(content, path.name)


def unpacked(content: bytes, name: str) -> dict[str, NDArray[Any]]:
    """Return the arrays in the content of a file called `name`. Raises ValueError as `load_arrays` does."""
    try:
        if content.count(_MEMBER) > _MOST_MEMBERS:  # counted first, because listing very many takes seconds
            raise ValueError("it has too many members")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(part.file_size for part in archive.infolist())
        if size > max(_ROOMY, _TIMES * len(content)):
            raise ValueError(f"it would unpack to {size:,} bytes")
        with np.load(io.BytesIO(content), allow_pickle=False) as opened:
            arrays = {key: opened[key] for key in opened.files}
    except Exception as error:  # zipfile, zlib, struct and NumPy each complain in their own words
        raise ValueError(f"{name} is not an .npz file of plain arrays") from error
    if not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise ValueError(f"{name} holds something that is not an array")
    return arrays
