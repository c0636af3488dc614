# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ports for servers that tests start."""

from __future__ import annotations

import os
import socket
from itertools import count

_ports = count(10_000 + os.getpid() % 2_000 * 10)


def free_port() -> int:
    """A port of the loopback address that nobody listens on.

    It lies below those that the system gives to connections, and each test process begins elsewhere: between the
    choice and the server's start nobody else takes it.
    """
    return next(port for port in _ports if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: what has just ended is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
