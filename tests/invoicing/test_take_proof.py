"""Taking proof: one document at once, a period by a job or by a command; who may, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation import files
from invoicing import queries
from invoicing.actions import proof
from invoicing.models import Invoice
from invoicing.proof_pack import packing
from tenants import jobs
from tenants.context import organization_context
from tenants.models import AuditEntry, Job, JobState, Organization, User
from tests import builders
from tests.invoicing.proof_packs import books, check

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "backup"])

NOVEMBER = {"first_day": "2026-11-01", "last_day": "2026-11-30"}


def numbered(organization: Organization, number: int) -> Invoice:
    with builders.in_organization(organization):
        return Invoice.objects.of(organization).get(number=number)


def take(client: Client, organization: Organization, invoice: Invoice) -> Any:
    return client.post(reverse("invoicing:take_proof", args=[organization.slug, invoice.pk]))


def start(client: Client, organization: Organization, **changes: str) -> Any:
    return client.post(reverse("invoicing:start_proof", args=[organization.slug]), {**NOVEMBER, **changes})


def entries(organization: Organization) -> list[AuditEntry]:
    with builders.in_organization(organization):
        return list(AuditEntry.objects.of(organization).filter(verb="proof.taken").order_by("recorded_at"))


def kept_pack(organization: Organization, folder: Path) -> tuple[Job, Path]:
    """The only job, and the pack that it made."""
    with builders.in_organization(organization):
        job = Job.objects.of(organization).get()
    path = folder / "kept.zip"
    path.write_bytes(files.load(str(organization.pk), job.result["sha256"]))
    return job, path


def test_proof_of_one_invoice_is_given_at_once(
    organization: Organization, auditor: User, client_of: Callable[[Any], Client], tmp_path: Path
) -> None:
    books(organization)
    answer = take(client_of(auditor), organization, numbered(organization, 10001))

    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="proof-nordlys-10001.zip"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    path = tmp_path / "one.zip"
    path.write_bytes(answer.content)
    [entry] = entries(organization)
    said = check(path, tmp_path / "elsewhere", "--fingerprint", entry.facts["fingerprint"])
    assert said.code == 0, said.problems
    assert said.report["seen"]["documents"] == 1
    # Its neighbours stand in the chain by their hashes alone.
    assert said.report["seen"]["links of documents"] == 3
    assert entry.actor_name == str(auditor)


def test_one_invoice_shows_the_chain_around_it(
    organization: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "AROUND", 1)
    for _number in range(5):
        builders.make_finalized_invoice(organization)
    builders.run_background()
    wanted = numbered(organization, 10003)
    with organization_context(organization.pk):
        taken = proof.take_proof(
            organization, wanted.pk, actor=builders.actor_of(organization), language="en", clock=timezone.now
        )
    path = tmp_path / "one.zip"
    path.write_bytes(taken.content)
    said = check(path, tmp_path / "elsewhere")
    assert said.code == 0, said.problems
    assert "Series main: 10002 to 10004; ends in" in " ".join(said.report["chains"])


def test_proof_of_a_period_is_made_by_a_job(
    organization: Organization, accountant: User, client_of: Callable[[Any], Client], tmp_path: Path
) -> None:
    books(organization)
    client = client_of(accountant)
    page = client.get(reverse("invoicing:start_proof", args=[organization.slug]))
    assert page.status_code == 200
    answer = start(client, organization, key=page.context["form"].initial["key"])
    builders.run_background()
    job, path = kept_pack(organization, tmp_path)

    assert answer.url == reverse("tenants:show_job", args=[organization.slug, job.pk])
    assert (job.state, job.done, job.total) == (JobState.COMPLETE, 3, 3)
    assert job.result["name"] == "proof-nordlys-2026-11-01-2026-11-30.zip"
    [entry] = entries(organization)
    said = check(path, tmp_path / "elsewhere", "--fingerprint", entry.facts["fingerprint"])
    assert said.code == 0, said.problems
    assert said.report["seen"]["documents"] == 3
    assert not list((tmp_path / "packs").iterdir()), "nothing is left behind"


def test_a_job_goes_on_where_its_slice_of_time_ended(
    organization: Organization,
    accountant: User,
    client_of: Callable[[Any], Client],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One step to a slice, each by a worker that has only what the last one saved."""
    books(organization)
    monkeypatch.setattr(packing, "DOCUMENTS_PER_STEP", 1)
    monkeypatch.setattr(packing, "LINKS_PER_FILE", 2)
    asked: list[bool] = []

    def every_second_time(_work: jobs.Work) -> bool:
        asked.append(True)
        return len(asked) % 2 == 1

    monkeypatch.setattr(jobs.Work, "has_time", property(every_second_time))
    start(client_of(accountant), organization)
    builders.run_background(rounds=60)
    job, path = kept_pack(organization, tmp_path)

    assert job.state == JobState.COMPLETE
    assert len(asked) > 12
    said = check(path, tmp_path / "elsewhere")
    assert said.code == 0, said.problems
    assert said.report["seen"]["documents"] == 3


