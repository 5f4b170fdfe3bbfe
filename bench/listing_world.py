"""A million documents of two hundred organizations, written once and kept for the next run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from uuid import UUID

from bench import kept

ORGANIZATIONS = 200
FULL, QUICK = 1_000_000, 100_000
CUSTOMERS_PER_ORGANIZATION = 400
WORLD = 2  # another number after a change of what is filled in

# Every id tells its kind and place: kind-organization-row.
IDS = """CREATE FUNCTION bench_id(kind int, organization int, place bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT ('019' || lpad(to_hex(kind), 5, '0') || '-' || lpad(to_hex(organization), 4, '0') || '-7000-8000-'
          || lpad(to_hex(place), 12, '0'))::uuid $$"""

FILL = (
    """INSERT INTO tenants_user (id, password, email, name, language, has_single_key_shortcuts, is_active, joined_at)
       SELECT bench_id(1, 0, 1), '!', 'owner@bench.example', 'Owner', 'nb', true, true, now()""",
    """INSERT INTO tenants_organization (id, slug, name, country, organization_number, is_vat_registered,
           is_in_company_register, street, street_2, postal_code, city, email, phone, website, language, time_zone,
           base_currency, payment_terms_days, accent_color, logo_sha256, document_footer, national_id_purpose,
           corrections_by, draft_deletion_by, created_at)
       SELECT bench_id(2, o, 0), 'bench-' || o, 'Bench ' || o, 'NO', '123456785', true, true, 'Gata 1', '',
       '0001', 'By',
              '', '', '', 'nb', 'Europe/Oslo', 'NOK', 14, '', '', '', '',
              'permitted', 'permitted', now()
       FROM generate_series(1, %(organizations)s) o""",
    """INSERT INTO customers_customer (id, organization_id, number, kind, name, organization_number, vat_number,
           resource_number, national_id_lookup, contact_name, email, phone, street, street_2, postal_code,
           city, country,
           language, currency, wants_ehf, endpoint_scheme, endpoint_id, buyer_reference, vat_treatment, notes, version,
           custom_properties, created_at)
       SELECT bench_id(3, o, c), bench_id(2, o, 0), c, 'business',
              initcap(substr(md5(c::text || 'a'), 1, 3 + c %% 5)) || ' ' || initcap(substr(md5(c::text || 'b'),
              1, 6)) || ' AS',
              '', '', '', '', '', '', '', '', '', '', '', 'NO', 'nb', 'NOK', false, '', '', '', '', '', 1, '{}', now()
       FROM generate_series(1, %(organizations)s) o, generate_series(1, %(customers)s) c""",
    """INSERT INTO invoicing_numberseries (id, organization_id, code, name, first_number, last_allowed, last_number,
           head_hash, is_default, row_hash, created_at)
       SELECT bench_id(4, o, 0), bench_id(2, o, 0), 'main', 'Main', 10001, 999999999, 9999999, '', true, '', now()
       FROM generate_series(1, %(organizations)s) o""",
    # One organization holds a fifth of all, one a twentieth, the others share the rest.
    """CREATE UNLOGGED TABLE bench_place AS
       SELECT g AS place, CASE WHEN g %% 20 < 4 THEN 1 WHEN g %% 20 = 4 THEN 2
                               ELSE 3 + (g / 20 * 15 + g %% 20) %% (%(organizations)s - 2) END AS organization,
              date '2022-01-01' + (g * 1780 / %(documents)s)::int AS day,
              1 + (hashint8(g) & 2147483647) %% %(customers)s AS customer,
              ((hashint8(g + 7) & 2147483647) %% 9000000) / 100.0 + 10 AS amount,
              (hashint8(g + 13) & 2147483647) %% 100 < 6 OR g > %(documents)s * 0.98 AS is_open
       FROM generate_series(1, %(documents)s) g""",
    """INSERT INTO payments_receivable (id, organization_id, customer_id, kind, document_number, kid, currency,
           issue_date, due_date, created_at)
       SELECT bench_id(5, organization, place), bench_id(2, organization, 0), bench_id(3, organization, customer),
              'invoice', place::text, place::text, 'NOK', day, day + 14, day
       FROM bench_place""",
    """INSERT INTO payments_receivablebalance (id, organization_id, receivable_id, customer_id, currency,
           due_date, currency_amount, amount)
       SELECT bench_id(6, organization, place), bench_id(2, organization, 0), bench_id(5, organization, place),
              bench_id(3, organization, customer), 'NOK', day + 14,
              CASE WHEN is_open THEN amount ELSE 0 END, CASE WHEN is_open THEN amount ELSE 0 END
       FROM bench_place""",
    """INSERT INTO invoicing_invoice (id, organization_id, kind, status, customer_id, series_id, number, kid,
           issue_date,
           due_date, has_own_due_date, accounting_date, payment_terms_days, delivery_name, delivery_street,
           delivery_postal_code, delivery_city, delivery_country, currency, language, prices_include_vat,
           discount_percent, discount_amount, discount_reason, buyer_reference, order_reference, our_reference,
           contract_reference, project_reference, note, internal_note, credit_reason, net_amount, vat_amount,
           rounding_amount, payable_amount, receivable_id, snapshot, body_hash, previous_hash, hash, finalized_at,
           finalized_by, created_at, updated_at, version, delivery_date)
       SELECT bench_id(7, organization, place), bench_id(2, organization, 0), 'invoice', 'finalized',
              bench_id(3, organization, customer), bench_id(4, organization, 0),
              10000 + row_number() OVER (PARTITION BY organization ORDER BY place), place::text, day, day + 14,
              false, day,
              14, '', '', '', '', '', 'NOK', 'nb', false, 0, 0, '', 'PO-' || place, '', '', '', '', '', '', '',
              round(amount * 0.8, 2), amount - round(amount * 0.8, 2), 0, amount, bench_id(5, organization, place),
              jsonb_build_object('schema', 1, 'text', repeat(md5(place::text), 8)), md5(place::text), '', 'x',
              day, 'Bench',
              day, day, 1, day - (hashint8(place + 17) & 2147483647) %% 40
       FROM bench_place""",
    """INSERT INTO invoicing_invoice (id, organization_id, kind, status, customer_id, kid, has_own_due_date,
           payment_terms_days, delivery_name, delivery_street, delivery_postal_code, delivery_city, delivery_country,
           currency, language, prices_include_vat, discount_percent, discount_amount, discount_reason, buyer_reference,
           order_reference, our_reference, contract_reference, project_reference, note, internal_note, credit_reason,
           net_amount, vat_amount, rounding_amount, payable_amount, body_hash, previous_hash, hash, finalized_by,
           created_at, updated_at, version)
       SELECT bench_id(8, o, d), bench_id(2, o, 0), 'invoice', 'draft', bench_id(3, o, d), '', false, 14, '',
       '', '', '',
              '', 'NOK', 'nb', false, 0, 0, '', '', '', '', '', '', '', '', '', 80, 20, 0, 100, '', '', '', '', now(),
              now() - make_interval(mins => d), 1
       FROM generate_series(1, %(organizations)s) o, generate_series(1, 30) d""",
    # Four people own the documents; a word of the organization's own stands on each.
    """INSERT INTO tenants_user (id, password, email, name, language, has_single_key_shortcuts, is_active, joined_at)
       SELECT bench_id(1, 0, u), '!', 'person' || u || '@bench.example', 'Person ' || u, 'nb', true, true, now()
       FROM generate_series(2, 4) u""",
    """INSERT INTO customers_customproperty (id, organization_id, subject, name, kind, choices, position, created_at)
       SELECT bench_id(9, o, 1), bench_id(2, o, 0), 'invoice', 'Avdeling', 'choice', '["Nord", "Sør"]', 1, now()
       FROM generate_series(1, %(organizations)s) o""",
    """INSERT INTO invoicing_invoicefollowup (id, organization_id, invoice_id, owner_id, custom_properties,
           delivery_summary)
       SELECT bench_id(10, organization, place), bench_id(2, organization, 0), bench_id(7, organization, place),
              bench_id(1, 0, 1 + place %% 4),
              jsonb_build_object(bench_id(9, organization, 1)::text,
                                 CASE WHEN place %% 3 = 0 THEN 'Nord' ELSE 'Sør' END),
              ''
       FROM bench_place""",
    "UPDATE customers_customer SET kind = 'public_body' WHERE number %% 5 = 0",
    "DROP TABLE bench_place",
)


def customer_id(organization: int, random: Random) -> UUID:
    """The id of some customer of the organization of that number, as bench_id makes it."""
    return UUID(f"01900003-{organization:04x}-7000-8000-{random.randint(1, CUSTOMERS_PER_ORGANIZATION):012x}")


def user_id(random: Random) -> UUID:
    """The id of one of the four people, as bench_id makes it."""
    return UUID(f"01900001-0000-7000-8000-{random.randint(1, 4):012x}")


def property_id(organization: int) -> UUID:
    """The id of the own property of the organization of that number, as bench_id makes it."""
    return UUID(f"01900009-{organization:04x}-7000-8000-000000000001")


@contextmanager
def kept_database(documents: int) -> Iterator[None]:
    """Point all logins at the filled database, making it first when it is not there."""
    numbers = {"organizations": ORGANIZATIONS, "customers": CUSTOMERS_PER_ORGANIZATION, "documents": documents}

    def fill(cursor: Any) -> None:
        cursor.execute(IDS)
        for statement in FILL:
            cursor.execute(statement, numbers)

    with kept.kept_database(f"bilag_list_{documents}_{WORLD}", fill):
        yield
