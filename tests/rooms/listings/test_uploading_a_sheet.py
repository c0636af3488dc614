# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a firm's own sheet to drafts, and back: preview, one answer, acceptance, undo, and an export that returns."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import marketplace
from marketplace.audit.queries import list_events_of
from marketplace.listings import actions, importing
from marketplace.listings.models import Listing, ListingImport
from tests.browser import Page, form_values, post, words
from tests.rooms.listings.conftest import NEED, Mill
from tests.world import make_firm, make_person, sign_in

SHEETS = Path(marketplace.__file__).parent / "demo" / "district" / "sheets"
WEAVER = "cascami-gennaio-tessitura.xlsx"


def send(mill: Mill, data: bytes, name: str = "list.csv", side: str = "offer") -> TestResponse:
    values = form_values(mill.client, "/listings/import")
    return mill.client.post("/listings/import", data={**values, "side": side, "sheet": (io.BytesIO(data), name)})


def only_sheet(session: Session) -> ListingImport:
    session.expire_all()
    return session.scalars(select(ListingImport)).one()


def drafts(session: Session) -> list[Listing]:
    session.expire_all()
    return list(session.scalars(select(Listing).order_by(Listing.id)))


def test_the_weaver_s_sheet_becomes_drafts(session: Session, mill: Mill) -> None:
    answer = send(mill, (SHEETS / WEAVER).read_bytes(), WEAVER)
    sheet = only_sheet(session)
    assert answer.location == f"/listings/import/{sheet.id}"
    page = mill.client.get(answer.location).get_data(as_text=True)
    assert "adds up to 95" in page
    assert "80% wool, 20% polyamide" in page
    assert "WO:" not in page, "codes are for files"
    assert "“12 pezze” counts something else" in page
    assert drafts(session) == []
    post(mill.client, f"{answer.location}/answer", answer.location, {"regime": "BYPRODUCT"})
    post(mill.client, f"{answer.location}/accept", answer.location)
    made = drafts(session)
    assert [(d.forms, d.state, d.import_id) for d in made] == [
        (form, "draft", sheet.id)
        for form in ("SELVEDGE", "HEADERS", "THREAD_WASTE", "THREAD_WASTE", "FRAY", "FLUFF_DUST")
    ]
    assert {d.regime for d in made} == {"BYPRODUCT", "WASTE"}
    assert {d.place_code for d in made} == {"PRATO"}
    page = mill.client.get(answer.location).get_data(as_text=True)
    assert f"/listings/{made[0].id}" in page
    assert "12 pezze" in page
    assert "created" in list_events_of(session, only_sheet(session))[-1].facts


def test_an_accepted_sheet_is_taken_back_without_what_was_published(session: Session, mill: Mill) -> None:
    location = send(mill, (SHEETS / WEAVER).read_bytes(), WEAVER).location
    post(mill.client, f"{location}/answer", location, {"regime": "BYPRODUCT"})
    post(mill.client, f"{location}/accept", location)
    first, *others = drafts(session)
    assert len(others) == 5
    actions.publish(session, mill.actor, first)
    session.commit()
    post(mill.client, f"{location}/undo", location)
    assert [(d.id, d.state) for d in drafts(session)] == [(first.id, "published")]
    assert only_sheet(session).state == "undone"
    values = {"idempotency_key": "0" * 8 + "-0000-0000-0000-" + "0" * 12}
    again = mill.client.post(f"{location}/undo", data={**form_values(mill.client, "/listings/import"), **values})
    assert again.status_code == 409


def test_the_export_comes_back_on_the_same_listings(session: Session, mill: Mill) -> None:
    draft = mill.draft(price_milli_eur_kg=300, reference="B-7", colour="#1b2a41", lot_g=5000)
    shown = mill.publish()
    session.commit()
    text = mill.client.get("/listings/mine/offer.csv").get_data(as_text=True)
    assert "B-7" in text
    text = text.replace("0.3,", ",").replace(",1000,", ",1500,")
    location = send(mill, text.encode()).location
    post(mill.client, f"{location}/accept", location)
    session.expire_all()
    assert len(drafts(session)) == 2
    assert (draft.mass_g, draft.price_milli_eur_kg, draft.colour) == (1_500_000, None, "#1b2a41")
    assert (draft.reference, draft.lot_g) == ("B-7", 5000)
    assert shown.account is not None
    assert (shown.state, shown.mass_g, shown.account.mass_g) == ("published", 1_500_000, 1_500_000)


def test_a_row_cannot_reach_the_listing_of_another_firm(session: Session, mill: Mill, rival: Mill) -> None:
    foreign = rival.publish()
    gone = mill.draft()
    actions.withdraw(session, mill.actor, gone, "no")
    session.commit()
    head = "id,form,mass_kg,composition,regime,origin\n"
    lines = [f"L-{key},SELVEDGE,7,WO:100,PRODUCT,pre\n" for key in (foreign.id, gone.id, 10**17)]
    location = send(mill, (head + "".join(lines)).encode()).location
    page = mill.client.get(location).get_data(as_text=True)
    assert page.count("Kept back") >= 3
    post_accept = form_values(mill.client, f"{location}/answer", location)
    assert mill.client.post(f"{location}/accept", data=post_accept).status_code == 302
    session.expire_all()
    assert foreign.mass_g == 1_000_000
    assert len(drafts(session)) == 2


