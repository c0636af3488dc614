# SPDX-License-Identifier: AGPL-3.0-or-later
"""Work that no page waits for: which function does it, and when.

Functions are named, not imported, so that the queue knows no room that comes after it (a test resolves each).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy.orm import Session

from marketplace.db import after_commit


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of work.

    `function` is "module:name", called with a session and the task's arguments in a transaction of its own; with
    `transactions=False` it is called with the arguments alone and keeps its transactions itself. `minute` and `hour`
    (UTC) say when it runs by itself, as in a crontab; without a minute it runs only when asked for.
    """

    function: str
    minute: str | None = None
    hour: str = "*"
    transactions: bool = True


TASKS: dict[str, Task] = {
    # Mail waits for its commit; a minute later at most, whatever happened to the queue.
    "send mail": Task("marketplace.outbox.relay:send_due", minute="*", transactions=False),
    # A run solves in a child process; one that lost its worker is taken up again.
    "solve run": Task("marketplace.matches.runs:supervise", transactions=False),
    # What refused pairs set free; a refusal that comes while a run is under way waits for its end.
    "repair refusals": Task("marketplace.matches.repairs:repair_refused", minute="*"),
    "take up lost runs": Task("marketplace.matches.runs:take_up_lost", minute="*"),
    # What time alone changes.
    "expire listings": Task("marketplace.listings.actions:expire_due", minute="5"),
    "expire negotiations": Task("marketplace.negotiations.actions:expire_due", minute="*/5"),
    "remind negotiators": Task("marketplace.negotiations.actions:remind_due", minute="20"),
    # What need not be kept.
    "forget old rows": Task("marketplace.jobs.upkeep:forget_old_rows", minute="40", hour="3"),
}

QUEUE = "marketplace.jobs.queue:put"


@dataclass(frozen=True, slots=True)
class _Errand:
    task: str
    arguments: tuple[object, ...]

    def __call__(self) -> None:
        resolve(QUEUE)(self.task, *self.arguments)


def soon(session: Session, task: str, *arguments: object) -> None:
    """Have a task done once this transaction is kept; asked for twice in one transaction, it is done once.

    Arguments travel as JSON: keys and plain words.
    """
    if task not in TASKS:
        raise KeyError(task)
    errand = _Errand(task, arguments)
    if errand not in session.info.get("after_commit", ()):
        after_commit(session, errand)


@cache
def resolve(dotted: str) -> Callable[..., Any]:
    """The function behind "module:name"."""
    module, _, name = dotted.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function
