# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which pairs are possible, and how good each is."""
