# SPDX-License-Identifier: AGPL-3.0-or-later
"""The people of an organisation; the administrator's list of everybody who works for no firm."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace.accounts import actions
from marketplace.accounts.details import BODY_KINDS
from marketplace.accounts.forms import InviteForm, RoleForm
from marketplace.accounts.models import Invitation, MembershipRow, Organisation
from marketplace.accounts.queries import (
    list_bodies,
    list_body_memberships,
    list_memberships,
    list_open_invitations,
)
from marketplace.accounts.rules import ROLE_WORDS, ROLES_OF_KIND
from marketplace.accounts.views.blueprint import Page, bp
from marketplace.errors import Refused
from marketplace.policy import Role
from marketplace.web.context import db_session, the_actor
from marketplace.web.guards import commits, opens


@bp.get("/people")
@opens("accounts:assign-roles")
def people() -> str:
    """The bodies and who coordinates, analyses, officiates and administers there."""
    members: dict[int, list[MembershipRow]] = {}
    for membership in list_body_memberships(db_session()):
        members.setdefault(membership.organisation_id, []).append(membership)
    return render_template(
        "accounts/people.html",
        bodies=list_bodies(db_session()),
        members=members,
        kinds=BODY_KINDS,
        role_words=ROLE_WORDS,
    )


@bp.get("/firm/people")
@opens("accounts:own-firm")
def own_people() -> Response:
    """The way to one's own colleagues."""
    return redirect(url_for("accounts.people_of", organisation_id=the_actor().firm_id))


@bp.get("/organisations/<key:organisation_id>/people")
@opens("accounts:manage-people", Organisation)
def people_of(organisation: Organisation) -> str:
    """Members, their roles, and who is invited."""
    return _page(organisation)


@bp.post("/organisations/<key:organisation_id>/people")
@opens("accounts:manage-people", Organisation)
@commits
def invite(organisation: Organisation) -> Response | Page:
    """Send somebody a link."""
    form = InviteForm(ROLES_OF_KIND[organisation.kind])
    if form.validate():
        try:
            actions.invite(
                db_session(),
                the_actor(),
                organisation,
                form.email.data,
                Role(form.role.data),
                language=form.language.data,
            )
        except Refused as refusal:
            form.email.errors = [*form.email.errors, _(refusal.words)]
    if form.errors:
        return _page(organisation, form), 422
    flash(_("The invitation is on its way."))
    return redirect(url_for("accounts.people_of", organisation_id=organisation.id))


@bp.post("/memberships/<key:membership_id>/role")
@opens("accounts:manage-people", MembershipRow)
@commits
def change_role(membership: MembershipRow) -> Response | Page:
    """Give somebody another role."""
    organisation = membership.organisation
    form = RoleForm(ROLES_OF_KIND[organisation.kind])
    if not form.validate():
        flash(" ".join(map(str, form.role.errors)))
        return _page(organisation), 422
    actions.change_role(db_session(), the_actor(), membership, Role(form.role.data))
    return redirect(url_for("accounts.people_of", organisation_id=organisation.id))


@bp.post("/memberships/<key:membership_id>/remove")
@opens("accounts:manage-people", MembershipRow)
@commits
def remove(membership: MembershipRow) -> Response:
    """Take somebody's role away."""
    organisation_id = membership.organisation_id
    actions.remove_person(db_session(), the_actor(), membership)
    return redirect(url_for("accounts.people_of", organisation_id=organisation_id))


@bp.post("/sent-invitations/<key:invitation_id>/revoke")
@opens("accounts:manage-people", Invitation)
@commits
def revoke(invitation: Invitation) -> Response:
    """Take an invitation back."""
    organisation_id = invitation.organisation_id
    actions.revoke_invitation(db_session(), the_actor(), invitation)
    return redirect(url_for("accounts.people_of", organisation_id=organisation_id))


def _page(organisation: Organisation, form: InviteForm | None = None) -> str:
    roles = ROLES_OF_KIND[organisation.kind]
    return render_template(
        "accounts/people_of.html",
        organisation=organisation,
        memberships=list_memberships(db_session(), organisation.id),
        invitations=list_open_invitations(db_session(), [organisation.id]),
        form=form or InviteForm(roles, formdata=None, data={"language": organisation.language}),
        roles=roles,
        role_words=ROLE_WORDS,
    )
