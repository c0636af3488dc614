# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of this room: HTTP only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.audit.queries import list_events_of
from marketplace.listings.models import Listing
from marketplace.matches import (
    actions,
    changes,
    queries,
    run_views,
    run_words,
    shortages,
    study_views,
    wanted,
    words,
)
from marketplace.matches.compared import bars
from marketplace.matches.forms import DeclineForm
from marketplace.matches.models import Proposal
from marketplace.matches.rules import Role, State, available
from marketplace.matches.sight import Sight
from marketplace.policy import can
from marketplace.web.context import db_session, the_actor
from marketplace.web.guards import commits, opens
from marketplace.web.paging import page_count, page_number

bp = Blueprint("matches", __name__, template_folder="templates")
for speaking in (words, run_words, changes, shortages, wanted):
    for name, words_of in speaking.FILTERS.items():
        bp.add_app_template_filter(words_of, name)

bp.get("/arrangements/<key:arrangement_id>")(study_views.arrangement)
bp.get("/listings/<key:listing_id>/why-not")(study_views.why_not)
bp.get("/runs/<key:run_id>/shortages")(study_views.shortages)
bp.post("/runs/<key:run_id>/calls/<key:number>")(study_views.call_for_offers)
bp.get("/runs/<key:run_id>/compare")(study_views.compare)

bp.get("/runs")(run_views.runs)
bp.post("/runs")(run_views.start)
bp.get("/runs/acceptance")(run_views.acceptance)
bp.get("/runs/<key:run_id>")(run_views.run)
bp.post("/runs/<key:run_id>/cancel")(run_views.cancel)
bp.post("/runs/<key:run_id>/publish")(run_views.publish)
bp.get("/runs/<key:run_id>/proposals.csv")(run_views.proposals_csv)


@bp.app_template_global()
def waiting_reason(listing: Listing) -> str | None:
    """Why the newest run left a listing out, for the listing's own page, whose room knows nothing of runs."""
    row = queries.find_left_out(db_session(), listing)
    return run_words.left_out(row.reason) if row is not None else None


@bp.get("/proposals")
@opens("matches:see")
def proposals() -> str:
    """The proposals this person may see, by state."""
    actor, state, page = the_actor(), request.args.get("state"), page_number()
    counts = queries.count_visible_by_state(db_session(), actor)
    state = state if state in set(State) else None
    found = queries.list_proposals(db_session(), actor, state, page)
    total = counts.get(state, 0) if state else sum(counts.values())
    arranging = can(actor, "matches:see-arrangements") and state is None and page == 1
    newest = queries.find_newest_published_run(db_session()) if arranging else None
    return render_template(
        "matches/proposals.html",
        sights=[Sight(proposal, actor) for proposal in found],
        counts={known: counts[known] for known in State if known in counts},
        state=state,
        arrangements=queries.list_arrangements(db_session(), newest),
        number=page,
        pages=page_count(total, queries.PER_PAGE),
    )


@bp.get("/proposals/<key:proposal_id>")
@opens("matches:see", Proposal)
def show(proposal: Proposal) -> str:
    """One proposal: what, how much, how far, why."""
    return _proposal_page(proposal, DeclineForm())


def _proposal_page(proposal: Proposal, form: DeclineForm) -> str:
    sight = Sight(proposal, the_actor())
    happened = sight.happenings(list_events_of(db_session(), proposal))
    moves = available(proposal.state, Role.PARTY) if sight.side else []
    return render_template(
        "matches/proposal.html",
        sight=sight,
        form=form,
        moves=moves,
        happened=happened,
        bars=bars(sight.terms),
        components=sight.of_the_viewer(queries.list_components(db_session(), proposal.arrangement_id)),
    )


@bp.post("/proposals/<key:proposal_id>/yes")
@opens("matches:answer", Proposal)
@commits
def say_yes(proposal: Proposal) -> Any:
    """The firm wants to talk."""
    actions.answer_proposal(db_session(), the_actor(), proposal, "yes")
    flash(_("Your answer is kept."))
    return redirect(url_for("matches.show", proposal_id=proposal.id))


@bp.post("/proposals/<key:proposal_id>/yes-to-all")
@opens("matches:answer", Proposal)
@commits
def want_all(proposal: Proposal) -> Any:
    """The firm wants to talk about each of its parts of an arrangement."""
    actions.want_all(db_session(), the_actor(), proposal)
    flash(_("Your answers are kept."))
    return redirect(url_for("matches.show", proposal_id=proposal.id))


@bp.post("/proposals/<key:proposal_id>/no")
@opens("matches:answer", Proposal)
@commits
def say_no(proposal: Proposal) -> Any:
    """Not for this firm, because…"""
    form = DeclineForm()
    if not form.validate():
        return _proposal_page(proposal, form), 422
    actions.answer_proposal(db_session(), the_actor(), proposal, "no", form.reason.data, form.words.data or "")
    flash(_("Your answer is kept. These two listings are not proposed to each other again."))
    return redirect(url_for("matches.show", proposal_id=proposal.id))
