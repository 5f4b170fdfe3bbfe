"""What every table, view, key and function owes to tenancy: each rule asks the catalogue and returns complaints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
from django.apps import apps
from django.db.models import ForeignKey

from tenants.scoping import OrganizationOwned

Session = psycopg.Connection[Any]
Rule = Callable[[Session], Iterator[str]]

NAME_LENGTH_MAX = 50
OWN_ROWS = "({column} = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid)"
ROOT = "tenants_organization"

# Tables that bilag_definer reads across organizations, for the few functions that are asked before one is known and
# for the checks that run at COMMIT.
DEFINER_READS = frozenset(
    {
        "tenants_membership",
        "tenants_organization",
        "tenants_outboxrow",
        "tenants_apitoken",
        "tenants_webhookendpoint",
        "tenants_auditentry",
        "tenants_auditseal",
        "payments_voucher",
        "payments_posting",
        "payments_payment",
        "payments_allocation",
        "payments_refund",
        "invoicing_invoice",
        "invoicing_publiclink",
        "invoicing_accesspoint",
        "invoicing_deliverysettings",
        "payments_provideraccount",
        "customers_customer",
    }
)
# Tables that belong to nobody: people and how they sign in, the framework's own books, figures of the law.
SHARED = frozenset(
    {
        "account_emailaddress",
        "account_emailconfirmation",
        "auth_group",
        "auth_group_permissions",
        "auth_permission",
        "django_content_type",
        "django_migrations",
        "django_session",
        "mfa_authenticator",
        "tenants_environment",
        "tenants_lawfigure",
        "tenants_user",
        "usersessions_usersession",
    }
)
READ_ONLY_FOR_APP = frozenset({"tenants_lawfigure"})
APPEND_ONLY = frozenset(
    {
        "tenants_auditentry",
        "tenants_auditerasure",
        "tenants_auditseal",
        "tenants_recordversion",
        "tenants_routine",
        "tenants_environment",
        "payments_voucher",
        "payments_posting",
        "payments_receivable",
        "payments_allocation",
        "payments_openingbalance",
        "payments_periodlock",
        "payments_refundfile",
        "payments_directdebitfile",
        "payments_providerevent",
        "payments_attemptpart",
        "payments_instalment",
        "invoicing_customerpaper",
        "invoicing_documentfile",
        "invoicing_dispatch",
        "invoicing_deliveryevent",
        "invoicing_receivedmessage",
        "billing_backlog_quoteversion",
        "billing_backlog_writeoff",
        "billing_backlog_subscriptionprice",
        "billing_backlog_runanswer",
        "billing_backlog_runrow",
        "billing_backlog_runorder",
        "billing_backlog_transferattempt",
        "billing_backlog_filereceipt",
        "billing_backlog_returnederror",
        "accounting_sync_exportedvoucher",
        "accounting_sync_exportrun",
        "accounting_sync_pushattempt",
        "accounting_sync_reconciliationreport",
        "reminders_collectionfile",
        "reminders_collectionnews",
        "reminders_lossevidence",
    }
)
# What the functions that erase people may do beside reading: rows deleted, and single columns changed.
DEFINER_DELETES = frozenset({"tenants_recordversion"})
DEFINER_CHANGES = frozenset(
    {
        ("tenants_auditentry", "subject_label"),
        ("tenants_auditentry", "facts"),
        *(("invoicing_delivery", column) for column in ("recipient", "recipient_name", "reason")),
        *(("invoicing_deliveryevent", column) for column in ("reason", "facts")),
        *(("invoicing_dispatch", column) for column in ("chain", "letter")),
        *(("invoicing_receivedmessage", column) for column in ("text", "problem", "facts")),
        *(("payments_hold", column) for column in ("reason", "release_reason", "made_by")),
        *(("payments_customerhold", column) for column in ("reason", "release_reason", "made_by")),
        *(("payments_bankfile", column) for column in ("forgotten_at", "faults", "warnings")),
        *(
            ("payments_bankline", column)
            for column in (
                "payer_name",
                "payer_account",
                "payer_number",
                "text",
                "documents",
                "reason_values",
                "archive_reference",
            )
        ),
    }
)
# The few columns of rows that otherwise never change which the application may write.
APPLICATION_CHANGES = frozenset({("payments_receivable", "reminder_step"), ("payments_receivable", "reminded_at")})
NEVER_DELETED = frozenset(
    {
        ROOT,
        "accounting_sync_connection",
        "accounting_sync_paymentproposal",
        "accounting_sync_reconciliation",
        "accounting_sync_straydocument",
        "accounting_sync_syncitem",
        "billing_backlog_runfile",
        "billing_backlog_runfilerow",
        "invoicing_numberseries",
        "payments_voucherseries",
        "payments_receivablebalance",
        "payments_customerhold",
        "reminders_dunningrun",
        "reminders_reminder",
        "reminders_reminderletter",
        "payments_hold",
        "payments_paymentattempt",
        "payments_bankfile",
        "payments_bankline",
        "payments_directdebitclaim",
        "payments_payout",
        "payments_payoutpart",
        "invoicing_delivery",
        "billing_backlog_backlogitem",
        "billing_backlog_billingrun",
        "billing_backlog_orderconfirmation",
        "billing_backlog_booking",
        "billing_backlog_subscription",
        "billing_backlog_subscriptionpause",
        "billing_backlog_visit",
        "reminders_collectioncase",
        "reminders_collectionclaim",
        "reminders_collectionstatusfile",
    }
)


def owned_models() -> set[str]:
    """The tables of the models that derive from OrganizationOwned."""
    return {model._meta.db_table for model in apps.get_models() if issubclass(model, OrganizationOwned)}


def complaints(session: Session) -> list[str]:
    """Everything that breaks a rule, each with the name of what breaks it."""
    return [complaint for rule in RULES for complaint in rule(session)]


def _rows(session: Session, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
    return session.execute(query, values or None).fetchall()


def owned_tables(session: Session) -> set[str]:
    """The tables that have an organization_id."""
    rows = _rows(
        session,
        """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm', 'f')
             AND a.attname = 'organization_id' AND NOT a.attisdropped""",
    )
    return {row[0] for row in rows}


def every_table_is_known(session: Session) -> Iterator[str]:
    """A table belongs to an organization, or to nobody by declaration; the owned ones are exactly the owned models."""
    owned = owned_tables(session)
    tables = _rows(
        session,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm', 'f')",
    )
    for (table,) in tables:
        if table not in owned and table not in SHARED and table != ROOT:
            yield f"{table}: has no organization_id and is not declared as shared"
    for table in owned ^ owned_models():
        yield f"{table}: is not both a table with organization_id and a model that derives from OrganizationOwned"


def rows_are_secured(session: Session) -> Iterator[str]:
    """Row security is on and forced, on tables that the application does not own."""
    for table, is_on, is_forced, owner in _rows(
        session,
        """SELECT relname, relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner) FROM pg_class
           WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s)""",
        [*owned_tables(session), ROOT],
    ):
        if not is_on or not is_forced:
            yield f"{table}: row security is not on and forced"
        if owner in {"bilag_app", "bilag_backup", "bilag_definer"}:
            yield f"{table}: is owned by {owner}"


def policies_are_the_declared_ones(session: Session) -> Iterator[str]:
    """One policy for everybody that compares with the open organization, and the declared readings of bilag_definer."""
    found: dict[str, dict[str, tuple[Any, ...]]] = {}
    for table, name, *policy in _rows(
        session,
        """SELECT tablename, policyname, permissive, roles::text[], cmd, qual, with_check FROM pg_policies
           WHERE schemaname = 'public'""",
    ):
        found.setdefault(table, {})[name] = tuple(policy)
    for table in sorted(owned_tables(session) | {ROOT} | set(found)):
        own = OWN_ROWS.format(column="id" if table == ROOT else "organization_id")
        expected: dict[str, tuple[Any, ...]] = {"organization_rows": ("PERMISSIVE", ["public"], "ALL", own, own)}
        if table in DEFINER_READS:
            expected["definer_reads"] = ("PERMISSIVE", ["bilag_definer"], "SELECT", "true", None)
        if found.get(table, {}) != expected:
            yield f"{table}: its policies are {found.get(table, {})}"


def keys_begin_with_the_organization(session: Session) -> Iterator[str]:
    """The primary key is (organization_id, id); every unique or exclusion index begins with organization_id."""
    rows = _rows(
        session,
        """SELECT t.relname, x.relname, i.indisprimary,
                  (SELECT array_agg(coalesce(a.attname, '(expression)') ORDER BY k.place)
                   FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
                   LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum > 0
                   WHERE k.place <= i.indnkeyatts)
           FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
           WHERE t.relnamespace = 'public'::regnamespace AND t.relname = ANY(%s)
             AND (i.indisunique OR i.indisexclusion)""",
        list(owned_tables(session)),
    )
    for table, index, is_primary, columns in rows:
        if is_primary and columns != ["organization_id", "id"]:
            yield f"{table}: its primary key is {columns}"
        if columns[0] != "organization_id":
            yield f"{table}: {index} is unique on {columns}, which does not begin with organization_id"
    for table in owned_tables(session) - {row[0] for row in rows if row[2]}:
        yield f"{table}: has no primary key"


def references_stay_inside(session: Session) -> Iterator[str]:
    """A foreign key between owned tables carries organization_id on both sides and is checked at once."""
    owned = owned_tables(session)
    for table, target, name, columns, targets, is_deferrable, on_delete in _rows(
        session,
        """SELECT c.conrelid::regclass::text, c.confrelid::regclass::text, c.conname,
                  (SELECT array_agg(a.attname ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY AS k (n, place)
                   JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n),
                  (SELECT array_agg(a.attname ORDER BY k.place) FROM unnest(c.confkey) WITH ORDINALITY AS k (n, place)
                   JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.n),
                  c.condeferrable, c.confdeltype
           FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace""",
    ):
        if target not in owned:
            continue
        if table not in owned:
            yield f"{table}: {name} points at the rows of an organization from outside"
            continue
        if len(columns) != 2 or columns[0] != "organization_id" or targets != ["organization_id", "id"]:
            yield f"{table}: {name} from {columns} to {target} {targets} can point across organizations"
        if is_deferrable or on_delete not in {b"a", b"r", b"c", "a", "r", "c"}:
            yield f"{table}: {name} is deferrable or does more than CASCADE"


def every_reference_has_its_key(session: Session) -> Iterator[str]:
    """Each foreign key of an owned model to an owned model stands in the database as well."""
    found = {
        (table, column)
        for table, column in _rows(
            session,
            """SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c
               JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
               WHERE c.contype = 'f' AND a.attname <> 'organization_id'""",
        )
    }
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if not isinstance(field, ForeignKey) or not issubclass(field.related_model, OrganizationOwned):
                continue
            if (model._meta.db_table, field.column) not in found:
                yield f"{model._meta.db_table}: {field.column} has no foreign key in the database"


def views_ask_as_their_reader(session: Session) -> Iterator[str]:
    """A view sees what its reader sees; what is materialized has no row security at all."""
    for view, kind, options in _rows(
        session,
        """SELECT relname, relkind::text, coalesce(array_to_string(reloptions, ','), '') FROM pg_class
           WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')""",
    ):
        if kind == "m":
            yield f"{view}: is a materialized view, which row security does not cover"
        elif "security_invoker=true" not in options and "security_invoker=on" not in options:
            yield f"{view}: is a view without security_invoker"


