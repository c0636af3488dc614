# SPDX-License-Identifier: AGPL-3.0-or-later
"""gunicorn's settings: `gunicorn wsgi:app`. Stands behind a buffering proxy; see docs for the reasons of the limits."""

from __future__ import annotations

import os
from pathlib import Path

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))

# A page that takes longer than this hangs; the database gives up after 15 seconds.
timeout = 30
graceful_timeout = 35
keepalive = 5
# Workers are renewed now and then, not all at once.
max_requests = 20_000
max_requests_jitter = 2_000
# The sign of life of a worker is a file: on a slow disk it would hang with the disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108

# Nobody steers a running server through a socket.
control_socket_disable = True
# Whose X-Forwarded-For is believed: exactly the proxy in front; how many hops is TRUSTED_PROXIES of the application.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
limit_request_line = 4094
limit_request_fields = 100
limit_request_field_size = 8190

# Lines of access name people's addresses: the proxy's business, with its own time of keeping.
accesslog = None
errorlog = "-"
