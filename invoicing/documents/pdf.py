"""The PDF of a finalized document: PDF/A-3a and PDF/UA-1 with the core XML inside, the same bytes every time.

Everything costly is made once for each process (fonts, style sheet, templates). Rendering is one at a time: the font
configuration is not safe between threads, and one made for each document would leak.
"""

from __future__ import annotations

import ctypes
import gc
import hashlib
import logging
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.template import Context, Engine, Template

from invoicing.documents import archive, fonts
from invoicing.documents.facts import Document
from invoicing.documents.printed.page import LOGO_URL, Page, Sheet, page_of

logger = logging.getLogger(__name__)

HERE = Path(__file__).resolve().parent
TEMPLATE_FOLDER = HERE.parents[1] / "templates"
PAGE_TEMPLATES = TEMPLATE_FOLDER / "invoicing/pdf"

# About 6 ms and a sixth of a megabyte for each line: a document with more lines than the first limit belongs on a
# queue of its own; beyond the second its lines are one row that names the attached XML, which specifies them.
LINES_AT_ONCE_MAX = 1_000
LINES_MAX = 5_000
STYLES_KEPT = 64
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLLECT_EVERY = 8

_one_at_a_time = threading.Lock()


class PdfNotRendered(RuntimeError):
    """The document could not be printed; the message says what stood in the way."""


def render_pdf(document: Document, *, core_xml: bytes | None, logo: bytes | None, lines_max: int = LINES_MAX) -> bytes:
    """The document as an archive PDF with the core XML attached; equal input gives equal bytes.

    The logo is a PNG that we encoded ourselves. A payment request has no XML and so no attachment.
    """
    if logo is not None and not logo.startswith(PNG_SIGNATURE):
        raise PdfNotRendered("The logo is not a PNG.")
    page = page_of(document, lines_max=lines_max)
    markup = markup_of(page, has_logo=logo is not None)
    with exclusive_renderer() as renderer:
        return renderer.write_archive(page, markup, document, core_xml, logo)


def markup_of(page: Page, *, has_logo: bool) -> str:
    """The page as HTML that holds only characters which our fonts can show."""
    markup = _template().render(Context({"page": page, "logo": LOGO_URL if has_logo else ""}))
    shown = fonts.printable(markup)
    if missing := fonts.unprintable_characters(markup):
        codes = " ".join(f"U+{ord(character):04X}" for character in missing[:20])
        logger.warning("%s: no font has %s; a replacement sign is printed.", page.file_name, codes)
    return shown


def warm_up() -> None:
    """Make ready what every rendering shares; for the start of a worker, so that a lack is noticed there."""
    with exclusive_renderer() as renderer:
        renderer.write_plain("<!doctype html><html lang=nb><title>Start</title><p>Ærlig <b>1 234,50</b></p>", ())
    gc.collect()
    gc.freeze()  # what was made until now lives as long as the process: no collection need look at it again


@cache
def renderer_versions() -> dict[str, str]:
    """Everything that decides the bytes besides the document: stored beside each file, so that a change can be told."""
    with exclusive_renderer() as renderer:
        pango = renderer.pango_version
    packages = ("weasyprint", "pydyf", "fonttools", "pillow", "tinycss2", "tinyhtml5", "babel")
    return {
        **{name: version(name) for name in packages},
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "pango": pango,
        "harfbuzz": _harfbuzz_version(),
        "fonts": fonts.font_set().digest[:16],
        "template": _template_digest()[:16],
    }


