# SPDX-License-Identifier: AGPL-3.0-or-later
"""What each kind of mail is called on the operator's page; a test finds a mail that has no name here."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.errors import N_

KINDS: Mapping[str, str] = {
    "accounts/already_registered": N_("Registration with an address that has an account"),
    "accounts/firm_suspended": N_("Firm suspended"),
    "accounts/firm_verified": N_("Firm verified"),
    "accounts/invitation": N_("Invitation"),
    "accounts/password_reset": N_("Link for a new password"),
    "accounts/welcome": N_("Link that confirms a registration"),
    "approvals/approved": N_("Exchange approved"),
    "approvals/opened": N_("Case to decide"),
    "approvals/refused": N_("Exchange refused"),
    "approvals/returned": N_("Terms sent back"),
    "approvals/second_needed": N_("Second approval needed"),
    "exchanges/asked": N_("Correction asked for"),
    "exchanges/closed": N_("Exchange closed"),
    "exchanges/confirmed": N_("Load confirmed"),
    "exchanges/contested": N_("Weighing contested"),
    "exchanges/corrected": N_("Mass corrected"),
    "exchanges/not_corrected": N_("Correction refused"),
    "exchanges/sent": N_("Load on its way"),
    "exchanges/settled": N_("Contested load settled"),
    "exchanges/to_settle": N_("Load or correction to settle"),
    "exchanges/weighed": N_("Load weighed in"),
    "matches/call_for_offers": N_("Call for offers"),
    "matches/new_proposals": N_("New proposals"),
    "matches/other_side_interested": N_("The other firm is interested"),
    "negotiations/agreed": N_("Terms agreed"),
    "negotiations/expired": N_("Negotiation ended"),
    "negotiations/message": N_("Message of the other firm"),
    "negotiations/reminder": N_("Reminder to answer"),
    "negotiations/withdrawn": N_("Withdrawal from a negotiation"),
    "negotiations/your_turn": N_("New terms to answer"),
}
