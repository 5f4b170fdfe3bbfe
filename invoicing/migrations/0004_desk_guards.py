"""What goes with a finalized document is frozen with it; verdicts and versions are never changed."""

from django.db import migrations

ATTACHMENTS = """CREATE FUNCTION guard_attachments() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  told public.invoicing_attachment;
BEGIN
  told := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  IF EXISTS (SELECT 1 FROM public.invoicing_invoice i
             WHERE i.organization_id = told.organization_id AND i.id = told.invoice_id AND i.status = 'finalized') THEN
    RAISE EXCEPTION 'attachments of finalized documents are frozen' USING ERRCODE = '23001';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.organization_id, NEW.invoice_id, NEW.sha256)
                          IS DISTINCT FROM (OLD.organization_id, OLD.invoice_id, OLD.sha256) THEN
    RAISE EXCEPTION 'an attachment keeps its document and its bytes' USING ERRCODE = '23001';
  END IF;
  RETURN told;
END $$"""
NEVER_CHANGED = ("invoicing_draftapproval", "invoicing_draftversion")


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0003_desk"), ("tenants", "0007_record_versions")]

    operations = [
        migrations.RunSQL(
            [
                ATTACHMENTS,
                """CREATE TRIGGER attachments_are_frozen BEFORE INSERT OR UPDATE OR DELETE ON invoicing_attachment
                   FOR EACH ROW EXECUTE FUNCTION guard_attachments()""",
            ],
            ["DROP TRIGGER attachments_are_frozen ON invoicing_attachment", "DROP FUNCTION guard_attachments()"],
        ),
        *[
            migrations.RunSQL(
                [
                    f"""CREATE TRIGGER rows_are_never_changed BEFORE UPDATE ON {table}
                        FOR EACH ROW EXECUTE FUNCTION refuse_change('{table}')""",
                    f"REVOKE UPDATE ON {table} FROM bilag_app",
                ],
                [
                    f"GRANT UPDATE ON {table} TO bilag_app",
                    f"DROP TRIGGER rows_are_never_changed ON {table}",
                ],
            )
            for table in NEVER_CHANGED
        ],
    ]
