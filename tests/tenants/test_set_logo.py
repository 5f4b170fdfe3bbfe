"""Logos: pictures are written anew, everything else is refused with a sentence."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from foundation import files
from invoicing.actions.documents import document_of
from tenants.logo import LogoRefused, read_logo
from tenants.models import Organization
from tests import builders

SET = "/nordlys/settings/logo/set/"


def picture(kind: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (300, 100), **options: Any) -> bytes:
    written = io.BytesIO()
    color = (200, 10, 10, 0) if mode == "RGBA" else (200, 10, 10)
    Image.new(mode, size, color).save(written, kind, **options)
    return written.getvalue()


def png_head(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds almost nothing: a bomb."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\x00")) + chunk(b"IEND", b"")


def with_text() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Somebody")
    return picture(pnginfo=info)


def logo_of(organization: Any) -> str:
    with builders.in_organization(organization):
        return Organization.objects.get(pk=organization.pk).logo_sha256


def upload(client: Any, content: bytes, name: str = "logo.png") -> Any:
    return client.post(SET, {"logo": SimpleUploadedFile(name, content)})


@pytest.mark.parametrize(
    "content",
    [picture(), picture("JPEG"), picture(mode="RGBA"), picture(size=(2000, 1900)), with_text()],
)
def test_a_picture_is_written_anew_on_white(content: bytes) -> None:
    with Image.open(io.BytesIO(read_logo(content))) as image:
        assert (image.format, image.mode) == ("PNG", "RGB")
        assert image.width <= 1200
        assert image.height <= 400
        assert image.info == {}
    assert b"Somebody" not in read_logo(content)


def test_what_was_transparent_is_white() -> None:
    with Image.open(io.BytesIO(read_logo(picture(mode="RGBA")))) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"GIF89a" + bytes(50),
        b"",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"\xff\xd8\xff" + bytes(100),
        png_head(50_000, 50_000),
        png_head(2001, 2000),
        picture() + bytes(1_000_001),
    ],
)
@pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")  # as the process itself has it
def test_everything_else_is_refused(content: bytes) -> None:
    with pytest.raises(LogoRefused):
        read_logo(content)


def test_a_logo_is_stored_shown_and_removed(organization: Any, accountant: Any, client_of: Any) -> None:
    client = client_of(accountant)
    assert upload(client, picture()).status_code == 302
    stored = files.load(str(organization.pk), logo_of(organization))
    shown = client.get("/nordlys/settings/logo/")
    assert (shown.content, shown["Content-Type"]) == (stored, "image/png")
    assert client.get("/nordlys/settings/documents/").status_code == 200
    for _time in range(2):
        client.post("/nordlys/settings/logo/remove/")
    assert logo_of(organization) == ""
    assert client.get("/nordlys/settings/logo/").status_code == 404


def test_m_111_a_new_logo_is_on_drafts_and_later_invoices_and_never_on_issued_ones(
    organization: Any, accountant: Any, client_of: Any
) -> None:
    client = client_of(accountant)
    upload(client, picture())
    first = organization.logo_sha256 = logo_of(organization)
    waiting, issued = builders.make_draft(organization), builders.make_finalized_invoice(organization)
    upload(client, picture(size=(200, 100)))
    second = organization.logo_sha256 = logo_of(organization)
    [later] = builders.finalize_drafts(organization, [waiting.pk])

    documents = [document_of(builders.reload_invoice(organization, each)) for each in (issued, later)]
    assert [document.body.seller.logo_sha256 for document in documents] == [first, second]
    assert first != second


def test_a_refused_logo_changes_nothing(organization: Any, owner: Any, client_of: Any) -> None:
    response = upload(client_of(owner), b"<svg/>", "logo.png")
    assert response.status_code == 422
    assert "logo" in response.context["logo_form"].errors
    assert logo_of(organization) == ""


def test_strangers_find_nothing_and_members_without_the_right_are_refused(
    organization: Any, stranger: Any, auditor: Any, client_of: Any
) -> None:
    for verb in ("set", "remove"):
        assert client_of(stranger).post(f"/nordlys/settings/logo/{verb}/").status_code == 404
        assert client_of(auditor).post(f"/nordlys/settings/logo/{verb}/").status_code == 403
    assert client_of(stranger).get("/nordlys/settings/logo/").status_code == 404
