"""What nobody got: why, since when, the way out of each, and one mail a day about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoicing.actions.deliveries import note_unreachable
from invoicing.actions.undelivered_news import tell_owners
from invoicing.dispatching import stuck
from invoicing.models import Delivery, Dispatch
from invoicing.views import undelivered
from tenants.models import Job, JobItem, OutboxRow
from tests import builders
from tests.invoicing import deliveries
from tests.invoicing import papers_world as papers
from tests.payments.by_hand import pay

MORNING = datetime(2026, 11, 23, 8, tzinfo=UTC)


def url(organization: Any) -> str:
    return reverse("invoicing:list_undelivered", args=[organization.slug])


def found(organization: Any) -> list[stuck.Stuck]:
    with builders.in_organization(organization):
        return stuck.stuck_documents(organization, timezone.now())


def unreachable(organization: Any) -> Any:
    invoice = deliveries.finalized(organization, email="", street="", name="Ukjent AS")
    with builders.in_organization(organization):
        note_unreachable(organization, invoice.pk, reason="no way")
    return invoice


def test_a_document_stands_there_once_with_its_reason(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = deliveries.bounced(organization)
    again = deliveries.sent(organization, invoice, key="again:1")
    assert found(organization) == []  # another attempt is on its way
    deliveries.told(organization, again, "sending", "failed", reason="451 later")
    lost = unreachable(organization)

    page = client_of(owner).get(url(organization)).content.decode()

    assert {each.invoice.pk for each in found(organization)} == {lost.pk, invoice.pk}
    for words in ("451 later", "Ukjent AS", str(invoice.number), str(lost.number)):
        assert words in page, words


def test_what_is_sent_anew_leaves_the_list(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = deliveries.bounced(organization)
    where = reverse("invoicing:dispatch_invoice", args=[organization.slug, invoice.pk])

    answer = client_of(owner).post(where, {"key": "k", "page": "undelivered"})

    assert answer["Location"] == url(organization)
    assert found(organization) == []


def test_an_unreachable_document_can_be_let_rest_and_sent_later(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = unreachable(organization)
    [row] = found(organization)
    assert row.delivery is None
    assert row.reason
    assert row.way_out
    client = client_of(owner)

    client.post(reverse("invoicing:settle_deliveries", args=[organization.slug, invoice.pk]), {"reason": "Avtalt"})

    assert found(organization) == []
    with builders.in_organization(organization):
        assert stuck.count_stuck(organization, timezone.now(), 99) == 0


def test_a_letter_that_nobody_printed_in_its_time_stands_there(organization: Any) -> None:
    invoice = deliveries.finalized(organization)
    deliveries.sent(organization, invoice, channel="paper", now=timezone.now() - timedelta(hours=100))

    [row] = found(organization)

    assert row.is_late_letter
    assert row.tone == "warn"


def test_many_are_tried_again_with_a_result_each(organization: Any, owner: Any, client_of: Any) -> None:
    good, bad = deliveries.bounced(organization), unreachable(organization)
    client = client_of(owner)
    form = {"id": [str(good.pk), str(bad.pk), "nonsense"], "key": "one"}

    for _time in range(2):
        answer = client.post(reverse("invoicing:send_again_many", args=[organization.slug]), form)
        assert answer.status_code == 302
    builders.run_background(1)

    with builders.in_organization(organization):
        [job] = Job.objects.of(organization).filter(kind="invoicing.send_again")
        results = dict(JobItem.objects.of(organization).filter(job=job).values_list("subject_id", "state"))
        assert results == {good.pk: "complete", bad.pk: "failed"}
        assert Dispatch.objects.of(organization).filter(subject_id=good.pk).count() == 2
        assert Delivery.objects.of(organization).filter(subject_id=good.pk).count() == 2


def test_nothing_chosen_is_said(organization: Any, owner: Any, client_of: Any) -> None:
    answer = client_of(owner).post(
        reverse("invoicing:send_again_many", args=[organization.slug]), {"key": "x"}, follow=True
    )
    assert 'class="note bad"' in answer.content.decode()


def test_the_owners_get_one_mail_a_local_day_and_none_where_all_is_well(organization: Any, owner: Any) -> None:
    with builders.in_organization(organization):
        assert tell_owners(organization, now=MORNING) == 0  # nothing waits
    invoice = deliveries.bounced(organization)
    with builders.in_organization(organization):
        assert tell_owners(organization, now=MORNING.replace(hour=4)) == 0  # five in the morning in Oslo
        assert tell_owners(organization, now=MORNING) == 1
        assert tell_owners(organization, now=MORNING + timedelta(hours=5)) == 0
        assert tell_owners(organization, now=MORNING + timedelta(days=1)) == 1
        OutboxRow.objects.of(organization).exclude(kind="invoicing.mail_undelivered").delete()

    builders.run_background(2)

    told = [message for message in mail.outbox if owner.email in message.to]
    assert len(told) == 2
    assert str(invoice.number) in told[0].body
    assert "550 no such user" in told[0].body
    assert "/deliveries/" in told[0].body


def test_only_members_see_it_and_only_those_who_send_act(
    organization: Any, other_organization: Any, stranger: Any, client_of: Any
) -> None:
    deliveries.bounced(organization)
    assert client_of(stranger).get(url(organization)).status_code == 404
    assert "Havgløtt" not in client_of(stranger).get(url(other_organization)).content.decode()
    client = client_of(builders.make_member(organization, "case_worker"))
    page = client.get(url(organization)).content.decode()
    assert "Havgløtt" in page
    assert "/dispatch/" not in page
    assert client.post(reverse("invoicing:send_again_many", args=[organization.slug])).status_code == 403


@pytest.mark.parametrize("more", [6])
def test_the_page_asks_the_same_for_many_as_for_few(organization: Any, owner: Any, client_of: Any, more: int) -> None:
    deliveries.bounced(organization)
    client = client_of(owner)

    def asked() -> int:
        with CaptureQueriesContext(connection) as questions:
            assert client.get(url(organization)).status_code == 200
        return len(questions)

    asked()
    few = asked()
    for _each in range(more):
        deliveries.bounced(organization)
    assert asked() == few
    assert few < 30


def test_a_long_list_comes_in_small_pages_and_all_of_it_can_be_tried_again(
    organization: Any, owner: Any, client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undelivered, "ROWS_SHOWN", 2)
    made = [deliveries.bounced(organization) for _each in range(5)]
    client = client_of(owner)

    pages = [client.get(url(organization), {"page": page}).content.decode() for page in ("1", "2", "3", "99", "-1")]

    assert [page.count("/let-rest/") for page in pages] == [2, 2, 1, 1, 2]
    client.post(reverse("invoicing:send_again_many", args=[organization.slug]), {"key": "k", "all": "1"})
    with builders.in_organization(organization):
        [job] = Job.objects.of(organization).filter(kind="invoicing.send_again")
        assert job.total == len(made)


def test_a_full_page_is_small(organization: Any, owner: Any, client_of: Any) -> None:
    for _each in range(3):
        deliveries.bounced(organization)
    client = client_of(owner)
    page = client.get(url(organization)).content
    row = (len(page) - len(page.partition(b"<tbody")[0]) - len(page.partition(b"</tbody>")[2])) // 3
    assert len(page) + row * (undelivered.ROWS_SHOWN - 3) < 100_000


def test_the_start_page_and_the_frame_count_what_waits(organization: Any, owner: Any, client_of: Any) -> None:
    deliveries.bounced(organization)
    deliveries.sent(organization, deliveries.finalized(organization), channel="paper")

    answer = client_of(owner).get(reverse("overview", args=[organization.slug]))
    tasks = answer.context["tasks"]
    other = client_of(builders.make_member(organization, "case_worker")).get(answer.request["PATH_INFO"])

    assert (tasks.undelivered, tasks.letters) == (1, 1)
    page = answer.content.decode()
    assert f'href="{url(organization)}"' in page
    assert f'href="{reverse("invoicing:list_letters", args=[organization.slug])}"' in page
    assert (other.context["tasks"].undelivered, other.context["tasks"].letters) == (0, 0)


def test_receipts_and_statements_that_nobody_got_stand_there_and_can_be_seen_to(
    organization: Any, owner: Any, stranger: Any, client_of: Any
) -> None:
    customer = builders.make_customer(organization)
    payment = pay(organization, "500.00", customer_id=customer.pk)
    receipt, statement = papers.receipt_of(organization, payment.pk), papers.statement_of(organization, customer.pk)
    for paper, state in ((receipt, "bounced"), (statement, "failed")):
        [delivery] = papers.sent(organization, paper)
        with builders.in_organization(organization):
            Delivery.objects.of(organization).filter(pk=delivery.pk).update(state="sending")
        deliveries.told(organization, delivery, state, reason=f"{state} by the server")
    client, slug = client_of(owner), organization.slug

    def waiting() -> set[Any]:
        with builders.in_organization(organization):
            rows = stuck.stuck_papers(organization, timezone.now())
            assert stuck.count_stuck(organization, timezone.now(), 9) == len(rows)
            return {row.paper.pk for row in rows}

    def post(name: str, paper: Any, by: Any = None, **form: str) -> int:
        return int((by or client).post(reverse(f"invoicing:{name}", args=[slug, paper.pk]), form).status_code)

    page = client.get(url(organization)).content.decode()
    assert waiting() == {receipt.pk, statement.pk}
    assert "bounced by the server" in page
    assert "failed by the server" in page
    assert post("settle_paper", receipt, client_of(stranger), reason="x") == 404
    assert post("send_paper_again", receipt, client_of(builders.make_member(organization, "auditor")), key="a") == 403
    post("settle_paper", receipt, reason="  ")
    assert waiting() == {receipt.pk, statement.pk}
    with builders.in_organization(organization):
        assert tell_owners(organization, now=MORNING) == 1
    builders.run_background()  # before anything of it is seen to
    for _time in range(2):
        post("send_paper_again", receipt, key="one")
    assert waiting() == {statement.pk}  # on its way, and once
    assert len(papers.deliveries_of(organization, receipt)) == 2
    all_of_it = reverse("invoicing:send_again_many", args=[slug])
    client.post(all_of_it, {"key": "k", "all": "1"})
    builders.run_background()
    assert waiting() == set()
    mailed = next(message.body for message in mail.outbox if owner.email in message.to)
    assert "failed by the server" in mailed


def test_a_later_statement_or_a_reason_takes_a_lost_one_off_the_list(
    organization: Any, owner: Any, client_of: Any
) -> None:
    first, other = builders.make_customer(organization), builders.make_customer(organization)
    lost = {}
    for customer in (first, other):
        paper = papers.statement_of(organization, customer.pk)
        [delivery] = papers.sent(organization, paper)
        deliveries.told(organization, delivery, "bounced", reason="550")
        lost[customer.pk] = paper
    pay(organization, "500.00", customer_id=first.pk)  # what stands on the account is another statement
    later = papers.statement_of(organization, first.pk)
    assert later != lost[first.pk]
    papers.sent(organization, later)
    with builders.in_organization(organization):
        assert [row.paper for row in stuck.stuck_papers(organization, timezone.now())] == [lost[other.pk]]

    where = reverse("invoicing:settle_paper", args=[organization.slug, lost[other.pk].pk])
    client_of(owner).post(where, {"reason": "Ringte kunden"})

    with builders.in_organization(organization):
        assert stuck.count_stuck(organization, timezone.now(), 9) == 0
