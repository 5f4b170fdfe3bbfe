"""A person's reply is a task for the staff; whatever comes back changes the one delivery that it is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.test import Client

from invoicing.actions import deliveries, dispatch
from invoicing.delivery import mailbox
from invoicing.dispatching import queries as sendings
from invoicing.dispatching.plain import News, Recipient, Sending
from invoicing.dispatching.replies import TEXT_MAX, read_reply
from invoicing.models import Delivery, Enquiry, Invoice, ReceivedMessage
from invoicing.tasks.mail import read_returned_mail
from invoicing.tasks.network import read_incoming
from tenants.audit import Actor
from tenants.models import Notice, Organization
from tenants.scoping import OrganizationOwned
from tests import builders
from tests.invoicing.messages_back import invoice_response, level_status, reply, returned_mail
from tests.invoicing.public_pages import mails_to

Rows = dict[tuple[str, Any], dict[str, Any]]  # by the name of their model and their id
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
QUOTED = """\
Beløpet stemmer ikke med avtalen.
Kan dere se på det?

Den 21. november 2026 kl. 12:00 skrev Nordlys Rådgivning AS <faktura@nordlys.example>:
> Hei, her er fakturaen.
> https://bilag.example/i/4hHzq0Yv8mWn7GcK2Xr5Tb9Lp3Jd6Sf1/
"""


def _sent(organization: Organization, channel: str = "email", **more: Any) -> tuple[Invoice, Delivery]:
    """A finalized invoice that somebody has taken, by one channel."""
    invoice = builders.make_finalized_invoice(organization)
    address = {"email": "post@havglott.example", "ehf": f"0192:{builders.CUSTOMER_ORGANIZATION_NUMBER}"}[channel]
    sending = Sending(more.get("kind", "first"), "first", (Recipient(channel, address),))
    with builders.in_organization(organization):
        act = dispatch.dispatch_document(organization, invoice.pk, sending, actor=Actor.system(), now=NOW)
        [delivery] = sendings.deliveries_of_dispatch(organization, act)
        for state in ("sending", "sent"):
            deliveries.tell_delivery(organization, delivery.pk, News(state, "mail_server"), now=NOW)
    return builders.reload_invoice(organization, invoice), delivery


def _mail(organization: Organization, *messages: bytes) -> None:
    """What comes to the company's own address for returned mail, and the worker that reads it."""
    for message in messages:
        mailbox.leave(organization.pk, message)
    read_returned_mail()


def _network(organization: Organization, message: str) -> None:
    """What a partner puts into the organization's folder, and the worker that reads it."""
    folder = Path(django_settings.DATA_DIR) / "peppol-in" / str(organization.pk)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "1.xml").write_text(message)
    read_incoming()


def _enquiries(organization: Organization) -> list[Enquiry]:
    with builders.in_organization(organization):
        return list(Enquiry.objects.of(organization).order_by("said_at"))


def _everything(organization: Organization) -> Rows:
    """Every row that the organization has in any table."""
    found: Rows = {}
    owned: list[Any] = [model for model in apps.get_models() if issubclass(model, OrganizationOwned)]
    with builders.in_organization(organization):
        for model in owned:
            found |= {(model.__name__, row["id"]): row for row in model.objects.of(organization).values()}
    return found


def _state(organization: Organization, delivery: Delivery) -> tuple[str, str]:
    with builders.in_organization(organization):
        now = sendings.get_delivery(organization, delivery.pk)
    return now.state, now.reason_code


