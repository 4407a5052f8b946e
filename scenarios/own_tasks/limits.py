"""How large a user's table may be."""

from dataclasses import dataclass

UNPACKED = 5  # times the largest file: as much as a workbook, or the text of a Parquet file, may unpack to
LONGEST_CELL = 32_767  # characters: as much as a cell of a spreadsheet holds


@dataclass(frozen=True)
class Limits:
    """The largest table that is read. A larger one is refused before it takes memory."""

    bytes: int  # size of the file
    rows: int
    columns: int
    tasks: int
    classes: int
    cells: int  # rows times columns

    @property
    def unpacked(self) -> int:
        """Bytes to which a compressed file may unpack."""
        return UNPACKED * self.bytes


LOCAL = Limits(bytes=50_000_000, rows=1_000_000, columns=2_000, tasks=5_000, classes=50, cells=10_000_000)
PUBLIC = Limits(bytes=5_000_000, rows=100_000, columns=500, tasks=1_000, classes=20, cells=1_000_000)
