# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of this room: HTTP only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.approvals import actions, queries, rules, words
from marketplace.approvals.checks import red
from marketplace.approvals.forms import DecisionForm, ReasonForm
from marketplace.approvals.models import Case
from marketplace.audit.queries import list_events_of
from marketplace.negotiations.models import Negotiation
from marketplace.policy import can
from marketplace.web.context import db_session, the_actor
from marketplace.web.guards import commits, opens
from marketplace.web.paging import page_count, page_number

bp = Blueprint("approvals", __name__, template_folder="templates")


@bp.get("/cases")
@opens("approvals:desk")
def index() -> str:
    """The coordinator's desk: what waits, oldest first."""
    view = request.args.get("view", "mine")
    view = view if view in queries.VIEWS else "mine"
    actor = the_actor()
    pages = page_count(queries.count_cases(db_session(), actor, view), queries.PAGE)
    page = page_number(pages)
    return render_template(
        "approvals/index.html",
        cases=queries.list_cases(db_session(), actor, view, page),
        view=view,
        page=page,
        pages=pages,
        mine=queries.count_waiting_for(db_session(), actor),
        state_words=rules.STATE_WORDS,
    )


@bp.get("/cases/<key:approval_case_id>")
@opens("approvals:see", Case)
def show(approval_case: Case) -> str:
    """The terms to be decided on, the checks, and what was decided."""
    session, case = db_session(), approval_case
    checks = queries.list_checks(session, case)
    return render_template(
        "approvals/show.html",
        case=case,
        checks=[(check, words.sentence(check)) for check in checks],
        forbidden=bool(red(checks)),
        moves=rules.available(case.state, _role(case), case.two_needed),
        events=list_events_of(session, case),
        form=DecisionForm(seen_sha256=case.terms_sha256),
        state_words=rules.STATE_WORDS,
        party=the_actor().firm_id in (case.offer_firm_id, case.need_firm_id),
    )


@bp.get("/negotiations/<key:negotiation_id>/case")
@opens("negotiations:see", Negotiation)
def of_negotiation(negotiation: Negotiation) -> Any:
    """The newest case of a negotiation, for its two firms."""
    case = queries.newest_case(db_session(), negotiation.id)
    if case is None:
        abort(404)
    return redirect(url_for("approvals.show", approval_case_id=case.id))


@bp.post("/cases/<key:approval_case_id>/approve")
@opens("approvals:decide", Case)
@commits
def approve(approval_case: Case) -> Any:
    """Approve the terms that were on the screen."""
    form = DecisionForm()
    if not form.validate_on_submit():
        raise rules.OtherTerms
    with words.naming_what_forbids():
        actions.approve(db_session(), the_actor(), approval_case, form.seen_sha256.data)
    done = approval_case.state == rules.State.APPROVED
    flash(_("Approved. Both firms have been told.") if done else _("Approved; a second coordinator has to."), "success")
    return redirect(url_for("approvals.index"))


@bp.get("/cases/<key:approval_case_id>/return")
@opens("approvals:decide", Case)
def ask_return(approval_case: Case) -> str:
    """Ask why the terms go back."""
    rules.decide(rules.Move.RETURN, approval_case.state, _role(approval_case), approval_case.two_needed)
    return _reason_page("return", approval_case, ReasonForm(seen_sha256=approval_case.terms_sha256))


@bp.post("/cases/<key:approval_case_id>/return")
@opens("approvals:decide", Case)
@commits
def return_case(approval_case: Case) -> Any:
    """Send the terms back to the firms, with a reason."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _reason_page("return", approval_case, form), 422
    actions.return_case(db_session(), the_actor(), approval_case, form.reason.data, form.seen_sha256.data)
    flash(_("Sent back. Both firms have been told."))
    return redirect(url_for("approvals.index"))


@bp.get("/cases/<key:approval_case_id>/refuse")
@opens("approvals:decide", Case)
def ask_refusal(approval_case: Case) -> str:
    """Ask why the exchange is refused."""
    rules.decide(rules.Move.REFUSE, approval_case.state, _role(approval_case), approval_case.two_needed)
    return _reason_page("refuse", approval_case, ReasonForm(seen_sha256=approval_case.terms_sha256))


@bp.post("/cases/<key:approval_case_id>/refuse")
@opens("approvals:decide", Case)
@commits
def refuse(approval_case: Case) -> Any:
    """Refuse the exchange, with a reason."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _reason_page("refuse", approval_case, form), 422
    actions.refuse(db_session(), the_actor(), approval_case, form.reason.data, form.seen_sha256.data)
    flash(_("Refused. Both firms have been told."))
    return redirect(url_for("approvals.index"))


def _reason_page(decision: str, case: Case, form: ReasonForm) -> str:
    approved = queries.count_approved_parts(db_session(), case)
    return render_template("approvals/reason.html", decision=decision, case=case, form=form, approved=approved)


def _role(case: Case) -> rules.Role:
    actor = the_actor()
    own = [membership.organisation_id for membership in actor.memberships]
    decides = can(actor, "approvals:decide", case)
    return rules.role_of(decides, case.is_party(own), case.first_approver_id == actor.person_id)
