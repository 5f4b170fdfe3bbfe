"""Making receipts and statements, once for the same words, and sending them by e-mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import queries as customers
from customers.channels import Channel
from customers.models import Customer
from foundation import files
from foundation.errors import DomainError
from foundation.ids import uuid7
from foundation.transactions import read_only
from invoicing.actions.dispatch import NobodyToSendTo, Subject, own_copy, write_dispatch
from invoicing.dispatching import queries as sendings
from invoicing.dispatching.plain import Letter, Recipient, Sending
from invoicing.models import DEMANDS, CustomerPaper, Dispatch, DispatchKind, DocumentFile, FileKind, PaperKind
from invoicing.models.papers import hash_of_words
from invoicing.papers import demand_queries as demands
from invoicing.papers import queries as papers
from invoicing.papers.facts import Receipt, Statement
from invoicing.papers.letter import Post, Said, said_by
from invoicing.papers.pdf import paper_versions, render_paper
from invoicing.papers.reading import read_receipt, read_statement
from payments import payment_queries
from tenants import audit, jobs, outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.models import Job, JobState, Organization, Role

SEND_STATEMENTS = "invoicing.send_statements"
RENDER = "invoicing.render_paper"
KEY_LENGTH_MAX = 60


class DayIsToCome(DomainError):
    """A statement tells what was, not what will be."""


class PeriodIsBackwards(DomainError):
    """A period begins before it ends."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one statement of many."""

    state: JobState
    reason: str = ""


@transaction.atomic
def make_receipt(organization: Organization, payment_id: UUID, *, actor: Actor, now: datetime) -> CustomerPaper:
    """The receipt of a payment as it stands; the one that says the same already, where there is one."""
    payment = payment_queries.get_payment(organization, payment_id)
    receipt = read_receipt(organization, payment)
    assert payment.customer_id is not None
    about: dict[str, Any] = {"customer_id": payment.customer_id, "payment_id": payment.pk, "day": receipt.day}
    return _keep(organization, PaperKind.RECEIPT, receipt, about, actor=actor, now=now)


@transaction.atomic
def make_statement(
    organization: Organization, customer_id: UUID, days: tuple[date | None, date], *, actor: Actor, now: datetime
) -> CustomerPaper:
    """A customer's account from the first day (None: only what stands open) through the last."""
    customer = customers.get_customer(organization, customer_id)
    first, last = days
    statement = read_statement(organization, customer, day=last, first=first)
    about: dict[str, Any] = {"customer_id": customer.pk, "day": last}
    return _keep(organization, PaperKind.STATEMENT, statement, about, actor=actor, now=now)


def check_days(first: date | None, last: date, *, today: date) -> None:
    """Refuse days that no statement can be made of."""
    if last > today:
        raise DayIsToCome(_("Choose today or an earlier day."), field="day")
    if first is not None and first > last:
        raise PeriodIsBackwards(_("The first day must not be after the last."), field="first")


