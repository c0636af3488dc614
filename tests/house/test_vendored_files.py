# SPDX-License-Identifier: AGPL-3.0-or-later
"""The files of other projects that we ship are the ones we chose, unchanged, with their licences."""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "marketplace" / "web" / "static" / "vendor"
MOST_BYTES = 5_000_000


def _listed() -> dict[str, str]:
    lines = (VENDOR / "HASHES").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}


def _present() -> dict[str, Path]:
    files = (path for path in VENDOR.rglob("*") if path.is_file() and path.name != "HASHES")
    return {path.relative_to(VENDOR).as_posix(): path for path in files}


def test_every_vendored_file_is_listed_and_every_listed_file_is_there() -> None:
    assert _present().keys() == _listed().keys()


def test_no_vendored_file_was_changed() -> None:
    listed = _listed()
    changed = [
        name for name, path in _present().items() if hashlib.sha256(path.read_bytes()).hexdigest() != listed[name]
    ]
    assert changed == []


def test_the_list_of_third_party_work_names_each_package_version_and_hash() -> None:
    words = (ROOT / "docs" / "third-party.md").read_text(encoding="utf-8")
    for name, digest in _listed().items():
        package, _, version = name.split("/")[0].rpartition("-")
        assert f"| {package} | {version} |" in words, f"{package} {version} is not in docs/third-party.md"
        if name.endswith((".js", ".css", ".woff2", "sprites.svg")):
            assert digest in words, f"the hash of {name} is not in docs/third-party.md"


def test_each_package_brings_its_licence() -> None:
    licensed = {name.split("/")[0] for name in _listed() if "LICENSE" in name}
    assert licensed == {name.split("/")[0] for name in _listed()}


def test_nothing_vendored_asks_for_a_source_map_or_weighs_too_much() -> None:
    present = _present()
    assert sum(path.stat().st_size for path in present.values()) < MOST_BYTES
    code = [path for name, path in present.items() if name.endswith((".js", ".css"))]
    assert [path.name for path in code if b"sourceMappingURL" in path.read_bytes()] == []
