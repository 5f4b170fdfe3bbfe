"""What the PDF renderer may fetch: the tenant's logo, from memory, and nothing else.

Imported late, by the renderer alone: importing WeasyPrint loads Pango and fontconfig.
"""

from __future__ import annotations

from typing import Any

from weasyprint.urls import URLFetcher, URLFetcherResponse

from invoicing.documents.printed.page import LOGO_URL


class ForbiddenAddress(ValueError):
    """A page asked for something other than its own logo."""


class LogoFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Serves one logo under one address; no file, no network, no redirect, and a refusal stops the rendering."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=set(), allow_redirects=False, fail_on_errors=True)
        self.logo: bytes | None = None

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """The logo's bytes; any other address is refused, whatever its scheme."""
        if url != LOGO_URL or self.logo is None:
            raise ForbiddenAddress(f"A document may not fetch {url[:200]!r}.")
        return URLFetcherResponse(url, self.logo, {"Content-Type": "image/png"})
