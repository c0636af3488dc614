# SPDX-License-Identifier: AGPL-3.0-or-later
"""When a mail is tried again, and what may stand in its subject."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.outbox.rules import MAX_ATTEMPTS, is_given_up, one_line, pause_after


def test_pauses_double_up_to_half_a_day() -> None:
    pauses = [pause_after(attempt) for attempt in range(1, 40)]
    assert pauses[:4] == [timedelta(minutes=m) for m in (1, 2, 4, 8)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=12)


def test_a_mail_is_tried_for_more_than_a_day_before_it_is_given_up() -> None:
    assert sum((pause_after(n) for n in range(1, MAX_ATTEMPTS)), timedelta()) > timedelta(days=1)
    assert [is_given_up(n) for n in (MAX_ATTEMPTS - 1, MAX_ATTEMPTS)] == [False, True]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Una proposta", "Una proposta"),
        ("Ritagli\r\nBcc: x@y.example", "Ritagli Bcc: x@y.example"),
        ("a\u2028b\u2029c\x85d\x00e", "a b c d e"),
        ("\n 新建议 \n", "新建议"),
    ],
)
def test_a_subject_is_one_line(text: str, line: str) -> None:
    assert one_line(text) == line
