# SPDX-License-Identifier: AGPL-3.0-or-later
"""Templates: each is used, each macro is used, nothing in them breaks the content policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import nodes

from tests.house.building import PACKAGE, files, short, the_app

TEMPLATES = [p for p in files("marketplace", ".html", ".txt") if "templates" in p.parts]
INLINE = re.compile(r"<style(?![^>]*nonce)|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|\|\s*safe\b", re.IGNORECASE)
SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*nonce)", re.IGNORECASE)


def name_of(path: Path) -> str:
    """The name that render_template and include use."""
    parts = path.parts
    return "/".join(parts[len(parts) - parts[::-1].index("templates") :])


def tree(path: Path) -> nodes.Template:
    """A template as a tree."""
    return the_app().jinja_env.parse(path.read_text("utf-8"))


def sources() -> str:
    """All Python of the application."""
    return "\n".join(p.read_text("utf-8") for p in files("marketplace", ".py"))


def referred() -> Iterator[str]:
    """Names of templates that other templates extend, include or import."""
    for path in TEMPLATES:
        for node in tree(path).find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
            yield from (constant.value for constant in node.find_all(nodes.Const) if isinstance(constant.value, str))


def test_every_template_is_used() -> None:
    text, inside = sources(), set(referred())
    unused = []
    for path in TEMPLATES:
        name = name_of(path)
        if "/mail/" in name:
            room, _, mail = name.rpartition("/")[0].partition("/mail/")
            wanted = f'"{room}/{mail}"'
        elif re.fullmatch(r"errors/\d{3}\.html", name):
            wanted = name.removeprefix("errors/").removesuffix(".html")
        else:
            wanted = f'"{name}"'
        if wanted not in text and name not in inside:
            unused.append(short(path))
    assert not unused, unused


def test_every_template_that_is_named_exists() -> None:
    names = {name_of(p) for p in TEMPLATES}
    named = set(re.findall(r"""["']([\w/-]+\.(?:html|txt))["']""", sources())) | set(referred())
    missing = [n for n in named if n not in names and not n.startswith(("subject", "body"))]
    assert not missing, missing


def test_every_mail_has_a_subject_and_a_body() -> None:
    folders = {p.parent for p in TEMPLATES if "mail" in p.parts}
    for folder in folders:
        assert {p.name for p in folder.iterdir()} == {"subject.txt", "body.txt"}, folder


def test_every_macro_is_used() -> None:
    texts = {path: path.read_text("utf-8") for path in TEMPLATES}
    unused = []
    for path in TEMPLATES:
        for macro in tree(path).find_all(nodes.Macro):
            called = re.compile(rf"\b{macro.name}\(")
            uses = sum(len(called.findall(text)) for text in texts.values())
            if uses <= len(re.findall(rf"macro {macro.name}\(", "\n".join(texts.values()))):
                unused.append(f"{short(path)}:{macro.name}")
    assert not unused, unused


@pytest.mark.parametrize("path", [p for p in TEMPLATES if p.suffix == ".html"], ids=short)
def test_no_template_has_an_inline_style_or_script_or_trusts_text(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert not INLINE.findall(text)
    assert not SCRIPT.findall(text)


@pytest.mark.parametrize("path", [p for p in TEMPLATES if p.suffix == ".html"], ids=short)
def test_no_page_posts_without_the_hidden_fields_of_its_form(path: Path) -> None:
    text = path.read_text("utf-8")
    for form in re.findall(r"<form[^>]*method=.post.*?</form>", text, flags=re.DOTALL | re.IGNORECASE):
        assert "hidden_fields(" in form or "hidden_tag(" in form or "web.language" in form, form


def test_no_script_of_ours_writes_styles_or_evaluates_text() -> None:
    banned = re.compile(r"\beval\(|new Function|\.innerHTML\s*=|document\.write|setAttribute\(.style")
    for path in files("marketplace/web/static", ".js"):
        assert not banned.findall(path.read_text("utf-8")), short(path)


def test_every_folder_of_templates_carries_the_name_of_its_room() -> None:
    for path in TEMPLATES:
        room = path.relative_to(PACKAGE).parts[0]
        assert room == "web" or name_of(path).startswith(f"{room}/"), short(path)
