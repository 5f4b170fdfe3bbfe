"""The dated figures of the law that hold when this release is made, each with its source."""

import csv
from pathlib import Path
from typing import Any

from django.db import migrations

FIGURES = Path(__file__).resolve().parent.parent / "data" / "law_figures.csv"


def load_figures(apps: Any, schema_editor: Any) -> None:
    law_figure = apps.get_model("tenants", "LawFigure")
    with FIGURES.open(newline="", encoding="utf-8") as file:
        rows = [{**row, "valid_to": row["valid_to"] or None} for row in csv.DictReader(file)]
    law_figure.objects.using(schema_editor.connection.alias).bulk_create(law_figure(**row) for row in rows)


def remove_figures(apps: Any, schema_editor: Any) -> None:
    apps.get_model("tenants", "LawFigure").objects.using(schema_editor.connection.alias).filter(entered_by="").delete()


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_guards")]

    operations = [migrations.RunPython(load_figures, remove_figures)]
