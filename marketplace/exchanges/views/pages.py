# SPDX-License-Identifier: AGPL-3.0-or-later
"""Exchanges as lists, as a sheet and one by one."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for

from marketplace.audit.queries import list_events_of
from marketplace.exchanges import queries, rules, sheet
from marketplace.exchanges.models import Delivery, Exchange
from marketplace.exchanges.views.blueprint import bp
from marketplace.negotiations.models import Negotiation
from marketplace.policy import can, may
from marketplace.web.context import db_session, the_actor
from marketplace.web.downloads import csv_file
from marketplace.web.guards import opens
from marketplace.web.paging import page_count, page_number


@bp.get("/exchanges")
@opens("exchanges:see")
def index() -> str:
    """The exchanges this person may see."""
    actor, view = the_actor(), _view()
    pages = page_count(queries.count_exchanges(db_session(), actor, view), queries.PAGE)
    page = page_number(pages)
    return render_template(
        "exchanges/index.html",
        exchanges=queries.list_exchanges(db_session(), actor, view, page),
        view=view,
        page=page,
        pages=pages,
        waiting=queries.count_waiting_for(db_session(), actor),
        name_of=lambda exchange, firm: queries.name_of(actor, exchange, firm),
        state_words=rules.STATE_WORDS,
    )


@bp.get("/exchanges.csv")
@opens("exchanges:see")
def export() -> Response:
    """The exchanges this person may see, as a sheet; prices only for who may see them."""
    actor = the_actor()
    prices = may(actor, "exchanges:see-price")
    rows = queries.stream_exchanges(db_session(), actor, _view())
    return csv_file("exchanges", sheet.header(prices), (sheet.row(actor, exchange, prices) for exchange in rows))


@bp.get("/exchanges/<key:exchange_id>")
@opens("exchanges:see", Exchange)
def show(exchange: Exchange) -> str:
    """What was agreed on, what has come of it, and what can be done."""
    session, actor = db_session(), the_actor()
    loads = queries.list_loads(session, exchange)
    corrections = [correction for load in loads for correction in load.corrections]
    inside = can(actor, "exchanges:see-price", exchange)
    role = queries.role_in(actor, exchange)
    return render_template(
        "exchanges/show.html",
        exchange=exchange,
        loads=loads,
        inside=inside,
        part_lost=inside and queries.has_lost_a_part(session, exchange),
        moves=rules.available(rules.MOVES, exchange.state, role),
        load_moves=lambda load: rules.available(rules.LOAD_MOVES, load.state, role),
        correction_moves=lambda one: rules.available(rules.CORRECTION_MOVES, one.state, role),
        events=list_events_of(session, exchange, *loads, *corrections) if inside else [],
        name_of=lambda firm: queries.name_of(actor, exchange, firm),
        document=rules.document_kind(exchange.regime),
        words={**rules.STATE_WORDS, **rules.LOAD_WORDS, **rules.ASK_WORDS},
    )


@bp.get("/negotiations/<key:negotiation_id>/exchange")
@opens("negotiations:see", Negotiation)
def of_negotiation(negotiation: Negotiation) -> Any:
    """The exchange that came of a negotiation, for its two firms."""
    exchange = queries.find_of_negotiation(db_session(), negotiation.id)
    if exchange is None:
        abort(404)
    return redirect(url_for("exchanges.show", exchange_id=exchange.id))


@bp.get("/loads/<key:delivery_id>")
@opens("exchanges:see", Delivery)
def of_load(delivery: Delivery) -> Any:
    """The exchange that a load belongs to."""
    return redirect(url_for("exchanges.show", exchange_id=delivery.exchange_id, _anchor=f"load-{delivery.id}"))


def _view() -> str:
    view = request.args.get("view", "all")
    return view if view in queries.VIEWS else "all"
