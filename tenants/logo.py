"""Logos: what somebody uploads is decoded, measured and written anew, so that nothing but its picture is kept."""

from __future__ import annotations

import io
import warnings

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from foundation.errors import DomainError
from foundation.pictures import refusing_cut_pictures

UPLOAD_BYTES_MAX = 1_000_000
PIXELS_MAX = 4_000_000
WIDTH_MAX, HEIGHT_MAX = 1200, 400
PNG_START, JPEG_START = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
SVG_SIGNS = (b"<svg", b"<?xml", b"<!doctype svg")
SNIFFED_BYTES = 512

# A second guard, for the whole process: Pillow's own warning of a bomb is an error here.
Image.MAX_IMAGE_PIXELS = PIXELS_MAX
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


class LogoRefused(DomainError):
    """The upload is no picture that we take."""


def read_logo(upload: bytes) -> bytes:
    """The picture as an RGB PNG on white of at most 1200 × 400 pixels, without metadata."""
    _refuse_by_its_bytes(upload)
    try:
        with refusing_cut_pictures(), Image.open(io.BytesIO(upload), formats=("PNG", "JPEG")) as image:
            # The size stands in the head of the file: a bomb is refused before a pixel of it is decoded.
            if image.width * image.height > PIXELS_MAX:
                raise _too_many_pixels()
            upright = ImageOps.exif_transpose(image)
            picture = _on_white(upright)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _too_many_pixels() from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise _refused(_("The logo could not be read as a picture. Save it again as PNG or JPEG.")) from error
    picture.thumbnail((WIDTH_MAX, HEIGHT_MAX), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    picture.save(written, format="PNG", optimize=True)
    return written.getvalue()


def _refuse_by_its_bytes(upload: bytes) -> None:
    start = upload[:SNIFFED_BYTES].lstrip().lower()
    if start.startswith(SVG_SIGNS) or b"<svg" in start:
        raise _refused(_("SVG logos are not taken, because they can carry scripts. Save it as PNG or JPEG."))
    if not upload.startswith((PNG_START, JPEG_START)):
        raise _refused(_("The logo must be a PNG or a JPEG. Save it as one of them and choose it again."))
    if len(upload) > UPLOAD_BYTES_MAX:
        raise _refused(_("The logo is larger than 1 MB. Save it smaller and choose it again."))


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layered = image.convert("RGBA")
        ground = Image.new("RGBA", layered.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, layered).convert("RGB")
    return image.convert("RGB")


def _too_many_pixels() -> LogoRefused:
    return _refused(_("The logo has more than 4 million pixels. Save it smaller and choose it again."))


def _refused(sentence: str) -> LogoRefused:
    return LogoRefused(sentence, field="logo")
