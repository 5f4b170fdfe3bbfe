"""What is in order on a draft that was looked at, in words: beside what is to be mended, people see what holds."""

from __future__ import annotations

from dataclasses import dataclass

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Customer
from invoicing.documents.ehf import FILES_BYTES_MAX
from invoicing.documents.endpoints import buyer_endpoint
from invoicing.documents.facts import DocumentBody
from invoicing.drafting.checking import DraftLook

AMOUNT_RULES = ("BR-CO-1", "BR-DEC", "BILAG-VAT", "BILAG-ROUNDING", "PEPPOL-EN16931-R040", "PEPPOL-EN16931-R120")


@dataclass(frozen=True, slots=True)
class SoundPart:
    """One thing that is in order, and what it consists of."""

    sentence: str
    detail: str


def sound_parts(look: DraftLook, customer: Customer) -> list[SoundPart]:
    """The parts of the draft on which nothing was found; none where it could not be read."""
    body = look.body
    if body is None:
        return []
    fields = {finding["field"] for finding in look.findings}
    rules = {finding["rule"] for finding in look.findings}
    parts = []
    if not _has(fields, "customer.endpoint") and (known := _receiver(body, customer)):
        parts.append(known)
    if look.rules_version and not any(rule.startswith(AMOUNT_RULES) for rule in rules):
        parts.append(SoundPart(_("Totals and VAT agree"), _("Rounded per document")))
    if not _has(fields, "organization") and not _has(fields, "bank_account"):
        parts.append(SoundPart(_("Our details are complete"), ", ".join(_seller_details(look, body))))
    if body.attachments and "attachments" not in fields:
        parts.append(_files(body))
    return parts


def _has(fields: set[str], place: str) -> bool:
    return any(name.startswith(place) for name in fields)


def _receiver(body: DocumentBody, customer: Customer) -> SoundPart | None:
    endpoint = buyer_endpoint(body.buyer, body.seller)
    if customer.wants_ehf and endpoint.identifier:
        return SoundPart(_("The receiver’s EHF address is known"), f"{endpoint.scheme}:{endpoint.identifier}")
    if customer.email:
        return SoundPart(_("The receiver’s e-mail address is known"), customer.email)
    return None


def _seller_details(look: DraftLook, body: DocumentBody) -> list[str]:
    said = [body.seller.organization_number]
    if body.seller.is_in_company_register:
        said.append("Foretaksregisteret")
    if body.payment.account_number or body.payment.iban:
        said.append(_("account"))
    if look.account is not None and look.account.kid_algorithm and body.kind == "invoice":
        said.append(_("KID"))
    return [part for part in said if part]


def _files(body: DocumentBody) -> SoundPart:
    count, size = len(body.attachments), sum(file.size_bytes for file in body.attachments)
    words = ngettext("%(count)s file goes with it", "%(count)s files go with it", count) % {"count": count}
    most = _("%(size)s of the %(most)s that an EHF carries")
    return SoundPart(words, most % {"size": filesizeformat(size), "most": filesizeformat(FILES_BYTES_MAX)})
