# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m marketplace` is the command `marketplace`."""

from marketplace.cli import main

main()
