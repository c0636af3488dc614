# SPDX-License-Identifier: AGPL-3.0-or-later
"""Offers and needs: what firms have and what they look for."""
