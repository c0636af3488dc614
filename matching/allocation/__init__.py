# SPDX-License-Identifier: AGPL-3.0-or-later
"""How many kilograms go where, and the proof that no plan is worth more."""
