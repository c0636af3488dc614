# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the pages of every room share: guards, forms, languages, headers, layout."""
