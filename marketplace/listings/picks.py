# SPDX-License-Identifier: AGPL-3.0-or-later
"""A picked suggestion goes into its field of the form, as if chosen from the list there; nothing is kept yet."""

from __future__ import annotations

from typing import Any

from marketplace.listings.choices import NEVER_LISTED
from marketplace.listings.forms import NeedForm, OfferForm
from matching.market.vocabulary import CATEGORIES, FIBRES, FORMS, WASTE_LIST


def pick(form: OfferForm | NeedForm, picked: str) -> None:
    """Put what a button sent, `form:CUT_KNIT`, into its field; what the field does not offer changes nothing."""
    kind, _, code = picked.partition(":")
    if kind == "category" and code in CATEGORIES:
        form.category_code.data = code
    elif kind == "form" and code in FORMS:
        _pick_form(form, code)
    elif kind == "fibre" and code in FIBRES and code not in NEVER_LISTED:
        _pick_fibre(form, code)
    elif kind == "waste_code" and isinstance(form, OfferForm) and code in WASTE_LIST and WASTE_LIST[code].listable:
        form.waste_code.data = code


def picked(form: OfferForm | NeedForm) -> frozenset[str]:
    """What stands in the fields already, in the spelling of the buttons."""
    forms = [form.form.data] if isinstance(form, OfferForm) else form.forms.data or []
    found = {"form": forms, "category": [form.category_code.data], "fibre": [row.fibre.data for row in _rows(form)]}
    if isinstance(form, OfferForm):
        found["waste_code"] = [form.waste_code.data]
    return frozenset(f"{kind}:{code}" for kind, codes in found.items() for code in codes if code)


def _pick_form(form: OfferForm | NeedForm, code: str) -> None:
    if isinstance(form, OfferForm):
        form.form.data = code
    elif code not in (form.forms.data or []):
        form.forms.data = [*(form.forms.data or []), code]


def _pick_fibre(form: OfferForm | NeedForm, code: str) -> None:
    """The first line without a fibre gets it, or a new one; how much there is of it only a person can say."""
    named = [row.fibre.data for row in _rows(form)]
    if code in named:
        return
    if all(named):
        form.one_more_fibre()
    for row in [row for row in _rows(form) if not row.fibre.data][:1]:
        row.fibre.data = code


def _rows(form: OfferForm | NeedForm) -> list[Any]:
    return [entry.form for entry in form.fibres]
