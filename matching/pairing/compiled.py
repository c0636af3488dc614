# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one door to numba: functions compiled once, kept on disk beside the source, running without the lock."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """The same function as machine code; threads may run it side by side."""
    return cast("Function", njit(cache=True, nogil=True)(function))
