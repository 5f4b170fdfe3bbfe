"""Correct and reissue: credit note and replacement begin, live and are finalized together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer
from invoicing import corrections
from invoicing.actions import checks, correct, credit, drafts
from invoicing.actions.conditions import BelongsToCorrection
from invoicing.models import Attachment, Correction, DocumentText, Invoice, InvoiceStatus, TextPlace
from payments import queries as ledger
from tenants.context import organization_context
from tenants.models import AuditEntry, Organization
from tests import builders
from tests.builders import (
    in_organization,
    line,
    lines_of,
    make_correction,
    make_customer,
    make_draft,
    make_finalized_invoice,
    reload_invoice,
)
from tests.invoicing.draft_forms import address, text_of


def page_of(name: str, organization: Organization, correction: Correction) -> str:
    """The address of a page of a correction."""
    return reverse(f"invoicing:{name}", args=[organization.slug, correction.pk])


def correction_of(organization: Organization, original: Invoice) -> Correction:
    """The only correction of an invoice, as stored."""
    with in_organization(organization):
        return Correction.objects.of(organization).select_related("credit_note", "replacement").get(original=original)


def documents(organization: Organization) -> int:
    """How many documents there are."""
    with in_organization(organization):
        return Invoice.objects.of(organization).count()


def edit_replacement(organization: Organization, replacement: Invoice, *lines: dict[str, Any], **header: Any) -> None:
    """Save other lines on the replacement, as the editor does."""
    with organization_context(organization.pk):
        stored = builders.reload_invoice(organization, replacement)
        drafts.update_draft(
            organization,
            replacement.pk,
            version=stored.version,
            header=header,
            lines=lines,
            actor=builders.actor_of(organization),
            today=builders.TODAY,
        )


def test_the_wrong_lines_are_taken_back_and_invoiced_anew_by_two_documents_in_one_stroke(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization, lines=[line("A"), line("B", quantity=Decimal(5))])
    wrong = lines_of(organization, invoice)[1]
    client = client_of(owner)
    page = text_of(client.get(address("correct_invoice", organization, invoice)))
    assert page.count("checked") == 2
    response = client.post(
        address("correct_invoice", organization, invoice), {"line": [str(wrong.pk)], "reason": "Feil antall"}
    )
    correction = correction_of(organization, invoice)
    assert response.headers["Location"] == page_of("show_correction", organization, correction)
    note, replacement = correction.credit_note, correction.replacement
    assert (note.status, note.credits_id, note.payable_amount) == ("draft", invoice.pk, Decimal("7812.50"))
    [new] = lines_of(organization, replacement)
    assert (replacement.status, new.description, new.quantity) == ("draft", "B", Decimal(5))
    edit_replacement(organization, replacement, {"id": new.pk, "quantity": Decimal(3)})

    side_by_side = text_of(client.get(page_of("show_correction", organization, correction))).replace("\u00a0", " ")
    for amount in ("6 250,00", "3 750,00", "10 937,50", "7 812,50", "4 687,50"):
        assert amount in side_by_side
    client.post(page_of("finalize_correction", organization, correction), {"message": "Vi har rettet antallet."})

    note, replacement = reload_invoice(organization, note), reload_invoice(organization, replacement)
    assert (note.number, replacement.number) == (10002, 10003)
    assert replacement.payable_amount == Decimal("4687.50")
    assert correction_of(organization, invoice).message == "Vi har rettet antallet."
    assert replacement.snapshot is not None
    assert replacement.snapshot["note"].startswith("Erstatter faktura 10001") or "10001" in replacement.snapshot["note"]
    shown = text_of(client.get(address("show_invoice", organization, invoice)))
    assert "10002" in shown
    assert "10003" in shown
    assert "10001" in text_of(client.get(address("show_invoice", organization, replacement)))


def test_the_replacement_takes_the_files_over(organization: Organization) -> None:
    draft = make_draft(organization)
    timesheet = builders.make_attachment(organization, draft)
    invoice = builders.finalize_drafts(organization, [draft.pk])[0]
    replacement = make_correction(organization, invoice).replacement
    with in_organization(organization):
        [carried] = Attachment.objects.of(organization).filter(invoice=replacement)
        [told] = AuditEntry.objects.of(organization).filter(verb="attachment.added", subject_id=replacement.pk)
    assert (carried.name, carried.sha256, carried.added_by) == (timesheet.name, timesheet.sha256, timesheet.added_by)
    assert carried.pk != timesheet.pk
    assert told.facts["sha256"] == timesheet.sha256


def test_what_came_from_somewhere_keeps_its_source_and_what_that_decides(organization: Organization) -> None:
    invoice = make_finalized_invoice(
        organization,
        lines=[
            {**line("Timer"), "source": {"kind": "work", "id": "7", "label": "P-7"}, "locked_fields": ["unit_price"]}
        ],
    )
    [old] = lines_of(organization, invoice)
    [new] = lines_of(organization, make_correction(organization, invoice).replacement)
    assert new.source == {"kind": "work", "id": "7", "label": "P-7", "replaces": str(old.pk)}
    assert new.locked_fields == ["unit_price"]


def test_the_proposed_message_speaks_the_customers_language_and_names_what_has_changed(
    organization: Organization,
) -> None:
    customer = make_customer(organization, language="en")
    invoice = make_finalized_invoice(organization, customer, [line("Advice", quantity=Decimal(4)), line("Travel")])
    with in_organization(organization):
        DocumentText.objects.create(
            organization=organization, place=TextPlace.CORRECTION, language="en", text="We are sorry about this."
        )
    correction = make_correction(organization, invoice)
    [advice, _travel] = lines_of(organization, correction.replacement)
    edit_replacement(organization, correction.replacement, {"id": advice.pk, "quantity": Decimal(3)}, line("Parking"))
    with in_organization(organization):
        stored = corrections.get_correction(organization, correction.pk)
        comparison = corrections.compare(organization, stored)
        message = corrections.proposed_message(organization, stored, comparison)
    assert message.startswith("We are sorry about this.")
    assert "Advice: 4 à 1,250.00, together 5,000.00 → 3 à 1,250.00, together 3,750.00" in message
    assert "Travel: left out" in message
    assert "Parking: added, 2,500.00" in message
    assert "9,375.00 before, 7,812.50 now" in message


def test_a_correction_begun_twice_leads_to_the_one_that_runs(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization)
    [only] = lines_of(organization, invoice)
    client = client_of(owner)
    data = {"line": [str(only.pk)], "reason": "Feil pris"}
    first = client.post(address("correct_invoice", organization, invoice), data)
    again = client.post(address("correct_invoice", organization, invoice), data)
    looked = client.get(address("correct_invoice", organization, invoice))
    assert first.headers["Location"] == again.headers["Location"] == looked.headers["Location"]
    assert documents(organization) == 3
    with pytest.raises(correct.CorrectionIsRunning) as refusal:
        make_correction(organization, invoice)
    assert refusal.value.correction == correction_of(organization, invoice)


def test_neither_half_is_finalized_alone(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    correction = make_correction(organization, make_finalized_invoice(organization))
    client = client_of(owner)
    for half in (correction.credit_note, correction.replacement):
        with pytest.raises(BelongsToCorrection):
            builders.finalize_drafts(organization, [half.pk])
        answer = client.post(address("finalize_invoice", organization, half))
        assert answer.headers["Location"] == page_of("show_correction", organization, correction)
        confirmation = text_of(client.get(address("finalize_invoice", organization, half)))
        assert page_of("show_correction", organization, correction) in confirmation
        assert reload_invoice(organization, half).is_draft


def test_the_database_finalizes_no_half_alone_and_deletes_none_alone(organization: Organization) -> None:
    correction = make_correction(organization, make_finalized_invoice(organization))
    with pytest.raises(DatabaseError, match="finalized together"), in_organization(organization):
        _finalize_by_hand(organization, correction.replacement)
    with pytest.raises(DatabaseError, match="deleted together"), in_organization(organization):
        _delete_by_hand(organization, correction)
    with pytest.raises(DatabaseError, match="keeps its documents"), in_organization(organization):
        Correction.objects.of(organization).update(original_id=correction.replacement_id)


def _delete_by_hand(organization: Organization, correction: Correction) -> None:
    """The correction forgotten and its drafts kept, as seen at COMMIT."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS abandoned_halves_are_gone IMMEDIATE")
    Correction.objects.of(organization).filter(pk=correction.pk).delete()


