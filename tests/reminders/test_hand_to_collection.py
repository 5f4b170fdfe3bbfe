"""The end of the road: claims handed to an agency with their documents, its news, and losses with their evidence."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from lxml import etree

from foundation import files
from invoicing.models import Delivery, Invoice
from payments.actions.write_offs import LossTerms
from payments.holds import place_hold
from payments.models import Allocation
from reminders.actions import collection, collection_losses
from reminders.collection_facts import HandedCase, case_of, to_json
from reminders.collection_files import COLUMNS, csv_of_case, xml_of_case
from reminders.collection_states import CLOSED, FOLLOWS, TOLD_BY_AGENCIES
from reminders.collection_status import read_status
from reminders.law import current_law
from reminders.models import CollectionCase, CollectionClaim, CollectionFile, CollectionNews, LossEvidence, Reminder
from reminders.queries import collection as queries
from tenants.models import OutboxRow
from tests.builders import actor_of, in_organization, run_background
from tests.payments import by_hand
from tests.reminders.collection_rows import NOTICED, READY, hand_over, made, make_agency, reread, warned
from tests.reminders.dunning_rows import DUE, ROBOT, at, morning, owing, turn_on

pytestmark = pytest.mark.django_db
URL = "/nordlys/reminders/collection/"


def claim_id(invoice: Invoice) -> UUID:
    assert invoice.receivable_id is not None
    return invoice.receivable_id


def stops_of(organization: Any, invoice: Any, day: Any = READY) -> tuple[str, ...]:
    with in_organization(organization):
        [found] = queries.judged_claims(organization, [claim_id(invoice)], current_law(), today=day)
        return found.stops


def test_a_debtors_claims_are_handed_over_as_one_case_and_its_files_are_kept_as_they_were(
    organization: Any, owner: Any, auditor: Any, client_of: Any
) -> None:
    turn_on(organization)
    invoice = warned(organization, name="=Sen Betaler")
    agency = make_agency(organization)
    with in_organization(organization):
        second = owing(organization, customer=invoice.customer)
    made(organization)
    # Before its deadline is over, and without a notice, nothing is handed over (inkassoloven § 9; RULES N6).
    assert stops_of(organization, invoice, NOTICED + timedelta(days=14)) == ("deadline_is_running",)
    assert stops_of(organization, second) == ("no_collection_notice",)
    with pytest.raises(collection.ClaimIsStopped, match="§ 9"):
        hand_over(organization, agency, invoice, second)
    by_hand.pay(organization, "500.00", invoice.receivable_id, day=DUE + timedelta(days=20))
    assert stops_of(organization, invoice) == ()

    [case] = hand_over(organization, agency, invoice)
    facts = case_of(case.snapshot)
    [claim] = facts.claims
    # 2 500 for 20 days and 2 000 for 24 at 12.00 %: 16.438… + 15.780… = 32.22; the reminder had asked for a part.
    assert (claim.original, claim.open, [part.days for part in claim.interest_parts]) == (
        Decimal(2500),
        Decimal(2000),
        [20, 24],
    )
    asked = sum(step.interest for step in claim.reminders)
    assert claim.interest == Decimal("32.22") - asked
    assert asked > 0
    assert [step.step for step in claim.reminders] == ["friendly", "reminder", "collection_notice"]
    assert all(step.reached and step.arrived_at for step in claim.reminders)
    assert (case.number, case.state, case.principal) == (1001, "handed_over", 2000)
    assert facts.debtor.number == str(invoice.customer.number)
    assert to_json(facts) == case.snapshot
    with in_organization(organization):
        kept = {file.name: files.load(str(organization.pk), file.sha256) for file in CollectionFile.objects.all()}
        assert not Reminder.objects.filter(state__in=["waiting", "planned"], receivable=invoice.receivable_id).exists()
    rows = list(csv.DictReader(io.StringIO(kept["case-1001.csv"].decode("utf-8-sig")), delimiter=";"))
    assert rows[0].keys() == set(COLUMNS)
    assert (rows[0]["debtor_name"], rows[0]["open_amount"], rows[0]["collection_notice_deadline"]) == (
        "'=Sen Betaler",
        "2000.00",
        claim.reminders[-1].deadline.isoformat() if claim.reminders[-1].deadline else "",
    )
    assert sum(Decimal(row["open_amount"]) for row in rows) == case.total
    packed = zipfile.ZipFile(io.BytesIO(kept["case-1001.zip"]))
    manifest = json.loads(packed.read("manifest.json"))
    assert len(manifest["files"]) == 6  # the data, the invoice twice, three letters
    assert {name["name"] for name in manifest["files"]} == {*packed.namelist()} - {"manifest.json"}
    for entry in manifest["files"]:
        assert hashlib.sha256(packed.read(entry["name"])).hexdigest() == entry["sha256"]
    # The same facts are the same bytes, whenever they are written.
    assert csv_of_case(facts) == kept["case-1001.csv"]

    stands_fast(organization, agency, invoice)
    with in_organization(organization):
        assert queries.cases_open(organization, [claim_id(invoice), claim_id(second)]) == {claim_id(invoice)}
        assert CollectionCase.objects.count() == 1
    assert morning(organization, READY + timedelta(days=30)).sent == 1  # the other claim's alone
    browser, page = client_of(owner), f"{URL}cases/{case.pk}/"
    for _time in range(2):
        file = queries_file(organization, "case-1001.zip")
        answer = browser.get(f"{page}files/{file}/")
        assert (answer.content, answer["X-Content-Type-Options"]) == (kept["case-1001.zip"], "nosniff")
    assert "2 000,00" in browser.get(page, headers={"accept-language": "nb"}).content.decode().replace("\xa0", " ")
    assert client_of(auditor).get(page).status_code == 200
    assert client_of(auditor).post(f"{page}take-back/", {"reason": "x"}).status_code == 403


def stands_fast(organization: Any, agency: Any, invoice: Any) -> None:
    """Handed over twice is refused, and the database keeps what was handed over."""
    with pytest.raises(collection.ClaimIsStopped):
        hand_over(organization, agency, invoice)
    for statement in (
        lambda: CollectionCase.objects.update(principal=1),
        lambda: CollectionCase.objects.all().delete(),
        lambda: CollectionFile.objects.update(sha256="0" * 64),
        lambda: CollectionClaim.objects.all().delete(),
    ):
        with in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
            statement()


def queries_file(organization: Any, name: str) -> Any:
    with in_organization(organization):
        return CollectionFile.objects.get(name=name).pk


def test_what_stands_in_the_way_is_said_and_nothing_is_handed_over(
    organization: Any, owner: Any, case_worker: Any, stranger: Any, client_of: Any
) -> None:
    turn_on(organization)
    invoice = warned(organization)
    agency = make_agency(organization)
    browser = client_of(owner)
    # Its documents are not made, and its letters have reached nobody known yet.
    assert stops_of(organization, invoice) == ("notice_reached_nobody",)
    made(organization)
    with in_organization(organization):
        hold = place_hold(
            organization, claim_id(invoice), kind="dispute", reason="Feil vare", amount=Decimal(100), actor=ROBOT,
            now=at(READY),
        )  # fmt: skip
    assert stops_of(organization, invoice) == ("partly_held",)
    asked = {"claim": str(invoice.receivable_id), "agency": str(agency.pk)}
    assert browser.post(f"{URL}hand-over/", asked).status_code == 302
    for who, status in ((case_worker, 403), (stranger, 404)):
        assert client_of(who).post(f"{URL}hand-over/", asked).status_code == status
    page = browser.get(f"{URL}ready/").content.decode()
    assert invoice.customer.name in page
    assert "disabled" in page
    with in_organization(organization):
        hold.released_at, hold.released_by = at(READY), "Kari Nordmann"
        hold.save(update_fields=["released_at", "released_by"])
    by_hand.pay(organization, "300.00", customer_id=invoice.customer_id, day=READY)
    assert stops_of(organization, invoice) == ("has_credit",)
    with pytest.raises(collection.ClaimIsStopped):
        hand_over(organization, agency, invoice)
    with in_organization(organization):
        assert not CollectionCase.objects.exists()


def test_an_xml_case_follows_its_schema_is_brought_into_the_folder_and_taken_back(
    organization: Any, owner: Any, client_of: Any
) -> None:
    turn_on(organization)
    invoice = warned(organization)
    made(organization)
    agency = make_agency(organization, layout="xml", handing="folder", folder="inkasso")
    place = Path(settings.HANDOVER_DIR) / str(organization.pk) / "inkasso"
    [case] = hand_over(organization, agency, invoice)
    facts: HandedCase = case_of(case.snapshot)
    schema = etree.XMLSchema(etree.parse(Path(settings.BASE_DIR) / "docs" / "collection-case.xsd"))
    schema.assertValid(etree.fromstring(xml_of_case(facts)))

    browser, page = client_of(owner), f"{URL}cases/{case.pk}/"
    assert browser.post(f"{page}transfer/").status_code == 302
    bring(organization)
    assert "inkasso" in reread(organization, case).transfer_fault  # the folder is not there
    place.mkdir(parents=True)
    assert browser.post(f"{page}transfer/").status_code == 302
    bring(organization)
    assert sorted(each.name for each in place.iterdir()) == ["case-1001.xml", "case-1001.zip"]
    assert (reread(organization, case).transferred_at is not None, reread(organization, case).transfer_fault) == (
        True,
        "",
    )
    # What comes in here is shown, until the agency is told.
    by_hand.pay(organization, "400.00", invoice.receivable_id, day=READY)
    assert b"note_agency" not in browser.get(page).content
    assert f"{page}told/" in browser.get(page).content.decode()
    sheet = browser.get(f"{page}payments/").content.decode("utf-8-sig").splitlines()
    assert sheet[1].startswith("1001;K-4711;")
    assert ";400.00;NOK;2100.00" in sheet[1]
    assert browser.post(f"{page}told/").status_code == 302
    assert f"{page}told/" not in browser.get(page).content.decode()

    assert browser.post(f"{page}take-back/", {"reason": " "}).status_code == 422
    assert [browser.post(f"{page}take-back/", {"reason": "Kunden ringte"}).status_code for _ in range(2)] == [302, 422]
    assert reread(organization, case).state == "withdrawn"
    with in_organization(organization):
        assert queries.cases_open(organization, [claim_id(invoice)]) == set()
    assert stops_of(organization, invoice) == ()
    [second] = hand_over(organization, agency, invoice, day=READY + timedelta(days=5))
    assert second.number == 1002
    # Paid in full, also what was added: the case closes by itself, once.
    with in_organization(organization):
        wanted = queries.claim_ids_of(organization, second)
    by_hand.pay(organization, "2600.00", *wanted, day=READY + timedelta(days=6))
    with in_organization(organization):
        closed = [
            collection.close_settled_cases(organization, actor=ROBOT, now=at(READY + timedelta(days=7)))
            for _ in range(2)
        ]
    assert (closed, reread(organization, second).state) == ([1, 0], "settled")


def bring(organization: Any) -> None:
    """The attempt that is due, without the rendering that waits beside it."""
    with in_organization(organization):
        OutboxRow.objects.exclude(kind="reminders.transfer_case").update(state="sent")
    run_background()


def test_what_an_agency_tells_is_rehearsed_row_by_row_and_taken_once(
    organization: Any, owner: Any, client_of: Any
) -> None:
    turn_on(organization)
    invoice = warned(organization)
    made(organization)
    [case] = hand_over(organization, make_agency(organization), invoice)
    day = READY.isoformat()
    lines = [
        "case_number;status;day;amount_paid;text",
        f"1001;received;{day};;",
        f"1001;part_paid;{day};500,00;Delbetaling",
        f"1001;part_paid;{day};500,00;Delbetaling",
        f"1001;received;{day};;Igjen",
        f"4711;active;{day};;",
        f"1001;won;{day};;",
        "1001;active;i går;;",
        f"1001;active;{day};mye;",
        f"x;active;{day};;",
    ]
    upload = io.BytesIO("\r\n".join(lines).encode("utf-8-sig"))
    upload.name = "status.csv"
    browser = client_of(owner)
    answer = browser.post(f"{URL}status/", {"file": upload})
    assert answer.status_code == 302
    page = browser.get(answer["Location"]).content.decode()
    assert page.count('class="sub bad"') == 6
    assert reread(organization, case).state == "handed_over"
    for _time in range(2):
        assert browser.post(f"{answer['Location']}take/").status_code == 302
    with in_organization(organization):
        assert [(news.state, news.paid) for news in CollectionNews.objects.order_by("made_at", "id")] == [
            ("received", None),
            ("part_paid", Decimal("500.00")),
        ]
    assert reread(organization, case).state == "part_paid"
    no_table = io.BytesIO(b"hei;hopp\n1;2")
    no_table.name = "x.csv"
    assert browser.post(f"{URL}status/", {"file": no_table}).status_code == 422
    # By hand, and to the end.
    told = {"state": "closed_unpaid", "day": day, "text": "Intet til utlegg"}
    assert browser.post(f"{URL}cases/{case.pk}/status/", told).status_code == 302
    assert browser.post(f"{URL}cases/{case.pk}/status/", {**told, "state": "active"}).status_code == 422
    assert (reread(organization, case).state, reread(organization, case).is_open) == ("closed_unpaid", False)
    with in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        CollectionCase.objects.update(state="active", closed_at=None)


def test_vat_of_a_loss_comes_back_with_three_reminders_as_its_evidence(
    organization: Any, owner: Any, client_of: Any
) -> None:
    turn_on(organization)
    invoice = warned(organization)
    made(organization)
    later = DUE + timedelta(days=190)
    terms = LossTerms(ground="overdue", reason="Ingenting å hente", takes_vat_back=True, amount=Decimal(1000))
    page = f"/nordlys/reminders/claims/{invoice.receivable_id}/write-off/"
    assert "§ 4-7-1" in client_of(owner).get(page).content.decode()

    def lose(day: Any = later) -> LossEvidence:
        with in_organization(organization):
            return collection_losses.write_off_with_evidence(
                organization, claim_id(invoice), terms, actor=actor_of(organization), day=day, now=at(day)
            )

    agency = make_agency(organization)
    [case] = hand_over(organization, agency, invoice)
    with pytest.raises(collection_losses.ClaimIsWithAgency):
        lose()
    with in_organization(organization):
        collection.take_case_back(organization, case.pk, reason="Tapt", actor=ROBOT, now=at(later))
        # One of the letters came back: two are too few.
        letter = Reminder.objects.filter(step="friendly").get().letter
        [delivery] = Delivery.objects.filter(subject_id=letter.paper_id)
        delivery.state = "bounced"
        delivery.save(update_fields=["state"])
    with pytest.raises(collection_losses.TooFewReminders, match="2"):
        lose()
    with in_organization(organization):
        assert not Allocation.objects.filter(kind="write_off").exists()
        delivery.state = "delivered"
        delivery.save(update_fields=["state"])
    evidence = lose()
    assert by_hand.owed(organization, invoice) == 1500
    packed = zipfile.ZipFile(io.BytesIO(files.load(str(organization.pk), evidence.sha256)))
    manifest = json.loads(packed.read("manifest.json"))
    assert (evidence.reminders, manifest["reminders_that_count"], len(manifest["files"])) == (3, 3, 5)
    answer = client_of(owner).get(f"/nordlys/reminders/loss-evidence/{evidence.pk}/")
    assert hashlib.sha256(answer.content).hexdigest() == evidence.sha256


def test_an_agency_is_changed_by_one_person_at_a_time(organization: Any, owner: Any, client_of: Any) -> None:
    agency, browser = make_agency(organization), client_of(owner)
    page = f"{URL}agencies/{agency.pk}/"
    said = {"name": agency.name, "client_number": "K-1", "layout": "xml", "handing": "by_hand", "is_active": "on"}
    assert browser.get(page).status_code == 200
    assert [browser.post(page, {**said, "version": "1"}).status_code for _ in range(2)] == [302, 422]
    assert browser.post(f"{URL}agencies/new/", said).status_code == 422  # the name is taken
    sftp = {**said, "name": "Annen", "handing": "sftp"}
    assert browser.post(f"{URL}agencies/new/", sftp).status_code == 422
    sealed = {**sftp, "host": "sftp.example", "username": "bilag", "secret": "hemmelig"}
    assert browser.post(f"{URL}agencies/new/", sealed).status_code == 302
    assert b"hemmelig" not in browser.get(f"{URL}agencies/").content


def test_every_state_of_a_case_leads_somewhere_or_is_the_end() -> None:
    assert set(FOLLOWS) == {*TOLD_BY_AGENCIES, "handed_over", "settled"}
    for state, following in FOLLOWS.items():
        assert bool(following) is (state not in CLOSED)
        assert following <= set(FOLLOWS)
        assert "handed_over" not in following


def test_a_status_file_of_other_columns_or_too_many_rows_is_refused() -> None:
    with pytest.raises(Exception, match="day"):
        read_status(b"case_number;status\n1;active", today=READY)
    [row] = read_status(b"Case_Number,Status,Day\n1001,PAID,29.04.2026", today=READY)
    assert (row.case_number, row.state, row.fault) == (1001, "paid", "")
