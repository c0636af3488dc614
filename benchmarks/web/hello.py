# SPDX-License-Identifier: AGPL-3.0-or-later
"""The yardstick: the least that Flask can answer, behind the same server with the same settings."""

from flask import Flask

app = Flask(__name__)


@app.get("/readyz")
@app.get("/")
def hello() -> str:
    return "hello"
