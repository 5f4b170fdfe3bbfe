"""What the page of a draft shows: the form as stored or as typed, its sums, its check, and where each finding leads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.crypto import salted_hmac
from django.utils.functional import SimpleLazyObject

from customers.models import Customer, CustomerKind
from foundation.ids import uuid7, uuid_of
from invoicing import queries
from invoicing.actions.drafts import refuse_finalized
from invoicing.drafting.choices import DraftChoices, draft_choices, get_customer
from invoicing.drafting.composition import Surroundings
from invoicing.drafting.preview import DraftSums, put_amounts, sums_as_typed, sums_of
from invoicing.drafting.surroundings import surroundings
from invoicing.forms.change_lines import LineChangeForm
from invoicing.forms.comparison import Difference
from invoicing.forms.drafts import DraftForm, TypedDraft, initial_of
from invoicing.forms.lines import LineEntry, blank_entry, entries_of, read_lines
from invoicing.forms.products import take_products
from invoicing.forms.windows import page_of_line, window_of, window_sent
from invoicing.history import trail_of
from invoicing.linked import links_of, made_from, origin_of
from invoicing.models import Correction, DraftCheck, Invoice, InvoiceKind, InvoiceLine, TextPlace
from invoicing.texts import texts_at
from invoicing.views.approval_context import may_delete_drafts, standing_context
from invoicing.views.attachments import attachments_context
from invoicing.views.beginnings import asked_query, contact_asked
from invoicing.views.edited_context import edited_context
from invoicing.views.layouts import layout_context
from invoicing.views.sending_choice import sends_when_finalized
from tenants.models import Organization
from tenants.permissions import OrganizationRequest, Permission

FIRST_ROWS = 3
# The fields that stand under the fold, which opens when one of them is refused.
FOLDED_HEAD = frozenset(
    {
        "period_from", "period_to", "accounting_date", "payment_terms_days", "order_reference", "contract_reference",
        "project_reference", "currency", "fixed_exchange_rate", "language", "prices_include_vat", "delivery_name",
        "delivery_street", "delivery_postal_code", "delivery_city", "delivery_country",
    }
)  # fmt: skip
NEW_DRAFT_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
LINE_OF_FINDING = re.compile(r"lines\.([0-9a-f-]+)(?:\.(\w+))?")


@dataclass(slots=True, kw_only=True)
class DraftPage:
    """A draft, stored or not yet, as it stands on the screen."""

    customer: Customer
    choices: DraftChoices
    invoice: Invoice | None = None
    lines: list[InvoiceLine] = field(default_factory=list)
    typed: TypedDraft
    sums: DraftSums
    check: DraftCheck | None = None
    differences: Sequence[Difference] = ()
    changed_by: str = ""
    new_key: str = ""  # of the form of a draft that was not stored when the form was asked for
    change_form: LineChangeForm | None = None  # for many lines at once, as it was sent

    def context(self, request: OrganizationRequest) -> dict[str, Any]:
        """Everything that the form and its parts show."""
        findings = [] if self.check is None else list(self.findings(request.organization))
        return {
            "draft": self.invoice,
            "customer": self.customer,
            "form": self.typed.form,
            "entries": self.typed.entries,
            "window": self.typed.window,
            "new_key": self.new_key,
            "conflict": bool(self.differences),
            "refused": self.typed.refused,
            "change_form": self.change_form or LineChangeForm(choices=self.choices),
            "is_head_open": bool(FOLDED_HEAD & self.typed.form.errors.keys()),
            "sums": self.sums,
            "choices": self.choices,
            "check": self.check,
            "is_check_old": self.is_check_old,
            "findings": findings,
            "fatal_count": sum(finding["is_fatal"] for finding in findings),
            "differences": self.differences,
            "changed_by": self.changed_by,
            "may_finalize": request.may(Permission.FINALIZE_INVOICES),
            "sends_when_finalized": sends_when_finalized(request),
            "may_delete": may_delete_drafts(request),
            "today": self.choices.around.today,
            "today_iso": self.choices.around.today.isoformat(),
            "subject": f"draft={self.invoice.pk}" if self.invoice else self._customer_query(request),
            "save_url": self._save_url(request),
            "version": self.invoice.version if self.invoice else 0,
        }

    def whole_context(self, request: OrganizationRequest) -> dict[str, Any]:
        """The same with what stands beside the form of a stored draft: its files and its approval."""
        if self.invoice is None:
            return self.context(request)
        standing = standing_context(request, self.invoice, self.lines)
        stored_sums = None if self.typed.form.is_bound else self.sums
        standing |= edited_context(request, self.invoice, self.lines)
        standing |= layout_context(self.invoice, self.lines, self.choices.around, stored_sums)
        beginning = beginning_context(request.organization, self.invoice, standing["correction"])
        return self.context(request) | attachments_context(request, self.invoice.pk) | standing | beginning

    @property
    def is_check_old(self) -> bool:
        """Whether the draft was saved after it was checked."""
        return bool(self.check and self.invoice and self.invoice.updated_at > self.check.checked_at)

    def findings(self, organization: Organization) -> Iterable[dict[str, Any]]:
        """The findings of the stored check, each with where to mend it."""
        assert self.check is not None
        for finding in self.check.findings:
            link = finding_link(finding["field"], organization, self.customer, self.typed.entries)
            yield {**finding, "link": self._on_other_page(finding["field"]) if link == "#lines" else link}

    def _on_other_page(self, name: str) -> str:
        """Where the line of a finding stands, when that is on another page of lines."""
        line = LINE_OF_FINDING.fullmatch(name)
        try:
            page = page_of_line(self.lines, UUID(line[1])) if line else None
        except ValueError:
            page = None
        if line is None or page is None or not self.typed.window.is_part:
            return "#lines"
        return f"?lines={page}#{UUID(line[1]).hex}-{line[2] or 'description'}"

    def _save_url(self, request: OrganizationRequest) -> str:
        slug = request.organization.slug
        if self.invoice is not None:
            return reverse("invoicing:update_draft", args=[slug, self.invoice.pk])
        return f"{reverse('invoicing:create_draft', args=[slug])}?{self._customer_query(request)}"

    def _customer_query(self, request: OrganizationRequest) -> str:
        return urlencode(asked_query(request, self.customer))


def beginning_context(organization: Organization, invoice: Invoice, correction: Correction | None) -> dict[str, Any]:
    """What the draft came from, asked only where it is shown: include invoicing/_linked.html."""
    trail = cache(lambda: trail_of(organization, invoice.pk))
    corrections = [correction] if correction else []
    return {
        "origin": SimpleLazyObject(lambda: origin_of(trail())),
        "made_from": SimpleLazyObject(lambda: made_from(trail())),
        "links": SimpleLazyObject(lambda: links_of(organization, invoice, (), corrections, trail())),
    }


def stored_page(request: OrganizationRequest, invoice_id: UUID, today: date, *, page: int = 1) -> DraftPage:
    """The draft as it is stored, with an empty row at its end; refuses a document that is finalized."""
    organization = request.organization
    invoice, lines, around = _stored(organization, invoice_id, today)
    choices = draft_choices(organization, around)
    window = window_of(lines, page)
    entries = entries_of(window.shown, section_before=window.section_before)
    typed = TypedDraft(DraftForm(initial=initial_of(invoice)), entries, window)
    sums = sums_of(invoice, lines, around)
    put_amounts(typed.told, typed, sums)
    if not window.after and not invoice.is_about_advance:
        entries.append(blank_entry(choices, treatment=invoice.customer.vat_treatment))
    return DraftPage(
        customer=invoice.customer,
        choices=choices,
        invoice=invoice,
        lines=lines,
        typed=typed,
        sums=sums,
        check=queries.checks_of_drafts(organization, [invoice.pk]).get(invoice.pk),
    )


def first_page(request: OrganizationRequest, customer: Customer, today: date) -> DraftPage:
    """The page of a draft that is not stored yet, with the customer's terms."""
    organization = request.organization
    around = surroundings(organization, currencies=[customer.currency], today=today, with_footers=False)
    choices = draft_choices(organization, around)
    terms = customer.payment_terms_days
    contact = contact_asked(request, customer)
    initial = {
        "delivery_date": today,
        "payment_terms_days": organization.payment_terms_days if terms is None else terms,
        "currency": customer.currency,
        "language": customer.language,
        "buyer_reference": contact.name[:80] if contact else customer.buyer_reference,
        "prices_include_vat": customer.kind == CustomerKind.CONSUMER,
        "our_reference": request.user.name,
        "note": texts_at(organization, TextPlace.INVOICE_NOTE).get(customer.language, ""),
    }
    rows = [blank_entry(choices, treatment=customer.vat_treatment) for _row in range(FIRST_ROWS)]
    header = {"payment_terms_days": initial["payment_terms_days"], "currency": customer.currency}
    return DraftPage(
        customer=customer,
        choices=choices,
        typed=TypedDraft(DraftForm(initial=initial), rows),
        sums=sums_as_typed(customer, header, TypedDraft(DraftForm()), around),
        new_key=uuid7().hex,
    )


