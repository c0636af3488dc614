# SPDX-License-Identifier: AGPL-3.0-or-later
"""The application as a WSGI server wants it: `gunicorn wsgi:app`. Settings come from the environment."""

from __future__ import annotations

import os

from marketplace import create_app, logs
from marketplace.db import Database
from marketplace.selfcheck import insist_on_reference_settings
from marketplace.settings import Settings

logs.configure()
settings = Settings.from_environ(os.environ)
database = Database(settings.database_url)
app = create_app(settings, database)
insist_on_reference_settings(app, database)
