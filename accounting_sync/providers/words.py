"""Words that adapters show: plain for names, lazy for what is translated."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise  # of the stubs alone

Word: TypeAlias = "str | _StrPromise"
