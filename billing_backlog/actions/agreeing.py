"""What is refused of a contract's terms: each refusal names its field, those of rows by the row's key."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from django.utils.translation import gettext as _

from billing_backlog.contract_terms import LINES_MAX, SHARES_MAX, ContractTerms, LineTerms
from billing_backlog.errors import ContractIsUnclear, LimitNeedsApproval, WorkStandsInTheWay
from billing_backlog.models import BillingMethod, Contract, ContractLine
from billing_backlog.queries.contracts import (
    WholeContract,
    contract_with_number,
    customers_of_terms,
    has_items,
    lines_with_work,
)
from billing_backlog.queries.figures import Subject, figures_by, figures_in
from foundation.errors import DomainError, Refusals
from foundation.templatetags.formatting import format_amount, language_of_page
from tenants.models import Organization

HUNDRED = Decimal(100)
FIXED = {BillingMethod.FIXED_PRICE, BillingMethod.PROGRESS}


def refuse_contract(organization: Organization, terms: ContractTerms, contract: Contract | None) -> None:
    """Raise Refusals that name every part of the terms which nobody could bill by."""
    found: list[DomainError] = []
    taken = contract_with_number(organization, terms.values["number"])
    if taken is not None and (contract is None or taken.pk != contract.pk):
        found.append(_unclear(_("%(contract)s has that number. Choose another.") % {"contract": taken}, "number"))
    starts, ends = terms.values["starts_on"], terms.values.get("ends_on")
    if ends is not None and ends < starts:
        found.append(_unclear(_("The contract would end before it begins. Choose a later day."), "ends_on"))
    found += _wrong_shares(organization, terms)
    found += _wrong_lines(terms)
    if found:
        raise Refusals(found)


def _unclear(sentence: str, field: str) -> ContractIsUnclear:
    return ContractIsUnclear(sentence, field=field)


def _wrong_shares(organization: Organization, terms: ContractTerms) -> list[DomainError]:
    if not terms.shares:
        return [_unclear(_("Say who pays: add a customer and the share."), "shares")]
    if len(terms.shares) > SHARES_MAX:
        return [_unclear(_("At most %(most)s customers share a contract.") % {"most": SHARES_MAX}, "shares")]
    found: list[DomainError] = []
    known = customers_of_terms(organization, [share.customer_id for share in terms.shares])
    times = Counter(share.customer_id for share in terms.shares)
    for share in terms.shares:
        customer = known.get(share.customer_id)
        if customer is None or customer.is_archived or customer.is_erased:
            found.append(_unclear(_("That customer is out of use. Choose another."), f"{share.key}-customer"))
        elif times[share.customer_id] > 1:
            sentence = _("%(customer)s stands here twice. Write one share.") % {"customer": customer.name}
            found.append(_unclear(sentence, f"{share.key}-customer"))
    total = sum((share.percent for share in terms.shares), Decimal(0))
    if total != HUNDRED:
        words = {"total": format_amount(total, language_of_page()), "missing": _size(HUNDRED - total)}
        sentence = _("The shares come to %(total)s %%, not to 100 %%. %(missing)s %% is missing or too much.") % words
        found.append(_unclear(sentence, "shares"))
    return found


def _size(amount: Decimal) -> str:
    return format_amount(abs(amount), language_of_page())


def _wrong_lines(terms: ContractTerms) -> list[DomainError]:
    lines = [line for line in terms.lines if not line.is_removed]
    if not lines:
        return [_unclear(_("Add a line that says how the work is billed."), "lines")]
    if len(lines) > LINES_MAX:
        return [_unclear(_("A contract has at most %(most)s lines.") % {"most": LINES_MAX}, "lines")]
    found: list[DomainError] = []
    for line in lines:
        if line.values["billing_method"] in FIXED and not line.values.get("amount"):
            found.append(_unclear(_("A fixed price needs the amount that was agreed."), f"{line.key}-amount"))
        ended = line.values.get("ended_on")
        if ended is not None and ended < terms.values["starts_on"]:
            found.append(_unclear(_("The line would end before the contract begins."), f"{line.key}-ended_on"))
    return found


def refuse_touched_work(organization: Organization, before: WholeContract, terms: ContractTerms) -> None:
    """Raise Refusals for changes that what was worked or billed under the contract does not allow."""
    contract, found = before.contract, list[DomainError]()
    has_work = has_items(organization, contract)
    if has_work and terms.values["currency"] != contract.currency:
        sentence = _("There is work in %(currency)s under the contract. Make a new contract for another currency.")
        found.append(WorkStandsInTheWay(sentence % {"currency": contract.currency}, field="currency"))
    worked = lines_with_work(organization, contract)
    stored = {line.pk: line for line in before.lines}
    billed = figures_by(organization, Subject.LINE, list(worked))
    for wanted in terms.lines:
        line = stored.get(wanted.line_id) if wanted.line_id else None
        if wanted.line_id is not None and line is None:
            found.append(_unclear(_("That line is not there any more. Look at the page again."), "lines"))
        elif line is not None and line.pk in worked:
            figures = figures_in(billed.get(line.pk, []), contract.currency)
            found += _touched(line, wanted, figures.billed + figures.drafted + figures.unbilled)
    if found:
        raise Refusals(found)


def _touched(line: ContractLine, wanted: LineTerms, taken: Decimal) -> list[DomainError]:
    """What the work under a line does not allow: removing it, another method, less of a fixed price than is taken."""
    words = {"line": line.name}
    if wanted.is_removed:
        sentence = _("There is work under %(line)s. End the line on a day instead of removing it.")
        return [WorkStandsInTheWay(sentence % words, field=f"{wanted.key}-remove")]
    if wanted.values["billing_method"] != line.billing_method:
        sentence = _("There is work under %(line)s. Add a new line for another way of billing.")
        return [WorkStandsInTheWay(sentence % words, field=f"{wanted.key}-billing_method")]
    amount = wanted.values.get("amount")
    if line.billing_method == BillingMethod.PROGRESS and amount is not None and amount < taken:
        sentence = _("%(taken)s of %(line)s is billed or waits to be billed. Agree on no less than that.")
        told = sentence % {**words, "taken": format_amount(taken, language_of_page())}
        return [WorkStandsInTheWay(told, field=f"{wanted.key}-amount")]
    return []


def refuse_raised_limits(before: WholeContract, terms: ContractTerms) -> None:
    """Raise Refusals where a limit would be raised or taken away: somebody who may asks or answers for that."""
    found: list[DomainError] = []
    if _is_raised(before.contract.limit_amount, terms.values.get("limit_amount")):
        found.append(_ask("limit_amount"))
    limits = {share.customer_id: share.limit_amount for share in before.shares}
    found += [
        _ask(f"{share.key}-limit_amount")
        for share in terms.shares
        if _is_raised(limits.get(share.customer_id), share.limit_amount)
    ]
    lines = {line.pk: line.limit_amount for line in before.lines}
    found += [
        _ask(f"{line.key}-limit_amount")
        for line in terms.lines
        if line.line_id and not line.is_removed and _is_raised(lines.get(line.line_id), line.values.get("limit_amount"))
    ]
    if found:
        raise Refusals(found)


def _is_raised(before: Decimal | None, after: Decimal | None) -> bool:
    return before is not None and (after is None or after > before)


def _ask(field: str) -> LimitNeedsApproval:
    return LimitNeedsApproval(
        _("Ask for a new limit on the contract's page; it is raised when it is approved."), field=field
    )
