# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command line: the engine on files, and what it says of them on a terminal."""
