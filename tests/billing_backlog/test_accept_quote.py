"""Quote, answer, order, and what bills it: told as it happens, on the customer's page and ours (M-021, M-108)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing_backlog.actions import orders, quote_answers, quotes
from billing_backlog.errors import OrderIsTaken, QuoteHasChanged, QuoteIsClosed, QuoteIsUnclear, StaleRecord
from billing_backlog.models import OrderConfirmation, Quote, QuoteLine, QuoteVersion
from billing_backlog.queries import quotes as queries
from billing_backlog.quote_terms import Acceptance, ContractWish
from billing_backlog.quoting.papers import hash_of, read_paper
from tenants.models import Notice, OutboxRow
from tests import builders
from tests.billing_backlog.quote_rows import NOW, TODAY, accepted, line, make_quote, send, terms, token_of
from tests.invoicing.public_pages import mails_to, visitor

FAR = TODAY + timedelta(days=36_500)  # the pages read the clock


def opened(token: str) -> tuple[Client, str]:
    """A browser that came in by the link, and the address of the page without the secret."""
    browser = visitor()
    answer = browser.get(reverse("public_quotes:enter", args=[token]))
    assert answer.status_code == 302, answer.status_code
    return browser, answer.headers["Location"]


def shown_hash(browser: Client, page: str) -> str:
    return str(browser.get(page).context["version"].sha256)


def stored(organization: Any, quote: Quote) -> Quote:
    with builders.in_organization(organization):
        return queries.get_quote(organization, quote.pk)


def test_m_021_a_quote_is_sent_accepted_confirmed_and_billed_each_linked_both_ways(
    organization: Any, owner: Any, client_of: Any
) -> None:
    customer = builders.make_customer(organization, name="Vestlys AS", email="post@vestlys.example")
    lines = [line("Rådgivning", 2, 12000), line("Kurs", 1, "9999.50", discount_percent=Decimal(10))]
    quote = make_quote(organization, customer, *lines, valid_until=FAR, responsible_id=owner.pk)
    assert (quote.number, quote.net_amount, quote.vat_amount) == (1, Decimal("32999.55"), Decimal("8249.89"))
    send(organization, quote)
    builders.run_background()
    [mail] = mails_to(organization, "kari@kunde.example")
    assert (mail.files, "Ny nettside" in mail.subject) == (("quote-1.pdf",), True)
    mailed_link = next(word for word in mail.text.split() if "/i/quotes/" in word)

    browser, page = opened(mailed_link.rstrip("/").rsplit("/", 1)[1])
    text = browser.get(page).content.decode()
    assert all(part in text for part in ("Ny nettside", "Vestlys AS", "41\u00a0249,44", str(owner)))
    said = {"name": "Kari Nord", "agrees": "on", "sha256": shown_hash(browser, page)}
    refused = browser.post(f"{page}accept/", {**said, "agrees": ""})
    assert (refused.status_code, stored(organization, quote).accepted_at) == (422, None)
    for _press in range(2):  # twice is as good as once
        assert browser.post(f"{page}accept/", said).status_code == 302
    after = browser.get(page)
    assert (after.status_code, after.headers["Cache-Control"]) == (200, "private, no-store")
    assert "Kari Nord" in after.content.decode()

    with builders.in_organization(organization):
        [order] = OrderConfirmation.objects.of(organization)
        notices = list(Notice.objects.of(organization).filter(kind="quote.accepted").values_list("user_id", flat=True))
        mailed = OutboxRow.objects.of(organization).filter(kind="billing_backlog.mail_offer").count()
    assert (order.net_amount, order.payable_amount) == (quote.net_amount, quote.payable_amount)
    assert read_paper(order.content).accepted_by == "Kari Nord"
    assert hash_of(order.content) == order.sha256
    assert (notices, mailed) == ([owner.pk], 2)

    staff, slug = client_of(owner), organization.slug
    for _press in range(2):
        answer = staff.post(reverse("billing_backlog:draft_order", args=[slug, order.pk]), {"from": "quote"})
    draft_page = staff.get(answer.headers["Location"]).content.decode()
    assert reverse("billing_backlog:show_quote", args=[slug, quote.pk]) in draft_page
    with builders.in_organization(organization):
        draft = queries.drafts_of(organization, [order.pk])[order.pk].invoice
    assert (draft.net_amount, draft.payable_amount) == (order.net_amount, order.payable_amount)
    panel = staff.get(reverse("billing_backlog:panel_order_of_invoice", args=[slug, draft.pk])).content.decode()
    assert reverse("billing_backlog:show_order", args=[slug, order.pk]) in panel
    [invoice] = builders.finalize_drafts(organization, [draft.pk])
    for name, thing in (("show_quote", quote.pk), ("show_order", order.pk)):
        shown = staff.get(reverse(f"billing_backlog:{name}", args=[slug, thing])).content.decode()
        assert str(invoice.number) in shown
        assert reverse("invoicing:show_invoice", args=[slug, invoice.pk]) in shown


def test_an_answer_holds_for_the_words_that_were_shown(organization: Any) -> None:
    quote = make_quote(organization, valid_until=FAR)
    browser, page = opened(token_of(organization, quote))
    earlier = shown_hash(browser, page)
    actor = builders.actor_of(organization)
    changed = terms(quote.customer, line("Rådgivning", 3, 12000), valid_until=FAR)
    with builders.in_organization(organization), pytest.raises(StaleRecord):
        quotes.update_quote(organization, quote.pk, changed, version=9, actor=actor, today=TODAY, now=NOW)
    with builders.in_organization(organization):
        for _save in range(2):  # the same words are no new version
            version = queries.get_quote(organization, quote.pk).version
            quotes.update_quote(organization, quote.pk, changed, version=version, actor=actor, today=TODAY, now=NOW)
        assert QuoteVersion.objects.of(organization).filter(quote=quote).count() == 2
        with pytest.raises(QuoteHasChanged):
            quote_answers.accept_quote(
                organization, quote.pk, Acceptance(name="Kari", sha256=earlier), today=TODAY, now=NOW
            )
    answer = browser.post(f"{page}accept/", {"name": "Kari", "agrees": "on", "sha256": earlier})
    assert answer.status_code == 422
    assert "36\u00a0000,00" in answer.content.decode()  # what is offered now stands there to be read
    assert stored(organization, quote).accepted_at is None

    latest = shown_hash(browser, page)
    assert browser.post(f"{page}accept/", {"name": "Kari", "agrees": "on", "sha256": latest}).status_code == 302
    assert stored(organization, quote).accepted_sha256 == latest


def test_expired_withdrawn_and_declined_quotes_say_so_and_cannot_be_accepted(organization: Any) -> None:
    actor = builders.actor_of(organization)
    expired, withdrawn, declined = (make_quote(organization, valid_until=FAR) for _each in range(3))
    doors = [opened(token_of(organization, quote)) for quote in (expired, withdrawn, declined)]
    with builders.in_organization(organization):
        Quote.objects.of(organization).filter(pk=expired.pk).update(valid_until=datetime.now(UTC) - timedelta(days=2))
        with pytest.raises(QuoteIsUnclear):
            quotes.withdraw_quote(organization, withdrawn.pk, reason=" ", actor=actor, now=NOW)
        quotes.withdraw_quote(organization, withdrawn.pk, reason="Feil pris", actor=actor, now=NOW)
    [browser, page] = doors[2]
    for _press in range(2):
        assert browser.post(f"{page}decline/", {"reason": "For dyrt"}).status_code == 302
    assert stored(organization, declined).declined_reason == "For dyrt"
    for browser, page in doors:
        said = {"name": "Kari", "agrees": "on", "sha256": shown_hash(browser, page)}
        answer = browser.post(f"{page}accept/", said)
        assert answer.status_code == 422
        assert answer.context["refusal"]
    with builders.in_organization(organization):
        assert not OrderConfirmation.objects.of(organization).exists()
        with pytest.raises(QuoteIsClosed):
            quotes.update_quote(
                organization, declined.pk, terms(declined.customer), version=1, actor=actor, today=TODAY, now=NOW
            )
        with pytest.raises(QuoteIsClosed):
            quotes.delete_quote(organization, expired.pk, actor=actor)


def test_a_link_opens_its_own_quote_alone_and_nothing_once_its_time_is_over(
    organization: Any, other_organization: Any
) -> None:
    mine, theirs = make_quote(organization, valid_until=FAR), make_quote(other_organization, valid_until=FAR)
    browser, page = opened(token_of(organization, mine))
    _other, their_page = opened(token_of(other_organization, theirs))
    assert browser.get(their_page).status_code == 404
    assert browser.post(f"{their_page}accept/", {"name": "Kari", "agrees": "on", "sha256": "0" * 64}).status_code == 404
    assert visitor().get(page).status_code == 404
    assert visitor().get(reverse("public_quotes:enter", args=["x" * 43])).status_code == 404
    token = token_of(organization, mine)
    assert visitor().get(reverse("public:enter", args=[token])).status_code == 404  # no invoice's door
    safe = Client(enforce_csrf_checks=True, headers={"user-agent": "Firefox"})
    here = safe.get(reverse("public_quotes:enter", args=[token])).headers["Location"]
    said = {"name": "Kari", "agrees": "on", "sha256": shown_hash(safe, here)}
    assert safe.post(f"{here}accept/", said).status_code == 403  # a forged form
    with builders.in_organization(organization):
        Quote.objects.of(organization).filter(pk=mine.pk).update(valid_until=TODAY - timedelta(days=3_650))
    ended = browser.get(page)
    assert ended.status_code == 410
    assert organization.name in ended.content.decode()


def test_an_order_becomes_a_contract_or_a_draft_once_and_never_both(organization: Any) -> None:
    actor = builders.actor_of(organization)
    order = accepted(organization, make_quote(organization, None, line("Bad", 1, 80000), line("Kjøkken", 1, 40000)))
    wish = ContractWish(number="O-1", method="fixed_price", starts_on=TODAY, project_number="9001")
    with builders.in_organization(organization):
        contracts = {
            orders.contract_order(organization, order.pk, wish, actor=actor, now=NOW).pk for _press in range(2)
        }
        assert len(contracts) == 1
        found = queries.order_of_contract(organization, contracts.pop())
        assert found is not None
        assert found.pk == order.pk
        assert found.contract is not None
        assert [(each.name, each.amount) for each in found.contract.lines.order_by("position")] == [
            ("Bad", Decimal(80000)),
            ("Kjøkken", Decimal(40000)),
        ]
        with pytest.raises(OrderIsTaken):
            orders.draft_order(organization, order.pk, origin="order", actor=actor, today=TODAY, now=NOW)
    drafted = accepted(organization, make_quote(organization))
    with builders.in_organization(organization):
        orders.draft_order(organization, drafted.pk, origin="order", actor=actor, today=TODAY, now=NOW)
        with pytest.raises(OrderIsTaken):
            orders.contract_order(organization, drafted.pk, wish, actor=actor, now=NOW)


@pytest.mark.parametrize("sql", [
    "UPDATE billing_backlog_quote SET title = 'x' WHERE id = %(quote)s",
    "UPDATE billing_backlog_quoteline SET unit_price = 1 WHERE quote_id = %(quote)s",
    "DELETE FROM billing_backlog_quoteline WHERE quote_id = %(quote)s",
    "UPDATE billing_backlog_quoteversion SET sha256 = '' WHERE quote_id = %(quote)s",
    "UPDATE billing_backlog_orderconfirmation SET net_amount = 1 WHERE quote_id = %(quote)s",
    "DELETE FROM billing_backlog_orderconfirmation WHERE quote_id = %(quote)s",
])  # fmt: skip
def test_the_database_keeps_what_was_accepted(organization: Any, sql: str) -> None:
    quote = make_quote(organization)
    accepted(organization, quote)
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(sql, {"quote": quote.pk})


def test_staff_write_send_and_list_quotes_and_strangers_find_none(
    organization: Any, owner: Any, stranger: Any, auditor: Any, client_of: Any
) -> None:
    customer = builders.make_customer(organization, name="Vestlys AS")
    product = builders.make_product(organization, number="P-1", name="Timepris", unit_price=Decimal(1500))
    staff, slug = client_of(owner), organization.slug
    new = reverse("billing_backlog:create_quote", args=[slug])
    form = staff.get(f"{new}?customer={customer.pk}").context
    row = form["sheet"].lines[0].prefix
    filled = staff.get(
        reverse("billing_backlog:new_quote_row", args=[slug]), {"row": row, f"{row}-product_number": "P-1"}
    )
    assert "Timepris" in filled.content.decode()
    typed = {
        "customer": f"{customer.number}", "title": "Drift", "valid_until": "2099-01-01", "currency": "NOK",
        "key": form["new_key"], "line": row, f"{row}-product_number": "P-1", f"{row}-quantity": "3",
        f"{row}-unit_code": "HUR", f"{row}-unit_price": "1500", f"{row}-vat_treatment": "standard",
    }  # fmt: skip
    sums = staff.post(reverse("billing_backlog:compute_quote", args=[slug]), typed)
    assert "5\u00a0625,00" in sums.content.decode()
    for _press in range(2):  # the same form is one quote
        saved = staff.post(new, typed)
        assert saved.status_code == 302, saved.context["errors"]
    with builders.in_organization(organization):
        [quote] = Quote.objects.of(organization)
        [stored_line] = QuoteLine.objects.of(organization)
    assert (stored_line.product_id, stored_line.description, quote.net_amount) == (
        product.pk,
        "Timepris",
        Decimal(4500),
    )
    send_url = reverse("billing_backlog:send_quote", args=[slug, quote.pk])
    assert staff.post(send_url, {"recipient": "nei"}).status_code == 422
    assert staff.post(send_url, {"recipient": "kari@kunde.example", "message": "Hei"}).status_code == 302
    listed = staff.get(reverse("billing_backlog:list_quotes", args=[slug]), {"state": "sent", "q": "vestlys"})
    assert "Drift" in listed.content.decode()
    counts = []
    for more in range(2):
        for _each in range(1 + 3 * more):
            accepted(organization, make_quote(organization, customer, line("A", 1, 1), line("B", 2, 2)))
        with CaptureQueriesContext(connection) as asked:
            staff.get(reverse("billing_backlog:list_quotes", args=[slug]))
            staff.get(reverse("billing_backlog:list_orders", args=[slug]))
        counts.append(len(asked))
    assert counts[0] == counts[1] < 60  # two pages, however many rows
    assert client_of(stranger).get(reverse("billing_backlog:show_quote", args=[slug, quote.pk])).status_code == 404
    assert client_of(auditor).post(send_url, {"recipient": "a@b.example"}).status_code == 403
