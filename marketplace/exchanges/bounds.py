# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a load can be: how many grams may leave and count as delivered, and on which days."""

from __future__ import annotations

from datetime import date, timedelta

from marketplace.errors import N_, Refused

SPARE_PART = 5
"""One part in so many of the agreed mass may leave beyond it: wool alone holds up to 18 % of moisture."""


class TooMuch(Refused):
    """More would count as delivered than was agreed on."""

    words = N_("At most %(mass)s are still to come under this agreement; the rest needs a deal of its own.")

    def __init__(self, rest_g: int) -> None:
        super().__init__(mass_g=rest_g)


class TooMuchSent(TooMuch):
    """A load far beyond what is still to come: a slip of the pen, or goods that nobody agreed on."""

    words = N_(
        "Beside what is on its way, at most %(mass)s can leave under this agreement. More needs a deal of its own."
    )


class MoreThanArrived(Refused):
    """What was accepted cannot exceed what arrived."""

    words = N_("More was accepted than has arrived.")


class ReasonMissing(Refused):
    """Whoever turns goods away says why."""

    words = N_("Please say why not everything was accepted.")


class BeforeItWasSent(Refused):
    """Goods cannot arrive before they left."""

    words = N_("The day of arrival lies before the day on which the load was sent.")


class BeforeApproval(Refused):
    """Goods leave once the coordinator has approved."""

    words = N_("A load cannot leave before the day on which the exchange was approved.")


class InTheFuture(Refused):
    """What has not happened yet is not recorded."""

    words = N_("This day has not come yet.")


def check_day(on: date, today: date) -> None:
    """Raise InTheFuture after today; the district's day may already be the next one of the clock's (UTC)."""
    if on > today + timedelta(days=1):
        raise InTheFuture


def check_weighing(arrived_g: int, accepted_g: int, rest_g: int, reason: str) -> None:
    """Raise unless what was accepted can have arrived and was agreed on, and less is explained; grams."""
    if accepted_g > arrived_g:
        raise MoreThanArrived
    if accepted_g < arrived_g and not reason:
        raise ReasonMissing
    check_rest(accepted_g, rest_g)


def check_sent(sent_g: int, rest_g: int, agreed_g: int) -> None:
    """Raise TooMuchSent beyond what is still to leave and a fifth of what was agreed on; grams.

    `rest_g`: what is neither delivered nor on its way; it can be below zero.

    What counts as delivered is bounded exactly, by `check_rest`.
    """
    most_g = max(0, rest_g + agreed_g // SPARE_PART)
    if sent_g > most_g:
        raise TooMuchSent(most_g)


def check_rest(accepted_g: int, rest_g: int) -> None:
    """Raise TooMuch beyond what is still to come; grams."""
    if accepted_g > rest_g:
        raise TooMuch(rest_g)
