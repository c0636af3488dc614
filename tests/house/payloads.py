# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people who mean no good type into fields and addresses."""

from __future__ import annotations

NUMBERS = (
    *("sNaN", "NaN", "Infinity", "1e400", "1e12", "9" * 200, "0.0004", "1E-30", "0.0005", "1_000", "١٢", "１２"),
    *("1,5", "1.000,5", "1 000", "-0", "0", "-1", "+5", " 5 ", "0x10", "1e3", "2147483648", "9223372036854775808"),
)
DAYS = ("0001-01-01", "9999-12-31", "2024-02-30", "2027-03-28T02:30", "31/12/2027", "00/00/0000")
TEXTS = (
    *("a\0b", "\ud800", "\u202egpj.exe", "\u200b", "😀" * 80, "%%%_\\", "x" * 20_000, "İßﬁ", "../../etc/passwd", ""),
    *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "{{7*7}}${7*7}"),
    *("'; DROP TABLE listing;--", "1 OR 1=1", "x\r\nBcc: a@b.it", "a@b.it\nBcc:x@y.z", "аdmin@example.com"),
    "a@xn--80ak6aa92e.com",
)
FOR_FIELDS = (*NUMBERS, *DAYS, *TEXTS)
FOR_ADDRESSES = (
    *("page=0", "page=-1", "page=99999999999999999999", "page=x", "page=%00", "per_page=1000000", "sort=price;drop"),
    *("sort=__class__", "view=%00", "view=x'", "by=__class__", "which=%F0%9F%98%80", "state=%00", "q=%00"),
    *("q=%ED%A0%80", "q=%25%25%25_%5C", "q=%E2%80%AEx", "side=%00", "next=//evil.example", "from=9999-99-99"),
    "q=" + "x" * 3000,
)
FOR_KEYS = ("0", "-1", "2147483648", "9223372036854775807", "9223372036854775808", "9" * 30, "1e3", "x")
