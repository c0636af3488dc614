# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a browser calls itself, shortened so that people recognise theirs in a list."""

from __future__ import annotations

# In this order: each of these also names those below it.
_NAMES = ("Edg", "OPR", "SamsungBrowser", "Firefox", "Chrome", "Safari")
_SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux")


def browser_name(user_agent: str) -> str:
    """«Firefox, Linux»; empty for one that is not known."""
    found = [next((word for word in words if word in user_agent), "") for words in (_NAMES, _SYSTEMS)]
    return ", ".join(word for word in found if word)
