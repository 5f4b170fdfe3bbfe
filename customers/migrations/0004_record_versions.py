"""Every change of a customer, a contact or a product leaves what the record says from then on; never a national id."""

from django.db import migrations

TRIGGER = """CREATE TRIGGER versions_are_kept AFTER INSERT OR UPDATE OR DELETE ON {table}
             FOR EACH ROW EXECUTE FUNCTION keep_record_version({arguments})"""
KEPT = {
    "customers_customer": "'customer', 'organization_id', 'national_id_sealed', 'national_id_lookup'",
    "customers_contact": "'contact', 'organization_id'",
    "customers_product": "'product', 'organization_id'",
}


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_custom_properties"), ("tenants", "0007_record_versions")]

    operations = [
        migrations.RunSQL(
            [TRIGGER.format(table=table, arguments=arguments)], [f"DROP TRIGGER versions_are_kept ON {table}"]
        )
        for table, arguments in KEPT.items()
    ]
