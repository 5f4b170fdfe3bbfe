"""What stands of claims, as one text of SQL that every reader shares: those who ask of a few claims and of all.

The text is a list of common table expressions; the last, `standing`, has a row per open claim: receivable_id,
customer_id, currency, due_date, open, is_wholly_held, held, hold_kinds, has_pending, credit. Its parameters are
%(organization)s, %(today)s and %(direct_debits_from)s (`values_of`); where only a few claims are asked of,
%(receivables)s, and then the other claims of their customers are read beside them, since credit is shared out over all.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from payments.online.states import PROMISED

# How long after the day of drawing the bank's file of payments may still come: a weekend and two banking days.
DIRECT_DEBIT_PATIENCE = timedelta(days=4)
_PROMISED = ", ".join(f"'{state}'" for state in sorted(PROMISED))

# Money in that the bank has told of and nobody has booked, by everything that it names.
_UNBOOKED = """
    unbooked AS MATERIALIZED (
      SELECT upper(replace(l.reference, ' ', '')) AS plain, l.reference_kind, l.other_references, l.documents, l.text,
             l.payer_account, l.payer_number, lower(trim(l.payer_name)) AS payer_name
      FROM payments_bankline l
      WHERE l.organization_id = %(organization)s AND l.outcome IN ('unread', 'waiting') AND l.payment_id IS NULL
        AND NOT l.is_out AND l.kind IN ('credit', 'card') AND l.amount > 0),
    named AS MATERIALIZED (
      SELECT plain AS key FROM unbooked WHERE plain <> ''
      UNION
      SELECT CASE reference_kind
               WHEN 'rf' THEN ltrim(substr(plain, 5), '0')
               WHEN 'ocr' THEN ltrim(left(plain, -1), '0')
               WHEN 'fik' THEN ltrim(left(rtrim(split_part(regexp_replace(ltrim(plain, '+'), '^7[15]<', ''), '+', 1),
                                                '<'), -1), '0')
               ELSE '' END
      FROM unbooked
      UNION
      SELECT upper(replace(other, ' ', '')) FROM unbooked, jsonb_array_elements_text(other_references) other
      UNION
      SELECT coalesce(document ->> 1, '') FROM unbooked, jsonb_array_elements(documents) document
      UNION
      SELECT key FROM unbooked, regexp_matches(text, '[0-9]{3,20}', 'g') found,
           LATERAL (VALUES (found[1]), (ltrim(found[1], '0'))) AS each (key)),
