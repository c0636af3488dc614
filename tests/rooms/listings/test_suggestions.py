# SPDX-License-Identifier: AGPL-3.0-or-later
"""A person types in their own words and picks from what they may mean; nothing is chosen or kept by itself."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.listings.hints import hints
from marketplace.listings.models import Listing
from marketplace.web.replays import Replay
from matching.market.vocabulary import LANGUAGES
from tests.browser import Element, Page, controls, form_values, post, words
from tests.rooms.listings.conftest import NEED, Mill
from tests.rooms.listings.test_pages_of_a_listing import NEED_TYPED, OFFER_TYPED

OFFER_FORM, NEED_FORM = "/listings/new?side=offer", "/listings/new?side=need"
SUGGEST_OFFER, SUGGEST_NEED = "/listings/new/offer/suggest", "/listings/new/need/suggest"


def asked(mill: Mill, url: str, form_url: str, typed: dict[str, Any]) -> TestResponse:
    """Send the form by its button «Suggest»."""
    return mill.client.post(url, data={**form_values(mill.client, form_url), **typed})


def page_of(answer: TestResponse) -> Page:
    assert answer.status_code == 200
    return Page(answer.get_data(as_text=True))


def the_form(page: Page) -> Element:
    return next(form for form in page.forms() if "/listings/" in (form.get("action") or ""))


def picks(page: Page) -> list[str]:
    return [button.get("value") or "" for button in page.all("button") if button.get("name") == "pick"]


def typed_in(page: Page) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in controls(the_form(page)):
        values.setdefault(name, []).append(value)
    return values


def test_words_bring_choices_and_keep_everything_that_was_typed(session: Session, mill: Mill) -> None:
    typed = {"description": "ritagli di maglia lana blu", "mass_kg": "412,5", "price": "abc", "shares-0-percent": "7O"}
    page = page_of(asked(mill, SUGGEST_OFFER, OFFER_FORM, typed))
    assert picks(page)[0] == "form:CUT_KNIT"
    assert {"category:TEX-SCR", "fibre:WO", "waste_code:04 02 22"} <= set(picks(page))
    values = typed_in(page)
    assert {name: values[name] for name in typed} == {name: [value] for name, value in typed.items()}
    assert (values["form"], values["category_code"], values["waste_code"]) == ([""], [""], [""])
    assert values["shares-0-fibre"] == [""]
    text = words(page.root)
    assert "very likely, because of: ritagli, maglia" in text
    assert "Nothing is chosen until you choose it" in text
    session.expire_all()
    assert session.scalars(select(Listing)).all() == []
    assert not [row.route for row in session.scalars(select(Replay)) if "listings" in row.route]


def test_a_picked_suggestion_stands_in_its_field_and_is_kept_only_by_saving(session: Session, mill: Mill) -> None:
    typed = {**OFFER_TYPED, "description": "ritagli di maglia", "form": "", "category_code": "", "shares-0-fibre": ""}
    page = page_of(asked(mill, SUGGEST_OFFER, OFFER_FORM, {**typed, "pick": "form:CUT_KNIT"}))
    assert typed_in(page)["form"] == ["CUT_KNIT"]
    assert typed_in(page)["category_code"] == [""]
    assert "form:CUT_KNIT" not in picks(page)
    assert "chosen" in words(page.root)
    page = page_of(mill.client.post(SUGGEST_OFFER, data={**typed_in(page), "pick": "category:TEX-SCR"}))
    page = page_of(mill.client.post(SUGGEST_OFFER, data={**typed_in(page), "pick": "fibre:WO"}))
    assert typed_in(page)["shares-0-fibre"] == ["WO"]
    assert mill.client.post(OFFER_FORM, data=typed_in(page)).status_code == 302
    session.expire_all()
    kept = session.scalars(select(Listing)).one()
    assert (kept.forms, kept.category_code, kept.composition) == ("CUT_KNIT", "TEX-SCR", "WO:70;PA:30")


@pytest.mark.parametrize(
    "picked", ["", "x", "form:", "form:NOPE", "regime:WASTE", "waste_code:15 02 02", "fibre:ASBESTOS"]
)
def test_what_is_no_suggestion_changes_no_field(mill: Mill, picked: str) -> None:
    typed = {**OFFER_TYPED, "description": "ritagli di maglia", "pick": picked}
    values = typed_in(page_of(asked(mill, SUGGEST_OFFER, OFFER_FORM, typed)))
    assert {name: values[name] for name in OFFER_TYPED} == {name: [value] for name, value in OFFER_TYPED.items()}


def test_a_need_gathers_forms_and_is_offered_no_waste_code(mill: Mill) -> None:
    typed = {"description": "针织边角料 羊毛 涤纶", "forms": ["CUT_WOVEN"], "pick": "form:CUT_KNIT"}
    page = page_of(asked(mill, SUGGEST_NEED, NEED_FORM, typed))
    assert typed_in(page)["forms"] == ["CUT_WOVEN", "CUT_KNIT"]
    assert {"fibre:WO", "fibre:PL"} <= set(picks(page))
    assert not [pick for pick in picks(page) if pick.startswith("waste_code")]
    page = page_of(mill.client.post(SUGGEST_NEED, data={**typed_in(page), "pick": "fibre:PL"}))
    page = page_of(mill.client.post(SUGGEST_NEED, data={**typed_in(page), "pick": "fibre:WO"}))
    values = typed_in(page)
    assert (values["bounds-0-fibre"], values["bounds-1-fibre"]) == (["PL"], ["WO"])


def test_words_that_may_mean_a_hazard_bring_no_waste_code_and_say_why(mill: Mill) -> None:
    page = page_of(asked(mill, SUGGEST_OFFER, OFFER_FORM, {"description": "stracci sporchi di solvente"}))
    assert not [pick for pick in picks(page) if pick.startswith("waste_code")]
    assert "this may mean a hazard: solvente" in words(page.root)


@pytest.mark.parametrize(("side", "description"), [("offer", "feltro di amianto"), ("need", "asbestos felt")])
def test_a_fibre_that_is_never_listed_is_never_suggested(side: str, description: str) -> None:
    assert [hint.code for hint in hints(side, description).lists.get("fibre", [])] == []


def test_a_mirror_entry_says_that_it_wants_an_analysis(mill: Mill) -> None:
    page = page_of(asked(mill, SUGGEST_OFFER, OFFER_FORM, {"description": "fanghi di depurazione della tintoria"}))
    assert "waste_code:04 02 20" in picks(page)
    assert "Only with an analysis" in words(page.root)
    plain = page_of(asked(mill, SUGGEST_OFFER, OFFER_FORM, {"description": "cimose"}))
    assert "Only with an analysis" not in words(plain.root)


def test_unknown_words_say_so_and_no_words_are_asked_for(mill: Mill) -> None:
    page = page_of(asked(mill, SUGGEST_OFFER, OFFER_FORM, {"description": "qwerty"}))
    assert picks(page) == []
    assert "We do not know these words" in words(page.root)
    for nothing in ("", "  ", "\n"):
        answer = asked(mill, SUGGEST_OFFER, OFFER_FORM, {"description": nothing})
        assert answer.status_code == 422
        assert "Write a few words about it first." in answer.get_data(as_text=True)


def test_the_first_button_of_the_form_is_the_one_that_saves(mill: Mill) -> None:
    mill.session.commit()
    page = Page(mill.client.get(OFFER_FORM).get_data(as_text=True))
    first = next(e for e in the_form(page).iter("button"))
    assert (first.get("formaction"), first.get("name")) == (None, None)


def test_a_kept_listing_is_asked_about_by_its_own_firm_only(session: Session, mill: Mill, rival: Mill) -> None:
    offer = mill.publish()
    need = mill.publish(NEED)
    session.commit()
    for listing in (offer, need):
        url = f"/listings/{listing.id}/suggest"
        typed = {"description": "cimose di lana", "pick": "form:SELVEDGE"}
        page = page_of(asked(mill, url, f"/listings/{listing.id}/edit", typed))
        assert the_form(page).get("action") == f"/listings/{listing.id}/edit"
        session.expire_all()
        assert "SELVEDGE" not in listing.forms
        assert rival.client.post(url, data=form_values(rival.client, OFFER_FORM)).status_code == 403
    values = typed_in(page)
    assert post(mill.client, f"/listings/{need.id}/edit", data={"forms": values["forms"]}).status_code == 302
    session.expire_all()
    assert "SELVEDGE" in need.forms


def test_the_address_alone_leads_back_to_the_form(mill: Mill) -> None:
    offer = mill.publish()
    mill.session.commit()
    assert mill.client.get(SUGGEST_NEED).location == NEED_FORM
    assert mill.client.get(f"/listings/{offer.id}/suggest").location == f"/listings/{offer.id}/edit"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_reader_s_language(mill: Mill, language: str) -> None:
    mill.manager.language = {"zh": "zh-Hans"}.get(language, language)
    page = page_of(asked(mill, SUGGEST_OFFER, OFFER_FORM, {"description": "blousse"}))
    expected = {
        "it": "molto probabile, per via di: blousse",
        "en": "very likely, because of: blousse",
        "zh": "很可能，依据：blousse",
    }
    assert expected[language] in words(page.root)


def test_the_shelf_of_two_likely_forms_is_likelier_than_either() -> None:
    found = hints("offer", "cimose e testate di lana")
    assert [hint.sureness for hint in found.lists["form"]] == ["possible", "possible"]
    shelf = found.lists["category"][0]
    assert (shelf.code, shelf.sureness) == ("TEX-SCR", "very likely")
    assert [hint.code for hint in hints("offer", "divani e sedie usate").lists["category"]] == ["CON-FUR"]


@pytest.mark.parametrize(
    ("suggest", "form", "name", "typed"),
    [(SUGGEST_OFFER, OFFER_FORM, "shares", OFFER_TYPED), (SUGGEST_NEED, NEED_FORM, "bounds", NEED_TYPED)],
    ids=["offer", "need"],
)
def test_one_more_fibre_keeps_what_was_typed_and_adds_a_line(
    mill: Mill, suggest: str, form: str, name: str, typed: dict[str, Any]
) -> None:
    lines = [key for key in form_values(mill.client, form) if key.endswith("-fibre")]
    assert lines == [f"{name}-0-fibre", f"{name}-1-fibre"]
    answer = asked(mill, suggest, form, {**typed, "description": "", "more": "fibre"})
    values = typed_in(page_of(answer))
    assert [key for key in values if key.endswith("-fibre")] == [*lines, f"{name}-2-fibre"]
    assert (values["mass_kg"], values[f"{name}-0-fibre"]) == ([typed["mass_kg"]], [typed[f"{name}-0-fibre"]])


def test_there_are_no_more_lines_than_a_composition_may_have(mill: Mill) -> None:
    page = page_of(asked(mill, SUGGEST_OFFER, OFFER_FORM, {"more": "fibre"}))
    for _ in range(12):
        page = page_of(mill.client.post(SUGGEST_OFFER, data={**typed_in(page), "more": "fibre"}))
    assert len([name for name in typed_in(page) if name.endswith("-fibre")]) == 12
    assert "more" not in [button.get("name") for button in page.all("button")]


def test_a_picked_fibre_finds_a_line_where_all_are_taken(mill: Mill) -> None:
    taken = {"shares-0-fibre": "PA", "shares-1-fibre": "CO", "description": "lana", "pick": "fibre:WO"}
    assert typed_in(page_of(asked(mill, SUGGEST_OFFER, OFFER_FORM, taken)))["shares-2-fibre"] == ["WO"]
