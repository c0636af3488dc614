# SPDX-License-Identifier: AGPL-3.0-or-later
"""Single cells as people write them: masses, prices, compositions, days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from marketplace.listings.sheets.amounts import decimal_mark, read_mass, read_price
from marketplace.listings.sheets.compositions import read_bounds, read_composition
from marketplace.listings.sheets.days import read_day, read_period

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "mark", "grams"),
    [
        ("1.250 kg", ",", 1_250_000),
        ("1.250", ".", 1250),
        ("1,250", ".", 1_250_000),
        ("2.000,5 kg", ",", 2_000_500),
        ("4,5 q.li", ",", 450_000),
        ("10 q", ",", 1_000_000),
        ("0,3 t", ",", 300_000),
        ("t 1,2", ",", 1_200_000),
        ("２３０公斤", ",", 230_000),
        ("1,1 t", ",", 1_100_000),
        ("180", ",", 180_000),
        ("1 250 kg", ",", 1_250_000),
        ("1.250.000 g", ",", 1_250_000),
        ("circa 300 kg", ",", 300_000),
        ("0.125 kg", ",", 125),
        (Decimal("412.5"), ",", 412_500),
    ],
)
def test_masses_as_people_write_them(text: Any, mark: str, grams: int) -> None:
    assert read_mass(text, mark, unit_known=True) == (grams, None, None)


@pytest.mark.parametrize(
    "text", ["12 pezze", "NaN", "inf", "-5", "0", "1e5", "1_000", "x", "9" * 40, "0,0004", "5 kg 3", "3斤", "١٢ ٣"]
)
def test_what_is_no_mass_is_said(text: str) -> None:
    grams, problem, _remark = read_mass(text, ",", unit_known=True)
    assert grams is None
    assert problem is not None
    assert not problem.missing


def test_a_number_that_could_be_two_is_asked_about() -> None:
    grams, problem, _remark = read_mass("1.250", "", unit_known=True)
    assert grams is None
    assert problem is not None
    assert problem.facts["whole"] == "1250"


@pytest.mark.parametrize(
    ("cells", "usual", "mark"),
    [(["1.250", "0,25"], ".", ","), (["1.5"], ",", "."), (["1.250"], ",", ","), (["1,5", "1.5"], ",", "")],
)
def test_the_decimal_mark_is_that_of_cells_without_doubt(cells: list[str], usual: str, mark: str) -> None:
    assert decimal_mark(cells, usual) == mark


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("0,25", 250),
        ("€ 0,40", 400),
        ("0,15 €/kg", 150),
        ("€ 4,50/kg", 4500),
        ("-0,05", -50),
        ("付费 0,20", -200),
        ("面议", None),
        ("da concordare", None),
        ("gratis", 0),
        ("0", 0),
    ],
)
def test_prices_as_people_write_them(text: str, price: int | None) -> None:
    assert read_price(text, ",") == (price, None)


@pytest.mark.parametrize("text", ["3毛/公斤", "tanto", "NaN", "1 o 2"])
def test_a_price_in_doubt_is_asked_about(text: str) -> None:
    price, problem = read_price(text, ",")
    assert price is None
    assert problem is not None
    assert problem.missing


@pytest.mark.parametrize(
    ("text", "composition"),
    [
        ("lana 85% nylon 15%", "WO:85;PA:15"),
        ("80% lana 20% nylon", "WO:80;PA:20"),
        ("100 lana", "WO:100"),
        ("95涤5氨纶", "PL:95;EA:5"),
        ("100%棉", "CO:100"),
        ("腈纶70 涤纶30", "PC:70;PL:30"),
        ("cotone 97 elastan 3", "CO:97;EA:3"),
        ("WO:70;PA:30", "WO:70;PA:30"),
        ("60% lana vergine e 40% seta", "WV:60;SE:40"),
        ("33,3 lana, 66,7 cotone", "WO:33.3;CO:66.7"),
    ],
)
def test_compositions_as_people_write_them(text: str, composition: str) -> None:
    assert read_composition(text) == (composition, None)


@pytest.mark.parametrize("text", ["misto lana", "杂", "lana", "70% lana 20% xyz", "50 50"])
def test_a_fibre_is_never_invented(text: str) -> None:
    composition, problem = read_composition(text)
    assert composition == ""
    assert problem is not None
    assert problem.missing


def test_what_adds_up_to_95_is_refused() -> None:
    composition, problem = read_composition("70% lana, 25% poliestere")
    assert composition == ""
    assert problem is not None
    assert (problem.facts["total_percent"], problem.missing) == ("95", False)


@pytest.mark.parametrize("text", ["da 3", "150", "30-20", "-5", "100-0"])
def test_a_bound_that_is_none_is_said(text: str) -> None:
    bounds, problem, _remark = read_bounds({"WO": text})
    assert bounds == ""
    assert problem is not None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("01/02/2027", date(2027, 2, 1)),
        ("15-2-27", date(2027, 2, 15)),
        ("2027/1/8", date(2027, 1, 8)),
        ("2027年1月8日", date(2027, 1, 8)),
        ("subito", TODAY),
        (date(2027, 3, 1), date(2027, 3, 1)),
    ],
)
def test_days_as_people_write_them(text: Any, day: date) -> None:
    assert read_day(text, TODAY) == day


@pytest.mark.parametrize("text", ["31/02/2027", "domani", "0001-01-01", "9999-12-31", "1/2"])
def test_what_is_no_day_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="not a day"):
        read_day(text, TODAY)


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("da marzo a maggio 2027", (date(2027, 3, 1), date(2027, 5, 31))),
        ("da novembre a gennaio 2027", (date(2026, 11, 1), date(2027, 1, 31))),
        ("entro il 30/04/2027", (None, date(2027, 4, 30))),
        ("marzo", (date(2027, 3, 1), date(2027, 3, 31))),
        ("dal 01/03/2027 al 15/03/2027", (date(2027, 3, 1), date(2027, 3, 15))),
        ("subito", (TODAY, None)),
    ],
)
def test_periods_as_people_write_them(text: str, window: tuple[date | None, date | None]) -> None:
    assert read_period(text, TODAY) == window
