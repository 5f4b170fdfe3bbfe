"""What comes back through the network changes the one delivery that it is about, and nothing else."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone, translation

from foundation import files
from foundation.xml import parse_xml
from invoicing.actions import access_points, deliveries, dispatch
from invoicing.delivery.peppol import incoming
from invoicing.delivery.peppol.wordings import LEVELS_TOLD, STATES_TOLD
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import shown, wording
from invoicing.dispatching.plain import News, Recipient, Sending
from invoicing.dispatching.responses import MLS_CODES, RESPONSE_CODES, read_response
from invoicing.models import AccessPoint, Delivery, DeliveryEvent, Invoice, ReceivedMessage
from invoicing.tasks.network import read_incoming
from payments.models import Hold, Posting
from tenants.audit import Actor
from tenants.models import AuditEntry, Notice, Organization
from tests import builders
from tests.invoicing.ehf_material import RULES, needs_rules
from tests.invoicing.messages_back import NAMESPACES
from tests.invoicing.messages_back import invoice_response as _answer
from tests.invoicing.messages_back import level_status as _status

BUYER = f"0192:{builders.CUSTOMER_ORGANIZATION_NUMBER}"
ENVELOPE = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"


def _sent(organization: Organization, **customer: Any) -> tuple[Invoice, Delivery]:
    """A finalized invoice that an access point has taken, and its delivery."""
    buyer = builders.make_customer(organization, **customer)
    invoice = builders.make_finalized_invoice(organization, buyer)
    recipient = Recipient("ehf", f"0192:{buyer.organization_number}", buyer.name)
    with builders.in_organization(organization):
        owner = builders.user_of(f"owner@{organization.slug}.example") if organization.slug == "nordlys" else None
        actor = Actor.person(owner) if owner else Actor.system()
        act = dispatch.dispatch_document(
            organization, invoice.pk, Sending("first", "first", (recipient,)), actor=actor, now=timezone.now()
        )
        [delivery] = sendings.deliveries_of_dispatch(organization, act)
        for state in ("sending", "sent"):
            deliveries.tell_delivery(organization, delivery.pk, News(state, "access_point"), now=timezone.now())
    return builders.reload_invoice(organization, invoice), delivery


ISSUE = """<cac:LineResponse><cac:LineReference><cbc:LineID>/Invoice/cac:InvoiceLine[1]/cbc:ID</cbc:LineID>
</cac:LineReference><cac:Response><cbc:Description>[BR-25] Each line needs a name</cbc:Description><cac:Status>
<cbc:StatusReasonCode>BV</cbc:StatusReasonCode></cac:Status></cac:Response></cac:LineResponse>"""


REASON = """<cac:Status><cbc:StatusReasonCode listID="OPStatusReason">REF</cbc:StatusReasonCode>
<cbc:StatusReason>The order number is missing</cbc:StatusReason><cac:Condition><cbc:AttributeID>BT-13</cbc:AttributeID>
<cbc:Description>PO0001</cbc:Description></cac:Condition></cac:Status>
<cac:Status><cbc:StatusReasonCode listID="OPStatusAction">NIN</cbc:StatusReasonCode></cac:Status>"""


def _come(organization: Organization, *messages: str | bytes) -> None:
    """Messages that a partner puts into the organization's folder, and a worker that reads them."""
    folder = Path(django_settings.DATA_DIR) / "peppol-in" / str(organization.pk)
    folder.mkdir(parents=True, exist_ok=True)
    for place, message in enumerate(messages):
        content = message.encode() if isinstance(message, str) else message
        (folder / f"{place}.xml").write_bytes(content)
    read_incoming()
    assert not list(folder.glob("*.xml"))


def _now(organization: Organization, delivery: Delivery) -> Delivery:
    with builders.in_organization(organization):
        return sendings.get_delivery(organization, delivery.pk)


def _kept(organization: Organization) -> list[ReceivedMessage]:
    with builders.in_organization(organization):
        return list(ReceivedMessage.objects.of(organization).order_by("received_at", "id"))


@pytest.mark.parametrize(
    ("code", "state", "reason_code"), [("AP", "delivered", "mls_ap"), ("AB", "delivered", "mls_ab")]
)
def test_the_receivers_access_point_says_that_it_has_it(
    organization: Organization, code: str, state: str, reason_code: str
) -> None:
    _invoice, delivery = _sent(organization)
    _other_invoice, other = _sent(organization)

    _come(organization, _status(delivery, code))

    told = _now(organization, delivery)
    assert (told.state, told.reason_code) == (state, reason_code)
    assert _now(organization, other).state == "sent"
    [message] = _kept(organization)
    assert (message.delivery_id, message.code, message.problem) == (delivery.pk, code, "")


