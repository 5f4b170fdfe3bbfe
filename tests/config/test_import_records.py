"""Importing customers and products: mapped, rehearsed row by row, and imported exactly as rehearsed."""

from __future__ import annotations

import io
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from config.importing import exporting, running
from config.importing.columns import CUSTOMER_COLUMNS, read_contacts, suggested, written_contacts
from config.importing.planning import Existing
from config.importing.running import ImportRequest
from customers.models import Contact, Customer, Product
from foundation import files
from foundation.spreadsheets import FileFormat
from tenants import jobs
from tenants.models import AuditEntry, Job, JobItem, JobState, Organization
from tests import builders

SEED = 20261121
HEADER = "Kundenr;Navn;Orgnr;E-post;Adresse;Postnr;Poststed"
GOOD = f"{HEADER}\n;Sild & Salt AS;;post@sild.example;Bryggen 1;5003;Bergen\n;Årnes Bakeri AS;;;;2150;Årnes\n"


def _ask(organization: Organization, content: str | bytes, kind: str = "customers", **changes: Any) -> ImportRequest:
    data = content.encode() if isinstance(content, str) else content
    with builders.in_organization(organization):
        sha256 = files.store(str(organization.pk), data)
        asked = ImportRequest(kind=kind, file=sha256, name="fil.csv", mapping={}, **changes)
        table = running.table_of(organization, asked)
        mapping = suggested(running.kind_of(organization, kind).columns, table.header)
    return ImportRequest(kind=kind, file=sha256, name="fil.csv", mapping=mapping, **changes)


def _rehearse(organization: Organization, asked: ImportRequest) -> Job:
    with builders.in_organization(organization):
        job = running.start_rehearsal(organization, asked, actor=builders.actor_of(organization), key=jobs.new_key())
    return _finish(organization, job)


def _import(organization: Organization, rehearsal: Job, *, takes_good_rows: bool = False) -> Job:
    with builders.in_organization(organization):
        job = running.start_import(
            organization, rehearsal.pk, takes_good_rows=takes_good_rows, actor=builders.actor_of(organization)
        )
    return _finish(organization, job)


def _finish(organization: Organization, job: Job) -> Job:
    builders.run_background()
    with builders.in_organization(organization):
        return Job.objects.of(organization).get(pk=job.pk)


def _items(organization: Organization, job: Job) -> list[tuple[str, str]]:
    with builders.in_organization(organization):
        return list(
            JobItem.objects.of(organization).filter(job=job).order_by("position").values_list("state", "reason")
        )


def _customers(organization: Organization) -> list[Customer]:
    with builders.in_organization(organization):
        return list(Customer.objects.of(organization).order_by("number"))


def test_a_rehearsal_says_what_would_become_of_each_row_and_writes_nothing(organization: Organization) -> None:
    before = len(_customers(organization))

    job = _rehearse(organization, _ask(organization, GOOD))

    assert job.state == JobState.COMPLETE, job.problem
    assert job.result["counts"] == {"create": 2}
    assert [state for state, _reason in _items(organization, job)] == ["complete", "complete"]
    assert len(_customers(organization)) == before


def test_the_import_does_what_was_rehearsed_with_a_line_for_each(organization: Organization) -> None:
    job = _import(organization, _rehearse(organization, _ask(organization, GOOD)))

    assert (job.state, job.done, job.failed) == (JobState.COMPLETE, 2, 0)
    sild, arnes = _customers(organization)[-2:]
    assert (sild.name, sild.email, sild.street, sild.postal_code, sild.city) == (
        "Sild & Salt AS", "post@sild.example", "Bryggen 1", "5003", "Bergen",
    )  # fmt: skip
    assert arnes.number == sild.number + 1
    with builders.in_organization(organization):
        created = AuditEntry.objects.of(organization).filter(verb="customer.created", subject_id=sild.pk)
        assert created.count() == 1
        [line] = AuditEntry.objects.of(organization).filter(verb="records.imported")
    assert line.facts == {"what": "customers", "create": 2}


