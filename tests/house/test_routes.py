# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every address says who may come, and what it keeps."""

from __future__ import annotations

import re

import pytest

from marketplace import navigation
from marketplace.policy import TABLE
from tests.house.building import Route, files, routes, the_app

KEEP_NOTHING = {"web.language", "listings.suggest", "listings.suggest_for"}
"""POSTs that write no row; each is named here on purpose."""

ROUTES = routes()


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_route_declares_its_access(route: Route) -> None:
    assert hasattr(route.view, "access"), f"{route} has neither @opens nor @public"
    assert route.access.action is None or route.access.action in TABLE


@pytest.mark.parametrize("route", [r for r in ROUTES if hasattr(r.view, "access")], ids=str)
def test_the_object_of_an_address_is_the_object_that_the_guard_loads(route: Route) -> None:
    model = route.access.model
    if model is None:
        assert not any(a.endswith("_id") for a in route.arguments) or route.access.action is None
        return
    assert f"{model.__tablename__}_id" in route.arguments
    assert model.SEEN_BY in TABLE
    assert isinstance(model.__reach__, dict)


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method != "GET"], ids=str)
def test_every_route_that_is_not_a_get_commits_or_says_that_it_keeps_nothing(route: Route) -> None:
    if route.endpoint in KEEP_NOTHING:
        assert route.view.keeps_nothing
    else:
        assert getattr(route.view, "commits", False), f"{route} has no @commits"
        assert not hasattr(route.view, "keeps_nothing")


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "GET"], ids=str)
def test_no_get_commits(route: Route) -> None:
    methods = {r.method for r in ROUTES if r.endpoint == route.endpoint}
    assert methods == {"GET"} or not hasattr(route.view, "commits"), f"{route}: give GET and POST a view each"


def test_only_the_four_plain_methods_are_used() -> None:
    assert {r.method for r in ROUTES} <= {"GET", "POST"}


def test_every_line_of_the_policy_is_used() -> None:
    sources = [p for p in files("marketplace", ".py", ".html") if p.name not in ("policy.py", "navigation.py")]
    text = "\n".join(p.read_text("utf-8") for p in sources)
    unused = [action for action in TABLE if f'"{action}"' not in text and f"'{action}'" not in text]
    assert not unused, unused


def test_every_action_named_in_the_application_stands_in_the_policy() -> None:
    asked = re.compile(r"""\b(?:can|may|only|opens|scopes)\((?:[^()"']*,\s*)?["']([a-z]+:[a-z-]+)["']""")
    for path in files("marketplace", ".py", ".html"):
        for action in asked.findall(path.read_text("utf-8")):
            assert action in TABLE, f"{path}: {action}"


def test_every_line_of_the_menu_leads_somewhere_its_reader_may_go() -> None:
    views = the_app().view_functions
    for endpoint, _label, action in navigation.MENU:
        assert endpoint in views, f"the menu names {endpoint}"
        declared = views[endpoint].access.action  # type: ignore[attr-defined]
        assert declared in (action, None), f"{endpoint} opens to {declared}, the menu shows it for {action}"
