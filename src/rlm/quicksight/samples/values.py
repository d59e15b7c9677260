"""Values of a column: as wished, else from what the dashboard compares it with, else made up."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rlm.quicksight.expressions.tree import Call, Column, Expression, Literal, Operation, Value
from rlm.quicksight.expressions.walking import nodes
from rlm.quicksight.query import ColumnType
from rlm.quicksight.samples.turning import document
from rlm.quicksight.samples.wishes import ANYTHING, Wish, as_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from random import Random

# How formulas write dates, in Python's words; the longest first.
_DATE_PARTS: Final = (
    ("yyyy", "%Y"), ("YYYY", "%Y"), ("MMM", "%b"), ("MM", "%m"), ("dd", "%d"), ("DD", "%d"),
    ("HH", "%H"), ("hh", "%I"), ("mm", "%M"), ("SSS", "000"), ("ss", "%S"),
)  # fmt: skip
_PLACES: Final = {
    "country": ("Germany", "France", "United States", "Japan", "Brazil", "Australia"),
    "state": ("California", "Texas", "New York", "Florida", "Washington"),
    "city": ("Berlin", "Paris", "New York", "Tokyo", "Sydney", "London"),
    "region": ("eu-central-1", "us-east-1", "us-west-2", "ap-northeast-1"),
}
_PAST_DAYS: Final = 400
_ON_LAST_DAY: Final = 0.35
# Different values of a column, where nothing is wished.
_ANY_TEXTS: Final = 40
_ANY_OTHERS: Final = 300


@dataclass
class Hints:
    """What the dashboard's formulas say about the texts and numbers of one column."""

    texts: dict[str, None] = field(default_factory=dict)
    """Texts that it is compared with, as an ordered set."""
    date_format: str | None = None
    is_number: bool = False
    """A text that is read as a number."""
    separator: str | None = None
    parts: int = 1
    is_epoch: bool = False
    """Seconds since 1970."""
    json_paths: dict[str, None] = field(default_factory=dict)
    """Of a JSON text, the paths that are read, as an ordered set."""


def hints_of(trees: Iterable[Expression]) -> dict[str, Hints]:
    """Hints by column name, from all expressions on a data set."""
    found: dict[str, Hints] = {}
    for tree in trees:
        for node in nodes(tree):
            _look(node, found)
    return found


def _look(node: Expression, found: dict[str, Hints]) -> None:
    match node:
        case Operation("=" | "<>", (Column(name), Literal(str(text)))):
            found.setdefault(name, Hints()).texts[text] = None
        case Operation(_, (Column(name), Call("formatDate", (_, Literal(str(form)), *_)))):
            found.setdefault(name, Hints()).date_format = form
        case Call("in" | "notIn" | "switch", (Column(name), *rest)):
            hints = found.setdefault(name, Hints())
            items = rest[::2] if node.function == "switch" else rest
            for item in items:
                for one in getattr(item, "items", (item,)):
                    if isinstance(one, Literal) and isinstance(one.value, str):
                        hints.texts[one.value] = None
        case Call("parseDate", (Column(name), *rest)):
            first = rest[0] if rest else None
            told = str(first.value) if isinstance(first, Literal) else "yyyy-MM-dd"
            found.setdefault(name, Hints()).date_format = told
        case Call("parseInt" | "parseDecimal", (Column(name),)):
            found.setdefault(name, Hints()).is_number = True
        case Call("split", (Column(name), Literal(str(separator)), Literal(count), *_)):
            hints = found.setdefault(name, Hints())
            hints.separator = separator
            hints.parts = max(hints.parts, int(as_number(count) or 1))
        case Call("parseJson", (Column(name), Literal(str(path)), *_)):
            found.setdefault(name, Hints()).json_paths[path] = None
        case Call("epochDate", (Column(name),)):
            found.setdefault(name, Hints()).is_epoch = True
        case _:
            pass


