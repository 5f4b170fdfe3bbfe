"""Notices in words: what each kind of news says to the person whom it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation.templatetags.formatting import format_amount, language_of_page
from tenants.job_words import kind_of
from tenants.models import Notice

TITLES: dict[str, Any] = {
    "job.finished": gettext_lazy("%(task)s: finished"),
    "job.failed": gettext_lazy("%(task)s: something failed"),
    "limit.asked": gettext_lazy("%(who)s asks for a new limit on %(contract)s"),
    "limit.approved": gettext_lazy("The limit of %(contract)s is raised"),
    "limit.refused": gettext_lazy("The limit of %(contract)s is not raised"),
    "approval.requested": gettext_lazy("%(by)s asks you to approve the invoice to %(customer)s"),
    "approval.approved": gettext_lazy("%(by)s approved your invoice to %(customer)s"),
    "proforma.returned": gettext_lazy("%(by)s has returned the draft for %(customer)s"),
    "approval.refused": gettext_lazy("%(by)s did not approve your invoice to %(customer)s"),
    "bank_change.waiting": gettext_lazy("%(by)s wants to change the bank account"),
    "bank_change.cancelled": gettext_lazy("%(by)s stopped the change of the bank account"),
    "bank_change.done": gettext_lazy("The bank account is changed"),
    "backlog.cut_off": gettext_lazy("Work to judge before it is billed on %(day)s: %(count)s"),
    "billing.stuck": gettext_lazy("%(customer)s was not billed by itself"),
    "booking.cancelled": gettext_lazy("%(customer)s: bookings of %(facility)s are cancelled: %(count)s"),
    "run.closing": gettext_lazy("Finish your facilities in “%(run)s” by %(day)s"),
    "run.missing": gettext_lazy("Not finished in “%(run)s”, which closes on %(day)s: %(count)s"),
    "work.waiting": gettext_lazy("Work waits for your approval: %(count)s"),
    "work.returned": gettext_lazy("%(by)s has returned your work: %(work)s"),
    "work.deputy": gettext_lazy("You approve work for %(person)s, who is away from %(first)s to %(last)s"),
    "quote.accepted": gettext_lazy("%(customer)s has accepted quote %(number)s"),
    "quote.declined": gettext_lazy("%(customer)s has declined quote %(number)s"),
    "enquiry.made": gettext_lazy("%(customer)s has written about invoice %(number)s"),
    "delivery.lost": gettext_lazy("Nobody got document %(number)s"),
    "paper.lost": gettext_lazy("What you sent to %(customer)s did not arrive"),
    "delivery.refused": gettext_lazy("The customer has sent back document %(number)s"),
    "buyer.asks": gettext_lazy("The customer asks about document %(number)s"),
    "access_point.paused": gettext_lazy("The access point has refused us: EHF waits"),
    "webhook.paused": gettext_lazy("%(address)s has refused us too often: it is told nothing until you look"),
    "online.rest": gettext_lazy("%(customer)s has paid online what no invoice asks for"),
    "online.failed": gettext_lazy("The online payment of %(customer)s did not come"),
    "online.needs_customer": gettext_lazy(
        "%(customer)s must confirm the payment: send the invoice with its link, to be paid on its page"
    ),
    "online.unknown": gettext_lazy("Nobody knows what became of the online payment of %(customer)s"),
    "online.dispute_open": gettext_lazy("%(customer)s disputes a payment at the bank"),
    "online.dispute_won": gettext_lazy("The dispute of %(customer)s is decided for you"),
    "online.dispute_lost": gettext_lazy("The bank has given the money back to %(customer)s"),
    "online.refunded_elsewhere": gettext_lazy("Money was sent back to %(customer)s at the provider, not from here"),
    "online.refund_failed": gettext_lazy("A refund was refused by the provider"),
    "law_figure.missing": gettext_lazy("No rate of interest is known for %(country)s from %(since)s"),
    "connection.access_ended": gettext_lazy("%(system)s does not let us in any more: connect %(name)s again"),
    "connection.differs": gettext_lazy("%(system)s differs from the books here in %(month)s: %(count)s vouchers"),
    "connection.mapping_lost": gettext_lazy("%(what)s is not in %(system)s any more: choose another for %(name)s"),
    "connection.findings": gettext_lazy("%(name)s: what stands in %(system)s differs from what was pushed: %(count)s"),
    "online.refused": gettext_lazy("%(provider)s has refused the connection"),
}
BAD = frozenset(
    {
        "online.failed",
        "online.dispute_lost",
        "online.refund_failed",
        "online.refused",
        "job.failed",
        "approval.refused",
        "limit.refused",
        "delivery.lost",
        "paper.lost",
        "delivery.refused",
        "access_point.paused",
        "webhook.paused",
    }
)
WAITING = frozenset(
    {
        "online.rest",
        "online.needs_customer",
        "online.unknown",
        "online.dispute_open",
        "online.refunded_elsewhere",
        "approval.requested",
        "limit.asked",
        "billing.stuck",
        "run.closing",
        "run.missing",
        "work.waiting",
        "work.returned",
        "proforma.returned",
        "bank_change.waiting",
        "law_figure.missing",
        "buyer.asks",
        "enquiry.made",
    }
)


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice as it is read: a title, what more there is to say, and how it weighs."""

    notice: Notice
    title: str
    text: str

    @property
    def tone(self) -> str:
        """Bad news, something that waits for the reader, or neither."""
        if self.notice.kind in BAD:
            return "bad"
        return "warn" if self.notice.kind in WAITING else ""


class _Known(dict[str, str]):
    """Facts by name; a missing one leaves a dash, so that old notices stay readable."""

    def __missing__(self, name: str) -> str:
        return "–"


def line_of(notice: Notice) -> NoticeLine:
    """The notice in the reader's language."""
    facts = _Known({name: str(value) for name, value in notice.facts.items()})
    if "task" in facts:
        facts["task"] = str(kind_of(facts["task"]).label)
    title = TITLES.get(notice.kind)
    words = str(title) % facts if title else str(notice.facts.get("title", notice.kind))
    return NoticeLine(notice, words, _text(notice.kind, notice.facts))


def _text(kind: str, facts: Mapping[str, Any]) -> str:
    if kind.startswith("job."):
        return _text_of_job(facts)
    parts = [_amount(facts), str(facts.get("reason", "")), str(facts.get("text", ""))]
    return " · ".join(part for part in parts if part)


def _text_of_job(facts: Mapping[str, Any]) -> str:
    if facts.get("problem"):
        return str(facts["problem"])
    if facts.get("file"):
        return _("%(file)s is ready to be downloaded.") % {"file": facts["file"]}
    done, failed = int(facts.get("done", 0)), int(facts.get("failed", 0))
    text = ngettext("%(count)s is done", "%(count)s are done", done - failed) % {"count": done - failed}
    if failed:
        text += ", " + ngettext("%(count)s failed", "%(count)s failed", failed) % {"count": failed}
    return text


def _amount(facts: Mapping[str, Any]) -> str:
    value = str(facts.get("amount", ""))
    try:
        shown = format_amount(Decimal(value), language_of_page())
    except InvalidOperation:
        return value
    return f"{shown} {facts.get('currency', '')}".strip()
