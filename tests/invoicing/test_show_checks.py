"""The panel beside the editor: asked after each save, quick, true in its figures, and leading to the fields."""

from __future__ import annotations

import time
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing.documents.ehf_checks import OWN_RULES_COUNT
from invoicing.documents.ehf_rules.engine import validator_for
from invoicing.documents.ehf_rules.rule_sets import packaged_set
from invoicing.models import DraftCheck, Invoice
from tests import builders

FRAGMENT = {"HX-Request": "true"}
SECONDS_MAX = 0.15


def address(organization: Any, draft: Invoice) -> str:
    return reverse("invoicing:show_checks", args=[organization.slug, draft.pk])


def test_what_is_wrong_leads_to_its_field_and_what_is_right_is_said(
    organization: Any, owner: Any, client_of: Any, settings: Any
) -> None:
    settings.EHF_RULES_DIR = ""
    draft = builders.make_draft(organization, delivery_date=None)
    with builders.in_organization(organization):
        type(draft.customer).objects.of(organization).update(wants_ehf=True)
    shown = client_of(owner).get(address(organization, draft), headers=FRAGMENT).content.decode()
    assert 'data-mark="delivery_date"' in shown
    assert 'href="#id_delivery_date"' in shown
    assert "0192:810000007" in shown
    with builders.in_organization(organization):
        Invoice.objects.of(organization).filter(pk=draft.pk).update(delivery_date=builders.TODAY)
    mended = client_of(owner).get(address(organization, draft), headers=FRAGMENT).content.decode()
    assert "data-mark" not in mended
    rules = validator_for(packaged_set()).rules_count
    assert rules > 1_000
    assert f"{rules + OWN_RULES_COUNT + 16} " in mended.replace("\xa0", "").replace("&nbsp;", "")


def test_a_line_is_named_by_its_id_wherever_the_rule_counted_it(organization: Any, owner: Any, client_of: Any) -> None:
    lines = [builders.line(), builders.line(unit_code="QQQ")]
    draft = builders.make_draft(organization, lines=lines)
    line = builders.lines_of(organization, draft)[1]
    shown = client_of(owner).get(address(organization, draft), headers=FRAGMENT).content.decode()
    assert f'data-mark="{line.pk.hex}-unit_code"' in shown


def test_looking_keeps_nothing_asks_little_and_is_quick(organization: Any, owner: Any, client_of: Any) -> None:
    draft = builders.make_draft(organization, lines=[builders.line() for _number in range(40)])
    client = client_of(owner)
    client.get(address(organization, draft), headers=FRAGMENT)  # the rules are compiled once in each process
    with CaptureQueriesContext(connection) as asked:
        began = time.process_time()
        client.get(address(organization, draft), headers=FRAGMENT)
        spent = time.process_time() - began
    assert len(asked) < 30
    assert spent < SECONDS_MAX
    with builders.in_organization(organization):
        assert not DraftCheck.objects.of(organization).exists()


def test_a_stranger_gets_404_an_auditor_403_and_a_plain_link_the_page(
    organization: Any, owner: Any, stranger: Any, auditor: Any, client_of: Any
) -> None:
    draft = builders.make_draft(organization)
    assert client_of(stranger).get(address(organization, draft), headers=FRAGMENT).status_code == 404
    assert client_of(auditor).get(address(organization, draft), headers=FRAGMENT).status_code == 403
    answer = client_of(owner).get(address(organization, draft))
    assert answer.headers["Location"] == reverse("invoicing:update_draft", args=[organization.slug, draft.pk])


def test_a_draft_that_is_finalized_meanwhile_is_left_as_it_is(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = builders.make_finalized_invoice(organization)
    assert client_of(owner).get(address(organization, invoice), headers=FRAGMENT).status_code == 204
