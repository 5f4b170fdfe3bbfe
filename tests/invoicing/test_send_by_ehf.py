"""EHF through an access point: what it got is counted, and every way in which it fails ends where somebody sees it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from foundation.encryption import seal
from invoicing import queries as documents
from invoicing.actions import access_points, deliveries, dispatch
from invoicing.actions.documents import render_documents
from invoicing.delivery import network
from invoicing.delivery.peppol import door
from invoicing.dispatching import queries as sendings
from invoicing.dispatching.plain import Recipient, Sending, Way
from invoicing.documents.ehf_checks import check_ehf
from invoicing.models import AccessPoint, Delivery, DeliveryEvent, Invoice, Participant
from invoicing.tasks.network import ask_access_points
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import AuditEntry, Notice, Organization, OutboxRow
from tests import builders
from tests.invoicing import mail_server
from tests.invoicing.ehf_material import RULES, needs_rules
from tests.invoicing.peppol_servers import TOKEN, AccessPointSimulator, HostedSimulator, serving
from tests.invoicing.random_records import finalized_batches, make_company

TO = Recipient("ehf", f"0192:{builders.CUSTOMER_ORGANIZATION_NUMBER}", "Havgløtt Verksted AS")
EMAIL = Recipient("email", "post@havglott.example", "Havgløtt Verksted AS")


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "READ_SECONDS", 0.8)


@pytest.fixture
def point(organization: Organization) -> Iterator[AccessPointSimulator]:
    """A running access point that the organization sends through."""
    simulator = AccessPointSimulator()
    with serving(simulator.answer) as address:
        _use(organization, "phoss", address, TOKEN)
        yield simulator


@pytest.fixture
def hosted(organization: Organization) -> Iterator[HostedSimulator]:
    """A running hosted access point."""
    simulator = HostedSimulator()
    with serving(simulator.answer) as address:
        _use(organization, "hosted", address, "key:secret", account=simulator.account)
        yield simulator


def _use(organization: Organization, kind: str, address: str, token: str, **changes: Any) -> None:
    sealed = seal(token, organization_id=organization.pk, column=AccessPoint.TOKEN_COLUMN)
    with builders.in_organization(organization):
        AccessPoint.objects.create(
            organization=organization, kind=kind, address=address, token_sealed=sealed, **changes
        )


def _send(organization: Organization, *recipients: Recipient, **more: Any) -> Delivery:
    invoice = builders.make_finalized_invoice(organization)
    sending = Sending("first", "first", recipients or (TO,), **more)
    with builders.in_organization(organization):
        act = dispatch.dispatch_document(organization, invoice.pk, sending, actor=Actor.system(), now=timezone.now())
    builders.run_background()
    with builders.in_organization(organization):
        return sendings.deliveries_of_dispatch(organization, act)[0]


def _try_again(organization: Organization, delivery: Delivery) -> Delivery:
    with builders.in_organization(organization):
        rows = OutboxRow.objects.of(organization).filter(kind="invoicing.hand_over").exclude(state="sent")
        rows.update(not_before=timezone.now() - timedelta(minutes=1))
    builders.run_background()
    return _now(organization, delivery)


def _now(organization: Organization, delivery: Delivery) -> Delivery:
    with builders.in_organization(organization):
        return sendings.get_delivery(organization, delivery.pk)


def test_m_015_what_leaves_is_addressed_by_its_own_words_and_keeps_every_rule(
    organization: Organization, point: AccessPointSimulator
) -> None:
    delivery = _send(organization)

    assert (delivery.state, delivery.reason_code) == ("sent", "access_point_has_it")
    assert delivery.handed_over_at is not None
    assert list(point.documents) == [delivery.message_id]
    [envelope] = point.envelopes.values()
    assert envelope[0] == f"iso6523-actorid-upis::0192:{organization.organization_number}"
    assert envelope[1] == f"iso6523-actorid-upis::{delivery.recipient}"
    assert envelope[4] == "NO"
    assert point.complaints == []
    for xml in point.documents.values():
        assert check_ehf(xml, today=builders.TODAY).fatal == ()


@needs_rules
def test_every_xml_that_an_access_point_got_passes_every_layer_of_rules(db: None, settings: Any) -> None:
    """Random documents of every kind that is drawn: currencies, treatments, discounts, credit notes."""
    settings.EHF_RULES_DIR = str(RULES)
    organization = make_company("tenkt", is_vat_registered=True)
    simulator, count = AccessPointSimulator(), builders.scaled(400, 6)
    sent: list[Invoice] = []
    with serving(simulator.answer) as address:
        _use(organization, "phoss", address, TOKEN)
        for batch in finalized_batches(organization, builders.SEED, count):
            sent += [each for each in batch.documents if _send_to_its_buyer(organization, each)]
        note = builders.make_credit_note_draft(organization, next(each for each in sent if each.payable_amount))
        [note] = builders.finalize_drafts(organization, [note.pk])
        sent += [note] * _send_to_its_buyer(organization, note)
        builders.run_background(rounds=40)

    assert simulator.complaints == []
    assert len(simulator.documents) == len(sent) > count / 3
    assert {document.kind for document in sent} >= {"invoice", "credit_note"}
    for xml in simulator.documents.values():
        result = check_ehf(xml, today=builders.TODAY)
        assert result.fatal == ()
        assert result.rules_count > 300  # the official layers were asked, not our own alone


def _send_to_its_buyer(organization: Organization, made: Invoice) -> bool:
    """Send a document to the address that stands in it; false where there is none."""
    with builders.in_organization(organization):
        document = documents.get_invoice(organization, made.pk)
        endpoint = sendings.endpoint_of(document)
        if endpoint is None:
            return False
        sending = Sending("first", "first", (Recipient("ehf", f"{endpoint.scheme}:{endpoint.identifier}"),))
        dispatch.dispatch_document(organization, document.pk, sending, actor=Actor.system(), now=timezone.now())
    return True


def test_the_access_point_is_asked_until_it_says_that_it_arrived(
    organization: Organization, point: AccessPointSimulator
) -> None:
    delivery = _send(organization)
    point.states[delivery.message_id] = {"status": "sent", "mlsStatus": "pending"}

    for _time in range(2):
        ask_access_points()

    told = _now(organization, delivery)
    assert (told.state, told.reason_code) == ("delivered", "at_receivers_access_point")
    assert told.external_id == f"tx-{delivery.message_id}"
    with builders.in_organization(organization):
        events = DeliveryEvent.objects.of(organization).filter(delivery=delivery.pk, state="delivered")
        assert events.count() == 1


@pytest.mark.parametrize(
    ("fault", "state", "code"),
    [
        ("refuse", "rejected", "refused_by_access_point"),
        ("denied", "failed", "access_refused"),
        ("busy", "queued", "access_point_busy"),
        ("error", "queued", "access_point_away"),
        ("elsewhere", "queued", "access_point_away"),
        ("hang up", "queued", "access_point_away"),
    ],
)
def test_what_was_not_taken_is_refused_or_tried_again(
    organization: Organization, point: AccessPointSimulator, fault: str, state: str, code: str
) -> None:
    point.faults = [fault]

    delivery = _send(organization)

    assert (delivery.state, delivery.reason_code) == (state, code)
    assert point.documents == {}
    if state == "queued":
        assert _try_again(organization, delivery).state == "sent"
        assert list(point.documents) == [delivery.message_id]


@pytest.mark.parametrize("fault", ["error after", "nonsense", "drop", "too long", "delay", "tries again"])
def test_what_was_taken_is_never_handed_over_again(
    organization: Organization, point: AccessPointSimulator, fault: str
) -> None:
    point.faults = [fault]

    delivery = _send(organization)

    assert delivery.state == "sent"
    assert point.questions == 1
    _try_again(organization, delivery)
    assert point.submissions == 1
    assert list(point.documents) == [delivery.message_id]


def test_a_record_of_something_else_under_our_id_is_not_taken_for_ours(
    organization: Organization, point: AccessPointSimulator
) -> None:
    point.faults = ["another's"]

    delivery = _send(organization)
    point.states[delivery.message_id] = {"status": "sent"}
    ask_access_points()

    told = _now(organization, delivery)
    assert (told.state, told.reason_code) == ("unknown", "altered_on_the_way")


def test_what_nobody_can_tell_waits_for_a_person_until_the_access_point_speaks(
    organization: Organization, point: AccessPointSimulator
) -> None:
    point.faults, point.is_status_away = ["drop"], True

    delivery = _send(organization)

    assert (delivery.state, delivery.reason_code) == ("unknown", "no_answer")
    assert _try_again(organization, delivery).state == "unknown"
    with builders.in_organization(organization):
        stuck = sendings.stuck_deliveries(organization, timezone.now())
        assert [one.pk for one in stuck] == [delivery.pk]
    point.is_status_away = False
    point.states[delivery.message_id] = {"status": "sent"}
    ask_access_points()
    assert _now(organization, delivery).state == "delivered"
    assert point.submissions == 1


def test_what_was_never_taken_is_said_to_have_failed_once_that_is_sure(
    organization: Organization, point: AccessPointSimulator
) -> None:
    point.faults, point.is_status_away = ["hang up"], True
    delivery = _send(organization)
    point.is_status_away = False

    ask_access_points()
    assert _now(organization, delivery).state == "unknown"
    with builders.in_organization(organization):
        Delivery.objects.of(organization).update(state_since=timezone.now() - timedelta(hours=2))
    ask_access_points()

    told = _now(organization, delivery)
    assert (told.state, told.reason_code) == ("failed", "never_heard_of")


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_worker_killed_before_its_mark_leaves_one_document(
    organization: Organization, point: AccessPointSimulator, *, is_taken: bool
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with organization_context(organization.pk):
        act = dispatch.dispatch_document(
            organization, invoice.pk, Sending("first", "first", (TO,)), actor=Actor.system(), now=timezone.now()
        )
        [delivery] = sendings.deliveries_of_dispatch(organization, act)
        render_documents(organization, invoice.pk, actor=Actor.system())
        parcel = deliveries.begin_delivery(organization, delivery.pk, now=timezone.now())
        assert parcel is not None

        def about_to() -> None:
            deliveries.mark_handing_over(organization, delivery.pk, now=timezone.now())

        # What a worker does up to the moment in which it is killed: the outcome is never written down.
        if is_taken:
            network.hand_over(parcel, about_to)
        else:
            about_to()

    builders.run_background()

    told = _now(organization, delivery)
    assert (told.state, told.attempts) == ("sent", 2)
    assert list(point.documents) == [delivery.message_id]
    assert (point.submissions, point.questions) == (1, 1)


def test_a_killed_worker_whose_access_point_is_silent_sends_nothing_again(
    organization: Organization, point: AccessPointSimulator
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with builders.in_organization(organization):
        act = dispatch.dispatch_document(
            organization, invoice.pk, Sending("first", "first", (TO,)), actor=Actor.system(), now=timezone.now()
        )
        [delivery] = sendings.deliveries_of_dispatch(organization, act)
        deliveries.begin_delivery(organization, delivery.pk, now=timezone.now())
        deliveries.mark_handing_over(organization, delivery.pk, now=timezone.now())
    point.is_status_away = True

    builders.run_background()

    told = _now(organization, delivery)
    assert (told.state, told.reason_code) == ("unknown", "status_unknown")
    assert point.submissions == 0


def test_an_access_point_that_is_not_there_is_tried_again(organization: Organization) -> None:
    _use(organization, "phoss", "http://127.0.0.1:9", TOKEN)

    delivery = _send(organization, chain=(EMAIL,))

    assert (delivery.state, delivery.reason_code) == ("queued", "access_point_away")
    with builders.in_organization(organization):
        assert not Delivery.objects.of(organization).filter(channel="email").exists()


def test_a_certificate_that_nobody_vouches_for_gets_nothing(
    organization: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = mail_server.write_certificate(tmp_path)
    simulator = AccessPointSimulator()
    with serving(simulator.answer, certificate) as address:
        _use(organization, "phoss", address, TOKEN)
        door._trust.cache_clear()
        delivery = _send(organization)
        assert (delivery.state, delivery.reason_code) == ("queued", "access_point_away")
        assert simulator.submissions == 0

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        door._trust.cache_clear()
        assert _try_again(organization, delivery).state == "sent"
    door._trust.cache_clear()
    assert list(simulator.documents) == [delivery.message_id]


def test_nothing_is_sent_to_a_customer_as_a_test(organization: Organization, point: AccessPointSimulator) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with builders.in_organization(organization):
        sending = Sending("test", "test:1", (TO,))
        dispatch.dispatch_document(organization, invoice.pk, sending, actor=Actor.system(), now=timezone.now())
    builders.run_background()

    with builders.in_organization(organization):
        [delivery] = Delivery.objects.of(organization)
    assert (delivery.state, delivery.reason_code) == ("failed", "no_test_by_ehf")
    assert point.submissions == 0


def test_an_access_point_that_refuses_us_is_left_alone_and_told_of_once(
    organization: Organization, point: AccessPointSimulator, owner: Any
) -> None:
    with builders.in_organization(organization):
        sealed = seal("an old token", organization_id=organization.pk, column=AccessPoint.TOKEN_COLUMN)
        AccessPoint.objects.of(organization).update(token_sealed=sealed)

    first, second = _send(organization), _send(organization)

    assert (first.state, first.reason_code) == ("failed", "access_refused")
    assert (second.state, second.reason_code) == ("queued", "access_point_paused")
    with builders.in_organization(organization):
        assert Notice.objects.of(organization).filter(kind="access_point.paused", user=owner).count() == 1
        assert AuditEntry.objects.of(organization).filter(verb="access_point.paused").count() == 1
        row = AccessPoint.objects.of(organization).get()
        way = Way(row.kind, row.address, token=TOKEN)
        access_points.update_access_point(organization, way, version=row.version, actor=Actor.person(owner))
    builders.run_background()
    assert _now(organization, second).state == "sent"


@pytest.mark.parametrize(
    "address",
    [
        "https://10.0.0.1",
        "https://192.168.1.4/ap",
        "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]",
        "http://203.0.113.9",
        "ftp://example.com",
        "https://user:word@example.com",
        "https://nobody.invalid",
    ],
)
def test_an_address_that_must_not_be_spoken_to_is_not(address: str) -> None:
    assert door.refuse_address(address)


def test_a_name_with_several_addresses_is_tried_by_each() -> None:
    simulator = AccessPointSimulator()
    with serving(simulator.answer) as address:
        port = address.rpartition(":")[2]
        # The name of this machine has an address of IPv6 too on most, at which nobody listens here.
        reply = door.ask(door.Call("GET", f"http://localhost:{port}/nothing"))

    assert reply.status == 401
    assert (
        str(httpx2.URL("https://ap.example.com:8443/a").copy_with(host="2001:db8::1")) == "https://[2001:db8::1]:8443/a"
    )


def test_in_production_not_even_this_machine_is_spoken_to(settings: Any) -> None:
    assert not door.refuse_address("http://127.0.0.1:8080")
    settings.IS_PRODUCTION = True
    assert door.refuse_address("http://127.0.0.1:8080")
    assert door.refuse_address("https://127.0.0.1:8080")


@needs_rules
def test_a_document_that_breaks_a_rule_of_today_does_not_leave(
    organization: Organization, point: AccessPointSimulator, settings: Any, tmp_path: Path
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with organization_context(organization.pk):
        render_documents(organization, invoice.pk, actor=Actor.system())
    settings.EHF_RULES_DIR = str(_stricter_rules(tmp_path / "rules"))
    with builders.in_organization(organization):
        dispatch.dispatch_document(
            organization, invoice.pk, Sending("first", "first", (TO,)), actor=Actor.system(), now=timezone.now()
        )

    builders.run_background()

    with builders.in_organization(organization):
        [delivery] = Delivery.objects.of(organization)
    assert (delivery.state, delivery.reason_code) == ("failed", "rules_are_broken")
    assert delivery.reason.startswith("PEPPOL-EN16931-R001: ")
    assert point.submissions == 0


def _stricter_rules(folder: Path) -> Path:
    """The rules in force, of which one has become stricter since the document was made."""
    for part in ("sch", "xsd"):
        shutil.copytree(RULES / part, folder / part)
    file = folder / "sch" / "PEPPOL-EN16931-UBL.sch"
    file.chmod(0o644)
    rule = re.compile(r'(<assert id="PEPPOL-EN16931-R001"[^>]*?test=")[^"]*"')
    text, count = rule.subn(r'\1false()"', file.read_text(encoding="utf-8"))
    assert count == 1
    file.write_text(text, encoding="utf-8")
    return folder


def test_a_document_goes_to_no_other_address_than_its_own(
    organization: Organization, point: AccessPointSimulator
) -> None:
    delivery = _send(organization, Recipient("ehf", "0192:999888777"))

    assert (delivery.state, delivery.reason_code) == ("failed", "another_address")
    assert point.submissions == 0


def test_a_hosted_access_point_gets_it_unchanged(organization: Organization, hosted: HostedSimulator) -> None:
    delivery = _send(organization)

    assert (delivery.state, delivery.external_id) == ("sent", "doc_1")
    [told] = hosted.requests
    assert told["recipient"] == delivery.recipient
    assert check_ehf(told["document"].encode(), today=builders.TODAY).fatal == ()


@pytest.mark.parametrize(
    ("fault", "alters", "state", "code"),
    [
        ("", True, "unknown", "altered_on_the_way"),
        ("refuse", False, "rejected", "refused_by_access_point"),
        ("drop", False, "unknown", "no_answer"),
        ("error", False, "unknown", "no_answer"),
        ("again", False, "sent", "access_point_has_it"),
    ],
)
def test_a_hosted_access_point_that_does_otherwise_is_seen(
    organization: Organization, hosted: HostedSimulator, *, fault: str, alters: bool, state: str, code: str
) -> None:
    hosted.faults, hosted.alters = [fault], alters

    delivery = _send(organization)

    assert (delivery.state, delivery.reason_code) == (state, code)
    _try_again(organization, delivery)
    assert len(hosted.requests) == 1


def test_without_an_access_point_a_partner_fetches_it_and_says_what_became_of_it(organization: Organization) -> None:
    delivery = _send(organization)
    folder = Path(django_settings.DATA_DIR) / "peppol-out" / str(organization.pk)
    [file] = folder.glob("*.xml")
    status = folder / f"{delivery.message_id}.status.json"

    assert file.stem == delivery.message_id
    assert (delivery.state, delivery.reason_code) == ("sent", "put_down")
    for nonsense in ("", "[]", '{"state": "flown"}', "x" * 70_000):
        status.write_text(nonsense)
        ask_access_points()
        assert _now(organization, delivery).state == "sent"
    status.write_text(json.dumps({"state": "rejected", "reason": "BR-CO-15", "id": "m-1"}))
    ask_access_points()
    told = _now(organization, delivery)
    assert (told.state, told.reason, told.external_id) == ("rejected", "BR-CO-15", "m-1")
    with builders.in_organization(organization):
        assert not Participant.objects.of(organization).exists()  # no zone is named, so nobody is asked


def test_a_credit_note_travels_as_one(organization: Organization, point: AccessPointSimulator) -> None:
    invoice: Invoice = builders.make_finalized_invoice(organization)
    note = builders.make_credit_note_draft(organization, invoice)
    [note] = builders.finalize_drafts(organization, [note.pk])
    with builders.in_organization(organization):
        dispatch.dispatch_document(
            organization, note.pk, Sending("first", "first", (TO,)), actor=Actor.system(), now=timezone.now()
        )
    builders.run_background()

    [envelope] = point.envelopes.values()
    assert "CreditNote-2::CreditNote##" in envelope[2]
