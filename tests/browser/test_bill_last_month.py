"""How each demo company bills its last month from the files of its own systems; the README's pictures of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect

from billing_backlog.actions.billing_beforehand import bill_beforehand
from billing_backlog.automation import Posting
from billing_backlog.models import BacklogItem, BillingAutomation, BillingRun, MadeBy, Proforma, Visit
from billing_backlog.queries import runs as run_queries
from billing_backlog.queries.standing import standing_of
from billing_backlog.runs.basis import control_sheet
from billing_backlog.tasks.by_itself import bill_told_visits
from config.demo.backlog import make_backlog
from config.demo.companies import demo_companies
from config.demo.maker import open_demo_company
from config.demo.people import DemoPeople, demo_people
from config.demo.work import (
    CLEANERS,
    CONSULTANCY,
    MUNICIPALITY,
    SourceFile,
    plan_tomorrow,
    set_up_work,
    source_files_of,
)
from foundation.dates import add_months, month_end
from invoicing.models import Invoice, InvoiceStatus
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization, Role
from tests import builders
from tests.browser.complaints import Complaints, grave_faults
from tests.browser.hands import wait_for_loaded
from tests.browser.test_hours import _sign_in as sign_in
from tests.browser.test_pictures import MADE, SMALLEST_BYTES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZE = ViewportSize(width=1280, height=860)


@dataclass(slots=True)
class Story:
    """A demo company before its last month is billed, and a browser in which its people take turns."""

    organization: Organization
    people: DemoPeople
    page: Page
    url: str
    folder: Path

    @property
    def month(self) -> date:
        """The first day of the month that is billed."""
        return add_months(local_today(self.organization).replace(day=1), -1)

    @property
    def path(self) -> str:
        """The beginning of the company's addresses."""
        return f"/{self.organization.slug}/"

    def turn_of(self, role: Role) -> None:
        """From now on somebody else sits before the screen."""
        sign_in(self.page, self.people.users[role], self.url)

    def open(self, path: str) -> None:
        """Go to one of the company's pages, and find no grave fault of access on it."""
        answer = self.page.goto(self.path + path)
        assert answer is not None
        assert answer.status == 200, answer.url
        wait_for_loaded(self.page)
        assert grave_faults(self.page) == []

    def keep_picture(self, name: str) -> None:
        """A picture of the page as it stands, for the README."""
        MADE.mkdir(parents=True, exist_ok=True)
        wait_for_loaded(self.page)
        self.page.screenshot(path=MADE / f"{name}.png")
        assert (MADE / f"{name}.png").stat().st_size > SMALLEST_BYTES

    def mark_everything_ready(self) -> None:
        """Mark all that the open list finds, and let the job that does it run."""
        page = self.page
        page.locator("tbody input[name=id]").first.check()
        page.locator("#all-matching").check()
        with page.expect_response(re.compile("/backlog/ready/")):
            page.get_by_role("button", name="Ready for billing").click()
        builders.run_background()

    def take_file(self, file: SourceFile) -> int:
        """Upload a file, rehearse it and take it in; how many rows became work."""
        page = self.page
        (self.folder / file.name).write_bytes(file.content)
        self.open("backlog/import/")
        page.set_input_files("input[type=file]", self.folder / file.name)
        page.get_by_role("button", name="Read the file").click()
        page.locator("[name=system]").fill(file.system)
        page.locator("[name=kind]").select_option(file.kind)
        page.get_by_role("button", name="Rehearse").click()
        page.wait_for_url(re.compile(r"/backlog/imports/[0-9a-f-]{36}/$"))
        builders.run_background()
        page.reload()
        take = page.get_by_role("button", name=re.compile(r"Take \d+ rows"))
        count = int(re.findall(r"\d+", take.inner_text())[0])
        take.click()
        page.wait_for_load_state()
        builders.run_background()
        page.reload()
        expect(page.locator(".note.ok")).to_contain_text(str(count))
        return count


@pytest.fixture
def tell(
    open_page: Callable[..., Page], live_server: Any, tmp_path: Path, settings: Any
) -> Iterator[Callable[[str], Story]]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    complaints = Complaints()

    def begin(slug: str) -> Story:
        people, _password = demo_people(tmp_path)
        for user in people.users.values():
            user.language = "en"
            user.save(update_fields=["language"])
        [data] = [company for company in demo_companies() if company.slug == slug]
        organization = open_demo_company(data, people)
        page = open_page(color_scheme="light")
        page.set_viewport_size(SIZE)
        complaints.listen(page)
        return Story(organization, people, page, live_server.url, tmp_path)

    yield begin
    assert complaints == []


