"""Hundreds of drafts finalized by a job: a result for each, one failure stops none of the others, nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from foundation.ids import uuid7
from invoicing.actions import many
from invoicing.actions.finalize import finalize_invoices
from invoicing.actions.series import check_every_series
from invoicing.models import Invoice, InvoiceStatus
from tenants import jobs
from tenants.context import organization_context
from tenants.models import AuditEntry, Job, JobItem, JobState, Notice
from tests import builders
from tests.builders import TODAY, in_organization, make_customer, make_draft, run_background

SignIn = Callable[[Any], Client]


def address(organization: Any) -> str:
    return reverse("invoicing:finalize_many", args=[organization.slug])


def make_drafts(organization: Any, count: int) -> list[Invoice]:
    customer = make_customer(organization)
    return [make_draft(organization, customer) for _each in range(count)]


def confirm(client: Client, organization: Any, form: dict[str, Any]) -> Any:
    """Send the form, look at the page that asks, and say yes."""
    page = client.post(address(organization), form)
    assert page.status_code == 200
    return client.post(address(organization), form | {"key": page.context["key"], "seen": page.context["seen"]})


def chosen(drafts: list[Invoice]) -> dict[str, Any]:
    return {"id": [str(draft.pk) for draft in drafts]}


def only_job(organization: Any) -> Job:
    with in_organization(organization):
        return Job.objects.get()


def results(organization: Any) -> list[tuple[str, str]]:
    with in_organization(organization):
        return list(JobItem.objects.order_by("position").values_list("state", "reason"))


def numbers(organization: Any) -> list[int]:
    with in_organization(organization):
        found = Invoice.objects.filter(number__isnull=False).order_by("number").values_list("number", flat=True)
        return [number for number in found if number is not None]


def test_the_page_says_what_will_happen_and_the_job_does_it(organization: Any, owner: Any, client_of: SignIn) -> None:
    drafts = make_drafts(organization, 3)
    client = client_of(owner)
    page = client.post(address(organization), chosen(drafts))
    text = page.content.decode().replace("\u00a0", " ")
    assert "9 375,00 NOK" in text
    assert "10001" in text
    assert "10003" in text
    assert numbers(organization) == []
    started = confirm(client, organization, chosen(drafts))
    assert started.headers["Location"] == reverse(
        "tenants:show_job", args=[organization.slug, only_job(organization).pk]
    )
    run_background()
    assert numbers(organization) == [10001, 10002, 10003]
    told = [("complete", f"Faktura {number}") for number in (10001, 10002, 10003)]
    assert results(organization) == told
    with in_organization(organization):
        assert {invoice.finalized_by for invoice in Invoice.objects.all()} == {str(owner)}
        assert Notice.objects.get(user=owner).kind == "job.finished"
    with organization_context(organization.pk):
        assert all(check.is_whole for check in check_every_series(organization))


def test_one_incomplete_and_one_deleted_stop_none_of_the_others(
    organization: Any, owner: Any, client_of: SignIn
) -> None:
    drafts = make_drafts(organization, 4)
    with in_organization(organization):
        Invoice.objects.filter(pk=drafts[1].pk).update(delivery_date=None)
    client = client_of(owner)
    confirm(client, organization, chosen(drafts))
    with in_organization(organization):
        Invoice.objects.filter(pk=drafts[2].pk).delete()
    run_background()
    states = results(organization)
    assert [state for state, _reason in states] == ["complete", "failed", "failed", "complete"]
    assert "leveringsdato" in states[1][1].casefold()
    assert numbers(organization) == [10001, 10002]
    job = only_job(organization)
    assert (job.state, job.done, job.failed) == (JobState.COMPLETE, 4, 2)
    page = client.get(reverse("tenants:show_job", args=[organization.slug, job.pk]))
    assert [row["item"].state for row in page.context["items"]][:2] == ["failed", "failed"]


def test_a_draft_that_the_batch_refuses_is_set_aside_and_the_rest_is_tried_one_by_one(
    organization: Any, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = make_drafts(organization, 3)
    broken = drafts[1].pk

    def finalize(_organization: Any, ids: list[UUID], **named: Any) -> list[Invoice]:
        if broken in ids:
            raise ZeroDivisionError("a bug")
        return finalize_invoices(_organization, ids, **named)

    monkeypatch.setattr(many, "finalize_invoices", finalize)
    with organization_context(organization.pk):
        outcomes = many.finalize_batch(
            organization, [draft.pk for draft in drafts], actor=builders.actor_of(organization), today=TODAY
        )
    assert [outcomes[draft.pk].is_done for draft in drafts] == [True, False, True]
    assert numbers(organization) == [10001, 10002]


def test_a_batch_that_was_cut_off_is_given_again_without_harm(organization: Any) -> None:
    drafts = make_drafts(organization, 2)
    ids = [draft.pk for draft in drafts]
    with organization_context(organization.pk):
        first = many.finalize_batch(organization, ids, actor=builders.actor_of(organization), today=TODAY)
        again = many.finalize_batch(organization, ids, actor=builders.actor_of(organization), today=TODAY)
    assert first == again
    assert numbers(organization) == [10001, 10002]


def test_m_066_more_than_one_batch_is_cut_in_fifties_and_numbered_without_a_gap(
    organization: Any, owner: Any, client_of: SignIn
) -> None:
    count = builders.scaled(220, 55)
    drafts = make_drafts(organization, count)
    confirm(client_of(owner), organization, {"all": "1", "query": "show=drafts"})
    run_background(rounds=1)  # the job alone: the documents' files, due after it, are other tests' matter
    assert numbers(organization) == list(range(10001, 10001 + count))
    assert only_job(organization).done == count
    assert {draft.pk for draft in drafts} == set(_subjects(organization))


def _subjects(organization: Any) -> list[UUID | None]:
    with in_organization(organization):
        return list(JobItem.objects.values_list("subject_id", flat=True))


def test_the_form_sent_twice_begins_one_job(organization: Any, owner: Any, client_of: SignIn) -> None:
    drafts = make_drafts(organization, 2)
    client = client_of(owner)
    page = client.post(address(organization), chosen(drafts))
    form = chosen(drafts) | {"key": page.context["key"], "seen": page.context["seen"]}
    first = client.post(address(organization), form)
    run_background()
    second = client.post(address(organization), form)
    assert first.headers["Location"] == second.headers["Location"]
    assert numbers(organization) == [10001, 10002]
    assert only_job(organization).total == 2


def test_a_list_that_has_changed_since_is_shown_once_more(organization: Any, owner: Any, client_of: SignIn) -> None:
    make_drafts(organization, 1)
    client = client_of(owner)
    form = {"all": "1", "query": "show=drafts"}
    page = client.post(address(organization), form)
    make_drafts(organization, 1)
    again = client.post(address(organization), form | {"key": page.context["key"], "seen": page.context["seen"]})
    assert again.status_code == 200
    assert again.context["count"] == 2
    with in_organization(organization):
        assert not Job.objects.exists()


def test_what_is_finalized_already_is_left_and_named(organization: Any, owner: Any, client_of: SignIn) -> None:
    invoice = builders.make_finalized_invoice(organization)
    [draft] = make_drafts(organization, 1)
    page = client_of(owner).post(address(organization), chosen([invoice, draft]))
    assert (page.context["count"], page.context["left_out"]) == (1, 1)
    refused = client_of(owner).post(address(organization), chosen([invoice]), follow=True)
    assert "Ingen av de valgte" in refused.content.decode() or "None of the chosen" in refused.content.decode()


def test_nothing_chosen_is_told_in_a_sentence(organization: Any, owner: Any, client_of: SignIn) -> None:
    for form in ({}, {"id": "no-id"}, {"id": str(uuid7())}):
        answer = client_of(owner).post(address(organization), form, follow=True)
        assert answer.redirect_chain[0][0] == reverse("invoicing:list_invoices", args=[organization.slug])
        assert 'class="note bad"' in answer.content.decode()


def test_another_organizations_drafts_are_not_touched(
    organization: Any, owner: Any, other_organization: Any, client_of: SignIn
) -> None:
    theirs = make_draft(other_organization)
    [ours] = make_drafts(organization, 1)
    page = client_of(owner).post(address(organization), chosen([ours, theirs]))
    assert page.context["count"] == 1
    assert client_of(owner).post(address(other_organization), chosen([theirs])).status_code == 404
    assert builders.reload_invoice(other_organization, theirs).status == InvoiceStatus.DRAFT


def test_who_may_not_finalize_one_may_not_finalize_many(organization: Any, case_worker: Any, client_of: SignIn) -> None:
    drafts = make_drafts(organization, 1)
    assert client_of(case_worker).post(address(organization), chosen(drafts)).status_code == 403
    with in_organization(organization):
        assert not Job.objects.exists()


def test_the_job_and_each_document_stand_in_the_audit_trail(organization: Any, owner: Any, client_of: SignIn) -> None:
    drafts = make_drafts(organization, 2)
    confirm(client_of(owner), organization, chosen(drafts))
    run_background()
    with in_organization(organization):
        [entry] = AuditEntry.objects.filter(verb="job.started")
        assert entry.facts["count"] == 2
        assert entry.actor_id == owner.pk
        done = AuditEntry.objects.filter(verb="invoice.finalized")
        assert {line.subject_id for line in done} == {draft.pk for draft in drafts}
        assert {line.actor_id for line in done} == {owner.pk}
    assert jobs.ITEMS_MAX == 10_000
