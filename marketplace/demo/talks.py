# SPDX-License-Identifier: AGPL-3.0-or-later
"""How people of the past dealt with proposals: answers, rounds of terms, messages, the coordinators' decisions.

Nobody does here what the pages would not let them do; each step is one of the rooms' own actions. Chance depends on
the seed and on what it is about, not on the order in which things happen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.approvals import actions as approvals
from marketplace.approvals.models import Case
from marketplace.approvals.queries import newest_case
from marketplace.approvals.rules import UNDECIDED, Forbidden
from marketplace.approvals.rules import State as CaseState
from marketplace.demo import phrases, terms
from marketplace.demo.cast import Cast
from marketplace.demo.chance import Chance, chance_of
from marketplace.demo.phrases import phrase
from marketplace.demo.simulated import Agenda
from marketplace.ledger.rules import NotEnoughGrams
from marketplace.matches import actions as matches
from marketplace.matches.models import Proposal
from marketplace.negotiations import actions as negotiations
from marketplace.negotiations.models import Negotiation
from marketplace.negotiations.queries import free_g, get_terms
from marketplace.negotiations.rules import State
from marketplace.negotiations.terms import Answered, Terms

MOST_ROUNDS = 3
DAYS_TO_AGREE = timedelta(days=12)
"""Nobody begins to talk about goods that will be gone before terms are agreed and approved."""


class Talks:
    """Everything from a published proposal to an approved case; `approved` hears of each."""

    def __init__(self, agenda: Agenda, cast: Cast, seed: int, approved: Callable[[Session, Case], None]) -> None:
        self.agenda, self.cast, self.seed, self.approved = agenda, cast, seed, approved

    def begin(self, session: Session, run_id: int) -> None:
        """Each firm will answer each open proposal of a run, or forget to."""
        shown = select(Proposal).where(Proposal.run_id == run_id, Proposal.state == "open").order_by(Proposal.id)
        for proposal in session.scalars(shown):
            chance = self._chance("answers", proposal.id)
            for firm_id in (proposal.offer_firm_id, proposal.need_firm_id):
                answer = chance.choices(("yes", "no", ""), weights=(90, 5, 5))[0]
                if answer:
                    self._later(chance, 4, 90, self._answer, proposal.id, firm_id, answer)

    def _answer(self, session: Session, proposal_id: int, firm_id: int, answer: str) -> None:
        proposal = session.get_one(Proposal, proposal_id)
        if proposal.state != "open":
            return
        chance = self._chance("answer", proposal_id, firm_id)
        reason, words = "", ""
        if terms.last_day(proposal) < self.agenda.clock.at.date() + DAYS_TO_AGREE:
            answer, reason = "no", "time"
        elif answer == "no":
            reason = chance.choice(("quality", "colour", "quantity", "price"))
            words = phrase(chance, phrases.DECLINES, self.cast.languages[firm_id])
        matches.answer_proposal(session, self.cast.managers[firm_id], proposal, answer, reason, words)
        if proposal.state == "negotiating":
            found = select(Negotiation.id).where(Negotiation.proposal_id == proposal_id)
            first = chance.choice((proposal.offer_firm_id, proposal.need_firm_id))
            self._later(chance, 2, 60, self._propose, session.scalars(found).one(), first)

    def _propose(self, session: Session, negotiation_id: int, firm_id: int) -> None:
        """The first terms, or the next: nearer to what the other side wants."""
        negotiation = session.get_one(Negotiation, negotiation_id)
        if negotiation.state not in (State.OPEN, State.RETURNED):
            return
        chance = self._chance("terms", negotiation_id, negotiation.round)
        self._write(session, chance, negotiation, firm_id)
        left_g = free_g(session, negotiation)
        made = self._next_terms(session, chance, negotiation, left_g) if left_g else None
        if made is None:
            self._withdraw(session, negotiation_id, firm_id)
            return
        answered = self._seen(session, negotiation)
        negotiations.counter(session, self.cast.managers[firm_id], negotiation, answered, made)
        other = negotiation.other_firm_id(firm_id)
        self._later(chance, 3, 70, self._respond, negotiation_id, other, negotiation.round)

    def _next_terms(self, session: Session, chance: Chance, negotiation: Negotiation, left_g: int) -> Terms | None:
        before = get_terms(session, negotiation)
        day = self.agenda.clock.at.date()
        if before is None:
            quality = phrase(chance, phrases.QUALITY, negotiation.offer_firm.language)
            first = terms.first(chance, negotiation, min(negotiation.proposal.mass_g, left_g), day)
            return replace(first, quality=quality) if first else None
        return terms.nearer(chance, negotiation, replace(before.terms, mass_g=min(before.mass_g, left_g)), day)

    def _respond(self, session: Session, negotiation_id: int, firm_id: int, round_number: int) -> None:
        """The other side accepts, makes other terms, steps back, or forgets to answer."""
        negotiation = session.get_one(Negotiation, negotiation_id)
        if negotiation.state != State.OPEN or negotiation.round != round_number:
            return
        chance = self._chance("response", negotiation_id, round_number)
        if negotiation.agreed_round is None and round_number < MOST_ROUNDS and chance.random() < 0.45:
            self._propose(session, negotiation_id, firm_id)
            return
        deed = chance.choices(("accept", "withdraw", "forget"), weights=(90, 6, 4))[0]
        if deed == "withdraw":
            self._withdraw(session, negotiation_id, firm_id)
        elif deed == "accept":
            self._accept(session, chance, negotiation, firm_id)

    def _accept(self, session: Session, chance: Chance, negotiation: Negotiation, firm_id: int) -> None:
        actor, answered = self.cast.managers[firm_id], self._seen(session, negotiation)
        try:
            with session.begin_nested():
                negotiations.accept(session, actor, negotiation, answered)
        except NotEnoughGrams:
            # Another deal was quicker: less is left than these terms speak of.
            self._later(chance, 1, 20, self._propose, negotiation.id, firm_id)
            return
        self._later(chance, 4, 80, self._decide, negotiation.id)

    def _withdraw(self, session: Session, negotiation_id: int, firm_id: int) -> None:
        negotiation = session.get_one(Negotiation, negotiation_id)
        chance = self._chance("withdrawal", negotiation_id)
        reason = phrase(chance, phrases.WITHDRAWALS, self.cast.languages[firm_id])
        negotiations.withdraw(session, self.cast.managers[firm_id], negotiation, reason)

    def _write(self, session: Session, chance: Chance, negotiation: Negotiation, firm_id: int) -> None:
        if chance.random() < 0.5:
            words = phrase(chance, phrases.MESSAGES, self.cast.languages[firm_id])
            negotiations.write_message(session, self.cast.somebody(chance, firm_id), negotiation, words)

    def _decide(self, session: Session, negotiation_id: int) -> None:
        """A coordinator approves (a second one where two are needed), sends back once in a while, or refuses."""
        case = newest_case(session, negotiation_id)
        if case is None or case.state not in UNDECIDED:
            return
        chance = self._chance("case", case.id, case.state)
        verdict = chance.choices(("approve", "return", "refuse"), weights=(86, 7, 7))[0]
        if verdict == "approve" or case.round.number > MOST_ROUNDS:
            self._approve(session, chance, case)
        elif verdict == "return":
            approvals.return_case(session, self.cast.coordinator(chance), case, chance.choice(phrases.RETURNED))
            self._later(chance, 5, 60, self._propose, negotiation_id, case.offer_firm_id)
        else:
            approvals.refuse(session, self.cast.coordinator(chance), case, chance.choice(phrases.REFUSED))

    def _approve(self, session: Session, chance: Chance, case: Case) -> None:
        first = case.first_approver_id
        left = [actor for actor in self.cast.coordinators if actor.person_id != first]
        actor = left[0] if first else self.cast.coordinator(chance)
        try:
            with session.begin_nested():
                approvals.approve(session, actor, case)
        except Forbidden as forbidden:
            if {check.key for check in forbidden.red} == {"recipe"}:
                self._later(chance, 20, 60, self._decide, case.negotiation_id)
                return
            approvals.refuse(session, actor, case, f"Verifiche non superate: {len(forbidden.red)}.")
            return
        if case.state == CaseState.SECONDING:
            self._later(chance, 3, 50, self._decide, case.negotiation_id)
        elif case.state == CaseState.APPROVED:
            self.approved(session, case)

    def _seen(self, session: Session, negotiation: Negotiation) -> Answered:
        on_table = get_terms(session, negotiation)
        return Answered(on_table.number, on_table.terms_sha256) if on_table else Answered(0)

    def _later(self, chance: Chance, least_h: float, most_h: float, act: Callable[..., object], *facts: object) -> None:
        """In so many hours, moved into working time."""
        at = terms.working_hour(self.agenda.clock.at + timedelta(hours=chance.uniform(least_h, most_h)))
        self.agenda.put(at, act, *facts)

    def _chance(self, *about: object) -> Chance:
        return chance_of(self.seed, *about)
