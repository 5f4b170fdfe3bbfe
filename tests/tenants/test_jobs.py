"""Long jobs: begun once, worked on by one, stopped, found again, told of when they end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.celery import app as celery_app
from foundation import files
from foundation.errors import DomainError
from foundation.ids import uuid7
from tenants import jobs, notices, outbox
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.jobs import ItemResult, JobIsOver, TooManyItems, Work
from tenants.models import AuditEntry, Job, JobItem, JobState, Notice, OutboxRow, OutboxState
from tests.builders import in_organization, run_background

COUNTING = "tests.count_items"
HTMX = {"HX-Request": "true"}


class Counter:
    """What a worker does in these tests: a stand-in that counts and fails where it is told to."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.refused: set[str] = set()
        self.batch = 2
        self.step: Callable[[Work], None] = self.go_through

    def go_through(self, work: Work) -> None:
        while items := jobs.next_items(work, self.batch):
            self.seen += [item.label for item in items]
            jobs.mark(work, [self._result(item) for item in items])
            if not work.has_time:
                jobs.hand_back(work)
                return
        jobs.complete(work)

    def _result(self, item: JobItem) -> ItemResult:
        if item.label in self.refused:
            return ItemResult(item, JobState.FAILED, f"{item.label} is refused")
        return ItemResult(item, JobState.COMPLETE, "done")


@pytest.fixture
def counter() -> Iterator[Counter]:
    made = Counter()

    def count_items(organization_id: str, outbox_id: str) -> None:
        jobs.run(organization_id, outbox_id, lambda work: made.step(work))  # noqa: PLW0108 - the step is replaced later

    celery_app.task(name=COUNTING)(count_items)
    yield made
    celery_app.tasks.unregister(COUNTING)


def start(organization: Any, user: Any, labels: str = "abcde", key: str = "") -> Job:
    with in_organization(organization):
        items = [(uuid7(), label) for label in labels]
        return jobs.start(organization, COUNTING, actor=Actor.person(user), parameters={}, items=items, key=key)


def stored(organization: Any, job: Job) -> Job:
    with in_organization(organization):
        return Job.objects.get(pk=job.pk)


def states(organization: Any, job: Job) -> list[str]:
    with in_organization(organization):
        return list(JobItem.objects.filter(job_id=job.pk).order_by("position").values_list("state", flat=True))


def row_of(organization: Any, job: Job) -> OutboxRow:
    with in_organization(organization):
        return OutboxRow.objects.get(subject_id=job.pk)


def hand_out(organization: Any) -> list[UUID]:
    """The rows that a relay would hand to a worker now."""
    with organization_context(organization.pk):
        return [row for row, _kind in outbox._claim(organization.pk, 50)]


def let_lease_end(organization: Any, job: Job) -> None:
    with in_organization(organization), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tenants_outboxrow SET lease_until = now() - interval '1 second'"
            " WHERE organization_id = %s AND subject_id = %s",
            [organization.pk, job.pk],
        )


def url(name: str, organization: Any, job: Job) -> str:
    return reverse(f"tenants:{name}", args=[organization.slug, job.pk])


def test_every_item_is_worked_on_once_and_the_starter_is_told(organization: Any, owner: Any, counter: Counter) -> None:
    counter.refused = {"c"}
    job = start(organization, owner)
    run_background()

    done = stored(organization, job)
    assert counter.seen == list("abcde")
    assert (done.state, done.total, done.done, done.failed) == (JobState.COMPLETE, 5, 5, 1)
    assert states(organization, job) == ["complete", "complete", "failed", "complete", "complete"]
    with in_organization(organization):
        [notice] = Notice.objects.filter(user=owner)
        assert (notice.kind, notice.facts["failed"], notice.link) == ("job.failed", 1, f"jobs/{job.pk}/")
        assert list(AuditEntry.objects.filter(subject_id=job.pk).values_list("verb", flat=True)) == ["job.started"]


