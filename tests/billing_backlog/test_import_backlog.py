"""Files of work into the backlog: rehearsed, taken once, one bad row named; by command and on the screens."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from billing_backlog.finance_files.records import BasisCustomer, IdentifierKind
from billing_backlog.finance_files.targets import TARGETS, TargetCode, write
from billing_backlog.importing import running
from billing_backlog.importing.reading import ImportRequest
from billing_backlog.models import BacklogItem, Facility
from billing_backlog.source_files import columns
from customers.actions.national_ids import keep_national_id
from customers.models import Customer, CustomerKind
from foundation import files
from tenants.context import organization_context
from tenants.models import AuditEntry, Job, Organization, User
from tests import builders
from tests.billing_backlog.test_finance_files import make_basis, make_line, make_order
from tests.builders import in_organization, make_contract_line, make_customer, make_project, scaled

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User], Any]
NATIONAL_ID = "15889910027"
HEADER = ("Ordrenr", "Linje", "Dato", "Kundenr", "Tekst", "Antall", "Pris", "Beløp")


def table(*rows: str, header: str = ";".join(HEADER)) -> bytes:
    return "\r\n".join([header, *rows]).encode()


def imported(path: Path, organization: Organization, *options: str) -> tuple[dict[str, Any], int]:
    """What an import prints as JSON, and its exit code."""
    out = StringIO()
    with translation.override("en"):
        try:
            call_command(
                "import_backlog", str(path), "--organization", organization.slug, "--json", *options, stdout=out
            )
        except CommandError as refusal:
            return json.loads(out.getvalue()) if out.getvalue() else {}, refusal.returncode
    return json.loads(out.getvalue()), 0


def items_of(organization: Organization) -> list[BacklogItem]:
    with in_organization(organization):
        return list(BacklogItem.objects.of(organization).select_related("customer").order_by("source_order"))


def test_a_file_is_rehearsed_taken_once_and_its_bad_row_is_named(organization: Organization, tmp_path: Path) -> None:
    number = make_customer(organization).number
    path = tmp_path / "visits.csv"
    rows = [f"V-{place};1;05.10.2026;{number};Renhold uke {place};2;450,00;900,00" for place in range(1, 6)]
    path.write_bytes(table(*rows, f"V-6;1;05.10.2026;{number};Renhold;2;450,00;90,00", "V-7;1;05.10.2026;99;x;1;1;1"))

    rehearsed, first = imported(path, organization, "--dry-run", "--system", "Timeplan", "--kind", "visit")
    assert items_of(organization) == []
    taken, second = imported(path, organization, "--system", "Timeplan", "--kind", "visit")
    again, _third = imported(path, organization, "--system", "Timeplan", "--kind", "visit")

    assert rehearsed == taken
    assert (first, second, taken["counts"]) == (1, 1, {"new": 5, "refused": 2})
    assert taken["totals"] == {"NOK": "4500.00"}
    assert [(error["line"], error["order"]) for error in taken["errors"]] == [(7, "V-6"), (8, "V-7 1")]
    assert "450.00 × 2 is not 90.00" in taken["errors"][0]["message"]
    assert taken["unknown"] == [["99", 1]]
    assert (again["counts"], again["totals"]) == ({"known": 5, "refused": 2}, {})
    found = items_of(organization)
    assert {(item.kind, item.source_system, item.quantity, item.unit_price, item.amount) for item in found} == {
        ("visit", "Timeplan", Decimal(2), Decimal(450), Decimal(900))
    }
    assert {(item.price_rule, item.ready_at) for item in found} == {("Price list of Timeplan", None)}
    with in_organization(organization):
        entries = AuditEntry.objects.of(organization).filter(verb="backlog.imported").order_by("id")
        assert [entry.facts["new"] for entry in entries if "new" in entry.facts] == [5]


def test_rows_name_contracts_projects_facilities_and_products_and_say_vat_and_charge(
    organization: Organization, tmp_path: Path
) -> None:
    project = make_project(organization)
    line = make_contract_line(organization, project, unit_price=Decimal(1250))
    with in_organization(organization):
        hall = Facility.objects.create(organization=organization, number="1102", name="Hall A", vat_treatment="exempt")
    contract = f"K-{project.number} / {line.name}"
    path = tmp_path / "hours.csv"
    path.write_bytes(
        table(
            f"1;2026-10-05;{contract};;;Rådgivning;1,5;;;;;",
            f"2;2026-10-05;{contract};;;Rådgivning;2;1300,00;;;;",
            f"3;2026-10-05;{contract};;;Rådgivning;2;1300,00;Kveldstillegg avtalt;;nei;",
            f"4;2026-10-05;;{project.number};;Reise;1;500,00;;33;;timer",
            f"5;2026-10-05;;{project.number};1102;Leie;1;500,00;;;;stk",
            f"6;2026-10-05;;{project.number};9999;Leie;1;500,00;;;;",
            f"7;2026-10-05;;{project.number};;Leie;1;500,00;;77;;",
            "8;2026-10-05;K-none;;;Rådgivning;1;;;;;",
            header="Ordre;Dato;Kontrakt;Prosjekt;Anlegg;Tekst;Antall;Pris;Begrunnelse;Mva;Fakturerbar;Enhet",
        )
    )

    answer, code = imported(path, organization)

    assert code == 1
    assert [error["line"] for error in answer["errors"]] == [3, 7, 8, 9]
    assert "Write why another price is taken" in answer["errors"][0]["message"]
    first, reasoned, travel, rent = items_of(organization)
    assert (first.line_id, first.unit_code, first.amount, first.approved_by) == (line.pk, "HUR", Decimal(1875), "file")
    assert (reasoned.price_reason, reasoned.charge_kind) == ("Kveldstillegg avtalt", "non_chargeable")
    assert (travel.project_id, travel.customer_id, travel.vat_treatment) == (project.pk, project.customer_id, "low")
    assert (rent.facility_id, rent.vat_treatment, rent.unit_code) == (hall.pk, "exempt", "NAR")


def test_batches_find_payers_by_their_own_numbers_and_never_tell_a_national_id(
    organization: Organization, tmp_path: Path
) -> None:
    """Organization number, national id or internal resource number says who pays (M-139)."""
    club = make_customer(organization, organization_number="312345609")
    person = make_customer(organization, name="Kari Nordmann", kind=CustomerKind.CONSUMER, organization_number="")
    with in_organization(organization):
        organization.national_id_purpose = "Kommunal utleie"
        organization.save(update_fields=["national_id_purpose"])
    with organization_context(organization.pk):
        keep_national_id(organization, person.pk, typed=NATIONAL_ID, actor=builders.actor_of(organization))
    orders = [
        make_order("38000001", lines=(make_line(), make_line(quantity=Decimal(-1), amount=Decimal("-600.00"),
                                                             unit_price=Decimal("600.00"), vat_code="6"))),
        make_order("38000002", customer=BasisCustomer(kind=IdentifierKind.NATIONAL_ID, identifier=NATIONAL_ID)),
        make_order("38000003", customer=BasisCustomer(kind=IdentifierKind.NATIONAL_ID, identifier="01818010083")),
    ]  # fmt: skip
    path = tmp_path / "26112001.txt"
    path.write_bytes(write(TARGETS[TargetCode.LG04], make_basis(*orders)).data)

    answer, code = imported(path, organization)

    assert (code, answer["format"], answer["counts"]) == (1, "lg04", {"new": 3, "refused": 1})
    found = items_of(organization)
    assert [(item.customer_id, item.amount, item.vat_treatment) for item in found] == [
        (club.pk, Decimal(1200), "standard"),
        (club.pk, Decimal(-600), "exempt"),
        (person.pk, Decimal(1200), "standard"),
    ]
    assert {(item.kind, item.day) for item in found} == {("booking", date(2026, 11, 5))}
    told = json.dumps(answer) + "".join(f"{item.text}{item.source_order}{item.internal_text}" for item in found)
    assert not {NATIONAL_ID, "01818010083"} & set(told.replace('"', " ").split())
    assert NATIONAL_ID not in told


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (table("1;1;05.10.2026;1;x;2;600;120000", "2;1;05.10.2026;1;x;2;600;120000"), "100 times"),
        (table("1;x", header="Ordre;Tekst"), "no column for the day"),
        (b"", "empty"),
        (b"\x00\x01\x02", "neither a CSV"),
        (table(), "no orders"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_with_a_sentence(
    organization: Organization, tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    answer, code = imported(path, organization)

    assert (code, answer["accept_file"]) == (1, False)
    assert sentence in answer["errors"][0]["message"]
    assert imported(tmp_path / "none", organization)[1] == 2


def uploaded(client: Any, content: bytes, name: str = "visits.csv") -> str:
    """The address where the uploaded file's columns are chosen."""
    response = client.post("/nordlys/backlog/import/", {"file": SimpleUploadedFile(name, content)})
    assert response.status_code == 302, response.content.decode()
    return str(response.headers["Location"])


