"""What a person sees of the months that were compared, and mends at one click."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounting_sync.actions.reconciling import ask_for_months
from accounting_sync.models import (
    Connection,
    Reconciliation,
    ReconciliationState,
    StrayDocument,
    StrayState,
    SyncItem,
    SyncState,
)
from accounting_sync.reconciling import reconcile
from accounting_sync.words import differences_in_words, finding_in_words, month_in_words
from invoicing.models import Invoice
from tenants.audit import Actor
from tenants.models import AuditEntry, Organization, User
from tests import builders
from tests.accounting_sync.connected import connect, items, push, served, talk, told
from tests.ledgers.server import LedgerServer
from tests.ledgers.systems.fiken import Ledger

ClientOf = Callable[[User], Client]
HTMX, REFUSED = {"HX-Request": "true"}, 422
MONTH = builders.TODAY.replace(day=1)


@pytest.fixture
def fiken(settings: Any, shared: object) -> Iterator[LedgerServer]:
    """A company in Fiken."""
    with LedgerServer(Ledger()) as server, served(server, settings):
        yield server
        server.assert_obeyed()


def _page(organization: Organization, name: str, *things: Any) -> str:
    return reverse(f"accounting_sync:{name}", args=[organization.slug, *things])


def _pushed(organization: Organization, fiken: LedgerServer) -> tuple[Connection, Invoice]:
    invoice = builders.make_finalized_invoice(organization)
    connection = connect(organization, fiken)
    [item] = push(organization, connection)
    assert told(item)[0] == SyncState.CONFIRMED
    return connection, invoice


def _compare(organization: Organization, connection: Connection, month: date = MONTH) -> Reconciliation:
    """A month compared as the night does it."""
    with builders.in_organization(organization):
        [asked] = ask_for_months(
            organization, connection.pk, [month], actor=Actor.system(), today=builders.TODAY, now=timezone.now()
        )
    with talk(organization, connection) as opened:
        return reconcile(opened, asked)


def _text(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode().replace("&nbsp;", " ").replace("\N{NO-BREAK SPACE}", " ")


def _kept(organization: Organization, row: Reconciliation) -> Reconciliation:
    with builders.in_organization(organization):
        return Reconciliation.objects.of(organization).get(pk=row.pk)


def test_what_agrees_is_said_on_every_page(
    organization: Organization, owner: User, auditor: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    connection, invoice = _pushed(organization, fiken)
    before = client_of(owner).get(_page(organization, "show_reconciliation"))
    assert before.context["balance"] is None

    row = _compare(organization, connection)

    for user in (owner, auditor):
        page = client_of(user).get(_page(organization, "show_reconciliation"))
        figures = page.context["figures"]
        assert (figures.vouchers, figures.agree, figures.differ, figures.balance.difference) == (1, 1, 0, 0)
        assert figures.balance.ours == figures.balance.theirs == invoice.payable_amount
        assert page.context["needy"] == []
        assert _page(organization, "show_month", row.pk) in page.content.decode()
    assert client_of(owner).get(_page(organization, "show_overview")).context["balance"].difference == 0
    shown = client_of(owner).get(_page(organization, "show_connection", connection.pk))
    assert _page(organization, "show_month", row.pk) in shown.content.decode()
    month = client_of(auditor).get(_page(organization, "show_month", row.pk))
    assert [each["difference"] for each in month.context["accounts"]] == [0] * len(row.accounts)
    assert month.context["findings"] == []


def test_a_month_is_compared_at_one_click_and_tells_how_far_it_has_come(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    connection, _invoice = _pushed(organization, fiken)
    browser = client_of(owner)

    answer = browser.post(_page(organization, "reconcile_now"))

    with builders.in_organization(organization):
        row = Reconciliation.objects.of(organization).get()
    assert (row.connection_id, row.month, row.state) == (connection.pk, MONTH, ReconciliationState.ASKED)
    assert answer["Location"] == _page(organization, "show_month", row.pk)
    panel = _page(organization, "panel_month", row.pk)
    assert panel in _text(browser, answer["Location"])
    assert str(row.pk) in _text(browser, _page(organization, "show_reconciliation"))
    assert panel in browser.get(panel, headers=HTMX).content.decode()
    # A second click shows the one that is under way.
    again = browser.post(_page(organization, "reconcile_now"), {"connection": connection.pk, "month": f"{MONTH:%Y-%m}"})
    assert again["Location"] == answer["Location"]

    builders.run_background()

    assert _kept(organization, row).state == ReconciliationState.DONE
    refreshed = browser.get(panel, headers=HTMX)
    assert refreshed["HX-Refresh"] == "true"
    assert panel not in _text(browser, answer["Location"])


def test_several_connections_are_told_apart(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    connection, _invoice = _pushed(organization, fiken)
    other = connect(organization, fiken, name="Fiken 2")
    browser = client_of(owner)

    page = browser.get(_page(organization, "show_reconciliation"))
    assert [each.pk for each in page.context["connections"]] == [connection.pk, other.pk]
    assert browser.post(_page(organization, "reconcile_now"))["Location"] == _page(organization, "show_reconciliation")
    browser.post(_page(organization, "reconcile_now"), {"connection": other.pk, "month": "2026-10"})

    with builders.in_organization(organization):
        row = Reconciliation.objects.of(organization).get()
    assert (row.connection_id, row.month) == (other.pk, date(2026, 10, 1))


def test_strangers_and_readers_compare_and_mend_nothing(
    *,
    organization: Organization,
    other_organization: Organization,
    owner: User,
    auditor: User,
    stranger: User,
    client_of: ClientOf,
    fiken: LedgerServer,
) -> None:
    connection, invoice = _pushed(organization, fiken)
    fiken.system.double(str(invoice.number))
    row = _compare(organization, connection)
    stray = _strays(organization)[0]
    [item] = items(organization, connection)
    doors = {
        "reconcile_now": (),
        "repair_gone": (item.pk,),
        "accept_stray": (stray.pk,),
    }

    for name, things in doors.items():
        assert client_of(stranger).post(_page(organization, name, *things)).status_code == 404
        assert client_of(auditor).post(_page(organization, name, *things)).status_code == 403
        if things:
            assert client_of(stranger).post(_page(other_organization, name, *things)).status_code == 404
    for name, thing in (("show_month", row.pk), ("panel_month", row.pk), ("accept_stray", stray.pk)):
        assert client_of(stranger).get(_page(other_organization, name, thing)).status_code == 404
    theirs = client_of(stranger).post(_page(other_organization, "reconcile_now"), {"connection": connection.pk})
    assert theirs.status_code == 404
    page = client_of(auditor).get(_page(organization, "show_reconciliation")).content.decode()
    assert _page(organization, "reconcile_now") not in page
    assert _page(organization, "accept_stray", stray.pk) not in page
    with builders.in_organization(organization):
        assert Reconciliation.objects.of(organization).count() == 1
    assert _strays(organization)[0].state == StrayState.OPEN


def test_what_cannot_be_compared_or_repaired_is_refused_and_nothing_changes(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    connection, _invoice = _pushed(organization, fiken)
    [item] = items(organization, connection)
    browser = client_of(owner)
    later = (builders.TODAY + timedelta(days=40)).strftime("%Y-%m")

    for month in ("2026-13", "now", "2026-11-01'"):
        answer = browser.post(_page(organization, "reconcile_now"), {"month": month})
        assert answer["Location"] == _page(organization, "show_reconciliation")
    assert browser.post(_page(organization, "reconcile_now"), {"month": later}, headers=HTMX).status_code == REFUSED
    assert browser.post(_page(organization, "repair_gone", item.pk), headers=HTMX).status_code == REFUSED
    with builders.in_organization(organization):
        Connection.objects.of(organization).filter(pk=connection.pk).update(state="setting_up")
    form = {"connection": connection.pk}
    assert browser.post(_page(organization, "reconcile_now"), form, headers=HTMX).status_code == REFUSED
    assert browser.get(_page(organization, "show_reconciliation") + "?before=yesterday").status_code == 404

    [after] = items(organization, connection)
    assert (after.state, after.revision) == (item.state, item.revision)
    with builders.in_organization(organization):
        assert not Reconciliation.objects.of(organization).exists()


def test_what_is_gone_there_is_found_and_pushed_again_at_one_click(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    connection, invoice = _pushed(organization, fiken)
    fiken.system.delete(str(invoice.number))
    browser = client_of(owner)

    row = _compare(organization, connection)

    [item] = items(organization, connection)
    assert told(item) == (SyncState.DIFFERS, "gone")
    page = browser.get(_page(organization, "show_reconciliation"))
    assert [(each["number"], each["way"]) for each in page.context["needy"]] == [(item.number, "repair_gone")]
    assert page.context["balance"].difference == -invoice.payable_amount
    repair = _page(organization, "repair_gone", item.pk)
    assert repair in page.content.decode()
    assert repair in _text(browser, _page(organization, "show_item", item.pk))
    [finding] = browser.get(_page(organization, "show_month", row.pk)).context["findings"]
    assert (finding["number"], finding["amount"]) == (item.number, -invoice.payable_amount)

    clicked = browser.post(f"{repair}?back=reconciliation")
    assert clicked["Location"] == _page(organization, "show_reconciliation")
    assert browser.post(repair, headers=HTMX).status_code == REFUSED  # twice is as good as once
    push(organization, connection)
    again = _compare(organization, connection)

    [item] = items(organization, connection)
    assert (item.state, item.revision) == (SyncState.CONFIRMED, 2)
    assert (again.agree, again.differ, again.difference) == (1, 0, Decimal(0))
    assert [held.number for held in fiken.system.documents()] == [str(invoice.number)]
    assert browser.get(_page(organization, "show_reconciliation")).context["needy"] == []
    assert _verbs(organization, item.pk) == ["sync_item.pushed_anew"]
    # The first comparison stands as it was.
    [finding] = browser.get(_page(organization, "show_month", row.pk)).context["findings"]
    assert finding["number"] == item.number


def test_what_stands_there_twice_is_named_until_it_is_deleted_there(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    connection, invoice = _pushed(organization, fiken)
    [item] = items(organization, connection)
    fiken.system.double(str(invoice.number))
    [second] = [held for held in fiken.system.documents() if held.id != item.remote_id]
    browser = client_of(owner)

    row = _compare(organization, connection)

    [needy] = browser.get(_page(organization, "show_reconciliation")).context["needy"]
    assert (needy["number"], needy["way"], needy["amount"]) == (item.number, "reconcile_now", invoice.payable_amount)
    assert second.id in needy["reason"]
    assert row.difference == invoice.payable_amount
    [finding] = browser.get(_page(organization, "show_month", row.pk)).context["findings"]
    assert second.id in finding["what"]

    with fiken.system.lock:
        del fiken.system.held[second.id]
    form = {"connection": needy["connection"].pk, "month": f"{needy['month']:%Y-%m}"}
    assert browser.post(_page(organization, "reconcile_now"), form).status_code == 302
    builders.run_background()

    assert browser.get(_page(organization, "show_reconciliation")).context["needy"] == []
    assert [stray.state for stray in _strays(organization)] == [StrayState.GONE]


def test_what_stands_there_twice_is_let_stand_with_a_reason(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    connection, invoice = _pushed(organization, fiken)
    fiken.system.double(str(invoice.number))
    _compare(organization, connection)
    [stray] = _strays(organization)
    browser = client_of(owner)
    accept = _page(organization, "accept_stray", stray.pk)
    assert stray.remote_id in _text(browser, accept)

    assert browser.post(accept, {"why": " "}).status_code == 422
    assert _strays(organization)[0].state == StrayState.OPEN
    answer = browser.post(accept, {"why": "Kopi for arkivet"})

    assert answer["Location"] == _page(organization, "show_reconciliation")
    [stray] = _strays(organization)
    assert (stray.state, stray.why) == (StrayState.ACCEPTED, "Kopi for arkivet")
    assert browser.post(accept, {"why": "Igjen"}).status_code == 422  # settled already
    assert _strays(organization)[0].why == "Kopi for arkivet"
    assert browser.get(_page(organization, "show_reconciliation")).context["needy"] == []


def test_what_was_altered_is_named_with_both_amounts_and_posted_again_once_it_is_mended(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    connection, invoice = _pushed(organization, fiken)
    fiken.system.alter(str(invoice.number), Decimal("0.01"))
    browser = client_of(owner)

    row = _compare(organization, connection)

    assert row.difference == Decimal("0.01")
    pages = [_page(organization, "show_reconciliation"), _page(organization, "show_month", row.pk)]
    for page in pages:
        text = _text(browser, page)
        for amount in (invoice.payable_amount, invoice.payable_amount + Decimal("0.01")):
            assert _in_norwegian(amount) in text
    fiken.system.alter(str(invoice.number), Decimal("-0.01"))
    [needy] = browser.get(pages[0]).context["needy"]
    assert needy["way"] in ("look_again", "reconcile_now")
    form = {"connection": connection.pk, "month": f"{MONTH:%Y-%m}"}
    browser.post(_page(organization, "reconcile_now"), form)
    builders.run_background()

    assert told(items(organization, connection)[0]) == (SyncState.CONFIRMED, "")
    assert browser.get(pages[0]).context["needy"] == []


def test_a_difference_is_looked_at_again_where_one_reading_tells_it(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    connection, invoice = _pushed(organization, fiken)
    fiken.system.alter(str(invoice.number), Decimal("0.01"))
    _compare(organization, connection)
    fiken.system.alter(str(invoice.number), Decimal("-0.01"))
    browser = client_of(owner)
    [item] = items(organization, connection)
    with builders.in_organization(organization):
        whole = [each for each in item.reason["differences"] if each[0] == "total"]
        reason = {"code": "differs", "differences": whole}
        SyncItem.objects.of(organization).filter(pk=item.pk).update(reason=reason)
    assert browser.get(_page(organization, "show_reconciliation")).context["needy"][0]["way"] == "look_again"

    answer = browser.post(_page(organization, "look_again", item.pk) + "?back=reconciliation")

    assert answer["Location"] == _page(organization, "show_reconciliation")
    assert told(push(organization, connection)[0])[0] == SyncState.CONFIRMED


def test_a_difference_is_let_stand_from_the_work_list(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    connection, invoice = _pushed(organization, fiken)
    fiken.system.alter(str(invoice.number), Decimal("0.01"))
    _compare(organization, connection)
    browser = client_of(owner)
    [item] = items(organization, connection)
    accept = _page(organization, "accept_difference", item.pk) + "?back=reconciliation"
    assert accept in _text(browser, _page(organization, "show_reconciliation"))

    answer = browser.post(accept, {"why": "Avrundet der"})

    assert answer["Location"] == _page(organization, "show_reconciliation")
    assert browser.get(answer["Location"]).context["needy"] == []
    again = _compare(organization, connection)
    assert again.differ == 0
    page = browser.get(_page(organization, "show_month", again.pk))
    assert [each["tone"] for each in page.context["findings"]] == ["draft"]


def test_a_comparison_that_failed_says_why_and_is_begun_again(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    connection, _invoice = _pushed(organization, fiken)
    done = _compare(organization, connection)
    with builders.in_organization(organization):
        common = {"organization": organization, "connection": connection, "month": MONTH, "asked_by": "Kari Nordmann"}
        failed = Reconciliation.objects.create(
            **common, state=ReconciliationState.FAILED, ended_at=timezone.now(), problem="Fiken says no."
        )
    browser = client_of(owner)

    text = _text(browser, _page(organization, "show_month", failed.pk))

    assert "Fiken says no." in text
    assert _page(organization, "reconcile_now") in text
    [month] = browser.get(_page(organization, "show_reconciliation")).context["months"]
    assert (month["newest"].pk, month["done"].pk, month["tone"]) == (failed.pk, done.pk, "bad")
    earlier = browser.get(_page(organization, "show_month", done.pk))
    assert earlier.context["newest"].pk == failed.pk
    assert [each.pk for each, _words, _tone in earlier.context["others"]] == [failed.pk, done.pk]


def test_months_come_by_the_year_and_findings_by_the_page(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    connection, _invoice = _pushed(organization, fiken)
    [item] = items(organization, connection)
    found = {
        "item": str(item.pk), "number": item.number, "kind": item.kind, "day": item.day.isoformat(),
        "code": "absent", "differences": [], "amount": "-1.00",
    }  # fmt: skip
    months = [date(2025 + at // 12, at % 12 + 1, 1) for at in range(15)]
    with builders.in_organization(organization):
        common = {"organization": organization, "connection": connection, "asked_by": "Bilag", "state": "done"}
        rows = [
            Reconciliation.objects.create(
                **common, month=month, ended_at=timezone.now(), vouchers=120, absent=120, findings=[found] * 120
            )
            for month in months
        ]
    browser = client_of(owner)

    first = browser.get(_page(organization, "show_reconciliation"))
    assert [each["newest"].month for each in first.context["months"]] == months[:2:-1]
    assert "?before=2025-04" in first.content.decode()
    second = browser.get(_page(organization, "show_reconciliation") + "?before=2025-04")
    assert [each["newest"].month for each in second.context["months"]] == months[2::-1]
    assert second.context["older"] is None

    address = _page(organization, "show_month", rows[0].pk)
    sizes = [len(browser.get(f"{address}?from={start}").context["findings"]) for start in (0, 50, 100, 9999, "x")]
    assert sizes == [50, 50, 20, 1, 50]


def test_many_months_and_vouchers_are_shown_by_as_many_statements_as_one(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(database) as captured:
            assert browser.get(_page(organization, "show_reconciliation")).status_code == 200
        return len(captured)

    customer = builders.make_customer(organization)
    invoices = [builders.make_finalized_invoice(organization, customer) for _each in range(6)]
    connection = connect(organization, fiken)
    push(organization, connection)
    browser = client_of(owner)
    fiken.system.delete(str(invoices[0].number))
    fiken.system.double(str(invoices[3].number))
    _compare(organization, connection)
    statements()  # the frame remembers what it has asked once
    one = statements()
    for invoice in invoices[1:3]:
        fiken.system.delete(str(invoice.number))
    for invoice in invoices[4:]:
        fiken.system.double(str(invoice.number))
    for month in (MONTH, date(2026, 10, 1), date(2026, 9, 1)):
        _compare(organization, connection, month)

    assert statements() == one
    shown = browser.get(_page(organization, "show_reconciliation")).context
    assert (len(shown["needy"]), len(shown["months"])) == (6, 3)


@pytest.mark.parametrize(
    ("differences", "words"),
    [
        ([["account:3000", "-100.00", "-99.00"]], "account 3000 is −100.00 here and −99.00 there"),
        ([["total", "125.00", "126.00"]], "the total is 125.00 here and 126.00 there"),
    ],
)
def test_differences_are_told_in_words(differences: list[list[str]], words: str) -> None:
    with translation.override("en"):
        assert differences_in_words(differences) == [words]


@pytest.mark.parametrize(
    ("code", "differences", "words"),
    [
        ("gone", [], "It was pushed and is not there any more."),
        ("doubled", [["id", "", "90"]], "It stands there more than once, also as 90."),
        ("absent", [], "It is not there: it waits, or was stopped."),
        ("differs", [["total", "1.00", "2.00"]], "It differs: the total is 1.00 here and 2.00 there."),
        ("accepted", [], "Somebody lets it stand: It was pushed and is not there any more."),
        ("accepted", [["booked", "", ""]], "Somebody lets it stand: it is not booked."),
    ],
)
def test_findings_are_told_in_words(code: str, differences: list[list[str]], words: str) -> None:
    with translation.override("en"):
        assert finding_in_words({"code": code, "differences": differences}) == words


@pytest.mark.parametrize(
    ("row", "tone"),
    [
        ({"state": "asked"}, "wait"),
        ({"state": "failed"}, "bad"),
        ({"state": "done", "vouchers": 2, "agree": 1, "differ": 1}, "bad"),
        ({"state": "done", "vouchers": 2, "agree": 1, "absent": 1}, "warn"),
        ({"state": "done", "vouchers": 2, "untold": 2}, "draft"),
        ({"state": "done", "vouchers": 2, "agree": 1, "untold": 1}, "ok"),
        ({"state": "done"}, "draft"),
    ],
)
def test_a_month_is_as_loud_as_the_worst_in_it(row: dict[str, Any], tone: str) -> None:
    assert month_in_words(Reconciliation(month=MONTH, **row))[1] == tone


def _strays(organization: Organization) -> list[StrayDocument]:
    with builders.in_organization(organization):
        return list(StrayDocument.objects.of(organization).order_by("id"))


def _verbs(organization: Organization, subject_id: UUID) -> list[str]:
    with builders.in_organization(organization):
        return list(AuditEntry.objects.of(organization).filter(subject_id=subject_id).values_list("verb", flat=True))


def _in_norwegian(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",")
