"""The panel of deliveries: what was sent to whom, what became of it, and sending by a person's choice."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing.dispatching import wording
from invoicing.dispatching.plan import Missing
from invoicing.dispatching.states import Standing
from invoicing.models import Delivery, DeliveryState, Dispatch, InvoiceFollowUp
from tenants.models import AuditEntry
from tests import builders
from tests.invoicing import deliveries

ROOT = Path(__file__).resolve().parents[2] / "invoicing"
HTMX = {"HX-Request": "true"}


def address(name: str, organization: Any, invoice: Any) -> str:
    return reverse(f"invoicing:{name}", args=[organization.slug, invoice.pk])


def acts(organization: Any) -> list[Dispatch]:
    with builders.in_organization(organization):
        return list(Dispatch.objects.of(organization).order_by("made_at", "id"))


def test_the_panel_tells_to_whom_what_and_why(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = deliveries.bounced(organization)

    page = client_of(owner).get(address("panel_deliveries", organization, invoice), headers=HTMX).content.decode()

    for words in ("post@havglott.example", "550 no such user"):
        assert words in page, words
    assert 'data-s="bad"' in page
    assert "let-rest" in page


def test_what_was_handed_over_and_still_needs_somebody_says_what_to_do() -> None:
    taken = wording.next_step("email", DeliveryState.SENT)
    assert wording.next_step("email", DeliveryState.SENT, "caught") == wording.way_out_of("caught") != taken
    assert wording.next_step("ehf", DeliveryState.DELIVERED, "buyer_uq") == wording.way_out_of("buyer_uq") != ""
    assert wording.next_step("ehf", DeliveryState.SENT, "access_point_has_it") == wording.next_step("ehf", "sent")


def test_the_first_sending_goes_by_the_plan_and_once(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = deliveries.finalized(organization)
    client = client_of(owner)

    for _time in range(2):
        answer = client.post(address("dispatch_invoice", organization, invoice), {"key": "one"}, headers=HTMX)
        assert answer.status_code == 200

    first, second = acts(organization)
    assert (first.kind, first.key) == ("first", "first")
    # The second press was of the same form, after the first sending: it is an act of its own, under the form's key.
    assert (second.kind, second.key) == ("again", "again:one")
    client.post(address("dispatch_invoice", organization, invoice), {"key": "one"}, headers=HTMX)
    assert len(acts(organization)) == 2


def test_another_channel_is_a_persons_choice_and_nothing_follows(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = deliveries.bounced(organization)

    answer = client_of(owner).post(address("dispatch_invoice", organization, invoice), {"key": "k", "channel": "paper"})

    assert answer.status_code == 302
    act = acts(organization)[-1]
    assert (act.kind, act.chain, act.made_by) == ("channel", [], str(owner))
    with builders.in_organization(organization):
        letter = Delivery.objects.of(organization).get(dispatch=act)
        assert (letter.channel, letter.state) == ("paper", DeliveryState.QUEUED)


@pytest.mark.parametrize("channel", ["ehf", "efaktura", "pigeon"])
def test_a_channel_that_does_not_reach_is_refused_with_the_way_out(
    organization: Any, owner: Any, client_of: Any, channel: str
) -> None:
    invoice = deliveries.finalized(organization)

    answer = client_of(owner).post(
        address("dispatch_invoice", organization, invoice), {"key": "k", "channel": channel}, follow=True
    )

    assert 'class="note bad"' in answer.content.decode()
    assert acts(organization) == []


def test_letting_rest_needs_a_reason_and_is_written_down(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = deliveries.bounced(organization)
    client = client_of(owner)

    client.post(address("settle_deliveries", organization, invoice), {"reason": " "})
    with builders.in_organization(organization):
        assert not AuditEntry.objects.of(organization).filter(verb="delivery.settled").exists()
    for _time in range(2):
        client.post(address("settle_deliveries", organization, invoice), {"reason": "Levert over disken"})

    with builders.in_organization(organization):
        [line] = AuditEntry.objects.of(organization).filter(verb="delivery.settled")
        assert line.facts["reason"] == "Levert over disken"
        [mail] = Delivery.objects.of(organization)
        assert (mail.state, mail.settled_at is not None) == ("given_up", True)


def test_the_invoice_is_red_while_nobody_has_it(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = deliveries.bounced(organization)
    client = client_of(owner)

    page = client.get(address("show_invoice", organization, invoice)).content.decode()
    listed = client.get(
        reverse("invoicing:list_invoices", args=[organization.slug]), {"columns": "number,delivery"}
    ).content.decode()

    with builders.in_organization(organization):
        assert InvoiceFollowUp.objects.of(organization).get(invoice=invoice.pk).delivery_summary == "nobody"
    assert 'class="pill" data-s="bad"' in page
    assert 'class="pill" data-s="bad"' in listed


def test_another_organization_finds_nothing(
    organization: Any, other_organization: Any, stranger: Any, client_of: Any
) -> None:
    invoice = deliveries.bounced(organization)
    client = client_of(stranger)

    assert client.get(address("panel_deliveries", other_organization, invoice)).status_code == 404
    for name in ("dispatch_invoice", "settle_deliveries"):
        assert client.post(address(name, other_organization, invoice), {"reason": "x"}).status_code == 404


@pytest.mark.parametrize("role", ["project_manager", "case_worker", "auditor"])
def test_who_may_not_send_sees_and_does_nothing(organization: Any, client_of: Any, role: str) -> None:
    invoice = deliveries.bounced(organization)
    client = client_of(builders.make_member(organization, role))

    page = client.get(address("panel_deliveries", organization, invoice), headers=HTMX).content.decode()

    assert "<form" not in page
    for name in ("dispatch_invoice", "settle_deliveries"):
        assert client.post(address(name, organization, invoice), {"reason": "x"}).status_code == 403


def test_the_panel_asks_the_same_however_much_was_sent(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = deliveries.bounced(organization)
    client = client_of(owner)
    url = address("panel_deliveries", organization, invoice)

    def asked() -> int:
        with CaptureQueriesContext(connection) as questions:
            assert client.get(url, headers=HTMX).status_code == 200
        return len(questions)

    asked()
    few = asked()
    for number in range(3):
        deliveries.told(organization, deliveries.sent(organization, invoice, key=f"again:{number}"), "sending", "sent")
    assert asked() == few


def codes_written_down() -> set[str]:
    """Every reason code that stands in the code as a word."""
    found = set()
    for path in (
        path for room in ("actions", "delivery", "dispatching", "tasks") for path in (ROOT / room).rglob("*.py")
    ):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.keyword) and call.arg == "reason_code":
                found |= {each.value for each in ast.walk(call.value) if isinstance(each, ast.Constant) and each.value}
    return {code for code in found if isinstance(code, str) and code != "content"}


def test_every_code_that_is_written_down_has_a_sentence() -> None:
    written = codes_written_down()

    assert len(written) > 5
    assert {code for code in written if not wording.sentence_of(code)} == set()


def test_every_code_has_a_sentence_and_every_state_a_word_and_a_colour() -> None:
    for code in (*Missing, "time_is_up", "stumbled", "died_after_handing_over", "buyer_refused", "unreachable"):
        assert wording.sentence_of(code), code
    for state in DeliveryState.values:
        assert wording.state_word(state) != state
        assert wording.TONES[state]
    for standing in Standing:
        assert standing == Standing.NONE or (wording.standing_word(standing) and wording.STANDING_TONES[standing])