def test_a_case_worker_uploads_rehearses_and_takes_a_file(
    organization: Organization, case_worker: User, project_manager: User, stranger: User, client_of: ClientOf
) -> None:
    number = make_customer(organization, name="Åsane IL").number
    client = client_of(case_worker)
    content = table(
        f"V-1;1;05.10.2026;{number};Hall A;2;450,00;900,00",
        f"V-2;1;05.10.2026;{number};Hall A;-1;450,00;-450,00",
        "V-3;1;05.10.2026;77;Hall A;1;450,00;450,00",
    )

    assert client.get("/nordlys/backlog/import/").status_code == 200
    address = uploaded(client, content)
    page = client.get(address)
    assert page.context["form"]["column-order"].value() == "0"
    own = client.post(address, {"system": " Bookings", "kind": "booking"})
    assert [error.code for error in own.context["form"].errors.as_data()["system"]] == ["own"]
    refused = client.post(address, {"system": "", "kind": "booking"})
    assert (refused.status_code, set(refused.context["form"].errors) >= {"system", "column-order"}) == (422, True)
    chosen = {f"column-{name}": place for name, place in columns.suggested(HEADER).items()}
    posted = {"system": "Booking", "kind": "booking", "key": "one", **chosen}
    first, again = client.post(address, posted), client.post(address, posted)
    assert first.headers["Location"] == again.headers["Location"]
    shown = first.headers["Location"]
    assert 'hx-trigger="load delay:2s"' in client.get(shown).content.decode()
    take = f"{shown}take/"
    client.post(take)  # nothing was rehearsed yet
    builders.run_background()

    found = client.get(shown)
    words = found.content.decode()
    assert (found.context["new"], found.context["bad"], found.context["told"]) == (2, 1, Decimal(900))
    assert found.context["totals"] == [("NOK", Decimal(450))]
    assert [tuple(pair) for pair in found.context["unknown"]] == [("77", 1)]
    assert "Åsane IL" in words
    assert items_of(organization) == []
    taking, twice = client.post(take), client.post(take)
    assert taking.headers["Location"] == twice.headers["Location"]
    builders.run_background()

    assert [(item.kind, item.quantity, item.approved_by) for item in items_of(organization)] == [
        ("booking", Decimal(2), str(case_worker)),
        ("booking", Decimal(-1), str(case_worker)),
    ]
    with CaptureQueriesContext(connection) as queries:
        done = client.get(taking.headers["Location"])
    assert (done.context["new"], len(queries) < 30) == (2, True)
    assert client_of(stranger).get(shown).status_code == 404
    assert client_of(project_manager).get(shown).status_code == 403
    assert client_of(project_manager).post(take).status_code == 403


