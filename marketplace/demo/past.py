# SPDX-License-Identifier: AGPL-3.0-or-later
"""The past, lived run by run through the rooms' own actions, with a clock that a program moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.demo import phrases, plan, terms
from marketplace.demo.cast import NEWCOMER, Cast, firms_by_code, take_up_firm, take_up_staff, verify
from marketplace.demo.chance import Chance, chance_of
from marketplace.demo.loads import Loads
from marketplace.demo.people import DemoFirm
from marketplace.demo.phrases import phrase
from marketplace.demo.plan import Planned, at_hour
from marketplace.demo.simulated import Agenda, Clock, tell_time
from marketplace.demo.talks import Talks
from marketplace.listings import actions as listings
from marketplace.listings.models import Listing
from marketplace.matches import actions as matches
from marketplace.matches import runs, solving
from marketplace.matches.models import Run
from marketplace.matches.publication import publish_run
from marketplace.negotiations import actions as negotiations
from marketplace.outbox.models import Mail

POLICY = 'preset = "best fit"\n'
"""What the coordinators ask of every run of the past."""
TODAYS_POLICY = POLICY + "close_enough = 0.0005\n"
"""Today's market is the largest and has many recipes: the last ten-thousandths take longer than all the rest."""
SECONDS = 120
"""For a search on a machine that is busy too: a run that was cut short would not be the same everywhere."""
Say = Callable[[str], object]


@dataclass(slots=True)
class Wishes:
    """What the demo is to look like."""

    seed: int
    today: date
    months: int
    password: str = field(repr=False)


class Past:
    """A database's history, from the first firm to the evening before today."""

    def __init__(self, database: Database, wishes: Wishes, say: Say) -> None:
        self.database, self.wishes, self.say = database, wishes, say
        begin = plan.beginning(wishes.today, wishes.months)
        self.clock = Clock(at_hour(begin, 7))
        tell_time(database, self.clock)
        self.cast = Cast(wishes.password)
        self.agenda = Agenda(database, self.clock)
        self.loads = Loads(self.agenda, self.cast, wishes.seed)
        self.talks = Talks(self.agenda, self.cast, wishes.seed, self.loads.begin)

    @property
    def evening(self) -> datetime:
        """When the past ends and today's listings come in: always before now."""
        return at_hour(self.wishes.today - timedelta(days=1), 15)

    def live(self) -> None:
        """Everybody registers, then run after run is lived until yesterday evening."""
        self._gather()
        self._keep_house()
        for season in plan.past(self.wishes.seed, self.wishes.today, self.wishes.months):
            for planned in season.listings:
                self.agenda.put(planned.at, self._publish, planned)
            self.agenda.live_until(season.run_at)
            self.run()
            self.say(f"{season.run_at:%Y-%m-%d}: {len(season.listings)} listings, {self.proposed} proposals")
        self.agenda.live_until(self.evening)

    proposed = 0
    """How many proposals the newest run made."""

    def run(self, policy: str = POLICY) -> int:
        """A run of the engine, solved here and now, then published; the key of the run."""
        coordinator = self.cast.coordinators[0]
        with self.database.transaction() as session:
            run_id = matches.start_run(session, coordinator, policy, SECONDS).id
        runs.take_up(self.database, run_id)
        solving.solve(self.database, run_id)
        self.clock.at += timedelta(minutes=40)
        with self.database.transaction() as session:
            run = session.get_one(Run, run_id)
            # What this machine needed to solve it is no part of a past that others shall get alike.
            run.summary = {name: found for name, found in run.summary.items() if name not in ("seconds", "peak_mb")}
            self.proposed = publish_run(session, coordinator, run).opened
            self.talks.begin(session, run_id)
        return run_id

    def _gather(self) -> None:
        firms = firms_by_code()
        with self.database.transaction() as session:
            take_up_staff(session, self.cast)
        for number, firm in enumerate(firms.values()):
            minute = chance_of(self.wishes.seed, "registration", firm.code).randint(0, 59)
            at = terms.working_hour(self.clock.at + timedelta(hours=2 * number, minutes=minute))
            if firm.code == NEWCOMER:
                at = self.evening - timedelta(hours=5)
            self.agenda.put(at, self._register, firm)
        self.agenda.live_until(self.clock.at + timedelta(days=14))
        self.say(f"{len(self.cast.firm_ids)} firms registered and verified")

    def _register(self, session: Session, firm: DemoFirm) -> None:
        take_up_firm(session, self.cast, firm)
        if firm.code != NEWCOMER:
            chance = chance_of(self.wishes.seed, "verification", firm.code)
            at = terms.working_hour(self.clock.at + timedelta(hours=30, minutes=chance.randint(0, 59)))
            self.agenda.put(at, self._verify, firm, chance)

    def _verify(self, session: Session, firm: DemoFirm, chance: Chance) -> None:
        verify(session, self.cast, chance, firm)

    def _keep_house(self) -> None:
        """What the timetable does by itself, once a day."""
        self.agenda.put(self.clock.at.replace(hour=4, minute=5) + timedelta(days=1), self._daily)

    def _daily(self, session: Session) -> None:
        listings.expire_due(session)
        negotiations.expire_due(session)
        negotiations.remind_due(session)
        forward_mail(session)
        self._keep_house()

    def _publish(self, session: Session, planned: Planned) -> None:
        """A firm lists something; if nobody has shown an interest after some weeks, it may take it off again."""
        actor = self.cast.manager(planned.firm_code)
        listing = listings.create_draft(session, actor, planned.stated, side=planned.side)
        listings.publish(session, actor, listing)
        chance = chance_of(self.wishes.seed, "patience", listing.id)
        if chance.random() < 0.3:
            at = terms.working_hour(planned.at + timedelta(days=chance.randint(12, 20)))
            self.agenda.put(at, self._give_up, listing.id)

    def _give_up(self, session: Session, listing_id: int) -> None:
        listing = session.get_one(Listing, listing_id)
        account = listing.account
        if listing.state == "published" and (account is None or account.free_g == account.mass_g):
            chance = chance_of(self.wishes.seed, "reason", listing_id)
            reason = phrase(chance, phrases.DROPPED_LISTINGS, self.cast.languages[listing.firm_id])
            listings.withdraw(session, self.cast.managers[listing.firm_id], listing, reason)


def forward_mail(session: Session) -> None:
    """What waits in the outbox counts as handed over a minute after it was written.

    Nobody reads the mail of a simulated past, so no server is asked to carry it; a worker must not send it today.
    """
    waiting = session.execute(select(Mail.id, Mail.queued_at).where(Mail.state == "waiting")).all()
    if waiting:
        sent: dict[str, Any] = {"state": "sent", "attempts": 1, "body": ""}
        minute = timedelta(minutes=1)
        session.execute(update(Mail), [{"id": key, "sent_at": at + minute, **sent} for key, at in waiting])
