# SPDX-License-Identifier: AGPL-3.0-or-later
"""Volumes for analysts: reads only, never a unit price."""