def test_the_consultancy_bills_its_hours_through_a_proforma(tell: Callable[[str], Story]) -> None:
    story = tell(CONSULTANCY)
    organization, page = story.organization, story.page
    with organization_context(organization.pk):
        today = local_today(organization)
        set_up_work(organization, story.people, today=today, now=timezone.now())
        [file] = source_files_of(organization, story.month)

    story.turn_of(Role.OWNER)
    rows = story.take_file(file)
    with builders.in_organization(organization):
        assert BacklogItem.objects.count() == rows > 100

    story.turn_of(Role.PROJECT_MANAGER)
    story.open(f"backlog/?until={month_end(story.month)}")
    story.mark_everything_ready()
    story.open(f"backlog/?until={month_end(story.month)}")
    story.keep_picture("backlog")
    page.get_by_role("button", name=re.compile(r"Make drafts of \d+ ready")).click()
    page.get_by_role("button", name="Make 4 drafts").click()
    page.wait_for_url(re.compile("/backlog/drafts/$|/jobs/"))
    builders.run_background()
    with builders.in_organization(organization):
        made = list(Proforma.objects.select_related("invoice").order_by("created_at", "id"))
    assert len(made) == 4
    story.open(f"backlog/drafts/{made[0].pk}/")
    story.keep_picture("proforma")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("h1")).to_be_visible()

    story.turn_of(Role.ACCOUNTANT)
    story.open(f"invoices/{made[0].invoice_id}/edit/")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/invoices/[0-9a-f-]{36}/(finalize/)?$"))
    if page.url.endswith("finalize/"):
        page.keyboard.press("Control+Enter")
        page.wait_for_url(re.compile(r"/invoices/[0-9a-f-]{36}/$"))
    expect(page.locator("h1")).to_contain_text(re.compile(r"\d+"))
    with builders.in_organization(organization):
        invoice = Invoice.objects.get(pk=made[0].invoice_id)
        items = list(BacklogItem.objects.filter(contract=made[0].contract))
        standing = standing_of(organization, items)
    assert invoice.status == InvoiceStatus.FINALIZED
    assert all(standing[item.pk].billed == item.quantity for item in items)
    assert invoice.net_amount == sum(item.amount for item in items)
    story.open(f"backlog/{items[0].pk}/")
    expect(page.locator("main")).to_contain_text(str(invoice.number))


def test_the_municipality_bills_its_halls_through_a_run(tell: Callable[[str], Story]) -> None:
    story = tell(MUNICIPALITY)
    organization, page = story.organization, story.page
    with organization_context(organization.pk):
        make_backlog(organization, story.people, folder=story.folder / "demo", months=1)
        files = source_files_of(organization, story.month)

    story.turn_of(Role.CASE_WORKER)
    for file in files:
        assert story.take_file(file) > 5
    story.open(f"backlog/?until={month_end(story.month)}")
    story.mark_everything_ready()
    _open_run(story)
    _prepare_places(story)
    story.open(page.url.split(story.path)[1])
    story.keep_picture("billing-run")
    while page.locator("input[name=key]").count():
        for box in page.locator("input[name=key]").all():
            box.check()
        page.locator("[name=explanation]").fill("Looked through with the booking office")
        page.get_by_role("button", name="Accept or explain the chosen").click()
        page.wait_for_load_state()
    page.get_by_role("button", name=re.compile("^Freeze")).click()
    expect(page.get_by_role("link", name="Control sheet PDF")).to_be_visible()

    address = page.url.split(story.path)[1]
    story.turn_of(Role.ACCOUNTANT)
    story.open(address)
    with builders.in_organization(organization):
        run = BillingRun.objects.get(until=month_end(story.month))
    sheet = page.context.request.get(f"{story.url}{story.path}runs/{run.pk}/control-sheet/")
    assert sheet.body().startswith(b"%PDF-")
    page.locator("[name=is_compared]").check()
    page.locator("[name=typed_name]").fill(run.name)
    page.get_by_role("button", name=re.compile("^Approve")).click()
    page.wait_for_load_state()
    builders.run_background()
    story.open(address)
    story.keep_picture("billing-run-made")
    with builders.in_organization(organization):
        run.refresh_from_db()
        made = list(Proforma.objects.filter(run=run).select_related("invoice"))
    assert run.generated_at is not None
    assert len(made) == len({each.invoice.customer_id for each in made}) == run.control["customers"]
    assert sum(each.invoice.net_amount for each in made) == Decimal(run.control["total"]["amount"])


