"""What may be attached: by its bytes, never its name, and written anew (RELIABILITY 5.2, case 42)."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable

import pypdf
import pytest
from PIL import Image

from invoicing.attachable.kinds import CSV, JPEG, MEGABYTE, ODS, PDF, PNG, XLSX, NotAttachable, Refusal
from invoicing.attachable.sandbox import make_safe_apart
from invoicing.attachable.sniffing import make_safe
from tests.invoicing import upload_payloads as payloads

TAKEN: dict[str, tuple[bytes, str]] = {
    "a PDF": (payloads.pdf(3), PDF),
    "a PNG": (payloads.picture("PNG"), PNG),
    "a JPEG": (payloads.picture("JPEG"), JPEG),
    "a WebP photograph": (payloads.picture("WEBP"), JPEG),
    "a WebP with clear parts": (payloads.picture("WEBP", mode="RGBA"), PNG),
    "a CSV": ("Dato;Timer\r\n2026-11-20;7,5\r\n".encode("cp1252"), CSV),
    "a workbook": (payloads.xlsx(), XLSX),
    "an OpenDocument spreadsheet": (payloads.ods(), ODS),
}
REFUSED: dict[str, tuple[Callable[[], bytes], Refusal]] = {
    "nothing": (lambda: b"", Refusal.EMPTY),
    "a program named pdf": (payloads.program, Refusal.PROGRAM),
    "a program for Linux": (lambda: b"\x7fELF" + b"\0" * 90, Refusal.PROGRAM),
    "a script": (lambda: b"#!/bin/sh\nrm -rf /\n", Refusal.PROGRAM),
    "a drawing with a script": (payloads.svg, Refusal.SVG),
    "a drawing in another encoding": (lambda: payloads.svg().decode().encode("utf-16"), Refusal.SVG),
    "a page of HTML": (lambda: b"<!DOCTYPE html><html><a,b,c>", Refusal.MARKUP),
    "an XML file, which EHF cannot carry": (lambda: b'<?xml version="1.0"?><Invoice/>', Refusal.MARKUP),
    "a hundred megapixels": (payloads.huge_png, Refusal.TOO_MANY_PIXELS),
    "half a picture": (lambda: payloads.picture()[:60], Refusal.DAMAGED),
    "a PDF under a password": (lambda: payloads.encrypted_pdf("secret"), Refusal.ENCRYPTED),
    "a PDF that may not be changed": (payloads.encrypted_pdf, Refusal.ENCRYPTED),
    "a PDF in name only": (lambda: b"%PDF-1.7\nnothing more", Refusal.DAMAGED),
    "a PDF of too many pages": (lambda: payloads.pdf(1001), Refusal.TOO_MANY_PAGES),
    "something before a PDF": (lambda: b"\0\0garbage\0" + payloads.pdf(), Refusal.UNKNOWN),
    "a zip bomb": (payloads.zip_bomb, Refusal.BOMB),
    "a zip of anything": (lambda: payloads.zip_of({"evil.exe": payloads.SECRET}), Refusal.UNKNOWN),
    "a workbook with hidden macros": (payloads.xlsx_with_macros, Refusal.ACTIVE),
    "a workbook with macros": (payloads.xlsm, Refusal.ACTIVE),
    "a workbook with an embedded object": (
        lambda: payloads.xlsx_with({"xl/embeddings/oleObject1.bin": b"x"}),
        Refusal.ACTIVE,
    ),
    "a workbook that reads other files": (
        lambda: payloads.xlsx_with({"xl/externalLinks/externalLink1.xml": b"<a/>"}),
        Refusal.ACTIVE,
    ),
    "a workbook with an entity": (payloads.xlsx_with_entity, Refusal.ACTIVE),
    "a workbook whose part leads outside": (lambda: payloads.xlsx_with({"../../etc/cron": b"x"}), Refusal.DAMAGED),
    "an OpenDocument with macros": (lambda: payloads.ods(Basic_script=b"x"), Refusal.ACTIVE),
    "an old or encrypted workbook": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, Refusal.UNKNOWN),
    "plain text": (lambda: b"Hei og takk for sist.", Refusal.UNKNOWN),
    "bytes without meaning": (lambda: bytes(range(256)) * 4, Refusal.UNKNOWN),
    "more than ten megabytes": (lambda: b"%PDF-" + b"0" * 10 * MEGABYTE, Refusal.TOO_LARGE),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_an_invoice_may_carry_is_taken_and_known_by_its_bytes(name: str) -> None:
    content, content_type = TAKEN[name]
    made = make_safe(content)
    assert made.content_type == content_type
    assert make_safe(made.content).content_type == content_type  # what is written anew is itself sound


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_what_it_says_is_refused(name: str) -> None:
    make, refusal = REFUSED[name]
    with pytest.raises(NotAttachable) as refused:
        make_safe(make())
    assert refused.value.refusal == refusal


@pytest.mark.parametrize("make", [payloads.pdf_with_javascript, payloads.pdf_with_launch])
def test_a_pdf_that_acts_is_written_anew_without_its_actions(make: Callable[[], bytes]) -> None:
    content = make()
    assert b"JavaScript" in payloads.everything_in(content) or b"Launch" in payloads.everything_in(content)
    made = payloads.everything_in(make_safe(content).content)
    for mark in (b"JavaScript", b"/JS", b"/AA", b"OpenAction", b"Launch", b"calc.exe", b"GoToR", b"javascript:"):
        assert mark not in made
    assert len(pypdf.PdfReader(io.BytesIO(make_safe(content).content)).pages) == 1


def test_a_harmless_link_and_the_text_of_a_pdf_are_kept() -> None:
    made = make_safe(payloads.pdf_with_launch()).content
    assert b"https://nordlys.example/" in payloads.everything_in(made)
    assert "Lenker 1" in pypdf.PdfReader(io.BytesIO(made)).pages[0].extract_text()


def test_files_inside_and_bytes_after_a_pdf_are_left_behind() -> None:
    embedded = make_safe(payloads.pdf_with_embedded_file()).content
    assert payloads.SECRET not in payloads.everything_in(embedded)
    assert pypdf.PdfReader(io.BytesIO(embedded)).attachments == {}
    polyglot = make_safe(payloads.pdf_and_zip()).content
    assert b"PK\x03\x04" not in polyglot
    assert polyglot.rstrip().endswith(b"%%EOF")


def test_the_same_file_is_written_the_same_each_time() -> None:
    for content, _kind in TAKEN.values():
        assert make_safe(content).content == make_safe(content).content


def test_a_picture_stands_upright_and_says_nothing_of_its_place() -> None:
    made = make_safe(payloads.picture_with_place()).content
    assert payloads.SECRET not in made
    with Image.open(io.BytesIO(made)) as image:
        assert image.size == (30, 40)
        assert not image.getexif()


def test_what_stands_after_a_picture_is_left_behind() -> None:
    made = make_safe(payloads.picture_and_script()).content
    assert payloads.SECRET not in made
    assert b"<script" not in made


def test_what_stands_around_the_parts_of_a_workbook_is_left_behind() -> None:
    content = payloads.xlsx() + payloads.SECRET
    made = make_safe(content).content
    assert payloads.SECRET not in made
    assert payloads.parts_of(made) == payloads.parts_of(payloads.xlsx())


def test_no_cell_of_a_table_is_a_formula() -> None:
    table = b'navn;verdi\r\n=cmd|calc;-12,50\r\n"@SUM(A1)";+47\r\n-2+3;"\t=1"\r\n'
    made = make_safe(table).content.decode("utf-8-sig")
    assert made == "navn;verdi\r\n'=cmd|calc;-12,50\r\n'@SUM(A1);+47\r\n'-2+3;'\t=1\r\n"


def test_the_process_apart_answers_the_same() -> None:
    content = payloads.pdf_with_javascript()
    assert make_safe_apart(content) == make_safe(content)
    with pytest.raises(NotAttachable) as refused:
        make_safe_apart(payloads.huge_png())
    assert refused.value.refusal == Refusal.TOO_MANY_PIXELS


def test_the_process_apart_has_little_memory() -> None:
    """A bomb that no check foresaw ends that process and nothing else."""
    program = (
        "import resource, sys; from invoicing.attachable import __main__ as apart\n"
        "apart.make_safe = lambda content: bytearray(4_000_000_000)\n"
        "sys.exit(apart.main())"
    )
    done = subprocess.run([sys.executable, "-c", program], input=b"x", capture_output=True, check=False)
    assert b"too_costly" in done.stdout