def test_the_road_refuses_and_names_the_field(organization: Organization) -> None:
    _invoice, delivery = _sent(organization)

    _come(organization, _status(delivery, "RE", ISSUE, description="Rejected due to validation errors"))

    told = _now(organization, delivery)
    assert (told.state, told.reason_code) == ("rejected", "mls_re")
    assert "/Invoice/cac:InvoiceLine[1]/cbc:ID: [BR-25] Each line needs a name" in told.reason
    with builders.in_organization(organization):
        [event] = DeliveryEvent.objects.of(organization).filter(delivery=delivery.pk, state="rejected")
        assert event.facts["reasons"][0]["code"] == "BV"
        assert not Hold.objects.of(organization).exists()  # the buyer has never seen it


@pytest.mark.parametrize("code", ["AB", "IP", "UQ", "CA", "AP", "PD"])
def test_whoever_answers_has_it(organization: Organization, owner: Any, code: str) -> None:
    invoice, delivery = _sent(organization)
    with builders.in_organization(organization):
        postings = Posting.objects.of(organization).count()

    _come(organization, _answer(organization, invoice, code, status=REASON if code in {"UQ", "CA"} else ""))

    told = _now(organization, delivery)
    assert (told.state, told.reason_code) == ("delivered", f"buyer_{code.lower()}")
    with builders.in_organization(organization):
        notices = Notice.objects.of(organization).filter(user=owner, kind="buyer.asks")
        assert notices.count() == (code in {"UQ", "CA"})
        assert AuditEntry.objects.of(organization).filter(verb="invoice.answered").count() == 1
        assert Posting.objects.of(organization).count() == postings  # the words of a buyer move no money
        assert not Hold.objects.of(organization).exists()


def test_the_buyer_refuses_and_the_claim_is_held(organization: Organization, owner: Any) -> None:
    invoice, delivery = _sent(organization)

    _come(organization, _answer(organization, invoice, "RE", status=REASON))

    told = _now(organization, delivery)
    assert (told.state, told.reason_code) == ("rejected", "buyer_refused")
    assert "BT-13: The order number is missing PO0001" in told.reason
    with builders.in_organization(organization):
        [hold] = Hold.objects.of(organization)
        assert hold.reason.startswith("BT-13: The order number is missing PO0001")
        assert (hold.receivable_id, hold.kind, hold.amount) == (invoice.receivable_id, "rejected", None)
        [event] = DeliveryEvent.objects.of(organization).filter(delivery=delivery.pk, state="rejected")
        assert event.facts["actions"] == [{"code": "NIN"}]
        with translation.override("en"):
            [act] = shown.acts_of(organization, invoice.pk)
        words = act.deliveries[0].events[0].reason
        assert "A reference is wrong or missing. Wanted: Send a new invoice." in words
        assert [one.pk for one in sendings.stuck_deliveries(organization, timezone.now())] == [delivery.pk]
        assert Notice.objects.of(organization).filter(user=owner, kind="delivery.refused").count() == 1


def test_a_refusal_is_undone_by_nothing_that_comes_late(organization: Organization) -> None:
    invoice, delivery = _sent(organization)

    _come(organization, _answer(organization, invoice, "RE", status=REASON))
    _come(
        organization,
        _answer(organization, invoice, "AB"),
        _status(delivery, "AP"),
        _answer(organization, invoice, "RE", id="another"),
    )

    told = _now(organization, delivery)
    assert (told.state, told.reason_code) == ("rejected", "buyer_refused")
    assert len(_kept(organization)) == 4
    with builders.in_organization(organization):
        assert Hold.objects.of(organization).count() == 1


def test_the_same_message_three_times_is_one(organization: Organization) -> None:
    invoice, delivery = _sent(organization)
    status, answer = _status(delivery, "AB"), _answer(organization, invoice, "IP")

    for _time in range(3):
        _come(organization, status, answer, answer)

    assert len(_kept(organization)) == 2
    with builders.in_organization(organization):
        events = DeliveryEvent.objects.of(organization).filter(delivery=delivery.pk).exclude(key="")
        assert events.count() == 2


