"""The order and the kinds of the elements of camt.053 and camt.054 that are read, as a schema of our own.

It says less than the published schemas: what is never read may hold anything. What is read must be there, in its place,
once or often, and of its kind. Entries and transactions are checked one by one while the file streams by, so that its
size costs no memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from lxml import etree

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.{message}.001.{version}"
MESSAGES = {"053": ("BkToCstmrStmt", "Stmt"), "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}
VERSIONS = ("02", "08")

# Element?=Type: ? at most once, * any number, + at least one; a bar parts alternatives. @02 and @08: only that version.
_TYPES = {
    "Header": "MsgId=Text35 CreDtTm=Moment MsgRcpt?=Any MsgPgntn?=Page OrgnlBizQry?@08=Any AddtlInf?=Any",
    "Page": "PgNb=Count LastPgInd=Boolean",
    "Statement": (
        "Id=Text35 StmtPgntn?@08&053=Page NtfctnPgntn?@08&054=Page ElctrncSeqNb?=Any RptgSeq?@08=Any LglSeqNb?=Any "
        "CreDtTm@02=Moment CreDtTm?@08=Moment FrToDt?=Any CpyDplctInd?=Copy RptgSrc?=Any Acct=Account RltdAcct?=Any "
        "Intrst*=Any Bal+&053=Balance TxsSummry?=Summary Ntry*=Any AddtlStmtInf?&053=Any AddtlNtfctnInf?&054=Any"
    ),
    "Account": "Id=AccountId Tp?=Any Ccy?=Currency Nm?=Any Prxy?@08=Any Ownr?=Any Svcr?=Any",
    "AccountId": "IBAN=Iban | Othr=Other",
    "Other": "Id=Text34 SchmeNm?=Any Issr?=Any",
    "Balance": "Tp=BalanceType CdtLine*=Any Amt=Money CdtDbtInd=Direction Dt=Day Avlbty*=Any",
    "BalanceType": "CdOrPrtry=Code SubTp?=Any",
    "Code": "Cd=Text35 | Prtry=Text35",
    "Day": "Dt=Date | DtTm=Moment",
    "Summary": "TtlNtries?=Total TtlCdtNtries?=Total TtlDbtNtries?=Total TtlNtriesPerBkTxCd*=Any",
    "Total": "NbOfNtries?=Count Sum?=Decimal TtlNetNtryAmt?@02=Decimal TtlNetNtry?@08=Any CdtDbtInd?@02=Direction",
    "Entry": (
        "NtryRef?=Text35 Amt=Money CdtDbtInd=Direction RvslInd?=Boolean Sts@02=Status Sts@08=Code BookgDt?=Day "
        "ValDt?=Day AcctSvcrRef?=Text35 Avlbty*=Any BkTxCd=BankCode ComssnWvrInd?=Any AddtlInfInd?=Any "
        "AmtDtls?=Any Chrgs*=Any "
        "TechInptChanl?=Any Intrst*=Any CardTx?@08=Any NtryDtls*=Details AddtlNtryInf?=Any"
    ),
    "BankCode": "Domn?=Any Prtry?=BankOwnCode",
    "BankOwnCode": "Cd=Text35 Issr?=Text35",
    "Details": "Btch?=Batch TxDtls*=Any",
    "Batch": "MsgId?=Any PmtInfId?=Any NbOfTxs?=Count TtlAmt?=Money CdtDbtInd?=Direction",
    "Transaction": (
        "Refs?=References Amt?@08=Money CdtDbtInd?@08=Direction AmtDtls?=Amounts Avlbty*=Any BkTxCd?=BankCode "
        "Chrgs*=Any Intrst*=Any RltdPties?=Parties RltdAgts?=Any LclInstrm?@08=Any Purp?=Any RltdRmtInf*=Any "
        "RmtInf?=Remittance "
        "RltdDts?=Any RltdPric?=Any RltdQties*=Any FinInstrmId?=Any Tax?=Any RtrInf?=Any CorpActn?=Any SfkpgAcct?=Any "
        "CshDpst*@08=Any CardTx?@08=Any AddtlTxInf?=Any SplmtryData*@08=Any"
    ),
    "References": (
        "MsgId?=Text35 AcctSvcrRef?=Text35 PmtInfId?=Text35 InstrId?=Text35 EndToEndId?=Text35 UETR?@08=Any "
        "TxId?=Text35 MndtId?=Text35 ChqNb?=Text35 ClrSysRef?=Text35 AcctOwnrTxId?@08=Any AcctSvcrTxId?@08=Any "
        "MktInfrstrctrTxId?@08=Any PrcgId?@08=Any Prtry*=Any"
    ),
    "Amounts": "InstdAmt?=Amount TxAmt?=Amount CntrValAmt?=Amount AnncdPstngAmt?=Amount PrtryAmt*=Any",
    "Amount": "Amt=Money CcyXchg?=Any",
    "Parties": (
        "InitgPty?=Any Dbtr?@02=Party Dbtr?@08=PartyChoice DbtrAcct?=PayerAccount UltmtDbtr?=Any "
        "Cdtr?=Any CdtrAcct?=Any UltmtCdtr?=Any TradgPty?=Any Prtry*=Any"
    ),
    "PartyChoice": "Pty=Party | Agt=Any",
    "Party": "Nm?=Text140 PstlAdr?=Any Id?=Any CtryOfRes?=Any CtctDtls?=Any",
    "PayerAccount": "Id=AccountId Tp?=Any Ccy?=Any Nm?=Any Prxy?@08=Any",
    "Remittance": "Ustrd*=Text140 Strd*=Structured",
    "Structured": (
        "RfrdDocInf*=Document RfrdDocAmt?=DocumentAmount CdtrRefInf?=Reference Invcr?=Any Invcee?=Any TaxRmt?@08=Any "
        "GrnshmtRmt?@08=Any AddtlRmtInf*=Any"
    ),
    "Document": "Tp?=DocumentType Nb?=Text35 RltdDt?=Any LineDtls*@08=Any",
    "DocumentType": "CdOrPrtry=Code Issr?=Any",
    "DocumentAmount": (
        "DuePyblAmt?=Money DscntApldAmt*=Any CdtNoteAmt?=Money TaxAmt*=Any AdjstmntAmtAndRsn*=Any RmtdAmt?=Money"
    ),
    "Reference": "Tp?=DocumentType Ref?=Text35",
}
_SIMPLE = {
    "Text34": '<xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="34"/></xs:restriction>',
    "Text35": '<xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="35"/></xs:restriction>',
    "Text140": '<xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="140"/></xs:restriction>',
    "Moment": '<xs:restriction base="xs:dateTime"/>',
    "Date": '<xs:restriction base="xs:date"/>',
    "Boolean": '<xs:restriction base="xs:boolean"/>',
    "Decimal": '<xs:restriction base="xs:decimal"/>',
    "Count": '<xs:restriction base="xs:string"><xs:pattern value="[0-9]{1,15}"/></xs:restriction>',
    "Currency": '<xs:restriction base="xs:string"><xs:pattern value="[A-Z]{3}"/></xs:restriction>',
    "Iban": '<xs:restriction base="xs:string"><xs:pattern value="[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}"/></xs:restriction>',
    "Direction": '<xs:restriction base="xs:string"><xs:pattern value="CRDT|DBIT"/></xs:restriction>',
    "Status": '<xs:restriction base="xs:string"><xs:pattern value="BOOK|PDNG|INFO"/></xs:restriction>',
    "Copy": '<xs:restriction base="xs:string"><xs:pattern value="CODU|COPY|DUPL"/></xs:restriction>',
}
_MONEY = (
    '<xs:complexType name="Money"><xs:simpleContent><xs:extension base="Decimal">'
    '<xs:attribute name="Ccy" type="Currency" use="required"/></xs:extension></xs:simpleContent></xs:complexType>'
)
_ANY = (
    '<xs:complexType name="Any" mixed="true"><xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded" '
    'processContents="skip"/></xs:sequence><xs:anyAttribute processContents="skip"/></xs:complexType>'
)
_OCCURS = {"": (1, "1"), "?": (0, "1"), "*": (0, "unbounded"), "+": (1, "unbounded")}
_PARTICLE = re.compile(
    r"(?P<name>\w+)(?P<occurs>[?*+]?)(?:@(?P<version>\d\d))?(?:&(?P<message>\d{3}))?=(?P<type>\w+)\Z"
)


@dataclass(frozen=True, slots=True)
class CamtSchema:
    """One message in one version, by which whole files, entries and transactions are checked."""

    message: str
    version: str
    xsd: etree.XMLSchema

    @property
    def name(self) -> str:
        """The name of the message, such as camt.054.001.02."""
        return f"camt.{self.message}.001.{self.version}"

    @property
    def namespace(self) -> str:
        """The namespace of every element."""
        return NAMESPACE.format(message=self.message, version=self.version)

    @property
    def statement_tag(self) -> str:
        """What holds the entries of one account."""
        return MESSAGES[self.message][1]


def schema_of(namespace: str) -> CamtSchema | None:
    """The schema of a namespace; None for every other message and version."""
    for message in MESSAGES:
        for version in VERSIONS:
            if namespace == NAMESPACE.format(message=message, version=version):
                return _compiled(message, version)
    return None


@cache
def _compiled(message: str, version: str) -> CamtSchema:
    root, statement = MESSAGES[message]
    types = "".join(_complex(name, words, message, version) for name, words in _TYPES.items())
    simple = "".join(f'<xs:simpleType name="{name}">{rule}</xs:simpleType>' for name, rule in _SIMPLE.items())
    data = '<xs:element name="SplmtryData" type="Any" minOccurs="0" maxOccurs="unbounded"/>' if version == "08" else ""
    message_type = (
        f'<xs:element name="GrpHdr" type="Header"/><xs:element name="{statement}" type="Statement" '
        f'maxOccurs="unbounded"/>{data}'
    )
    whole = (
        f'<xs:element name="Document"><xs:complexType><xs:sequence><xs:element name="{root}"><xs:complexType>'
        f"<xs:sequence>{message_type}</xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType>"
        f"</xs:element>"
    )
    parts = '<xs:element name="Ntry" type="Entry"/><xs:element name="TxDtls" type="Transaction"/>'
    namespace = NAMESPACE.format(message=message, version=version)
    text = (
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{namespace}" targetNamespace="{namespace}" '
        f'elementFormDefault="qualified">{whole}{parts}{_ANY}{_MONEY}{simple}{types}</xs:schema>'
    )
    return CamtSchema(message, version, etree.XMLSchema(etree.fromstring(text)))


def _complex(name: str, words: str, message: str, version: str) -> str:
    group = "choice" if "|" in words else "sequence"
    particles = "".join(_particle(word, message, version) for word in words.split() if word != "|")
    return f'<xs:complexType name="{name}"><xs:{group}>{particles}</xs:{group}></xs:complexType>'


def _particle(word: str, message: str, version: str) -> str:
    match = _PARTICLE.match(word)
    if not match:
        raise ValueError(f"{word} is no particle of the grammar.")
    if match["version"] not in (None, version) or match["message"] not in (None, message):
        return ""
    least, most = _OCCURS[match["occurs"]]
    return f'<xs:element name="{match["name"]}" type="{match["type"]}" minOccurs="{least}" maxOccurs="{most}"/>'
