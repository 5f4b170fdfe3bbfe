"""Drafts by their age, documents by date with what their sums need, documents that nobody has: no other row is read."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the indexes are built while the documents are in use

    dependencies = [("invoicing", "0008_delivery_guards")]

    operations = [
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("number__isnull", True)),
                fields=["organization", "id"],
                name="invoice_without_number",
            ),
        ),
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                fields=["organization", "-issue_date", "-id"],
                include=["status", "kind", "currency", "net_amount", "delivery_date", "period_to"],
                name="document_by_date",
            ),
        ),
        AddIndexConcurrently(
            model_name="invoicefollowup",
            index=models.Index(
                condition=models.Q(("delivery_summary", "nobody")),
                fields=["organization", "invoice"],
                name="nobody_has_document",
            ),
        ),
        RemoveIndexConcurrently(model_name="invoice", name="invoice_by_date"),
    ]
