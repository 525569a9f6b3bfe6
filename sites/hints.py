"""Guesses at what was meant: other ways of writing numbers, months and names."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable

from sites.months import month_label

NUMBER_PATTERN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
GROUPED_PATTERN = re.compile(r"[+-]?[0-9]{1,3}([,'  \u202f_][0-9]{3})+(\.[0-9]+)?")
DECIMAL_COMMA_PATTERN = re.compile(r"[+-]?[0-9]+(\.[0-9]{3})*,[0-9]+")
WITH_UNIT_PATTERN = re.compile(r"[$€£]?\s*([+-]?[0-9.]+([eE][+-]?[0-9]+)?)\s*[$€£A-Za-z/·*²³ .-]*")
NO_NUMBER_WORDS = frozenset(
    {"na", "n/a", "nan", "none", "null", "nil", "-", "--", "tbd", "?", "inf", "-inf", "infinity"}
)
TRUE_WORDS = frozenset({"yes", "y", "on", "1", "t", "x", "wahr", "1.0"})
FALSE_WORDS = frozenset({"no", "n", "off", "0", "f", "falsch", "0.0"})
CALENDAR_MONTHS_ARE_NUMBERS = "calendar months are numbers from 1 (January) to 12 (December)"
MOST_ALIKE = 3
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def nearest(word: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?`` with the known word most like this one; empty when none is like it."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f"did you mean '{by_folded[close[0]]}'?" if close else ""


def column_hint(name: str, columns: Iterable[str]) -> str:
    """Which columns a name that is none of them seems to mean; all of them where nothing is like it."""
    known = list(columns)
    alike = [column for column in known if name and column.startswith(name)]
    if 0 < len(alike) <= MOST_ALIKE:
        quoted = [f"'{column}'" for column in alike]
        return f"did you mean {' or '.join(quoted)}?"
    return nearest(name, known) or f"the columns are {', '.join(known)}"


def number_hint(text: str) -> str:
    """How a text that is no plain number might be written as one."""
    if text.endswith("%") and NUMBER_PATTERN.fullmatch(text[:-1].strip()):
        return f"a percentage is written as a fraction: {float(text[:-1]) / 100:.12g}"
    if text.casefold() in NO_NUMBER_WORDS:
        return "write a finite number, or leave an optional column blank"
    if GROUPED_PATTERN.fullmatch(text):
        plain = re.sub(r"[^0-9.+-]", "", text)
        if text.count(",") == 1 and "." not in text:
            return f"did you mean {plain} or {text.replace(',', '.')}? Write it without separators of thousands"
        return f"write {plain}, without separators of thousands"
    if DECIMAL_COMMA_PATTERN.fullmatch(text):
        return f"write {text.replace('.', '').replace(',', '.')}, with a decimal point"
    return _odd_digits_hint(text)


def _odd_digits_hint(text: str) -> str:
    plain = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    if plain != text and NUMBER_PATTERN.fullmatch(plain):
        return f"write {plain} with the digits 0 to 9"
    if "_" in text and NUMBER_PATTERN.fullmatch(text.replace("_", "")):
        return f"write {text.replace('_', '')}, without separators of thousands"
    with_unit = WITH_UNIT_PATTERN.fullmatch(text)
    if with_unit and NUMBER_PATTERN.fullmatch(with_unit.group(1)):
        return f"write the number alone ({with_unit.group(1)} if it is in the column's unit)"
    return "write a plain number such as 1234.5 or 1e6"


def month_hint(text: str) -> str:
    """How a text that is no month label might be written as one."""
    label = _other_month_label(text)
    if label:
        return f"write {label}"
    if re.fullmatch(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-]([0-9]{2}|[0-9]{4})", text):
        return "day and month cannot be told apart here; write the month as YYYY-MM"
    if re.fullmatch(r"[0-9]{4}", text):
        return f"this is a year; write one of its months, such as {text}-01"
    quarter = re.fullmatch(r"([0-9]{4})[ -]?[qQ]([1-4])", text)
    if quarter:
        return f"this is a quarter; its first month is {quarter.group(1)}-{3 * int(quarter.group(2)) - 2:02d}"
    return "write it like 2027-03"


def _other_month_label(text: str) -> str:
    numeric = re.fullmatch(r"([0-9]{4})([-/. ]?)([0-9]{1,2})(\2[0-9]{1,2}([T ].*)?)?", text)
    if numeric and (numeric.group(2) or len(numeric.group(3)) == 2):
        return _label(int(numeric.group(1)), int(numeric.group(3)))
    reverse = re.fullmatch(r"([0-9]{1,2})[-/. ]([0-9]{4})", text)
    if reverse:
        return _label(int(reverse.group(2)), int(reverse.group(1)))
    worded = re.fullmatch(r"([A-Za-z]{3,9})[-/. ']*([0-9]{4}|[0-9]{2})", text)
    if worded is None:
        swapped = re.fullmatch(r"([0-9]{4}|[0-9]{2})[-/. ']*([A-Za-z]{3,9})", text)
        name, year = (swapped.group(2), swapped.group(1)) if swapped else ("", "")
    else:
        name, year = worded.group(1), worded.group(2)
    if name[:3].casefold() in MONTH_NAMES:
        return _label(int(year) if len(year) == 4 else 2000 + int(year), MONTH_NAMES.index(name[:3].casefold()) + 1)
    return ""


def _label(year: int, month: int) -> str:
    return month_label(year * 12 + month - 1) if 1 <= month <= 12 else ""


def calendar_month_hint(text: str) -> str:
    """How a text that is no month of the year, 1 to 12, might be written as one or several."""
    if re.fullmatch(r"[0-9]{1,2}(\s*[, /]\s*[0-9]{1,2})+", text):
        return f"write {';'.join(re.findall('[0-9]+', text))}, with ';' between the months"
    year_month = re.fullmatch(r"[0-9]{4}-([0-9]{1,2})(-[0-9]{1,2}.*)?", text)
    if year_month and 1 <= int(year_month.group(1)) <= 12:
        number = int(year_month.group(1))
        return f"{CALENDAR_MONTHS_ARE_NUMBERS}; write {number}, and say the years with from and to"
    words = re.findall(r"[^\W\d_]+", text)
    if words and all(word[:3].casefold() in MONTH_NAMES for word in words):
        numbers = re.sub(r"[^\W\d_]+\.?", lambda word: str(MONTH_NAMES.index(word.group()[:3].casefold()) + 1), text)
        return f"{CALENDAR_MONTHS_ARE_NUMBERS}; write {re.sub(r'[, ]+', ';', numbers)}"
    return CALENDAR_MONTHS_ARE_NUMBERS


def choice_hint(text: str, choices: Collection[str]) -> str:
    """Which of a column's words a text seems to mean; yes and no where one word of two is ``none``."""
    word = text.casefold()
    others = [choice for choice in choices if choice != "none"]
    if "none" in choices and len(others) == 1:
        if word == "true" or word in TRUE_WORDS:
            return f"write {others[0]}"
        if word == "false" or word in FALSE_WORDS:
            return "write none"
    return nearest(word.replace("-", "_").replace(" ", "_"), choices)


def flag_hint(text: str) -> str:
    """Which of true and false a text seems to mean."""
    word = text.casefold()
    if word in TRUE_WORDS:
        return "write true"
    return "write false" if word in FALSE_WORDS else ""
