# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages on which a run is studied: arrangements, why a listing is not placed, shortages, two runs side by side."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import format_decimal, format_percent, ngettext
from flask_babel import gettext as _

from marketplace.listings.models import Listing
from marketplace.matches import calls, queries, run_words, wanted, whynot
from marketplace.matches.compared import bars
from marketplace.matches.comparison import Comparison, Outcome
from marketplace.matches.models import Arrangement, Run
from marketplace.matches.sight import shown_terms, total
from marketplace.web.context import db_session, the_actor
from marketplace.web.guards import commits, opens
from marketplace.web.languages import kilograms

MOST_CHANGES = 50
"""Lines of a comparison: the largest changes."""


@opens("matches:see-arrangements", Arrangement)
def arrangement(arrangement: Arrangement) -> str:
    """An exchange among more than two firms: what goes in, through whom, what comes out."""
    whole = queries.get_arrangement(db_session(), arrangement.id)
    shown = [(leg, shown_terms(leg.reasons, None)) for leg in whole.legs]
    return render_template(
        "matches/arrangement.html",
        arrangement=whole,
        steps=[step for leg in whole.legs for step in leg.steps],
        brought_g=queries.grams_by_processor(db_session(), whole.run_id),
        reasons=[(leg, bars(terms), total(terms)) for leg, terms in shown],
    )


@opens("matches:see-why-not", Listing)
def why_not(listing: Listing) -> str:
    """What keeps a listing's kilograms where they are, and the smallest changes that would help."""
    session = db_session()
    found = queries.find_why_not(session, listing)
    sight = whynot.Sight(listing, found, the_actor()) if found else None
    return render_template(
        "matches/why_not.html",
        listing=listing,
        sight=sight,
        arranged_g=queries.arranged_g(session, found.run_id, listing) if found else 0,
        others=queries.listings_by_key(session, sight.others) if sight else {},
    )


@opens("matches:publish", Run)
def shortages(run: Run) -> str:
    """What needs lacked after a run, as calls for offers, and who competes for what."""
    found = run.shortage
    groups = [*found.get("calls", []), *found.get("competitions", [])]
    keys = {key for group in groups for key in (*group["needs"], *group.get("offers", []))}
    listings = queries.listings_by_key(db_session(), keys)
    callable_now = calls.is_newest(db_session(), run)
    return render_template("matches/shortages.html", run=run, listings=listings, callable_now=callable_now)


@opens("matches:publish", Run)
@commits
def call_for_offers(run: Run, number: int) -> Any:
    """Ask firms that have listed such goods before."""
    asked = calls.call_for_offers(db_session(), the_actor(), run, number)
    flash(ngettext("%(num)s firm was asked by mail.", "%(num)s firms were asked by mail.", asked), "success")
    return redirect(url_for("matches.shortages", run_id=run.id))


@opens("matches:publish", Run)
def compare(run: Run) -> str:
    """A run beside another, by default the newest before it: figures, and what changed."""
    session = db_session()
    candidates = queries.list_finished_runs(session, run)
    typed = request.args.get("other", "")
    if not candidates:
        return render_template("matches/compare.html", run=run, other=None, candidates=[])
    before = next((one for one in candidates if one.id < run.id), candidates[0])
    other = next((one for one in candidates if str(one.id) == typed), before)
    comparison = Comparison(queries.outcome_of(session, other), queries.outcome_of(session, run))
    figures = _figures(comparison.before), _figures(comparison.after)
    largest = comparison.changes[:MOST_CHANGES]
    return render_template(
        "matches/compare.html",
        run=run,
        other=other,
        candidates=candidates,
        comparison=comparison,
        rows=[(label, first, second) for (label, first), (_same, second) in zip(*figures, strict=True)],
        largest=largest,
        listings=queries.listings_by_key(session, {key for one in largest for key in one.way[:2]}),
    )


def _figures(outcome: Outcome) -> list[tuple[str, str]]:
    summary = outcome.run.summary
    return [
        *((label, found or "–") for label, found in wanted.facts_of(outcome.run)),
        (_("Result"), run_words.outcome(summary.get("status", ""))),
        (_("Offers and needs it looked at"), format_decimal(summary.get("offers", 0) + summary.get("needs", 0))),
        (_("Of them placed, whole or in part"), format_decimal(outcome.listings)),
        (_("Mass that arrives"), kilograms(outcome.mass_g)),
        (_("Firms served"), format_decimal(len(outcome.firms))),
        (_("Straight from giver to taker"), format_decimal(summary.get("proposals", 0))),
        (_("Through processors"), format_decimal(summary.get("arrangements", 0))),
        (_("Value"), run_words.value_of(summary)),
        (_("Gap to the best possible"), format_percent(summary.get("gap", 0), "0.000%")),
        (_("Price of fairness"), _fairness(summary.get("price_of_fairness"))),
    ]


def _fairness(share: float | None) -> str:
    """What favouring small firms costs of the value; a dash for a run that favours nobody."""
    return "–" if share is None else str(_("%(share)s of the value", share=format_percent(share, "0.00%")))
