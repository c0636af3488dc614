# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be done with firms, people and sign-ins; nothing here commits."""

from marketplace.accounts.actions.firms import (
    add_permit,
    choose_association,
    edit_firm,
    ensure_bodies,
    remove_permit,
    suspend_firm,
    verify_firm,
)
from marketplace.accounts.actions.people import (
    accept_invitation,
    change_role,
    edit_profile,
    invite,
    invite_first_admin,
    remove_person,
    revoke_invitation,
)
from marketplace.accounts.actions.registrations import ask_registration, confirm_registration
from marketplace.accounts.actions.sign_ins import (
    ask_reset,
    change_password,
    end_sign_in,
    end_sign_ins,
    open_sign_in,
    reset_password,
    sign_out,
)

__all__ = [
    "accept_invitation",
    "add_permit",
    "ask_registration",
    "ask_reset",
    "change_password",
    "change_role",
    "choose_association",
    "confirm_registration",
    "edit_firm",
    "edit_profile",
    "end_sign_in",
    "end_sign_ins",
    "ensure_bodies",
    "invite",
    "invite_first_admin",
    "open_sign_in",
    "remove_permit",
    "remove_person",
    "reset_password",
    "revoke_invitation",
    "sign_out",
    "suspend_firm",
    "verify_firm",
]
