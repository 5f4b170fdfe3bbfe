"""A bank's notification (camt.054, version .02) as the bank of the demo writes it. Pure: values in, bytes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.02"
BY_KID, BY_TEXT = "230", "233"  # the bank's own codes of Norwegian giro payments


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One movement as the bank tells it: money in, unless it is said to go out; with a KID, or with a message."""

    story: str  # by which the demo finds it again
    amount: Decimal
    kid: str = ""
    text: str = ""
    payer_name: str = ""
    payer_account: str = ""
    is_out: bool = False
    is_reversal: bool = False


def camt054(account_number: str, movements: Sequence[Told], *, day: date, message_id: str) -> bytes:
    """One notification with an entry for each movement, booked on the day."""
    entries = "".join(_entry(place, told, day) for place, told in enumerate(movements, start=1))
    made = f"<CreDtTm>{day.isoformat()}T17:35:00+01:00</CreDtTm>\n"
    account = (
        f"<Acct><Id><Othr><Id>{account_number}</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id><Ccy>NOK</Ccy></Acct>"
    )
    notice = f"<Ntfctn><Id>N-{message_id}</Id>{made}{account}\n{entries}</Ntfctn>"
    header = f"<GrpHdr><MsgId>{message_id}</MsgId>{made}</GrpHdr>"
    body = f'<Document xmlns="{NAMESPACE}"><BkToCstmrDbtCdtNtfctn>{header}{notice}</BkToCstmrDbtCdtNtfctn></Document>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def _entry(place: int, told: Told, day: date) -> str:
    direction = "DBIT" if told.is_out else "CRDT"
    booked = f"<Dt>{day.isoformat()}</Dt>"
    reversal = "<RvslInd>true</RvslInd>" if told.is_reversal else ""
    return (
        f'<Ntry><NtryRef>{place}</NtryRef><Amt Ccy="NOK">{told.amount:.2f}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'
        f"{reversal}<Sts>BOOK</Sts><BookgDt>{booked}</BookgDt><ValDt>{booked}</ValDt>"
        f"<AcctSvcrRef>{day:%y%m%d}{place:04d}</AcctSvcrRef>"
        f"<BkTxCd><Prtry><Cd>{BY_KID if told.kid else BY_TEXT}</Cd><Issr>NETS</Issr></Prtry></BkTxCd>\n"
        f"<NtryDtls>{_details(place, told, day)}</NtryDtls></Ntry>\n"
    )


def _details(place: int, told: Told, day: date) -> str:
    reference = f"<Refs><AcctSvcrRef>8{day:%y%m%d}{place:05d}</AcctSvcrRef></Refs>"
    amount = f'<AmtDtls><TxAmt><Amt Ccy="NOK">{told.amount:.2f}</Amt></TxAmt></AmtDtls>'
    name = f"<Dbtr><Nm>{escape(told.payer_name)}</Nm></Dbtr>" if told.payer_name else ""
    account = f"<DbtrAcct><Id><Othr><Id>{told.payer_account}</Id></Othr></Id></DbtrAcct>" if told.payer_account else ""
    parties = f"<RltdPties>{name}{account}</RltdPties>" if name or account else ""
    message = f"<Ustrd>{escape(told.text)}</Ustrd>" if told.text else ""
    if told.kid:
        kind = "<Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
        message += f"<Strd><CdtrRefInf>{kind}<Ref>{told.kid}</Ref></CdtrRefInf></Strd>"
    remittance = f"<RmtInf>{message}</RmtInf>" if message else ""
    return f"<TxDtls>{reference}{amount}{parties}{remittance}</TxDtls>"