def test_the_cleaning_firm_bills_by_itself(tell: Callable[[str], Story]) -> None:
    """What the planner tells of is billed as each customer wants it; tomorrow, the night before (M-122 to M-130)."""
    story = tell(CLEANERS)
    organization, page = story.organization, story.page
    today, now = local_today(organization), timezone.now()
    with organization_context(organization.pk):
        set_up_work(organization, story.people, today=today, now=now)
        [file] = source_files_of(organization, story.month)

    story.turn_of(Role.OWNER)
    story.open("settings/automation/")
    story.keep_picture("automation")
    rows = story.take_file(file)
    for _time in range(2):
        bill_told_visits()
    with builders.in_organization(organization):
        documents = list(Invoice.objects.select_related("customer"))
        items = list(BacklogItem.objects.select_related("customer"))
        standing = standing_of(organization, items)
        ways = {row.customer_id: row.decided for row in BillingAutomation.objects.exclude(customer=None)}
    assert len(items) == rows
    assert len(documents) == len({document.customer_id for document in documents}) > 20
    for item in items:
        posting = (ways[item.customer_id].posting if item.customer_id in ways else None) or Posting.FINALIZE
        held = {Posting.NONE: standing[item.pk].unbilled, Posting.COLLECT: standing[item.pk].on_draft}
        assert item.quantity == held.get(posting, standing[item.pk].billed), item

    with organization_context(organization.pk):
        plan_tomorrow(organization, story.people, today=today, now=now)
    with builders.in_organization(organization):
        planned = list(Visit.objects.order_by("planned_on"))
    day, zone = planned[0].planned_on, ZoneInfo(organization.time_zone)
    evening = datetime.combine(day - timedelta(days=1), time(20), zone)
    with organization_context(organization.pk):
        assert bill_beforehand(organization, now=evening) == 1
    story.open(f"visits/bring-along/?day={day}")
    story.keep_picture("bring-along")
    with organization_context(organization.pk):
        assert bill_beforehand(organization, now=datetime.combine(day, time(0, 5), zone)) == 1
    page.reload()
    with builders.in_organization(organization):
        brought = Invoice.objects.get(proformas__made_by=MadeBy.NIGHT_BEFORE)
    assert (brought.status, brought.issue_date) == (InvoiceStatus.FINALIZED, day)
    expect(page.locator("main")).to_contain_text(str(brought.number))
    story.open(f"visits/?day={day}")


def _open_run(story: Story) -> None:
    page, month = story.page, story.month
    story.open("runs/new/")
    page.locator("[name=name]").fill(f"Rent of halls {month:%m.%Y}")
    page.locator("[name=scope]").select_option("facilities")
    expect(page.locator("[name=period_from]")).to_have_value(month.isoformat())
    expect(page.locator("[name=until]")).to_have_value(month_end(month).isoformat())
    page.locator("[name=needs_second_person]").check()
    page.get_by_role("button", name="Open the run").click()
    page.wait_for_url(re.compile(r"/runs/[0-9a-f-]{36}/$"))


def _prepare_places(story: Story) -> None:
    """Take each facility and finish it with the count and the sum of the booking system's list."""
    page, organization = story.page, story.organization
    with builders.in_organization(organization):
        run = BillingRun.objects.get(until=month_end(story.month))
        places = list(run_queries.facilities_of(organization, run))
        rows = [each.row for each in run_queries.candidates(organization, run) if not each.obstacle]
    for place in places:
        control = control_sheet(row for row in rows if row.source == str(place.facility)).total
        area = page.locator(f"#place-{place.facility_id}")
        area.get_by_role("button", name="Take").click()
        page.wait_for_load_state()
        area.locator("[name=control_count]").fill(str(control.count))
        area.locator("[name=control_amount]").fill(f"{control.amount:.2f}")
        area.get_by_role("button", name="Finish").click()
        expect(area).to_contain_text("Control total agrees")
