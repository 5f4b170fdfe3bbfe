"""Files that people attach, good and hostile, made here byte by byte so that nothing hostile lies in the repository."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import openpyxl
import pikepdf
from PIL import Image

SCRIPT = "app.alert('opened')"
SECRET = b"bytes-that-nobody-should-receive"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def pdf(pages: int = 1, *, text: str = "Timeliste") -> bytes:
    """A plain PDF with a line of text on each page."""
    made = _pdf(pages, text)
    return _saved(made)


def pdf_with_javascript() -> bytes:
    """Scripts in every place that runs them: on opening, on pages, in names, fields, annotations and actions."""
    made = _pdf(1, "Skjema")
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=SCRIPT)
    made.Root.OpenAction = made.make_indirect(script)
    made.Root.AA = pikepdf.Dictionary(WC=script)
    made.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=pikepdf.Array(["start", script])))
    page = made.pages[0].obj
    page.AA = pikepdf.Dictionary(O=script)
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 90, 90], A=made.make_indirect(script)
    )
    page.Annots = pikepdf.Array([made.make_indirect(link)])
    return _saved(made)


def pdf_with_launch() -> bytes:
    """A link that starts a program, one that opens a file, and one to a page on the web, which is harmless."""
    made = _pdf(1, "Lenker")
    actions = (
        pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe"),
        pikepdf.Dictionary(S=pikepdf.Name.GoToR, F="other.pdf", D=pikepdf.Array([0, pikepdf.Name.Fit])),
        pikepdf.Dictionary(S=pikepdf.Name.URI, URI="javascript:alert(1)"),
        pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://nordlys.example/"),
    )
    made.pages[0].obj.Annots = pikepdf.Array(
        [
            pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 90, 90], A=action)
            for action in actions
        ]
    )
    return _saved(made)


def pdf_with_embedded_file() -> bytes:
    """A PDF that carries another file, in the names and as an annotation."""
    made = _pdf(1, "Vedlegg")
    file = pikepdf.Dictionary(
        Type=pikepdf.Name.Filespec,
        F="evil.exe",
        EF=pikepdf.Dictionary(F=made.make_stream(SECRET, Type=pikepdf.Name.EmbeddedFile)),
    )
    spec = made.make_indirect(file)
    made.Root.Names = pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary(Names=pikepdf.Array(["evil.exe", spec])))
    made.Root.AF = pikepdf.Array([spec])
    made.pages[0].obj.Annots = pikepdf.Array(
        [pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FileAttachment, Rect=[0, 0, 9, 9], FS=spec)]
    )
    return _saved(made)


def encrypted_pdf(password: str = "") -> bytes:
    """A PDF under a password; with an empty one everybody may read it, but not change it."""
    made = _pdf(1, "Hemmelig")
    written = io.BytesIO()
    made.save(written, encryption=pikepdf.Encryption(owner="owner", user=password, R=6))
    return written.getvalue()


def pdf_and_zip() -> bytes:
    """One file that is a PDF from its beginning and a zip from its end."""
    return pdf() + zip_of({"evil.exe": SECRET})


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any) -> bytes:
    """A picture of one colour."""
    written = io.BytesIO()
    Image.new(mode, size, (0, 128, 128, 90) if mode == "RGBA" else "teal").save(written, format=kind, **options)
    return written.getvalue()


def picture_with_place() -> bytes:
    """A photograph that says where it was taken, and lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    exif[0x010E] = SECRET.decode()
    return picture("JPEG", exif=exif)


def picture_and_script() -> bytes:
    """A PNG with a page of HTML after its end and in a text of its own."""
    return picture() + b"<html><script>alert(1)</script>" + SECRET


def huge_png(width: int = 10_000, height: int = 10_000) -> bytes:
    """A hundred megapixels of nothing in some hundred kilobytes."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * ((width // 8 + 1) * height), 9)
    chunks = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def svg() -> bytes:
    """A drawing that runs a script."""
    return b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def program() -> bytes:
    """The beginning of a program for Windows."""
    return b"MZ\x90\x00\x03" + b"\0" * 200 + b"This program cannot be run in DOS mode."


def xlsx() -> bytes:
    """A workbook of two rows."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Timer", 0)
    sheet.append(["Dato", "Timer"])
    sheet.append(["2026-11-20", 7.5])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def xlsx_with(parts: Mapping[str, bytes]) -> bytes:
    """The workbook with more parts in it."""
    return zip_of({**parts_of(xlsx()), **parts})


def xlsx_with_macros() -> bytes:
    """A workbook that says it is macro-free and holds macros."""
    return xlsx_with({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + SECRET})


def xlsm() -> bytes:
    """A workbook that says it has macros."""
    parts = parts_of(xlsx())
    macro_type = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(XLSX_TYPE.encode(), macro_type)
    return zip_of(parts)


def xlsx_with_entity() -> bytes:
    """A workbook one of whose parts declares an entity."""
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>'
    return xlsx_with({"xl/sharedStrings.xml": bomb})


def ods(**parts: bytes) -> bytes:
    """A small OpenDocument spreadsheet; underscores in the names of further parts stand for slashes."""
    content = b'<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument"/>'
    more = {name.replace("_", "/"): part for name, part in parts.items()}
    return zip_of({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content, **more})


def zip_bomb() -> bytes:
    """Fifty megabytes of nothing in fifty kilobytes, dressed as a workbook."""
    return xlsx_with({"xl/media/image1.bin": b"\0" * 50_000_000})


def zip_of(parts: Mapping[str, bytes]) -> bytes:
    """The parts as a zip."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return written.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    """What lies in a zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def everything_in(content: bytes) -> bytes:
    """The text of every object of a PDF, unpacked, to be searched."""
    with pikepdf.open(io.BytesIO(content)) as made:
        written = io.BytesIO()
        made.save(written, qdf=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return written.getvalue()


def _pdf(pages: int, text: str) -> pikepdf.Pdf:
    made = pikepdf.new()
    for number in range(pages):
        page = made.add_blank_page(page_size=(595, 842))
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.obj.Contents = made.make_stream(f"BT /F1 18 Tf 72 700 Td ({text} {number + 1}) Tj ET".encode())
    return made


def _saved(made: pikepdf.Pdf) -> bytes:
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()
