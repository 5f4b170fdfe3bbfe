"""A company in which there is one of everything that an address can name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from customers.models import Contact
from foundation import files
from invoicing.models import Invoice
from payments.models import Account, ExchangeRate
from tenants import jobs, notices
from tenants.actions import invite_member, renew_invitation_secret
from tenants.audit import Actor
from tenants.models import BankAccount, Job, Membership, Notice, Organization
from tests import builders
from tests.accounting_sync.connection_rows import connection_things
from tests.accounting_sync.export_rows import export_things
from tests.api.machine_rows import machine_things
from tests.billing_backlog.advance_rows import advance_things
from tests.billing_backlog.automation_rows import automation_things
from tests.billing_backlog.booking_rows import booking_things
from tests.billing_backlog.import_rows import import_things
from tests.billing_backlog.list_rows import backlog_things
from tests.billing_backlog.proforma_rows import proforma_things
from tests.billing_backlog.project_rows import project_things
from tests.billing_backlog.quote_rows import quote_things
from tests.billing_backlog.run_rows import run_things
from tests.billing_backlog.subscription_rows import subscription_things
from tests.billing_backlog.visit_rows import visit_things
from tests.billing_backlog.work_rows import work_things
from tests.config.moves import move_things
from tests.invoicing import deliveries
from tests.invoicing.papers_world import lost, receipt_of
from tests.payments import by_hand
from tests.payments.bank_rows import bank_things
from tests.payments.online_rows import online_things
from tests.reminders.collection_world import collection_things
from tests.reminders.desk_rows import desk_things
from tests.reminders.plan_rows import plan_things


def fill(organization: Organization) -> dict[str, Any]:
    """Make one of everything and return a value for each place in an address."""
    customer = builders.make_customer(organization)
    product = builders.make_product(organization)
    draft = builders.make_draft(organization, customer)
    invoice = builders.make_finalized_invoice(organization, customer)
    note = builders.make_credit_note_draft(organization, invoice)
    correction = builders.make_correction(organization, builders.make_finalized_invoice(organization, customer))
    with builders.in_organization(organization):
        contact = Contact.objects.create(organization=organization, customer=customer, name="Siri Prøve")
        ExchangeRate.objects.create(
            organization=organization,
            currency="EUR",
            day=builders.TODAY - timedelta(days=1),
            rate=Decimal("11.7455"),
            source="Norges Bank",
        )
        stored = Invoice.objects.of(organization).get(pk=invoice.pk)
        membership = Membership.objects.of(organization).order_by("id").first()
        account = BankAccount.objects.of(organization).order_by("id").first()
        ledger_account = Account.objects.of(organization).order_by("number")[0]
    assert membership is not None
    assert account is not None
    deliveries.bounced(organization, name="Uten Postkasse AS")
    deliveries.sent(organization, deliveries.finalized(organization, name="Får Brev AS"), channel="paper")
    invitation_id, secret = _invite(organization, membership)
    job, notice = _start_job(organization, membership, draft)
    enquiry = builders.make_enquiry(organization, stored)
    assert stored.receivable_id is not None
    online = online_things(organization, stored.receivable_id)
    bank = bank_things(organization)
    money = by_hand.money_of_every_kind(organization, customer)
    automation_things(organization)
    return {
        "organization": organization.slug,
        "organization_id": organization.pk,
        "customer_id": customer.pk,
        "product_id": product.pk,
        "contact_id": contact.pk,
        "invoice_id": invoice.pk,
        "document_id": invoice.pk,
        "draft_id": draft.pk,
        "attachment_id": builders.make_attachment(organization, draft).pk,
        "credit_note_id": note.pk,
        "correction_id": correction.pk,
        "voucher_id": stored.voucher_id,
        **{f"{thing}_id": key for thing, key in money.items()},
        "paper_id": lost(organization, receipt_of(organization, money["payment"])).pk,
        "file_id": bank["bank_file"],
        "line_id": bank["bank_line"],
        "upload": bank["csv_upload"],
        "refund_file_id": bank["refund_file"],
        "direct_debit_file_id": bank["direct_debit_file"],
        "membership_id": membership.pk,
        "account_id": account.pk,
        "series_id": stored.series_id,
        "ledger_account_id": ledger_account.pk,
        "sender_id": builders.make_sender(organization).pk,
        "mail_id": builders.make_caught_mail(organization, stored).pk,
        "batch_id": builders.make_print_batch(organization).pk,
        "change_id": builders.make_bank_change(organization).pk,
        "invitation_id": invitation_id,
        "property_id": builders.make_property(organization).pk,
        "view_id": builders.make_view(organization, membership.user).pk,
        "job_id": job.pk,
        "entry_id": (work := work_things(organization))["work_entry"],
        "deputy_id": work["deputy"],
        "project_id": (projects := project_things(organization))["project"],
        "run_id": (billing_runs := run_things(organization))["generated_run"],
        "facility_id": billing_runs["facility"],
        "run_file_id": billing_runs["run_file"],
        "target_id": billing_runs["target"],
        "string_id": billing_runs["posting_string"],
        "booking_id": (booked := booking_things(organization))["booking"],
        "price_list_id": booked["price_list"],
        "target_group_id": booked["target_group"],
        "contract_id": projects["contract"],
        "contract_line_id": projects["fixed_price"],
        "request_id": projects["limit_request"],
        "item_id": (listed := backlog_things(organization))["backlog_item"],
        "invoice_line_id": listed["backlog_line"],
        "write_off_id": listed["write_off"],
        "case_id": (collected := collection_things(organization, stored.receivable_id))["collection_case"],
        "case_file_id": collected["case_file"],
        "agency_id": collected["agency"],
        "status_file_id": collected["status_file"],
        "evidence_id": collected["loss_evidence"],
        "letter_id": (reminded := desk_things(organization))["reminder_letter"],
        "reminder_id": reminded["removed_reminder"],
        "export_id": export_things(organization)["export"],
        "connection_id": (connected := connection_things(organization))["connection"],
        "mapping_id": connected["mapping_exception"],
        "sync_item_id": connected["sync_item"],
        "reconciliation_id": connected["reconciliation"],
        "stray_id": connected["stray"],
        "customer_change_id": connected["customer_change"],
        "customer_link_id": connected["customer_link"],
        "proposal_id": connected["proposal"],
        "plan_id": (planned := plan_things(organization))["reminder_plan"],
        "level_id": planned["reminder_level"],
        "position": reminded["reminded_step"],
        "proforma_id": (proformas := proforma_things(organization))["proforma"],
        "import_id": import_things(organization)["work_import"],
        "visit_id": visit_things(organization)["visit"],
        "advance_id": advance_things(organization)["advance"],
        "subscription_id": subscription_things(organization)["paused_subscription"],
        "quote_id": (offers := quote_things(organization))["quote"],
        "order_id": offers["order"],
        "schedule_run_id": proformas["schedule_run"],
        "asked": (moves := move_things(organization))["move_in_asked"],
        "move_id": moves["move_rehearsal"],
        "token_id": (machines := machine_things(organization))["api_token"],
        "endpoint_id": machines["webhook"],
        "delivery_id": machines["webhook_delivery"],
        "sha256": files.store(str(organization.pk), f"number;name\n;{organization.pk}\n".encode()),
        "notice_id": notice.pk,
        "enquiry_id": enquiry.pk,
        "method_id": online["saved_method"],
        "attempt_id": online["attempt"],
        "provider": "stripe",
        "link_id": enquiry.link_id,
        "token": builders.make_link(organization, stored).rsplit("/", 2)[1],
        "place": 0,
        "secret": secret,
        "key": "no-such-key",
        "uidb36": "0",
        "pk": 1,
        "session_id": 1,
    }


def _start_job(organization: Organization, membership: Membership, draft: Invoice) -> tuple[Job, Notice]:
    """A job that waits for a worker, and a notice of it."""
    with builders.in_organization(organization):
        actor = Actor.person(membership.user)
        job = jobs.start(
            organization, "invoicing.finalize_many", actor=actor, parameters={}, items=[(draft.pk, "Utkast")]
        )
        news = notices.News(membership.user_id, "job.finished", {"task": job.kind}, f"jobs/{job.pk}/", f"job:{job.pk}")
        notices.tell(organization.pk, [news])
        return job, notices.list_notices(organization, membership.user).get()


def _invite(organization: Organization, membership: Membership) -> tuple[Any, str]:
    """An open invitation and the secret of its link."""
    with builders.in_organization(organization):
        invitation = invite_member(
            organization,
            email=f"invited@{organization.slug}.example",
            role="accountant",
            inviter=membership.user,
            actor=builders.actor_of(organization),
            now=datetime.now(UTC),
        )
        renewed = renew_invitation_secret(organization.pk, invitation.pk)
    assert renewed is not None
    return invitation.pk, renewed[1]
