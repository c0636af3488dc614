# SPDX-License-Identifier: AGPL-3.0-or-later
"""What other firms see of what is on show, and how they find it."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.signed_in import actor_of
from marketplace.listings import actions, catalogue, queries
from tests.rooms.listings.conftest import NEED, Mill
from tests.world import make_body, make_person, sign_in


def page_of(mill: Mill, path: str, status: int = 200) -> str:
    mill.session.commit()
    answer = mill.client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_a_draft_of_another_firm_is_like_no_listing(mill: Mill, rival: Mill) -> None:
    draft = rival.draft()
    unknown = page_of(mill, "/listings/999999999", 404)
    hidden = page_of(mill, f"/listings/{draft.id}", 404)
    assert without_values(hidden) == without_values(unknown)
    assert page_of(rival, f"/listings/{draft.id}")


def without_values(page: str) -> str:
    """The page without tokens and addresses, which differ from request to request."""
    return re.sub(r'value="[^"]*"', "", page)


def test_another_firm_sees_material_quantity_and_area_only(mill: Mill, rival: Mill) -> None:
    offer = rival.publish(price_milli_eur_kg=3719, reference="SECRETREF", description="visible words")
    page = page_of(mill, f"/listings/{offer.id}")
    assert "80% wool, 20% polyamide" in page
    assert "1,000 kg" in page
    assert "visible words" in page
    for secret in ("Filatura Bisbiglio", "SECRETREF", "3.719", "timeline"):
        assert secret not in page
    assert "3.719" in page_of(rival, f"/listings/{offer.id}")


def test_an_ask_is_shown_if_the_firm_chose_so_and_a_highest_price_never(mill: Mill, rival: Mill) -> None:
    shown = rival.publish(price_milli_eur_kg=3719, price_shown=True)
    need = rival.publish({**NEED, "price_milli_eur_kg": 8123, "price_shown": True})
    assert "3.719" in page_of(mill, f"/listings/{shown.id}")
    assert "8.123" not in page_of(mill, f"/listings/{need.id}")
    assert not queries.may_show_price(mill.actor, need)
    assert queries.may_show_price(rival.actor, need)


def test_the_coordinator_reads_the_firm_but_not_the_price(session: Session, app: Flask, rival: Mill) -> None:
    offer = rival.publish(price_milli_eur_kg=3719)
    person = make_person(session, make_body(session), "coordinator")
    session.commit()
    page = sign_in(app.test_client(), person).get(f"/listings/{offer.id}").get_data(as_text=True)
    assert "Filatura Bisbiglio" in page
    assert "3.719" not in page


def test_forms_of_another_firm_s_listing_are_refused(mill: Mill, rival: Mill) -> None:
    offer = rival.publish()
    draft = rival.draft()
    for verb in ("edit", "publish", "withdraw"):
        page_of(mill, f"/listings/{offer.id}/{verb}", 403)
        page_of(mill, f"/listings/{draft.id}/{verb}", 404)


def found(mill: Mill, **wanted: str) -> set[int]:
    page = catalogue.browse(mill.session, mill.actor, catalogue.Wanted(**wanted), 1)
    return {listing.id for listing in page.listings}


def test_search_and_filters_agree_with_their_counts(mill: Mill, rival: Mill) -> None:
    knit = rival.publish()
    woven = rival.publish(forms="CUT_WOVEN", composition="CO:97;EA:3", description="jeans blu")
    need = rival.publish(NEED)
    exhausted = rival.publish(composition="SE:100")
    exhausted.state = "exhausted"
    rival.draft()
    mill.session.flush()
    everything = {knit.id, woven.id, need.id, exhausted.id}
    assert found(mill) == everything
    assert found(mill, side="need") == {need.id}
    assert found(mill, form="CUT_WOVEN") == {woven.id, need.id}
    assert found(mill, material="cotton") == {woven.id}
    assert found(mill, q="针织") == {knit.id, need.id, exhausted.id}
    assert found(mill, q="JEANS") == {woven.id}
    assert found(mill, q="cotone jeans") == {woven.id}
    assert found(mill, q="%") == set()
    assert found(mill, theme="AGR") == set()
    page = catalogue.browse(mill.session, mill.actor, catalogue.Wanted(side="offer"), 1)
    assert page.total == 3
    assert dict(page.counts["side"]) == {"offer": 3, "need": 1}
    assert dict(page.counts["form"]) == {"CUT_KNIT": 2, "CUT_WOVEN": 1}
    assert dict(page.counts["material"]) == {"wool": 1, "cotton": 1, "silk": 1}


def test_misspellings_and_words_of_the_thesaurus_find_what_was_meant(mill: Mill, rival: Mill) -> None:
    cashmere = rival.publish(forms="REGEN_CASHMERE", composition="WS:100", regime="PRODUCT", description="fiocco beige")
    wool = rival.publish(forms="REGEN_WOOL", composition="WO:100", regime="PRODUCT", description="nero, opening fine")
    bales = rival.publish(forms="PALLETS", composition="", regime="USED_GOOD", origin="post", description="")
    assert found(mill, q="cahsmere") == {cashmere.id}
    assert found(mill, q="rigenrato") == {cashmere.id, wool.id}
    assert found(mill, q="rigenrato nero") == {wool.id}
    assert found(mill, q="shoddy") == found(mill, q="garnettato") == {wool.id}
    assert found(mill, q="bancali") == found(mill, q="栈板") == {bales.id}
    assert found(mill, q="opennig") == set()
    assert found(mill, q="xyzzy") == set()


def test_a_form_whose_code_lies_within_another_is_not_confused(mill: Mill, rival: Mill) -> None:
    rags = rival.publish(forms="RAGS_WOOL_KNIT", origin="post", regime="EOW")
    assert found(mill, form="RAGS_WOOL_KNIT") == {rags.id}
    assert found(mill, form="CUT_KNIT") == set()


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=99999999999999999999",
        "page=x",
        "q=%25%25_%5C",
        "q='+OR+1=1",
        "q=%F0%9F%98%80%F0%9F%98%80",
        "sort=largest",
        "sort=ending",
        "unknown=1&q=a&q=b",
    ],
)
def test_odd_addresses_show_a_page(mill: Mill, rival: Mill, query: str) -> None:
    rival.publish()
    page_of(mill, f"/listings?{query}")


@pytest.mark.parametrize(
    "query", ["q=%00", "sort=price", "sort=__class__", "theme=ZZZ", "form=CUT'--", f"q={'a' * 101}"]
)
def test_impossible_filters_are_refused_with_words(mill: Mill, query: str) -> None:
    page_of(mill, f"/listings?{query}", 422)


def test_pages_of_twenty(mill: Mill, rival: Mill) -> None:
    for _ in range(21):
        rival.publish()
    assert page_of(mill, "/listings").count('data-label="What"') == 20
    assert page_of(mill, "/listings?page=2&side=offer").count('data-label="What"') == 1
    assert page_of(mill, "/listings?page=3").count('data-label="What"') == 1


def test_the_officer_of_an_association_needs_a_mandate(session: Session, app: Flask, rival: Mill) -> None:
    offer = rival.publish()
    association = make_body(session, "association")
    officer = make_person(session, association, "officer")
    rival.firm.association_id = association.id
    session.commit()
    client = sign_in(app.test_client(), officer)
    assert client.get(f"/listings/{offer.id}").status_code == 404
    rival.firm.mandate_given = True
    session.commit()
    assert client.get(f"/listings/{offer.id}").status_code == 200


def test_matchable_is_what_is_published_free_and_of_a_verified_firm(session: Session, mill: Mill) -> None:
    offer = mill.publish()
    need = mill.publish(NEED)
    mill.draft()
    assert [listing.id for listing in queries.list_matchable(session)] == [offer.id, need.id]
    actions.withdraw(session, actor_of(session, mill.manager), offer, "gone")
    assert [listing.id for listing in queries.list_matchable(session)] == [need.id]
    mill.firm.state = "suspended"
    session.flush()
    assert list(queries.list_matchable(session)) == []
