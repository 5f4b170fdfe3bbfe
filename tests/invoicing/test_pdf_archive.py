"""The PDF as a file: archive rules, the same bytes every time, no way out of the page."""

from __future__ import annotations

import gc
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings

from invoicing.documents import pdf
from invoicing.documents.printed.page import page_of
from tests.invoicing.document_builders import (
    sample_document,
    sample_lines,
)
from tests.invoicing.pdf_checker import attached_files, failures, structure_tags
from tests.invoicing.pdf_samples import (
    CORE_XML,
    SAMPLES,
    document_with_everything,
    foreign_currency_document,
    logo_png,
    rendered,
)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_document_keeps_the_rules_of_archive_and_accessibility(name: str) -> None:
    assert failures(rendered(SAMPLES[name]())) == []


def test_the_gate_sees_what_the_renderer_leaves_undone_by_itself() -> None:
    markup = pdf.markup_of(page_of(sample_document(), lines_max=10), has_logo=False)
    with pdf.exclusive_renderer() as renderer:
        attached = [renderer.weasyprint.Attachment(string=CORE_XML, name="x.xml", relationship="Alternative")]
        unfinished = renderer.write_plain(markup, (), pdf_variant="pdf/a-3a", attachments=attached)
    assert failures(unfinished) == [
        "A 6.6.2.3 extension schema",
        "A 6.8 each attached file named once",
        "UA 5 part",
        "UA 7.1 element outside the tree",
        "UA 7.5 head without scope",
    ]


def test_a_logo_keeps_the_rules_and_has_words_for_those_who_do_not_see_it() -> None:
    data = rendered(sample_document(), logo=logo_png())
    assert failures(data) == []
    assert "Figure" in structure_tags(data)
    assert "Figure" not in structure_tags(rendered(sample_document()))


def test_the_xml_lies_in_the_pdf_under_the_number() -> None:
    data = rendered(sample_document(number="10491"))
    assert attached_files(data) == {"10491.xml": CORE_XML}


def test_a_payment_request_without_xml_has_no_attachment() -> None:
    document = sample_document(kind="payment_request", number="", lines=sample_lines({"vat_category": "O"}))
    data = pdf.render_pdf(document, core_xml=None, logo=None)
    assert attached_files(data) == {}
    assert failures(data) == []


def test_equal_input_gives_equal_bytes_whatever_was_rendered_before() -> None:
    first = rendered(document_with_everything("nb"), logo=logo_png())
    rendered(SAMPLES["scripts"]())
    rendered(foreign_currency_document())
    assert rendered(document_with_everything("nb"), logo=logo_png()) == first


def test_another_process_gives_the_same_bytes() -> None:
    script = (
        "import hashlib, tests.invoicing.pdf_samples as t;"
        "print(hashlib.sha256(t.rendered(t.document_with_everything('nb'), t.logo_png())).hexdigest())"
    )
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "4711",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "TZ": "Asia/Tokyo",
    }
    environment["BILAG_DATA_DIR"] = str(settings.DATA_DIR)
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    here = hashlib.sha256(rendered(document_with_everything("nb"), logo_png())).hexdigest()
    assert run.stdout.strip() == here


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="file:///etc/hostname" alt="x">',
        '<img src="http://127.0.0.1:9/x.png" alt="x">',
        '<img src="data:image/png;base64,AAAA" alt="x">',
        '<link rel="stylesheet" href="file:///etc/passwd">',
        '<link rel="attachment" href="file:///etc/passwd">',
        "<style>@import url(http://127.0.0.1:9/a.css)</style>",
        '<style>@font-face { font-family: x; src: url("file:///etc/passwd") }</style><p style="font-family: x">x',
        '<object data="file:///etc/passwd"></object>',
        '<img src="logo:another" alt="x">',
    ],
)
def test_the_renderer_fetches_nothing(markup: str) -> None:
    with pytest.raises(pdf.PdfNotRendered, match="Error fetching"), pdf.exclusive_renderer() as renderer:
        renderer.write_plain(f"<!doctype html><html lang=nb><title>x</title>{markup}", ())


def test_a_logo_that_is_no_png_is_refused() -> None:
    with pytest.raises(pdf.PdfNotRendered, match="logo"):
        rendered(sample_document(), logo=b"<svg xmlns='http://www.w3.org/2000/svg'/>")


def test_a_refused_page_leaves_the_renderer_ready_for_the_next() -> None:
    before = rendered(sample_document())
    with pytest.raises(pdf.PdfNotRendered):
        rendered(sample_document(), logo=b"GIF89a")
    assert rendered(sample_document()) == before
    assert gc.isenabled()


def test_threads_take_turns() -> None:
    documents = [sample_document(number=str(20_000 + n)) for n in range(4)]
    alone = [rendered(document) for document in documents]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(rendered, documents)) == alone


def test_the_versions_name_everything_that_decides_the_bytes() -> None:
    versions = pdf.renderer_versions()
    assert {"weasyprint", "pydyf", "fonttools", "pillow", "pango", "harfbuzz", "zlib", "fonts", "template"} <= set(
        versions
    )
    assert all(versions.values())


@pytest.fixture
def templates_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for path in pdf.PAGE_TEMPLATES.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(pdf, "PAGE_TEMPLATES", tmp_path)
    yield tmp_path
    pdf.renderer_versions.cache_clear()


def test_a_changed_template_is_another_version(templates_elsewhere: Path) -> None:
    pdf.renderer_versions.cache_clear()
    before = pdf.renderer_versions()["template"]
    (templates_elsewhere / "document.css").write_text("p { color: #111111 }")
    pdf.renderer_versions.cache_clear()
    assert pdf.renderer_versions()["template"] != before
