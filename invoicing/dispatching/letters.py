"""Subjects and bodies of e-mails: templates with words in braces that are filled in. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

PLACEHOLDERS = (
    "number",
    "customer",
    "amount",
    "due_date",
    "kid",
    "account",
    "link",
    "seller",
    "reference",
    "old_number",
    "message",
)
SUBJECT_LENGTH_MAX = 200
BODY_LENGTH_MAX = 5000
PURPOSES = ("invoice", "credit_note", "payment_request", "withdrawal", "correction")

_PART = re.compile(r"\{\{|\}\}|\{([^{}\n]{0,40})\}|[{}]")


class BadTemplate(ValueError):
    """A template that cannot be filled in; `part` is the word or brace that is wrong."""

    def __init__(self, part: str, *, is_word: bool) -> None:
        super().__init__(part)
        self.part = part
        self.is_word = is_word


@dataclass(frozen=True, slots=True)
class Text:
    """What an e-mail says once its words are filled in."""

    subject: str
    body: str
    is_fallback: bool = False  # the wanted text could not be filled in: the built-in one stands in for it


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its words filled in; a doubled brace is a brace. BadTemplate names what is wrong.

    Values are put in as they are and not read again, so that a brace in a name means nothing.
    """

    def found(match: re.Match[str]) -> str:
        part = match.group(0)
        if part in {"{{", "}}"}:
            return part[0]
        word = match.group(1)
        if word is None:
            raise BadTemplate(part, is_word=False)
        if word.strip() not in values:
            raise BadTemplate(part, is_word=True)
        return values[word.strip()]

    return _PART.sub(found, template)


def check(template: str) -> None:
    """BadTemplate when the template could not be filled in."""
    fill(template, dict.fromkeys(PLACEHOLDERS, ""))


def quote(text: str) -> str:
    """Plain text as a template that says just that."""
    return text.replace("{", "{{").replace("}", "}}")


def prefill(template: str, values: Mapping[str, str]) -> str:
    """A template with everything filled in but the link, which is another one in every e-mail."""
    quoted = {name: quote(value) for name, value in values.items()}
    return fill(quote_braces(template), quoted | {"link": "{link}"})


def quote_braces(template: str) -> str:
    """The template with its doubled braces doubled once more, so that they outlive being filled in."""
    return template.replace("{{", "{{{{").replace("}}", "}}}}")


def one_line(text: str) -> str:
    """A subject on one line, whatever was filled into it."""
    return " ".join(text.split())[:SUBJECT_LENGTH_MAX]
