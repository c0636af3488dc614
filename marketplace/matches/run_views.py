# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of runs: start one, watch it, cancel it, publish it."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from marketplace.audit.queries import list_events_of
from marketplace.matches import actions, history, queries, run_words, sheet, wanted
from marketplace.matches.forms import StartForm
from marketplace.matches.models import Run
from marketplace.matches.policies import PRESETS, Wish, written
from marketplace.matches.publication import publish_run
from marketplace.matches.rules import Role, State, available_for_run
from marketplace.policy import can
from marketplace.web.context import db_session, the_actor
from marketplace.web.guards import commits, opens
from marketplace.web.paging import page_count, page_number


@opens("matches:see-runs")
def runs() -> str:
    """All runs, and the form that starts one."""
    return _runs_page(StartForm())


def _runs_page(form: StartForm) -> str:
    session, page = db_session(), page_number()
    return render_template(
        "matches/runs.html",
        runs=queries.list_runs(session, page),
        unfinished=queries.find_unfinished_run(session),
        form=form,
        presets=PRESETS,
        hindrances=_hindrances(),
        number=page,
        pages=page_count(queries.count_runs(session), queries.PER_PAGE),
    )


def _hindrances() -> dict[str, str]:
    """Field of the form → why it cannot be ticked yet."""
    session = db_session()
    why = {
        "weigh": wanted.why_not_weighed(history.newest_model(session)),
        "steady": wanted.why_not_steady(queries.find_newest_published_run(session)),
    }
    return {name: words for name, words in why.items() if words}


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


@opens("matches:see-runs")
def acceptance() -> str:
    """How well answers are foreseen, and why firms refuse."""
    session = db_session()
    model = history.newest_model(session)
    return render_template(
        "matches/acceptance.html",
        run=queries.find_newest_taught(session),
        model=model,
        chart=run_words.reliability(model.quality) if model and model.quality else None,
        refusals=queries.count_refusals(session),
    )


@opens("matches:see-runs", Run)
def run(run: Run) -> str:
    """One run: how far it is, or what it found."""
    session, page = db_session(), page_number()
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
        pages=page_count(sum(number for number, _grams in counts.values()), queries.PER_PAGE),
    )


@opens("matches:run", Run)
@commits
def cancel(run: Run) -> Any:
    """Stop a run."""
    actions.cancel_run(db_session(), the_actor(), run)
    return redirect(url_for("matches.run", run_id=run.id))


@opens("matches:publish", Run)
@commits
def publish(run: Run) -> Any:
    """Show a run's proposals to their firms."""
    done = publish_run(db_session(), the_actor(), run)
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


@opens("matches:publish", Run)
def proposals_csv(run: Run) -> Response:
    """A run's proposals as a sheet, without prices."""
    text = sheet.as_csv(queries.list_of_run(db_session(), run))
    headers = {"Content-Disposition": f"attachment; filename=run-{run.id}-proposals.csv"}
    return Response(text, content_type="text/csv; charset=utf-8", headers=headers)