def _finalize_by_hand(organization: Organization, draft: Invoice) -> None:
    """One half made final as raw SQL would, in a number that the series has given."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE invoicing_numberseries SET last_number = last_number + 1 WHERE organization_id = %s AND is_default
               RETURNING id, last_number, moved_at""",
            [organization.pk],
        )
        series_id, number, moved_at = cursor.fetchone()
        cursor.execute(
            """UPDATE invoicing_invoice SET status = 'finalized', series_id = %s, number = %s, finalized_at = %s,
               issue_date = '2026-11-21', snapshot = '{}', hash = 'x' WHERE organization_id = %s AND id = %s""",
            [series_id, number, moved_at, organization.pk, draft.pk],
        )


@pytest.mark.parametrize("half", ["credit_note", "replacement"])
def test_deleting_one_half_abandons_both_and_says_so(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client], half: str
) -> None:
    invoice = make_finalized_invoice(organization)
    correction = make_correction(organization, invoice)
    client = client_of(owner)
    answer = client.post(address("delete_draft", organization, getattr(correction, half)), follow=True)
    assert documents(organization) == 1
    assert b"toast" in answer.content or b"note ok" in answer.content
    with in_organization(organization):
        assert not Correction.objects.of(organization).exists()
        verbs = set(AuditEntry.objects.of(organization).values_list("verb", flat=True))
    assert "correction.abandoned" in verbs
    assert make_correction(organization, invoice).replacement.is_draft


