# SPDX-License-Identifier: AGPL-3.0-or-later
"""A policy is checked whole, reads and writes TOML, and names what can't be followed."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Avoided, Fit, Mass, Surplus
from matching.allocation.policy import PRESETS, BadPolicyError, Fairness, Policy, Stability


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(BadPolicyError) as caught:
        Policy.from_toml(text)
    return caught.value.problems


def test_an_empty_file_is_the_default_policy() -> None:
    assert Policy.from_toml("") == Policy()


def test_a_policy_survives_being_written_and_read() -> None:
    weights = {"price": Decimal("0.25"), "text": 0, "colour": 0.1}
    policy = Policy(weights=weights, pins=(('O "1"\n', "N\\2"),), forbids=(("O-3", "布"),))
    again = Policy.from_toml(policy.to_toml())
    assert again.weight_micro == policy.weight_micro
    assert (again.pins, again.forbids) == (policy.pins, policy.forbids)
    assert Policy.from_toml(again.to_toml()) == again


_share = st.decimals(0, 1, places=4)
_figure = st.decimals(0, 1000, places=3)
_aim = st.fixed_dictionaries({"weight": st.decimals(Decimal("0.001"), 9, places=3), "tolerance": st.none() | _share})
_objectives = st.lists(
    st.one_of(
        st.builds(lambda aim: Fit(**aim), _aim),
        st.builds(lambda aim: Mass(**aim), _aim),
        st.builds(lambda aim, cost: Surplus(**aim, disposal_eur_kg=cost), _aim, _figure),
        st.builds(lambda aim, factor: Avoided(**aim, factors={"LI": factor}), _aim, _figure),
    ),
    max_size=4,
)


@settings(deadline=None)
@given(
    preset=st.sampled_from(list(PRESETS)),
    objective=_objectives.map(tuple),
    fairness=st.none() | st.builds(lambda price, share: Fairness(max_price=price, share=share), _share, _share),
    most=st.none() | st.integers(1, 99),
    tax=st.none() | _figure,
    close=_share,
    pins=st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=3).map(tuple),
)
def test_any_policy_is_the_same_after_writing_and_reading(
    preset: str, objective: Any, fairness: Any, most: int | None, tax: Decimal | None, close: Any, pins: Any
) -> None:
    kept = (("O-1", "N-2", "P-01;P-04", "120.5"),)
    policy = Policy(
        preset=preset,
        objective=objective,
        fairness=fairness,
        max_proposals_per_firm=most,
        close_enough=close,
        stability=None if tax is None else Stability(tax=tax, kept=kept),
        pins=pins,
    )
    again = Policy.from_toml(policy.to_toml())
    assert again.to_toml() == policy.to_toml()
    assert (again.objective, again.fairness, again.pins) == (policy.objective, policy.fairness, policy.pins)
    assert (again.stability, again.close_enough) == (policy.stability, policy.close_enough)
    assert (again.stages, again.weight_micro) == (policy.stages, policy.weight_micro)


def test_the_presets_are_those_of_the_formats() -> None:
    kinds = {name: [one.kind for one in Policy(preset=name).objective] for name in PRESETS}
    assert kinds == {
        "best fit": ["fit"],
        "most tonnes": ["mass"],
        "most CO2e avoided": ["avoided"],
        "small firms first": ["fit"],
    }
    assert Policy(preset="small firms first").fairness == Fairness()
    assert Policy(preset="small firms first", fairness=Fairness(max_price=0)).fairness == Fairness(max_price=0)


def test_the_documented_objective_is_accepted() -> None:
    text = 'preset = "best fit"\n[[objective]]\nkind = "fit"\nweight = 1.0\n[weights]\ncomposition = 0.30\n'
    assert Policy.from_toml(text).weights == {"composition": Decimal("0.30")}


def test_unknown_keys_are_named_all_at_once() -> None:
    assert problems_of("colour = 1\nweight = 2\n") == ("colour: unknown key", "weight: unknown key")


def test_unknown_keys_and_wrong_values_are_told_together_each_with_its_number() -> None:
    text = """
        beauty = 1
        [weights]
        charm = 2
        [fairness]
        price = 1
        max_price = 7
        [stability]
        tax = -1
        [[objective]]
        kind = "fit"
        [[objective]]
        kind = "mass"
        weight = -2
        grace = 3
    """
    assert problems_of(text) == (
        "beauty: unknown key",
        "objective 2, grace: unknown key",
        "fairness.price: unknown key",
        "objective 2, weight: -2 is not a number from 0 to 1000000",
        "weights.charm: unknown term",
        "stability.tax: -1 is not a number from 0 to 1000000",
        "fairness.max_price: 7 is not a share from 0 to 1",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('preset = "best"', "preset: 'best' is not a preset; known are \"best fit\", "),
        ("preset = [1]", "preset: [1] is not a preset"),
        ('[[objective]]\nkind = "beauty"', "objective 1, kind: 'beauty' is none of fit, surplus, avoided, mass"),
        ("[[objective]]\nkind = [1]", "objective 1, kind: [1] is none of"),
        ('objective = "fit"', "objective: expected tables [[objective]]"),
        ('[[objective]]\nkind = "fit"\nprice = 1', "objective 1, price: unknown key"),
        ('[[objective]]\nkind = "fit"\nweight = -1', "objective 1, weight: -1 is not a number from 0 to"),
        ('[[objective]]\nkind = "fit"\nweight = 0', "objective: at least one weight must be greater than 0"),
        ('[[objective]]\nkind = "fit"\ntolerance = 1.5', "objective 1, tolerance: 1.5 is not a share from 0 to 1"),
        ('[[objective]]\nkind = "surplus"\ndisposal_eur_kg = "x"', "objective 1, disposal_eur_kg: x is not a number"),
        ('[[objective]]\nkind = "avoided"\nfactors = 3', "objective 1, factors: expected a table of numbers"),
        (
            '[[objective]]\nkind = "avoided"\nfactors = { XX = 1 }',
            "objective 1, factors: XX is not the code of a fibre",
        ),
        (
            '[[objective]]\nkind = "avoided"\nreplacement_rate = 2000',
            "objective 1, replacement_rate: 2000 is not a share",
        ),
        (f'[[objective]]\nkind = "fit"\nweight = {"9" * 400}', "objective 1, weight: 999"),
        ("[acceptance.weights]\nprior = 0.3", "acceptance: "),
        ("[weights]\nprice = -1", "weights.price: -1 is not a number of at least 0"),
        ("[weights]\nprice = nan", "weights.price: NaN is not"),
        ("[weights]\nprice = inf", "weights.price: Infinity is not"),
        ('[weights]\nprice = "x"', "weights.price: x is not a number of at least 0"),
        ("[weights]\nprice = true", "weights.price: True is not a number of at least 0"),
        ("[weights]\nbeauty = 1", "weights.beauty: unknown term"),
        ("weights = 3", "weights: expected a table of numbers"),
        ("max_proposals_per_firm = 0", "max_proposals_per_firm: 0 is not a whole number of at least 1"),
        ("max_proposals_per_firm = 1.5", "max_proposals_per_firm: 1.5 is not a whole number of at least 1"),
        ("[fairness]\nmax_price = 2", "fairness.max_price: 2 is not a share from 0 to 1"),
        ("[fairness]\nbeauty = 1", "fairness.beauty: unknown key"),
        ("fairness = 3", "fairness: expected a table"),
        ("[stability]\ntax = -1", "stability.tax: -1 is not a number from 0 to"),
        ("[stability]\nkept = 3", "stability.kept: expected lists of"),
        ('[stability]\nkept = [["O", "N", "", "x"]]', "stability.kept: ('O', 'N', '', 'x') is not offer, need"),
        ('[stability]\nkept = [["O", "N"]]', "stability.kept: ('O', 'N') is not offer, need"),
        ("pins = 3", "pins: expected pairs of ids"),
        ('pins = [["O-1"]]', "pins: ('O-1',) is not a pair"),
        ("pins = [[1, 2]]", "pins: (1, 2) is not a pair"),
        ('pins = [["O", "N"]]\nforbids = [["O", "N"]]', "('O', 'N') is pinned and forbidden"),
        ("pins = [", "not TOML: "),
    ],
)
def test_what_can_t_be_followed_is_said(text: str, problem: str) -> None:
    (found,) = problems_of(text)
    assert found.startswith(problem)


def test_weights_that_are_all_nought_are_refused() -> None:
    names = ("composition", "colour", "form", "price", "distance", "time", "hierarchy", "text")
    assert problems_of("[weights]\n" + "".join(f"{name} = 0\n" for name in names)) == (
        "weights: at least one must be greater than 0",
    )


@pytest.mark.parametrize("share", [-0.1, 1.1, "much", None])
def test_what_is_close_enough_is_a_share(share: Any) -> None:
    with pytest.raises(BadPolicyError, match="close_enough"):
        Policy(close_enough=share)
