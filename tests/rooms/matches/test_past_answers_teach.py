# SPDX-License-Identifier: AGPL-3.0-or-later
"""What firms answered is kept with the pair's features, teaches a model without any firm, and is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db import now
from marketplace.matches import actions, queries
from marketplace.matches.cli import acceptance
from marketplace.matches.history import model_of
from marketplace.matches.models import Proposal, Run
from marketplace.matches.publication import publish_run
from matching import Acceptance
from matching.pairing.acceptance import FEATURES, LEARNT, TOO_FEW
from matching.pairing.score import MICRO
from tests.rooms.matches.conftest import Market
from tests.world import make_proposal, sign_in

Solved = Callable[[], Run]
KNOWN = dict.fromkeys(FEATURES, MICRO // 2)


class Installed:
    """As much of an installation as the command uses."""

    def __init__(self, session: Session) -> None:
        self.database = self
        self.session = session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        yield self.session


def told(session: Session) -> list[str]:
    """What the command prints."""
    answer = CliRunner().invoke(acceptance, obj=Installed(session))
    assert answer.exit_code == 0, answer.output
    return answer.output.splitlines()


def live(session: Session, market: Market, answers: int = 200) -> None:
    """A past in which firms accept what is near and mostly refuse what is far."""
    dice = np.random.default_rng(5)
    for number in range(answers):
        features = dict(zip(FEATURES, dice.integers(0, MICRO, len(FEATURES)).tolist(), strict=True))
        far = dice.random() > (0.97 if features["distance"] > MICRO // 2 else 0.1)
        facts = {"state": "declined", "need_answer": "no", "declined_reason": "distance"} if far else {}
        values = {"state": "concluded", "offer_answer": "yes", "need_answer": "yes", "features": features, **facts}
        proposal = make_proposal(session, market.offer, market.need, **values)
        proposal.run.published_at = now(session) - timedelta(days=400 - number)
    session.commit()


def test_a_run_keeps_what_may_be_known_of_each_pair_and_no_firm(
    session: Session, market: Market, solved: Solved
) -> None:
    solved()
    proposal = session.scalars(select(Proposal)).one()
    assert proposal.features.keys() == set(FEATURES)
    assert all(0 <= amount <= MICRO for amount in proposal.features.values())
    assert proposal.features["masses alike"] == 600_000
    assert proposal.features["both priced"] == MICRO


def test_answers_are_two_yes_or_one_no_and_nothing_else(session: Session, market: Market) -> None:
    said = [("yes", "yes"), ("yes", "no"), ("no", None), ("yes", None), (None, None)]
    for offer_answer, need_answer in said:
        answers = {"offer_answer": offer_answer, "need_answer": need_answer}
        proposal = make_proposal(session, market.offer, market.need, features=KNOWN, **answers)
        proposal.run.published_at = now(session)
    make_proposal(session, market.offer, market.need, offer_answer="no").run.published_at = now(session)
    assert [accepted for _known, accepted, _shown in queries.list_answers(session)] == [True, False, False]


def test_a_firms_no_becomes_an_answer_to_learn_from(session: Session, market: Market, solved: Solved) -> None:
    run = solved()
    publish_run(session, market.chief, run)
    proposal = session.scalars(select(Proposal)).one()
    actions.answer_proposal(session, market.acting(session, market.taker), proposal, "no", "distance")
    session.flush()
    assert [(known, yes) for known, yes, _shown in queries.list_answers(session)] == [(proposal.features, False)]
    assert queries.count_refusals(session) == {"distance": 1}


def test_a_run_keeps_what_past_answers_taught(session: Session, market: Market, solved: Solved) -> None:
    live(session, market)
    run = solved()
    assert run.acceptance["basis"] == LEARNT
    assert run.acceptance["answers"] == 200
    weights = run.acceptance["weight_micro"]
    assert max(weights, key=weights.get) == "distance"
    assert model_of(session) == Acceptance.from_json(run.acceptance)


def test_without_a_past_the_page_says_so(session: Session, app: Flask, market: Market, solved: Solved) -> None:
    assert solved().acceptance["basis"] == TOO_FEW
    text = sign_in(app.test_client(), market.coordinator).get("/runs/acceptance").get_data(as_text=True)
    assert "There are too few answers to learn from" in text
    assert "Nobody has refused a proposal yet." in text
    assert "Brier" not in text


def test_the_coordinator_reads_errors_foreseen_and_seen_and_refusals(
    session: Session, app: Flask, market: Market, solved: Solved
) -> None:
    live(session, market)
    quality = solved().acceptance["quality"]
    desk = sign_in(app.test_client(), market.coordinator)
    text = desk.get("/runs/acceptance").get_data(as_text=True)
    assert f"{quality['brier']:.4f}" in text
    assert f"{quality['prior_brier']:.4f}" in text
    assert text.count('data-label="Foreseen"') == 5
    assert "smaller by more than twice" in text
    assert 'data-chart="' in text
    assert "Too far away" in text
    for language in ("it", "zh-hans"):
        assert desk.get("/runs/acceptance", headers={"Accept-Language": language}).status_code == 200


def test_firms_do_not_read_it(session: Session, app: Flask, market: Market) -> None:
    session.commit()
    assert sign_in(app.test_client(), market.giver).get("/runs/acceptance").status_code == 403


def test_the_command_prints_brier_scores_and_reliability(session: Session, market: Market) -> None:
    assert told(session) == ["answers: 0, accepted by both: 50.0%", "basis: too few answers"]
    live(session, market)
    lines = told(session)
    assert lines[1:3] == ["basis: learnt", "learnt from the 140 earlier answers, tried on the 60 later ones"]
    assert lines[3].startswith("Brier score: 0.")
    assert sum(line.startswith("foreseen ") for line in lines) == 5
    assert sum(line.startswith("weight of ") for line in lines) == len(FEATURES)
    assert lines[-1].startswith("refused, distance: ")
