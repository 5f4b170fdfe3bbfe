"""Organizations that stand already get the accounts that fees, compensation and interest are booked on."""

from typing import Any

from django.db import migrations

from foundation.ids import uuid7

ACCOUNTS = (
    ("3950", "Purregebyrer", "reminder_fees"),
    ("3955", "Kompensasjon for sen betaling", "late_compensation"),
    ("8050", "Renteinntekt", "interest_income"),
)
# Where the number is taken by an account of their own, theirs takes on the purpose; never two of them.
ADOPT = """UPDATE payments_account a SET purpose = %(purpose)s, is_active = true
           WHERE organization_id = %(organization)s AND number = %(number)s AND purpose = ''
             AND NOT EXISTS (SELECT 1 FROM payments_account
                             WHERE organization_id = %(organization)s AND purpose = %(purpose)s)"""
ADD = """INSERT INTO payments_account (id, organization_id, number, name, purpose, is_active)
         SELECT %(id)s, %(organization)s, %(number)s, %(name)s, %(purpose)s, true
         WHERE NOT EXISTS (SELECT 1 FROM payments_account
                           WHERE organization_id = %(organization)s AND purpose = %(purpose)s)"""
FOUND = "SELECT count(*) FROM payments_account WHERE organization_id = %(organization)s AND purpose = ANY(%(purposes)s)"


def add_accounts(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        # The owner is under row security as well: it opens every organization in turn.
        cursor.execute("ALTER TABLE tenants_organization NO FORCE ROW LEVEL SECURITY")
        cursor.execute("SELECT id FROM tenants_organization ORDER BY id")
        organizations = [row[0] for row in cursor.fetchall()]
        cursor.execute("ALTER TABLE tenants_organization FORCE ROW LEVEL SECURITY")
        for organization in organizations:
            cursor.execute(f"SET LOCAL app.organization_id = '{organization}'")
            for number, name, purpose in ACCOUNTS:
                values = {
                    "id": uuid7(),
                    "organization": organization,
                    "number": number,
                    "name": name,
                    "purpose": purpose,
                }
                cursor.execute(ADOPT, values)
                cursor.execute(ADD, values)
            cursor.execute(FOUND, {"organization": organization, "purposes": [account[2] for account in ACCOUNTS]})
            [found] = cursor.fetchone()
            if found != len(ACCOUNTS):
                raise RuntimeError(f"{found} of {len(ACCOUNTS)} accounts were added to organization {organization}.")
        cursor.execute("SET LOCAL app.organization_id = ''")


class Migration(migrations.Migration):
    dependencies = [("payments", "0030_additions_and_plans")]

    operations = [migrations.RunPython(add_accounts, migrations.RunPython.noop)]