def test_abandoning_leaves_the_invoice_as_it_stood(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization)
    correction = make_correction(organization, invoice)
    answer = client_of(owner).post(page_of("abandon_correction", organization, correction))
    assert answer.headers["Location"] == address("show_invoice", organization, invoice)
    assert documents(organization) == 1
    assert reload_invoice(organization, invoice).hash == invoice.hash


def test_a_finished_correction_is_finished_once_and_frozen(organization: Organization) -> None:
    invoice = make_finalized_invoice(organization)
    correction = make_correction(organization, invoice)
    _finish(organization, correction)
    with pytest.raises(correct.CorrectionIsFinished, match=r"10002.*10003"):
        _finish(organization, correction)
    with pytest.raises(DatabaseError, match="frozen"), in_organization(organization):
        Correction.objects.of(organization).update(message="Noe annet")


def test_the_replacement_names_what_it_replaces_even_when_that_was_wiped_out(organization: Organization) -> None:
    correction = make_correction(organization, make_finalized_invoice(organization, note="Takk for handelen"))
    assert "10001" in correction.replacement.note
    [only] = lines_of(organization, correction.replacement)
    edit_replacement(organization, correction.replacement, {"id": only.pk}, note="Bare dette")
    _note, replacement = _finish(organization, correction)
    stored = reload_invoice(organization, replacement)
    assert stored.snapshot is not None
    assert "10001" in stored.snapshot["note"]
    assert stored.snapshot["note"].endswith("Bare dette")


def test_the_wrong_customer_is_corrected_too(organization: Organization) -> None:
    invoice = make_finalized_invoice(organization)
    correction = make_correction(organization, invoice)
    right = make_customer(organization, name="Rett Kunde AS", organization_number="")
    with organization_context(organization.pk):
        drafts.change_customer(
            organization,
            correction.replacement_id,
            customer=Customer.objects.of(organization).get(pk=right.pk),
            actor=builders.actor_of(organization),
            today=builders.TODAY,
        )
    _finish(organization, correction)
    with in_organization(organization):
        comparison = corrections.compare(organization, corrections.get_correction(organization, correction.pk))
    assert comparison.is_for_somebody_else
    assert (comparison.owed_before, comparison.owed_after) == (invoice.payable_amount, Decimal(0))


def _finish(organization: Organization, correction: Correction) -> tuple[Invoice, Invoice]:
    with organization_context(organization.pk):
        correct.tell_customer(
            organization, correction.pk, message="", actor=builders.actor_of(organization), now=_now()
        )
        checks.check_drafts(organization, [correction.credit_note_id, correction.replacement_id], today=builders.TODAY)
        return correct.finalize_correction(
            organization, correction.pk, actor=builders.actor_of(organization), today=builders.TODAY
        )


def _now() -> datetime:
    return datetime(2026, 11, 21, 12, tzinfo=UTC)


QUANTITIES = st.decimals("0.01", "99", places=2)
LINE = st.fixed_dictionaries(
    {
        "quantity": QUANTITIES,
        "unit_price": st.decimals("0.01", "5000", places=2),
        "discount_percent": st.sampled_from([Decimal(0), Decimal("12.5")]),
        "vat_treatment": st.sampled_from(["standard", "food", "low", "exempt"]),
    }
)


