# SPDX-License-Identifier: AGPL-3.0-or-later
"""The people and the plan of the demo: pure values."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from stdnum.it import iva

from marketplace.accounts.details import TRADES
from marketplace.demo import district, people, plan

TODAY = date(2026, 11, 22)


def test_every_firm_has_a_valid_vat_number_of_its_own_that_no_office_gives() -> None:
    numbers = [firm.vat_number for firm in people.firms()]
    assert len(set(numbers)) == len(numbers) == 62
    assert all(iva.is_valid(number) and number[7:10] == "888" for number in numbers)


def test_everybody_has_an_address_that_belongs_to_nobody() -> None:
    staff = [person for _role, _body, person in people.STAFF]
    everybody = [*people.managers().values(), *people.colleagues().values(), *staff]
    assert len({person.email for person in everybody}) == len(everybody)
    assert all(person.email.endswith(".example") and person.email.isascii() for person in everybody)


def test_every_firm_has_a_manager_and_ten_firms_a_colleague() -> None:
    assert set(people.managers()) == {firm.code for firm in people.firms()}
    assert len(people.colleagues()) == people.COLLEAGUES == 10
    assert len(people.mandating()) == people.MANDATES


def test_trades_are_those_of_the_marketplace() -> None:
    assert {firm.trade for firm in people.firms()} <= set(TRADES)


def test_the_same_seed_plans_the_same_past_and_another_one_another() -> None:
    assert list(plan.past(1, TODAY, 3)) == list(plan.past(1, TODAY, 3))
    assert list(plan.past(1, TODAY, 3)) != list(plan.past(2, TODAY, 3))


def test_everything_is_listed_before_its_run_and_after_the_firms_registered() -> None:
    begin = plan.beginning(TODAY, 18)
    for season in plan.past(1, TODAY, 18):
        assert all(begin < planned.at.date() <= season.run_at.date() for planned in season.listings)
        assert season.run_at.date() < TODAY


def test_the_past_covers_eighteen_months_and_the_firms_register_before_it() -> None:
    first = next(plan.past(1, TODAY, 18)).run_at.date()
    assert timedelta(days=17 * 30) < TODAY - first < timedelta(days=19 * 30)


def test_the_engine_understands_every_listing_of_the_past() -> None:
    beyond = {"lot_g", "divisible", "max_suppliers", "blend", "min_fill_g"}
    planned = [one for season in plan.past(1, TODAY, 18) for one in season.listings]
    assert not any(beyond & set(one.stated) for one in planned)
    assert Counter(one.side for one in planned).keys() == {"offer", "need"}


def test_the_samples_fifteenth_of_january_falls_into_the_week_of_today() -> None:
    for days in range(21):
        today = TODAY + timedelta(days=days)
        moved = district.FIFTEENTH + district.shift(today)
        assert moved.weekday() == district.FIFTEENTH.weekday()
        assert moved.isocalendar()[:2] == today.isocalendar()[:2]
