# SPDX-License-Identifier: AGPL-3.0-or-later
"""Subject and body of a mail, from its two templates, in its reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import current_app

from marketplace.installation import current_settings
from marketplace.outbox.rules import Reader, one_line
from marketplace.web.languages import speaking

MAX_SUBJECT = 300


def write(to: Reader, template: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Subject (one line) and body. `template` is "room/name"; needs an application's context, no request.

    Templates see the facts, `to` (the Reader), `link(endpoint, **values)` (an absolute address), `site_name` and
    `site_url`.
    """
    room, _, name = template.partition("/")
    settings = current_settings()
    values = {
        "site_name": settings.site_name,
        "site_url": settings.base_url,
        **facts,
        "to": to,
        "link": absolute_link,
    }
    with speaking(to.language):
        subject = _render(f"{room}/mail/{name}/subject.txt", values)
        body = _render(f"{room}/mail/{name}/body.txt", values)
    return one_line(subject)[:MAX_SUBJECT], _tidy(body)


def absolute_link(endpoint: str, **values: Any) -> str:
    """The address of a page as it stands in a mail, under the installation's own name (never a request's Host)."""
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return current_settings().base_url + path


def _render(path: str, values: Mapping[str, Any]) -> str:
    # Not flask.render_template: its context processors ask who is signed in, and here nobody is.
    return current_app.jinja_env.get_template(path).render(values)


def _tidy(body: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"
