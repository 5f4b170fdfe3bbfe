"""Accounts that are not offered any more; those that posting rules ask for stay in use."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_voucher_kinds_of_money")]

    operations = [
        migrations.AddField(
            model_name="account",
            name="is_active",
            field=models.BooleanField(default=True, verbose_name="In use"),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=Q(purpose="") | Q(is_active=True), name="account_of_a_rule_stays_in_use"
            ),
        ),
    ]
