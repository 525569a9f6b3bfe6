"""What the readers of market files share: finding a header, its columns, and the rows of one location."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sites.findings import Finding
from sites.hints import nearest
from sites.hourly import PriceFileError
from sites.price_formats.base import Line, Request, Table

HEADER_LINES = 12
SHOWN_LOCATIONS = 40
HOLDS = "the file holds"
MARKET_NAMES = {"dam": "day-ahead", "rtm": "real-time"}
LOAD_PAYS_ZONE = "a load pays the price of its zone, not of a hub"


def plain(name: str) -> str:
    """A column's name without case, outer blanks and doubled blanks, for comparing."""
    return " ".join(name.split()).casefold()


def header_of(table: Table, wanted: Callable[[list[str]], bool]) -> int | None:
    """Place in ``table.lines`` of the first line whose plain names are the wanted ones; None without one.

    A native file may have title lines above its header, so the first dozen lines are looked at.
    """
    for place, (_, cells) in enumerate(table.lines[:HEADER_LINES]):
        if wanted([plain(cell) for cell in cells]):
            return place
    return None


@dataclass(frozen=True)
class Rows:
    """The rows below a header, each as wide as it, and the findings made on the way.

    header : line number and names as the file writes them.
    columns : place of each column by its plain name.
    """

    file: str
    header: Line
    columns: Mapping[str, int]
    lines: Sequence[Line]
    findings: list[Finding]

    def place(self, *names: str) -> int:
        """Place of the first of these columns that is there; -1 without any."""
        return next((self.columns[name] for name in names if name in self.columns), -1)

    def name(self, place: int) -> str:
        """The name of a column as the file writes it."""
        return self.header[1][place].strip()

    def having(self, lines: Sequence[Line]) -> Rows:
        """The same with fewer rows."""
        return Rows(self.file, self.header, self.columns, lines, self.findings)


def rows_below(table: Table, header: int) -> Rows:
    """The rows below the header at a place of ``table.lines``; rows of another width are findings."""
    number, names = table.lines[header]
    columns = {plain(name): place for place, name in reversed(list(enumerate(names)))}
    width = len(names)
    below = table.lines[header + 1 :]
    if all(len(cells) == width for _, cells in below):
        return Rows(table.file, (number, names), columns, below, [])
    findings = [
        Finding(
            table.file,
            line,
            problem=f"the row has {len(cells)} fields",
            expected=f"{width} as in the header",
            hint="numbers are written with a decimal point and without separators of thousands",
        )
        for line, cells in below
        if len(cells) != width and any(cells)
    ]
    kept = [row for row in below if len(row[1]) == width]
    return Rows(table.file, (number, names), columns, kept, findings)


Names = tuple[str, ...]


def chosen(file: str, line: int | None, wanted: str, known: Iterable[Names]) -> Names:
    """Which of a file's locations is wanted; each is a tuple of its names, the first of them the one to be shown.

    A name counts as it is written, else whatever its case. Without a wanted one the file must hold a single location.

    Raises
    ------
    PriceFileError : none is wanted and there are several, or the wanted one is not there or stands for several.
    """
    listed = list(dict.fromkeys(known))
    if not wanted.strip():
        if len(listed) == 1:
            return listed[0]
        found: list[Names] = []
    else:
        word = " ".join(wanted.split())
        found = [names for names in listed if word in names]
        found = found or [names for names in listed if plain(word) in {plain(name) for name in names}]
    if len(found) == 1:
        return found[0]
    if not listed:
        raise PriceFileError(
            [Finding(file, line, problem="the file holds no prices", expected="rows below the header")]
        )
    if found:
        problem, hint = "stands for several", "write the id instead of the name"
        shown = [" = ".join(names) for names in found]
    else:
        shown = [names[0] for names in listed]
        problem = "" if wanted.strip() else "is not given"
        # The nearest of tens of thousands of nodes is dear to find and of little use.
        hint = nearest(wanted, shown[:5000]) if wanted.strip() else LOAD_PAYS_ZONE
    names_shown = ", ".join(f"'{name}'" for name in shown[:SHOWN_LOCATIONS])
    more = f" and {len(shown) - SHOWN_LOCATIONS} more" if len(shown) > SHOWN_LOCATIONS else ""
    raise PriceFileError(
        [
            Finding(
                file,
                line,
                column="location",
                value=wanted,
                problem=problem,
                expected=f"one of the file's locations: {names_shown}{more}",
                hint=hint,
            )
        ]
    )


def rows_of(
    rows: Rows, named: Sequence[int], wanted: str, more: Callable[[Names], Names] = lambda _: ()
) -> tuple[Rows, Names]:
    """The rows of the wanted location, and its names as they are in the file.

    named : places of the columns that name it, the one to be shown first.
    more : further names by which a location can be asked for.

    Raises
    ------
    PriceFileError : see :func:`chosen`.
    """
    if wanted:
        # Almost always the name is written as in the file, and a file can have millions of rows.
        for place in named:
            mine = [row for row in rows.lines if row[1][place] == wanted]
            if mine:
                break
        keys = {tuple([cells[place] for place in named]) for _, cells in mine}
        if len(keys) == 1:
            return rows.having(mine), keys.pop()
    every = sorted({tuple([cells[place] for place in named]) for _, cells in rows.lines})
    known = {(*names, *more(names)): names for names in every}
    key = known[chosen(rows.file, rows.header[0], wanted, known)]
    return rows.having([row for row in rows.lines if tuple([row[1][place] for place in named]) == key]), key


def check_market(file: str, line: int | None, request: Request, market: str) -> None:
    """Refuse a file of one market (``dam`` or ``rtm``) where the other is asked for.

    Raises
    ------
    PriceFileError : the request names another market.
    """
    if request.market and request.market != market:
        problem = f"{HOLDS} {MARKET_NAMES[market]} prices"
        raise PriceFileError(
            [Finding(file, line, column="market", value=request.market, problem=problem, expected=market)]
        )
