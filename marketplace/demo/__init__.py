# SPDX-License-Identifier: AGPL-3.0-or-later
"""A marketplace to try: an invented district with a past that was lived through the real actions."""
