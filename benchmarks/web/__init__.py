# SPDX-License-Identifier: AGPL-3.0-or-later
"""How fast pages are answered, as shares of what a page that says hello needs on the same server."""
