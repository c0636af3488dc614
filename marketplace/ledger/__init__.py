# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ledger of grams: a kilogram is promised once."""
