# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happens to the processes that firms offer, in words."""

from __future__ import annotations

from marketplace.errors import N_, Stale

EVENTS: dict[str, str] = {
    "processors:state": N_("%(actor)s stated a process that %(firm)s does for others."),
    "processors:withdraw": N_("%(actor)s withdrew a process that %(firm)s did for others."),
}


class AlreadyWithdrawn(Stale):
    """A colleague was quicker."""

    words = N_("This process has been withdrawn already.")
