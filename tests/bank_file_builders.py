"""Bank files for tests, written from the layouts alone: nothing of `payments.bank_files` is used here.

- `Paid(kid, amount, day=…, payer_account=…, payer_name=…, archive_reference=…, text=…, kind=…, is_negative=…)` is one
  payment; the amount is a Decimal, or text such as "1250.00".
- `ocr_giro_file(payments, *, account=ACCOUNT, agreement=…, transmission="0000321") -> bytes`; several accounts by
  `ocr_giro_transmission([(account, agreement, payments), …])`. `kind` is the transaction type ("10" giro … "21" card).
- `camt054_file(payments, *, account=ACCOUNT, message_id="M-1", version="02", per_entry=1, currency="NOK") -> bytes`:
  entries of `per_entry` payments each; a payment without `kid` carries its `text`.
- `camt053_file(payments, *, account=ACCOUNT, opening="0.00", …) -> bytes`: the day statement of the same payments.
- `bgmax_file(payments, *, bankgiro="9912346", currency="SEK") -> bytes`.
- `mandate_file([(registration, kid, wants_notice), …]) -> bytes`: AvtaleGiro mandates as the bank sends them.
- `csv_statement(payments, *, delimiter=";", decimal_mark=",") -> bytes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

ACCOUNT = "92041111218"
DAY = date(2026, 11, 18)


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment in a bank file."""

    kid: str
    amount: Decimal | str
    day: date = DAY
    payer_account: str = "97104444001"
    payer_name: str = "Eksempel Idrettslag"
    archive_reference: str = ""
    text: str = ""
    kind: str = "10"
    is_negative: bool = False

    @property
    def minor(self) -> int:
        """The amount in øre or cents."""
        return int((Decimal(self.amount) * 100).to_integral_exact())


def ocr_giro_file(
    payments: Sequence[Paid], *, account: str = ACCOUNT, agreement: str = "004411223", transmission: str = "0000321"
) -> bytes:
    """One transmission with one assignment."""
    return ocr_giro_transmission([(account, agreement, payments)], transmission=transmission)


def ocr_giro_transmission(
    assignments: Sequence[tuple[str, str, Sequence[Paid]]], *, transmission: str = "0000321"
) -> bytes:
    """One transmission with an assignment per account, its control totals right."""
    records = [f"NY00001000008080{transmission:0>7}00099887".ljust(80, "0")]
    counted = total = 0
    for number, (account, agreement, payments) in enumerate(assignments, start=1):
        body = [record for place, paid in enumerate(payments, start=1) for record in _ocr_payment(place, paid)]
        net = sum(-paid.minor if paid.is_negative else paid.minor for paid in payments)
        records.append(f"NY090020{agreement:0>9}{number:07d}{account}".ljust(80, "0"))
        records += body
        records.append(_ocr_end("NY090088", len(payments), len(body) + 2, net, payments[0].day if payments else DAY))
        counted += len(payments)
        total += net
    records.append(_ocr_end("NY000089", counted, len(records) + 1, total, DAY))
    return "".join(f"{record}\r\n" for record in records).encode("latin-1")


def _ocr_end(start: str, count: int, records: int, net: int, day: date) -> str:
    return f"{start}{count:08d}{records:08d}{abs(net):017d}{day:%d%m%y}".ljust(80, "0")


def _ocr_payment(place: int, paid: Paid) -> list[str]:
    sign = "-" if paid.is_negative else "0"
    archive = paid.archive_reference or f"{500000000 + place:09d}"
    payer = paid.payer_account or "0" * 11
    records = [
        f"NY09{paid.kind}30{place:07d}{paid.day:%d%m%y}01{paid.day:%d}100010{sign}{paid.minor:017d}{paid.kid:>25}000000",
        f"NY09{paid.kind}31{place:07d}{'0' * 10}{archive}{'0' * 7}{paid.day:%d%m%y}{payer}".ljust(80, "0"),
    ]
    if paid.text:
        records.append(f"NY09{paid.kind}32{place:07d}{paid.text:<40.40}".ljust(80, "0"))
    return records


