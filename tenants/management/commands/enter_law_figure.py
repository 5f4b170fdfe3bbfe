"""Enter a dated figure of the law, such as the rate of interest of the next half-year, with its source."""

from __future__ import annotations

import getpass
import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.errors import DomainError
from tenants.law_figures import Entered, NewFigure, enter_law_figure
from tenants.models import LawFigure

DEBTORS = ("any", "consumer", "business", "public")


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise ArgumentTypeError(f"{written!r} is no day; write it as 2027-01-01") from error


def _number(written: str) -> Decimal:
    try:
        number = Decimal(written)
    except InvalidOperation as error:
        raise ArgumentTypeError(f"{written!r} is no number; write it as 9.60") from error
    if not number.is_finite() or abs(number) >= Decimal(10) ** 10:
        raise ArgumentTypeError(f"{written!r} is no figure of the law")
    return number


def _country(written: str) -> str:
    if len(written) != 2 or not written.isascii() or not written.isalpha():  # as ISO 3166 has them
        raise ArgumentTypeError(f"{written!r} is no country; write two letters, such as NO")
    return written.upper()


class Command(BaseCommand):
    """Every organization of the installation reckons with the figure from its first day on."""

    help = "Enter a dated figure of the law with its source. An open figure of the same kind ends on its first day."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--country", type=_country, required=True)
        parser.add_argument("--kind", required=True, help="such as late_interest_pct_pa or new_debt_collection_act")
        parser.add_argument("--from", dest="valid_from", metavar="DATE", type=_day, required=True)
        parser.add_argument("--to", dest="valid_to", metavar="DATE", type=_day, help="the first day it does not hold")
        parser.add_argument("--value", type=_number, required=True)
        parser.add_argument("--unit", default="", help='such as "percent p.a." (default: as the figure before)')
        parser.add_argument("--source", required=True, help="the paragraph, and where it was read")
        parser.add_argument("--debtor", choices=DEBTORS, help="whom it is for (default: as the figure before)")
        parser.add_argument("--by", metavar="NAME", help="who enters it (default: the user of this machine)")
        parser.add_argument("--replace", action="store_true", help="instead of one entered wrongly for the same day")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        new = NewFigure(
            **{
                name: options[name] for name in ("country", "kind", "valid_from", "valid_to", "value", "unit", "source")
            },
            entered_by=options["by"] or getpass.getuser(),
            variant=options["debtor"],
        )
        try:
            entered = enter_law_figure(new, replaces=options["replace"])
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(_told(entered), ensure_ascii=False))
            return
        if entered.closed is not None:
            closed = entered.closed
            self.stdout.write(f"{closed.value.normalize():f} from {closed.valid_from} ends on {closed.valid_to}.")
        self.stdout.write(f"Entered: {_line(entered.figure)}")


def _line(figure: LawFigure) -> str:
    until = f" until {figure.valid_to}" if figure.valid_to else ""
    whom = f" ({figure.variant})" if figure.variant else ""
    return f"{figure.country} {figure.kind}{whom} {figure.value:f} {figure.unit} from {figure.valid_from}{until}"


def _told(entered: Entered) -> dict[str, Any]:
    return {"entered": _facts(entered.figure), "closed": _facts(entered.closed) if entered.closed else None}


def _facts(figure: LawFigure) -> dict[str, Any]:
    return {
        "country": figure.country,
        "kind": figure.kind,
        "debtor": figure.variant,
        "from": figure.valid_from.isoformat(),
        "to": figure.valid_to.isoformat() if figure.valid_to else None,
        "value": f"{figure.value:f}",
        "unit": figure.unit,
        "source": figure.source,
        "entered_by": figure.entered_by,
    }