def functions_are_pinned(session: Session) -> Iterator[str]:
    """Definer functions belong to bilag_definer and are called by the two logins only; every trigger pins its path."""
    for name, is_definer, is_trigger, owner, language, settings, callers in _rows(
        session,
        """SELECT p.proname, p.prosecdef, p.prorettype = 'trigger'::regtype, pg_get_userbyid(p.proowner), l.lanname,
                  coalesce(array_to_string(p.proconfig, ';'), ''),
                  (SELECT array_agg(CASE WHEN a.grantee = 0 THEN 'public' ELSE pg_get_userbyid(a.grantee)::text END)
                   FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a)
           FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
           WHERE p.pronamespace = 'public'::regnamespace
             AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')""",
    ):
        if (is_definer or is_trigger) and "search_path=" not in settings:
            yield f"{name}(): its search_path is not pinned"
        if not is_definer:
            continue
        if owner != "bilag_definer" or language != "plpgsql":
            yield f"{name}(): runs as {owner}, in {language}"
        if not is_trigger and not set(callers) <= {"bilag_app", "bilag_backup", "bilag_definer"}:
            yield f"{name}(): may be called by {sorted(callers)}"


def rights_are_no_wider(session: Session) -> Iterator[str]:
    """The application truncates nothing, writes no law, and changes nothing that is append-only; backup only reads."""
    for table, login, rights in _rows(
        session,
        """SELECT c.relname, a.grantee::regrole::text, array_agg(a.privilege_type)
           FROM pg_class c, aclexplode(c.relacl) a
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.grantee <> 0
           GROUP BY 1, 2""",
    ):
        given = set(rights)
        if login == "bilag_app":
            allowed = {"SELECT", "INSERT", "UPDATE", "DELETE"}
            allowed -= {"INSERT", "UPDATE", "DELETE"} if table in READ_ONLY_FOR_APP else set()
            allowed -= {"UPDATE", "DELETE"} if table in APPEND_ONLY else set()
            allowed -= {"DELETE"} if table in NEVER_DELETED else set()
        elif login in {"bilag_backup", "bilag_definer"}:
            allowed = {"SELECT"}
            allowed |= {"DELETE"} if login == "bilag_definer" and table in DEFINER_DELETES else set()
        else:
            continue
        if given - allowed:
            yield f"{table}: {login} holds {sorted(given - allowed)}"
    for table, column, login, right in _rows(
        session,
        """SELECT c.relname, t.attname, a.grantee::regrole::text, a.privilege_type
           FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
           WHERE c.relnamespace = 'public'::regnamespace""",
    ):
        changes = {"bilag_definer": DEFINER_CHANGES, "bilag_app": APPLICATION_CHANGES}.get(login, frozenset())
        if right != "UPDATE" or (table, column) not in changes:
            yield f"{table}.{column}: {login} holds {right}"
    for (table,) in _rows(
        session,
        """SELECT c.relname FROM pg_class c, aclexplode(c.relacl) a
           WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 0""",
    ):
        yield f"{table}: PUBLIC holds rights"


