"""Refunds out as a payment order, pain.001.001.03 or .09: Norwegian accounts with KID, and IBAN in euro as SEPA."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import Any

from lxml import etree
from stdnum import iban, iso11649
from stdnum.no import kontonr

from foundation.money import minor_units
from payments.reference import is_valid_kid

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001."
REFUNDS_MAX = 10_000
NAME_LENGTH, TEXT_LENGTH, ID_LENGTH = 70, 140, 35
AMOUNT_MAX = Decimal(10) ** 11

_ID = re.compile(r"[A-Za-z0-9/?:().,'+ -]{1,35}\Z")  # what every bank of the network takes
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\Z")
_XML_CHARACTERS = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class PainVersion(StrEnum):
    """The versions that the banks take."""

    V03 = "03"
    V09 = "09"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentParty:
    """Who pays, or who gets the money: eleven digits of a Norwegian account, or an IBAN."""

    name: str
    account: str
    bic: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """One payment out; the identifier comes back in the bank's statement. A KID or RF reference, or a text."""

    identifier: str
    receiver: PaymentParty
    amount: Decimal
    currency: str = "NOK"
    reference: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOrder:
    """All that one file holds; `customer_number` is what the bank calls the sender in its file agreement."""

    identifier: str
    made_at: datetime
    execution_day: date
    payer: PaymentParty
    refunds: Sequence[Refund]
    customer_number: str = ""


def write_pain001(order: PaymentOrder, *, version: PainVersion = PainVersion.V09) -> bytes:
    """The order as the bank reads it; the same order gives the same bytes. ValueError names what cannot be paid."""
    _refuse_impossible(order)
    writer = _Writer(version)
    root = writer.root
    whole = writer.add(root, "CstmrCdtTrfInitn")
    header = writer.add(whole, "GrpHdr")
    writer.add(header, "MsgId", order.identifier)
    writer.add(header, "CreDtTm", order.made_at.replace(microsecond=0).isoformat())
    _totals(writer, header, order.refunds)
    party = writer.add(header, "InitgPty")
    writer.add(party, "Nm", _printable(order.payer.name, NAME_LENGTH))
    if order.customer_number:
        other = writer.add(writer.add(writer.add(party, "Id"), "OrgId"), "Othr")
        writer.add(other, "Id", order.customer_number)
        writer.add(writer.add(other, "SchmeNm"), "Cd", "CUST")
    for number, (is_sepa, refunds) in enumerate(groupby(sorted(order.refunds, key=_is_sepa), key=_is_sepa), start=1):
        _payment_information(writer, whole, order, list(refunds), (number, is_sepa))
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return text


class _Writer:
    def __init__(self, version: PainVersion) -> None:
        self.version = version
        self._namespace = f"{NAMESPACE}{version.value}"
        names: Any = {None: self._namespace}
        self.root = etree.Element(f"{{{self._namespace}}}Document", nsmap=names)

    def add(self, parent: etree._Element, name: str, text: str = "") -> etree._Element:
        element = etree.SubElement(parent, f"{{{self._namespace}}}{name}")
        if text:
            element.text = text
        return element


def _totals(writer: _Writer, parent: etree._Element, refunds: Sequence[Refund]) -> None:
    writer.add(parent, "NbOfTxs", str(len(refunds)))
    writer.add(parent, "CtrlSum", f"{sum((refund.amount for refund in refunds), start=Decimal(0)):f}")


def _payment_information(
    writer: _Writer, whole: etree._Element, order: PaymentOrder, refunds: list[Refund], part: tuple[int, bool]
) -> None:
    number, is_sepa = part
    information = writer.add(whole, "PmtInf")
    writer.add(information, "PmtInfId", f"{order.identifier[: ID_LENGTH - 3]}-{number}")
    writer.add(information, "PmtMtd", "TRF")
    _totals(writer, information, refunds)
    service = writer.add(writer.add(information, "PmtTpInf"), "SvcLvl")
    writer.add(service, "Cd", "SEPA" if is_sepa else "NURG")
    day = writer.add(information, "ReqdExctnDt", order.execution_day.isoformat() if writer.version == "03" else "")
    if writer.version != PainVersion.V03:
        writer.add(day, "Dt", order.execution_day.isoformat())
    _party(writer, information, "Dbtr", order.payer)
    _account(writer, information, "DbtrAcct", order.payer)
    _agent(writer, information, "DbtrAgt", order.payer)
    writer.add(information, "ChrgBr", "SLEV" if is_sepa else "SHAR")
    for refund in refunds:
        _transaction(writer, information, refund)


