# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bodies larger than this site accepts."""

from __future__ import annotations

import time
from typing import Any

MOST_DRAINED = 64 * 1024 * 1024
"""Bytes; whoever announces more is answered at once, and may never read it."""
SECONDS = 10
_CHUNK = 1 << 16


def drain(environ: dict[str, Any]) -> None:
    """Read away what is still being sent, so that the sender gets to read the answer.

    A server that closes a connection with bytes unread resets it, and a browser then shows that instead of the page.
    """
    left = int(environ.get("CONTENT_LENGTH") or 0)
    end = time.monotonic() + SECONDS
    while 0 < left <= MOST_DRAINED and time.monotonic() < end:
        piece = environ["wsgi.input"].read(min(left, _CHUNK))
        left = left - len(piece) if piece else 0
