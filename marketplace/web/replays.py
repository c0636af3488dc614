# SPDX-License-Identifier: AGPL-3.0-or-later
"""The same form sent twice has one effect: the second time, the first answer is given again.

Every form carries a random key. Its row is written in the transaction of the effect itself, so an answer that was
lost on the way (a dropped connection, a killed worker) is found again under its key, and a rolled-back effect leaves
no row.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from flask import Request, Response, abort, redirect
from flask import session as cookie
from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.db import Base, Key, now
from marketplace.web.addresses import LONGEST_ADDRESS
from marketplace.web.context import current_actor
from marketplace.web.texts import shown

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_NOT_PART_OF_THE_REQUEST = frozenset({"csrf_token", "idempotency_key"})


class Replay(Base):
    """What was answered to a form that had an effect."""

    __tablename__ = "replay"
    __table_args__ = (UniqueConstraint("owner", "route", "key"),)

    id: Mapped[Key]
    owner: Mapped[str] = mapped_column(String(80), comment="person id, or the visitor's form token")
    route: Mapped[str] = mapped_column(String(400))
    key: Mapped[str] = mapped_column(String(36))
    body_sha256: Mapped[str] = mapped_column(String(64))
    location: Mapped[str] = mapped_column(String(LONGEST_ADDRESS))
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class ReplayKey:
    """Who sent which form where, with what in it."""

    owner: str
    route: str
    key: str
    body_sha256: str


def key_of(request: Request) -> ReplayKey | None:
    """The key of this request, or None if the form has none (or something else in its place)."""
    key = request.form.get("idempotency_key", "")
    if not _UUID.fullmatch(key):
        return None
    actor = current_actor()
    owner = f"person {actor.person_id}" if actor else f"visitor {cookie.get('csrf_token', '')}"
    return ReplayKey(owner, f"{request.method} {shown(request.path)}"[:400], key, _digest(request))


def begin(session: Session, key: ReplayKey) -> Response | None:
    """The first answer if this form was already dealt with; else claim the key in this transaction.

    A twin running at the same moment makes the claim wait and then fail as a duplicate.
    """
    earlier = find(session, key)
    if earlier is None:
        row = Replay(
            owner=key.owner,
            route=key.route,
            key=key.key,
            body_sha256=key.body_sha256,
            location="",
            at=now(session),
        )
        session.add(row)
        session.flush()
    return earlier


def find(session: Session, key: ReplayKey) -> Response | None:
    """The answer kept under the key, or None; the same key with other contents is refused (422)."""
    row = _row(session, key)
    if row is None:
        return None
    if row.body_sha256 != key.body_sha256:
        abort(422)
    response = redirect(row.location)
    assert isinstance(response, Response)
    return response


def remember(session: Session, key: ReplayKey, response: Response) -> None:
    """Keep the answer beside the effect; every form that has an effect answers with a redirect."""
    if not 300 <= response.status_code < 400:
        raise RuntimeError(f"{key.route} had an effect but did not redirect")
    row = _row(session, key)
    assert row is not None
    row.location = response.location or ""
    session.flush()


def _row(session: Session, key: ReplayKey) -> Replay | None:
    return session.execute(
        select(Replay).where(Replay.owner == key.owner, Replay.route == key.route, Replay.key == key.key)
    ).scalar_one_or_none()


def _digest(request: Request) -> str:
    digest = hashlib.sha256()
    for name, values in sorted(request.form.lists()):
        if name not in _NOT_PART_OF_THE_REQUEST:
            digest.update(repr((name, values)).encode("utf-8", "surrogatepass"))
    for name, upload in sorted(request.files.items(multi=True), key=lambda item: item[0]):
        digest.update(repr((name, upload.filename)).encode("utf-8", "surrogatepass"))
        digest.update(hashlib.sha256(upload.stream.read()).digest())
        upload.stream.seek(0)
    return digest.hexdigest()
