# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is done with an exchange, its loads and their corrections: each act has a page with its form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from marketplace.db import today
from marketplace.errors import N_, Refused
from marketplace.exchanges import actions, queries, rules
from marketplace.exchanges.forms import ActForm, MassForm, ReasonForm, SendForm, WeighForm
from marketplace.exchanges.models import Correction, Delivery, Exchange
from marketplace.exchanges.rules import CORRECTION_MOVES, LOAD_MOVES, MOVES, Move
from marketplace.exchanges.views.blueprint import bp
from marketplace.web.context import db_session, the_actor
from marketplace.web.guards import commits, opens

TITLES = {
    Move.SEND: N_("Record a load that leaves"),
    Move.WEIGH: N_("Weigh a load in"),
    Move.CONTEST: N_("Contest the weighing"),
    Move.SETTLE: N_("Settle a contested load"),
    Move.ASK: N_("Ask for a correction"),
    Move.TURN_DOWN: N_("Refuse a correction"),
    Move.CLOSE: N_("Close the exchange"),
}


@bp.get("/exchanges/<key:exchange_id>/loads")
@opens("exchanges:weigh", Exchange)
def record_load(exchange: Exchange) -> str:
    """A form for a load that leaves."""
    _check(MOVES, Move.SEND, exchange)
    left_g = max(0, queries.mass_to_send(db_session(), exchange))
    return _page(Move.SEND, exchange, SendForm(mass_g=left_g or None, on=today(db_session())))


@bp.post("/exchanges/<key:exchange_id>/loads")
@opens("exchanges:weigh", Exchange)
@commits
def send(exchange: Exchange) -> Any:
    """Record the load."""
    form = SendForm()
    return _do(Move.SEND, exchange, form, lambda: actions.send(db_session(), the_actor(), exchange, form.sent()))


@bp.get("/loads/<key:delivery_id>/weigh")
@opens("exchanges:weigh", Delivery)
def weigh_in(delivery: Delivery) -> str:
    """A form for what arrived."""
    _check(LOAD_MOVES, Move.WEIGH, delivery)
    known = {"arrived_g": delivery.arrived_g, "accepted_g": delivery.accepted_g}
    form = WeighForm(**known, on=delivery.arrived_on or today(db_session()), refusal_reason=delivery.refusal_reason)
    return _page(Move.WEIGH, delivery, form)


@bp.post("/loads/<key:delivery_id>/weigh")
@opens("exchanges:weigh", Delivery)
@commits
def weigh(delivery: Delivery) -> Any:
    """Record what arrived and what was accepted of it."""
    form = WeighForm()
    return _do(Move.WEIGH, delivery, form, lambda: actions.weigh(db_session(), the_actor(), delivery, form.weighed()))


@bp.post("/loads/<key:delivery_id>/confirm")
@opens("exchanges:confirm", Delivery)
@commits
def confirm(delivery: Delivery) -> Any:
    """Confirm what was weighed."""
    actions.confirm(db_session(), the_actor(), delivery)
    return _back(delivery.exchange)


@bp.get("/loads/<key:delivery_id>/contest")
@opens("exchanges:confirm", Delivery)
def ask_contest(delivery: Delivery) -> str:
    """A form for why the weighing is contested."""
    _check(LOAD_MOVES, Move.CONTEST, delivery)
    return _page(Move.CONTEST, delivery, ReasonForm())


@bp.post("/loads/<key:delivery_id>/contest")
@opens("exchanges:confirm", Delivery)
@commits
def contest(delivery: Delivery) -> Any:
    """Contest the weighing."""
    form = ReasonForm()
    reason = form.reason
    return _do(Move.CONTEST, delivery, form, lambda: actions.contest(db_session(), the_actor(), delivery, reason.data))


@bp.get("/loads/<key:delivery_id>/settle")
@opens("exchanges:settle", Delivery)
def ask_settlement(delivery: Delivery) -> str:
    """A form for what counts of a contested load."""
    _check(LOAD_MOVES, Move.SETTLE, delivery)
    return _page(Move.SETTLE, delivery, MassForm(accepted_g=delivery.accepted_g))


