# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lists by pages: how many there are, and which one the address asks for."""

from __future__ import annotations

from flask import request

MOST_PAGES = 999_999


def page_count(rows: int, per_page: int) -> int:
    """How many pages these rows fill; an empty list is one page."""
    return max(1, -(-rows // per_page))


def page_number(last: int = MOST_PAGES) -> int:
    """The page asked for, no further than the last one; 1 where no whole number is asked for."""
    typed = request.args.get("page", "")
    return min(max(int(typed), 1), last) if typed.isascii() and typed.isdigit() and len(typed) <= 6 else 1
