# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happened, in an append-only list that people can read."""
