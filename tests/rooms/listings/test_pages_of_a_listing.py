# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages on which a firm writes, edits, publishes and withdraws what it lists."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Permit
from marketplace.listings.models import Listing
from tests.browser import Page, post
from tests.rooms.listings.conftest import NEED, Mill

OFFER_TYPED = {
    "category_code": "TEX-SCR",
    "form": "CUT_WOVEN",
    "mass_kg": "412,5",
    "shares-0-fibre": "WO",
    "shares-0-percent": "70",
    "shares-1-fibre": "PA",
    "shares-1-percent": "30",
    "regime": "BYPRODUCT",
    "origin": "pre",
}
NEED_TYPED = {
    "category_code": "TEX-RGF",
    "forms": ["REGEN_WOOL"],
    "mass_kg": "2000.5",
    "bounds-0-fibre": "WO",
    "bounds-0-least": "70",
    "regimes": ["PRODUCT", "EOW"],
}


def only_listing(session: Session) -> Listing:
    session.expire_all()
    return session.scalars(select(Listing)).one()


def test_an_offer_is_written_read_through_and_published(session: Session, mill: Mill) -> None:
    answer = post(mill.client, "/listings/new?side=offer", data=OFFER_TYPED)
    offer = only_listing(session)
    assert answer.location == f"/listings/{offer.id}"
    assert (offer.mass_g, offer.composition, offer.state) == (412_500, "WO:70;PA:30", "draft")
    page = mill.client.get(answer.location).get_data(as_text=True)
    assert "70% wool, 30% polyamide" in page
    assert "412.5 kg" in page
    assert post(mill.client, f"/listings/{offer.id}/publish").status_code == 302
    assert only_listing(session).state == "published"


def test_everything_that_is_wrong_is_said_at_once_each_beside_its_field(session: Session, mill: Mill) -> None:
    typed = {**OFFER_TYPED, "mass_kg": "much", "shares-1-percent": "20", "regime": "BYPRODUCT", "origin": "post"}
    typed |= {"from_day": "2027-03-02", "until_day": "2027-03-01", "price": "cheap"}
    answer = post(mill.client, "/listings/new?side=offer", data=typed)
    assert answer.status_code == 422
    page = Page(answer.get_data(as_text=True))
    summary = [e for e in page.all("div") if "error-summary" in (e.get("class") or "")]
    links = {link.get("href") for link in page.all("a") if (link.get("href") or "").startswith("#")}
    assert len(summary) == 1
    assert {"#mass_kg", "#price", "#until_day"} <= links
    text = answer.get_data(as_text=True)
    assert "adds up to 90" in text
    assert "How many kilograms?" not in text, "it is there, but it cannot be read"
    assert session.scalars(select(Listing)).all() == []


def test_a_need_proposes_how_much_of_other_fibres_it_bears(session: Session, mill: Mill) -> None:
    post(mill.client, "/listings/new?side=need", data=NEED_TYPED)
    need = only_listing(session)
    assert (need.composition, need.mass_g, need.regime) == ("WO:70-100;*:0-5", 2_000_500, "PRODUCT;EOW")
    post(mill.client, f"/listings/{need.id}/edit", data={"forms": ["YARN_CONES"], "others": "usual"})
    assert only_listing(session).composition == "WO:70-100;*:0-2"
    post(mill.client, f"/listings/{need.id}/edit", data={"others": "any"})
    assert only_listing(session).composition == "WO:70-100"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"shares-1-percent": "25"}, "adds up to 95"),
        ({"regime": ""}, "by-product, waste"),
        ({"origin": "post"}, "never a by-product"),
        ({"price": "-0,10"}, "offers waste"),
        ({"regime": "WASTE"}, "European code"),
        ({"mass_kg": "1.250"}, "write 1250 for one, 1.2500 for the other"),
        ({"mass_kg": "0.0004"}, "At most 3 decimals"),
        ({"mass_kg": "0"}, "smallest value"),
        ({"mass_kg": ""}, "How many kilograms"),
        ({"mass_kg": "9" * 200}, "largest value"),
        ({"mass_kg": "NaN"}, "not a number"),
        ({"from_day": "2027-05-01", "until_day": "2027-04-01"}, "before the first"),
        ({"until_day": "2020-01-01"}, "passed already"),
        ({"until_day": "9999-12-31"}, "must lie between"),
        ({"lot_kg": "500"}, "more than the whole"),
        ({"colour": "navy"}, "cannot be read"),
        ({"colour": "#1b2a41", "shade": "NAVY"}, "not both"),
        ({"quantity": "3", "unit": "bales"}, "not both"),
        ({"description": "a\0b"}, "cannot be shown"),
        ({"reference": "\u202egpj.exe"}, "cannot be shown"),
        ({"reference": "x" * 61}, "60"),
        ({"category_code": "NO-SUCH"}, "from the list"),
        ({"form": "<script>"}, "from the list"),
        ({"shares-0-fibre": "XX"}, "from the list"),
        ({"shares-1-fibre": "WO"}, "each once"),
        ({"shares-0-percent": "1e2"}, "not a number"),
    ],
)
def test_what_cannot_be_kept_is_said_and_stays_typed(
    session: Session, mill: Mill, typed: dict[str, str], words: str
) -> None:
    answer = post(mill.client, "/listings/new?side=offer", data={**OFFER_TYPED, **typed})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    assert 'value="412,5"' in page or "mass_kg" in typed
    assert session.scalars(select(Listing)).all() == []