def typed_page(
    request: OrganizationRequest, invoice_id: UUID | None, customer: Customer | None, today: date
) -> DraftPage:
    """The page as it was typed and sent, understood as far as it can be."""
    organization, data = request.organization, request.POST
    invoice: Invoice | None = None
    lines: list[InvoiceLine] = []
    draft_id = invoice_id or new_draft_id(request)
    if invoice_id is None and draft_id is not None and queries.is_stored(organization, draft_id):
        invoice_id = draft_id  # the form was sent before, and speaks of the draft that was made then
    if invoice_id is not None:
        invoice, lines, around = _stored(organization, invoice_id, today, currency=data.get("currency", ""))
        customer = invoice.customer
    else:
        assert customer is not None
        currencies = _currencies(customer.currency, data)
        around = surroundings(organization, currencies=currencies, today=today, with_footers=False)
    choices = draft_choices(organization, around)
    window = window_sent(lines, data)
    rows = read_lines(data, {line.pk: line for line in window.shown}, choices, draft_id=draft_id)
    typed = TypedDraft(DraftForm(data), rows, window)
    typed.form.is_valid()
    take_products(organization, typed, choices, lines)
    header = {name: value for name, value in typed.form.cleaned_data.items() if name not in typed.form.errors}
    header["has_own_due_date"] = header.get("due_date") is not None
    if invoice is not None:
        header["prepaid"] = invoice.prepaid  # what advances pay of it is not typed here
    return DraftPage(
        customer=customer,
        choices=choices,
        invoice=invoice,
        lines=lines,
        typed=typed,
        sums=sums_as_typed(customer, header, typed, around),
        new_key=data.get("key", ""),
    )


