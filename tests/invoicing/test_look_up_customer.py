"""Who receives EHF: three answers from the network, kept as long as they hold, and never a guess."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from peppol_py import smp as other_program

from foundation.errors import DomainError
from invoicing import queries as documents
from invoicing.actions import dispatch, participants, send
from invoicing.delivery.peppol import lookup
from invoicing.dispatching import queries as sendings
from invoicing.dispatching.envelopes import BILLING_TYPES, lookup_name
from invoicing.dispatching.plain import Finding, Recipient, Sending
from invoicing.documents.endpoints import Endpoint
from invoicing.models import Delivery, DeliverySettings, Participant
from invoicing.tasks.network import look_up_new_customers
from tenants import outbox
from tenants.audit import Actor
from tenants.models import JobState, Organization, OutboxRow
from tests import builders
from tests.invoicing.peppol_servers import ZONE, Registry, naming, serving

CUSTOMER = Endpoint("0192", builders.CUSTOMER_ORGANIZATION_NUMBER)
TO = Recipient("ehf", f"0192:{builders.CUSTOMER_ORGANIZATION_NUMBER}")
EMAIL = Recipient("email", "post@havglott.example")


@pytest.fixture
def registry(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """A network on this machine that knows nobody yet."""
    monkeypatch.setattr(lookup, "DNS_SECONDS", 0.5)
    known = Registry()
    with naming(known) as names, serving(known.answer) as address:
        known.server = address
        settings.PEPPOL_SML_ZONE, settings.PEPPOL_DNS_SERVER = ZONE, names
        yield known


def _answers(organization: Organization) -> list[str]:
    with builders.in_organization(organization):
        return list(Participant.objects.of(organization).values_list("answer", flat=True))


def test_the_name_is_that_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Resolver:
        def resolve(self, name: str, _kind: str) -> Any:
            asked.append(name)
            raise other_program.dns.resolver.NXDOMAIN

    monkeypatch.setattr(other_program.dns.resolver, "Resolver", Resolver)
    with pytest.raises(Exception, match="DNS query name"):
        other_program.get_smp_url_from_dns("0192:810000007", test_environment=False)

    assert asked == [lookup_name(Endpoint("0192", "810000007"), "participant.sml.prod.tech.peppol.org")]


def test_who_is_registered_with_our_documents_receives_them(registry: Registry) -> None:
    registry.register(CUSTOMER)

    answer = lookup.look_up(CUSTOMER, timezone.now())

    assert (answer.answer, answer.document_types) == ("yes", BILLING_TYPES)
    assert answer.provider.startswith("127.0.0.1")


def test_who_is_not_registered_does_not(registry: Registry) -> None:
    assert lookup.look_up(CUSTOMER, timezone.now()).answer == "no"
    assert registry.fetched == 0


def test_who_receives_other_documents_alone_does_not(registry: Registry) -> None:
    registry.register(CUSTOMER, ("urn:oasis:names:specification:ubl:schema:xsd:Order-2::Order##urn:x::2.1",))

    assert lookup.look_up(CUSTOMER, timezone.now()).answer == "no"


def test_metadata_that_lies_elsewhere_is_followed_one_step(registry: Registry) -> None:
    registry.register(CUSTOMER)
    registry.lie = "moved"

    assert lookup.look_up(CUSTOMER, timezone.now()).answer == "yes"


@pytest.mark.parametrize("lie", ["expired", "another process"])
def test_an_address_that_is_not_in_force_receives_nothing(registry: Registry, lie: str) -> None:
    registry.register(CUSTOMER)
    registry.lie = lie

    assert lookup.look_up(CUSTOMER, timezone.now()).answer == "no"


LIES = [
    "silent",
    "broken",
    "empty",
    "no server",
    "hangs up",
    "error",
    "nonsense",
    "entities",
    "elsewhere",
    "unknown there",
    "somebody else",
    "another kind",
]


@pytest.mark.parametrize("lie", LIES)
def test_silence_and_contradiction_are_no_answer(registry: Registry, lie: str) -> None:
    registry.register(CUSTOMER)
    registry.lie = lie

    answer = lookup.look_up(CUSTOMER, timezone.now())

    assert answer.answer == "unknown"
    assert answer.problem


@pytest.mark.parametrize("lie", ["silent", "somebody else"])
def test_a_network_that_does_not_answer_never_leads_to_an_email(
    organization: Organization, registry: Registry, lie: str
) -> None:
    registry.register(CUSTOMER)
    registry.lie = lie
    invoice = builders.make_finalized_invoice(organization)
    with builders.in_organization(organization):
        DeliverySettings.objects.create(organization=organization, leaves_ehf=True)
        sending = Sending("first", "first", (TO,), (EMAIL,))
        dispatch.dispatch_document(organization, invoice.pk, sending, actor=Actor.system(), now=timezone.now())

    builders.run_background()

    with builders.in_organization(organization):
        [delivery] = Delivery.objects.of(organization)
    assert (delivery.channel, delivery.state, delivery.reason_code) == ("ehf", "queued", "network_silent")


def test_a_clear_no_goes_on_by_the_next_channel(organization: Organization, registry: Registry) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with builders.in_organization(organization):
        sending = Sending("first", "first", (TO,), (EMAIL,))
        dispatch.dispatch_document(organization, invoice.pk, sending, actor=Actor.system(), now=timezone.now())

    builders.run_background()

    with builders.in_organization(organization):
        told = {one.channel: one for one in Delivery.objects.of(organization)}
    assert (told["ehf"].state, told["ehf"].reason_code) == ("failed", "not_in_network")
    assert told["email"].follows_id == told["ehf"].pk


def test_a_kind_of_document_that_is_not_received_is_not_sent(organization: Organization, registry: Registry) -> None:
    registry.register(CUSTOMER, BILLING_TYPES[:1])
    invoice = builders.make_finalized_invoice(organization)
    [note] = builders.finalize_drafts(organization, [builders.make_credit_note_draft(organization, invoice).pk])
    with builders.in_organization(organization):
        for document in (invoice, note):
            sending = Sending("first", "first", (TO,))
            dispatch.dispatch_document(organization, document.pk, sending, actor=Actor.system(), now=timezone.now())

    builders.run_background()

    with builders.in_organization(organization):
        told = {one.subject_id: one.reason_code for one in Delivery.objects.of(organization)}
    assert told == {invoice.pk: "put_down", note.pk: "kind_not_received"}


def test_who_can_receive_ehf_gets_it_without_being_asked_for(organization: Organization, registry: Registry) -> None:
    registry.register(CUSTOMER)
    customer = builders.make_customer(organization, wants_ehf=False)
    draft = builders.make_draft(organization, customer)
    [invoice] = builders.finalize_drafts(organization, [draft.pk])
    with builders.in_organization(organization):
        stored = documents.get_invoice(organization, invoice.pk)
        assert sendings.plan_for(organization, stored, now=timezone.now()).steps[0].channel == "email"
        _begin_first(organization, invoice.pk)

    builders.run_background()

    with builders.in_organization(organization):
        assert [one.channel for one in Delivery.objects.of(organization)] == ["ehf"]


@pytest.mark.parametrize("lie", ["", "silent", "broken"])
def test_who_received_ehf_once_gets_no_pdf_because_the_network_is_silent(
    organization: Organization, registry: Registry, lie: str
) -> None:
    registry.register(CUSTOMER)
    customer = builders.make_customer(organization, wants_ehf=False)
    look_up_new_customers()
    registry.lie = lie
    with builders.in_organization(organization):
        Participant.objects.of(organization).update(valid_until=timezone.now() - timedelta(days=40))
    [invoice] = builders.finalize_drafts(organization, [builders.make_draft(organization, customer).pk])
    with builders.in_organization(organization):
        _begin_first(organization, invoice.pk)

    builders.run_background()

    with builders.in_organization(organization):
        told = [(one.channel, one.state) for one in Delivery.objects.of(organization)]
    assert told == [("ehf", "queued" if lie else "sent")]


@pytest.mark.parametrize(
    ("lie", "is_old", "told"),
    [
        ("", True, [("ehf", "sent", "put_down")]),
        ("", False, [("ehf", "sent", "put_down")]),
        ("nobody", True, [("email", "sent", "caught")]),
        ("silent", True, [("ehf", "queued", "network_silent")]),
        ("somebody else", False, [("ehf", "queued", "network_silent")]),
    ],
)
def test_a_person_s_sending_asks_first_and_never_falls_back_in_silence(
    organization: Organization, registry: Registry, owner: Any, lie: str, told: list[Any], *, is_old: bool
) -> None:
    invoice = _unflagged(organization)
    if is_old:
        look_up_new_customers()
        with builders.in_organization(organization):
            assert Participant.objects.of(organization).filter(answer="no").update(valid_until=timezone.now()) == 1
    if lie != "nobody":
        registry.register(CUSTOMER)
        registry.lie = lie

    for _time in range(2):
        assert _press_send(organization, invoice, owner, key="one") is None
    builders.run_background()

    assert _told(organization) == told
    registry.registered.clear()
    registry.lie = ""
    with builders.in_organization(organization):
        Participant.objects.of(organization).update(valid_until=timezone.now())
        OutboxRow.objects.of(organization).filter(state="new").update(not_before=timezone.now() - timedelta(minutes=1))
    builders.run_background()

    if "network_silent" in told[0]:  # once it is clearly said that EHF is not received, the e-mail goes by itself
        assert _told(organization) == [("ehf", "failed", "not_in_network"), ("email", "sent", "caught")]
    else:
        assert _told(organization) == told


def test_ehf_that_a_person_chooses_is_looked_up_before_it_leaves(
    organization: Organization, registry: Registry, owner: Any
) -> None:
    first, second = _unflagged(organization), _unflagged(organization)
    look_up_new_customers()
    with pytest.raises(DomainError, match=r"\."):  # a no that holds is an answer
        _press_send(organization, first, owner, channel="ehf")
    with builders.in_organization(organization):
        Participant.objects.of(organization).update(valid_until=timezone.now())
    registry.register(CUSTOMER)

    assert _press_send(organization, first, owner, channel="ehf") is not None
    builders.run_background()
    registry.registered.clear()
    with builders.in_organization(organization):
        Participant.objects.of(organization).update(valid_until=timezone.now())
    _press_send(organization, second, owner, channel="ehf")
    builders.run_background()

    assert _told(organization) == [("ehf", "sent", "put_down"), ("ehf", "failed", "not_in_network")]


def _unflagged(organization: Organization) -> Any:
    """An invoice to a customer of whom nobody has said that EHF is wanted."""
    customer = builders.make_customer(organization, wants_ehf=False)
    return builders.make_finalized_invoice(organization, customer)


def _press_send(organization: Organization, invoice: Any, owner: Any, *, channel: str = "", key: str = "k") -> Any:
    with builders.in_organization(organization):
        return send.send_document(
            organization, invoice.pk, channel=channel, key=key, actor=Actor.person(owner), now=timezone.now()
        )


def _told(organization: Organization) -> list[tuple[str, str, str]]:
    with builders.in_organization(organization):
        rows = Delivery.objects.of(organization).order_by("made_at", "id")
        return [(row.channel, row.state, row.reason_code) for row in rows]


def _begin_first(organization: Organization, invoice_id: Any) -> None:
    payload = {"actor_kind": "system", "actor_id": None, "actor_name": "Bilag"}
    outbox.put_each(
        organization.pk, [outbox.Effect("invoicing.dispatch_first", invoice_id, f"first:{invoice_id}", payload)]
    )


def test_an_answer_is_asked_for_once_while_it_holds(organization: Organization, registry: Registry) -> None:
    registry.register(CUSTOMER)
    for _time in range(2):
        builders.make_customer(organization)
        look_up_new_customers()
    asked = registry.questions

    assert _answers(organization) == ["yes"]
    assert asked == 1


@pytest.mark.parametrize(("answer", "hours"), [("yes", 24), ("no", 1), ("unknown", 1 / 12)])
def test_an_answer_holds_as_long_as_its_kind(organization: Organization, answer: str, hours: float) -> None:
    now = timezone.now()
    with builders.in_organization(organization):
        for _time in range(2):
            row = participants.keep_answer(organization, CUSTOMER, Finding(answer, problem="x" * 900), now=now)

    assert row.valid_until - now == timedelta(hours=hours)
    assert _answers(organization) == [answer]


def test_all_customers_are_looked_up_in_a_job(organization: Organization, registry: Registry, owner: Any) -> None:
    registry.register(CUSTOMER)
    found = [
        builders.make_customer(organization),
        builders.make_customer(organization, organization_number="987654325"),
        builders.make_customer(organization, organization_number="", endpoint_id=""),
    ]
    with builders.in_organization(organization):
        jobs = [
            participants.look_up_customers(organization, found, actor=Actor.person(owner), key="one")
            for _time in range(2)
        ]
    builders.run_background()

    with builders.in_organization(organization):
        job = type(jobs[0]).objects.of(organization).get()
        words = [item.reason for item in job.items.order_by("position")]
    assert job.state == JobState.COMPLETE
    assert len(set(words)) == 3
    assert sorted(_answers(organization)) == ["no", "yes"]