def logins_are_weak(session: Session) -> Iterator[str]:
    """The application's login owns nothing, belongs to no other role and can make nothing."""
    for role, *powers in _rows(
        session,
        """SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication,
                  rolbypassrls AND rolname <> 'bilag_backup', rolcanlogin AND rolname = 'bilag_definer'
           FROM pg_roles WHERE rolname IN ('bilag_app', 'bilag_backup', 'bilag_definer')""",
    ):
        if any(powers):
            yield f"{role}: holds a power that it does not need"
    for role, parent in _rows(
        session,
        """SELECT m.member::regrole::text, m.roleid::regrole::text FROM pg_auth_members m
           WHERE m.member::regrole::text IN ('bilag_app', 'bilag_backup')
             AND m.roleid::regrole::text LIKE 'bilag%'""",
    ):
        yield f"{role}: is a member of {parent}"
    for kind, name in _rows(
        session,
        """SELECT 'relation', relname FROM pg_class WHERE pg_get_userbyid(relowner) = 'bilag_app'
           UNION ALL SELECT 'function', proname FROM pg_proc WHERE pg_get_userbyid(proowner) = 'bilag_app'""",
    ):
        yield f"{kind} {name}: is owned by bilag_app"
    [(may_create,)] = _rows(session, "SELECT has_schema_privilege('bilag_app', 'public', 'CREATE')")
    if may_create:
        yield "bilag_app: may create in schema public"


def names_are_short(session: Session) -> Iterator[str]:
    """Names of indexes, triggers and our own constraints fit where a sharded server adds a suffix."""
    for table, name in _rows(
        session,
        """SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal
           UNION ALL SELECT conrelid::regclass::text, conname FROM pg_constraint
           WHERE contype NOT IN ('f', 'n') AND connamespace = 'public'::regnamespace AND conrelid <> 0
           UNION ALL SELECT indrelid::regclass::text, indexrelid::regclass::text FROM pg_index i
           JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace""",
    ):
        if table not in SHARED and len(name) > NAME_LENGTH_MAX:
            yield f"{table}: {name} has {len(name)} characters"


RULES: tuple[Rule, ...] = (
    every_table_is_known,
    rows_are_secured,
    policies_are_the_declared_ones,
    keys_begin_with_the_organization,
    references_stay_inside,
    every_reference_has_its_key,
    views_ask_as_their_reader,
    functions_are_pinned,
    rights_are_no_wider,
    logins_are_weak,
    names_are_short,
)
