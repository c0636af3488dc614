# SPDX-License-Identifier: AGPL-3.0-or-later
"""One deal from listing to volume in browsers that run no script."""

from __future__ import annotations

import pytest

from tests.journeys import people
from tests.journeys.conftest import Seat
from tests.journeys.installation import Installation
from tests.journeys.visitor import DESK, PHONE

pytestmark = pytest.mark.browser


def test_a_deal_goes_from_listing_to_volume_without_javascript(seat: Seat, installation: Installation) -> None:
    seats = [seat(scripts=False, viewport=viewport) for viewport in (PHONE, PHONE, DESK, DESK)]
    people.make_a_deal(people.invite(installation), seats)