def test_the_same_file_twice_makes_nothing_double(organization: Organization) -> None:
    _import(organization, _rehearse(organization, _ask(organization, GOOD)))
    count = len(_customers(organization))

    again = _rehearse(organization, _ask(organization, GOOD))

    assert again.result["counts"] == {"same": 2}
    _import(organization, again)
    assert len(_customers(organization)) == count


def test_one_rehearsal_is_imported_once(organization: Organization) -> None:
    rehearsal = _rehearse(organization, _ask(organization, GOOD))
    first = _import(organization, rehearsal)
    count = len(_customers(organization))

    assert _import(organization, rehearsal).pk == first.pk
    assert len(_customers(organization)) == count


def test_one_bad_row_in_ten_thousand_is_named_and_stops_all_or_only_itself(organization: Organization) -> None:
    rows = builders.scaled(10_000, 600)
    bad = rows * 2 // 3
    lines = [HEADER, *(f";Kunde {n} AS;;;Gata {n};0001;Oslo" for n in range(rows))]
    lines[bad] = ";Feil AS;12345;ikke-en-adresse;Gata;0001;Oslo"
    before = len(_customers(organization))

    rehearsal = _rehearse(organization, _ask(organization, "\n".join(lines)))

    assert rehearsal.result["counts"] == {"create": rows - 1, "refuse": 1}
    items = _items(organization, rehearsal)
    assert [place for place, (state, _reason) in enumerate(items, start=1) if state == "failed"] == [bad]
    assert "12345" in items[bad - 1][1] or "9" in items[bad - 1][1]
    with builders.in_organization(organization), pytest.raises(running.RowsAreRefused):
        running.start_import(organization, rehearsal.pk, takes_good_rows=False, actor=builders.actor_of(organization))
    assert len(_customers(organization)) == before

    job = _import(organization, rehearsal, takes_good_rows=True)

    assert (job.state, job.done, job.failed) == (JobState.COMPLETE, rows, 1)
    assert len(_customers(organization)) == before + rows - 1


def test_a_record_that_was_changed_after_the_rehearsal_stops_the_import_and_leaves_nothing(
    organization: Organization,
) -> None:
    customer = builders.make_customer(organization, name="Gammel AS")
    content = f"{HEADER}\n;Ny AS;;;;0001;Oslo\n{customer.number};Nytt navn AS;;;;0001;Oslo\n"
    rehearsal = _rehearse(organization, _ask(organization, content))
    assert rehearsal.result["counts"] == {"create": 1, "change": 1}
    with builders.in_organization(organization):
        Customer.objects.of(organization).filter(pk=customer.pk).update(name="Tredje AS", version=customer.version + 1)
    before = len(_customers(organization))

    job = _import(organization, rehearsal)

    assert job.state == JobState.FAILED
    assert job.problem
    assert len(_customers(organization)) == before


@pytest.mark.parametrize(
    ("existing", "counts"),
    [(Existing.UPDATE, {"change": 1}), (Existing.SKIP, {"skip": 1}), (Existing.REFUSE, {"refuse": 1})],
)
def test_rows_that_are_registered_already_are_treated_as_chosen(
    organization: Organization, existing: Existing, counts: dict[str, int]
) -> None:
    customer = builders.make_customer(organization, name="Gammel AS")
    content = f"{HEADER}\n{customer.number};Nytt navn AS;;;;0001;Oslo\n"

    assert _rehearse(organization, _ask(organization, content, existing=existing)).result["counts"] == counts


def test_a_record_named_twice_in_a_file_is_refused_the_second_time(organization: Organization) -> None:
    content = f"{HEADER}\n77;En AS;;;;;\n78;To AS;;;;;\n77;En til AS;;;;;\n"

    job = _rehearse(organization, _ask(organization, content))

    assert job.result["counts"] == {"create": 2, "refuse": 1}
    assert "2" in _items(organization, job)[2][1]


def test_a_national_id_has_no_column(organization: Organization) -> None:
    header = ["Navn", "Fødselsnummer", "National id"]

    assert suggested(CUSTOMER_COLUMNS, header) == {"name": 0}