def mandate_file(mandates: Sequence[tuple[str, str, bool]], *, account: str = ACCOUNT) -> bytes:
    """Mandates: registration (0 active, 1 new, 2 deleted), KID, and whether the payer wants notice."""
    records = ["NY00001000008080000032200099887".ljust(80, "0"), f"NY212420{0:09d}{1:07d}{account}".ljust(80, "0")]
    records += [
        f"NY219470{place:07d}{kind}{kid:>25}{'J' if wants_notice else 'N'}".ljust(80, "0")
        for place, (kind, kid, wants_notice) in enumerate(mandates, start=1)
    ]
    records.append(f"NY212488{len(mandates):08d}{len(mandates) + 2:08d}".ljust(80, "0"))
    records.append(f"NY000089{len(mandates):08d}{len(records) + 1:08d}{0:017d}{DAY:%d%m%y}".ljust(80, "0"))
    return "".join(f"{record}\r\n" for record in records).encode("latin-1")


def camt054_file(
    payments: Sequence[Paid],
    *,
    account: str = ACCOUNT,
    message_id: str = "M-1",
    version: str = "02",
    per_entry: int = 1,
    currency: str = "NOK",
) -> bytes:
    """One notification; its entries hold `per_entry` payments each."""
    entries = _entries(payments, version, per_entry, currency)
    body = f"<Id>N-{message_id}</Id>{_made()}{_camt_account(account, currency)}{entries}"
    return _camt("054", version, "BkToCstmrDbtCdtNtfctn", message_id, f"<Ntfctn>{body}</Ntfctn>")


def camt053_file(
    payments: Sequence[Paid],
    *,
    account: str = ACCOUNT,
    message_id: str = "S-1",
    version: str = "02",
    per_entry: int = 1,
    currency: str = "NOK",
    opening: str = "0.00",
) -> bytes:
    """One day statement whose closing balance is the opening balance and all the payments."""
    closing = Decimal(opening) + sum(
        -Decimal(paid.amount) if paid.is_negative else Decimal(paid.amount) for paid in payments
    )
    balances = _balance("OPBD", Decimal(opening), currency) + _balance("CLBD", closing, currency)
    entries = _entries(payments, version, per_entry, currency)
    body = f"<Id>S-{message_id}</Id>{_made()}{_camt_account(account, currency)}{balances}{entries}"
    return _camt("053", version, "BkToCstmrStmt", message_id, f"<Stmt>{body}</Stmt>")


def _camt(message: str, version: str, root: str, message_id: str, body: str) -> bytes:
    namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.{message}.001.{version}"
    header = f"<GrpHdr><MsgId>{escape(message_id)}</MsgId>{_made()}</GrpHdr>"
    document = f'<Document xmlns="{namespace}"><{root}>{header}{body}</{root}></Document>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document}\n'.encode()


def _made() -> str:
    return "<CreDtTm>2026-11-19T17:35:00+01:00</CreDtTm>\n"


def _camt_account(account: str, currency: str) -> str:
    if account[:2].isalpha():
        return f"<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>{currency}</Ccy></Acct>\n"
    named = f"<Othr><Id>{account}</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr>"
    return f"<Acct><Id>{named}</Id><Ccy>{currency}</Ccy></Acct>\n"


def _balance(code: str, amount: Decimal, currency: str) -> str:
    direction = "DBIT" if amount < 0 else "CRDT"
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{abs(amount):.2f}</Amt>'
        f"<CdtDbtInd>{direction}</CdtDbtInd><Dt><Dt>{DAY}</Dt></Dt></Bal>\n"
    )


def _entries(payments: Sequence[Paid], version: str, per_entry: int, currency: str) -> str:
    return "".join(
        _entry(number, payments[start : start + per_entry], start, version, currency)
        for number, start in enumerate(range(0, len(payments), per_entry), start=1)
    )


