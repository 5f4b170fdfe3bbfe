"""What is said of EHF on its way: the reason codes of the network, of access points and of buyers, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from invoicing.models import ReceivedMessage

MEND_ADDRESS = _("Ask the customer for the right address and enter it on the customer.")
SEND_AGAIN_OR_OTHERWISE = _("Send it again, choose another channel, or let it rest.")
ASK_ACCESS_POINT = _("Ask the access point whether it has the document before you send it again.")
ASK_BUYER = _("Read what the customer says and answer.")

# Code → what happened, and what leads out of it (empty: nothing has to be done).
NETWORK_REASONS: dict[str, tuple[Any, Any]] = {
    # Before it leaves.
    "no_test_by_ehf": (_("Nothing is sent to a customer’s own address as a test."), ""),
    "no_electronic_address": (
        _("The document holds no electronic address of the customer."),
        _("Enter it on the customer and correct the invoice, or choose another channel."),
    ),
    "another_address": (
        _("The document is addressed to another electronic address than the one it was to be sent to."),
        _("Send it to the address in the document, or correct the invoice."),
    ),
    "rules_are_broken": (
        _("The document breaks a rule that is in force today, and every receiver would refuse it."),
        _("Correct the invoice, or choose another channel."),
    ),
    "network_silent": (
        _("The network has not said whether the customer receives EHF."),
        _("It is asked again by itself."),
    ),
    "not_in_network": (_("The customer is not registered for EHF in the network."), MEND_ADDRESS),
    "kind_not_received": (_("The customer does not receive this kind of document as EHF."), SEND_AGAIN_OR_OTHERWISE),
    # At our access point.
    "access_point_has_it": (_("The access point has taken it and hands it on."), ""),
    "access_point_tries_again": (_("The access point did not get through and tries again."), ""),
    "access_point_away": (
        _("The access point could not be reached, or could not take it."),
        _("It is tried again by itself."),
    ),
    "access_point_busy": (_("The access point asks us to wait."), _("It is tried again by itself.")),
    "access_point_paused": (
        _("The access point is paused."),
        _("Mend it under Settings, Access point; what waits is sent then."),
    ),
    "access_refused": (
        _("The access point does not let us in: the token or the address is wrong, or sending is switched off there."),
        _("Mend it under Settings, Access point, and send it again."),
    ),
    "refused_by_access_point": (
        _("The access point has refused the document."),
        _("Read the reason. Mend what it names, then send it again under the same number."),
    ),
    "access_point_gave_up": (_("The access point could not deliver it and has given up."), SEND_AGAIN_OR_OTHERWISE),
    "no_answer": (_("The access point gave no answer: it may have the document."), ASK_ACCESS_POINT),
    "answer_not_understood": (_("The access point’s answer could not be understood."), ASK_ACCESS_POINT),
    "status_unknown": (
        _("An earlier attempt was interrupted, and the access point cannot say what became of it."),
        ASK_ACCESS_POINT,
    ),
    "never_heard_of": (_("The access point has never received it."), SEND_AGAIN_OR_OTHERWISE),
    "altered_on_the_way": (
        _("The access point keeps another document than the one we sent."),
        _("Ask the access point what was sent, and whether it passes files on unchanged."),
    ),
    "not_compared": (_("The access point has taken it, and did not show what it keeps."), ""),
    # Message level status: the receiver's access point.
    "at_receivers_access_point": (_("It has arrived at the customer’s access point."), ""),
    "mls_ap": (_("The customer’s access point has accepted it and handed it on."), ""),
    "mls_ab": (_("The customer’s access point has accepted it. Whether the customer has it is not confirmed."), ""),
    "mls_re": (
        _("The customer’s access point has refused it; the customer has not seen it."),
        _("Read the reason and the field. Mend it, then send it again under the same number."),
    ),
    # Invoice response: the buyer.
    "buyer_ab": (_("The customer has received it."), ""),
    "buyer_ip": (_("The customer is working on it."), ""),
    "buyer_uq": (_("The customer has a question before it is paid."), ASK_BUYER),
    "buyer_ca": (_("The customer accepts it on a condition."), ASK_BUYER),
    "buyer_ap": (_("The customer has accepted it."), ""),
    "buyer_pd": (_("The customer says that it is paid. The payment itself counts when the bank shows it."), ""),
    "buyer_re": (_("The customer has refused it."), ASK_BUYER),
    "answer_breaks_rules": (
        _("An answer came that breaks the rules for answers; nothing was changed by it."),
        _("Read it and ask the customer."),
    ),
}

# OpenPeppol's code lists of the invoice response: why, and what the buyer wants done.
STATUS_REASONS: dict[str, Any] = {
    "NON": _("No issue"),
    "REF": _("A reference is wrong or missing"),
    "LEG": _("Something that the law demands is wrong or missing"),
    "REC": _("They do not know this purchase, or are not its receiver"),
    "QUA": _("The quality is not as agreed"),
    "DEL": _("The delivery was not as agreed"),
    "PRI": _("A price is wrong"),
    "QTY": _("A quantity is wrong"),
    "ITM": _("An item is wrong"),
    "PAY": _("The terms of payment are wrong"),
    "UNR": _("They do not recognize it"),
    "FIN": _("The terms of financing are wrong"),
    "PPD": _("It is partly paid"),
    "OTH": _("Another reason"),
}
STATUS_ACTIONS: dict[str, Any] = {
    "NOA": _("Nothing has to be done"),
    "PIN": _("Provide the missing information"),
    "NIN": _("Send a new invoice"),
    "CNF": _("Send a credit note for the whole invoice"),
    "CNP": _("Send a credit note for a part"),
    "CNA": _("Send a credit note for the amount"),
    "OTH": _("Something else"),
}
# The message level status.
LEVEL_REASONS: dict[str, Any] = {
    "SV": _("The file is not built as the format demands"),
    "BV": _("A rule is broken"),
    "BW": _("A rule is nearly broken: a warning"),
    "FD": _("It could not be delivered to the receiver"),
}


def reach_warning(name: str, answer: str, *, has_address: bool, wants_ehf: bool) -> str:
    """What whoever finalizes should know of the way to this customer; empty where the network and we agree."""
    if wants_ehf and not has_address:
        words = _("%(name)s is said to receive EHF, but has no organization number and no electronic address.")
    elif wants_ehf and answer == "no":
        words = _("%(name)s is said to receive EHF, but is not registered for it in the network.")
    elif wants_ehf and answer != "yes":
        words = _("The network has not said yet whether %(name)s receives EHF. It is asked again before sending.")
    elif answer == "yes" and not wants_ehf:
        words = _("%(name)s can receive EHF, and gets it unless another order of channels is chosen.")
    else:
        return ""
    return str(words) % {"name": name}


# Why a message that came back led to nothing.
PROBLEMS: dict[str, Any] = {
    "unknown_document": _("It is about no document that we have sent to this sender."),
    "not_for_us": _("It is addressed to another company."),
    "answer_breaks_rules": _("It breaks the rules for answers."),
    "unreadable": _("It could not be read."),
}
KINDS: dict[str, Any] = {
    "mls": _("Receipt of an access point"),
    "invoice_response": _("Answer of a buyer"),
    "unread": _("Unreadable"),
}


@dataclass(frozen=True, slots=True)
class MessageShown:
    """A message that led to nothing, as a person reads it."""

    kind: str
    problem: str
    words: str
    reference: str
    moment: datetime


def message_shown(message: ReceivedMessage) -> MessageShown:
    """The message in the reader's language, with the foreign words beside ours."""
    code, _semicolon, more = message.problem.partition("; ")
    return MessageShown(
        kind=str(KINDS.get(message.kind, message.kind)),
        problem=str(PROBLEMS.get(code, code)),
        words=" · ".join(part for part in (message.text, more) if part),
        reference=str(message.facts.get("reference", "")),
        moment=message.received_at,
    )


def answer_words(facts: Mapping[str, Any]) -> str:
    """The codes of an answer in words: why, and what the answerer wants done; each once."""
    reasons = _words(facts.get("reasons"), {**LEVEL_REASONS, **STATUS_REASONS})
    wishes = _words(facts.get("actions"), STATUS_ACTIONS)
    return " ".join([*reasons, *(str(_("Wanted: %(wish)s.")) % {"wish": wish.rstrip(".")} for wish in wishes)])


def _words(issues: Any, words: Mapping[str, Any]) -> list[str]:
    codes = [str(issue.get("code", "")) for issue in issues or () if isinstance(issue, Mapping)]
    return [f"{words[code]}." for code in dict.fromkeys(codes) if code in words]
