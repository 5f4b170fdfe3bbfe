"""Names of checks that leave room for what a sharded server adds to them."""

from django.db import migrations

SHORTER = {
    "invoicing_deliverysettings_email_deadline_hours_check": "email_deadline_is_not_negative",
    "invoicing_deliverysettings_ehf_deadline_hours_check": "ehf_deadline_is_not_negative",
    "invoicing_deliverysettings_paper_deadline_hours_check": "paper_deadline_is_not_negative",
    "invoicing_deliverysettings_link_days_after_paid_check": "link_life_is_not_negative",
}


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0012_find_mail_hooks")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE invoicing_deliverysettings RENAME CONSTRAINT {long} TO {short}",
            f"ALTER TABLE invoicing_deliverysettings RENAME CONSTRAINT {short} TO {long}",
        )
        for long, short in SHORTER.items()
    ]
