# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tutorial, run as it stands: its Python blocks in order, each followed by what it prints.

`python -m tests.tutorial` writes outputs and pictures anew.
"""

import contextlib
import io
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "tutorial.md"
PICTURES: Final = ROOT / "docs" / "tutorial"
DISTRICT: Final = ROOT / "marketplace" / "demo" / "district"
_BLOCK: Final = re.compile(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", re.DOTALL)


@contextlib.contextmanager
def in_folder(folder: Path) -> Iterator[None]:
    """The sample district's tables in a folder, and that folder as the current one."""
    for table in DISTRICT.glob("*.csv"):
        shutil.copy(table, folder / table.name)
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def as_run(page: str) -> str:
    """The page with what its blocks really print; pictures go to the current folder."""
    names: dict[str, object] = {}

    def ran(block: re.Match[str]) -> str:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(block[1], PAGE.name, "exec"), names)
        printed = f"\n```text\n{said.getvalue()}```\n" if said.getvalue() else ""
        return f"```python\n{block[1]}```\n{printed}"

    return _BLOCK.sub(ran, page)


def write() -> None:
    """Outputs and pictures anew."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with in_folder(folder):
            page = as_run(PAGE.read_text(encoding="utf-8"))
        PAGE.write_text(page, encoding="utf-8")
        PICTURES.mkdir(exist_ok=True)
        for picture in folder.glob("*.png"):
            shutil.copy(picture, PICTURES / picture.name)


if __name__ == "__main__":
    write()
