"""Files that are either whole or not there: nobody ever reads half of one."""

import errno
import io
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

_ROOMY = 2**28  # bytes to which any file may unpack; to more than that, only one that is large itself
_TIMES = 40  # as large, unpacked: far beyond what numbers compress to


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes its name once everything is written. Raises OSError, naming it, where it cannot be."""
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
            os.fsync(part.fileno())  # where a disk says only now that it is full, it must not be too late
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
    """The content of an .npz file of plain arrays."""
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    return content.getvalue()


def load_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read a file, wherever it comes from. Raises ValueError when it is anything but an .npz file of plain arrays."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read") from error
    return unpacked(content, path.name)


def unpacked(content: bytes, name: str) -> dict[str, NDArray[Any]]:
    """The arrays in the content of a file called `name`. Raises ValueError as `load_arrays` does."""
    try:
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