@dataclass
class Values:
    """Draws values for the columns of one data set."""

    columns: Mapping[str, ColumnType]
    hints: Mapping[str, Hints]
    now: dt.datetime
    random: Random
    _usual_texts: dict[str, list[str]] = field(default_factory=dict)
    _any: dict[str, list[Value]] = field(default_factory=dict)
    """Values of which one is taken where nothing is wished: most values of a wide table."""

    def draw(self, column: str, wish: Wish) -> Value:
        """A value as wished; the nearest that there is where the wish is odd."""
        if wish is not ANYTHING:
            return self._drawn(column, wish)
        if column not in self._any:
            count = _ANY_TEXTS if self.columns[column] is ColumnType.STRING else _ANY_OTHERS
            self._any[column] = [self._drawn(column, wish) for _ in range(count)]
        return self.random.choice(self._any[column])

    def _drawn(self, column: str, wish: Wish) -> Value:
        if wish.is_null is True:
            return None
        hints = self.hints.get(column) or Hints()
        match self.columns[column]:
            case ColumnType.STRING:
                return self._text(column, wish, hints)
            case ColumnType.BOOLEAN:
                return bool(self.random.choice(wish.among or (True, False)))
            case ColumnType.DATETIME:
                return self._moment(wish)
            case kind:
                number = self._number(column, wish, hints)
                return round(number) if kind is ColumnType.INTEGER else number

    def _text(self, column: str, wish: Wish, hints: Hints) -> Value:
        if wish.among:
            return str(self.random.choice(wish.among))
        if hints.date_format or isinstance(wish.low or wish.high, dt.datetime):
            return self._moment(wish).strftime(_python_format(hints.date_format or "yyyy-MM-dd"))
        if wish.low is not None or wish.high is not None or hints.is_number:
            return f"{self._number(column, wish, hints):.0f}"
        if wish is ANYTHING:
            wished = list(hints.texts)
        else:
            wished = [one for one in hints.texts if one and wish.takes(one)]
        if wish.is_unique:
            return f"{wish.starts}{'-'.join(wish.contains)}{self.random.getrandbits(40)}{wish.ends}"
        if wished and self.random.random() < 0.8:
            return self.random.choice(wished)
        made = f"{wish.starts}{'-'.join(wish.contains)}{wish.ends}"
        # A text that satisfies two parts at once may overlap: then the parts stand side by side.
        if made:
            return made
        if column not in self._usual_texts:
            self._usual_texts[column] = self._usual(column, hints)
        usual = [one for one in self._usual_texts[column] if wish.takes(one)]
        return self.random.choice(usual) if usual else f"{self.random.randrange(10**9)}"

    def _usual(self, column: str, hints: Hints) -> list[str]:
        if hints.json_paths:
            return [
                document({path: f"{path.split('.')[-1]} {letter}" for path in hints.json_paths})
                for letter in "ABCDEF"
            ]
        lower = column.lower()
        for word, places in _PLACES.items():
            if word in lower:
                return list(places)
        name = re.sub(r"[^A-Za-z0-9]+", " ", column).strip() or "value"
        values = [f"{name} {letter}" for letter in "ABCDEF"]
        if hints.separator:
            return [hints.separator.join(f"{one}{i}" for i in range(hints.parts)) for one in values]
        return values

    def _number(self, column: str, wish: Wish, hints: Hints) -> float:
        if wish.among:
            return as_number(self.random.choice(wish.among)) or 0.0
        low, high = self._usual_range(column, hints)
        least, most = as_number(_value(wish.low)), as_number(_value(wish.high))
        if least is not None and least > low:
            low, high = least, max(high, least + abs(least) + 10)
        if most is not None and most < high:
            low, high = min(low, most - abs(most) - 10) if most < low else low, most
        if least is not None and low < least:
            low = least
        number = self.random.uniform(low, high)
        if self.columns[column] is not ColumnType.DECIMAL:
            number = min(max(round(number), _whole_up(low)), int(high // 1))
        else:
            number = round(number, 2) if high - low > 1 else number
            number = min(max(number, low), high)
        return number if wish.takes(number) or not wish.not_among else number + 1

    def _usual_range(self, column: str, hints: Hints) -> tuple[float, float]:
        lower = column.lower()
        if hints.is_epoch:
            now = self.now.replace(tzinfo=dt.UTC).timestamp()
            return now - 300 * 86400, now
        if "latitude" in lower:
            return -50.0, 60.0
        if "longitude" in lower:
            return -120.0, 140.0
        return 1.0, 1000.0

    def _moment(self, wish: Wish) -> dt.datetime:
        moments = [one for one in wish.among or () if isinstance(one, dt.datetime)]
        if moments:
            return self.random.choice(moments)
        low = wish.low if isinstance(wish.low, dt.datetime) else None
        high = wish.high if isinstance(wish.high, dt.datetime) else None
        if high is None:
            high = max(self.now, low + dt.timedelta(days=30)) if low else self.now
        if low is None:
            low = min(high, self.now) - dt.timedelta(days=_PAST_DAYS)
        # What is to come is shown by few: what was until now, where that is allowed.
        if low < self.now < high:
            high = self.now
        span = max((high - low).total_seconds(), 0)
        # Many on the last day: dashboards like to show what was measured last.
        place = span if self.random.random() < _ON_LAST_DAY else self.random.uniform(0, span)
        moment = low + dt.timedelta(seconds=int(place))
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight if midnight >= low else moment


def _value(bound: object) -> Value:
    return bound if isinstance(bound, int | float) else None


def _whole_up(number: float) -> int:
    return -int(-number // 1)


def _python_format(form: str) -> str:
    """`yyyy-MM-dd` as `%Y-%m-%d`; text in quotes stands for itself."""
    result, rest = "", form
    while rest:
        quoted = re.match(r"'([^']*)'", rest)
        if quoted:
            result, rest = result + quoted[1].replace("%", "%%"), rest[quoted.end() :]
            continue
        part, word = next(
            ((p, w) for p, w in _DATE_PARTS if rest.startswith(p)), (rest[0], rest[0])
        )
        result, rest = result + word, rest[len(part) :]
    return result
