# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a run is asked, from files: every problem of all of them told at once, nothing taken in part."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

from matching.allocation.policy import BadPolicyError, Policy
from matching.allocation.policy_words import Objection
from matching.console.refused import BadInputs, Refused, SpoiltInputs
from matching.market.columns import Needs, Offers, Processors
from matching.market.csv_file import read_file, unreadable
from matching.market.errors import BadInput, Problem
from matching.market.listed import PAIR_LAYOUT, ListedPairs
from matching.market.listings import Listings
from matching.market.vocabulary import Fault

OFFERS: Final = "offers.csv"
NEEDS: Final = "needs.csv"
PROCESSORS: Final = "processors.csv"
PAIRS: Final = "pairs.csv"
POLICY: Final = "policy.toml"

AnyListings = TypeVar("AnyListings", bound=Listings)


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What a run is asked: the checked market, the policy, and the bytes of each under the name they are kept."""

    offers: Offers
    needs: Needs
    processors: Processors | None
    policy: Policy
    content: Mapping[str, bytes]
    pairs: ListedPairs | None = None  # with values of their own, where there are such

    def keeping(self, proposal_rows: Iterable[Mapping[str, str]]) -> "Inputs":
        """The same with earlier proposals as what should move little; `Refused` where moving is not taxed."""
        if self.policy.stability is None:
            raise Refused("previous_without_tax")
        policy = self.policy.keeping(proposal_rows)
        return replace(self, policy=policy, content={**self.content, POLICY: policy.to_toml().encode()})

    def digests(self) -> dict[str, str]:
        """SHA-256 of each input, in hexadecimal."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in sorted(self.content.items())}


def read_inputs(
    offers: Path, needs: Path, policy: Path | None, processors: Path | None = None, pairs: Path | None = None
) -> Inputs:
    """Reads and checks all files; raises `BadInputs` with every problem of every one."""
    problems: list[Problem] = []
    offer_data, found_offers = _listings(Offers, offers, problems)
    need_data, found_needs = _listings(Needs, needs, problems)
    plant_data, found_plants = (b"", None) if processors is None else _listings(Processors, processors, problems)
    pair_data, found_pairs = (b"", None) if pairs is None else _pairs(pairs, found_offers, found_needs, problems)
    found_policy, sentences = _policy(policy)
    if found_offers is None or found_needs is None or problems or sentences:
        raise BadInputs(problems, sentences, "" if policy is None else policy.name)
    content = {OFFERS: offer_data, NEEDS: need_data, POLICY: found_policy.to_toml().encode()}
    content |= {PROCESSORS: plant_data} if processors is not None else {}
    content |= {PAIRS: pair_data} if pairs is not None else {}
    return Inputs(found_offers, found_needs, found_plants, found_policy, content, found_pairs)


def _listings(kind: type[AnyListings], path: Path, problems: list[Problem]) -> tuple[bytes, AnyListings | None]:
    try:
        data = read_file(path, kind.kind.layout)
        return data, kind.from_csv(path.name, data)
    except BadInput as error:
        problems.extend(error.problems)
        return b"", None


def _pairs(
    path: Path, offers: Offers | None, needs: Needs | None, problems: list[Problem]
) -> tuple[bytes, ListedPairs | None]:
    """Pairs, their ids held against the listings where those could be read."""
    known = (None if offers is None else offers.ids), (None if needs is None else needs.ids)
    try:
        data = read_file(path, PAIR_LAYOUT)
        return data, ListedPairs.from_csv(path.name, data, *known)
    except BadInput as error:
        problems.extend(error.problems)
        return b"", None


def _policy(path: Path | None) -> tuple[Policy, Sequence[Objection | Fault]]:
    if path is None:
        return Policy(), ()
    try:
        return Policy.from_toml(path.read_text(encoding="utf-8-sig")), ()
    except BadPolicyError as error:
        return Policy(), error.problems
    except UnicodeDecodeError:
        return Policy(), [Fault("not_utf8")]
    except OSError as error:
        return Policy(), [unreadable(error)]


def kept_inputs(folder: Path) -> Inputs:
    """The inputs of a result, from its folder of inputs; raises `SpoiltInputs`."""
    optional = [path if path.exists() else None for path in (folder / PROCESSORS, folder / PAIRS)]
    try:
        kept = read_inputs(folder / OFFERS, folder / NEEDS, folder / POLICY, *optional)
        policy_data = (folder / POLICY).read_bytes()
        problems = _pins_on_nothing(kept)
    except BadInputs as error:
        problems = error.lines("en")
    if problems:
        raise SpoiltInputs("folder_inputs", folder=folder, value="; ".join(problems))
    return replace(kept, content={**kept.content, POLICY: policy_data})


def _pins_on_nothing(inputs: Inputs) -> list[str]:
    offers, needs = set(inputs.offers.ids), set(inputs.needs.ids)
    return [
        f"{POLICY}: {offer} → {need} names a listing that is not in the market"
        for offer, need in inputs.policy.pins
        if offer not in offers or need not in needs
    ]
