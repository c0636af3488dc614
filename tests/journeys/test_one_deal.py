# SPDX-License-Identifier: AGPL-3.0-or-later
"""One deal from listing to volume, by four people in four browsers."""

from __future__ import annotations

import pytest

from tests.journeys import people
from tests.journeys.conftest import Seat
from tests.journeys.installation import Installation
from tests.journeys.visitor import PHONE

pytestmark = pytest.mark.browser


def test_a_deal_goes_from_listing_to_volume(seat: Seat, installation: Installation) -> None:
    seats = [seat(viewport=PHONE), seat(viewport=PHONE), seat(), seat()]
    people.make_a_deal(people.invite(installation), seats)
