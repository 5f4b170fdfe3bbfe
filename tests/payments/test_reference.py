import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.no import orgnr

from payments.reference import (
    KidAgreement,
    KidAlgorithm,
    ReferenceKind,
    is_valid_fik,
    is_valid_kid,
    is_valid_ocr,
    is_valid_rf,
    make_fik,
    make_kid,
    make_ocr,
    make_rf,
    reference_kind,
)

MOD10, MOD11 = KidAlgorithm.MOD10, KidAlgorithm.MOD11
agreements = st.builds(KidAgreement, st.integers(min_value=4, max_value=25), st.sampled_from(KidAlgorithm))


@st.composite
def numbers_that_fit(draw: st.DrawFn) -> tuple[str, KidAgreement]:
    agreement = draw(agreements)
    number = draw(st.integers(min_value=1, max_value=10**agreement.number_digits_max - 1))
    return str(number), agreement


@pytest.mark.parametrize(
    ("number", "agreement", "kid"),
    [
        ("12345678", KidAgreement(9, MOD10), "123456782"),
        ("12345678", KidAgreement(10, MOD11), "0123456785"),
        ("1", KidAgreement(4, MOD10), "0018"),
        ("10491", KidAgreement(8, MOD10), "00104919"),
        ("7", KidAgreement(4, MOD11), "0078"),
        ("6", KidAgreement(4, MOD11), "1066"),  # 006 has no check digit, 106 has
        ("999", KidAgreement(25, MOD10), "0000000000000000000009993"),
    ],
)
def test_a_kid_is_the_padded_number_and_its_check_digit(number: str, agreement: KidAgreement, kid: str) -> None:
    assert make_kid(number, agreement) == kid
    assert is_valid_kid(kid, [agreement])


@given(numbers_that_fit())
def test_a_kid_has_the_agreed_length_and_is_valid(case: tuple[str, KidAgreement]) -> None:
    number, agreement = case
    kid = make_kid(number, agreement)
    assert len(kid) == agreement.length
    assert kid.isdecimal()
    assert is_valid_kid(kid, [agreement])
    assert kid[:-1].endswith(number)


@given(st.integers(min_value=1, max_value=10**7 - 1))
def test_mod11_is_the_rule_of_organization_numbers(number: int) -> None:
    # Their weights, 3 2 7 6 5 4 3 2, are those of a KID of nine digits, and their check is not ours.
    assert orgnr.is_valid(make_kid(str(number), KidAgreement(9, MOD11)))


@pytest.mark.parametrize("algorithm", KidAlgorithm)
def test_no_two_numbers_share_a_kid(algorithm: KidAlgorithm) -> None:
    agreement = KidAgreement(6, algorithm)
    numbers = range(1, 10**agreement.number_digits_max)
    kids = {make_kid(str(number), agreement) for number in numbers}
    assert len(kids) == len(numbers)


@given(numbers_that_fit(), st.data())
def test_one_wrong_digit_is_always_seen(case: tuple[str, KidAgreement], data: st.DataObject) -> None:
    number, agreement = case
    kid = make_kid(number, agreement)
    place = data.draw(st.integers(min_value=0, max_value=len(kid) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != kid[place]]))
    assert not is_valid_kid(kid[:place] + other + kid[place + 1 :], [agreement])


@pytest.mark.parametrize(
    ("number", "agreement", "sentence"),
    [
        ("", KidAgreement(8), "made of digits"),
        ("F-12", KidAgreement(8), "made of digits"),
        ("١٢", KidAgreement(8), "made of digits"),
        ("0012", KidAgreement(8), "begins with zero"),
        ("1234", KidAgreement(4, MOD10), "more than the 3 digits"),
        ("123", KidAgreement(4, MOD11), "more than the 2 digits"),
    ],
)
def test_a_number_that_cannot_become_a_kid_is_refused(number: str, agreement: KidAgreement, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make_kid(number, agreement)


@pytest.mark.parametrize("length", [3, 26])
def test_an_agreement_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="4 to 25"):
        KidAgreement(length)


@pytest.mark.parametrize(
    ("kid", "given_agreements", "is_valid"),
    [
        ("123456782", [], True),
        ("123456785", [], True),  # by MOD11
        ("123456784", [], False),
        ("123456782", [KidAgreement(9, MOD11)], False),
        ("123456782", [KidAgreement(9, MOD11), KidAgreement(9, MOD10)], True),
        ("123456782", [KidAgreement(10, MOD10)], False),
        ("18", [], True),
        ("6-", [], True),  # 6 * 2 = 12, remainder 1: others may print it
        ("6-", [KidAgreement(4, MOD11)], False),
        ("7-", [], False),
        ("", [], False),
        ("8", [], False),
        ("1234567 82", [], False),
        ("00000000000000000000000000", [], False),
    ],
)
def test_kids_from_the_bank_are_checked(kid: str, given_agreements: list[KidAgreement], *, is_valid: bool) -> None:
    assert is_valid_kid(kid, given_agreements) is is_valid


