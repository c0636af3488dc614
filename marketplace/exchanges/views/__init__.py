# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of this room: HTTP only."""

from marketplace.exchanges.views import loads, pages
from marketplace.exchanges.views.blueprint import bp

__all__ = ["bp", "loads", "pages"]
