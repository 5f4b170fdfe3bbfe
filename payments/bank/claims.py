"""The claims that a movement may pay: by reference, number, amount and customer; who pays from where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from foundation import rows
from payments import queries
from payments.bank import matching
from payments.bank.matching import Claim, Movement

CLAIMS_PER_CUSTOMER = 25
_CLAIM = """SELECT r.id, r.customer_id, r.document_number, r.kid, r.currency, {owed}, r.due_date,
         r.issue_date, c.name, {is_credited}
  FROM payments_receivable r
  JOIN payments_receivablebalance b ON b.organization_id = r.organization_id AND b.receivable_id = r.id
  JOIN customers_customer c ON c.organization_id = r.organization_id AND c.id = r.customer_id"""
_IS_CREDITED = """EXISTS (SELECT 1 FROM payments_allocation a WHERE a.organization_id = r.organization_id
                          AND a.receivable_id = r.id AND a.kind = 'credit')"""
# Whoever uses a claim's reference pays what was added to it as well.
_ADDED = """coalesce((SELECT sum(added.currency_amount) FROM payments_receivable a
                      JOIN payments_receivablebalance added
                        ON added.organization_id = a.organization_id AND added.receivable_id = a.id
                      WHERE a.organization_id = r.organization_id AND a.principal_id = r.id), 0)"""
_CLAIM_OR_CREDITED = _CLAIM.format(is_credited=_IS_CREDITED, owed=f"b.currency_amount + {_ADDED}")
_OPEN_CLAIM = _CLAIM.format(is_credited="false", owed="b.currency_amount")


def _claims(statement: str, parameters: Sequence[object]) -> list[Claim]:
    return [
        Claim(
            id=key,
            customer_id=customer,
            number=number,
            kid=kid,
            currency=currency,
            owed=owed,
            due=due,
            issued=issued,
            customer_name=name,
            is_credited=is_credited,
        )
        for key, customer, number, kid, currency, owed, due, issued, name, is_credited in rows.fetch_all(
            statement, parameters
        )
    ]


def claims_by_reference(organization_id: UUID, movements: Iterable[Movement]) -> list[Claim]:
    """The claims that the references of these movements name, paid or not, in two statements."""
    keys = [matching.keys_of(movement) for movement in movements]
    kids = sorted({kid for kid, _number in keys if kid})
    numbers = sorted({number for _kid, number in keys if number})
    found = []
    if kids:
        where = "WHERE r.organization_id = %s AND r.kid = ANY(%s::text[]) AND r.kind <> 'credit'"
        found = _claims(f"{_CLAIM_OR_CREDITED} {where}", [organization_id, kids])
    if numbers:
        where = "WHERE r.organization_id = %s AND r.document_number = ANY(%s::text[]) AND r.kind <> 'credit'"
        found += _claims(f"{_CLAIM_OR_CREDITED} {where}", [organization_id, numbers])
    return list({claim.id: claim for claim in found}.values())


def lock_what_payers_owe(organization_id: UUID, receivable_ids: Iterable[UUID]) -> dict[UUID, Decimal]:
    """What is open on these claims together with what was added to each; all are locked in the order of their ids."""
    claims, open_now = queries.lock_with_balances(organization_id, set(receivable_ids), with_additions=True)
    owed: dict[UUID, Decimal] = {}
    for key, claim in claims.items():
        for payable in {key, claim.principal_id or key}:
            owed[payable] = owed.get(payable, matching.NOTHING) + open_now[key].currency_amount
    return owed


def lock_what_is_open(organization_id: UUID, receivable_ids: Iterable[UUID]) -> dict[UUID, Decimal]:
    """What is open on these claims; their balances are locked in the order of their ids, as everybody locks them."""
    wanted = sorted(set(receivable_ids))
    if not wanted:
        return {}
    found = rows.fetch_all(
        """SELECT receivable_id, currency_amount FROM payments_receivablebalance
           WHERE organization_id = %s AND receivable_id = ANY(%s::uuid[]) ORDER BY receivable_id FOR NO KEY UPDATE""",
        [organization_id, wanted],
    )
    return dict(found)


def open_claims_named(organization_id: UUID, references: Sequence[str], numbers: Sequence[str]) -> list[Claim]:
    """The open claims with one of these KIDs or document numbers."""
    if not references and not numbers:
        return []
    where = """WHERE r.organization_id = %s AND b.currency_amount > 0
               AND (r.kid = ANY(%s::text[]) AND r.kid <> '' OR r.document_number = ANY(%s::text[])) LIMIT 200"""
    return _claims(f"{_OPEN_CLAIM} {where}", [organization_id, list(references), list(numbers)])


def open_claims_of_amount(organization_id: UUID, amounts: Sequence[Decimal]) -> list[Claim]:
    """Open claims of exactly one of these amounts, the oldest first."""
    if not amounts:
        return []
    where = """WHERE r.organization_id = %s AND b.currency_amount = ANY(%s::numeric[]) AND b.currency_amount > 0
               ORDER BY r.due_date, r.id LIMIT 200"""
    return _claims(f"{_OPEN_CLAIM} {where}", [organization_id, list(amounts)])


def open_claims_of_customers(organization_id: UUID, customer_ids: Iterable[UUID]) -> list[Claim]:
    """What these customers owe, the oldest first, so many of each."""
    wanted = sorted(set(customer_ids))
    if not wanted:
        return []
    statement = f"""SELECT each.* FROM unnest(%s::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
        {_OPEN_CLAIM} WHERE r.organization_id = %s AND r.customer_id = wanted.id AND b.currency_amount > 0
        ORDER BY r.due_date, r.id LIMIT {CLAIMS_PER_CUSTOMER}) each"""  # noqa: S608 - our own names
    return _claims(statement, [wanted, organization_id])


def open_claims_by_id(organization_id: UUID, receivable_ids: Iterable[UUID]) -> list[Claim]:
    """These claims, as far as they are open, in the order given."""
    wanted = list(receivable_ids)
    where = "WHERE r.organization_id = %s AND r.id = ANY(%s::uuid[]) AND b.currency_amount > 0"
    found = {claim.id: claim for claim in _claims(f"{_OPEN_CLAIM} {where}", [organization_id, wanted])}
    return [found[key] for key in wanted if key in found]


def find_open_claims(organization_id: UUID, words: str, *, limit: int = 12) -> list[Claim]:
    """Open claims by document number, KID, amount or a part of the customer's name."""
    plain = words.strip()
    if not plain:
        return []
    amount = plain.replace(" ", "").replace("\u00a0", "").replace(",", ".")
    is_amount = amount.replace(".", "", 1).isdigit() and amount.isascii() and len(amount) < 16
    where = """WHERE r.organization_id = %s AND b.currency_amount > 0
               AND (r.document_number = %s OR r.kid = %s OR c.name ILIKE %s OR b.currency_amount = %s)
               ORDER BY r.document_number = %s DESC, r.due_date, r.id LIMIT %s"""
    like = "%" + plain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    values = [plain, plain, like, Decimal(amount) if is_amount else Decimal(-1), plain, limit]
    return _claims(f"{_OPEN_CLAIM} {where}", [organization_id, *values])