def test_a_sender_whose_ids_are_all_alike_is_understood(organization: Organization) -> None:
    _first_invoice, first = _sent(organization)
    _second_invoice, second = _sent(organization)

    _come(organization, _status(first, "AP"), _status(second, "AP"))
    _come(organization, _status(second, "RE", ISSUE, description="no"))

    assert [_now(organization, one).state for one in (first, second)] == ["delivered", "rejected"]


def test_what_comes_before_our_own_mark_is_the_right_end(organization: Organization) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with builders.in_organization(organization):
        act = dispatch.dispatch_document(
            organization,
            invoice.pk,
            Sending("first", "first", (Recipient("ehf", BUYER),)),
            actor=Actor.system(),
            now=timezone.now(),
        )
        [delivery] = sendings.deliveries_of_dispatch(organization, act)
        deliveries.begin_delivery(organization, delivery.pk, now=timezone.now())
    _come(organization, _status(delivery, "AP"))
    with builders.in_organization(organization):
        deliveries.tell_delivery(organization, delivery.pk, News("sent", "access_point"), now=timezone.now())

    assert _now(organization, delivery).state == "delivered"


STRANGE = [
    ("reference", "another envelope"),
    ("number", "999999"),
    ("number", "1; DROP TABLE"),
    ("buyer", "999999999"),
    ("seller", "999999999"),
]


@pytest.mark.parametrize(("name", "value"), STRANGE)
def test_what_is_about_nothing_of_ours_is_kept_and_changes_nothing(
    organization: Organization, name: str, value: str
) -> None:
    invoice, delivery = _sent(organization)
    if name == "reference":
        message = _status(delivery, "RE", ISSUE, description="no", reference=value)
    else:
        message = _answer(organization, invoice, "RE", **{name: value})

    _come(organization, message)

    assert _now(organization, delivery).state == "sent"
    [kept] = _kept(organization)
    assert kept.delivery_id is None
    assert kept.problem.startswith("not_for_us" if name == "seller" else "unknown_document")


def test_another_organizations_messages_find_nothing_here(
    organization: Organization, other_organization: Organization
) -> None:
    _invoice, theirs = _sent(other_organization)
    _own_invoice, ours = _sent(organization)

    _come(organization, _status(theirs, "RE", ISSUE, description="no"))

    assert _now(organization, ours).state == "sent"
    assert _now(other_organization, theirs).state == "sent"
    assert _kept(other_organization) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        b"<Invoice/>",
        f"<ApplicationResponse {NAMESPACES}/>".encode(),
        b"<a>" * 5000,
        b"<a>" + b"x" * (1024 * 1024) + b"</a>",
    ],
)
def test_what_cannot_be_read_is_kept_with_the_reason(organization: Organization, content: bytes) -> None:
    _invoice, delivery = _sent(organization)

    for _time in range(2):
        _come(organization, content)

    [kept] = _kept(organization)
    assert kept.kind == "unread"
    assert kept.problem.startswith("unreadable; ")
    assert _now(organization, delivery).state == "sent"


def test_an_answer_inside_its_envelope_is_read_as_well(organization: Organization) -> None:
    _invoice, delivery = _sent(organization)
    inner = _status(delivery, "AP").partition("?>")[2]

    _come(organization, f'<StandardBusinessDocument xmlns="{ENVELOPE}">{inner}</StandardBusinessDocument>')

    assert _now(organization, delivery).state == "delivered"


@needs_rules
def test_an_answer_that_breaks_the_rules_is_shown_and_followed_by_nothing(
    organization: Organization, settings: Any
) -> None:
    settings.EHF_RULES_DIR = str(RULES)
    _invoice, delivery = _sent(organization)

    _come(organization, _status(delivery, "RE"))  # a refusal must say why

    assert _now(organization, delivery).state == "sent"
    [kept] = _kept(organization)
    assert kept.problem.startswith("answer_breaks_rules; [SCH-MLS-20]")
    with builders.in_organization(organization):
        assert DeliveryEvent.objects.of(organization).filter(reason_code="answer_breaks_rules").count() == 1


@needs_rules
def test_the_official_examples_are_read_and_keep_the_rules(
    organization: Organization, settings: Any, tmp_path: Path
) -> None:
    settings.EHF_RULES_DIR = str(RULES)
    read = []
    for folder in ("mls", "invoice-response"):
        for path in sorted((RULES / "examples" / folder).glob("*.xml")):
            response = read_response(parse_xml(path.read_bytes()))
            mail = incoming.read_mail(organization.pk, path, today=builders.TODAY)
            assert mail.response == response
            assert mail.broken_rules == (), path.name
            read.append(response.code)

    assert set(read) == {"AP", "AB", "RE", "IP", "UQ"}