@settings(max_examples=builders.scaled(60, 8), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    lines=st.lists(LINE, min_size=1, max_size=4),
    chosen=st.sets(st.integers(0, 3), min_size=1),
    new_quantities=st.lists(st.one_of(st.none(), QUANTITIES), min_size=4, max_size=4),
    discount=st.sampled_from([Decimal(0), Decimal("0.10")]),
)
def test_the_sums_of_the_three_documents_agree_with_what_is_owed(
    organization: Organization,
    lines: list[dict[str, Any]],
    chosen: set[int],
    new_quantities: list[Decimal | None],
    discount: Decimal,
) -> None:
    reason = {"vat_reason": "Unntatt"}
    invoice = make_finalized_invoice(
        organization, lines=[{**line(), **each, **reason} for each in lines], discount_amount=discount
    )
    stored = lines_of(organization, invoice)
    ids = {row.pk for place, row in enumerate(stored) if place in chosen} or {stored[0].pk}
    correction = make_correction(organization, invoice, ids)
    if len(ids) == len(stored):
        assert correction.replacement.payable_amount == correction.credit_note.payable_amount == invoice.payable_amount
    assert correction.credit_note.net_amount == correction.replacement.net_amount
    new = lines_of(organization, correction.replacement)
    edits = [
        {"id": row.pk, **({"quantity": quantity} if quantity else {})}
        for row, quantity in zip(new, new_quantities, strict=False)
    ]
    edit_replacement(organization, correction.replacement, *edits, discount_amount=Decimal(0))
    with in_organization(organization):
        before = corrections.compare(organization, corrections.get_correction(organization, correction.pk))
    note, replacement = _finish(organization, correction)
    with in_organization(organization):
        after = corrections.compare(organization, corrections.get_correction(organization, correction.pk))
        ids_of_claims = [row.receivable_id for row in (invoice, note, replacement) if row.receivable_id]
        owed = sum(each.currency_amount for each in ledger.balances(organization.pk, ids_of_claims).values())
    assert owed == invoice.payable_amount - note.payable_amount + replacement.payable_amount
    assert (before.owed_before, before.owed_after) == (after.owed_before, after.owed_after)
    assert after.owed_after == owed
    assert after.original_amount + after.difference == owed
    assert sum(each.difference for each in after.lines) == sum(
        row.net_amount for row in lines_of(organization, replacement)
    ) - sum(row.net_amount for row in lines_of(organization, note))


def test_a_stranger_gets_404_and_a_case_worker_403(
    organization: Organization, stranger: Any, case_worker: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization)
    correction = make_correction(organization, make_finalized_invoice(organization))
    paths = [address("correct_invoice", organization, invoice)]
    paths += [page_of(name, organization, correction) for name in ("finalize_correction", "abandon_correction")]
    for path in paths:
        assert client_of(stranger).post(path, {"reason": "x"}).status_code == 404
        assert client_of(case_worker).post(path, {"reason": "x"}).status_code == 403
    assert documents(organization) == 4


def test_drafts_and_credit_notes_and_nothing_at_all_are_not_corrected(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    client = client_of(owner)
    invoice = make_finalized_invoice(organization)
    note = builders.make_credit_note_draft(organization, invoice)
    builders.finalize_drafts(organization, [note.pk])
    before = documents(organization)
    for document in (make_draft(organization), note, invoice):
        ids = [str(row.pk) for row in lines_of(organization, document)]
        answer = client.post(address("correct_invoice", organization, document), {"line": ids, "reason": "x"})
        assert answer.status_code == 422
    fresh = make_finalized_invoice(organization)
    path = address("correct_invoice", organization, fresh)
    for data in ({"reason": "x"}, {"line": [str(uuid4())], "reason": "x"}, {"line": ["x"], "reason": "x"}):
        assert client.post(path, data).status_code == 422
    [only] = lines_of(organization, fresh)
    assert client.post(path, {"line": [str(only.pk)], "reason": ""}).status_code == 422
    assert documents(organization) == before + 2


def test_the_page_asks_no_more_of_the_database_for_more_lines(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client], django_assert_max_num_queries: Any
) -> None:
    client = client_of(owner)
    for count in (1, 30):
        invoice = make_finalized_invoice(organization, lines=[line(f"L{place}") for place in range(count)])
        correction = make_correction(organization, invoice)
        with django_assert_max_num_queries(29):
            client.get(page_of("show_correction", organization, correction))


def test_the_half_that_is_a_credit_note_credits_what_the_correction_says(organization: Organization) -> None:
    invoice = make_finalized_invoice(organization)
    correction = make_correction(organization, invoice)
    [only] = lines_of(organization, invoice)
    with pytest.raises(BelongsToCorrection), organization_context(organization.pk):
        credit.update_credit_note(
            organization,
            correction.credit_note_id,
            version=1,
            quantities={only.pk: Decimal(1)},
            reason="x",
            actor=builders.actor_of(organization),
            today=builders.TODAY,
        )


def test_finalizing_both_in_bulk_finalizes_both(organization: Organization) -> None:
    correction = make_correction(organization, make_finalized_invoice(organization))
    halves: list[UUID] = [correction.replacement_id, correction.credit_note_id]
    builders.finalize_drafts(organization, halves)
    assert {reload_invoice(organization, half).status for half in (correction.credit_note, correction.replacement)} == {
        InvoiceStatus.FINALIZED
    }
