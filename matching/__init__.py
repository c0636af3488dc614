# SPDX-License-Identifier: AGPL-3.0-or-later
"""A matching engine for offers and needs of materials: proposals with reasons, and a proof of their worth.

    from matching import Needs, Offers, Policy, match

Names are loaded when they are first used, so that `import matching` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matching.allocation.objectives import Avoided, Fit, Mass, Surplus
    from matching.allocation.policy import BadPolicyError, Policy
    from matching.engine import ENGINE_VERSION, Cancelled, allocate, match
    from matching.evidence.claims import Fault, Result
    from matching.evidence.diff import Diff
    from matching.evidence.fair import FairPrice
    from matching.evidence.proposal import Explanation, Proposal, Term
    from matching.evidence.recipe import Recipe
    from matching.evidence.run import Run, UnknownListingError
    from matching.evidence.shortage import Shortage
    from matching.evidence.verify import FailedCheckError, verify
    from matching.market.columns import Needs, Offers, Processors
    from matching.market.errors import BadInput
    from matching.market.listed import ListedPairs
    from matching.pairing.acceptance import Acceptance
    from matching.pairing.retrieve import MarketTooLargeError
    from matching.rank import Standing

_HOMES: Final = {
    "Acceptance": "pairing.acceptance",
    "Avoided": "allocation.objectives",
    "BadInput": "market.errors",
    "BadPolicyError": "allocation.policy",
    "Cancelled": "engine",
    "Diff": "evidence.diff",
    "ENGINE_VERSION": "engine",
    "Explanation": "evidence.proposal",
    "FailedCheckError": "evidence.verify",
    "FairPrice": "evidence.fair",
    "Fault": "evidence.claims",
    "Fit": "allocation.objectives",
    "ListedPairs": "market.listed",
    "Mass": "allocation.objectives",
    "MarketTooLargeError": "pairing.retrieve",
    "Needs": "market.columns",
    "Offers": "market.columns",
    "Policy": "allocation.policy",
    "Processors": "market.columns",
    "Proposal": "evidence.proposal",
    "Recipe": "evidence.recipe",
    "Result": "evidence.claims",
    "Run": "evidence.run",
    "Shortage": "evidence.shortage",
    "Standing": "rank",
    "Surplus": "allocation.objectives",
    "Term": "evidence.proposal",
    "UnknownListingError": "evidence.run",
    "allocate": "engine",
    "match": "engine",
    "verify": "evidence.verify",
}

__all__ = [
    "ENGINE_VERSION",
    "Acceptance",
    "Avoided",
    "BadInput",
    "BadPolicyError",
    "Cancelled",
    "Diff",
    "Explanation",
    "FailedCheckError",
    "FairPrice",
    "Fault",
    "Fit",
    "ListedPairs",
    "MarketTooLargeError",
    "Mass",
    "Needs",
    "Offers",
    "Policy",
    "Processors",
    "Proposal",
    "Recipe",
    "Result",
    "Run",
    "Shortage",
    "Standing",
    "Surplus",
    "Term",
    "UnknownListingError",
    "allocate",
    "match",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'matching' has no attribute {name!r}")
    return getattr(import_module(f"matching.{_HOMES[name]}"), name)
