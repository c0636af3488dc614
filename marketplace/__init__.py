# SPDX-License-Identifier: AGPL-3.0-or-later
"""A circular-materials marketplace: the rooms of a deal, wired together."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace import navigation, policy, workflow
from marketplace.db import Database
from marketplace.settings import Settings
from marketplace.web import headers, languages, pages
from marketplace.web.addresses import KeyConverter
from marketplace.web.context import Site, close_session, current_actor
from marketplace.web.forms import Confirmation

ROOMS = (
    "accounts",
    "audit",
    "ledger",
    "outbox",
    "listings",
    "processors",
    "matches",
    "negotiations",
    "approvals",
    "exchanges",
    "analytics",
    "desk",
)
"""The rooms that have pages, in the order a deal walks them."""


def create_app(settings: Settings, database: Database | None = None) -> Flask:
    """The application for one installation; wiring only."""
    app = Flask(__name__, static_folder=None)
    app.config.update(_flask_configuration(settings))
    app.url_map.converters["key"] = KeyConverter
    from marketplace.accounts.signed_in import load_actor
    from marketplace.audit import words

    app.extensions["marketplace"] = Site(settings, database or Database(settings.database_url), load_actor)
    CSRFProtect(app)
    languages.babel.init_app(
        app,
        locale_selector=languages.choose_locale,
        default_timezone=settings.time_zone,
        default_translation_directories=languages.translation_directories(Path(__file__).parent),
    )
    pages.register(app)
    for room in ROOMS:
        app.register_blueprint(import_module(f"marketplace.{room}.views").bp)
        if find_spec(f"marketplace.{room}.rules"):
            words.register(getattr(import_module(f"marketplace.{room}.rules"), "EVENTS", {}))
    for outcome in workflow.STORY:
        workflow.handlers(outcome)
    app.after_request(headers.add_headers)
    app.teardown_request(close_session)
    _prepare_templates(app, settings)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _flask_configuration(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.testing,
        "MAX_CONTENT_LENGTH": settings.max_upload_bytes,
        "TRUSTED_HOSTS": settings.trusted_hosts,
        # Only the form token, the language and short messages, signed; who is signed in stands in `session`.
        "SESSION_COOKIE_NAME": "browser",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "WTF_CSRF_TIME_LIMIT": 12 * 3600,
    }


def _prepare_templates(app: Flask, settings: Settings) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(languages.FILTERS)
    release = version("circular-materials-marketplace")
    app.context_processor(
        lambda: {
            "actor": current_actor(),
            "can": lambda action, thing=None: policy.can(current_actor(), action, thing),
            "navigation": navigation.entries(current_actor()),
            "subject_of": partial(navigation.subject, current_actor()),
            "locale": languages.page_language(),
            "csp_nonce": headers.nonce,
            "site_name": settings.site_name,
            "owner_name": settings.owner_name,
            "source_url": settings.source_url,
            "demo": settings.demo,
            "version": release,
            # Drawn on error pages too, where what was sent may be unreadable: a button takes nothing over from it.
            "confirmation": partial(Confirmation, formdata=None),
        }
    )
