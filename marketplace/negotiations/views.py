# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of this room: HTTP only."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.audit.queries import list_events_of
from marketplace.db import today
from marketplace.matches.fair import seen_from
from marketplace.matches.models import Proposal
from marketplace.negotiations import actions, queries, rules, terms, words
from marketplace.negotiations.forms import AnswerForm, MessageForm, TermsForm, WithdrawForm
from marketplace.negotiations.models import Negotiation
from marketplace.negotiations.rules import Move
from marketplace.web.context import db_session, the_actor
from marketplace.web.guards import commits, opens
from marketplace.web.languages import told
from marketplace.web.paging import page_count, page_number

bp = Blueprint("negotiations", __name__, template_folder="templates")


@bp.get("/negotiations")
@opens("negotiations:see")
def index() -> str:
    """The negotiations of one's own firm."""
    view = request.args.get("view", "live")
    view = view if view in queries.VIEWS else "live"
    actor = the_actor()
    pages = page_count(queries.count_mine(db_session(), actor, view), queries.PAGE)
    page = page_number(pages)
    return render_template(
        "negotiations/index.html",
        negotiations=queries.list_mine(db_session(), actor, view, page),
        view=view,
        page=page,
        pages=pages,
        waiting=queries.count_my_turn(db_session(), actor),
        turn=lambda one: the_actor().firm_id in rules.waiting_firms(one.state, one.firm_ids, one.terms_firm_id),
    )


@bp.get("/negotiations/<key:negotiation_id>")
@opens("negotiations:see", Negotiation)
def show(negotiation: Negotiation) -> str:
    """The terms on the table, how they came about, and what can be done."""
    return _page(negotiation, MessageForm())


@bp.get("/proposals/<key:proposal_id>/negotiation")
@opens("negotiations:see", Proposal)
def of_proposal(proposal: Proposal) -> Any:
    """The negotiation that a proposal led to, for its two firms."""
    negotiation = queries.find_of_proposal(db_session(), proposal.id)
    if negotiation is None:
        abort(404)
    return _back(negotiation)


@bp.get("/negotiations/<key:negotiation_id>/terms")
@opens("negotiations:bind", Negotiation)
def edit_terms(negotiation: Negotiation) -> str:
    """A form of terms, identical to those on the table."""
    rules.terms_move(negotiation.state, _role(negotiation))
    on_table = queries.get_terms(db_session(), negotiation)
    known = asdict(on_table.terms) if on_table else _first_terms(negotiation)
    return _terms_page(negotiation, TermsForm(**known, **_seen(on_table)))


@bp.post("/negotiations/<key:negotiation_id>/terms")
@opens("negotiations:bind", Negotiation)
@commits
def counter(negotiation: Negotiation) -> Any:
    """Put terms on the table: the first ones, or in answer to a round."""
    form = TermsForm()
    if not form.validate_on_submit():
        return _terms_page(negotiation, form), 422
    try:
        with words.saying_what_changed():
            actions.counter(db_session(), the_actor(), negotiation, form.answered, form.terms())
    except rules.TooMuch as refusal:
        form.mass_g.errors = [told(refusal.words, refusal.facts)]
        return _terms_page(negotiation, form), 422
    except rules.PaidByproduct as refusal:
        form.price_milli_eur_kg.errors = [_(refusal.words)]
        return _terms_page(negotiation, form), 422
    flash(_("Your terms are on the table. The other firm has been told."), "success")
    return _back(negotiation)


@bp.post("/negotiations/<key:negotiation_id>/accept")
@opens("negotiations:bind", Negotiation)
@commits
def accept(negotiation: Negotiation) -> Any:
    """Accept the round that was on the screen."""
    with words.saying_what_changed():
        actions.accept(db_session(), the_actor(), negotiation, AnswerForm().answered)
    flash(_("The terms are agreed. The coordinator has been told."), "success")
    return _back(negotiation)


