# SPDX-License-Identifier: AGPL-3.0-or-later
"""The process that works the queue: threads that take tasks, one that keeps the clock, one that says it is alive."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable

import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError

from marketplace.db import Database
from marketplace.jobs.queue import put, queue_of
from marketplace.jobs.upkeep import beat

THREADS = 3
"""A matching run keeps one thread waiting for its child process; mail and the clock's tasks have the others."""
SECONDS_BETWEEN_BEATS = 20
MOST_SECONDS_IDLE = 1.0
"""How long an idle thread sleeps before it looks into the queue again."""
log = structlog.get_logger(__name__)


def name_of_this_worker() -> str:
    """Host and process."""
    return f"{socket.gethostname()[:80]}:{os.getpid()}"


def run(app: Flask, ready: Callable[[], None] = lambda: None) -> None:
    """Work until SIGINT (ends what is begun) or SIGTERM (ends at once; runs are taken up again by their rows)."""
    queue = queue_of(app)
    consumer = queue.create_consumer(
        workers=THREADS, periodic=True, max_delay=MOST_SECONDS_IDLE, check_worker_health=True, shutdown_timeout=30
    )
    stop = threading.Event()
    database: Database = app.extensions["marketplace"].database
    pulse = threading.Thread(target=_pulse, args=(database, stop), name="pulse", daemon=True)
    pulse.start()
    with app.app_context():
        # What was queued while no worker ran, and what the queue lost, is found by its rows.
        put("take up lost runs")
        put("send mail")
    ready()
    try:
        consumer.run()
    finally:
        stop.set()
        pulse.join(timeout=5)


def _pulse(database: Database, stop: threading.Event) -> None:
    worker = name_of_this_worker()
    while True:
        try:
            with database.transaction() as session:
                beat(session, worker)
        except DBAPIError as error:
            log.warning("heartbeat-not-written", error=type(error).__name__)
        if stop.wait(SECONDS_BETWEEN_BEATS):
            return
