# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is said about a result, and why it can be believed."""
