# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of this room: HTTP only."""

from marketplace.accounts.views import door, firms, joining, me, people
from marketplace.accounts.views.blueprint import bp

__all__ = ["bp", "door", "firms", "joining", "me", "people"]
