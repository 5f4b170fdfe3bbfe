"""Finalizing happens or does not, whatever dies; asking again gives the number that was given."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from foundation.errors import DomainError
from foundation.transactions import read_only
from invoicing import proof, queries
from invoicing.actions import checks, drafts, finalize
from invoicing.errors import InvoiceAlreadyFinalized
from invoicing.models import Invoice, InvoiceStatus
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.reliability import invariants, processes
from tests.reliability.servers import OwnServer
from tests.reliability.world import checked_draft, new_organization

FIRST_NUMBER = 10001
ROUNDS = builders.scaled(40, 6)


def finalize_as(organization: Organization, draft: Invoice, name: str) -> Invoice:
    """Finalize as somebody, checked before."""
    with organization_context(organization.pk):
        [invoice] = finalize.finalize_invoices(organization, [draft.pk], actor=Actor.system(name), today=builders.TODAY)
    return invoice


def test_a_process_killed_before_commit_has_done_nothing(server: OwnServer, tmp_path: Path) -> None:
    organization = new_organization()
    draft = checked_draft(organization)
    _kill_while_finalizing(server, organization, draft, "before_commit", tmp_path)
    assert builders.reload_invoice(organization, draft).status == InvoiceStatus.DRAFT
    invariants.assert_numbers_without_gap(server, organization.pk, 0)
    assert finalize_as(organization, draft, "Kari").number == FIRST_NUMBER
    invariants.assert_numbers_without_gap(server, organization.pk, 1)
    invariants.assert_whole(organization)


def test_a_process_killed_after_commit_has_finalized_and_the_retry_says_so(server: OwnServer, tmp_path: Path) -> None:
    organization = new_organization()
    draft = checked_draft(organization)
    _kill_while_finalizing(server, organization, draft, "after_commit", tmp_path)
    with pytest.raises(InvoiceAlreadyFinalized, match=f"{FIRST_NUMBER}.*A process") as refusal:
        finalize_as(organization, draft, "Kari")
    assert refusal.value.invoice.number == FIRST_NUMBER
    invariants.assert_numbers_without_gap(server, organization.pk, 1)
    invariants.assert_whole(organization)


def test_a_database_that_stops_before_the_answer_loses_nothing_it_committed(server: OwnServer, tmp_path: Path) -> None:
    organization = new_organization()
    told, lost = checked_draft(organization), checked_draft(organization)
    number = finalize_as(organization, told, "Kari").number
    _kill_while_finalizing(server, organization, lost, "before_commit", tmp_path, restart=True)
    assert builders.reload_invoice(organization, told).number == number
    assert builders.reload_invoice(organization, lost).status == InvoiceStatus.DRAFT
    assert finalize_as(organization, lost, "Kari").number == FIRST_NUMBER + 1
    invariants.assert_ledger_balances(server, organization.pk)
    invariants.assert_whole(organization)


def test_two_people_finalize_the_same_draft_and_get_one_number(server: OwnServer) -> None:
    organization = new_organization()
    for done in range(ROUNDS):
        draft = checked_draft(organization)
        answers = at_once(
            partial(finalize_as, organization, draft, "Kari"), partial(finalize_as, organization, draft, "Ola")
        )
        [won] = [answer for answer in answers if isinstance(answer, Invoice)]
        [refused] = [answer for answer in answers if isinstance(answer, InvoiceAlreadyFinalized)]
        assert won.number == refused.invoice.number == FIRST_NUMBER + done
        assert str(won.number) in str(refused)
    invariants.assert_numbers_without_gap(server, organization.pk, ROUNDS)


def test_a_line_added_while_finalizing_is_in_or_refused_never_half(server: OwnServer) -> None:
    organization = new_organization()
    late = builders.line("Sent tillegg", quantity=Decimal(1))
    for _round in range(ROUNDS):
        draft = checked_draft(organization)
        lines = [
            {"id": line.pk, **{name: getattr(line, name) for name in ("description", "quantity", "unit_price")}}
            for line in builders.lines_of(organization, draft)
        ]
        answers = at_once(
            partial(finalize_as, organization, draft, "Kari"), partial(_save, organization, draft, [*lines, late])
        )
        assert not [answer for answer in answers if not isinstance(answer, Invoice | DomainError)]
        with builders.in_organization(organization):
            stored = queries.get_invoice(organization, draft.pk)
            kept = queries.list_lines(stored)
        if stored.status == InvoiceStatus.FINALIZED:
            assert proof.document_problems(stored, kept) == []
            assert [line["id"] for line in (stored.snapshot or {})["lines"]] == [str(line.pk) for line in kept]
            assert stored.net_amount == sum(line.net_amount for line in kept)
        else:
            assert len(kept) == 2
    invariants.assert_ledger_balances(server, organization.pk)
    invariants.assert_whole(organization)


def test_a_save_begun_before_finalizing_is_refused_and_changes_nothing(server: OwnServer) -> None:
    organization = new_organization()
    draft = checked_draft(organization)
    number = finalize_as(organization, draft, "Kari").number
    with pytest.raises(InvoiceAlreadyFinalized, match=str(number)):
        _save(organization, draft, [builders.line("Sent tillegg")])
    assert [line.description for line in builders.lines_of(organization, draft)] == ["Rådgivning"]


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do the works in threads that begin together; what each gave, or how it was refused."""
    barrier = threading.Barrier(len(works))
    answers: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            answers[place] = work()
        except Exception as error:  # noqa: BLE001 - a refusal is an answer too
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _save(organization: Organization, draft: Invoice, lines: list[dict[str, Any]]) -> Invoice:
    with organization_context(organization.pk):
        saved = drafts.update_draft(
            organization,
            draft.pk,
            version=draft.version,
            header={},
            lines=lines,
            actor=Actor.system("Ola"),
            today=builders.TODAY,
        )
        checks.check_drafts(organization, [draft.pk], today=builders.TODAY)
        with read_only():
            return queries.get_invoice(organization, saved.pk)


def _kill_while_finalizing(
    server: OwnServer, organization: Organization, draft: Invoice, point: str, folder: Path, *, restart: bool = False
) -> None:
    reached, said = folder / point, folder / "said"
    arguments = (str(organization.pk), str(draft.pk), builders.TODAY.isoformat(), point, str(reached))
    with processes.child(
        "tests.reliability.finalizing_worker", *arguments, environment=server.environment, said=said
    ) as worker:
        processes.wait_until_reached(reached, worker, said)
        if restart:
            server.restart_at_once()
        processes.kill(worker)