def test_what_comes_back_changes_the_delivery_that_it_is_about_and_nothing_else(
    organization: Organization, other_organization: Organization, owner: Any
) -> None:
    answered, bounced = _sent(organization), _sent(organization)
    told, refused = _sent(organization, "ehf"), _sent(organization, "ehf")
    beside = _sent(other_organization)
    come: list[tuple[tuple[Invoice, Delivery], tuple[str, str], set[str], Callable[[], None]]] = [
        (
            answered,
            ("delivered", "replied"),
            {"Enquiry"},
            lambda: _mail(organization, reply(answered[1]).as_bytes()),
        ),
        (
            bounced,
            ("bounced", "no_such_address"),
            set(),
            lambda: _mail(organization, returned_mail(bounced[1])),
        ),
        (
            told,
            ("delivered", "mls_ap"),
            set(),
            lambda: _network(organization, level_status(told[1])),
        ),
        (
            refused,
            ("rejected", "buyer_refused"),
            {"Hold"},
            lambda: _network(organization, invoice_response(organization, refused[0], "RE")),
        ),
    ]
    others = _everything(other_organization)
    for (invoice, delivery), state, more, arrive in come:
        before = _everything(organization)
        arrive()
        after = _everything(organization)

        changed = {key for key, row in before.items() if after.get(key) != row}
        assert changed <= {("Delivery", delivery.pk), *_follow_up_keys(before, invoice)}
        assert ("Delivery", delivery.pk) in changed
        fresh = [(key[0], row) for key, row in after.items() if key not in before]
        assert {name for name, _row in fresh} - {"AuditEntry", "Notice", "InvoiceFollowUp"} == {
            "DeliveryEvent",
            "ReceivedMessage",
            *more,
        }
        assert {row["delivery_id"] for name, row in fresh if "delivery_id" in row} == {delivery.pk}
        assert {row["invoice_id"] for name, row in fresh if "invoice_id" in row} <= {invoice.pk}
        own = {invoice.pk, invoice.receivable_id, *(row["id"] for name, row in fresh if name == "Hold")}
        assert {row["subject_id"] for name, row in fresh if name == "AuditEntry"} <= own
        assert _state(organization, delivery) == state
    assert _everything(other_organization) == others
    assert _state(other_organization, beside[1]) == ("sent", "")


def _follow_up_keys(rows: Rows, invoice: Invoice) -> set[tuple[str, Any]]:
    """The row with the document's own summary of its deliveries."""
    return {key for key, row in rows.items() if key[0] == "InvoiceFollowUp" and row["invoice_id"] == invoice.pk}


def test_m_100_a_reply_is_a_task_with_its_own_words_alone(
    organization: Organization, owner: Any, client_of: Any
) -> None:
    invoice, delivery = _sent(organization)

    for _time in range(2):
        _mail(organization, reply(delivery, QUOTED).as_bytes())

    [enquiry] = _enquiries(organization)
    assert (enquiry.invoice_id, enquiry.kind, enquiry.hold_id) == (invoice.pk, "question", None)
    assert enquiry.text == "Beløpet stemmer ikke med avtalen.\nKan dere se på det?"
    assert (enquiry.sender_name, enquiry.reply_to) == ("Kari Nordmann", "kari@havglott.example")
    with builders.in_organization(organization):
        [notice] = Notice.objects.of(organization).filter(user=owner, kind="enquiry.made")
    browser: Client = client_of(owner)
    page = f"/{organization.slug}/{notice.link}"
    shown = browser.get(page).content.decode()
    assert "kari@havglott.example" in shown
    assert browser.post(page, {"text": ""}).status_code == 302  # it may be answered from one's own mail program
    assert not _enquiries(organization)[0].is_open


@pytest.mark.parametrize("address", ["kari@havglott.example", "post@havglott.example"])
def test_the_answer_to_a_reply_opens_the_document_to_its_recipient_alone(
    organization: Organization, owner: Any, client_of: Any, address: str
) -> None:
    _invoice, delivery = _sent(organization)
    _mail(organization, reply(delivery, From=address).as_bytes())
    [enquiry] = _enquiries(organization)

    client_of(owner).post(f"/{organization.slug}/enquiries/{enquiry.pk}/", {"text": "Vi deler den i to."})
    builders.run_background()

    [mail] = [one for one in mails_to(organization, address) if "deler den i to" in one.text]
    assert ("/i/" in mail.text) == (address == delivery.recipient)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (vacation)"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"Return_Path": "<>"},
        {"From": "MAILER-DAEMON@mx.havglott.example"},
        {"From": "no-reply@havglott.example"},
        {"From": "Nordlys <faktura@nordlys.example>"},
        {"From": ""},
        {"In_Reply_To": ""},
        {"In_Reply_To": "<00000000-0000-7000-8000-000000000000@bilag.example>"},
    ],
    ids=str,
)
def test_what_no_customer_has_written_changes_nothing(organization: Organization, headers: dict[str, str]) -> None:
    _invoice, delivery = _sent(organization)

    _mail(organization, reply(delivery, **headers).as_bytes())

    assert _enquiries(organization) == []
    assert _state(organization, delivery) == ("sent", "")
    with builders.in_organization(organization):
        [kept] = ReceivedMessage.objects.of(organization)
    assert kept.problem
    assert kept.delivery_id is None