@pytest.mark.parametrize(
    ("number", "options", "reference"),
    [
        ("1", {}, "18"),
        ("12345", {}, "123455"),
        ("12345", {"with_length_digit": True}, "1234574"),
        ("12345", {"length": 10}, "0000123455"),
        ("12345", {"length": 10, "with_length_digit": True}, "0001234509"),
    ],
)
def test_a_swedish_reference_ends_in_its_check_digit(number: str, options: dict[str, int], reference: str) -> None:
    length, with_length_digit = options.get("length"), bool(options.get("with_length_digit"))
    assert make_ocr(number, length=length, with_length_digit=with_length_digit) == reference
    assert is_valid_ocr(reference, length=length, with_length_digit=with_length_digit)


@given(number=st.integers(min_value=1, max_value=10**23 - 1), with_length_digit=st.booleans())
def test_a_swedish_reference_checks_out(number: int, *, with_length_digit: bool) -> None:
    reference = make_ocr(str(number), with_length_digit=with_length_digit)
    assert is_valid_ocr(reference, with_length_digit=with_length_digit)
    assert not is_valid_ocr(reference[:-1] + str((int(reference[-1]) + 1) % 10))


@pytest.mark.parametrize(
    ("reference", "options"),
    [
        ("1", {}),
        ("18x", {}),
        ("19", {}),
        ("18", {"length": 3}),
        ("123455", {"with_length_digit": True}),
        ("1" * 26, {}),
    ],
)
def test_a_wrong_swedish_reference_is_seen(reference: str, options: dict[str, int]) -> None:
    assert not is_valid_ocr(
        reference, length=options.get("length"), with_length_digit=bool(options.get("with_length_digit"))
    )


def test_a_number_that_cannot_become_a_swedish_reference_is_refused() -> None:
    with pytest.raises(ValueError, match="more than the 24 digits"):
        make_ocr("1" * 25)
    with pytest.raises(ValueError, match="2 to 25"):
        make_ocr("1", length=26)


@pytest.mark.parametrize(
    ("number", "card_type", "line"),
    [
        ("1", "71", "+71<000000000000018+81234567<"),
        ("2", "71", "+71<000000000000026+81234567<"),
        ("10491", "75", "+75<0000000000104919+81234567<"),
    ],
)
def test_a_danish_payment_line(number: str, card_type: str, line: str) -> None:
    assert make_fik(number, creditor_number="81234567", card_type=card_type) == line
    assert is_valid_fik(line)
    assert is_valid_fik(line.partition("+8")[0])


@pytest.mark.parametrize(
    "line",
    [
        *("+71<000000000000019+81234567<", "+71<00000000000018+81234567<", "+75<000000000000018+81234567<"),
        *("+73<000000000000018+81234567<", "+71<000000000000018+71234567<", "", "71"),
    ],
)
def test_a_wrong_danish_payment_line_is_seen(line: str) -> None:
    assert not is_valid_fik(line)


@pytest.mark.parametrize(
    ("number", "creditor", "card_type", "sentence"),
    [
        ("1", "81234567", "73", "71 or 75"),
        ("1", "71234567", "71", "begins with 8"),
        ("1", "8123456", "71", "begins with 8"),
        ("1" * 15, "81234567", "71", "more than the 14"),
    ],
)
def test_what_cannot_become_a_danish_payment_line_is_refused(
    number: str, creditor: str, card_type: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        make_fik(number, creditor_number=creditor, card_type=card_type)


def test_an_international_reference_has_its_check_digits_in_front() -> None:
    assert make_rf("539007547034") == "RF18539007547034"
    assert is_valid_rf("RF18 5390 0754 7034")
    assert not is_valid_rf("RF19539007547034")
    with pytest.raises(ValueError, match="more than the 21"):
        make_rf("1" * 22)


@given(st.integers(min_value=1, max_value=10**21 - 1))
def test_an_international_reference_checks_out(number: int) -> None:
    reference = make_rf(str(number))
    assert is_valid_rf(reference)
    assert reference.endswith(str(number))


@pytest.mark.parametrize(
    ("country", "currency", "kind"),
    [
        ("NO", "NOK", ReferenceKind.KID),
        ("SE", "SEK", ReferenceKind.OCR),
        ("DK", "DKK", ReferenceKind.FIK),
        ("NO", "EUR", ReferenceKind.RF),
        ("DE", "EUR", ReferenceKind.RF),
    ],
)
def test_the_reference_follows_country_and_currency(country: str, currency: str, kind: ReferenceKind) -> None:
    assert reference_kind(country, currency) == kind
