"""What is said of sending: reasons, states, channels and standings as people read them, each code with its sentence.

Whoever makes a new reason code writes it into `REASONS`: a sentence that says what happened, and the way out.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.channels import Channel
from invoicing.dispatching import states
from invoicing.dispatching.network_words import NETWORK_REASONS
from invoicing.dispatching.plan import Missing
from invoicing.dispatching.states import Standing

# Code → what happened, and what leads out of it (empty: nothing has to be done).
REASONS: dict[str, tuple[Any, Any]] = {
    "time_is_up": (
        _("Nothing was heard in the time that this channel has."),
        _("Ask the customer whether it has come, then send it again or by another channel."),
    ),
    "stumbled": (
        _("Something went wrong that nobody expected."),
        _("Send it again. If it happens once more, tell whoever runs this installation."),
    ),
    "died_after_handing_over": (
        _("The connection was lost just as it was handed over: it may have arrived."),
        _("Ask the customer whether it has come before you send it again."),
    ),
    "next_channel": (_("Sent this way because the channel before it failed."), ""),
    states.BUYER_REFUSED: (
        _("The customer has read the invoice and refuses it."),
        _("Read what the customer says. Correct or credit the invoice, or talk to the customer."),
    ),
    states.CLAIM_CHANGED: (
        _("Not sent: the claim was paid, credited or held back in the meantime, or the letter came too late."),
        "",
    ),
    # E-mail.
    "asked_to_wait": (_("The mail server asked us to wait."), ""),
    "server_away": (_("The mail server could not be reached."), _("Look at the mail server in the settings.")),
    "server_inside": (
        _("The mail server stands inside a private network, where this installation does not go."),
        _("Name a server that can be reached from outside in the settings."),
    ),
    "tls_failed": (
        _("The connection to the mail server could not be encrypted. Nothing is sent in plain text."),
        _("Look at the server’s name, security and certificate in the settings."),
    ),
    "sign_in_refused": (
        _("The mail server refuses the user name or the password."),
        _("Enter them anew in the settings."),
    ),
    "sign_in_not_offered": (
        _("The mail server lets nobody sign in this way."),
        _("Look at the port and the security in the settings."),
    ),
    "mail_unanswered": (
        _("The mail was handed over, and the mail server did not answer: it may have arrived."),
        _("Ask the customer whether it has come before you send it again."),
    ),
    "no_such_address": (
        _("The e-mail address does not exist."),
        _("Correct the address on the customer, then send it again."),
    ),
    "no_such_domain": (
        _("What stands after the @ does not take mail."),
        _("Correct the address on the customer, then send it again."),
    ),
    "mailbox_closed": (_("The mailbox is closed."), _("Ask the customer for another address.")),
    "mailbox_full": (_("The mailbox is full."), _("Send it again later, or to another address.")),
    "mail_too_large": (_("The mail was too large for the receiver."), _("Send it again without its files.")),
    "refused_by_policy": (
        _("The receiver’s server refuses our mail."),
        _("Ask the customer to let mail from you in, or send it by another channel."),
    ),
    "refused_address": (
        _("The receiver’s server refuses the address."),
        _("Correct the address on the customer, then send it again."),
    ),
    "refused_mail": (
        _("The receiver’s server refuses this mail."),
        _("Read what the server says, then send it again or by another channel."),
    ),
    "sender_refused": (
        _("The mail server does not let us send from this address."),
        _("Choose another sender, or have the address allowed at your mail server."),
    ),
    "unsafe_address": (
        _("The address or the subject holds characters that no mail can carry."),
        _("Correct the address, then send it again."),
    ),
    "caught": (
        _("Kept as a file, because there is no mail server: the customer has not got it."),
        _("Name a mail server in the settings."),
    ),
    "not_written": (_("The file could not be written whole; it is written again."), ""),
    "returned": (
        _("The mail came back."),
        _("Read what the server says, then send it again or by another channel."),
    ),
    "never_arrived": (
        _("The receiver’s server did not take it in the time that there was."),
        _("Send it again, or by another channel."),
    ),
    "replied": (_("The recipient has answered the e-mail."), ""),
    "delayed": (_("It is delayed on the way; the server goes on trying."), ""),
    "put_down": (_("Put into the folder from which it is fetched."), ""),
    "printed": (_("Printed and put into the post."), ""),
    "unreachable": (
        _("There is no way to reach this customer."),
        _("Enter an e-mail address, an electronic address or a postal one on the customer, then send it."),
    ),
    "late_letter": (
        _("The letter was not printed in its time."),
        _("Print it, choose another channel, or let it rest."),
    ),
    **NETWORK_REASONS,
    # Why a channel cannot be used at all.
    Missing.NOT_STRUCTURED.value: (
        _("This kind of document does not exist as EHF."),
        _("It goes by another channel."),
    ),
    Missing.NO_ENDPOINT.value: (
        _("The customer has no electronic address."),
        _("Enter it on the customer, or say there that the customer receives EHF."),
    ),
    Missing.NOT_REACHABLE.value: (
        _("The customer’s electronic address is not registered in the network."),
        _("Ask the customer for the right address and enter it on the customer."),
    ),
    Missing.NO_AGREEMENT.value: (
        _("There is no agreement on eFaktura with this customer."),
        _("It goes by another channel."),
    ),
    Missing.NO_EMAIL.value: (
        _("The customer has no e-mail address."),
        _("Enter it on the customer."),
    ),
    Missing.NO_POSTAL_ADDRESS.value: (
        _("The customer has no whole postal address."),
        _("Enter street and city on the customer."),
    ),
}

STATES: dict[str, Any] = {
    states.QUEUED: _("Queued"),
    states.SENDING: _("Sending"),
    states.SENT: _("Sent"),
    states.DELIVERED: _("Delivered"),
    states.OPENED: _("Opened"),
    states.REJECTED: _("Rejected"),
    states.BOUNCED: _("Bounced"),
    states.FAILED: _("Not sent"),
    states.UNKNOWN: _("May have been sent"),
    states.GIVEN_UP: _("Given up"),
}
STATES_ON_PAPER: dict[str, Any] = {states.QUEUED: _("To be printed"), states.SENT: _("Printed")}
# What happens next where no reason says it.
NEXT_STEPS: dict[str, Any] = {
    states.QUEUED: _("Handed over by itself; tried again when it does not succeed at once."),
    states.SENDING: _("It is being handed over now."),
    states.REJECTED: _("Send it again, choose another channel, or let it rest."),
    states.BOUNCED: _("Correct the address and send it again, choose another channel, or let it rest."),
    states.FAILED: _("Send it again, choose another channel, or let it rest."),
    states.UNKNOWN: _("Ask the customer whether it has come, then send it again or let it rest."),
}
NEXT_STEPS_OF_CHANNELS: dict[tuple[str, str], Any] = {
    (Channel.PAPER.value, states.QUEUED): _("Waits in the print queue."),
    (Channel.EHF.value, states.SENT): _("The access point says when it has arrived."),
    (Channel.EMAIL.value, states.SENT): _("A mail server has taken it. Should it come back, that is shown here."),
}
# The colour of a pill, as the components know them.
TONES: dict[str, str] = {
    states.QUEUED: "wait",
    states.SENDING: "wait",
    states.SENT: "sent",
    states.DELIVERED: "ok",
    states.OPENED: "ok",
    states.REJECTED: "bad",
    states.BOUNCED: "bad",
    states.FAILED: "bad",
    states.UNKNOWN: "warn",
    states.GIVEN_UP: "draft",
}

STANDINGS: dict[str, Any] = {
    Standing.UNDER_WAY.value: _("On its way"),
    Standing.HANDED_OVER.value: _("Handed over"),
    Standing.ARRIVED.value: _("Arrived"),
    Standing.NOBODY.value: _("Not delivered"),
    Standing.REFUSED.value: _("Refused by the customer"),
}
STANDING_TONES: dict[str, str] = {
    Standing.UNDER_WAY.value: "wait",
    Standing.HANDED_OVER.value: "sent",
    Standing.ARRIVED.value: "ok",
    Standing.NOBODY.value: "bad",
    Standing.REFUSED.value: "bad",
}


# What the button says that sends by a channel, the first time and again.
SEND_BY: dict[str, Any] = {
    Channel.EHF.value: _("Send as EHF"),
    Channel.EFAKTURA.value: _("Send as eFaktura"),
    Channel.EMAIL.value: _("Send by e-mail"),
    Channel.PAPER.value: _("Send on paper"),
}
SEND_AGAIN_BY: dict[str, Any] = {
    Channel.EHF.value: _("Send again as EHF"),
    Channel.EFAKTURA.value: _("Send again as eFaktura"),
    Channel.EMAIL.value: _("Send again by e-mail"),
    Channel.PAPER.value: _("Send again on paper"),
}


def send_words(channel: str, *, again: bool = False) -> str:
    """What the button says that sends by this channel."""
    return str((SEND_AGAIN_BY if again else SEND_BY)[channel])


def channel_word(channel: str) -> str:
    """What a channel is called; a code that this release does not know stands as it is."""
    return str(dict(Channel.choices).get(channel, channel))


def state_word(state: str, channel: str = "") -> str:
    """What a state is called on this channel."""
    of_channel = STATES_ON_PAPER if channel == Channel.PAPER else {}
    return str(of_channel.get(state) or STATES.get(state, state))


def sentence_of(code: str) -> str:
    """What a reason code says happened; empty for a code without words."""
    known = REASONS.get(code)
    return str(known[0]) if known else ""


def way_out_of(code: str) -> str:
    """What a person can do about it; empty where nothing has to be done or is known."""
    known = REASONS.get(code)
    return str(known[1]) if known else ""


def next_step(channel: str, state: str, code: str = "") -> str:
    """What comes next: by itself, or by a person."""
    # Also what was handed over may need somebody: a mail that was kept as a file, a question of the buyer.
    if state not in states.UNDER_WAY and way_out_of(code):
        return way_out_of(code)
    return str(NEXT_STEPS_OF_CHANNELS.get((channel, state)) or NEXT_STEPS.get(state, ""))


def recipient_word(recipient: str) -> str:
    """Whom it went to; of a person who was erased only that."""
    return str(_("Erased")) if recipient.startswith("erased ") else recipient


def standing_word(standing: str) -> str:
    """How the deliveries of a document stand together, in a word or two; empty where nobody has sent it."""
    return str(STANDINGS.get(standing, standing))
