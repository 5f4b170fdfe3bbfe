"""Owner, terms and language changed on many documents: drafts wholly, finalized ones in what the law leaves open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from invoicing.models import Invoice, InvoiceFollowUp
from tenants.models import AuditEntry, Job, JobItem, JobState
from tests import builders
from tests.builders import TODAY, in_organization, make_customer, make_draft, run_background

SignIn = Callable[[Any], Client]


def address(organization: Any) -> str:
    return reverse("invoicing:change_many", args=[organization.slug])


def change(client: Client, organization: Any, documents: list[Invoice], **fields: Any) -> Any:
    form = {"id": [str(document.pk) for document in documents]}
    page = client.post(address(organization), form)
    assert page.status_code == 200
    return client.post(address(organization), form | {"key": page.context["key"]} | fields)


def owners(organization: Any, documents: list[Invoice]) -> set[Any]:
    with in_organization(organization):
        rows = InvoiceFollowUp.objects.filter(invoice_id__in=[document.pk for document in documents])
        return set(rows.values_list("owner_id", flat=True))


def test_few_are_changed_at_once_with_a_result_for_each(
    organization: Any, owner: Any, accountant: Any, client_of: SignIn
) -> None:
    customer = make_customer(organization)
    drafts = [make_draft(organization, customer, due_date=TODAY, has_own_due_date=True) for _each in range(2)]
    fields = {"owner": str(accountant.pk), "payment_terms_days": "30", "language": "en"}
    answer = change(client_of(owner), organization, drafts, **fields)
    with in_organization(organization):
        job = Job.objects.get()
        assert answer.headers["Location"] == reverse("tenants:show_job", args=[organization.slug, job.pk])
        assert (job.state, job.total, job.done, job.failed) == (JobState.COMPLETE, 2, 2, 0)
        for draft in Invoice.objects.all():
            assert (draft.payment_terms_days, draft.language, draft.has_own_due_date) == (30, "en", False)
            assert draft.version == drafts[0].version + 1
        [first, _second] = AuditEntry.objects.filter(verb="draft.changed")
        assert first.facts["changes"]["payment_terms_days"] == ["14", "30"]
        assert first.facts["changes"]["owner"][1] == str(accountant)
    assert owners(organization, drafts) == {accountant.pk}
    page = client_of(owner).get(answer.headers["Location"])
    assert len(page.context["items"]) == 2


def test_more_than_fifty_become_a_job(organization: Any, owner: Any, client_of: SignIn) -> None:
    customer = make_customer(organization)
    drafts = [make_draft(organization, customer) for _each in range(52)]
    change(client_of(owner), organization, drafts, payment_terms_days="45")
    with in_organization(organization):
        assert Job.objects.get().state == JobState.SCHEDULED
        assert not Invoice.objects.filter(payment_terms_days=45).exists()
    run_background()
    with in_organization(organization):
        assert Invoice.objects.filter(payment_terms_days=45).count() == 52
        assert Job.objects.get().state == JobState.COMPLETE


def test_a_finalized_invoice_gets_a_new_owner_and_nothing_else(
    organization: Any, owner: Any, accountant: Any, client_of: SignIn
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    change(client_of(owner), organization, [invoice], owner=str(accountant.pk), payment_terms_days="60")
    stored = builders.reload_invoice(organization, invoice)
    assert (stored.payment_terms_days, stored.version) == (invoice.payment_terms_days, invoice.version)
    assert owners(organization, [invoice]) == {accountant.pk}
    with in_organization(organization):
        item = JobItem.objects.get()
        assert (item.state, bool(item.reason)) == (JobState.COMPLETE, True)
        assert AuditEntry.objects.filter(verb="invoice.owner_changed", subject_id=invoice.pk).count() == 1


def test_terms_of_a_finalized_invoice_are_refused_with_the_reason_and_the_drafts_are_changed(
    organization: Any, owner: Any, client_of: SignIn
) -> None:
    invoice, draft = builders.make_finalized_invoice(organization), make_draft(organization)
    change(client_of(owner), organization, [invoice, draft], payment_terms_days="60")
    with in_organization(organization):
        states = dict(JobItem.objects.values_list("subject_id", "state"))
    assert states == {invoice.pk: "failed", draft.pk: "complete"}
    assert builders.reload_invoice(organization, draft).payment_terms_days == 60


def test_the_same_form_twice_changes_once(organization: Any, owner: Any, client_of: SignIn) -> None:
    draft = make_draft(organization)
    client = client_of(owner)
    form = {"id": str(draft.pk)}
    form |= {"key": client.post(address(organization), form).context["key"], "payment_terms_days": "21"}
    answers = {client.post(address(organization), form).headers["Location"] for _time in range(2)}
    assert len(answers) == 1
    assert builders.reload_invoice(organization, draft).version == draft.version + 1


def test_a_form_that_changes_nothing_is_refused_where_it_stands(
    organization: Any, owner: Any, client_of: SignIn
) -> None:
    draft = make_draft(organization)
    for fields in ({}, {"payment_terms_days": "-1"}, {"language": "xx"}, {"owner": "nobody"}):
        assert change(client_of(owner), organization, [draft], **fields).status_code == 422
    assert builders.reload_invoice(organization, draft).version == draft.version


def test_the_owner_must_be_a_member(organization: Any, owner: Any, stranger: Any, client_of: SignIn) -> None:
    draft = make_draft(organization)
    assert change(client_of(owner), organization, [draft], owner=str(stranger.pk)).status_code == 422


def test_another_organizations_documents_are_not_touched(
    organization: Any, owner: Any, other_organization: Any, client_of: SignIn
) -> None:
    theirs, ours = make_draft(other_organization), make_draft(organization)
    change(client_of(owner), organization, [theirs, ours], payment_terms_days="60")
    assert builders.reload_invoice(other_organization, theirs).payment_terms_days == 14
    assert client_of(owner).post(address(other_organization), {"id": str(theirs.pk)}).status_code == 404


def test_an_auditor_changes_nothing(organization: Any, auditor: Any, client_of: SignIn) -> None:
    draft = make_draft(organization)
    assert client_of(auditor).post(address(organization), {"id": str(draft.pk)}).status_code == 403
