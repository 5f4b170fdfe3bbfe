"""What the form of a customer sends, for tests of the doors."""

from __future__ import annotations

from typing import Any


def customer_data(**changes: Any) -> dict[str, Any]:
    """A business in Norway as it is typed."""
    return {
        "version": "0",
        "kind": "business",
        "name": "Havgløtt Verksted AS",
        "organization_number": "810 000 007",
        "vat_number": "",
        "resource_number": "",
        "contact_name": "",
        "email": "post@havglott.example",
        "phone": "",
        "street": "Kaiveien 12",
        "street_2": "",
        "postal_code": "0000",
        "city": "Nordhavn",
        "country": "NO",
        "language": "nb",
        "currency": "NOK",
        "payment_terms_days": "",
        "buyer_reference": "PO-7731",
        "vat_treatment": "",
        "endpoint": "",
        "notes": "",
        **changes,
    }


def product_data(**changes: Any) -> dict[str, Any]:
    """An hour of consulting as it is typed in Norwegian."""
    return {
        "version": "0",
        "number": "100",
        "name": "Rådgivning",
        "description": "",
        "unit_code": "HUR",
        "unit_price": "1 250,50",
        "currency": "NOK",
        "vat_treatment": "standard",
        "revenue_account": "3000",
        "gtin": "",
        **changes,
    }
