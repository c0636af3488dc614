# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's page of outgoing mail: how much and what went wrong, not to whom and not what."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import marketplace
from marketplace.outbox.actions import queue
from marketplace.outbox.models import Mail
from marketplace.outbox.rules import Reader
from marketplace.outbox.words import KINDS
from tests.world import make_body, make_firm, make_person, sign_in


def test_the_page_counts_mails_and_shows_neither_address_nor_text(session: Session, app: Flask) -> None:
    admin = make_person(session, make_body(session), "admin")
    with app.app_context():
        for _ in range(2):
            queue(session, Reader("lucia.canary@example.com", "it", "Lucia"), "matches/new_proposals", number=3)
    mail = session.scalars(select(Mail)).first()
    assert mail is not None
    mail.state, mail.attempts, mail.last_error = "failed", 12, "recipient refused 550"
    session.commit()
    text = sign_in(app.test_client(), admin).get("/outbox").get_data(as_text=True)
    assert "New proposals" in text
    assert "recipient refused 550" in text
    for secret in ("canary", "Lucia", mail.subject):
        assert secret not in text


def test_every_mail_has_a_name_on_the_page() -> None:
    rooms = Path(marketplace.__file__).parent
    written = {f"{path.parts[-4]}/{path.parts[-2]}" for path in rooms.glob("*/templates/*/mail/*/subject.txt")}
    assert set(KINDS) == written


def test_only_operators_open_it(session: Session, app: Flask) -> None:
    manager = make_person(session, make_firm(session))
    session.commit()
    assert sign_in(app.test_client(), manager).get("/outbox").status_code == 403
    assert app.test_client().get("/outbox").status_code == 302