def _entry(number: int, payments: Sequence[Paid], start: int, version: str, currency: str) -> str:
    total = sum(Decimal(paid.amount) for paid in payments)
    direction = "DBIT" if payments[0].is_negative else "CRDT"
    status = "<Sts>BOOK</Sts>" if version == "02" else "<Sts><Cd>BOOK</Cd></Sts>"
    code = "230" if payments[0].kid else "233"
    details = "".join(
        _transaction(start + place, paid, version, currency) for place, paid in enumerate(payments, start=1)
    )
    return (
        f'<Ntry><NtryRef>{number}</NtryRef><Amt Ccy="{currency}">{total:.2f}</Amt>'
        f"<CdtDbtInd>{direction}</CdtDbtInd>{status}"
        f"<BookgDt><Dt>{payments[0].day}</Dt></BookgDt><ValDt><Dt>{payments[0].day}</Dt></ValDt>"
        f"<AcctSvcrRef>{90000000 + number}</AcctSvcrRef>"
        f"<BkTxCd><Prtry><Cd>{code}</Cd><Issr>NETS</Issr></Prtry></BkTxCd>\n"
        f"<NtryDtls><Btch><NbOfTxs>{len(payments)}</NbOfTxs></Btch>{details}</NtryDtls></Ntry>\n"
    )


def _transaction(place: int, paid: Paid, version: str, currency: str) -> str:
    amount = f'<Amt Ccy="{currency}">{Decimal(paid.amount):.2f}</Amt>'
    direction = "DBIT" if paid.is_negative else "CRDT"
    if version == "02":
        amounts, name = f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>", f"<Nm>{escape(paid.payer_name)}</Nm>"
    else:
        amounts, name = f"{amount}<CdtDbtInd>{direction}</CdtDbtInd>", f"<Pty><Nm>{escape(paid.payer_name)}</Nm></Pty>"
    payer = f"<DbtrAcct><Id><Othr><Id>{paid.payer_account}</Id></Othr></Id></DbtrAcct>" if paid.payer_account else ""
    told = f"<Ustrd>{escape(paid.text)}</Ustrd>" if paid.text else ""
    if paid.kid:
        kind = "<Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
        told += f"<Strd><CdtrRefInf>{kind}<Ref>{paid.kid}</Ref></CdtrRefInf></Strd>"
    archive = paid.archive_reference or f"{810000000 + place}"
    return (
        f"<TxDtls><Refs><AcctSvcrRef>{archive}</AcctSvcrRef><EndToEndId>NOTPROVIDED</EndToEndId></Refs>{amounts}"
        f"<RltdPties><Dbtr>{name}</Dbtr>{payer}</RltdPties>{f'<RmtInf>{told}</RmtInf>' if told else ''}</TxDtls>\n"
    )


def bgmax_file(payments: Sequence[Paid], *, bankgiro: str = "9912346", currency: str = "SEK") -> bytes:
    """One section of Bankgirot's payments with its deposit; a negative payment is a deduction."""
    records = ["01BGMAX               0120261118173035010331P", f"05{bankgiro:0>10}          {currency}"]
    for place, paid in enumerate(payments, start=1):
        kind, code = ("21" if paid.is_negative else "20"), ("2" if paid.kid else "1")
        end = f"0{' ' * 10}" if not paid.is_negative else "00"
        records.append(f"{kind}{3783511:010d}{paid.kid:>25}{paid.minor:018d}{code}2{place:012d}{end}")
        if paid.text:
            records.append(f"25{paid.text:<50.50}")
        records.append(f"26{paid.payer_name:<35.35}")
    total = sum(-paid.minor if paid.is_negative else paid.minor for paid in payments)
    account = "0" * 19 + "5841000001009823"
    records.append(f"15{account}{DAY:%Y%m%d}{1:05d}{abs(total):018d}{currency}{len(payments):08d}")
    paid_in = sum(not paid.is_negative for paid in payments)
    records.append(f"70{paid_in:08d}{len(payments) - paid_in:08d}{0:08d}{1:08d}")
    return "".join(f"{record:<80}\r\n" for record in records).encode("latin-1")


def csv_statement(payments: Sequence[Paid], *, delimiter: str = ";", decimal_mark: str = ",") -> bytes:
    """What a bank's web page gives: a header and a row per payment, amounts with a sign."""
    rows = [["Bokføringsdato", "Beskrivelse", "Beløp", "KID", "Fra konto"]]
    for paid in payments:
        amount = f"{'-' if paid.is_negative else ''}{Decimal(paid.amount):.2f}".replace(".", decimal_mark)
        rows.append([f"{paid.day:%d.%m.%Y}", paid.text or paid.payer_name, amount, paid.kid, paid.payer_account])
    return "".join(delimiter.join(row) + "\r\n" for row in rows).encode("utf-8-sig")
