# SPDX-License-Identifier: AGPL-3.0-or-later
import subprocess
import sys
from collections.abc import Mapping

import pytest

from matching.market import vocabulary as v
from matching.market.vocabulary import Term

LISTS: dict[str, tuple[Mapping[str, Term], int]] = {
    "forms": (v.FORMS, 48),
    "form groups": (v.FORM_GROUPS, 15),
    "fibres": (v.FIBRES, 66),
    "waste codes": (v.WASTE_LIST, 127),
    "processes": (v.PROCESSES, 26),
    "themes": (v.THEMES, 5),
    "categories": (v.CATEGORIES, 46),
    "places": (v.PLACES, 17),
    "regimes": (v.REGIME_LIST, 7),
    "certificates": (v.CERTIFICATES, 9),
    "shades": (v.SHADES, 21),
    "uses": (v.USE_LIST, 3),
    "firm sizes": (v.FIRM_SIZE_LIST, 4),
    "origins": (v.ORIGINS, 2),
}
each_list = pytest.mark.parametrize("which", LISTS)


@each_list
def test_every_list_has_all_its_terms(which: str) -> None:
    terms, count = LISTS[which]
    assert len(terms) == count


@each_list
def test_every_term_has_a_name_in_three_languages_a_source_and_a_confidence(which: str) -> None:
    for code, term in LISTS[which][0].items():
        assert all(term.name(lang).strip() for lang in v.LANGUAGES), code
        assert term.source.strip(), code
        assert term.confidence.strip(), code


def test_every_group_of_a_form_is_known_and_every_waste_code_it_names_is_listed() -> None:
    for form in v.FORMS.values():
        assert form.group in v.FORM_GROUPS
        assert set(form.waste_codes) <= set(v.WASTE_CODES)
        assert set(form.usual_regimes) <= set(v.REGIME_LIST)


def test_every_category_stands_under_a_theme_one_can_list_under() -> None:
    for category in v.CATEGORIES.values():
        assert v.THEMES[category.theme_code].listable
        assert set(category.waste_codes) <= set(v.WASTE_CODES)
        assert set(category.usual_regimes) <= set(v.REGIME_LIST)


def test_only_the_four_vertical_themes_take_listings() -> None:
    assert [theme.code for theme in v.THEMES.values() if theme.listable] == ["TEX", "URB", "CON", "AGR"]


def test_categories_counted_in_kilograms_or_tonnes_are_weighed_and_others_are_not() -> None:
    assert v.CATEGORIES["TEX-SCR"].weighed
    assert not v.CATEGORIES["URB-WAT"].weighed


def test_services_are_no_regime_of_matched_goods() -> None:
    assert v.REGIMES == ("PRODUCT", "BYPRODUCT", "WASTE", "EOW", "USED_GOOD", "ABP")


def test_textile_forms_are_those_of_the_eight_textile_groups() -> None:
    groups = {form.group for form in v.FORMS.values() if form.textile}
    assert groups == {
        "fibre",
        "thread",
        "yarn",
        "fabric",
        "fabric scrap",
        "rags",
        "garments",
        "intermediate",
    }


def test_hazardous_waste_is_never_listable() -> None:
    assert v.waste_code("15 02 02").hazardous
    assert all(code.listable != code.hazardous for code in v.WASTE_LIST.values())


def test_waste_codes_are_six_digits_in_pairs_and_in_order() -> None:
    assert list(v.WASTE_CODES) == sorted(v.WASTE_CODES)
    assert all(v.normalised_waste_code(code) == code for code in v.WASTE_CODES)


def test_places_lie_around_prato() -> None:
    for place in v.PLACES.values():
        assert 43.7 < place.lat < 44.2
        assert 10.8 < place.lon < 11.3


def test_a_name_is_asked_for_by_language() -> None:
    assert v.name(v.FORMS, "SELVEDGE", "it") == "cimosa / cimose"
    assert v.fibre("WO").name("zh") == "羊毛"
    assert v.form("NOIL").name("en") == "noils"


def test_letters_of_two_systems_are_not_mixed_up() -> None:
    assert v.fibre("CA").name("en") == "true hemp"
    assert v.fibre("AC").iso2076_code == "CA"
    assert v.fibre("EL").name("en") == "elastodiene"
    assert v.fibre("EA").iso2076_code == "EL"


def test_the_vocabulary_loads_without_numpy_or_any_solver() -> None:
    script = (
        "import sys, matching.market.vocabulary;"
        "print(sorted({'numpy', 'sklearn', 'ortools', 'scipy', 'flask', 'sqlalchemy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
