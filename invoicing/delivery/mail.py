"""E-mail to one recipient: the words of the letter, its files, and a server that has taken it or said why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from foundation import files
from foundation.transactions import read_only
from invoicing import queries
from invoicing.delivery.folder import lies_there, put_down
from invoicing.delivery.letter_bytes import HeaderIsUnsafe, Mail, Mailbox, MailFile, envelope_address, mail_bytes
from invoicing.delivery.smtp import Envelope, hand_to_server
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import states
from invoicing.dispatching.composing import compose, occasion_of
from invoicing.dispatching.enclosures import Enclosure, are_too_large, enclosures_of
from invoicing.dispatching.letter_page import LetterPage, as_html, as_text
from invoicing.dispatching.letter_words import letter_words
from invoicing.dispatching.plain import Outcome, Parcel
from invoicing.dispatching.senders import From, Server, from_of, server_of
from invoicing.models import DeliverySettings
from invoicing.papers import queries as papers
from invoicing.papers.letter import enclosures_of_paper, letter_page_of
from tenants import queries as tenants
from tenants.models import Organization

FOLDER = "mail"
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything that was read for one e-mail."""

    sender: From
    server: Server | None
    page: LetterPage
    enclosures: Sequence[Enclosure]
    is_fallback: bool
    hidden: frozenset[str]  # copies that are nobody else's business
    reads_returned: bool  # what comes back is read by us and does not fill somebody's mailbox


def hand_over(parcel: Parcel, about_to: Callable[[], None]) -> Outcome:
    """Send the letter to the parcel's recipient, once: what may have been taken already is not sent again."""
    with read_only():
        ready = read(parcel)
    if parcel.may_have_been_handed_over:
        return _interrupted(parcel, ready)
    try:
        forms = _forms(parcel, ready)
        envelope = Envelope(
            return_address(parcel, ready),
            envelope_address(parcel.recipient),
            forms,
            id=str(parcel.delivery_id),
            is_arrival_told=ready.reads_returned,
        )
        if ready.server is None:
            outcome = _catch(parcel, forms[0](), about_to)
        else:
            outcome = hand_to_server(ready.server, envelope, about_to, our_name=our_name())
    except HeaderIsUnsafe as error:
        return Outcome(states.FAILED, reason=str(error), reason_code="unsafe_address", source=SYSTEM)
    if ready.is_fallback:
        outcome = replace(outcome, facts={**outcome.facts, "built_in_text": True})
    return outcome


def read(parcel: Parcel) -> Ready:
    """What the letter says, whom it comes from and which files it brings, as things stand now."""
    organization = tenants.get_open_organization(parcel.organization_id)
    rules = sendings.settings_of(organization)
    if parcel.subject_kind != "invoice":
        return _read_paper(organization, parcel, rules)
    invoice = queries.get_document(organization, parcel.subject_id)
    enclosures = enclosures_of(organization, invoice, parcel.letter, attaches_ehf=rules.attaches_ehf)
    is_cut = are_too_large(enclosures)
    page, is_fallback = compose(
        organization,
        occasion_of(organization, invoice),
        parcel.letter,
        link=parcel.link,
        enclosed=() if is_cut else [one.name for one in enclosures],
        is_cut=is_cut,
        is_test=parcel.is_test,
    )
    return Ready(
        from_of(organization, parcel.letter),
        server_of(organization),
        page,
        () if is_cut else enclosures,
        is_fallback,
        frozenset({rules.copy_to}),
        bool(settings.MAIL_RETURN_DOMAIN or rules.mail_hook_sha256),
    )


def _read_paper(organization: Organization, parcel: Parcel, rules: DeliverySettings) -> Ready:
    paper = papers.get_paper(organization, parcel.subject_id)
    enclosures = enclosures_of_paper(organization, paper)
    is_cut = are_too_large(enclosures)
    enclosed = [] if is_cut else [one.name for one in enclosures]
    return Ready(
        from_of(organization, parcel.letter),
        server_of(organization),
        letter_page_of(paper, parcel.letter, link=parcel.link, enclosed=enclosed, is_cut=is_cut),
        () if is_cut else enclosures,
        is_fallback=False,
        # Copies of a paper are the company's own, whatever their address.
        hidden=frozenset(parcel.visible_cc),
        reads_returned=bool(settings.MAIL_RETURN_DOMAIN or rules.mail_hook_sha256),
    )


def return_address(parcel: Parcel, ready: Ready) -> str:
    """Where a mail that cannot be delivered comes back to: one address per delivery where we read them."""
    if settings.MAIL_RETURN_DOMAIN:
        return f"bounces+{parcel.delivery_id}@{settings.MAIL_RETURN_DOMAIN}"
    return envelope_address(ready.sender.address)


def our_name() -> str:
    """The name by which we greet mail servers, and that ends our Message-IDs."""
    return settings.MAIL_RETURN_DOMAIN or urlsplit(settings.BASE_URL).hostname or "localhost"


def _forms(parcel: Parcel, ready: Ready) -> list[Callable[[], bytes]]:
    """The mail with its files, and without them for a server to which they are too large."""
    forms: list[Callable[[], bytes]] = [partial(_bytes_of, parcel, ready)]
    if ready.enclosures:
        forms.append(partial(_bytes_of, parcel, without_files(ready)))
    return forms


def without_files(ready: Ready) -> Ready:
    """The same letter with its link in the place of its files."""
    enclosed = ", ".join(one.name for one in ready.enclosures)
    rows = tuple(row for row in ready.page.rows if row.value != enclosed)
    note = letter_words(ready.page.language)["too_large"]
    return replace(ready, enclosures=(), page=replace(ready.page, rows=rows, note=note))


def _bytes_of(parcel: Parcel, ready: Ready) -> bytes:
    space = str(parcel.organization_id)
    return mail_bytes(
        Mail(
            message_id=f"<{parcel.message_id}@{our_name()}>",
            moment=timezone.localtime(),
            sender=Mailbox(ready.sender.address, ready.sender.name),
            to=[Mailbox(address) for address in parcel.visible_to or (parcel.recipient,)],
            cc=[Mailbox(address) for address in parcel.visible_cc if address not in ready.hidden],
            reply_to=ready.sender.reply_to,
            subject=ready.page.subject,
            text=as_text(ready.page),
            html=as_html(ready.page),
            files=[MailFile(one.name, one.content_type, files.load(space, one.sha256)) for one in ready.enclosures],
        )
    )


def _interrupted(parcel: Parcel, ready: Ready) -> Outcome:
    """An earlier attempt broke off at the last step: a caught mail lies there or not, of any other nobody knows."""
    if ready.server is not None:
        return Outcome(states.UNKNOWN, reason_code="died_after_handing_over", source=SYSTEM)
    name = f"{parcel.message_id}.eml"
    if lies_there(FOLDER, str(parcel.organization_id), name):
        return Outcome(states.SENT, reason_code="caught", source=SYSTEM, external_id=name)
    return Outcome(states.QUEUED, reason_code="not_written", source=SYSTEM)


def _catch(parcel: Parcel, content: bytes, about_to: Callable[[], None]) -> Outcome:
    """Without a mail server the mail is kept as a file, under its own name and so once."""
    about_to()
    path = put_down(FOLDER, str(parcel.organization_id), f"{parcel.message_id}.eml", content)
    return Outcome(states.SENT, reason_code="caught", source=SYSTEM, external_id=path.name)
