"""Open items in a file: what each row would become here, or why it cannot. Planning writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from config.importing.planning import Row
from config.moving_in.cells import has_decimals, read_amount, read_day
from config.moving_in.columns import is_payment
from foundation.canonical import digest
from foundation.countries import CURRENCIES
from foundation.money import round_amount
from payments.reference import is_valid_kid, is_valid_ocr, is_valid_rf

NUMBER_LENGTH_MAX = 30
KID_LENGTH_MAX = 25
AMOUNT_DECIMALS = 2
RATE_DECIMALS = 8
NAME_LENGTH_MAX = 140
CUSTOMER_DIGITS_MAX = 10
NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """One row, understood: a claim, a credit below zero, or money below zero that nothing has used."""

    customer_number: int | None  # None: money of somebody whom nobody knows yet
    payer_name: str
    document_number: str
    kid: str
    issue_date: date
    due_date: date | None
    currency: str
    amount: Decimal
    base_amount: Decimal
    is_payment: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedItem:
    """What would become of one row; `counted` is its amount in the books as far as it can be told."""

    line: int
    label: str
    item: OpenItem | None
    problems: tuple[str, ...]
    counted: Decimal

    @property
    def digest(self) -> str:
        """The same for the same plan."""
        item = self.item
        told = [] if item is None else [str(getattr(item, name)) for name in OpenItem.__dataclass_fields__]
        return digest([self.line, told, list(self.problems)])[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the rows are compared with: the day, the currency, the customers, and what is taken already."""

    day: date
    base_currency: str
    decimal_mark: str
    customers: Collection[int]
    taken_numbers: Collection[str]
    taken_kids: Collection[str]


@dataclass(slots=True)
class _Seen:
    numbers: dict[str, int] = field(default_factory=dict)
    kids: dict[str, int] = field(default_factory=dict)


def plan_items(known: Known, rows: Sequence[Row]) -> list[PlannedItem]:
    """What would become of every row, in the order of the file."""
    seen = _Seen()
    return [_plan(known, row, seen) for row in rows]


class _Reading:
    """One row while it is read: its problems are gathered, so that all of them are told at once."""

    def __init__(self, known: Known, cells: Mapping[str, str]) -> None:
        self.known = known
        self.cells = {name: cell.strip() for name, cell in cells.items()}
        self.problems: list[str] = []

    def text(self, name: str) -> str:
        return self.cells.get(name, "")

    def customer(self) -> int | None:
        text = self.text("customer_number")
        if not text and is_payment(self.text("kind")):
            return None
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= CUSTOMER_DIGITS_MAX else 0
        if not number:
            self.problems.append(_("Customer number: write digits, as in the list of customers."))
        elif number not in self.known.customers:
            self.problems.append(
                _("Customer %(number)s is neither here nor taken from the list of customers. Add them to that list.")
                % {"number": number}
            )
        return number

    def day(self, name: str, label: str, *, is_required: bool) -> date | None:
        text = self.text(name)
        if not text and not is_required:
            return None
        found = read_day(text)
        if found is None:
            self.problems.append(_("%(field)s: write the day as 2026-11-21 or 21.11.2026.") % {"field": label})
        return found

    def figure(self, name: str, label: str, decimals: int) -> Decimal | None:
        text = self.text(name)
        found = read_amount(text, self.known.decimal_mark)
        if found is None:
            self.problems.append(
                _("%(field)s: %(cell)s is no figure, or can be read in two ways. Write it without marks for thousands.")
                % {"field": label, "cell": f"“{text[:30]}”"}
            )
        elif not has_decimals(found, decimals):
            self.problems.append(
                _("%(field)s: %(cell)s has more than %(most)s decimals.")
                % {"field": label, "cell": text[:30], "most": decimals}
            )
            return None
        return found


def _plan(known: Known, row: Row, seen: _Seen) -> PlannedItem:
    reading = _Reading(known, row.cells)
    customer, number = reading.customer(), _number(reading, row.line, seen)
    kid, currency = _kid(reading, row.line, seen), _currency(reading)
    amount = _amount(reading)
    issued, due = _days(reading, amount)
    base = _base_amount(reading, currency, amount)
    item = None
    if issued is not None and amount is not None and base is not None and not reading.problems:
        item = OpenItem(
            customer_number=customer,
            payer_name=reading.text("customer_name")[:NAME_LENGTH_MAX],
            document_number=number,
            kid=kid,
            issue_date=issued,
            # What stands to the customer's credit is never late.
            due_date=due if amount > 0 else None,
            currency=currency,
            amount=amount,
            base_amount=base,
            is_payment=is_payment(reading.text("kind")),
        )
    label = _("Row %(line)s: %(name)s") % {"line": row.line, "name": number[:NUMBER_LENGTH_MAX]}
    return PlannedItem(
        line=row.line,
        label=label,
        item=item,
        problems=tuple(reading.problems),
        counted=base if base is not None else NOTHING,
    )


