# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answers as lines for a terminal, in the reader's language."""
