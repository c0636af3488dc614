# SPDX-License-Identifier: AGPL-3.0-or-later
"""Compositions, colours and the sentences of wrong fields, as readers of each language write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_babel import force_locale

from marketplace.listings.forms import NeedForm
from marketplace.listings.words import composition_of, shade, terms
from marketplace.web.languages import moment, speaking, swatched, told


@pytest.mark.parametrize(
    ("language", "stated", "wanted", "forms"),
    [
        ("en", "70% wool, 30% polyester", "at least 60% wool, at most 5.5% other fibres", "noils, carbonised rags"),
        ("it", "70% lana, 30% poliestere", "almeno 60% lana, al massimo 5,5% altre fibre", None),
        ("zh-Hans", "羊毛 70%，聚酯纤维(涤纶) 30%", "羊毛不少于 60%，其他纤维不超过 5.5%", None),
    ],
)
def test_shares_and_lists(app: Flask, language: str, stated: str, wanted: str, forms: str | None) -> None:
    with app.test_request_context(), speaking(language):
        assert composition_of("offer", "WO:70;PL:30") == stated
        assert composition_of("need", "WO:60-100;*:0-5.5") == wanted
        if forms:
            assert terms("form", "NOIL;CARBONISED_RAGS") == forms


def test_a_colour_is_seen_and_all_else_is_only_text() -> None:
    assert swatched("NAVY <b>") == "NAVY &lt;b&gt;"
    assert swatched('"#12345678"') == "&#34;#12345678&#34;"
    shown = swatched("#5a1726 → #5a1827")
    assert shown.count("<svg") == 2
    assert shown.striptags() == "#5a1726 → #5a1827"


def test_a_measured_colour_stands_beside_what_a_screen_shows_of_it(app: Flask) -> None:
    with app.test_request_context(), speaking("it"):
        assert shade("lab:37.2 -9.5 12.7") == "#505b43 (lab:37.2 -9.5 12.7)"
        assert (shade("#505b43"), shade("NAVY")) == ("#505b43", "blu navy")


def test_a_moment_for_machines_ends_with_its_second(app: Flask) -> None:
    with app.test_request_context(), speaking("en"):
        shown = str(moment(datetime(2026, 12, 1, 11, 2, 12, 56777, tzinfo=UTC)))
    assert shown == '<time datetime="2026-12-01T11:02:12+00:00">1 Dec 2026, 12:02</time>'


@pytest.mark.parametrize(
    ("language", "mark", "total"), [("en", ".", 60.5), ("it", ",", "60.5"), ("zh-Hans", ".", "60.50")]
)
def test_a_sum_of_shares_is_told_with_the_mark_of_the_language(
    app: Flask, language: str, mark: str, total: object
) -> None:
    with app.test_request_context(), speaking(language):
        assert f"60{mark}5 " in told("It adds up to %(total)s per cent.", {"total_percent": total})


@pytest.mark.parametrize(
    ("locale", "largest", "listed", "whole", "day"),
    [
        ("en_GB", "The largest value is 100,000,000.", "Please choose from the list.", "whole number", "1 Jan 2016"),
        ("it", "Il valore massimo è 100.000.000.", "Scegli dall’elenco.", "numero intero", "1 gen 2016"),
        ("zh_Hans", "最大值为 100,000,000。", "请从列表中选择。", "整数", "2016年1月1日"),
    ],
)
def test_a_wrong_field_is_told_in_the_page_s_language(
    app: Flask, locale: str, largest: str, listed: str, whole: str, day: str
) -> None:
    typed = {"mass_kg": "9" * 40, "forms": "x" * 200_000, "use": "x", "max_suppliers": "1,5", "until_day": "0001-01-01"}
    with app.test_request_context(method="POST", data=typed), force_locale(locale):
        form = NeedForm(meta={"csrf": False})
        form.validate()
        assert form.mass_kg.errors == [largest]
        assert form.forms.errors == form.use.errors == [listed]
        assert whole in form.max_suppliers.errors[0]
        assert day in form.until_day.errors[0]