def test_another_company_s_mail_and_a_test_are_answered_in_vain(
    organization: Organization, other_organization: Organization
) -> None:
    _invoice, foreign = _sent(other_organization)
    _own, test = _sent(organization, kind="test")

    _mail(organization, reply(foreign).as_bytes(), reply(test, Message_ID="<2@havglott.example>").as_bytes())

    assert _enquiries(organization) == _enquiries(other_organization) == []
    assert _state(other_organization, foreign) == ("sent", "")


def test_a_reply_is_known_by_the_address_and_by_the_thread_and_never_by_two(organization: Organization) -> None:
    (_one, first), (_two, second) = _sent(organization), _sent(organization)
    own, another = f"<{first.pk}@bilag.example>", f"<{second.pk}@bilag.example>"

    def named(**headers: str) -> Any:
        found = read_reply(reply(first, **headers).as_bytes())
        return found and found.delivery_id

    assert named(In_Reply_To="", To=f"bounces+{first.pk}@retur.bilag.example") == first.pk
    assert named(In_Reply_To="<x@havglott.example>", References=f"<x@havglott.example> {own}") == first.pk
    assert named(In_Reply_To=own, References=f"{another} {own}") == first.pk  # the nearest one is answered
    assert named(In_Reply_To="", References=f"{another} {own}") is None
    assert named(To=f"bounces+{second.pk}@retur.bilag.example") is None


def test_a_reply_s_words_are_bounded_and_clean(organization: Organization) -> None:
    _invoice, delivery = _sent(organization)

    def text_of(message: Any) -> str:
        found = read_reply(message if isinstance(message, bytes) else message.as_bytes())
        assert found is not None
        return found.text

    assert len(text_of(reply(delivery, "lang " * 5_000))) == TEXT_MAX
    assert text_of(reply(delivery, "a\x00\x1b[31mb\u202ec\u200bd /i/4hHzq0Yv8mWn7GcK2Xr5Tb9Lp3Jd6Sf1/")) == (
        "a  [31mb c d /i/…/"
    )
    outlook = "Takk!\n\nFra: Nordlys <faktura@nordlys.example>\nSendt: lørdag\nEmne: Faktura\n\nHei"
    assert text_of(reply(delivery, outlook)) == "Takk!"
    page = reply(delivery, "")
    page.set_content(
        "<html><head><title>x</title><style>p{}</style></head><body><p>Hei &amp; takk</p><div>Kari</div>"
        "<script>alert(1)</script><blockquote>Gammelt<p>mer</p></blockquote></body></html>",
        subtype="html",
    )
    assert text_of(page) == "Hei & takk\nKari"
    page.set_content(
        "<html><head><meta charset=utf-8><body>Takk!<br><hr><b>Fra:</b> Nordlys &lt;f@n.example&gt;<br>Hei",
        subtype="html",
    )
    assert text_of(page) == "Takk!"
    odd = reply(delivery, "hei").as_bytes().replace(b'charset="utf-8"', b'charset="nonsense"')
    assert text_of(odd) == "hei"
    with_file = reply(delivery, "Se vedlegg")
    with_file.add_attachment(b"x", maintype="application", subtype="pdf", filename="a.pdf")
    _mail(organization, with_file.as_bytes())
    [enquiry] = _enquiries(organization)
    words, note = enquiry.text.split("\n\n")
    assert words == "Se vedlegg"
    assert note.startswith("(")  # that its files are not kept
