"""A case of a what-if: changes of the portfolio and forced decisions, and the changed copy that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from optimizer.errors import PinError
from optimizer.parameters import build_parameters
from optimizer.pins import Pin, parse_pin
from sites.edits import Edit, Typed, changed
from sites.findings import Finding, PortfolioError
from sites.portfolio import Portfolio

PIN = "--pin"


@dataclass(frozen=True)
class Case:
    """What is changed, in the order in which it is done.

    add : files of offers that are added. offers : further ones, each a mapping from column to value.
    edits : fields that are changed, see :class:`sites.edits.Edit`.
    drop : ids of contracts that are dropped. pins : decisions that are forced, see :class:`optimizer.pins.Pin`.
    """

    edits: tuple[Edit | str, ...] = ()
    add: tuple[str | Path, ...] = ()
    drop: tuple[Typed | str, ...] = ()
    pins: tuple[Pin | Typed | str, ...] = ()
    offers: tuple[Mapping[str, object], ...] = ()

    def then(self, other: Case) -> Case:
        """The changes of this case and then those of another."""
        return Case(
            self.edits + other.edits,
            self.add + other.add,
            self.drop + other.drop,
            self.pins + other.pins,
            self.offers + other.offers,
        )

    @property
    def told(self) -> tuple[str, ...]:
        """Every change in words, in order."""
        return (
            *(f"add {file}" for file in self.add),
            *(f"add offer {offer.get('id', '')}" for offer in self.offers),
            *(f"set {edit if isinstance(edit, str) else edit.given}" for edit in self.edits),
            *(f"drop {name if isinstance(name, str) else name.text}" for name in self.drop),
            *(f"pin {pin.text if isinstance(pin, Typed) else pin}" for pin in self.pins),
        )

    def applied(self, portfolio: Portfolio) -> tuple[Portfolio, tuple[Pin, ...]]:
        """The changed copy, and the decisions forced upon its plan.

        Raises
        ------
        PortfolioError : lists everything that is wrong with the changes, the copy and the pins.
        """
        pins, findings = self._read_pins()
        copy = portfolio
        try:
            copy = changed(portfolio, edits=self.edits, add=self.add, drop=self.drop, offers=self.offers)
        except PortfolioError as error:
            findings = [*error.findings, *findings]
        else:
            findings += _refused(copy, pins)
        if any(finding.severity == "error" for finding in findings):
            raise PortfolioError(findings)
        return copy, tuple(pins.values())

    def _read_pins(self) -> tuple[dict[str, Pin], list[Finding]]:
        """The pins by how messages call them, and those that have another shape."""
        pins: dict[str, Pin] = {}
        findings: list[Finding] = []
        for given in self.pins:
            if isinstance(given, Pin):
                pins[f"{PIN} {given}"] = given
                continue
            typed = Typed(given, PIN) if isinstance(given, str) else given
            try:
                pins[typed.label] = parse_pin(typed.text)
            except PinError as error:
                findings += [_finding(typed.label, typed.text, fault) for fault in error.faults]
        return pins, findings


def _refused(portfolio: Portfolio, pins: dict[str, Pin]) -> list[Finding]:
    """What is wrong with pins that no plan of the portfolio could follow."""
    if not pins:
        return []
    try:
        build_parameters(portfolio, tuple(pins.values()))
    except PinError as error:
        return [_finding_of(fault, pins) for fault in error.faults]
    return []


def _finding_of(fault: str, pins: dict[str, Pin]) -> Finding:
    for label, pin in pins.items():
        if fault.startswith(f"pin '{pin}': "):
            return _finding(label, str(pin), fault)
    return Finding("pins", problem=fault)  # of the portfolio's own table


def _finding(label: str, text: str, fault: str) -> Finding:
    """A fault of a pin as a finding; its sentence begins with the pin, which the place says already."""
    return Finding(label, problem=fault.removeprefix(f"pin '{text}': "))


def all_applied(
    portfolio: Portfolio, cases: Sequence[tuple[str, Case]]
) -> dict[str, tuple[Portfolio, tuple[Pin, ...]]]:
    """The changed copy and pins of every case, by its name.

    Raises
    ------
    PortfolioError : lists everything that is wrong with any case, what several have in common once.
    """
    made: dict[str, tuple[Portfolio, tuple[Pin, ...]]] = {}
    findings: dict[Finding, None] = {}
    for name, case in cases:
        try:
            made[name] = case.applied(portfolio)
        except PortfolioError as error:
            findings |= dict.fromkeys(error.findings)
    if findings:
        raise PortfolioError(findings)
    return made