def subject_of(request: OrganizationRequest) -> tuple[UUID | None, Customer | None]:
    """The draft that is typed on, or the customer of one that is not stored yet."""
    try:
        if draft_id := request.GET.get("draft", ""):
            return UUID(draft_id), None
        return None, get_customer(request.organization, UUID(request.GET.get("customer", "")))
    except ValueError as error:
        raise Http404 from error


def new_draft_id(request: OrganizationRequest) -> UUID | None:
    """The id of the draft that a form makes: the same each time it is sent, and nobody can choose it."""
    key = request.POST.get("key", "")
    if not NEW_DRAFT_KEY.fullmatch(key):
        return None
    said = f"{request.organization.pk}:{request.user.pk}:{key}"
    return uuid_of(bytes.fromhex(key[:12]), salted_hmac("id of a draft", said, algorithm="sha256").digest())


def _stored(
    organization: Organization, invoice_id: UUID, today: date, *, currency: str = ""
) -> tuple[Invoice, list[InvoiceLine], Surroundings]:
    invoice = queries.get_invoice(organization, invoice_id)
    refuse_finalized(invoice)
    currencies = [invoice.currency, *([currency] if currency else [])]
    around = surroundings(organization, currencies=currencies, today=today, with_footers=False)
    return invoice, queries.list_lines(invoice), around


def _currencies(first: str, data: QueryDict) -> list[str]:
    return sorted({first, data.get("currency", "") or first})


def finding_link(name: str, organization: Organization, customer: Customer, entries: Sequence[LineEntry]) -> str:
    """Where a finding is mended: a field of this page, the customer's page or the settings; empty when unknown."""
    place, _dot, _rest = name.partition(".")
    if place == "customer":
        return _path("customers:update_customer", organization.slug, customer.pk)
    if place in {"organization", "bank_account"}:
        return _path("tenants:settings", organization.slug)
    line = LINE_OF_FINDING.fullmatch(name)
    if line is not None:
        keys = {str(entry.line_id): entry.key for entry in entries if entry.line_id}
        by_position = [entry.key for entry in entries if not entry.is_heading]
        wanted = line[1]
        key = keys.get(wanted)
        if key is None and wanted.isdecimal() and 0 < int(wanted) <= len(by_position):
            key = by_position[int(wanted) - 1]
        return f"#{key}-{line[2] or 'description'}" if key else "#lines"
    if name in {"lines", "vat_treatment", "vat_reason", "unit_price", "quantity", "unit_code", "description", "gtin"}:
        return "#lines"
    return f"#id_{name}" if name in DraftForm.base_fields else ""


def _path(name: str, *args: object) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def is_credit_note(invoice: Invoice) -> bool:
    """Whether the draft has the page of a credit note, on which only quantities and the reason can change."""
    return invoice.kind == InvoiceKind.CREDIT_NOTE