def test_fields_that_the_form_does_not_have_change_nothing(session: Session, mill: Mill, rival: Mill) -> None:
    forged = {"firm_id": str(rival.firm.id), "state": "published", "account_id": "1", "version": "999"}
    post(mill.client, "/listings/new?side=offer", data={**OFFER_TYPED, **forged})
    offer = only_listing(session)
    assert (offer.firm_id, offer.state, offer.account_id, offer.version) == (mill.firm.id, "draft", None, 1)


def test_goods_that_look_like_goods_on_show_are_asked_about(session: Session, mill: Mill) -> None:
    mill.publish()
    twin = mill.draft(mass_g=1_012_500, composition="WO:82;PA:18")
    session.commit()
    answer = post(mill.client, f"/listings/{twin.id}/publish")
    assert answer.status_code == 422
    assert "on show already" in answer.get_data(as_text=True)
    assert twin.state == "draft"
    assert post(mill.client, f"/listings/{twin.id}/publish", data={"not_a_twin": "y"}).status_code == 302
    session.refresh(twin)
    assert twin.state == "published"


def test_withdrawing_asks_why(session: Session, mill: Mill) -> None:
    offer = mill.publish()
    session.commit()
    assert post(mill.client, f"/listings/{offer.id}/withdraw").status_code == 422
    post(mill.client, f"/listings/{offer.id}/withdraw", data={"reason": "burnt"})
    session.refresh(offer)
    assert offer.state == "withdrawn"
    page = mill.client.get("/listings/mine?which=past").get_data(as_text=True)
    assert "Withdrawn" in page


def test_a_copy_opens_for_editing(session: Session, mill: Mill) -> None:
    offer = mill.publish()
    session.commit()
    answer = post(mill.client, f"/listings/{offer.id}/copy", form_url=f"/listings/{offer.id}")
    assert answer.location.endswith("/edit")
    assert answer.location != f"/listings/{offer.id}/edit"


def test_waste_codes_to_tick_are_those_of_the_permits(session: Session, mill: Mill) -> None:
    session.add(Permit(firm=mill.firm, waste_code="04 02 22"))
    session.commit()
    page = mill.client.get("/listings/new?side=need").get_data(as_text=True)
    assert "04 02 22" in page
    forged = {**NEED_TYPED, "regimes": ["WASTE"], "waste_codes": ["04 02 21"]}
    assert post(mill.client, "/listings/new?side=need", data=forged).status_code == 422
    right = {**NEED_TYPED, "regimes": ["WASTE"], "waste_codes": ["04 02 22"]}
    assert post(mill.client, "/listings/new?side=need", data=right).status_code == 302


def test_an_unknown_side_is_no_page(mill: Mill) -> None:
    assert mill.client.get("/listings/new?side=gift").status_code == 404
    assert mill.client.get("/listings/new").status_code == 404


def test_the_export_holds_own_listings_and_no_formulas(session: Session, mill: Mill, rival: Mill) -> None:
    own = mill.publish(description="=cmd|'/C calc'!A0", price_milli_eur_kg=250)
    mill.publish({**NEED, "price_milli_eur_kg": 900})
    rival.publish(description="secret of another")
    session.commit()
    answer = mill.client.get("/listings/mine/offer.csv")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert [row["id"] for row in rows] == [f"L-{own.id}"]
    assert rows[0]["description"] == "'=cmd|'/C calc'!A0"
    assert (rows[0]["mass_kg"], rows[0]["price_eur_kg"]) == ("1000", "0.25")
