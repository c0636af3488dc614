# SPDX-License-Identifier: AGPL-3.0-or-later
"""Great-circle distances."""

from typing import Final

import numpy as np

from matching.market.columns import Floats

EARTH_RADIUS_KM: Final = 6371.0088


def distance_km(lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats) -> Floats:
    """Kilometres between places given in degrees, on a sphere (haversine, exact to the millimetre nearby)."""
    lat1, lon1, lat2, lon2 = (np.radians(angle) for angle in (lat1, lon1, lat2, lon2))
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))