def test_a_stopped_job_leaves_nothing(
    organization: Organization, accountant: User, client_of: Callable[[Any], Client], tmp_path: Path
) -> None:
    books(organization)
    start(client_of(accountant), organization)
    with organization_context(organization.pk):
        with builders.in_organization(organization):
            job = Job.objects.of(organization).get()
        jobs.cancel(organization, job.pk, actor=builders.actor_of(organization))
    builders.run_background()

    assert entries(organization) == []
    assert not (tmp_path / "packs").exists()


def test_another_organization_gets_404(
    organization: Organization, stranger: User, client_of: Callable[[Any], Client]
) -> None:
    invoice = builders.make_finalized_invoice(organization)

    assert take(client_of(stranger), organization, invoice).status_code == 404
    assert start(client_of(stranger), organization).status_code == 404


def test_whoever_may_not_take_proof_gets_403(
    organization: Organization, project_manager: User, client_of: Callable[[Any], Client]
) -> None:
    invoice = builders.make_finalized_invoice(organization)

    assert take(client_of(project_manager), organization, invoice).status_code == 403
    assert start(client_of(project_manager), organization).status_code == 403


def test_what_cannot_be_proven_is_refused_with_the_way_out(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    client = client_of(owner)
    draft = builders.make_draft(organization)
    builders.make_finalized_invoice(organization)  # its files are not made yet

    for count, document in enumerate((draft, numbered(organization, 10001)), start=1):
        refused = take(client, organization, document)
        assert refused.status_code == 302, "back to where it was asked for, with a sentence"
        assert refused.headers["Content-Type"].startswith("text/html")
        assert len(list(get_messages(refused.wsgi_request))) == count
    backwards = start(client, organization, first_day="2026-12-01")
    assert (backwards.status_code, backwards.context["form"].errors["last_day"].data[0].message) != (200, "")
    empty = start(client, organization, first_day="2020-01-01", last_day="2020-01-31")
    assert empty.status_code == 422
    assert "first_day" in empty.context["form"].errors
    assert start(client, organization, first_day="1900-01-01").status_code == 422
    assert start(client, organization, first_day="nonsense").status_code == 422
    assert entries(organization) == []


def test_a_period_with_files_unmade_fails_with_a_sentence(
    organization: Organization, owner: User, client_of: Callable[[Any], Client]
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    builders.run_background()
    with builders.in_organization(organization):
        row = invoice.__class__.objects.of(organization).get(pk=invoice.pk)
        kept = queries.files_of(organization, row.pk)["pdf"]
    files.path_of(str(organization.pk), kept.sha256).unlink()
    start(client_of(owner), organization)
    builders.run_background()
    with builders.in_organization(organization):
        job = Job.objects.of(organization).get()

    assert job.state == JobState.FAILED
    assert "documents/10001/invoice.pdf" in job.problem


def test_sent_twice_it_is_one_job(organization: Organization, owner: User, client_of: Callable[[Any], Client]) -> None:
    builders.make_finalized_invoice(organization)
    client, key = client_of(owner), jobs.new_key()

    assert start(client, organization, key=key).url == start(client, organization, key=key).url
    with builders.in_organization(organization):
        assert Job.objects.of(organization).count() == 1


def test_a_command_writes_the_pack(organization: Organization, tmp_path: Path) -> None:
    books(organization)
    out = tmp_path / "november.zip"
    arguments = ["--organization", organization.slug, "--from", "2026-11-01", "--to", "2026-11-30", "--out", str(out)]
    call_command("make_proof", *arguments, "--json", stdout=(printed := StringIO()))
    answer = json.loads(printed.getvalue())

    assert answer["documents"] == 3
    assert answer["size"] == out.stat().st_size
    assert check(out, tmp_path / "elsewhere", "--fingerprint", answer["fingerprint"]).code == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("tmp")] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"organization": "nobody"}, 2), ({"out": Path("/nowhere/at/all.zip")}, 2), ({"last_day": date(2026, 1, 1)}, 1)],
)
def test_bad_arguments_of_the_command_are_told_apart(
    organization: Organization, tmp_path: Path, changes: dict[str, Any], code: int
) -> None:
    options = {
        "organization": organization.slug,
        "first_day": date(2026, 11, 1),
        "last_day": date(2026, 11, 30),
        "out": tmp_path / "out.zip",
        **changes,
    }
    with pytest.raises(CommandError) as refusal:
        call_command("make_proof", **options)
    assert refusal.value.returncode == code
    assert not (tmp_path / "out.zip").exists()
