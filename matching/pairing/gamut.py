# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tolerances of colour where fibres are blended: linear descriptions of what CIEDE2000 allows.

In the Stearns–Noechel transform F the colour of a blend is the mass-weighted mean of its components'. A tolerance
around a colour is a rounded body there; a box around it bounds what a blend can be, a plane touches it from outside.
"""

from functools import cache
from typing import Final

import numpy as np

from matching.market.columns import Floats
from matching.pairing.colour import blend_reflectance, blend_transform, ciede2000, lab_to_linear_rgb, linear_rgb_to_lab

_DIRECTIONS: Final = 240
_ROUNDS: Final = (8, 20)  # of false position: the edge is then known to a hundredth of the tolerance, or to a hair
_HALVINGS: Final = 24
_AT_ONCE: Final = 64  # targets whose edges are looked for together
_WIDER: Final = 0.01  # of the box: more than extremes can fall between the ways
_FARTHER: Final = 0.001  # of a tolerance's width: the same where extremes are looked for most closely
_NEARER: Final = (0.25, 0.1, 0.03, 0.01, 0.003, 0.001)  # how far round the best way so far an extreme is looked for
_APART: Final = 0.9  # cosine between ways that may lead to different extremes
_STARRED: Final = 12.0  # CIEDE2000: wider tolerances need not be one piece that each way from the target leaves once
_ROUND: Final = 6.0  # wider ones need not have one summit over each plane, or two
_OUTWARDS: Final = 0.25  # so far planes of these are moved on, towards the corner of the box
_STEP: Final = 1e-4  # of a gradient, in F
_FLAT: Final = 1e-3  # cosine to the way outside: a normal that parts nothing from it
_GOLDEN_ANGLE: Final = np.pi * (3 - np.sqrt(5))


def lab_to_f(lab: Floats) -> Floats:
    """Stearns–Noechel transform of colours, shape (..., 3); what no fibre can show is clipped."""
    return blend_transform(np.clip(lab_to_linear_rgb(lab), 0.0, 1.0))


def f_to_lab(transform: Floats) -> Floats:
    """The inverse of `lab_to_f`."""
    return linear_rgb_to_lab(blend_reflectance(transform))


def tolerance_boxes(target: Floats, delta_e: Floats) -> tuple[Floats, Floats]:
    """Least and greatest F of each channel among all colours within `delta_e`, shape (n,), of targets, shape (n, 3).

    Of very wide tolerances those of all colours.
    """
    low, high = np.zeros_like(target), np.zeros_like(target)
    for first in range(0, len(target), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        edge = _extremes(target[some], delta_e[some])
        least, most = edge.min(axis=1), edge.max(axis=1)
        wider = _WIDER * (most - least) + 1e-6
        low[some], high[some] = least - wider, most + wider
    low[delta_e > _STARRED], high[delta_e > _STARRED] = blend_transform(np.array([[1.0], [0.0]]))
    return low, high


def _extremes(target: Floats, delta_e: Floats) -> Floats:
    """F on the edge of each tolerance, shape (n, k, 3), looked for more closely where a channel is extreme."""
    ways = np.broadcast_to(_directions(_DIRECTIONS), (len(target), _DIRECTIONS, 3))
    every = np.arange(len(target))[:, None]
    edge = lab_to_f(_edge(target, delta_e, ways))
    for reach in _NEARER[:2]:
        best = np.concatenate([edge.argmin(axis=1), edge.argmax(axis=1)], axis=1)
        around = ways[every, best][:, :, None, :] + reach * _directions(_DIRECTIONS // 12)
        around /= np.linalg.norm(around, axis=-1, keepdims=True)
        around = around.reshape(len(target), -1, 3)
        ways = np.concatenate([ways[every, best], around], axis=1)
        edge = np.concatenate([edge[every, best], lab_to_f(_edge(target, delta_e, around))], axis=1)
    return edge


def _edge(target: Floats, delta_e: Floats, ways: Floats, rounds: int = _ROUNDS[0]) -> Floats:
    """Colours just outside the tolerance of each target, shape (n, 3), along ways, shape (..., k, 3): (n, k, 3)."""
    centre, limit = target[:, None, :], delta_e[:, None]
    near = np.zeros((len(target), ways.shape[-2]))
    far = np.broadcast_to(10.0 * limit + 1.0, near.shape)
    inner, outer = np.broadcast_to(-limit, near.shape), ciede2000(centre + ways * far[..., None], centre) - limit
    for _ in range(rounds):
        middle = near + (far - near) * inner / (inner - outer)
        excess = ciede2000(centre + ways * middle[..., None], centre) - limit
        inside = excess <= 0
        near, far = np.where(inside, middle, near), np.where(inside, far, middle)
        inner, outer = np.where(inside, excess, inner / 2), np.where(inside, outer / 2, excess)  # Illinois' halving
    return centre + ways * far[..., None]


@cache
def _directions(count: int) -> Floats:
    """Points spread evenly over the unit sphere (Fibonacci)."""
    k = np.arange(count)
    height = 1 - (2 * k + 1) / count
    ring, turn = np.sqrt(1 - height**2), _GOLDEN_ANGLE * k
    return np.stack([height, ring * np.cos(turn), ring * np.sin(turn)], axis=1)


def supporting_offsets(target: Floats, delta_e: Floats, normal: Floats, *, fine: bool = True) -> Floats:
    """The greatest normal · F of any colour within each tolerance, shape (n,); targets and normals have shape (n, 3).

    Looked for ever more closely from two far ways, and a thousandth of the width further out, since there may be more
    summits; not `fine`, less closely and a hundredth further out, in two thirds of the time. Of wide tolerances always
    less closely, of very wide ones not at all.
    """
    ways = np.broadcast_to(_directions(_DIRECTIONS), (len(target), _DIRECTIONS, 3))
    height = _heights(target, delta_e, normal, ways, _ROUNDS[0])
    every = np.arange(len(target))
    first = ways[every, height.argmax(axis=1)]
    apart = (ways @ first[:, :, None])[:, :, 0] < _APART
    second = ways[every, np.where(apart, height, -np.inf).argmax(axis=1)]
    nearer, wider = (_NEARER, _FARTHER) if fine else (_NEARER[:3], _WIDER)
    offset = np.maximum(*(_climbed(target, delta_e, normal, way, nearer) for way in (first, second)))
    offset += wider * (offset - height.min(axis=1))
    wide = delta_e > _ROUND
    if wide.any():
        offset[wide] = _moved_on(target[wide], delta_e[wide], normal[wide], offset[wide])
    return np.asarray(offset)


def _moved_on(target: Floats, delta_e: Floats, normal: Floats, offset: Floats) -> Floats:
    """Offsets beyond what is extreme in any channel, and then some of the way to the corner of the box."""
    edge = _extremes(target, delta_e)
    summit = np.maximum(offset, (edge @ normal[:, :, None])[:, :, 0].max(axis=1))
    low, high = tolerance_boxes(target, delta_e)
    corner = np.maximum(normal * low, normal * high).sum(axis=1)
    return np.asarray(summit + np.where(delta_e > _STARRED, 1.0, _OUTWARDS) * (corner - summit))


def _heights(target: Floats, delta_e: Floats, normal: Floats, ways: Floats, rounds: int) -> Floats:
    """normal · F of the edge along each way, shape (n, k)."""
    edge = lab_to_f(_edge(target, delta_e, ways, rounds))
    return np.asarray((edge @ normal[:, :, None])[:, :, 0])


def _climbed(target: Floats, delta_e: Floats, normal: Floats, best: Floats, nearer: tuple[float, ...]) -> Floats:
    """The same near one way of each, a hair outside the tolerance."""
    every, offset = np.arange(len(target)), np.zeros(len(target))
    for reach in nearer:
        ways = best[:, None, :] + reach * _directions(_DIRECTIONS // 8)
        ways = np.concatenate([best[:, None, :], ways / np.linalg.norm(ways, axis=-1, keepdims=True)], axis=1)
        height = _heights(target, delta_e, normal, ways, _ROUNDS[reach == _NEARER[-1]])
        best, offset = ways[every, height.argmax(axis=1)], height.max(axis=1)
    return np.asarray(offset + 1e-9 * np.abs(offset))


def touching_planes(target: Floats, delta_e: Floats, outside: Floats) -> tuple[Floats, Floats]:
    """(normals, offsets): normal · F <= offset touches each tolerance where the way from the target leads outside.

    `outside` are the F of blends that miss the targets; all three have one row per plane.
    """
    start = lab_to_f(target)
    way = outside - start
    near, far = np.zeros((len(target), 1)), np.ones((len(target), 1))
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        inside = (ciede2000(f_to_lab(start + middle * way), target) <= delta_e)[:, None]
        near, far = np.where(inside, middle, near), np.where(inside, far, middle)
    edge = start + near * way
    step = _STEP * np.maximum(np.abs(edge), 0.1)
    steps = step[:, :, None] * np.eye(3)
    there, back = (ciede2000(f_to_lab(edge[:, None, :] + sign * steps), target[:, None, :]) for sign in (1, -1))
    normal = (there - back) / (2 * step)
    flat = _along(normal, way) <= _FLAT * np.linalg.norm(normal, axis=1) * np.linalg.norm(way, axis=1)
    normal[flat] = way[flat]  # a tolerance of next to nothing has no slope at its edge
    length = np.linalg.norm(normal, axis=1)
    length[length == 0] = 1.0
    normal /= length[:, None]
    return normal, _along(normal, edge)


def _along(one: Floats, other: Floats) -> Floats:
    """The scalar product of each row."""
    return np.asarray((one * other).sum(axis=1))
