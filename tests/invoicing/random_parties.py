"""Random sellers, buyers and accounts: plainly invented, with numbers whose check digits are right."""

from __future__ import annotations

from random import Random

from stdnum import iban as iban_number

from invoicing.documents.facts import Address, Buyer, PaymentAccount, Seller

PEOPLE = ["Kari Eksempel", "Ola Prøve", "Åse Tenkt", "Jürgen Beispiel", "Siân Sample"]
PLACES = [("0155", "Oslo"), ("5003", "Bergen"), ("7010", "Trondheim"), ("9008", "Tromsø")]


def random_seller(random: Random, *, is_registered: bool) -> Seller:
    """A Norwegian seller, with or without VAT registration."""
    number = _organization_number(random)
    is_in_register = random.random() < 0.8  # a sole trader need not be, nor is a municipality
    names = ["Tenkt Rådgivning AS", "Eksempel Renhold AS"] if is_in_register else ["Prøvebyen kommune", "Åse Tenkt"]
    return Seller(
        name=random.choice(names),
        organization_number=number,
        vat_number=f"NO{number}MVA" if is_registered else "",
        is_in_company_register=is_in_register,
        address=random_address(random, "Eksempelveien"),
        email="faktura@selger.example",
        phone="+47 00 00 00 00",
        endpoint_id=number,
        contact_name=random.choice(PEOPLE),
    )


def random_buyer(random: Random, kind: str, *, seller: Seller, is_abroad: bool) -> Buyer:
    """A buyer of the kind; one abroad is a business, and who has no address in the network gets the seller's."""
    customer_number = str(random.randint(10_000, 99_999))
    if is_abroad:
        return Buyer(
            kind="business",
            number=customer_number,
            name="Beispiel Handels GmbH",
            vat_number="DE123456788",
            address=Address(street="Musterstraße 1", postal_code="10115", city="Berlin", country="DE"),
            email="rechnung@beispiel.example",
            endpoint_scheme="9930",
            endpoint_id="DE123456788",
        )
    if kind in ("business", "public_body"):
        number = _organization_number(random)
        return Buyer(
            kind=kind,
            number=customer_number,
            name=random.choice(["Prøvefirma Handel AS", "Tenkt & Sønn AS", "Øvre Eksempel kommune"]),
            organization_number=number,
            address=random_address(random, "Prøvegata"),
            endpoint_scheme="0192",
            endpoint_id=number,
            contact_name=random.choice(PEOPLE),
        )
    is_internal = kind == "internal"
    return Buyer(
        kind=kind,
        number=customer_number,
        name="Kulturavdelingen" if is_internal else random.choice(PEOPLE),
        resource_number=str(random.randint(10_000, 99_999)) if is_internal else "",
        address=random_address(random, "Eksempelstien"),
        email=f"kunde{customer_number}@kunde.example",
        endpoint_scheme=seller.endpoint_scheme,
        endpoint_id=seller.endpoint_id,
    )


def random_address(random: Random, street: str) -> Address:
    """A house in the street, in one of four towns."""
    postal_code, city = random.choice(PLACES)
    return Address(street=f"{street} {random.randint(1, 99)}", postal_code=postal_code, city=city, country="NO")


def random_payment_account(random: Random, currency: str) -> PaymentAccount:
    """A Norwegian account: by its number at home, by IBAN and BIC in a foreign currency."""
    account = _with_check_digit(random, "9998", 6, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))
    if currency == "NOK":
        return PaymentAccount(account_number=account)
    return PaymentAccount(iban=f"NO{iban_number.calc_check_digits('NO00' + account)}{account}", bic="EKSENO22")


def _organization_number(random: Random) -> str:
    """A number with a right check digit in a range that the register has not reached."""
    return _with_check_digit(random, "3", 7, (3, 2, 7, 6, 5, 4, 3, 2))


def _with_check_digit(random: Random, prefix: str, digits: int, weights: tuple[int, ...]) -> str:
    while True:
        payload = prefix + "".join(str(random.randrange(10)) for _ in range(digits))
        check = -sum(int(digit) * weight for digit, weight in zip(payload, weights, strict=True)) % 11
        if check < 10:
            return f"{payload}{check}"