@bp.post("/loads/<key:delivery_id>/settle")
@opens("exchanges:settle", Delivery)
@commits
def settle(delivery: Delivery) -> Any:
    """Settle a contested load."""
    form = MassForm()

    def act() -> None:
        actions.settle_contest(db_session(), the_actor(), delivery, form.mass_g(), form.reason.data)

    return _do(Move.SETTLE, delivery, form, act)


@bp.get("/loads/<key:delivery_id>/corrections")
@opens("exchanges:correct", Delivery)
def ask_correction(delivery: Delivery) -> str:
    """A form for what should have been confirmed."""
    _check(LOAD_MOVES, Move.ASK, delivery)
    if queries.find_open_correction(db_session(), delivery) is not None:
        raise rules.AskedAlready
    return _page(Move.ASK, delivery, MassForm(accepted_g=delivery.accepted_g))


@bp.post("/loads/<key:delivery_id>/corrections")
@opens("exchanges:correct", Delivery)
@commits
def propose_correction(delivery: Delivery) -> Any:
    """Ask for a correction."""
    form = MassForm()

    def act() -> None:
        actions.propose_correction(db_session(), the_actor(), delivery, form.mass_g(), form.reason.data)

    return _do(Move.ASK, delivery, form, act)


@bp.post("/corrections/<key:correction_id>/settle")
@opens("exchanges:settle", Correction)
@commits
def settle_correction(correction: Correction) -> Any:
    """Correct the mass as asked for."""
    actions.settle_correction(db_session(), the_actor(), correction)
    return _back(correction.delivery.exchange)


@bp.get("/corrections/<key:correction_id>/refuse")
@opens("exchanges:settle", Correction)
def ask_refusal(correction: Correction) -> str:
    """A form for why the mass is not corrected."""
    _check(CORRECTION_MOVES, Move.TURN_DOWN, correction)
    return _page(Move.TURN_DOWN, correction.delivery, ReasonForm())


@bp.post("/corrections/<key:correction_id>/refuse")
@opens("exchanges:settle", Correction)
@commits
def refuse_correction(correction: Correction) -> Any:
    """Leave the mass as it was confirmed."""
    form = ReasonForm()

    def act() -> None:
        actions.refuse_correction(db_session(), the_actor(), correction, form.reason.data)

    return _do(Move.TURN_DOWN, correction.delivery, form, act)


@bp.get("/exchanges/<key:exchange_id>/close")
@opens("exchanges:confirm", Exchange)
def ask_close(exchange: Exchange) -> str:
    """A form for why the rest will not come."""
    _check(MOVES, Move.CLOSE if exchange.delivered_g else Move.ABANDON, exchange)
    return _page(Move.CLOSE, exchange, ReasonForm())


@bp.post("/exchanges/<key:exchange_id>/close")
@opens("exchanges:confirm", Exchange)
@commits
def close(exchange: Exchange) -> Any:
    """Close the exchange before all has come."""
    form = ReasonForm()
    reason = form.reason
    return _do(Move.CLOSE, exchange, form, lambda: actions.complete(db_session(), the_actor(), exchange, reason.data))


def _check(moves: rules.Table, move: Move, thing: Exchange | Delivery | Correction) -> None:
    """The page of an act that is not possible now says why not."""
    rules.decide(moves, move, thing.state, queries.role_in(the_actor(), thing))


def _do(move: Move, thing: Exchange | Delivery, form: ActForm, act: Callable[[], object]) -> Any:
    """Do it, or show the form again with what is wrong beside its fields."""
    try:
        if form.validate_on_submit():
            act()
            return _back(_exchange_of(thing))
    except Refused as refusal:
        if not form.explain(refusal):
            raise
    return _page(move, thing, form), 422


def _page(move: Move, thing: Exchange | Delivery, form: ActForm) -> str:
    load = thing if isinstance(thing, Delivery) else None
    exchange = _exchange_of(thing)
    return render_template("exchanges/act.html", title=_(TITLES[move]), exchange=exchange, load=load, form=form)


def _exchange_of(thing: Exchange | Delivery) -> Exchange:
    return thing.exchange if isinstance(thing, Delivery) else thing


def _back(exchange: Exchange) -> Any:
    flash(_("Recorded. Whoever has to know has been told."), "success")
    return redirect(url_for("exchanges.show", exchange_id=exchange.id))
