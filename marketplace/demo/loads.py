# SPDX-License-Identifier: AGPL-3.0-or-later
"""How approved deals of the past were delivered: loads sent, weighed in, confirmed, now and then contested."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from marketplace.approvals.models import Case
from marketplace.demo import phrases, terms
from marketplace.demo.cast import Cast
from marketplace.demo.chance import Chance, chance_of
from marketplace.demo.phrases import phrase
from marketplace.demo.simulated import Agenda
from marketplace.exchanges import actions, corrections
from marketplace.exchanges.loads import Sent, Weighed
from marketplace.exchanges.models import Correction, Delivery, Exchange
from marketplace.exchanges.queries import find_of_negotiation
from marketplace.exchanges.rules import Ask, Load
from marketplace.listings import actions as listings
from marketplace.listings.models import Listing

ONE_LOAD_G = 2_500_000
"""What fits on a van; more goes in two loads."""

WORTH_A_TRIP_G = 25_000


class Loads:
    """Everything from an approved case to the last confirmed load."""

    def __init__(self, agenda: Agenda, cast: Cast, seed: int) -> None:
        self.agenda, self.cast, self.seed = agenda, cast, seed

    def begin(self, session: Session, case: Case) -> None:
        """The giver will send the goods on the agreed days."""
        exchange = find_of_negotiation(session, case.negotiation_id)
        assert exchange is not None
        chance = self._chance("exchange", exchange.id)
        begin = terms.at_work(chance, exchange.pickup_from, self.agenda.clock.at)
        for number in range(_count_loads(exchange)):
            self.agenda.put(begin + timedelta(days=3 * number), self._send, exchange.id, number)

    def _send(self, session: Session, exchange_id: int, number: int) -> None:
        exchange = session.get_one(Exchange, exchange_id)
        chance = self._chance("load", exchange_id, number)
        share_g = exchange.mass_g // _count_loads(exchange)
        # Scales and bales never agree to the gram; what comes can't be more than was agreed on.
        sent_g = share_g if chance.random() < 0.6 else round(share_g * chance.uniform(0.95, 0.999))
        day = self.agenda.clock.at.date()
        sent = Sent(max(sent_g, 1), f"{exchange_id * 3 + number}/{day:%y}", day)
        load = actions.send(session, self.cast.somebody(chance, exchange.offer_firm_id), exchange, sent)
        self._later(chance, 4, 40, self._weigh, load.id)

    def _weigh(self, session: Session, load_id: int) -> None:
        load = session.get_one(Delivery, load_id)
        chance = self._chance("weighing", load_id)
        arrived_g = load.sent_g if chance.random() < 0.5 else round(load.sent_g * chance.uniform(0.985, 1.0))
        accepted_g, reason = arrived_g, ""
        if chance.random() < 0.1:
            accepted_g = round(arrived_g * chance.uniform(0.6, 0.95))
            reason = phrase(chance, phrases.TURNED_AWAY, self.cast.languages[load.need_firm_id])
        weighed = Weighed(arrived_g, accepted_g, self.agenda.clock.at.date(), reason)
        actions.weigh(session, self.cast.somebody(chance, load.need_firm_id), load, weighed)
        if reason and chance.random() < 0.4:
            self._later(chance, 2, 30, self._contest, load_id)
        else:
            self._later(chance, 1, 50, self._confirm, load_id)

    def _confirm(self, session: Session, load_id: int) -> None:
        load = session.get_one(Delivery, load_id)
        chance = self._chance("confirmation", load_id)
        actions.confirm(session, self.cast.managers[load.need_firm_id], load)
        self._tidy_up(session, load.exchange)
        if chance.random() < 0.06:
            self._later(chance, 10, 60, self._ask_correction, load_id)
        else:
            self._later(chance, 1, 30, self._close, load.exchange_id)

    def _contest(self, session: Session, load_id: int) -> None:
        load = session.get_one(Delivery, load_id)
        chance = self._chance("contest", load_id)
        words = phrase(chance, phrases.CONTESTED, self.cast.languages[load.offer_firm_id])
        actions.contest(session, self.cast.managers[load.offer_firm_id], load, words)
        self._later(chance, 20, 120, self._settle, load_id)

    def _settle(self, session: Session, load_id: int) -> None:
        load = session.get_one(Delivery, load_id)
        chance = self._chance("settlement", load_id)
        between_g = ((load.accepted_g or 0) + (load.arrived_g or 0)) // 2
        actions.settle_contest(session, self.cast.coordinator(chance), load, between_g, phrases.SETTLED)
        self._later(chance, 5, 50, self._close, load.exchange_id)

    def _ask_correction(self, session: Session, load_id: int) -> None:
        load = session.get_one(Delivery, load_id)
        chance = self._chance("correction", load_id)
        if not load.accepted_g or load.accepted_g < 2:
            return
        right_g = load.accepted_g - max(round(load.accepted_g * chance.uniform(0.005, 0.03)), 1)
        words = phrase(chance, phrases.CORRECTIONS, self.cast.languages[load.need_firm_id])
        asked = corrections.propose_correction(session, self.cast.managers[load.need_firm_id], load, right_g, words)
        session.flush()
        self._later(chance, 20, 150, self._answer_correction, asked.id)

    def _answer_correction(self, session: Session, correction_id: int) -> None:
        correction = session.get_one(Correction, correction_id)
        chance = self._chance("answer", correction_id)
        coordinator = self.cast.coordinator(chance)
        if chance.random() < 0.8:
            corrections.settle_correction(session, coordinator, correction, phrases.CORRECTED)
        else:
            corrections.refuse_correction(session, coordinator, correction, phrases.NOT_CORRECTED)
        self._later(chance, 5, 50, self._close, correction.delivery.exchange_id)

    def _close(self, session: Session, exchange_id: int) -> None:
        """The taker says that no more is to come, if not all came and nothing is open any more."""
        exchange = session.get_one(Exchange, exchange_id)
        ended = [load for load in exchange.deliveries if not _is_open(load)]
        if exchange.completed_at is not None or len(ended) < _count_loads(exchange):
            return
        chance = self._chance("end", exchange_id)
        words = phrase(chance, phrases.REST_WILL_NOT_COME, self.cast.languages[exchange.need_firm_id])
        actions.complete(session, self.cast.managers[exchange.need_firm_id], exchange, words)

    def _tidy_up(self, session: Session, exchange: Exchange) -> None:
        """What is left of a listing once a load has come may be too little for anybody to fetch."""
        for listing_id in (exchange.offer_id, exchange.need_id):
            listing = session.get_one(Listing, listing_id)
            if listing.state == "published" and listing.account and listing.account.free_g < WORTH_A_TRIP_G:
                chance = self._chance("rest", listing_id)
                reason = phrase(chance, phrases.TOO_LITTLE_LEFT, self.cast.languages[listing.firm_id])
                listings.withdraw(session, self.cast.managers[listing.firm_id], listing, reason)

    def _later(self, chance: Chance, least_h: float, most_h: float, act: Callable[..., object], *facts: object) -> None:
        at = terms.working_hour(self.agenda.clock.at + timedelta(hours=chance.uniform(least_h, most_h)))
        self.agenda.put(at, act, *facts)

    def _chance(self, *about: object) -> Chance:
        return chance_of(self.seed, *about)


def _count_loads(exchange: Exchange) -> int:
    return 2 if exchange.mass_g > ONE_LOAD_G else 1


def _is_open(load: Delivery) -> bool:
    return load.state != Load.CONFIRMED or any(asked.state == Ask.PROPOSED for asked in load.corrections)