@pytest.mark.parametrize("file_format", [FileFormat.CSV, FileFormat.XLSX])
def test_our_own_export_goes_into_another_company_without_loss_and_changes_nothing_in_ours(
    organization: Organization, other_organization: Organization, file_format: FileFormat
) -> None:
    random = Random(SEED)
    print(f"seed {SEED}")
    _fill(organization, random, builders.scaled(300, 25))
    exported = _export(organization, "customers", file_format)

    assert set(_rehearse(organization, _ask(organization, exported)).result["counts"]) == {"same"}

    with builders.in_organization(other_organization):
        Customer.objects.of(other_organization).delete()
    job = _import(other_organization, _rehearse(other_organization, _ask(other_organization, exported)))
    assert (job.state, job.failed) == (JobState.COMPLETE, 0), _items(other_organization, job)
    assert _told(other_organization) == _told(organization)


@pytest.mark.parametrize("file_format", [FileFormat.CSV, FileFormat.XLSX])
def test_products_come_back_from_their_export(
    organization: Organization, other_organization: Organization, file_format: FileFormat
) -> None:
    builders.make_product(organization, number="007", name="=SUM(A1)", unit_price="1234.5")
    builders.make_product(organization, number="8-b", name="+47 pakke", unit_price="0.125", unit_code="HUR")
    exported = _export(organization, "products", file_format)

    assert set(_rehearse(organization, _ask(organization, exported, "products")).result["counts"]) == {"same"}
    job = _import(other_organization, _rehearse(other_organization, _ask(other_organization, exported, "products")))

    assert (job.state, job.failed) == (JobState.COMPLETE, 0), _items(other_organization, job)

    def told(where: Organization) -> list[tuple[Any, ...]]:
        with builders.in_organization(where):
            rows = Product.objects.of(where).order_by("number")
            return list(
                rows.values_list("number", "name", "unit_price", "unit_code", "vat_treatment", "revenue_account")
            )

    assert told(other_organization) == told(organization)


def _fill(organization: Organization, random: Random, count: int) -> None:
    words = [
        "Ål",
        "=1+1",
        "+47",
        "-minus",
        "@krøll",
        "  mellom",
        "æøå ÆØÅ",
        "Semi;kolon",
        'Sitat "her"',
        "'strek",
        "007",
    ]
    for place in range(count):
        name = " ".join(random.sample(words, 3)).strip()
        customer = builders.make_customer(
            organization,
            name=f"{name} {place}",
            kind=random.choice(["business", "consumer", "public_body"]),
            organization_number="",
            email=random.choice(["", "noen@kunde.example"]),
            phone=random.choice(["", "+47 22 33 44 55"]),
            street=random.choice(["", "Gata 1; bakgård", "=Vei 2"]),
            postal_code=random.choice(["0001", "5003"]),
            city="Tromsø",
            notes=random.choice(["", "Linje en\nlinje to", "=ikke en formel"]),
            payment_terms_days=random.choice([None, 0, 30]),
            language=random.choice(["nb", "da", "sv", "en"]),
        )
        with builders.in_organization(organization):
            for one in range(random.randrange(3)):
                Contact.objects.create(
                    organization=organization, customer=customer, name=f'Kari "K{one}"; Kontakt', phone="+47 1"
                )


def _export(organization: Organization, kind: str, file_format: FileFormat) -> bytes:
    with builders.in_organization(organization):
        job = exporting.start_export(
            organization, kind, file_format, actor=builders.actor_of(organization), key=jobs.new_key()
        )
    job = _finish(organization, job)
    assert job.state == JobState.COMPLETE, job.problem
    return files.load(str(organization.pk), job.result["sha256"])


def _told(organization: Organization) -> list[dict[str, Any]]:
    columns = [
        column.name
        for column in Customer._meta.concrete_fields
        if column.name not in {"id", "organization", "version", "created_at", "archived_at"}
    ]
    told = []
    for customer in _customers(organization):
        with builders.in_organization(organization):
            people = sorted(customer.contacts.values_list("name", "email", "phone"))
        told.append({name: getattr(customer, name) for name in columns} | {"people": people})
    return told


def test_people_are_written_and_read_alike() -> None:
    people = [Contact(name='Ola "O"; Nordmann', email="o@n.example", phone="+47 1"), Contact(name="Bare navn")]

    assert read_contacts(written_contacts(people)) == [
        {"name": 'Ola "O"; Nordmann', "email": "o@n.example", "phone": "+47 1"},
        {"name": "Bare navn", "email": "", "phone": ""},
    ]


