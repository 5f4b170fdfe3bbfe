"""The audit trail in words: what each verb says to a reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Field
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.templatetags.formatting import fingerprint, format_amount, language_of_page
from tenants.models import AuditEntry

AMOUNT = re.compile(r"-?\d{1,18}\.\d{1,8}", re.ASCII)
HASH = re.compile(r"[0-9a-f]{64}")
ORGANIZATION_KIND = "_organizationassubject"
TRUTHS = {"True": gettext_lazy("yes"), "False": gettext_lazy("no")}
# What lines say beside the columns of their record.
FACTS: dict[str, Any] = {
    "customer": gettext_lazy("Customer"),
    "number": gettext_lazy("Number"),
    "payable": gettext_lazy("To pay"),
    "hash": gettext_lazy("Fingerprint"),
    "logo": gettext_lazy("Logo"),
    "pdf": "PDF",
    "ehf": "EHF",
    "core_xml": gettext_lazy("Invoice data"),
    "lines": gettext_lazy("Lines"),
    "reason": gettext_lazy("Reason"),
    "credit_note": gettext_lazy("Credit note"),
    "documents": gettext_lazy("Documents"),
    "email": gettext_lazy("E-mail address"),
}

VERBS: dict[str, Any] = {
    "organization.created": gettext_lazy("created the company"),
    "organization.changed": gettext_lazy("changed the company’s details"),
    "logo.changed": gettext_lazy("changed the logo"),
    "bank_account.changed": gettext_lazy("changed the bank account"),
    "member.invited": gettext_lazy("invited"),
    "invitation.withdrawn": gettext_lazy("withdrew the invitation"),
    "member.joined": gettext_lazy("joined"),
    "member.role_changed": gettext_lazy("changed the role"),
    "member.removed": gettext_lazy("removed the member"),
    "customer.created": gettext_lazy("created the customer"),
    "customer.changed": gettext_lazy("changed the customer"),
    "customer.archived": gettext_lazy("took the customer out of use"),
    "customer.restored": gettext_lazy("took the customer into use again"),
    "contact.added": gettext_lazy("added a contact at"),
    "contact.removed": gettext_lazy("removed a contact at"),
    "national_id.kept": gettext_lazy("kept the national id of"),
    "national_id.revealed": gettext_lazy("looked at the national id of"),
    "national_id.erased": gettext_lazy("erased the national id of"),
    "national_id.resealed": gettext_lazy("sealed anew the national id of"),
    "product.created": gettext_lazy("created the product"),
    "product.changed": gettext_lazy("changed the product"),
    "product.archived": gettext_lazy("took the product out of use"),
    "product.restored": gettext_lazy("took the product into use again"),
    "exchange_rate.entered": gettext_lazy("entered the exchange rate"),
    "draft.created": gettext_lazy("created the draft"),
    "draft.changed": gettext_lazy("changed the draft"),
    "draft.deleted": gettext_lazy("deleted the draft"),
    "invoice.cloned": gettext_lazy("copied into a new draft:"),
    "invoice.finalized": gettext_lazy("finalized"),
    "documents.made": gettext_lazy("made the files of"),
    "documents.retried": gettext_lazy("asked again for the files of"),
    "credit_note.started": gettext_lazy("began a credit note for"),
    "job.started": gettext_lazy("started the job"),
    "job.cancelled": gettext_lazy("stopped the job"),
    "demo.finished": gettext_lazy("finished the demo of"),
}


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One audit entry as it is read."""

    entry: AuditEntry
    words: str
    details: list[tuple[str, str]]


def line_of(entry: AuditEntry) -> AuditLine:
    """The entry with its verb in words and its facts as pairs of a name and a text."""
    return AuditLine(entry, str(VERBS.get(entry.verb, entry.verb)), _details(entry.subject_kind, entry.facts))


def _details(kind: str, facts: dict[str, Any]) -> list[tuple[str, str]]:
    columns = _columns_of(kind)
    pairs: list[tuple[str, Any]] = []
    for name, value in facts.items():
        pairs += value.items() if name == "changes" and isinstance(value, dict) else [(name, value)]
    return [(_label(name, columns.get(name)), _pair(value, columns.get(name))) for name, value in pairs]


@cache
def _columns_of(kind: str) -> dict[str, Field[Any, Any]]:
    """The columns of the record that the line is about, for their names in the reader's language."""
    wanted = "organization" if kind == ORGANIZATION_KIND else kind
    model = next((model for model in apps.get_models() if model.__name__.lower() == wanted), None)
    return {} if model is None else {column.name: column for column in model._meta.concrete_fields}


def _label(name: str, column: Field[Any, Any] | None) -> str:
    if name in FACTS:
        return str(FACTS[name])
    return name.replace("_", " ") if column is None else str(column.verbose_name)


def _pair(value: Any, column: Field[Any, Any] | None) -> str:
    """A value, or what it was before and after."""
    if isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value):
        before, after = (_word(part, column) for part in value)
        return _("%(before)s → %(after)s") % {"before": before or "–", "after": after or "–"}
    return _word(str(value), column)


def _word(value: str, column: Field[Any, Any] | None) -> str:
    """The name of a choice, yes or no, a number as the reader writes it, the beginning of a hash; else as it stands."""
    if column is not None and column.flatchoices:
        return str(dict(column.flatchoices).get(value, value))
    if value in TRUTHS:
        return str(TRUTHS[value])
    if AMOUNT.fullmatch(value):
        return format_amount(Decimal(value), language_of_page())
    return fingerprint(value) if HASH.fullmatch(value) else value
