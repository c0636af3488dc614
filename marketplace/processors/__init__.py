# SPDX-License-Identifier: AGPL-3.0-or-later
"""What firms do to material for others: carbonising, pulling, sorting, with their yields and capacities."""
