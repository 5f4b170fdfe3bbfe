"""Many random documents through drafts, checks and numbers: lawful, and the same sum on screen, in EHF and voucher."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from django.test import Client

from invoicing import queries
from invoicing.actions.documents import document_of
from invoicing.documents.ehf import core_xml
from invoicing.models import Invoice
from tests import builders
from tests.conftest import SHARED
from tests.invoicing.agreement import disagreements, voucher_sums
from tests.invoicing.random_records import FinalizedBatch, finalized_batches, make_company
from tests.invoicing.screens import amounts_in_list, amounts_on_page, missing_amounts

# Each company is a test of its own, so that workers share the run.
COMPANIES = {
    "tenkt": (True, builders.scaled(4_700, 25)),
    "eksempel": (True, builders.scaled(4_700, 20)),
    "uregistrert": (False, builders.scaled(600, 15)),
}
Validate = Callable[[bytes], list[Any]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("slug", COMPANIES)
def test_every_document_says_the_same_everywhere(slug: str, client_of: Callable[[Any], Client]) -> None:
    is_vat_registered, count = COMPANIES[slug]
    seed = builders.SEED + list(COMPANIES).index(slug)
    organization = make_company(slug, is_vat_registered=is_vat_registered)
    client = client_of(builders.user_of(f"owner@{slug}.example"))
    validate = official_validator()
    seen, problems = 0, dict[str, list[str]]()
    for batch in finalized_batches(organization, seed, count):
        seen += len(batch.documents)
        problems |= _problems(batch, validate, client)
        assert problems == {}, f"seed {seed}, document {seen - len(batch.documents) + 1} to {seen}"
    assert seen == count


@cache
def official_validator() -> Validate | None:
    """The validator beside the rules in force, where this machine has it; a document's core XML in, findings out."""
    file = SHARED / "ehf" / "validate.py"
    if not file.is_file():
        return None
    spec = importlib.util.spec_from_file_location("official_ehf_validator", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its data classes look themselves up there
    spec.loader.exec_module(module)
    return lambda data: [finding for finding in module.validate(data) if finding.fatal]


def _problems(batch: FinalizedBatch, validate: Validate | None, client: Client) -> dict[str, list[str]]:
    organization, documents = batch.organization, batch.documents
    ids = [document.pk for document in documents]
    with builders.in_organization(organization):
        lines = queries.lines_by_invoice(organization, ids)
        stored = {row.pk: row for row in Invoice.objects.of(organization).filter(pk__in=ids)}
        sums = voucher_sums(organization.pk, documents)
    rows = amounts_in_list(client, organization)
    problems: dict[str, list[str]] = {}
    for invoice in stored.values():
        xml = core_xml(document_of(invoice))
        found = disagreements(invoice, lines[invoice.pk], xml=xml, sums=sums)
        page = amounts_on_page(client, organization, invoice)
        found += missing_amounts(invoice, page, rows.get(invoice.pk))
        if validate is not None:
            found += [str(finding) for finding in validate(xml)]
        if found:
            problems[str(invoice.number)] = found
    return problems
