"""`manage.py import_bank_file`: what a file holds, or why it is refused, for people and for programs."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation

from payments.models import BankFile
from tenants.models import Organization
from tests import builders
from tests.bank_file_builders import ACCOUNT, Paid, csv_statement, ocr_giro_file

PAID = [Paid("0010017", "1250.00"), Paid("0010025", "499.50")]


def read_only_parsed(path: Path, *options: str) -> tuple[str, int, str]:
    """What is printed, the exit code, and the sentences of a refusal."""
    out = StringIO()
    with translation.override("en"):
        try:
            call_command("import_bank_file", str(path), "--parse-only", *options, stdout=out)
        except CommandError as refusal:
            return out.getvalue(), refusal.returncode, str(refusal)
    return out.getvalue(), 0, ""


def as_json(path: Path) -> tuple[dict[str, Any], int]:
    printed, code, _words = read_only_parsed(path, "--json")
    return json.loads(printed), code


def test_a_file_that_holds_together_is_told_in_its_own_terms(tmp_path: Path) -> None:
    path = tmp_path / "payments.xml"  # the name says nothing
    path.write_bytes(ocr_giro_file(PAID))

    answer, code = as_json(path)

    assert code == 0
    assert (answer["accept_file"], answer["format"], answer["errors"]) == (True, "ocr_giro", [])
    assert answer["parsed"]["assignments"][0]["account"] == ACCOUNT
    assert answer["parsed"]["sum"] == "1749.5"
    assert read_only_parsed(path)[0].splitlines() == [
        "ocr_giro: 2 lines, 0 mandates",
        f"  {ACCOUNT}: 2 lines, 1749.50 NOK",
    ]


def test_a_file_that_was_changed_is_refused_with_line_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "payments.txt"
    path.write_bytes(ocr_giro_file(PAID).replace(b"0000174950", b"0000174951"))

    answer, code = as_json(path)

    assert code == 1
    assert (answer["accept_file"], answer["format"], answer["parsed"]) == (False, "ocr_giro", None)
    assert [error["line"] for error in answer["errors"]] == [7, 8]
    assert "1749.51" in answer["errors"][0]["message"]
    assert "Line 7: " in read_only_parsed(path)[2]


def test_a_csv_file_is_read_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "payments"
    path.write_bytes(csv_statement(PAID))

    answer, code = as_json(path)

    assert (code, answer["format"]) == (0, "csv")
    assert [line["amount"] for line in answer["parsed"]["lines"]] == ["1250", "499.5"]


def test_a_file_that_is_not_there_and_a_missing_argument_are_told_apart_from_a_refusal(tmp_path: Path) -> None:
    assert read_only_parsed(tmp_path / "nothing")[1] == 2
    assert read_only_parsed(tmp_path)[1] == 2
    with pytest.raises(CommandError):
        call_command("import_bank_file", "--parse-only")


def imported(path: Path, organization: Organization, *options: str) -> tuple[dict[str, Any], int]:
    """What an import prints as JSON, and its exit code."""
    out = StringIO()
    try:
        call_command("import_bank_file", str(path), "--organization", organization.slug, "--json", *options, stdout=out)
    except CommandError as refusal:
        return json.loads(out.getvalue()), refusal.returncode
    return json.loads(out.getvalue()), 0


def test_a_rehearsal_says_line_by_line_what_the_import_then_does(organization: Organization, tmp_path: Path) -> None:
    invoice = builders.make_finalized_invoice(organization)
    half = invoice.payable_amount / 2
    paid = [Paid(invoice.kid, half), Paid(invoice.kid, half + 1), Paid("0010017", "12.00")]
    path = tmp_path / "bank"
    path.write_bytes(ocr_giro_file(paid, account=builders.ACCOUNT_NUMBER))

    rehearsed, first = imported(path, organization, "--dry-run")
    with builders.in_organization(organization):
        assert not BankFile.objects.of(organization).exists()
    taken, second = imported(path, organization)
    again, third = imported(path, organization, "--dry-run")

    assert [(line["outcome"], line["reason"]) for line in taken["lines"]] == [
        ("posted", "part"),
        ("work_list", "over"),
        ("work_list", "wrong_check_digit"),
    ]
    assert (rehearsed, first, second, third) == (taken, 0, 0, 0)
    assert {line["outcome"] for line in again["lines"]} == {"repeated"}
    path.write_bytes(ocr_giro_file(paid, account=ACCOUNT))
    refused, code = imported(path, organization)
    assert (refused["accept_file"], len(refused["errors"]), refused["lines"], code) == (False, 1, [], 1)
    with pytest.raises(CommandError) as missing:
        call_command("import_bank_file", str(path))
    assert missing.value.returncode == 2
