"""What can go wrong between a valid portfolio and a proved plan.

Every class carries the exit code that the command line returns for it.
"""

from __future__ import annotations


class OptimizerError(Exception):
    """Base of all errors raised by this package."""

    exit_code = 4


class PinError(OptimizerError):
    """A forced decision that no plan of the portfolio could follow.

    Attributes
    ----------
    faults : one sentence for every such pin.
    """

    exit_code = 2

    def __init__(self, faults: tuple[str, ...]) -> None:
        """Say what is wrong with which pin."""
        self.faults = faults
        super().__init__("\n".join(faults))

    def __reduce__(self) -> tuple[type[PinError], tuple[tuple[str, ...]]]:
        """Rebuild from the faults, so that the error survives a trip between processes."""
        return type(self), (self.faults,)


class DealError(OptimizerError):
    """A contract that cannot be priced: it does not exist, is signed, or can never be taken."""

    exit_code = 2


class ScenarioError(OptimizerError):
    """A portfolio with scenarios asks for what is planned, or answered, in one scenario only."""

    exit_code = 2


class CapitalError(OptimizerError):
    """A portfolio with tables of capital asks for what is answered only without them."""

    exit_code = 2


class InfeasiblePlanError(OptimizerError):
    """No plan satisfies every limit at once.

    Attributes
    ----------
    clashes : the limits that cannot hold together, each in words of sites, contracts and months.
    """

    exit_code = 3

    def __init__(self, clashes: tuple[str, ...]) -> None:
        """Say which limits clash."""
        self.clashes = clashes
        listed = "\n".join(f"  - {clash}" for clash in clashes)
        super().__init__(f"no plan satisfies these limits together:\n{listed}")

    def __reduce__(self) -> tuple[type[InfeasiblePlanError], tuple[tuple[str, ...]]]:
        """Rebuild from the clashes, so that the error survives a trip between processes."""
        return type(self), (self.clashes,)


class SolverError(OptimizerError):
    """The solver stopped without an optimal answer, or its release is known to be wrong."""


class CertificateError(OptimizerError):
    """The answer did not survive the independent recomputation; it is not presented as a plan."""
