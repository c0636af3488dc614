# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the views of this room register themselves."""

from flask import Blueprint

bp = Blueprint("exchanges", __name__, template_folder="../templates")
