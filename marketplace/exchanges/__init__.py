# SPDX-License-Identifier: AGPL-3.0-or-later
"""Agreed deals being delivered: weighings and corrections."""