def _keep(
    organization: Organization,
    kind: PaperKind,
    said: Receipt | Statement,
    about: dict[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> CustomerPaper:
    snapshot = said.to_json()
    sha256 = hash_of_words(snapshot)
    customers.lock_customer(organization, about["customer_id"])
    earlier = papers.paper_with_words(organization, kind, about["customer_id"], sha256)
    if earlier is not None:
        return earlier
    paper = CustomerPaper.objects.create(
        organization=organization,
        kind=kind,
        language=said.language,
        snapshot=snapshot,
        snapshot_sha256=sha256,
        made_by=actor.name[:120],
        made_at=now,
        **about,
    )
    audit.record(actor, "paper.made", paper, customer=paper.customer.name)
    outbox.put_each(organization.pk, [outbox.Effect(RENDER, paper.pk, f"paper:{paper.pk}", {}, leaves_house=False)])
    return paper


def render_paper_file(organization: Organization, paper_id: UUID, *, actor: Actor) -> DocumentFile:
    """Make and keep the PDF of a paper; where it stands already it is left as it is."""
    with read_only():
        paper = papers.get_paper(organization, paper_id)
        made = papers.file_of(organization, paper_id)
    if made is not None:
        return made
    space = str(organization.pk)
    content = pdf_of(organization, said_by(paper), moment=paper.made_at)
    return _keep_file(organization, paper, files.store(space, content), len(content), actor=actor)


def pdf_of(organization: Organization, said: Said, *, moment: datetime) -> bytes:
    """The PDF of what a paper says, or would say; stored nowhere."""
    logo_sha256 = said.seller.logo_sha256
    logo = files.load(str(organization.pk), logo_sha256) if logo_sha256 else None
    return render_paper(said, moment=moment, logo=logo)


@transaction.atomic
def _keep_file(
    organization: Organization, paper: CustomerPaper, sha256: str, size: int, *, actor: Actor
) -> DocumentFile:
    row = DocumentFile(
        id=uuid7(),
        organization=organization,
        subject_kind=paper.kind,
        subject_id=paper.pk,
        kind=FileKind.PDF,
        sha256=sha256,
        size_bytes=size,
        versions=paper_versions(),
        made_at=timezone.now(),
    )
    row.row_hash = row.content_hash()
    DocumentFile.objects.bulk_create([row], ignore_conflicts=True)
    audit.record(actor, "documents.made", paper, pdf=sha256)
    stored = papers.file_of(organization, paper.pk)
    assert stored is not None
    return stored


@transaction.atomic
def send_paper(organization: Organization, paper_id: UUID, post: Post, *, actor: Actor, now: datetime) -> Dispatch:
    """Send a paper by e-mail; under one key it is sent once, and workers hand it over after the commit."""
    paper = papers.get_paper(organization, paper_id)
    customers.lock_customer(organization, paper.customer_id)
    earlier = sendings.dispatch_under_key(organization, paper.pk, post.key)
    if earlier is not None:
        return earlier
    if not post.to.strip():
        raise NobodyToSendTo(_("Enter the e-mail address that it is sent to."), field="to")
    recipient = Recipient(Channel.EMAIL.value, post.to.strip(), paper.customer.name)
    copies = own_copy(organization, [recipient], DispatchKind.FIRST)
    return _dispatch(organization, paper, post, [recipient], copies, actor=actor, now=now)


@transaction.atomic
def send_receipt_to_both(organization: Organization, payment_id: UUID, *, actor: Actor, now: datetime) -> Dispatch:
    """The receipt of money that came online: to who paid, and to the company itself."""
    paper = make_receipt(organization, payment_id, actor=actor, now=now)
    earlier = sendings.dispatch_under_key(organization, paper.pk, papers.ONLINE_KEY)
    if earlier is not None:
        return earlier
    email = Channel.EMAIL.value
    ours = company_address(organization)
    to = [Recipient(email, paper.customer.email, paper.customer.name)] if paper.customer.email else []
    copies = [Recipient(email, ours, organization.name, is_copy=bool(to))] if ours else []
    if to and to[0].address.casefold() == ours.casefold():
        copies = []
    post = Post(to="", key=papers.ONLINE_KEY)
    return _dispatch(organization, paper, post, to or copies, copies if to else [], actor=actor, now=now)


def company_address(organization: Organization) -> str:
    """Where the company itself gets receipts: its own copies' address, its own, else its owner's."""
    rules = sendings.settings_of(organization)
    if rules.copy_to or organization.email:
        return rules.copy_to or organization.email
    owners = [row.user.email for row in tenants.list_memberships(organization) if row.role == Role.OWNER]
    return owners[0] if owners else ""


def _dispatch(
    organization: Organization,
    paper: CustomerPaper,
    post: Post,
    recipients: Sequence[Recipient],
    copies: Sequence[Recipient],
    *,
    actor: Actor,
    now: datetime,
) -> Dispatch:
    letter = Letter(subject=post.subject, body=post.body)
    # A demand that is sent once more by hand still stands on the claims that it names.
    claims = demands.claims_of_paper(organization, paper.pk) if paper.kind in DEMANDS else ()
    sending = Sending(DispatchKind.FIRST.value, post.key, tuple(recipients), letter=letter, stands_on=claims)
    subject = Subject(paper.kind, paper.pk, paper.language)
    dispatch, deliveries = write_dispatch(organization, subject, sending, copies, actor=actor, now=now)
    audit.record(actor, "paper.sent", paper, customer=paper.customer.name, count=len(deliveries))
    return dispatch


@transaction.atomic
def start_sending_statements(
    organization: Organization, customer_ids: Sequence[UUID], *, day: date, actor: Actor, key: str
) -> Job:
    """Begin the job that sends statements as of a day to these customers; under one key it is begun once."""
    names = dict(Customer.objects.of(organization).filter(pk__in=list(customer_ids)).values_list("pk", "name"))
    items = [(pk, names[pk]) for pk in customer_ids if pk in names]
    parameters = {"day": day.isoformat()}
    return jobs.start(organization, SEND_STATEMENTS, actor=actor, parameters=parameters, items=items, key=key)


def send_statement(
    organization: Organization, customer_id: UUID, *, day: date, key: str, actor: Actor, now: datetime, to: str = ""
) -> Sent:
    """Send one statement of many, in a transaction of its own; a refusal is its result."""
    try:
        with transaction.atomic():
            paper = make_statement(organization, customer_id, (None, day), actor=actor, now=now)
            post = Post(to=to or paper.customer.email, key=key[:KEY_LENGTH_MAX])
            send_paper(organization, paper.pk, post, actor=actor, now=now)
    except DomainError as refusal:
        return Sent(JobState.FAILED, str(refusal))
    return Sent(JobState.COMPLETE)
