"""camt.053 and camt.054, versions .02 and .08: read in one pass, each entry checked as it goes by and forgotten."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal

from lxml import etree

from foundation.xml_guard import XmlDanger, danger_of, declared_encoding
from payments.bank_files import camt_checks
from payments.bank_files.camt_elements import Elements, line_of
from payments.bank_files.camt_grammar import CamtSchema, schema_of
from payments.bank_files.camt_message import (
    CamtEntry,
    CamtFile,
    CamtMoney,
    CamtReference,
    CamtStatement,
    CamtTransaction,
)
from payments.bank_files.faults import FaultCode, FaultList
from payments.bank_files.lines import LINES_MAX

Taker = Callable[[CamtEntry, CamtStatement], None]
START_BYTES = 65536  # hold the first element, with its namespace
_SAFE = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


def parse_camt(data: bytes, faults: FaultList, take: Taker) -> CamtFile:
    """The message in its own terms; the faults are noted, and those that end the reading are raised.

    Each entry is handed to `take` with the statement as far as it was read, and not kept.
    """
    refuse_danger(data, faults)
    namespace = _namespace_of(data, faults)
    schema = schema_of(namespace)
    if schema is None:
        raise faults.refuse(1, FaultCode.UNKNOWN_MESSAGE, found=namespace[:100])
    reader = _Reader(schema, faults, take)
    tags = [
        f"{{{schema.namespace}}}{name}" for name in ("Document", "Ntry", "NtryDtls", "TxDtls", schema.statement_tag)
    ]
    try:
        for _event, element in etree.iterparse(io.BytesIO(data), events=("end",), tag=tags, **_SAFE):
            reader.take(element)
    except etree.XMLSyntaxError as error:
        raise faults.refuse(error.lineno or 1, FaultCode.MALFORMED_XML, reason=_reason(error)) from error
    return reader.file


def refuse_danger(data: bytes, faults: FaultList) -> None:
    """Refuse a document type, and an encoding that could hide one."""
    danger = danger_of(data)
    if danger == XmlDanger.DOCUMENT_TYPE:
        line = data.count(b"\n", 0, data.index(b"<!DOCTYPE")) + 1
        raise faults.refuse(line, FaultCode.DOCUMENT_TYPE)
    if danger is not None:
        raise faults.refuse(1, FaultCode.ENCODING, expected="UTF-8", found=declared_encoding(data[:200]))


def _namespace_of(data: bytes, faults: FaultList) -> str:
    try:
        for _event, root in etree.iterparse(io.BytesIO(data[:START_BYTES]), events=("start",), **_SAFE):
            return etree.QName(root).namespace or ""
    except etree.XMLSyntaxError as error:
        raise faults.refuse(error.lineno or 1, FaultCode.MALFORMED_XML, reason=_reason(error)) from error
    raise faults.refuse(1, FaultCode.EMPTY)


def _reason(error: etree.XMLSyntaxError) -> str:
    return (error.msg or "").split(", ")[0]


class _Reader:
    """Takes elements as they end: transactions before their entry, entries before their statement."""

    def __init__(self, schema: CamtSchema, faults: FaultList, take: Taker) -> None:
        self.file = CamtFile(schema=schema)
        self._schema = schema
        self._faults = faults
        self._hand_over = take
        self._in = f"{{{schema.namespace}}}"
        self._payer = "RltdPties/Dbtr/Pty" if schema.version == "08" else "RltdPties/Dbtr"
        self._status = "Sts/Cd" if schema.version == "08" else "Sts"
        self._transactions: list[CamtTransaction] = []
        self._batch_start = 0
        self._statement: CamtStatement | None = None
        self._count = 0
        self._takers = {
            "TxDtls": self._take_transaction,
            "NtryDtls": self._take_batch,
            "Ntry": self._take_entry,
            schema.statement_tag: self._take_statement,
            "Document": self._take_document,
        }

    def take(self, element: etree._Element) -> None:
        """One element that is complete."""
        self._takers[str(element.tag).removeprefix(self._in)](element)

    def _take_transaction(self, element: etree._Element) -> None:
        self._count_one(element)
        self._check(element)
        self._transactions.append(self._transaction(self._below(element)))
        element.clear()

    def _take_batch(self, element: etree._Element) -> None:
        """The bank's own count of the payments of a batch."""
        found = len(self._transactions) - self._batch_start
        self._batch_start = len(self._transactions)
        told = element.findtext(f"{self._in}Btch/{self._in}NbOfTxs")
        if found and told and told.isdecimal() and int(told) != found:
            line = line_of(element)
            self._faults.add(line, FaultCode.COUNT_DIFFERS, what="payments of the entry", told=int(told), found=found)

    def _take_entry(self, element: etree._Element) -> None:
        if not self._transactions:
            self._count_one(element)
        self._check(element)
        entry = self._entry(self._below(element))
        parent = element.getparent()
        if self._statement is None:
            self._statement = self._begin(self._below(element if parent is None else parent))
        camt_checks.check_entry(entry, self._statement, self._faults)
        self._statement.sums.add(entry)
        self._hand_over(entry, self._statement)
        self._transactions = []
        self._batch_start = 0
        element.clear()
        before = element.getprevious()
        if parent is not None and before is not None and before.tag == element.tag:
            parent.remove(before)  # one empty entry stands for any number of them when the order is checked

    def _begin(self, below: Elements) -> CamtStatement:
        """What stands before the entries of a statement: whose they are."""
        return CamtStatement(
            line=below.line,
            identifier=below.text("Id") or "",
            account=_account(below, "Acct"),
            currency=below.text("Acct/Ccy") or "",
            copy=below.text("CpyDplctInd"),
        )

    def _take_statement(self, element: etree._Element) -> None:
        below = self._below(element)
        statement, self._statement = self._statement or self._begin(below), None
        statement.balances = [self._balance(self._below(balance)) for balance in below.all("Bal")]
        self.file.statements.append(statement)
        camt_checks.check_summary(statement, _summary(below), self._faults)

    def _take_document(self, element: etree._Element) -> None:
        self._check(element)
        if not len(element):
            return
        below = self._below(element[0])
        self.file.message_id = below.text("GrpHdr/MsgId") or ""
        pages = (below.text("GrpHdr/MsgPgntn/PgNb"), below.text("GrpHdr/MsgPgntn/LastPgInd"))
        is_whole = pages in {(None, None), ("1", "true"), ("1", "1")}
        for statement in self.file.statements:
            camt_checks.check_statement(statement, self._faults, is_whole=is_whole)

    def _count_one(self, element: etree._Element) -> None:
        self._count += 1
        if self._count > LINES_MAX:
            raise self._faults.refuse(line_of(element), FaultCode.TOO_MANY_LINES, most=LINES_MAX)

    def _transaction(self, below: Elements) -> CamtTransaction:
        told = [self._reference(self._below(block)) for block in below.all("RmtInf/Strd")]
        documents = [self._below(part) for part in below.all("RmtInf/Strd/RfrdDocInf")]
        end_to_end = below.text("Refs/EndToEndId") or ""
        return CamtTransaction(
            line=below.line,
            money=self._money(below, "Amt") or self._money(below, "AmtDtls/TxAmt/Amt"),
            direction=below.text("CdtDbtInd"),
            payer_name=below.text(f"{self._payer}/Nm"),
            payer_account=_account(below, "RltdPties/DbtrAcct"),
            payer_number=below.text(f"{self._payer}/Id/OrgId/Othr/Id") or "",
            references=tuple(reference for reference in told if reference),
            documents=tuple((part.either("Tp/CdOrPrtry") or "", part.text("Nb") or "") for part in documents),
            texts=tuple(part.text or "" for part in below.all("RmtInf/Ustrd")),
            bank_reference=below.text("Refs/AcctSvcrRef") or "",
            other_reference=below.text("Refs/TxId") or ("" if end_to_end == "NOTPROVIDED" else end_to_end),
            has_charges=below.has("Chrgs"),
        )

    def _reference(self, below: Elements) -> CamtReference | None:
        reference = below.text("CdtrRefInf/Ref")
        if reference is None:
            return None
        money = self._money(below, "RfrdDocAmt/RmtdAmt")
        kind, issuer = below.either("CdtrRefInf/Tp/CdOrPrtry"), below.text("CdtrRefInf/Tp/Issr")
        return CamtReference(kind, issuer, reference, money.amount if money else None)

    def _entry(self, below: Elements) -> CamtEntry:
        return CamtEntry(
            line=below.line,
            reference=below.text("NtryRef"),
            money=self._money(below, "Amt") or CamtMoney("0", Decimal(0), ""),
            direction=below.text("CdtDbtInd") or "",
            is_reversal=below.text("RvslInd") in {"true", "1"},
            status=below.text(self._status) or "",
            booking=below.text("BookgDt/Dt") or below.text("BookgDt/DtTm"),
            value=below.text("ValDt/Dt") or below.text("ValDt/DtTm"),
            bank_code=below.text("BkTxCd/Prtry/Cd"),
            bank_reference=below.text("AcctSvcrRef") or "",
            has_charges=below.has("Chrgs"),
            information=below.text("AddtlNtryInf") or "",
            transactions=tuple(self._transactions),
        )

    def _balance(self, below: Elements) -> tuple[str, CamtMoney]:
        money = self._money(below, "Amt") or CamtMoney("0", Decimal(0), "")
        if below.text("CdtDbtInd") == "DBIT":
            money = CamtMoney(f"-{money.text}", -money.amount, money.currency)
        return below.either("Tp/CdOrPrtry") or "", money

    def _money(self, below: Elements, path: str) -> CamtMoney | None:
        found = below.first(path)
        if found is None:
            return None
        text, currency = (found.text or "").strip(), found.get("Ccy", "")
        return CamtMoney(text, camt_checks.amount_of(text, currency, below.line, self._faults), currency)

    def _below(self, element: etree._Element) -> Elements:
        return Elements(element, len(self._in))

    def _check(self, element: etree._Element) -> None:
        if not self._schema.xsd.validate(element):
            camt_checks.note_schema_faults(self._schema, element, self._faults)


def _account(below: Elements, path: str) -> str:
    return below.text(f"{path}/Id/IBAN") or below.text(f"{path}/Id/Othr/Id") or ""


def _summary(below: Elements) -> dict[str, tuple[int, str | None, str | None]]:
    """What the bank counted itself: line, count and sum by the name of the total."""
    return {
        name: (line_of(total), below.text(f"TxsSummry/{name}/NbOfNtries"), below.text(f"TxsSummry/{name}/Sum"))
        for name in ("TtlNtries", "TtlCdtNtries", "TtlDbtNtries")
        for total in below.all(f"TxsSummry/{name}")
    }
