"""scipy's sparse matrices, and none of the rest of scipy.

Pyomo answers the first import of scipy by importing scipy.stats and much else besides, which doubles
the time a plan needs to start. Its standard-form compiler uses sparse matrices only, so it is given
these directly; whoever asks Pyomo for the rest of scipy still gets it.
"""

from __future__ import annotations

import numpy as np
from pyomo.common.dependencies import DeferredImportCallbackFinder
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler, _LinearStandardFormCompiler_impl


def _spare_the_rest_of_scipy() -> None:
    DeferredImportCallbackFinder._callbacks.pop("scipy", None)
    from scipy.sparse import csc_array, csr_array

    _LinearStandardFormCompiler_impl._to_vector = np.fromiter
    _LinearStandardFormCompiler_impl._csc_matrix = csc_array
    _LinearStandardFormCompiler_impl._csr_matrix = csr_array


_spare_the_rest_of_scipy()

from scipy.sparse import csc_matrix, csr_matrix, vstack  # noqa: E402 - only after Pyomo has been told

__all__ = ["LinearStandardFormCompiler", "csc_matrix", "csr_matrix", "vstack"]
