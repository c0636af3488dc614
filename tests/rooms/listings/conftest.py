# SPDX-License-Identifier: AGPL-3.0-or-later
"""Firms with people who write and read listings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, Person
from marketplace.accounts.signed_in import actor_of
from marketplace.listings import actions
from marketplace.listings.models import Listing
from marketplace.policy import Actor
from tests.world import make_firm, make_person, sign_in

OFFER = {
    "forms": "CUT_KNIT",
    "mass_g": 1_000_000,
    "composition": "WO:80;PA:20",
    "regime": "BYPRODUCT",
    "origin": "pre",
    "description": "Ritagli di maglia",
}
NEED = {
    "side": "need",
    "forms": "CUT_KNIT;CUT_WOVEN",
    "mass_g": 500_000,
    "composition": "WO:70-100;*:0-5",
    "regime": "PRODUCT;BYPRODUCT",
}


@dataclass
class Mill:
    """A firm, its manager, and what the manager does."""

    session: Session
    firm: Organisation
    manager: Person
    app: Flask

    @property
    def actor(self) -> Actor:
        return actor_of(self.session, self.manager)

    @cached_property
    def client(self) -> FlaskClient:
        """The manager's browser, signed in."""
        self.session.commit()
        return sign_in(self.app.test_client(), self.manager)

    def draft(self, stated: dict[str, Any] = OFFER, **more: Any) -> Listing:
        return actions.create_draft(self.session, self.actor, {**stated, **more})

    def publish(self, stated: dict[str, Any] = OFFER, **more: Any) -> Listing:
        return actions.publish(self.session, self.actor, self.draft(stated, **more))


def open_mill(session: Session, app: Flask, name: str, **more: Any) -> Mill:
    firm = make_firm(session, name, **more)
    manager = make_person(session, firm, "manager")
    return Mill(session, firm, manager, app)


@pytest.fixture
def mill(session: Session, app: Flask) -> Mill:
    return open_mill(session, app, "Tessitura Nove Campane")


@pytest.fixture
def rival(session: Session, app: Flask) -> Mill:
    return open_mill(session, app, "Filatura Bisbiglio")
