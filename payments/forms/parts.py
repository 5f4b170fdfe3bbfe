"""What a payment pays of several claims, as it is typed row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from foundation.forms import NumberField
from foundation.templatetags.formatting import format_amount, format_for_input, language_of_page
from payments import errors
from payments.claim_queries import OpenClaim
from payments.terms import Part

AMOUNT = NumberField(max_digits=18, decimal_places=2, min_value=Decimal(0), required=False)


@dataclass(slots=True, kw_only=True)
class PartRow:
    """One claim: what is open, how much of it is paid, and what of the payment is used where currencies differ."""

    wanted: OpenClaim
    crosses: bool  # the claim is in another currency than the payment
    typed: str = ""
    typed_paid: str = ""
    amount: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    error: str = ""

    @property
    def name(self) -> str:
        """The name and id of the row's field."""
        return f"part_{self.wanted.claim.pk}"

    @property
    def paid_name(self) -> str:
        """The name and id of what is used of the payment, where currencies differ."""
        return f"paid_{self.wanted.claim.pk}"

    @property
    def used(self) -> Decimal:
        """What of the payment the row uses."""
        return self.paid if self.crosses else self.amount

    def part(self) -> Part:
        """The row as the action takes it."""
        return Part(
            receivable_id=self.wanted.claim.pk,
            amount=self.amount,
            payment_amount=self.paid if self.crosses else None,
        )


def rows_of(claims: Sequence[OpenClaim], currency: str, rest: Decimal = Decimal(0)) -> list[PartRow]:
    """The claims with a rest shared out over those in its own currency, the longest due first."""
    rows = []
    for wanted in claims:
        crosses = wanted.claim.currency != currency
        amount = Decimal(0) if crosses else min(max(rest, Decimal(0)), wanted.open)
        rest -= amount
        typed = format_for_input(amount, language_of_page()) if amount else ""
        rows.append(PartRow(wanted=wanted, crosses=crosses, typed=typed, amount=amount))
    return rows


def read_rows(claims: Sequence[OpenClaim], currency: str, data: Mapping[str, str]) -> list[PartRow]:
    """The rows as typed; more than is open is refused at its field."""
    rows = []
    for wanted in claims:
        row = PartRow(wanted=wanted, crosses=wanted.claim.currency != currency)
        row.typed, row.typed_paid = data.get(row.name, ""), data.get(row.paid_name, "")
        try:
            row.amount = AMOUNT.clean(row.typed) or Decimal(0)
            row.paid = AMOUNT.clean(row.typed_paid) or Decimal(0)
        except ValidationError as error:
            row.error = " ".join(error.messages)
        if row.amount > wanted.open:
            row.error = _("At most %(open)s is open on %(number)s.") % {
                "open": format_amount(wanted.open, language_of_page()),
                "number": wanted.claim,
            }
        elif row.crosses and bool(row.amount) != bool(row.paid):
            row.error = _("Write both: what is settled, and what of the payment is used.")
        rows.append(row)
    return rows


def parts_of(rows: Sequence[PartRow]) -> list[Part]:
    """What is paid, in the order of the rows; rows without an amount are left out."""
    return [row.part() for row in rows if row.amount]


def used_by(rows: Sequence[PartRow]) -> Decimal:
    """What of the payment all the rows use."""
    return sum((row.used for row in rows if not row.error), Decimal(0))


def refuse_overuse(rows: Sequence[PartRow], amount: Decimal) -> None:
    """Raise MoreThanThereIs where the claims get more than was received."""
    if used_by(rows) > amount:
        raise errors.MoreThanThereIs(
            _("The invoices get more than was received. Lower what they get, or mend the amount."), field="amount"
        )
