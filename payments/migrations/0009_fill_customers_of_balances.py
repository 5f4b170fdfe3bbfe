"""Every balance gets the customer and the currency of its receivable, organization by organization."""

from typing import Any

from django.db import migrations

FILL = """
    UPDATE payments_receivablebalance AS balance SET customer_id = receivable.customer_id, currency = receivable.currency
    FROM payments_receivable AS receivable
    WHERE balance.organization_id = %(organization)s AND receivable.organization_id = %(organization)s
      AND receivable.id = balance.receivable_id AND balance.customer_id IS NULL
"""
LEFT = (
    "SELECT count(*) FROM payments_receivablebalance WHERE organization_id = %(organization)s AND customer_id IS NULL"
)


def fill_balances(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        # The owner is under row security as well: it opens every organization in turn.
        cursor.execute("ALTER TABLE tenants_organization NO FORCE ROW LEVEL SECURITY")
        cursor.execute("SELECT id FROM tenants_organization ORDER BY id")
        organizations = [row[0] for row in cursor.fetchall()]
        cursor.execute("ALTER TABLE tenants_organization FORCE ROW LEVEL SECURITY")
        for organization in organizations:
            values = {"organization": organization}
            cursor.execute(f"SET LOCAL app.organization_id = '{organization}'")
            cursor.execute(FILL, values)
            cursor.execute(LEFT, values)
            [left] = cursor.fetchone()
            if left:
                raise RuntimeError(f"{left} balances of organization {organization} belong to no receivable.")
        cursor.execute("SET LOCAL app.organization_id = ''")


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_customers_of_balances")]

    operations = [migrations.RunPython(fill_balances, migrations.RunPython.noop)]