def _transaction(writer: _Writer, information: etree._Element, refund: Refund) -> None:
    transaction = writer.add(information, "CdtTrfTxInf")
    identifiers = writer.add(transaction, "PmtId")
    writer.add(identifiers, "InstrId", refund.identifier)
    writer.add(identifiers, "EndToEndId", refund.identifier)
    amount = writer.add(writer.add(transaction, "Amt"), "InstdAmt", f"{refund.amount:f}")
    amount.set("Ccy", refund.currency)
    if refund.receiver.bic:
        _agent(writer, transaction, "CdtrAgt", refund.receiver)
    _party(writer, transaction, "Cdtr", refund.receiver)
    _account(writer, transaction, "CdtrAcct", refund.receiver)
    if not (refund.reference or refund.text):
        return
    remittance = writer.add(transaction, "RmtInf")
    if not refund.reference:
        writer.add(remittance, "Ustrd", _printable(refund.text, TEXT_LENGTH))
        return
    told = writer.add(writer.add(remittance, "Strd"), "CdtrRefInf")
    kind = writer.add(told, "Tp")
    writer.add(writer.add(kind, "CdOrPrtry"), "Cd", "SCOR")
    if refund.reference.startswith("RF"):
        writer.add(kind, "Issr", "ISO")
    writer.add(told, "Ref", refund.reference)


def _party(writer: _Writer, parent: etree._Element, name: str, party: PaymentParty) -> None:
    element = writer.add(parent, name)
    writer.add(element, "Nm", _printable(party.name, NAME_LENGTH))
    if party.country:
        writer.add(writer.add(element, "PstlAdr"), "Ctry", party.country)


def _account(writer: _Writer, parent: etree._Element, name: str, party: PaymentParty) -> None:
    identifier = writer.add(writer.add(parent, name), "Id")
    if party.account[:2].isalpha():
        writer.add(identifier, "IBAN", party.account)
        return
    other = writer.add(identifier, "Othr")
    writer.add(other, "Id", party.account)
    writer.add(writer.add(other, "SchmeNm"), "Cd", "BBAN")


def _agent(writer: _Writer, parent: etree._Element, name: str, party: PaymentParty) -> None:
    institution = writer.add(writer.add(parent, name), "FinInstnId")
    if party.bic:
        writer.add(institution, "BIC" if writer.version == PainVersion.V03 else "BICFI", party.bic)
    else:
        writer.add(writer.add(institution, "Othr"), "Id", "NOTPROVIDED")


def _is_sepa(refund: Refund) -> bool:
    return refund.currency == "EUR" and refund.receiver.account[:2].isalpha()


def _printable(text: str, length: int) -> str:
    """One line without characters that XML cannot hold, cut to what the bank takes."""
    return " ".join(_XML_CHARACTERS.sub(" ", text).split())[:length].strip()


def _refuse_impossible(order: PaymentOrder) -> None:
    if not 0 < len(order.refunds) <= REFUNDS_MAX:
        raise ValueError(f"A payment order holds 1 to {REFUNDS_MAX} payments.")
    for identifier in (order.identifier, *(refund.identifier for refund in order.refunds)):
        if not _ID.match(identifier):
            raise ValueError(f"The bank does not take {identifier!r} as an identifier.")
    if len({refund.identifier for refund in order.refunds}) != len(order.refunds):
        raise ValueError("Two payments have the same identifier.")
    _refuse_party(order.payer)
    for refund in order.refunds:
        _refuse_party(refund.receiver)
        _refuse_amount(refund)
        if refund.reference and not (is_valid_kid(refund.reference) or iso11649.is_valid(refund.reference)):
            raise ValueError(f"{refund.reference!r} is neither a KID nor an RF reference.")


def _refuse_party(party: PaymentParty) -> None:
    if not _printable(party.name, NAME_LENGTH):
        raise ValueError(f"The holder of account {party.account} has no name.")
    is_iban = party.account[:2].isalpha()
    if not (iban.is_valid(party.account) if is_iban else kontonr.is_valid(party.account)):
        raise ValueError(f"{party.account!r} is no account number.")
    if iban.compact(party.account) != party.account:
        raise ValueError(f"The account {party.account!r} is written with blanks.")
    if party.bic and not _BIC.match(party.bic):
        raise ValueError(f"{party.bic!r} is no BIC.")


def _refuse_amount(refund: Refund) -> None:
    exponent = refund.amount.as_tuple().exponent
    if not isinstance(exponent, int) or not 0 < refund.amount < AMOUNT_MAX:
        raise ValueError(f"{refund.amount} cannot be paid out.")
    if -exponent > minor_units(refund.currency):
        raise ValueError(f"{refund.amount} {refund.currency} has more decimals than the currency.")
