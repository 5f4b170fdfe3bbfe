"""The electronic address of a party, by what is known of it. Pure: values in, values out.

BIS Billing demands an address for both parties (PEPPOL-EN16931-R010, R020) of a scheme on Peppol's own list, which has
no e-mail (PEPPOL-EN16931-CL008). Whoever has none there, such as a consumer, is not reached through Peppol at all:
then the seller's own address stands in the file, which is true of where the file is kept, and sends it to no stranger.
"""

from __future__ import annotations

from typing import NamedTuple

from invoicing.documents.facts import Buyer, Seller

E_MAIL = "EM"
# ISO 6523 schemes of the national company registers: legal identifiers and, in these countries, addresses.
COMPANY_REGISTERS = {"NO": "0192", "DK": "0184", "SE": "0007"}
# Peppol's schemes for VAT numbers, by the letters that a number begins with (eDEC participant schemes 9.7).
VAT_SCHEMES = {
    "AD": "9922",
    "AL": "9923",
    "AT": "9914",
    "BA": "9924",
    "BE": "9925",
    "BG": "9926",
    "CH": "9927",
    "CY": "9928",
    "CZ": "9929",
    "DE": "9930",
    "EE": "9931",
    "EL": "9933",
    "ES": "9920",
    "FR": "9957",
    "GB": "9932",
    "HR": "9934",
    "HU": "9910",
    "IE": "9935",
    "IT": "0211",
    "LI": "9936",
    "LT": "9937",
    "LU": "9938",
    "LV": "9939",
    "MC": "9940",
    "ME": "9941",
    "MK": "9942",
    "MT": "9943",
    "NL": "9944",
    "PL": "9945",
    "PT": "9946",
    "RO": "9947",
    "RS": "9948",
    "SI": "9949",
    "SK": "9950",
    "SM": "9951",
    "TR": "9952",
    "VA": "9953",
}


class Endpoint(NamedTuple):
    """A Peppol address: the scheme that it is of, and the identifier."""

    scheme: str
    identifier: str


def register_scheme(country: str) -> str:
    """The scheme of the country's company register; empty where we know none."""
    return COMPANY_REGISTERS.get(country.upper(), "")


def seller_endpoint(seller: Seller) -> Endpoint:
    """The seller's typed address, else its number in the company register."""
    if seller.endpoint_id:
        return Endpoint(seller.endpoint_scheme, seller.endpoint_id)
    return Endpoint(register_scheme(seller.address.country), seller.organization_number)


def buyer_endpoint(buyer: Buyer, seller: Seller) -> Endpoint:
    """The buyer's typed address, else its company number, else its VAT number, else the seller's own address."""
    if buyer.endpoint_id and buyer.endpoint_scheme != E_MAIL:
        return Endpoint(buyer.endpoint_scheme, buyer.endpoint_id)
    register = register_scheme(buyer.address.country)
    if register and buyer.organization_number:
        return Endpoint(register, buyer.organization_number)
    vat_scheme = VAT_SCHEMES.get(buyer.vat_number[:2].upper(), "")
    if vat_scheme:
        return Endpoint(vat_scheme, buyer.vat_number)
    return seller_endpoint(seller)
