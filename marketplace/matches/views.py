# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of this room: HTTP only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.audit.queries import list_events_of
from marketplace.listings.models import Listing
from marketplace.matches import (
    actions,
    changes,
    history,
    queries,
    run_words,
    sheet,
    shortages,
    study_views,
    wanted,
    words,
)
from marketplace.matches.compared import bars
from marketplace.matches.forms import DeclineForm, StartForm
from marketplace.matches.models import Proposal, Run
from marketplace.matches.policies import PRESETS, Wish, written
from marketplace.matches.rules import Role, State, available, available_for_run
from marketplace.matches.sight import Sight
from marketplace.policy import can
from marketplace.web.context import db_session, the_actor
from marketplace.web.guards import commits, opens

bp = Blueprint("matches", __name__, template_folder="templates")
for name, words_of in {**words.FILTERS, **run_words.FILTERS, **changes.FILTERS, **shortages.FILTERS}.items():
    bp.add_app_template_filter(words_of, name)

bp.get("/arrangements/<key:arrangement_id>")(study_views.arrangement)
bp.get("/listings/<key:listing_id>/why-not")(study_views.why_not)
bp.get("/runs/<key:run_id>/shortages")(study_views.shortages)
bp.get("/runs/<key:run_id>/compare")(study_views.compare)

MOST_PAGES = 100_000


@bp.app_template_global()
def waiting_reason(listing: Listing) -> str | None:
    """Why the newest run left a listing out, for the listing's own page, whose room knows nothing of runs."""
    row = queries.find_left_out(db_session(), listing)
    return run_words.left_out(row.reason) if row is not None else None


@bp.get("/proposals")
@opens("matches:see")
def proposals() -> str:
    """The proposals this person may see, by state."""
    actor, state, page = the_actor(), request.args.get("state"), _page_number()
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
        pages=_pages(total),
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
        "matches/proposal.html", sight=sight, form=form, moves=moves, happened=happened, bars=bars(sight.terms)
    )


@bp.post("/proposals/<key:proposal_id>/yes")
@opens("matches:answer", Proposal)
@commits
def say_yes(proposal: Proposal) -> Any:
    """The firm wants to talk."""
    actions.answer_proposal(db_session(), the_actor(), proposal, "yes")
    flash(_("Your answer is kept."))
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


@bp.get("/runs")
@opens("matches:see-runs")
def runs() -> str:
    """All runs, and the form that starts one."""
    return _runs_page(StartForm())


def _runs_page(form: StartForm) -> str:
    session, page = db_session(), _page_number()
    return render_template(
        "matches/runs.html",
        runs=queries.list_runs(session, page),
        unfinished=queries.find_unfinished_run(session),
        form=form,
        presets=PRESETS,
        hindrances=_hindrances(),
        number=page,
        pages=_pages(queries.count_runs(session)),
    )


def _hindrances() -> dict[str, str]:
    """Field of the form → why it cannot be ticked yet."""
    session = db_session()
    why = {
        "weigh": wanted.why_not_weighed(history.newest_model(session)),
        "steady": wanted.why_not_steady(queries.find_newest_published_run(session)),
    }
    return {name: words for name, words in why.items() if words}


@bp.post("/runs")
@opens("matches:run")
@commits
def start() -> Any:
    """Start a run."""
    form = StartForm()
    if not form.validate() or not form.heeds(_hindrances()):
        return _runs_page(form), 422
    model = history.newest_model(db_session()) if form.weigh.data else None
    wish = Wish(form.preset.data, model, form.tax.data if form.steady.data else None)
    started = actions.start_run(db_session(), the_actor(), written(wish), form.seconds.data or 30)
    return redirect(url_for("matches.run", run_id=started.id))


@bp.get("/runs/acceptance")
@opens("matches:see-runs")
def acceptance() -> str:
    """How well answers are foreseen, and why firms refuse."""
    session = db_session()
    return render_template(
        "matches/acceptance.html",
        run=queries.find_newest_taught(session),
        model=history.newest_model(session),
        refusals=queries.count_refusals(session),
    )


@bp.get("/runs/<key:run_id>")
@opens("matches:see-runs", Run)
def run(run: Run) -> str:
    """One run: how far it is, or what it found."""
    session, page = db_session(), _page_number()
    counts = queries.count_by_state(session, run)
    arranging = can(the_actor(), "matches:see-arrangements", run)
    return render_template(
        "matches/run.html",
        run=run,
        wanted=wanted.facts_of(run),
        moves=available_for_run(run.state, Role.COORDINATOR),
        # Whom a run would bring together is for the coordinator: administrators see how it went.
        proposals=queries.list_of_run(session, run, page) if can(the_actor(), "matches:publish", run) else [],
        counts={known: counts[known] for known in State if known in counts},
        arrangements=queries.list_arrangements(session, run if arranging else None),
        idle=queries.list_idle_processors(session, run),
        left_out=queries.list_left_out(session, run),
        happened=list_events_of(session, run),
        number=page,
        pages=_pages(sum(number for number, _grams in counts.values())),
    )


@bp.post("/runs/<key:run_id>/cancel")
@opens("matches:run", Run)
@commits
def cancel(run: Run) -> Any:
    """Stop a run."""
    actions.cancel_run(db_session(), the_actor(), run)
    return redirect(url_for("matches.run", run_id=run.id))


@bp.post("/runs/<key:run_id>/publish")
@opens("matches:publish", Run)
@commits
def publish(run: Run) -> Any:
    """Show a run's proposals to their firms."""
    done = actions.publish_run(db_session(), the_actor(), run)
    flash(
        _(
            "Published. Proposals shown to firms: %(opened)s (with less mass than computed: %(reduced)s). "
            "Dropped because something had changed: %(dropped)s. Older ones retired: %(retired)s.",
            opened=done.opened,
            reduced=done.reduced,
            dropped=done.dropped,
            retired=done.retired,
        )
    )
    return redirect(url_for("matches.run", run_id=run.id))


@bp.get("/runs/<key:run_id>/proposals.csv")
@opens("matches:publish", Run)
def proposals_csv(run: Run) -> Response:
    """A run's proposals as a sheet, without prices."""
    text = sheet.as_csv(queries.list_of_run(db_session(), run))
    headers = {"Content-Disposition": f"attachment; filename=run-{run.id}-proposals.csv"}
    return Response(text, content_type="text/csv; charset=utf-8", headers=headers)


def _page_number() -> int:
    typed = request.args.get("page", "1")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 1
    return min(max(number, 1), MOST_PAGES)


def _pages(rows: int) -> int:
    return max(1, -(-rows // queries.PER_PAGE))
