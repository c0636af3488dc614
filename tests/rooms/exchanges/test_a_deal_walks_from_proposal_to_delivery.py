# SPDX-License-Identifier: AGPL-3.0-or-later
"""The whole deal through the rooms' actions, gram by gram."""

from __future__ import annotations

from marketplace.approvals import actions as approvals
from tests.rooms.negotiations.deal import Deal


def test_grams_are_reserved_committed_and_delivered(deal: Deal) -> None:
    deal.propose()
    assert deal.grams("reserved") == (0, 0)
    deal.counter(deal.taker_manager, mass_g=500_000)
    deal.accept(deal.giver_manager)
    assert deal.negotiation.state == "agreed"
    assert deal.grams("reserved") == (500_000, 500_000)

    approvals.approve(deal.session, deal.actor(deal.coordinator), deal.case)
    assert deal.case.state == "approved"
    assert deal.negotiation.state == "approved"
    assert deal.grams("reserved") == (0, 0)
    assert deal.grams("committed") == (500_000, 500_000)

    load = deal.send(300_000)
    deal.weigh(load, 290_000)
    deal.confirm(load)
    assert deal.grams("committed") == (210_000, 210_000)
    assert deal.grams("delivered") == (290_000, 290_000)
    deal.deliver(210_000)
    assert deal.exchange.state == "delivered"
    assert deal.exchange.delivered_g == 500_000
    assert deal.grams("free") == (500_000, 500_000)
    assert deal.events(deal.exchange) == ["exchanges:open", "exchanges:complete"]
    assert deal.events(load) == ["exchanges:send", "exchanges:weigh", "exchanges:confirm"]
