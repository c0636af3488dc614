# SPDX-License-Identifier: AGPL-3.0-or-later
"""Work in the background: matching runs, mail, deadlines."""
