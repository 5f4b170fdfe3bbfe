"""One row of everything that the desk keeps beside documents, for tests that try every table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from customers.models import CustomProperty, PropertySubject
from invoicing.models import (
    AccessPoint,
    ApprovalVerdict,
    Attachment,
    Correction,
    CustomerPaper,
    Delivery,
    DeliveryEvent,
    DeliverySettings,
    Dispatch,
    DocumentText,
    DraftApproval,
    DraftVersion,
    EditingSpell,
    Enquiry,
    Invoice,
    LayoutDefaults,
    MailServer,
    Participant,
    PrintBatch,
    PublicLink,
    ReceivedMessage,
    SavedView,
    Sender,
    TextPlace,
)
from invoicing.models.papers import hash_of_words
from payments.models import CustomerHold, Hold, Instalment, Payment
from tenants.models import (
    BankAccount,
    BankAccountChange,
    Job,
    JobItem,
    Membership,
    Notice,
    Organization,
    Routine,
    RoutineStep,
)
from tests.accounting_sync.connection_rows import keep_connection
from tests.accounting_sync.export_rows import keep_export
from tests.api.machine_rows import machine_things
from tests.backlog_rows import keep_backlog
from tests.money_rows import keep_money
from tests.payments.bank_rows import keep_bank_rows
from tests.payments.online_rows import keep_online_rows
from tests.reminders.collection_world import keep_collection
from tests.reminders.kept_rows import keep_reminders

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def keep_one_of_each(organization: Organization, *, draft: Invoice, note: Invoice, original: Invoice) -> None:
    """Write the rows inside the open organization: the draft stands as the replacement of the original."""
    membership = Membership.objects.of(organization).select_related("user").order_by("id").first()
    account = BankAccount.objects.of(organization).order_by("id").first()
    assert membership is not None
    assert account is not None
    user = membership.user
    here = {"organization": organization}
    job = Job.objects.create(**here, kind="invoicing.finalize_many", started_by=user, total=1)
    JobItem.objects.create(**here, job=job, position=1, subject_id=draft.pk, label="Utkast")
    Notice.objects.create(**here, user=user, kind="job.finished", key=f"job:{job.pk}")
    Routine.objects.create(**here, step=RoutineStep.DRAFT, version=1, text="Slik gjør vi det.", written_by=str(user))
    BankAccountChange.objects.create(
        **here, account=account, requested_by=user, takes_effect_at=NOW + timedelta(days=1)
    )
    CustomProperty.objects.create(**here, subject=PropertySubject.INVOICE, name="Prosjektleder")
    EditingSpell.objects.create(**here, invoice=draft, actor_id=user.pk, actor_name=str(user))
    DraftVersion.objects.create(**here, invoice_id=draft.pk, version=2, actor_name=str(user))
    DraftApproval.objects.create(
        **here, invoice=draft, version=draft.version, verdict=ApprovalVerdict.REQUESTED, user=user, actor_name=str(user)
    )
    Correction.objects.create(
        **here, original=original, credit_note=note, replacement=draft, reason="Feil pris", started_by=str(user)
    )
    Attachment.objects.create(
        **here,
        invoice=draft,
        position=1,
        name="timeliste.pdf",
        content_type="application/pdf",
        sha256=EMPTY_SHA256,
        size_bytes=0,
        added_by=str(user),
    )
    SavedView.objects.create(**here, owner=user, name="Mine")
    DocumentText.objects.create(**here, place=TextPlace.INVOICE_NOTE, language="nb", text="Takk.")
    LayoutDefaults.objects.create(**here, customer=draft.customer, group_by="person")
    _keep_sending(organization, original)
    assert original.receivable_id is not None
    keep_money(organization, account, original.receivable_id)
    keep_bank_rows(organization, account)
    keep_online_rows(organization, original.receivable_id)
    machine_things(organization)
    keep_backlog(organization, original.customer, draft, user)
    keep_collection(organization, original.receivable_id, None)
    keep_export(organization)
    keep_connection(organization)
    CustomerPaper.objects.create(
        **here,
        kind="receipt",
        customer_id=original.customer_id,
        payment=Payment.objects.of(organization).order_by("id").first(),
        day=NOW.date(),
        language="nb",
        snapshot={},
        snapshot_sha256=hash_of_words({}),
        made_by="Kari Nordmann",
    )
    keep_reminders(organization, original.receivable_id, original.customer_id)


def _keep_sending(organization: Organization, invoice: Invoice) -> None:
    """How the organization sends, one document that was sent, and what its customer said of it."""
    here = {"organization": organization}
    DeliverySettings.objects.create(**here)
    Sender.objects.create(**here, name="Faktura", address="faktura@nordlys.example", is_default=True)
    MailServer.objects.create(**here, host="smtp.nordlys.example")
    AccessPoint.objects.create(**here)
    Participant.objects.create(
        **here, scheme="0192", identifier="999888777", answer="yes", valid_until=NOW + timedelta(days=1)
    )
    batch = PrintBatch.objects.create(**here, number=1, made_by="Kari Nordmann")
    dispatch = Dispatch.objects.create(**here, subject_id=invoice.pk, key="first", language="nb", made_by="Kari")
    delivery = Delivery.objects.create(
        **here,
        dispatch=dispatch,
        subject_id=invoice.pk,
        channel="paper",
        recipient="Storgata 1, 0155 Oslo",
        print_batch=batch,
    )
    DeliveryEvent.objects.create(**here, delivery=delivery, state="queued", source="system", key="made")
    ReceivedMessage.objects.create(
        **here, kind="dsn", external_id="<retur@post.example>", sha256=EMPTY_SHA256, delivery=delivery
    )
    link = PublicLink.objects.create(
        **here, token_sha256=EMPTY_SHA256, subject_id=invoice.pk, delivery=delivery, made_by="Kari Nordmann"
    )
    assert invoice.receivable_id is not None
    hold = Hold.objects.create(
        **here, receivable_id=invoice.receivable_id, kind="dispute", reason="Feil pris", made_by="Kunden"
    )
    Instalment.objects.create(**here, hold=hold, position=1, due_date="2027-01-15", amount=10)
    CustomerHold.objects.create(
        **here,
        customer=invoice.customer,
        kind="insolvency",
        reason="Åpnet konkurs",
        made_by="Kari Nordmann",
        released_at=NOW,
    )
    Enquiry.objects.create(**here, invoice=invoice, link=link, kind="dispute", text="Feil pris", key="one", hold=hold)
