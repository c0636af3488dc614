# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is said about a firm and a person when they are taken up, and the lists it is chosen from. Pure values."""

from __future__ import annotations

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from marketplace.errors import N_
from marketplace.policy import Role

TRADES = {
    "mill": N_("mill"),
    "spinner": N_("spinner"),
    "knitwear": N_("knitwear"),
    "clothing workshop": N_("clothing workshop"),
    "dyer/finisher": N_("dyer or finisher"),
    "rag sorter": N_("rag sorter"),
    "carbonising/pulling processor": N_("carbonising or pulling"),
    "insulation/felt maker": N_("insulation or felt maker"),
    "social cooperative": N_("social cooperative"),
    "retailer": N_("retailer"),
    "municipal service": N_("municipal service"),
    "farm/nursery": N_("farm or nursery"),
    "other": N_("other trade"),
}
"""What firms of the district do."""

ALBO_CATEGORIES = {
    "1": N_("1 – urban waste"),
    "2-bis": N_("2-bis – own waste, carried by its producer"),
    "3-bis": N_("3-bis – electric and electronic waste"),
    "4": N_("4 – non-hazardous special waste"),
    "4-bis": N_("4-bis – scrap metal"),
    "5": N_("5 – hazardous special waste"),
    "6": N_("6 – cross-border transport"),
    "8": N_("8 – trade and brokerage of waste"),
    "9": N_("9 – clean-up of sites"),
    "10": N_("10 – asbestos removal"),
}
"""Categories of the register of waste operators (Albo nazionale gestori ambientali)."""

BODY_KINDS = {
    "municipality": N_("municipality"),
    "university": N_("university centre"),
    "chamber": N_("chamber of commerce"),
    "association": N_("association"),
    "union": N_("trade union"),
}

STRATEGY_ROLES = (
    N_("promoter and coordinator"),
    N_("technical-scientific coordination (ARCO laboratory)"),
    N_("body involved; keeps the by-product list (DM 264/2016)"),
    N_("body involved"),
    N_("association of firms"),
)
"""Parts in the city's strategy, as bodies.csv names them."""


@dataclass(frozen=True, slots=True)
class FirmDetails:
    """A firm as it describes itself. Positions in degrees; `vat_number` in eleven digits."""

    name: str
    vat_number: str
    trade: str = ""
    ateco: str = ""
    size_class: str = ""
    language: str = "it"
    theme_code: str = "TEX"
    place_code: str = ""
    lat: float | None = None
    lon: float | None = None
    albo_categories: tuple[str, ...] = ()
    association_id: int | None = None
    mandate_given: bool = False


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """A person as they introduce themselves."""

    name: str
    email: str
    language: str = "it"


class NotAnEmail(ValueError):
    """A text that no mail server would take as an address."""

    words = N_("This is not an e-mail address that mail can be sent to.")


def canonical_email(text: str) -> str:
    """The address in lower case, a foreign domain in its ASCII form, so that look-alikes show; raises NotAnEmail."""
    try:
        email = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise NotAnEmail(NotAnEmail.words) from error
    return f"{email.local_part}@{email.ascii_domain}".lower()


@dataclass(frozen=True, slots=True)
class Invitee:
    """Who is invited, as what, and in which language the mail speaks."""

    email: str
    role: Role
    language: str
