# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mail that waits for its transaction and is then sent."""
