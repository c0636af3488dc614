# SPDX-License-Identifier: AGPL-3.0-or-later
"""Runs of the engine and the proposals they made; the only room that calls the engine."""