def test_a_refused_file_says_why_beside_its_field(
    organization: Organization, case_worker: User, client_of: ClientOf
) -> None:
    client = client_of(case_worker)
    response = client.post("/nordlys/backlog/import/", {"file": SimpleUploadedFile("a.pdf", b"%PDF\x00\x01")})
    assert (response.status_code, "file" in response.context["form"].errors) == (422, True)

    damaged = write(TARGETS[TargetCode.LG04], make_basis()).data[:-900]
    address = uploaded(client, damaged, "26112001.txt")
    assert "LG04" in client.get(address).content.decode()
    refused = client.post(address, {"system": "BOOKING", "kind": "booking"})
    assert refused.status_code == 422
    with in_organization(organization):
        assert not Job.objects.of(organization).filter(kind=running.REHEARSE).exists()


def test_a_rehearsal_whose_rows_would_now_become_something_else_is_not_taken(organization: Organization) -> None:
    customer = make_customer(organization)
    content = table(f"V-1;1;05.10.2026;{customer.number};Hall A;2;450,00;900,00")
    actor = builders.actor_of(organization)
    with organization_context(organization.pk):
        asked = ImportRequest(file=files.store(str(organization.pk), content), system="Plan", kind="booking")
        rehearsal = running.start_rehearsal(organization, asked, actor=actor, key="a")
        builders.run_background()
        other = make_customer(organization, name="Kjøper etterpå")
        with in_organization(organization):
            Customer.objects.of(organization).filter(pk=customer.pk).update(number=900)
            Customer.objects.of(organization).filter(pk=other.pk).update(number=customer.number)
        taking = running.start_taking(organization, rehearsal.pk, actor=actor)
        builders.run_background()

    with in_organization(organization):
        job = Job.objects.of(organization).get(pk=taking.pk)
    assert (job.state, items_of(organization)) == ("failed", [])
    assert "V-1 1" in job.problem


def test_ten_thousand_rows_with_one_bad_are_taken_but_for_that_one(organization: Organization, tmp_path: Path) -> None:
    number, count = make_customer(organization).number, scaled(10_000, 1_200)
    rows = [f"V-{place};1;05.10.2026;{number};Renhold;2;450,00;900,00" for place in range(count)]
    bad = count // 3
    rows[bad] = rows[bad].replace("05.10.2026", "35.10.2026")
    path = tmp_path / "many.csv"
    path.write_bytes(table(*rows))

    with CaptureQueriesContext(connection) as queries:
        answer, code = imported(path, organization)

    assert (code, answer["counts"]) == (1, {"new": count - 1, "refused": 1})
    assert [(error["line"], error["order"]) for error in answer["errors"]] == [(bad + 2, f"V-{bad}")]
    assert len(queries) < 40 + 40 * (count // 500 + 1)  # a few for each batch, however many rows it has
