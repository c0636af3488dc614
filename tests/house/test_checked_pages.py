# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tests' browser notices what it is there to notice."""

from __future__ import annotations

import pytest

from tests.browser import check_page

GOOD = """<!doctype html><html lang="it"><head><meta charset="utf-8"><title>Casa · Prato</title></head><body>
<a href="#x">Vai</a><main id="x"><h1>Casa</h1>
<form method="post" action="/a"><input type="hidden" name="csrf_token" value="1">
<label for="n">Nome</label><input id="n" name="n"><button type="submit">Invia</button></form></main></body></html>"""

FAULTS = {
    "a tag that is not closed": ("</h1>", ""),
    "no heading": ("<h1>Casa</h1>", ""),
    "two headings": ("<h1>Casa</h1>", "<h1>Casa</h1><h1>Casa</h1>"),
    "a title that says something else": ("<title>Casa", "<title>Altro"),
    "no language": (' lang="it"', ""),
    "an id that stands twice": ("<label ", '<p id="n"></p><label '),
    "a control without a label": ('for="n"', ""),
    "a label for nothing": ('for="n"', 'for="m"'),
    "a description that is not there": ('name="n"', 'name="n" aria-describedby="n-hint"'),
    "a link into nothing": ('href="#x"', 'href="#y"'),
    "a button without words": ("Invia", ""),
    "an image without words": ("<main", '<img src="/a.png"><main'),
    "an inline style": ("<main", '<main style="color:red"'),
    "a handler in an attribute": ("<main", '<main onclick="a()"'),
    "an inline script": ("<main", "<script>a()</script><main"),
    "an inline style sheet": ("</head>", "<style>a{}</style></head>"),
    "an address that is a script": ('href="#x"', 'href="javascript:a()"'),
    "a form without a token": ("csrf_token", "other"),
}


def test_a_good_page_passes() -> None:
    check_page(GOOD, "/")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_page_with_a_fault_does_not_pass(fault: str) -> None:
    before, after = FAULTS[fault]
    assert before in GOOD
    with pytest.raises(AssertionError):
        check_page(GOOD.replace(before, after, 1), "/")