def known_payers(organization_id: UUID, accounts: Iterable[str]) -> dict[str, dict[UUID, int]]:
    """Which customers were paid for from these accounts, and how often."""
    wanted = sorted({account for account in accounts if account})
    found: dict[str, dict[UUID, int]] = {}
    if wanted:
        for account, customer_id, count in rows.fetch_all(
            """SELECT payer_account, customer_id, count FROM payments_knownpayer
               WHERE organization_id = %s AND payer_account = ANY(%s::text[])""",
            [organization_id, wanted],
        ):
            found.setdefault(account, {})[customer_id] = count
    return found


def customers_like_payers(
    organization_id: UUID, names: Iterable[str], numbers: Iterable[str]
) -> list[tuple[UUID, str, str]]:
    """Customers with exactly one of these names or organization numbers: id, name and organization number."""
    lowered = sorted({name.strip().lower() for name in names if name.strip()})
    told = sorted({number for number in numbers if number})
    if not lowered and not told:
        return []
    return [
        (key, name, number)
        for key, name, number in rows.fetch_all(
            """SELECT id, name, organization_number FROM customers_customer
               WHERE organization_id = %s AND (lower(name) = ANY(%s::text[])
                 OR organization_number <> '' AND organization_number = ANY(%s::text[])) LIMIT 200""",
            [organization_id, lowered, told],
        )
    ]
