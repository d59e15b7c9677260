"""Puts a source's rows into deliveries, with everything that goes wrong between systems.

Planted in every source that has rows enough: corrections, corrections that overtake what they
correct, exact duplicates in a file and across files, a file that is delivered twice, rows and a
whole file that come late; and broken rows and files, if wanted.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from rlm.generate import broken_files
from rlm.generate.breakages import RowText, faults, truncated
from rlm.generate.csv_bytes import Block, iso_day
from rlm.generate.delivery_files import DeliveryFolder, SourceFile, record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rlm.generate.breakages import Row
    from rlm.generate.calendar_days import Calendar

# Daily deliveries on which something special happens, counted from the first one.
_SENT_TWICE: Final = 2
_ROWS_LATE: Final = 3
_FILE_LATE: Final = 4
_LATE_DAYS: Final = 2
# Good lines in the file that ends early: enough to see that they are not lost.
_LINES_BEFORE_CUT: Final = 40
_LINES_OF_WRONG_FILE: Final = 12


class DailyLines(Protocol):
    """Where the rows come from."""

    def on(self, day: int) -> Block:
        """The new rows of that day; each day is asked for once, in order."""
        ...


@dataclass(frozen=True)
class Source:
    name: str
    header: bytes | None
    lines: DailyLines
    rekey: Callable[[Row, int], None]
    """Makes a copied row a row of its own: a key that no other number gives."""
    correct: Callable[[Row], None]
    """Changes something about a row that nothing else depends on."""
    history_extension: str
    daily_extension: str
    changes: Callable[[int], list[bytes]] = lambda _: []
    """Later versions that the world itself brings about."""
    is_register: bool = False
    """Other sources refer to its rows: nothing of it may come late."""
    is_fresh: Callable[[Row], bool] = lambda _: True
    """Whether a row can be taken for a pattern of a broken one."""


@dataclass
class _Plans:
    """Lines to be written on later deliveries."""

    duplicates: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    corrections: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    late: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    """Lines of earlier days, by the day of their delivery."""
    overtaken: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    """Originals that arrive after their correction."""


class SourceDeliveries:
    """Writes all deliveries of one source."""

    def __init__(
        self, source: Source, calendar: Calendar, folder: DeliveryFolder,
        part_rows: int, starts_at: Mapping[str, int] | None,
    ) -> None:  # fmt: skip
        self._source = source
        self._calendar = calendar
        self._folder = folder
        self._part_rows = part_rows
        self._starts_at = starts_at
        """Starts of events if faults are planted, else None."""
        self._text = RowText(source.header)
        self._plans = _Plans()
        self._planted: dict[str, Any] = {"corrections": 0, "overtaken": 0, "late": []}
        self._pattern: bytes | None = None
        self._copies = 0
        self._before_cut: list[bytes] = []

    def write(self, progress: Callable[[int], None]) -> dict[str, Any]:
        """Writes the files, tells `progress` the rows as they come, returns what was planted."""
        self._history(progress)
        for day in self._calendar.daily:
            self._daily(day, progress)
        if self._starts_at is not None and self._calendar.daily:
            self._broken_files()
        return self._planted

    # -- the first delivery -------------------------------------------------------------------

    def _history(self, progress: Callable[[int], None]) -> None:
        day, part = self._calendar.start, 1
        file = self._history_part(part)
        within: list[bytes] = []
        stride = max(1, len(self._calendar.history) // 10)
        for happened in self._calendar.history:
            block = self._source.lines.on(happened)
            progress(block.rows)
            if file.rows >= self._part_rows:
                self._finish(file, within)
                part += 1
                file = self._history_part(part)
            if (happened - self._calendar.start) % stride == 0:
                block, again = self._pick(block)
                within += again
            if happened == day and self._starts_at is not None:
                self._with_faults(file, block)
            else:
                file.block(block)
        for line in within:
            file.duplicate(line)
        within.clear()
        if self._starts_at is not None and self._pattern is not None:
            cut = truncated(self._fresh(self._pattern), b'"' if self._is_json else b",")
            file.broken(cut, "malformed", None, ended=False)
        self._finish(file, within)

    def _history_part(self, part: int) -> SourceFile:
        name = f"{self._source.name}-history-{part:04d}{self._source.history_extension}"
        return self._open(self._calendar.start, name)

    def _with_faults(self, file: SourceFile, block: Block) -> None:
        """Spreads the broken rows over the block."""
        lines = block.lines()
        wanted = faults(self._source.name, self._starts_at or {})
        usable = [line for line in lines if self._source.is_fresh(self._text.row(line))]
        self._pattern = usable[-1] if usable else None
        if self._ends_early and len(lines) > 2 * _LINES_BEFORE_CUT and self._calendar.daily:
            self._before_cut = lines[-_LINES_BEFORE_CUT:]
            lines = lines[:-_LINES_BEFORE_CUT]
        every = max(1, len(lines) // (len(wanted) + 1))
        for i, line in enumerate(lines):
            file.good(line)
            if wanted and usable and i % every == every - 1:
                fault = wanted.pop(0)
                row = self._text.row(self._fresh(usable[i % len(usable)]))
                file.broken(fault.write(row, self._text.line), fault.rule, fault.column)
        for fault in wanted if usable else []:
            row = self._text.row(self._fresh(usable[0]))
            file.broken(fault.write(row, self._text.line), fault.rule, fault.column)

    def _pick(self, block: Block) -> tuple[Block, list[bytes]]:
        """Chooses lines of a block for duplicates and corrections on later deliveries.

        Returns the block, without the lines that arrive only later, and the lines that are to be
        repeated in the same file. No line is chosen twice.
        """
        sets = min(block.rows // 40, 4)
        days = list(self._calendar.daily)
        if not sets:
            return block, []
        *chosen, rest = block.payload.split(b"\n", 4 * sets)
        within, across, corrected, overtaken = (chosen[i::4] for i in range(4))
        if not days:
            return block, within
        for i, line in enumerate(across):
            self._plans.duplicates[days[i % len(days)]].append(line)
        for i, line in enumerate(corrected):
            when = days[(i + 2) % len(days)]
            self._plans.corrections[when].append(self._corrected(line, when))
        self._planted["corrections"] += len(corrected) + len(overtaken)
        if self._source.is_register or len(days) < 2:
            for i, line in enumerate(overtaken):
                self._plans.corrections[days[i % len(days)]].append(self._corrected(line, days[-1]))
            return block, within
        for i, line in enumerate(overtaken):
            self._plans.corrections[days[i % 2]].append(self._corrected(line, days[i % 2]))
            self._plans.overtaken[days[-1]].append(line)
        self._planted["overtaken"] += len(overtaken)
        kept = [line for i, line in enumerate(chosen) if i % 4 != 3]
        payload = b"\n".join([*kept, rest])
        return Block(payload, block.rows - len(overtaken)), within

    # -- the daily deliveries -----------------------------------------------------------------

    def _daily(self, day: int, progress: Callable[[int], None]) -> None:
        number = day - self._calendar.start
        block = self._source.lines.on(day)
        progress(block.rows)
        name = f"{self._source.name}-{iso_day(day)}{self._source.daily_extension}"
        may_be_late = not self._source.is_register and day + _LATE_DAYS <= self._calendar.last
        if number == _ROWS_LATE and may_be_late and block.rows >= 10:
            block = self._hold_back(day, block)
        delivered_on = day
        if number == _FILE_LATE and may_be_late:
            delivered_on = day + _LATE_DAYS
            self._came_late(day, delivered_on, block.rows, name)
        plans = self._plans
        changes = self._source.changes(day)
        extra = changes or plans.corrections[day] or plans.duplicates[day]
        if block.rows or (extra and delivered_on == day):
            with self._open(delivered_on, name) as file:
                file.block(block)
                if delivered_on == day:
                    self._extras(file, day, changes)
            if number == _SENT_TWICE and day < self._calendar.last:
                self._send_again(file, day + 1, name)
            self._folder.finished(file.key)
        if delivered_on != day and extra:
            with self._open(day, f"{self._source.name}-{iso_day(day)}-more{self._plain}") as file:
                self._extras(file, day, changes)
            self._folder.finished(file.key)
        if plans.late[day] or plans.overtaken[day]:
            with self._open(day, f"{self._source.name}-late-{iso_day(day)}{self._plain}") as file:
                for line in plans.late[day]:
                    file.good(line)
                for line in plans.overtaken[day]:
                    file.good(line)
            self._folder.finished(file.key)

    def _extras(self, file: SourceFile, day: int, changes: list[bytes]) -> None:
        for line in [*changes, *self._plans.corrections[day]]:
            file.version(line)
        for line in self._plans.duplicates[day]:
            file.duplicate(line)

    def _hold_back(self, day: int, block: Block) -> Block:
        """The block without its last tenth, which is delivered later."""
        lines = block.lines()
        at = len(lines) - len(lines) // 10
        self._plans.late[day + _LATE_DAYS] += lines[at:]
        name = f"{self._source.name}-late-{iso_day(day + _LATE_DAYS)}{self._plain}"
        self._came_late(day, day + _LATE_DAYS, len(lines) - at, name)
        return Block.of(lines[:at])

    def _came_late(self, happened: int, delivered: int, rows: int, name: str) -> None:
        self._planted["late"].append(
            {
                "happened_on": iso_day(happened),
                "delivered_on": iso_day(delivered),
                "rows": rows,
                "file": self._folder.key(self._source.name, delivered, name),
            }
        )

    def _send_again(self, file: SourceFile, day: int, name: str) -> None:
        stem, _, extension = name.partition(".")
        content = (self._folder.root / file.key).read_bytes()
        key = self._folder.raw(self._source.name, day, f"{stem}-again.{extension}", content)
        record(self._folder.truth, self._source.name, key, file.rows, duplicate=file.rows)
        self._planted["sent_twice"] = {"file": file.key, "again": key, "rows": file.rows}
        self._folder.finished(key)

    # -- files that are broken as a whole -----------------------------------------------------

    def _broken_files(self) -> None:
        day, name = self._calendar.start + 1, self._source.name
        if self._pattern is None:
            return
        if name in ("artist_popularity", "events"):
            broken_files.empty(self._folder, name, day, self._plain)
        if name in ("ticket_sales", "venues"):
            rows = [self._fresh(self._pattern) for _ in range(_LINES_OF_WRONG_FILE)]
            broken_files.with_semicolons(
                self._folder, name, day, [self._source.header or b"", *rows]
            )
        if self._before_cut:
            half = truncated(self._fresh(self._pattern), b",")
            whole = [self._source.header or b"", *self._before_cut]
            broken_files.ending_early(self._folder, name, day, whole, half)

    # -- lines --------------------------------------------------------------------------------

    @property
    def _is_json(self) -> bool:
        return self._source.header is None

    @property
    def _ends_early(self) -> bool:
        """Whether one of the source's files is a gzip that ends early."""
        return self._source.name in ("listens", "ticket_sales")

    @property
    def _plain(self) -> str:
        return self._source.daily_extension.removesuffix(".gz")

    def _open(self, day: int, name: str) -> SourceFile:
        return self._folder.open(self._source.name, day, name, self._source.header)

    def _finish(self, file: SourceFile, within: list[bytes]) -> None:
        for line in within:
            file.duplicate(line)
        within.clear()
        file.close()
        self._folder.finished(file.key)

    def _fresh(self, line: bytes) -> bytes:
        """The same row under a key of its own."""
        row = self._text.row(line)
        self._copies += 1
        self._source.rekey(row, self._copies)
        return self._text.line(row)

    def _corrected(self, line: bytes, day: int) -> bytes:
        row = self._text.row(line)
        self._source.correct(row)
        row["updated_at"] = f"{iso_day(day)}T23:59:30Z"
        return self._text.line(row)