class Renderer:
    """WeasyPrint with everything that can be shared: fonts, the style sheet, the fetcher that fetches nothing."""

    def __init__(self) -> None:
        with fonts.private_fontconfig():
            try:
                import weasyprint
                from weasyprint.text import ffi
                from weasyprint.text.fonts import FontConfiguration
            except OSError as error:
                raise fonts.FontsMissing(f"The PDF libraries are missing: {error}") from error
            self.fonts = FontConfiguration()
        if ffi.harfbuzz_subset is None:
            # Without it rendering is three times slower, and the bytes hold the time of day.
            raise fonts.FontsMissing("The PDF library libharfbuzz-subset0 is missing.")
        from invoicing.documents.fetching import LogoFetcher

        number = ffi.pango.pango_version()
        self.pango_version = f"{number // 10000}.{number // 100 % 100}.{number % 100}"
        self.weasyprint = weasyprint
        self.times_used = 0
        self.fetcher = LogoFetcher()
        self.base_style = self._style_sheet((PAGE_TEMPLATES / "document.css").read_text())
        self.style_of = lru_cache(maxsize=STYLES_KEPT)(self._style_sheet)

    def write_archive(
        self, page: Page, markup: str, document: Document, core_xml: bytes | None, logo: bytes | None
    ) -> bytes:
        """PDF/A-3a and PDF/UA-1, the XML attached as the same document in another form."""
        self.fetcher.logo = logo
        attachments = [self._attachment(page, document, core_xml)] if core_xml else []
        styles = (self.style_of(own_style(page)),)
        options = {"pdf_variant": "pdf/a-3a", "attachments": attachments, "finisher": archive.finish_archive}
        try:
            return self.write_plain(markup, styles, **options)
        finally:
            self.fetcher.logo = None

    def write_paper(self, markup: str, styles: tuple[Any, ...], logo: bytes | None) -> bytes:
        """PDF/A-3a and PDF/UA-1 of a page that has nothing attached."""
        self.fetcher.logo = logo
        try:
            return self.write_plain(markup, styles, pdf_variant="pdf/a-3a", finisher=archive.finish_archive)
        finally:
            self.fetcher.logo = None

    def write_plain(self, markup: str, styles: tuple[Any, ...], **options: Any) -> bytes:
        """The markup as a PDF of whatever kind the options ask for."""
        html = self.weasyprint.HTML(string=markup, url_fetcher=self.fetcher)
        sheets = [self.base_style, *styles]
        try:
            written = html.write_pdf(font_config=self.fonts, stylesheets=sheets, cache={}, **options)
        except self.weasyprint.urls.FatalURLFetchingError as error:  # a BaseException: no `except Exception` sees it
            raise PdfNotRendered(str(error)) from error
        return bytes(written)

    def _style_sheet(self, text: str) -> Any:
        return self.weasyprint.CSS(string=text, font_config=self.fonts, url_fetcher=self.fetcher)

    def _attachment(self, page: Page, document: Document, core_xml: bytes) -> Any:
        moment = document.finalized_at.astimezone(UTC)
        return self.weasyprint.Attachment(
            string=core_xml,
            name=page.file_name,
            description=page.word["attachment"].format(title=page.running_head),
            relationship="Alternative",  # ISO 19005-3, annex E: the same content in another form
            created=moment,
            modified=moment,
            url_fetcher=self.fetcher,
        )


def own_style(page: Page) -> str:
    """The few lines of style that differ between documents: the tenant's colour and the widths of the columns."""
    widths = "".join(f".column-{column.key}{{width:{column.width_mm}mm}}" for column in page.lines.columns)
    if page.vat:
        widths += f".vat thead .figure{{width:{page.vat.amount_mm}mm}}"
    return accent_style(page) + widths


def accent_style(page: Sheet) -> str:
    """The tenant's own colour, where it has one."""
    color = f".monogram{{background:{page.accent}}}"
    if page.has_own_accent:
        color += f".lines th,.sums .total>*{{border-color:{page.rule_color}}}"
    return color


@contextmanager
def exclusive_renderer() -> Iterator[Renderer]:
    """The process's renderer, alone, with the garbage collector at rest: a rendering makes no garbage worth a walk."""
    with _one_at_a_time:
        renderer = shared_renderer()
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            yield renderer
        finally:
            renderer.times_used += 1
            if was_enabled:
                gc.enable()
            if renderer.times_used % COLLECT_EVERY == 0:
                gc.collect()


@cache
def shared_renderer() -> Renderer:
    """The one renderer of this process; whoever renders with it holds it through `exclusive_renderer`."""
    return Renderer()


@cache
def _template() -> Template:
    # An engine of its own: the project's context processors and builtins have no business in a frozen document.
    return Engine(dirs=[str(TEMPLATE_FOLDER)]).get_template("invoicing/pdf/document.html")


def _template_digest() -> str:
    """A hash of the templates and of the modules that decide the words, the numbers and the order of the page."""
    sources = [*PAGE_TEMPLATES.iterdir(), *(HERE / "printed").glob("*.py"), HERE / "words.py", HERE / "archive.py"]
    total = hashlib.sha256()
    for path in sorted(sources):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def _harfbuzz_version() -> str:
    library = ctypes.CDLL("libharfbuzz.so.0")
    library.hb_version_string.restype = ctypes.c_char_p
    return str(library.hb_version_string().decode())
