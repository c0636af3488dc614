# SPDX-License-Identifier: AGPL-3.0-or-later
"""The deal of the negotiations' tests."""

from tests.rooms.negotiations.conftest import deal

__all__ = ["deal"]
