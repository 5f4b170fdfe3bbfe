"""A verdict names whose change it judges, and an approval is given by somebody else."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0004_desk_guards")]

    operations = [
        migrations.AddField(
            model_name="draftapproval",
            name="made_by_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddConstraint(
            model_name="draftapproval",
            constraint=models.CheckConstraint(
                condition=~Q(verdict="approved")
                | Q(user__isnull=False) & (Q(made_by_id=None) | ~Q(made_by_id=F("user"))),
                name="approval_is_by_a_second_person",
            ),
        ),
    ]