def _hook(organization: Organization) -> str:
    with builders.in_organization(organization):
        AccessPoint.objects.create(organization=organization)
        secret = access_points.renew_hook(organization, actor=Actor.system())
    return f"/hooks/peppol/{secret}/"


def test_the_way_back_takes_a_message_and_says_nothing_of_it(organization: Organization) -> None:
    _invoice, delivery = _sent(organization)
    hook, browser = _hook(organization), Client(enforce_csrf_checks=True)
    answers = [
        browser.post(hook, content, content_type="application/xml")
        for content in (_status(delivery, "AP"), _status(delivery, "AP", reference="nothing"), b"nonsense")
    ]
    read_incoming()

    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b"")}
    assert _now(organization, delivery).state == "delivered"


def test_the_way_back_is_closed_to_whoever_does_not_know_it(
    organization: Organization, other_organization: Organization
) -> None:
    hook, browser = _hook(organization), Client()

    assert browser.post("/hooks/peppol/guessed/", b"<a/>", content_type="application/xml").status_code == 404
    assert browser.get(hook).status_code == 405
    assert browser.post(hook, b"x" * (1024 * 1024 + 1), content_type="application/xml").status_code == 413
    with builders.in_organization(organization):
        access_points.renew_hook(organization, actor=Actor.system())
    assert browser.post(hook, b"<a/>", content_type="application/xml").status_code == 404
    assert read_incoming() == 0


def test_a_flood_is_sent_away_before_the_disk_is_full(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "WAITING_MAX", 2)
    hook, browser = _hook(organization), Client()

    statuses = [browser.post(hook, f"<a{n}/>", content_type="application/xml").status_code for n in range(4)]

    assert statuses == [202, 202, 503, 503]


def test_time_that_is_up_does_not_end_what_arrived_later(organization: Organization) -> None:
    _invoice, delivery = _sent(organization)
    with builders.in_organization(organization):
        deliveries.end_overdue(organization, delivery.pk, now=timezone.now() + timedelta(days=4))
    assert _now(organization, delivery).state == "unknown"

    _come(organization, _status(delivery, "AP"))

    assert _now(organization, delivery).state == "delivered"


def test_every_code_that_can_be_told_has_a_sentence() -> None:
    codes = {f"mls_{code.lower()}" for code in MLS_CODES} | {f"buyer_{code.lower()}" for code in RESPONSE_CODES}
    codes |= {code for _state, code in (*STATES_TOLD.values(), *LEVELS_TOLD.values())}
    written = re.compile(r'"([a-z]+(?:_[a-z]+)+)"')
    for path in (*Path("invoicing/delivery/peppol").glob("*.py"), Path("invoicing/delivery/network.py")):
        for line in (django_settings.BASE_DIR / path).read_text(encoding="utf-8").splitlines():
            if "Outcome(" in line or "reason_code=" in line or re.match(r"^[A-Z_]+ = ", line):
                codes |= set(written.findall(line))

    codes -= {"access_point", "mls_ap", "permanently_failed"}
    assert len(codes) > 25
    assert sorted(code for code in codes if not wording.sentence_of(code)) == []


def test_a_message_that_makes_us_stumble_keeps_nobody_waiting(organization: Organization) -> None:
    _invoice, delivery = _sent(organization)
    folder = Path(django_settings.DATA_DIR) / "peppol-in" / str(organization.pk)
    folder.mkdir(parents=True)
    stone, message = folder / "0.xml", folder / "1.xml"
    stone.write_bytes(b"<a/>")
    message.write_text(_status(delivery, "AP"))
    (Path(django_settings.FILES_DIR) / str(organization.pk)).mkdir(parents=True, exist_ok=True)
    # Where its bytes would be kept stands something else: the disk refuses this one message.
    kept = files.path_of(str(organization.pk), hashlib.sha256(b"<a/>").hexdigest())
    kept.parent.parent.mkdir(parents=True, exist_ok=True)
    kept.parent.write_bytes(b"")

    assert read_incoming() == 1
    assert _now(organization, delivery).state == "delivered"
    assert stone.exists()
    long_ago = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(stone, (long_ago, long_ago))
    assert read_incoming() == 0
    assert [path.name for path in folder.iterdir()] == ["0.unreadable"]
