# SPDX-License-Identifier: AGPL-3.0-or-later
"""Events in human words, in the language of whoever reads them.

Each room says in its `rules.EVENTS` how its events read; `create_app` gathers them here, since this room comes before
all others and knows none of them. A sentence may name `%(actor)s` and every fact as `web.languages.told` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from marketplace.audit.models import Event
from marketplace.web.languages import told

SENTENCES: dict[str, str] = {}
"""Kind of event → English sentence, of all rooms."""


def register(events: Mapping[str, str]) -> None:
    """Add one room's sentences."""
    SENTENCES.update(events)


def sentence(event: Event) -> str:
    """What happened, in words."""
    return told(SENTENCES[event.kind], {"actor": event.actor_name or str(_("The marketplace")), **event.facts})
