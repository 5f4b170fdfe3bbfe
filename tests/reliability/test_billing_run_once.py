"""A billing run that is killed twice and then run by two processes makes each draft once (cases 14, 16, 40)."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

from billing_backlog.models import BillingRun, Proforma
from billing_backlog.runs.manifest import verify_manifest
from invoicing.models import InvoiceLine
from tests import builders
from tests.builders import take_work, work
from tests.reliability import processes
from tests.reliability.servers import OwnServer
from tests.reliability.world import new_organization

CUSTOMERS = 14
UNTIL = "2026-11-30"
POINTS = ("batch", "within") if builders.IS_FULL else ("within",)


def test_a_run_that_is_killed_and_run_by_two_at_once_bills_each_item_once(server: OwnServer, tmp_path: Path) -> None:
    organization = new_organization()
    told = []
    for place in range(CUSTOMERS):
        customer = builders.make_customer(organization, name=f"Lag {place}")
        told += [work(customer_id=customer.pk, unit_price=Decimal(100 + hours)) for hours in range(2)]
    items = take_work(organization, *told, ready=True)
    environment = server.environment | {"BILAG_DATA_DIR": str(tmp_path)}
    said = tmp_path / "said"
    for point in POINTS:
        arguments = (organization.slug, UNTIL, point, str(tmp_path / point))
        with processes.child("tests.reliability.run_worker", *arguments, environment=environment, said=said) as killed:
            processes.wait_until_reached(tmp_path / point, killed, said)
    with ExitStack() as both:
        ends = [tmp_path / f"end-{each}" for each in "ab"]
        running = [
            both.enter_context(
                processes.child(
                    "tests.reliability.run_worker",
                    *(organization.slug, UNTIL, "end", str(end)),
                    environment=environment,
                    said=said,
                )
            )
            for end in ends
        ]
        for process in running:
            assert process.wait(timeout=60) == 0, said.read_text()

    with builders.in_organization(organization):
        [run] = BillingRun.objects.all()
        drafts = Counter(Proforma.objects.filter(run=run).values_list("invoice__customer_id", flat=True))
        billed = Counter(InvoiceLine.objects.values_list("source_id", flat=True))
    assert set(drafts.values()) == {1}
    assert len(drafts) == CUSTOMERS
    assert billed == Counter(item.pk for item in items)
    manifest = (tmp_path / "files" / str(organization.pk)).rglob(run.manifest_sha256)
    assert [verify_manifest(path.read_bytes()) for path in manifest] == [[]]
