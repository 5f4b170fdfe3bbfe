"""Texts for e-mails have places of their own, and a mail service hands returned mail to a secret address."""

from django.db import migrations, models
from django.db.models import Q

PLACES = (
    ("invoice_note", "Message on new invoices"),
    ("credit_note", "Message on credit notes"),
    ("correction", "Message to the customer when an invoice is corrected"),
    ("footer", "Footer on documents"),
    ("mail_subject_invoice", "Subject of e-mails with an invoice"),
    ("mail_body_invoice", "E-mail with an invoice"),
    ("mail_subject_credit_note", "Subject of e-mails with a credit note"),
    ("mail_body_credit_note", "E-mail with a credit note"),
    ("mail_subject_correction", "Subject of e-mails with a corrected invoice"),
    ("mail_body_correction", "E-mail with a corrected invoice"),
)


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0010_forgetting_deliveries")]

    operations = [
        migrations.AlterField(
            model_name="documenttext",
            name="place",
            field=models.CharField(choices=PLACES, max_length=40, verbose_name="Place"),
        ),
        migrations.RemoveConstraint(model_name="documenttext", name="text_place_is_known"),
        migrations.AddConstraint(
            model_name="documenttext",
            constraint=models.CheckConstraint(
                condition=Q(place__in=[place for place, _label in PLACES]), name="text_place_is_known"
            ),
        ),
        migrations.AddField(
            model_name="deliverysettings",
            name="mail_hook_sha256",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
        ),
    ]
