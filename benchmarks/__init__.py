# SPDX-License-Identifier: AGPL-3.0-or-later
"""The engine and its peers on the same generated markets, in one run: `python -m benchmarks --help`."""