"""


_STANDING = """    pending AS MATERIALIZED (
      SELECT part.receivable_id
      FROM payments_paymentattempt a
      JOIN payments_attemptpart part ON part.organization_id = a.organization_id AND part.attempt_id = a.id
      WHERE a.organization_id = %(organization)s AND a.state IN (<promised>) AND part.receivable_id <mine>
      UNION
      SELECT d.receivable_id FROM payments_directdebitclaim d
      WHERE d.organization_id = %(organization)s AND d.state = 'in_file' AND d.due_day >= %(direct_debits_from)s
        AND d.receivable_id <mine>
      UNION
      SELECT r.id FROM named
      JOIN payments_receivable r ON r.organization_id = %(organization)s AND r.kid = named.key AND r.kid <> ''
      UNION
      SELECT r.id FROM named
      JOIN payments_receivable r ON r.organization_id = %(organization)s AND r.document_number = named.key),
    paying AS MATERIALIZED (
      SELECT p.customer_id FROM payments_knownpayer p
      WHERE p.organization_id = %(organization)s AND p.customer_id <of few>
        AND p.payer_account IN (SELECT payer_account FROM unbooked WHERE payer_account <> '')
      UNION
      SELECT c.id FROM customers_customer c
      WHERE c.organization_id = %(organization)s AND c.id <of few>
        AND (c.organization_number IN (SELECT payer_number FROM unbooked WHERE payer_number <> '')
             OR lower(c.name) IN (SELECT payer_name FROM unbooked WHERE payer_name <> ''))),
    standing_hold AS MATERIALIZED (
      SELECT h.receivable_id, h.amount, h.kind FROM payments_hold h
      WHERE h.organization_id = %(organization)s AND h.released_at IS NULL
        AND (h.until IS NULL OR h.until >= %(today)s)),
    held AS MATERIALIZED (
      SELECT each.receivable_id, bool_or(each.amount IS NULL) AS is_whole, coalesce(sum(each.amount), 0) AS amount,
             array_agg(DISTINCT each.kind::text) AS kinds
      FROM (SELECT receivable_id, amount, kind FROM standing_hold
            UNION ALL  -- what was added to a claim is held with it
            SELECT r.id, NULL, h.kind FROM standing_hold h
            JOIN payments_receivable r ON r.organization_id = %(organization)s AND r.principal_id = h.receivable_id
            WHERE h.amount IS NULL) each
      WHERE each.receivable_id <mine>
      GROUP BY each.receivable_id),
    held_customer AS MATERIALIZED (
      SELECT h.customer_id, array_agg(DISTINCT h.kind::text) AS kinds FROM payments_customerhold h
      WHERE h.organization_id = %(organization)s AND h.released_at IS NULL
        AND (h.until IS NULL OR h.until >= %(today)s) AND h.customer_id <of few>
      GROUP BY h.customer_id),
    credit AS MATERIALIZED (
      SELECT customer_id, currency, sum(amount) AS amount
      FROM (SELECT p.customer_id, p.currency, p.unapplied AS amount FROM payments_payment p
            WHERE p.organization_id = %(organization)s AND p.unapplied > 0 AND p.customer_id <of few>
            UNION ALL
            SELECT b.customer_id, b.currency, -b.currency_amount FROM payments_receivablebalance b
            WHERE b.organization_id = %(organization)s AND b.currency_amount < 0 AND b.currency_amount <> 0
              AND b.customer_id <of few>) each
      GROUP BY customer_id, currency),
    set_off AS MATERIALIZED (
      SELECT receivable_id, least(open, credit - (through - open)) AS amount
      FROM (SELECT b.receivable_id, b.currency_amount AS open, credit.amount AS credit,
                   sum(b.currency_amount) OVER (PARTITION BY b.customer_id, b.currency
                                                ORDER BY b.due_date NULLS LAST, b.receivable_id) AS through
            FROM credit
            JOIN payments_receivablebalance b ON b.organization_id = %(organization)s
              AND b.customer_id = credit.customer_id AND b.currency = credit.currency
            WHERE b.currency_amount > 0 AND b.currency_amount <> 0) claim
      WHERE credit > through - open),
    standing AS (
      SELECT b.receivable_id, b.customer_id, b.currency, b.due_date, b.currency_amount AS open,
             whole.is_held AS is_wholly_held,
             CASE WHEN whole.is_held THEN b.currency_amount ELSE coalesce(held.amount, 0) END AS held,
             coalesce(held.kinds, '{}') || coalesce(held_customer.kinds, '{}') AS hold_kinds,
             pending.receivable_id IS NOT NULL OR paying.customer_id IS NOT NULL AS has_pending,
             coalesce(set_off.amount, 0) AS credit
      FROM payments_receivablebalance b
      LEFT JOIN held ON held.receivable_id = b.receivable_id
      LEFT JOIN held_customer ON held_customer.customer_id = b.customer_id
      LEFT JOIN pending ON pending.receivable_id = b.receivable_id
      LEFT JOIN paying ON paying.customer_id = b.customer_id
      LEFT JOIN set_off ON set_off.receivable_id = b.receivable_id
      CROSS JOIN LATERAL (SELECT held_customer.customer_id IS NOT NULL OR coalesce(held.is_whole, false)
                                 OR coalesce(held.amount >= b.currency_amount, false) AS is_held) whole
      WHERE b.organization_id = %(organization)s AND b.currency_amount > 0 AND b.currency_amount <> 0
        AND b.receivable_id <mine>)"""
_CUSTOMERS_OF_FEW = """IN (SELECT customer_id FROM payments_receivablebalance
               WHERE organization_id = %(organization)s AND receivable_id = ANY(%(receivables)s::uuid[]))"""
_FEW, _ALL = "= ANY(%(receivables)s::uuid[])", "IS NOT NULL"


def standing_ctes(*, of_few: bool) -> str:
    """The expressions, without WITH: of every open claim, or of the customers of %(receivables)s alone."""
    customers, claims = (_CUSTOMERS_OF_FEW, _FEW) if of_few else (_ALL, _ALL)
    text = _STANDING.replace("<of few>", customers).replace("<mine>", claims).replace("<promised>", _PROMISED)
    return _UNBOOKED + text


def values_of(organization_id: UUID, today: date, **more: Any) -> dict[str, Any]:
    """The parameters of the text."""
    return {
        "organization": organization_id,
        "today": today,
        "direct_debits_from": today - DIRECT_DEBIT_PATIENCE,
        **more,
    }