def test_long_jobs_take_turns(organization: Any, owner: Any, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SLICE_SECONDS", 0.0)
    first, second = start(organization, owner, "abcd"), start(organization, owner, "wxyz")
    run_background(rounds=1)
    assert sorted(counter.seen) == list("abwx")
    run_background()
    assert sorted(counter.seen) == list("abcdwxyz")
    for job in (first, second):
        assert stored(organization, job).state == JobState.COMPLETE
        assert row_of(organization, job).state == OutboxState.SENT


def test_another_organization_finds_nothing(
    organization: Any, owner: Any, *, stranger: Any, other_organization: Any, client_of: Any, counter: Counter
) -> None:
    job = start(organization, owner)
    for name in ("show_job", "show_job_progress", "download_job_file"):
        assert client_of(stranger).get(url(name, other_organization, job)).status_code == 404
    for name in ("cancel_job", "repeat_job"):
        assert client_of(stranger).post(url(name, other_organization, job)).status_code == 404
    assert stored(organization, job).state == JobState.SCHEDULED


def test_a_colleague_sees_it_only_with_sight_of_the_audit_trail_and_stops_it_only_with_the_settings(
    organization: Any, owner: Any, *, accountant: Any, auditor: Any, case_worker: Any, client_of: Any, counter: Counter
) -> None:
    job = start(organization, owner)
    assert client_of(case_worker).get(url("show_job", organization, job)).status_code == 404
    assert client_of(case_worker).post(url("cancel_job", organization, job)).status_code == 404
    assert client_of(auditor).get(url("show_job", organization, job)).status_code == 200
    assert client_of(auditor).post(url("cancel_job", organization, job)).status_code == 403
    assert stored(organization, job).state == JobState.SCHEDULED
    assert client_of(accountant).post(url("cancel_job", organization, job)).status_code == 302
    assert stored(organization, job).state == JobState.CANCELLED


def test_a_stopped_job_keeps_what_is_done_and_begins_nothing_more(
    organization: Any, owner: Any, client_of: Any, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SLICE_SECONDS", 0.0)
    job = start(organization, owner)
    run_background(rounds=1)
    client_of(owner).post(url("cancel_job", organization, job))
    run_background()

    assert counter.seen == ["a", "b"]
    assert states(organization, job) == ["complete", "complete", "cancelled", "cancelled", "cancelled"]
    assert (stored(organization, job).state, stored(organization, job).done) == (JobState.CANCELLED, 2)
    assert row_of(organization, job).state == OutboxState.SENT
    with in_organization(organization), pytest.raises(JobIsOver):
        jobs.cancel(organization, job.pk, actor=Actor.person(owner))


def test_an_item_that_was_in_work_while_its_job_was_stopped_says_what_it_became(
    organization: Any, owner: Any, counter: Counter
) -> None:
    def stop_midway(work: Work) -> None:
        items = jobs.next_items(work, 2)
        jobs.cancel(organization, work.job.pk, actor=Actor.person(owner))
        jobs.mark(work, [ItemResult(item, JobState.COMPLETE, "done") for item in items])
        assert jobs.next_items(work, 2) == []
        jobs.complete(work)

    counter.step = stop_midway
    job = start(organization, owner, "abc")
    run_background()
    assert states(organization, job) == ["complete", "complete", "cancelled"]
    assert (stored(organization, job).state, stored(organization, job).done) == (JobState.CANCELLED, 2)


def test_the_same_row_twice_does_nothing_twice(organization: Any, owner: Any, counter: Counter) -> None:
    job = start(organization, owner, "ab")
    [row_id] = hand_out(organization)
    for _time in range(3):
        celery_app.tasks[COUNTING](organization_id=str(organization.pk), outbox_id=str(row_id))
    assert counter.seen == ["a", "b"]
    assert (stored(organization, job).done, stored(organization, job).state) == (2, JobState.COMPLETE)


def test_an_item_marked_by_two_workers_is_counted_once(organization: Any, owner: Any, counter: Counter) -> None:
    def mark_twice(work: Work) -> None:
        items = jobs.next_items(work, 2)
        jobs.mark(work, [ItemResult(item, JobState.COMPLETE, "first") for item in items])
        jobs.mark(work, [ItemResult(item, JobState.FAILED, "second") for item in items])
        jobs.complete(work)

    counter.step = mark_twice
    job = start(organization, owner, "ab")
    run_background()
    assert (stored(organization, job).done, stored(organization, job).failed) == (2, 0)
    assert states(organization, job) == ["complete", "complete"]


def test_under_one_key_a_person_starts_one_job(
    organization: Any, owner: Any, accountant: Any, counter: Counter
) -> None:
    first, again = start(organization, owner, "ab", key="k1"), start(organization, owner, "ab", key="k1")
    assert first.pk == again.pk
    assert start(organization, accountant, "ab", key="k1").pk != first.pk
    assert start(organization, owner, "ab", key="k2").pk != first.pk
    with in_organization(organization):
        assert Job.objects.count() == 3
        assert OutboxRow.objects.filter(kind=COUNTING).count() == 3
    assert states(organization, first) == ["scheduled"] * 2


def test_more_items_than_one_job_takes_are_refused(
    organization: Any, owner: Any, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ITEMS_MAX", 2)
    with pytest.raises(TooManyItems, match="2"):
        start(organization, owner, "abc")
    with in_organization(organization):
        assert not Job.objects.exists()


def test_a_refusal_fails_the_job_with_its_sentence(organization: Any, owner: Any, counter: Counter) -> None:
    def refuse(work: Work) -> None:
        raise DomainError("Too large.")

    counter.step = refuse
    job = start(organization, owner)
    run_background()
    assert (stored(organization, job).state, stored(organization, job).problem) == (JobState.FAILED, "Too large.")
    with in_organization(organization):
        assert Notice.objects.get(user=owner).kind == "job.failed"


def test_an_error_nobody_expected_is_tried_again_and_ends_at_last(
    organization: Any, owner: Any, counter: Counter
) -> None:
    def stumble(work: Work) -> None:
        raise ZeroDivisionError

    counter.step = stumble
    job = start(organization, owner)
    for _try in range(jobs.CRASHES_MAX + 1):
        assert not stored(organization, job).is_finished
        with in_organization(organization), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE tenants_outboxrow SET not_before = now() - interval '1 second' WHERE organization_id = %s",
                [organization.pk],
            )
        run_background(rounds=1)
    ended = stored(organization, job)
    assert (ended.state, row_of(organization, job).state) == (JobState.FAILED, OutboxState.SENT)
    assert str(jobs.CRASHES_MAX) in ended.problem


def test_failed_items_are_done_again_in_a_job_of_their_own(
    organization: Any,
    owner: Any,
    *,
    accountant: Any,
    client_of: Any,
    counter: Counter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tenants import job_words

    monkeypatch.setitem(job_words.KINDS, COUNTING, job_words.JobKind("Counting", "Items", "", "finalize_invoices"))
    counter.refused = {"b", "d"}
    job = start(organization, owner)
    run_background()
    counter.refused = set()
    assert client_of(accountant).post(url("repeat_job", organization, job)).status_code == 403
    client = client_of(owner)
    assert "again/" in client.get(url("show_job", organization, job)).content.decode()
    answers = [client.post(url("repeat_job", organization, job)).headers["Location"] for _time in range(2)]
    assert answers[0] == answers[1]
    run_background()
    assert counter.seen == [*"abcde", "b", "d"]
    with in_organization(organization):
        again = Job.objects.exclude(pk=job.pk).get()
        assert (again.done, again.failed) == (2, 0)


def test_the_page_shows_failed_items_first_and_asks_on_until_the_end(
    organization: Any, owner: Any, client_of: Any, counter: Counter
) -> None:
    counter.refused = {"d"}
    job = start(organization, owner)
    client: Client = client_of(owner)
    waiting = client.get(url("show_job", organization, job)).content.decode()
    assert "every two seconds" not in waiting
    assert f'hx-get="{url("show_job_progress", organization, job)}"' in waiting
    run_background()
    ended = client.get(url("show_job_progress", organization, job), headers=HTMX).content.decode()
    assert "hx-get=" not in ended.split('id="job-state"')[0]
    assert 'role="status"' in ended
    page = client.get(url("show_job", organization, job))
    assert [row["item"].label for row in page.context["items"]] == list("dabce")
    failed = client.get(url("show_job", organization, job), {"state": "failed"}, headers=HTMX)
    assert [row["item"].label for row in failed.context["items"]] == ["d"]
    assert "d is refused" in failed.content.decode()
    assert client.get(url("show_job", organization, job), {"state": "<x>", "after": "?"}).status_code == 200


def test_results_are_paged_with_the_same_few_questions(
    organization: Any, owner: Any, client_of: Any, counter: Counter
) -> None:
    counter.batch = 50
    job = start(organization, owner, "".join(chr(0x4E00 + number) for number in range(120)))
    run_background()
    client: Client = client_of(owner)
    client.get(url("show_job", organization, job))
    with CaptureQueriesContext(connection) as first_questions:
        first = client.get(url("show_job", organization, job))
    with CaptureQueriesContext(connection) as second_questions:
        second = client.get(url("show_job", organization, job) + first.context["pagination"]["next_url"])
    shown = [row["item"].position for page in (first, second) for row in page.context["items"]]
    assert shown == list(range(1, 101))
    assert len(first_questions) == len(second_questions) <= 20


def test_the_list_shows_ones_own_or_everybodys(
    organization: Any, owner: Any, *, accountant: Any, case_worker: Any, client_of: Any, counter: Counter
) -> None:
    own, other = start(organization, owner), start(organization, accountant)
    path = reverse("tenants:list_jobs", args=[organization.slug])
    assert [row["job"].pk for row in client_of(owner).get(path).context["jobs"]] == [own.pk]
    both = client_of(owner).get(path, {"of": "everybody"}).context["jobs"]
    assert [row["job"].pk for row in both] == [other.pk, own.pk]
    assert client_of(case_worker).get(path, {"of": "everybody"}).context["jobs"] == []


def _with_file(organization: Any, user: Any, counter: Counter) -> Job:
    def write(work: Work) -> None:
        sha256 = files.store(str(organization.pk), b"a;b\r\n")
        named = {"sha256": sha256, "name": 'liste "x"\r\nå.csv', "size": 5, "content_type": "text/csv"}
        jobs.complete(work, named)

    counter.step = write
    job = start(organization, user, "")
    run_background()
    return job


def test_its_file_goes_to_its_starter_alone_and_is_never_opened_in_the_browser(
    organization: Any, owner: Any, auditor: Any, client_of: Any, counter: Counter
) -> None:
    job = _with_file(organization, owner, counter)
    answer = client_of(owner).get(url("download_job_file", organization, job))
    assert b"".join(answer.streaming_content) == b"a;b\r\n"
    assert answer.headers["Content-Disposition"] == ("attachment; filename*=UTF-8''liste%20%22x%22%0D%0A%C3%A5.csv")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client_of(auditor).get(url("show_job", organization, job)).status_code == 200
    assert client_of(auditor).get(url("download_job_file", organization, job)).status_code == 404


def test_a_file_that_is_gone_is_told_in_a_sentence(
    organization: Any, owner: Any, client_of: Any, counter: Counter
) -> None:
    job = _with_file(organization, owner, counter)
    files.path_of(str(organization.pk), stored(organization, job).result["sha256"]).unlink()
    page = url("show_job", organization, job)
    answer = client_of(owner).get(
        url("download_job_file", organization, job), headers={"Referer": f"http://testserver{page}"}, follow=True
    )
    assert 'class="note bad"' in answer.content.decode()


def test_a_worker_that_died_leaves_the_rest_to_the_next(organization: Any, owner: Any, counter: Counter) -> None:
    class Died(BaseException):
        pass

    def die(work: Work) -> None:
        items = jobs.next_items(work, 2)
        jobs.mark(work, [ItemResult(item, JobState.COMPLETE, "done") for item in items])
        raise Died

    counter.step = die
    job = start(organization, owner)
    [row_id] = hand_out(organization)
    with pytest.raises(Died):
        celery_app.tasks[COUNTING](organization_id=str(organization.pk), outbox_id=str(row_id))
    assert run_background() == 0, "the dead worker's lease still holds"

    counter.step = counter.go_through
    let_lease_end(organization, job)
    run_background()
    assert counter.seen == ["c", "d", "e"]
    assert (stored(organization, job).done, stored(organization, job).state) == (5, JobState.COMPLETE)


def test_notices_are_counted_in_the_frame_opened_and_read(
    organization: Any, owner: Any, accountant: Any, client_of: Any, counter: Counter
) -> None:
    jobs_done = [start(organization, owner) for _time in range(2)]
    run_background()
    client: Client = client_of(owner)
    path = reverse("tenants:list_notices", args=[organization.slug])
    page = client.get(path)
    assert len(page.context["lines"]) == 2
    assert str(page.context["unread_notices"]) == "2"
    newest = page.context["lines"][0].notice
    opened = client.post(reverse("tenants:open_notice", args=[organization.slug, newest.pk]))
    assert opened.headers["Location"] == url("show_job", organization, jobs_done[1])
    assert str(client.get(path).context["unread_notices"]) == "1"
    stolen = client_of(accountant).post(reverse("tenants:open_notice", args=[organization.slug, newest.pk]))
    assert stolen.status_code == 404
    client.post(reverse("tenants:read_notices", args=[organization.slug]))
    assert str(client.get(path).context["unread_notices"]) == ""
    with in_organization(organization):
        assert notices.count_unread(organization, owner.pk, 9) == 0


def test_the_same_news_is_told_once(organization: Any, owner: Any, counter: Counter) -> None:
    with in_organization(organization):
        for _time in range(2):
            notices.tell(organization.pk, [notices.News(owner.pk, "job.finished", {}, "", "job:1")])
        assert Notice.objects.count() == 1
