# SPDX-License-Identifier: AGPL-3.0-or-later
"""A visitor's browser that looks at every page it receives, and sends forms as a browser would."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextvars import Context
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import html5lib
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

Element = ElementTree.Element

RANDOM = re.compile(r'(?<=name="csrf_token" value=")[^"]*|(?<=name="idempotency_key" value=")[^"]*')
"""What differs between two sendings of one page."""
_good_pages: set[int] = set()
NOT_TYPED = frozenset({"hidden", "submit", "button", "image", "reset"})
REFERRING = ("aria-describedby", "aria-labelledby", "aria-controls", "for", "list")


class Browser(FlaskClient):
    """A test client that fails at once on a page no browser, reader or content policy would be happy with."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request as if from outside: whatever context the test itself is in stays out of it."""
        response: TestResponse = Context().run(super().open, *args, **kwargs)
        assert response.status_code < 500 or response.status_code == 503, f"{response.request.path}: server error"
        if response.mimetype == "text/html" and not 300 <= response.status_code < 400:
            self._check(response.get_data(as_text=True), response.request.path)
        return response

    @staticmethod
    def _check(text: str, path: str) -> None:
        # Parsing is slow, and the page of an unknown address is the same a thousand times.
        known = hash(RANDOM.sub("", text))
        if known not in _good_pages:
            check_page(text, path)
            _good_pages.add(known)


class Page:
    """An HTML page as a tree without namespaces."""

    def __init__(self, text: str) -> None:
        parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
        self.root: Element = parser.parse(text)
        self.errors = [f"{kind} at line {place[0]} {more}" for place, kind, more in parser.errors]
        self.parents = {child: parent for parent in self.root.iter() for child in parent}

    def all(self, *tags: str) -> list[Element]:
        """Every element with one of the tags, in order."""
        return [e for e in self.root.iter() if isinstance(e.tag, str) and (not tags or e.tag in tags)]

    def within(self, element: Element) -> Iterator[Element]:
        """The element's ancestors, nearest first."""
        while element in self.parents:
            element = self.parents[element]
            yield element

    def forms(self) -> list[Element]:
        """The forms that change something."""
        return [f for f in self.all("form") if f.get("method", "get").lower() == "post"]


def words(element: Element) -> str:
    """The text of an element with single spaces."""
    return " ".join("".join(element.itertext()).split())


def check_page(text: str, path: str) -> None:
    """Fail with every fault of the page."""
    page = Page(text)
    faults = [
        *page.errors,
        *_heading_faults(page),
        *_id_faults(page),
        *_label_faults(page),
        *_policy_faults(page),
        *_form_faults(page),
    ]
    assert not faults, f"{path}:\n  " + "\n  ".join(faults)


def _heading_faults(page: Page) -> Iterator[str]:
    headings = [words(e) for e in page.all("h1")]
    titles = [words(e) for e in page.all("title") if not any(a.tag == "svg" for a in page.within(e))]
    if len(headings) != 1 or not headings[0]:
        yield f"one h1 is needed, not {headings}"
    elif len(titles) != 1 or not titles[0].startswith(headings[0]):
        yield f"the title {titles} does not begin with the h1 {headings[0]!r}"
    if not page.root.get("lang"):
        yield "the page does not say its language"


def _id_faults(page: Page) -> Iterator[str]:
    counts = Counter(e.get("id") for e in page.all() if e.get("id") is not None)
    yield from (f"id {name!r} stands {n} times" for name, n in counts.items() if n > 1)
    for element in page.all():
        for attribute in REFERRING:
            for name in (element.get(attribute) or "").split():
                if name not in counts:
                    yield f"{attribute}={name!r} of <{element.tag}> points to nothing"
    for link in page.all("a"):
        target = link.get("href") or ""
        if target.startswith("#") and target[1:] not in counts:
            yield f"the link {target!r} points to nothing"


def _label_faults(page: Page) -> Iterator[str]:
    labelled = {e.get("for") for e in page.all("label") if words(e)}
    for control in page.all("input", "select", "textarea"):
        if control.get("type", "text") in NOT_TYPED:
            continue
        wrapped = any(a.tag == "label" and words(a) for a in page.within(control))
        named = control.get("aria-label") or control.get("aria-labelledby") or wrapped
        if not named and (control.get("id") is None or control.get("id") not in labelled):
            yield f"the control {control.get('name')!r} has no label"
    for element in page.all("button", "a"):
        alternatives = any(e.get("alt") or e.get("aria-label") for e in element.iter())
        if not words(element) and not alternatives:
            yield f"a <{element.tag}> without words ({element.attrib})"
    yield from (f"image without alt: {e.get('src')}" for e in page.all("img") if e.get("alt") is None)


def _policy_faults(page: Page) -> Iterator[str]:
    for element in page.all():
        yield from (f"<{element.tag}> has {a!r}" for a in element.attrib if a == "style" or a.startswith("on"))
        if element.tag == "style" and not element.get("nonce"):
            yield "an inline style sheet without a nonce"
        if element.tag == "script" and not element.get("src") and not element.get("nonce"):
            yield "an inline script without a nonce"
        if element.tag in ("a", "form") and (element.get("href") or element.get("action") or "").startswith("java"):
            yield "an address that is a script"


def _form_faults(page: Page) -> Iterator[str]:
    for form in page.forms():
        names = {e.get("name") for e in form.iter("input")}
        if "csrf_token" not in names:
            yield f"the form to {form.get('action')!r} carries no CSRF token"


def controls(form: Element) -> Iterator[tuple[str, str]]:
    """What a browser would send if nobody typed anything: names and values, without buttons."""
    for control in form.iter():
        name = control.get("name")
        if name is None or control.get("disabled") is not None:
            continue
        if control.tag == "input" and control.get("type", "text") not in ("submit", "button", "image", "file"):
            if control.get("type") not in ("checkbox", "radio") or control.get("checked") is not None:
                yield name, control.get("value", "on" if control.get("type") == "checkbox" else "")
        elif control.tag == "textarea":
            yield name, "".join(control.itertext()).removeprefix("\n")
        elif control.tag == "select":
            options = list(control.iter("option"))
            chosen = [o for o in options if o.get("selected") is not None]
            if control.get("multiple") is None:
                chosen = chosen[-1:] or options[:1]
            yield from ((name, o.get("value", words(o))) for o in chosen)


def form_values(client: FlaskClient, url: str, form_url: str | None = None) -> dict[str, list[str]]:
    """The values that the page at `form_url` (default: `url`) has ready in its form to `url`."""
    page_url = form_url or url
    response = client.get(page_url)
    assert response.status_code == 200, f"{page_url} answered {response.status_code}"
    for form in Page(response.get_data(as_text=True)).forms():
        if urlsplit(urljoin(page_url, form.get("action") or page_url)).path == urlsplit(url).path:
            values: dict[str, list[str]] = {}
            for name, value in controls(form):
                values.setdefault(name, []).append(value)
            return values
    raise AssertionError(f"{page_url} has no form to {url}")


def post(
    client: FlaskClient, url: str, form_url: str | None = None, data: Mapping[str, Any] | None = None
) -> TestResponse:
    """Open the page with the form, fill in `data`, send it as a browser would."""
    return client.post(url, data={**form_values(client, url, form_url), **(data or {})})
