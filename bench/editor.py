"""A draft of 1,000 lines in the editor against hand-written SQL and the bare arithmetic, under the same login."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from bench import measure, world
from invoicing import calculation
from invoicing.models import Invoice
from tenants.models import Organization
from tests import builders
from tests.invoicing.draft_forms import shown_form

LINES = 1_000
LIMIT_MS = 1_000.0
PAGE_KB_MAX = 600.0  # fifty lines of a thousand; an ordinary draft of eight lines is held to 100 in the tests
BAR = 40.0  # a whole request with its session, form and page against the statements and the arithmetic alone
FLOOR_READ = """SELECT id, position, description, detail, quantity, unit_code, unit_price, discount_percent,
    vat_treatment, vat_rate_percent, net_amount FROM invoicing_invoiceline
  WHERE organization_id = %s AND invoice_id = %s ORDER BY position, id"""


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Opening, saving one line, saving itself, summing, adding and moving a line, saving all lines changed."""
    rounds = 5 if quick else 20
    settings.ALLOWED_HOSTS = ["testserver"]
    with world.fresh_database():
        organization = world.make_organization(1)
        lines = [builders.line(f"Vare {number}", unit_price=Decimal(number)) for number in range(LINES)]
        draft, floor_draft = (builders.make_draft(organization, lines=lines) for _each in range(2))
        client = Client(headers={"HX-Request": "true"})
        client.force_login(builders.user_of("owner1@bench.example"))
        editor = Editor(client, organization, draft, floor_draft)
        rows = [row for name, work, floor in _cases(editor) for row in _rows(name, work, floor, rounds)]
        size = len(editor.open().content) / 1000
    return [*rows, measure.limit_row("editor: page of 1,000 lines", size, PAGE_KB_MAX, "kB", decimals=0)]


class Editor:
    """What a browser does with one long draft."""

    def __init__(self, client: Client, organization: Organization, draft: Invoice, floor_draft: Invoice) -> None:
        self.client, self.organization = client, organization
        self.draft, self.floor_draft = draft, floor_draft
        self.turn = 0

    def address(self, name: str) -> str:
        """An address of the draft, or of the form's parts."""
        if name == "update_draft":
            return reverse("invoicing:update_draft", args=[self.organization.slug, self.draft.pk])
        return reverse(f"invoicing:{name}", args=[self.organization.slug]) + f"?draft={self.draft.pk}"

    def open(self) -> Any:
        """The page in the middle of the draft."""
        return self.client.get(self.address("update_draft"), {"lines": "10"}, headers={"HX-Request": "false"})

    def form(self) -> list[tuple[str, str]]:
        """What the form holds, one quantity typed anew."""
        self.turn += 1
        form = shown_form(self.open().content.decode())
        values = [(name, value) for name, each in form.items() for value in each]
        [changed, *_rest] = [name for name, _value in values if name.endswith("-quantity")]
        return [(name, str(self.turn + 1) if name == changed else value) for name, value in values]

    def send(self, name: str, values: list[tuple[str, str]]) -> Any:
        """Send the form; anything but an accepted form is no measurement."""
        data: dict[str, list[str]] = {}
        for field, value in values:
            data.setdefault(field, []).append(value)
        response = self.client.post(self.address(name), data)
        if response.status_code != 200 or b"data-refused" in response.content:
            raise AssertionError(response.content.decode()[:2000])
        return response

    def moved(self) -> list[tuple[str, str]]:
        """The form with its second row first."""
        values = self.form()
        places = [place for place, (name, _value) in enumerate(values) if name == "line"]
        values[places[0]], values[places[1]] = values[places[1]], values[places[0]]
        return values

    def with_new_line(self) -> list[tuple[str, str]]:
        """The form with one row more."""
        key = f"n{self.turn:032x}"
        fields = (
            "line=KEY&KEY-description=Ny&KEY-quantity=1&KEY-unit_code=NAR&KEY-unit_price=10&KEY-vat_treatment=standard"
        )
        return [*self.form(), *parse_qsl(fields.replace("KEY", key))]

    def all_changed(self) -> list[tuple[str, str]]:
        """The form with prices that include VAT from now on, or no more: every line comes to something else."""
        values = [(name, value) for name, value in self.form() if name != "prices_include_vat"]
        return [*values, ("prices_include_vat", "on")] if self.turn % 2 else values

    def read_floor(self) -> list[tuple[Any, ...]]:
        """The lines by hand-written SQL, and the sums by the bare arithmetic."""
        with builders.in_organization(self.organization), connection.cursor() as cursor:
            cursor.execute(FLOOR_READ, [self.organization.pk, self.floor_draft.pk])
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        assert len(rows) == LINES
        calculation.totals(
            calculation.DocumentInput(
                lines=tuple(
                    calculation.LineInput(quantity=row[4], unit_price=row[6], vat_category="S", vat_rate_percent=row[9])
                    for row in rows
                )
            )
        )
        return rows

    def write_floor(self, count: int) -> None:
        """The same read, and the lines that change written with one statement."""
        rows = self.read_floor()[:count]
        with builders.in_organization(self.organization), connection.cursor() as cursor:
            cursor.execute(
                """UPDATE invoicing_invoiceline l SET net_amount = f.net
                   FROM unnest(%s::uuid[], %s::numeric[]) AS f (id, net)
                   WHERE l.organization_id = %s AND l.id = f.id""",
                [[row[0] for row in rows], [row[10] + self.turn for row in rows], self.organization.pk],
            )


def _cases(editor: Editor) -> list[tuple[str, Callable[[], Callable[[], Any]], Callable[[], Any]]]:
    """Each name with what prepares one turn and returns its work, and the floor."""
    one = lambda: editor.write_floor(1)  # noqa: E731 - a floor without arguments
    return [
        ("open", lambda: editor.open, editor.read_floor),
        ("save one changed line", lambda: _sending(editor, "update_draft", editor.form()), one),
        ("autosave one changed line", lambda: _sending(editor, "autosave_draft", editor.form()), one),
        ("totals", lambda: _sending(editor, "compute_totals", editor.form()), editor.read_floor),
        ("add a line", lambda: _sending(editor, "autosave_draft", editor.with_new_line()), one),
        ("move a line", lambda: _sending(editor, "autosave_draft", editor.moved()), one),
        (
            "save all lines changed",
            lambda: _sending(editor, "update_draft", editor.all_changed()),
            lambda: editor.write_floor(LINES),
        ),
    ]


def _sending(editor: Editor, name: str, values: list[tuple[str, str]]) -> Callable[[], Any]:
    return lambda: editor.send(name, values)


def _rows(
    name: str, prepare: Callable[[], Callable[[], Any]], floor: Callable[[], Any], rounds: int
) -> list[dict[str, Any]]:
    """The median against the floor, and the slowest but one in twenty against the second that people wait."""
    ours, least = [], []
    for turn in range(rounds + 1):
        own, lowest = _timed(prepare()), _timed(floor)
        if turn:  # the first round warms caches and plans
            ours.append(own)
            least.append(lowest)
    slow = sorted(ours)[int(0.95 * len(ours))]
    return [
        measure.row(f"editor: {name}", _median(ours), _median(least), "ms", bar=BAR, decimals=1),
        measure.limit_row(f"editor: {name}, limit", slow, LIMIT_MS, "ms p95", decimals=1),
    ]


def _timed(work: Callable[[], Any]) -> float:
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
