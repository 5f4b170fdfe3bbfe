"""Pictures: decoded, turned upright and encoded anew, so that only their pixels are kept."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from foundation.pictures import refusing_cut_pictures
from invoicing.attachable.kinds import JPEG, PNG, NotAttachable, Refusal, SafeFile

PNG_START, JPEG_START = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
PIXELS_MAX = 40_000_000
JPEG_QUALITY = 90
PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})


def is_picture(content: bytes) -> bool:
    """Whether the file begins as a PNG, a JPEG or a WebP."""
    return content.startswith((PNG_START, JPEG_START)) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def write_anew(content: bytes) -> SafeFile:
    """The picture as a PNG or a JPEG without metadata, animation or trailing bytes."""
    try:
        with refusing_cut_pictures(), warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as image:
                # The size stands in the head of the file: a bomb is refused before a pixel of it is decoded.
                if image.width * image.height > PIXELS_MAX:
                    raise NotAttachable(Refusal.TOO_MANY_PIXELS)
                return _encoded(image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise NotAttachable(Refusal.TOO_MANY_PIXELS) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise NotAttachable(Refusal.DAMAGED) from error


def _encoded(image: Image.Image) -> SafeFile:
    kind = image.format
    has_alpha = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    upright = ImageOps.exif_transpose(image)
    written = io.BytesIO()
    if kind == "PNG" or (kind == "WEBP" and has_alpha):
        pixels = upright if upright.mode in PNG_MODES else upright.convert("RGBA" if has_alpha else "RGB")
        _without_metadata(pixels).save(written, format="PNG", compress_level=6)
        return SafeFile(written.getvalue(), PNG)
    pixels = upright if upright.mode in {"L", "RGB"} else upright.convert("RGB")
    _without_metadata(pixels).save(written, format="JPEG", quality=JPEG_QUALITY)
    return SafeFile(written.getvalue(), JPEG)


def _without_metadata(image: Image.Image) -> Image.Image:
    """The same pixels in a picture that says nothing else, but which colour of its palette is clear."""
    bare = image.copy()
    bare.info = {"transparency": image.info["transparency"]} if "transparency" in image.info else {}
    return bare