@bp.get("/negotiations/<key:negotiation_id>/withdraw")
@opens("negotiations:bind", Negotiation)
def ask_reason(negotiation: Negotiation) -> str:
    """Ask why the firm steps back."""
    rules.decide(Move.WITHDRAW, negotiation.state, _role(negotiation))
    return _withdraw_page(negotiation, WithdrawForm(seen_state=negotiation.state))


@bp.post("/negotiations/<key:negotiation_id>/withdraw")
@opens("negotiations:bind", Negotiation)
@commits
def withdraw(negotiation: Negotiation) -> Any:
    """Step back, with a reason."""
    form = WithdrawForm()
    if not form.validate_on_submit():
        return _withdraw_page(negotiation, form), 422
    actions.withdraw(db_session(), the_actor(), negotiation, form.reason.data, form.seen_state.data)
    flash(_("You have withdrawn from the negotiation."))
    return _back(negotiation)


@bp.post("/negotiations/<key:negotiation_id>/messages")
@opens("negotiations:write", Negotiation)
@commits
def write_message(negotiation: Negotiation) -> Any:
    """Write to the other firm."""
    form = MessageForm()
    if not form.validate_on_submit():
        return _page(negotiation, form), 422
    actions.write_message(db_session(), the_actor(), negotiation, form.words.data)
    return redirect(url_for("negotiations.show", negotiation_id=negotiation.id, _anchor="messages"))


def _page(negotiation: Negotiation, message_form: MessageForm) -> str:
    session, rounds = db_session(), queries.list_rounds(db_session(), negotiation)
    on_table = rounds[-1] if rounds else None
    pages = page_count(queries.count_messages(session, negotiation), queries.MESSAGES_A_PAGE)
    page = page_number(pages)
    giving = the_actor().firm_id == negotiation.offer_firm_id
    return render_template(
        "negotiations/show.html",
        negotiation=negotiation,
        rounds=rounds,
        on_table=on_table,
        mine=the_actor().firm_id,
        fair=seen_from(negotiation.proposal.fair, "offer" if giving else "need"),
        moves=rules.available(negotiation.state, _role(negotiation)),
        can_put_terms=bool(set(rules.TERMS_MOVES) & set(rules.available(negotiation.state, _role(negotiation)))),
        messages=queries.list_messages(session, negotiation, page),
        page=page,
        pages=pages,
        events=list_events_of(session, negotiation, but="negotiations:write"),  # messages stand on the page themselves
        accept_form=AnswerForm(formdata=None, **_seen(on_table)),
        message_form=message_form,
        changed=terms.differences,
        shown=words.shown,
        labels=words.LABELS,
    )


def _terms_page(negotiation: Negotiation, form: TermsForm) -> str:
    return render_template("negotiations/terms.html", negotiation=negotiation, form=form)


def _withdraw_page(negotiation: Negotiation, form: WithdrawForm) -> str:
    return render_template("negotiations/withdraw.html", negotiation=negotiation, form=form)


def _first_terms(negotiation: Negotiation) -> dict[str, object]:
    """What the proposal and the two listings say already; nobody's price."""
    offer, need = negotiation.offer, negotiation.need
    free_g = queries.free_g(db_session(), negotiation)
    first, last = terms.common_days((offer.from_day, offer.until_day), (need.from_day, need.until_day))
    if first and (last is None or last >= today(db_session())):
        first = max(first, today(db_session()))  # goods of a listing that began long ago leave from today on
    return {"mass_g": min(negotiation.proposal.mass_g, free_g) or None, "pickup_from": first, "pickup_until": last}


def _seen(on_table: Any) -> dict[str, str]:
    if on_table is None:
        return {"seen_round": "0", "seen_sha256": ""}
    return {"seen_round": str(on_table.number), "seen_sha256": on_table.terms_sha256}


def _role(negotiation: Negotiation) -> rules.Role:
    return negotiation.role_of(the_actor().firm_id)


def _back(negotiation: Negotiation) -> Any:
    return redirect(url_for("negotiations.show", negotiation_id=negotiation.id))