def _number(reading: _Reading, line: int, seen: _Seen) -> str:
    number = reading.text("document_number")
    if not number:
        reading.problems.append(_("Number: write the number of the document."))
        return ""
    if len(number) > NUMBER_LENGTH_MAX:
        reading.problems.append(_("Number: at most %(most)s characters.") % {"most": NUMBER_LENGTH_MAX})
    before = seen.numbers.setdefault(number, line)
    if before != line:
        reading.problems.append(
            _("Document %(number)s stands on row %(line)s already.") % {"number": number, "line": before}
        )
    elif number in reading.known.taken_numbers:
        reading.problems.append(_("A claim with the number %(number)s is in the books already.") % {"number": number})
    return number


def _kid(reading: _Reading, line: int, seen: _Seen) -> str:
    kid = reading.text("kid").replace(" ", "")
    if not kid:
        return ""
    if len(kid) > KID_LENGTH_MAX or not (is_valid_kid(kid) or is_valid_ocr(kid) or is_valid_rf(kid)):
        reading.problems.append(
            _("KID: the check digit of %(kid)s is wrong. Mend it or leave the cell empty.") % {"kid": kid[:30]}
        )
        return kid
    before = seen.kids.setdefault(kid, line)
    if before != line:
        reading.problems.append(_("The KID %(kid)s stands on row %(line)s already.") % {"kid": kid, "line": before})
    elif kid in reading.known.taken_kids:
        reading.problems.append(_("The KID %(kid)s belongs to a claim that is in the books already.") % {"kid": kid})
    return kid


def _currency(reading: _Reading) -> str:
    currency = reading.text("currency").upper() or reading.known.base_currency
    if currency not in CURRENCIES:
        reading.problems.append(_("Currency: write three letters, as NOK or EUR."))
    return currency


def _amount(reading: _Reading) -> Decimal | None:
    amount = reading.figure("amount", _("Amount open"), AMOUNT_DECIMALS)
    if amount is not None and not amount:
        reading.problems.append(_("Amount open: nothing is open here. Leave the row out."))
        return None
    if amount is not None and amount > 0 and is_payment(reading.text("kind")):
        reading.problems.append(_("Amount open: unused money of a customer is written with a minus."))
    return amount


def _days(reading: _Reading, amount: Decimal | None) -> tuple[date | None, date | None]:
    issued = reading.day("issue_date", _("Issued"), is_required=True)
    due = reading.day("due_date", _("Due date"), is_required=False)
    if issued is not None and issued > reading.known.day:
        reading.problems.append(_("Issued: the day comes after the day on which the books move."))
    if due is None and amount is not None and amount > 0 and not reading.text("due_date"):
        reading.problems.append(_("Due date: write the day on which the claim is payable."))
    if issued is not None and due is not None and due < issued:
        reading.problems.append(_("Due date: it comes before the day of issue. Are the columns exchanged?"))
    return issued, due


def _base_amount(reading: _Reading, currency: str, amount: Decimal | None) -> Decimal | None:
    """What it is in the books: as the file says, or by its rate."""
    label = _("In the books")
    told = reading.figure("base_amount", label, AMOUNT_DECIMALS) if reading.text("base_amount") else None
    if currency == reading.known.base_currency:
        if told is not None and amount is not None and told != amount:
            reading.problems.append(_("In the books: in %(currency)s it is what is open.") % {"currency": currency})
        return amount
    if told is None and not reading.text("base_amount"):
        return _by_rate(reading, currency, amount)
    if told is not None and amount is not None and (told > 0) != (amount > 0):
        reading.problems.append(_("In the books: it has the same sign as what is open."))
    return told


def _by_rate(reading: _Reading, currency: str, amount: Decimal | None) -> Decimal | None:
    rate = reading.figure("rate", _("Rate"), RATE_DECIMALS) if reading.text("rate") else None
    if not reading.text("rate"):
        reading.problems.append(
            _("In the books: write what the claim is in %(base)s, or the rate of %(currency)s.")
            % {"base": reading.known.base_currency, "currency": currency}
        )
    if rate is not None and rate <= 0:
        reading.problems.append(_("Rate: more than 0."))
        return None
    return None if rate is None or amount is None else round_amount(amount * rate)