def test_a_firm_column_is_not_believed(session: Session, mill: Mill, rival: Mill) -> None:
    data = f"firm,form,mass_kg,composition,regime,origin\n{rival.firm.id},SELVEDGE,7,WO:100,PRODUCT,pre\n".encode()
    location = send(mill, data).location
    post(mill.client, f"{location}/accept", location)
    assert [d.firm_id for d in drafts(session)] == [mill.firm.id]


def test_the_operator_imports_for_a_firm(session: Session, mill: Mill, rival: Mill) -> None:
    from datetime import date

    from marketplace.listings.sheets import Context, read_sheet, understand

    data = (SHEETS.parent / "offers.csv").read_bytes()
    rows = [row for row in understand(read_sheet("offers.csv", data), "offer", Context(date(2026, 11, 22))) if row.firm]
    assert rows[0].firm == "F-18"
    made = importing.import_rows(session, None, rows[:3], side="offer", firm_id=rival.firm.id)
    assert [(d.reference, d.firm_id, d.state) for d in made] == [
        (f"O-00{n}", rival.firm.id, "draft") for n in (1, 2, 3)
    ]
    assert actions.publish(session, rival.actor, made[0]).state == "published"


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "empty.csv", "empty"),
        (b"PK\x03\x04junk", "x.xlsx", "not a workbook"),
        (b"a;b\nc;d\n", "x.csv", "No line names the columns"),
        (b'id,form,mass_kg\nA,"B,1\n', "x.csv", "Line 2 of the CSV"),
        (b"\x00\x01\x02", "../../etc/passwd", "neither a CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_with_a_sentence(
    session: Session, mill: Mill, data: bytes, name: str, words: str
) -> None:
    answer = send(mill, data, name)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert session.scalars(select(ListingImport)).all() == []


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\u202egpj.csv", "CON.xlsx", "x" * 300, "x.png.html", "<script>alert(1)<script>"]
)
def test_the_name_of_a_file_is_only_shown(session: Session, mill: Mill, name: str) -> None:
    data = b"form,mass_kg,composition\nSELVEDGE,7,WO:100\n"
    answer = send(mill, data, name)
    assert answer.status_code == 302
    assert "/" not in only_sheet(session).filename
    assert mill.client.get(answer.location).status_code == 200


def test_without_a_file_or_a_side_the_form_says_so(mill: Mill) -> None:
    assert post(mill.client, "/listings/import", data={"side": "offer"}).status_code == 422
    assert send(mill, b"x", side="gift").status_code == 422


def test_a_sheet_of_another_firm_is_like_no_sheet(session: Session, mill: Mill, rival: Mill) -> None:
    location = send(mill, b"form,mass_kg,composition\nSELVEDGE,7,WO:100\n").location
    assert rival.client.get(location).status_code == 404


def test_a_member_may_upload_but_not_change_what_is_published(session: Session, mill: Mill) -> None:
    shown = mill.publish()
    member = make_person(session, mill.firm, "member")
    session.commit()
    colleague = Mill(session, mill.firm, member, mill.app)
    colleague.client = sign_in(mill.app.test_client(), member)  # type: ignore[misc]
    text = f"id,form,mass_kg,composition,regime,origin\nL-{shown.id},SELVEDGE,7,WO:100,PRODUCT,pre\n"
    location = send(colleague, text.encode()).location
    assert "Kept back" in colleague.client.get(location).get_data(as_text=True)


def test_needs_are_read_with_the_permits_of_the_firm(session: Session, mill: Mill) -> None:
    data = b"forms,mass_kg,composition,regimes,waste_codes\nCUT_KNIT,7,WO:60-100,WASTE,04 02 22\n"
    location = send(mill, data, side="need").location
    assert "no valid permit" in mill.client.get(location).get_data(as_text=True)


def test_a_firm_without_a_place_keeps_incomplete_drafts(session: Session, mill: Mill) -> None:
    firm = make_firm(session, lat=None, lon=None)
    session.flush()
    draft = actions.create_draft(session, None, NEED, firm_id=firm.id)
    assert (draft.lat, draft.state) == (None, "draft")


def test_empty_lines_are_counted_and_not_listed(mill: Mill) -> None:
    answer = send(mill, b"form;mass_kg;note\n;;\nCUT_KNIT;100;ok\n;;\n;;\nTotale;100;\n")
    page = Page(mill.client.get(answer.location).get_data(as_text=True))
    lines = [words(cell) for cell in page.all("th") if cell.get("scope") == "row"]
    assert lines == ["1", "3", "6"]
    assert "Empty lines, not listed below3" in words(page.root)
