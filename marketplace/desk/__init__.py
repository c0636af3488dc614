# SPDX-License-Identifier: AGPL-3.0-or-later
"""What waits for me: the first page after sign-in. Reads only."""