def test_the_screens_lead_from_the_file_to_the_import(
    organization: Organization, accountant: Any, client_of: Callable[..., Any]
) -> None:
    client = client_of(accountant)
    upload = SimpleUploadedFile("kunder.csv", GOOD.encode())
    mapping = client.post("/nordlys/import/customers/", {"file": upload})
    page = client.get(mapping["Location"])
    assert page.status_code == 200
    fields = {field.html_name: field.value() or "" for field in page.context["form"].columns}
    started = client.post(mapping["Location"], {**fields, "existing": "update", "key": "k1"})
    again = client.post(mapping["Location"], {**fields, "existing": "update", "key": "k1"})
    assert started["Location"] == again["Location"]
    builders.run_background()

    job_id = started["Location"].rstrip("/").rpartition("/")[2]
    panel = client.get(f"/nordlys/rehearsals/{job_id}/", headers={"HX-Request": "true"})
    assert panel.context["written"] == 2
    imported = client.post(f"/nordlys/rehearsals/{job_id}/import/", {"rows": "all"})
    builders.run_background()

    assert "/jobs/" in imported["Location"]
    assert {"Sild & Salt AS", "Årnes Bakeri AS"} <= {customer.name for customer in _customers(organization)}


def test_what_is_no_table_is_refused_beside_the_field(
    organization: Organization, accountant: Any, client_of: Callable[..., Any]
) -> None:
    for name, content in {"tom.csv": b"", "gammel.xls": b"\xd0\xcf\x11\xe0", "bilde.xlsx": b"PK\x03\x04"}.items():
        page = client_of(accountant).post("/nordlys/import/customers/", {"file": SimpleUploadedFile(name, content)})
        assert page.status_code == 422
        assert page.context["form"].errors["file"]


def test_a_mapping_without_a_name_is_refused(
    organization: Organization, accountant: Any, client_of: Callable[..., Any]
) -> None:
    client = client_of(accountant)
    place = client.post("/nordlys/import/customers/", {"file": SimpleUploadedFile("a.csv", GOOD.encode())})["Location"]

    page = client.post(place, {"existing": "update", "column-email": "1", "column-phone": "1"})

    assert page.status_code == 422
    assert {"column-name", "column-phone"} <= set(page.context["form"].errors)


def test_strangers_find_nothing_and_members_without_the_right_are_refused(
    organization: Organization, project_manager: Any, stranger: Any, client_of: Callable[..., Any]
) -> None:
    for address in ("import/customers/", "import/products/"):
        assert client_of(stranger).get(f"/nordlys/{address}").status_code == 404
        assert client_of(project_manager).get(f"/nordlys/{address}").status_code == 403


def test_the_count_of_statements_grows_with_batches_and_not_with_rows(organization: Organization) -> None:
    def statements(rows: int, mark: str) -> int:
        content = "\n".join([HEADER, *(f";{mark} {n} AS;;;Gata;0001;Oslo" for n in range(rows))])
        rehearsal = _rehearse(organization, _ask(organization, content))
        with CaptureQueriesContext(connection) as captured:
            _import(organization, rehearsal)
        return sum(query["sql"].startswith(("SELECT", "INSERT", "UPDATE")) for query in captured.captured_queries)

    statements(5, "Varm")
    assert statements(200, "Mange") <= statements(20, "Få") + 2


def test_headers_in_four_languages_are_known() -> None:
    headers = {
        "nb": ["Kundenummer", "Navn", "Organisasjonsnummer"],
        "en": ["Customer number", "Name", "Organization number"],
    }
    for header in headers.values():
        assert suggested(CUSTOMER_COLUMNS, header) == {"number": 0, "name": 1, "organization_number": 2}


def test_the_workbook_holds_text_where_text_was(organization: Organization) -> None:
    builders.make_customer(organization, name="=HYPERLINK(1)")

    book = load_workbook(io.BytesIO(_export(organization, "customers", FileFormat.XLSX)))
    sheet = book.active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert cells
    assert all(cell.data_type == "s" for cell in cells)
