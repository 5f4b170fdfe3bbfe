"""Paper: letters in the order of the envelopes, one file in which each begins on a sheet of its own, marked printed."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.retention import remove_old
from foundation import files
from invoicing.dispatching import printing
from invoicing.documents.print_file import Window, merge_letters, render_test_sheet
from invoicing.models import DeliveryEvent, PrintBatch
from tenants.models import AuditEntry
from tests import builders
from tests.invoicing import deliveries


def address(name: str, organization: Any, *more: Any) -> str:
    return reverse(f"invoicing:{name}", args=[organization.slug, *more])


def letter(organization: Any, **customer: Any) -> Any:
    invoice = deliveries.finalized(organization, **customer)
    return deliveries.sent(organization, invoice, channel="paper")


def put_together(organization: Any, client: Any, *letters: Any, key: str = "one") -> PrintBatch:
    form = {"id": [str(each.pk) for each in letters], "key": key}
    assert client.post(address("make_print_batch", organization), form).status_code == 302
    builders.run_background(3)
    with builders.in_organization(organization):
        return PrintBatch.objects.of(organization).order_by("-number")[0]


def pdf_of(pages: int, width: int) -> bytes:
    """A file of so many empty pages of a width by which they are known again."""
    made = io.BytesIO()
    with pikepdf.new() as pdf:
        for _page in range(pages):
            pdf.add_blank_page(page_size=(width, 842))
        pdf.save(made)
    return made.getvalue()


def test_letters_lie_in_the_order_of_the_envelopes(organization: Any) -> None:
    far = letter(organization, name="Aa", country="SE", organization_number="", postal_code="111 22")
    late = letter(organization, name="Berg", postal_code="9000")
    first = letter(organization, name="Zeta", postal_code="0155")
    beside = letter(organization, name="Alfa", postal_code="9000")
    with builders.in_organization(organization):
        waiting = printing.waiting_letters(organization)

    assert [each.delivery.pk for each in waiting] == [first.pk, beside.pk, late.pk, far.pk]


def test_every_document_begins_on_a_sheet_of_its_own(tmp_path: Path) -> None:
    target = tmp_path / "letters.pdf"
    sources = [lambda n=n, w=w: io.BytesIO(pdf_of(n, w)) for n, w in ((1, 501), (2, 502), (3, 503))]
    told: list[int] = []

    sheets = merge_letters(sources, target, Window(), tell=lambda count: not told.append(count))  # type: ignore[func-returns-value]

    with pikepdf.open(target) as merged:
        widths = [int(page.mediabox[2]) for page in merged.pages]
    assert widths == [501, 501, 502, 502, 503, 503, 503, 503]
    assert sheets == 4
    assert told == [1, 2, 3]


def test_a_stopped_job_writes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "letters.pdf"
    assert merge_letters([lambda: io.BytesIO(pdf_of(1, 500))], target, Window(), tell=lambda _count: False) is None
    assert not target.exists()


def test_the_page_moves_to_where_the_window_is(tmp_path: Path) -> None:
    target = tmp_path / "letters.pdf"
    merge_letters([lambda: io.BytesIO(pdf_of(2, 595))], target, Window(25, 51), tell=lambda _count: True)
    with pikepdf.open(target) as merged:
        content = merged.pages[0].Contents
        parts = content if isinstance(content, pikepdf.Array) else [content]
        text = b"".join(part.read_bytes() for part in parts)
    assert text.startswith(b"q 1 0 0 1 14.173 -14.173 cm")
    assert text.rstrip().endswith(b"Q")


def test_m_013_a_batch_is_printed_marked_and_written_on_every_letter(
    organization: Any, owner: Any, client_of: Any
) -> None:
    client = client_of(owner)
    letters = [letter(organization, name=name) for name in ("Alfa", "Beta")]
    batch = put_together(organization, client, *letters)
    again = put_together(organization, client, *letters)  # the same form sent twice
    assert (again.pk, batch.number) == (batch.pk, 1)
    assert batch.sheets >= 2

    answer = client.get(address("download_print_file", organization, batch.pk))
    with pikepdf.open(io.BytesIO(b"".join(answer.streaming_content))) as merged:
        assert len(merged.pages) == batch.sheets * 2
    assert answer["X-Content-Type-Options"] == "nosniff"
    for _time in range(2):
        client.post(address("mark_printed", organization, batch.pk))
    builders.run_background(3)

    stored = [deliveries.reloaded(organization, each) for each in letters]
    assert [(each.state, each.reason_code, each.print_batch_id) for each in stored] == [
        ("sent", "printed", batch.pk)
    ] * 2
    with builders.in_organization(organization):
        assert AuditEntry.objects.of(organization).filter(verb="letters.printed").count() == 1
        events = DeliveryEvent.objects.of(organization).filter(state="sent")
        assert {event.source for event in events} == {"person"}
        assert printing.waiting_letters(organization) == []


def test_a_file_that_is_gone_is_put_together_again(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    batch = put_together(organization, client, letter(organization))
    with builders.in_organization(organization):
        PrintBatch.objects.of(organization).update(made_at="2026-01-01T00:00:00Z")

    remove_old(organization.pk, now=timezone.now())
    assert client.get(address("download_print_file", organization, batch.pk)).status_code == 404

    client.post(address("remake_print_file", organization, batch.pk), {"key": "again"})
    builders.run_background(3)

    assert client.get(address("download_print_file", organization, batch.pk)).status_code == 200
    with builders.in_organization(organization):
        made = PrintBatch.objects.of(organization).get(pk=batch.pk)
    assert files.path_of(str(organization.pk), made.sha256).exists()


def test_what_waits_no_more_is_refused(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    waiting = letter(organization)
    put_together(organization, client, waiting)

    answer = client.post(address("make_print_batch", organization), {"id": [str(waiting.pk)], "key": "two"})

    assert answer.status_code == 302
    with builders.in_organization(organization):
        assert PrintBatch.objects.of(organization).count() == 1


def test_the_test_sheet_shows_the_frame(organization: Any, owner: Any, client_of: Any) -> None:
    answer = client_of(owner).get(address("download_test_sheet", organization))
    assert answer["Content-Type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(answer.content)) as sheet:
        assert len(sheet.pages) == 1


@pytest.mark.parametrize("window", [Window(), Window(30, 60)])
def test_the_test_sheet_has_its_address_where_the_window_begins(window: Window) -> None:
    with pikepdf.open(io.BytesIO(render_test_sheet(["Nordlys AS", "Gata 1"], window, "nb"))) as sheet:
        operations: Any = pikepdf.parse_content_stream(sheet.pages[0])
    places = [operands for operands, operator in operations if str(operator) == "Tm"]
    # The renderer counts in hundredths of 96 to the inch, from the upper left corner; a line stands on its foot.
    left, foot = (Decimal(str(value)) * Decimal("25.4") / 96 for value in list(places[0])[4:])
    assert abs(left - window.left_mm) < Decimal("0.1")
    assert 0 < foot - window.top_mm < 6


def test_strangers_find_nothing_and_others_do_not_print(
    organization: Any, other_organization: Any, stranger: Any, client_of: Any
) -> None:
    waiting = letter(organization, name="Hemmelig AS")
    batch = builders.make_print_batch(organization)
    for name in ("download_print_file", "mark_printed", "remake_print_file"):
        url = address(name, other_organization, batch.pk)
        answer = client_of(stranger).get(url) if name.startswith("download") else client_of(stranger).post(url)
        assert answer.status_code == 404
    page = client_of(stranger).get(address("list_letters", other_organization)).content.decode()
    assert "Hemmelig AS" not in page
    member = client_of(builders.make_member(organization, "case_worker"))
    assert "Hemmelig AS" in member.get(address("list_letters", organization)).content.decode()
    assert member.post(address("make_print_batch", organization), {"id": [str(waiting.pk)]}).status_code == 403


@pytest.mark.parametrize("more", [5])
def test_the_queue_asks_the_same_for_many_as_for_few(organization: Any, owner: Any, client_of: Any, more: int) -> None:
    letter(organization)
    client = client_of(owner)

    def asked() -> int:
        with CaptureQueriesContext(connection) as questions:
            assert client.get(address("list_letters", organization)).status_code == 200
        return len(questions)

    asked()
    few = asked()
    for _each in range(more):
        letter(organization)
    assert asked() == few
    assert few < 30
