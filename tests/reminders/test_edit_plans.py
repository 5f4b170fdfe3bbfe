"""A plan is made one's own, changed, worded and left; one that breaks the law is refused at its step."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reminders.law_words import BREACHES, REASONS, sentence_of, sentence_of_breach
from reminders.models import ReminderLevel, ReminderPlan
from reminders.plan_terms import breaks_later, places_for
from reminders.policy.figures import NEW_ACT
from reminders.policy.law import DebtorKind, Law, Reason
from reminders.policy.plans import Breach, lawful_plan
from reminders.queries.plans import plain_plan
from tenants.models import AuditEntry
from tests.builders import in_organization
from tests.reminders.cases import own
from tests.reminders.dunning_rows import DUE, owing, turn_on, walk
from tests.reminders.plan_rows import own_plan
from tests.reminders.product_law import PRODUCT_FIGURES, PRODUCT_LAW

ROOT = Path(__file__).resolve().parents[2]
CODES = re.compile(
    r'(?:Reason|Breach|_Refused)\(\s*"([a-z_]+)"|on, why = .*"([a-z_]+)"'
    r'|stops\.append\("([a-z_]+)"|"code": "([a-z_]+)"'
)

pytestmark = pytest.mark.django_db


def test_every_reason_and_every_breach_is_said_in_a_sentence() -> None:
    # What stands against a hand-over to collection has words of its own, in collection_words.
    paths = [path for path in ROOT.glob("reminders/**/*.py") if "collection" not in path.name]
    source = "\n".join(path.read_text() for path in paths)
    codes = {code for found in CODES.findall(source) for code in found if code}
    assert len(codes) > 40
    assert codes - set(REASONS) - set(BREACHES) == set()
    for code in REASONS:  # also where an old row has not the figures of today
        assert "%" not in sentence_of(Reason(code)).replace("percent", "")
    said = sentence_of_breach(Breach("fee_too_early", "inkassoforskriften § 1-2", 3, {"days": 14}))
    assert "14" in said
    assert said.endswith("(inkassoforskriften § 1-2)")


@pytest.mark.parametrize(
    ("kept", "places"),
    [
        ([None, None], [1, 2]),
        ([1, 2, 3, None], [1, 2, 3, 4]),
        ([1, 3], [1, 3]),  # one was removed: the others stay where they stood
        ([1, None, 3], [1, 2, 3]),  # replaced
        ([1, 2, None, 3], [0, 1, 2, 3]),  # put between: what was there before moves down, never up
        ([2, 1], [0, 1]),
        ([None, None, None, 1], [0, 1, 2, 3]),  # no room below: all are lifted alike
    ],
)
def test_a_step_that_a_claim_has_passed_does_not_come_to_it_again(kept: list[int | None], places: list[int]) -> None:
    assert places_for(kept) == places


def form_of(plan: ReminderPlan, levels: list[ReminderLevel], **changes: Any) -> dict[str, Any]:
    """The form as the page sends it back unchanged, with changes by field name."""
    form: dict[str, Any] = {
        "name": plan.name,
        "country": plan.country,
        "debtor": plan.debtor,
        "spacing_days": str(plan.spacing_days),
        "day_count": plan.day_count,
        "version": str(plan.version),
        "is_default": "on",
        "level": [level.pk.hex for level in levels],
    }
    for level in levels:
        key = level.pk.hex
        form |= {f"{key}-level_id": str(level.pk), f"{key}-step": level.step, f"{key}-days": str(level.days)}
        form[f"{key}-deadline_days"] = str(level.deadline_days)
        for name in ("wants_fee", "wants_interest", "needs_approval"):
            if getattr(level, name):
                form[f"{key}-{name}"] = "on"
    return form | changes


def levels_of(organization: Any, plan: ReminderPlan) -> list[ReminderLevel]:
    with in_organization(organization):
        return list(ReminderLevel.objects.of(organization).filter(plan=plan).order_by("position"))


def test_m_119_a_plan_is_made_ones_own_and_changed_row_by_row(
    organization: Any, accountant: Any, auditor: Any, stranger: Any, client_of: Callable[[Any], Client]
) -> None:
    client, base = client_of(accountant), f"/{organization.slug}/reminders/plans/"
    assert "Inkassovarsel" in (page := client.get(base).content.decode()) or "Notice before collection" in page
    for _twice in range(2):
        client.post(f"{base}adopt/", {"country": "NO", "debtor": "consumer"})
    with in_organization(organization):
        [plan] = ReminderPlan.objects.of(organization)
    levels = levels_of(organization, plan)
    assert [level.days for level in levels] == [-3, 7, 14, 29, 44]
    address = f"{base}{plan.pk}/"

    # 45 days before, one step out, one more in, and without JavaScript: "add" keeps what was typed.
    notice, friendly, *_rest = levels
    form = form_of(plan, levels, **{f"{notice.pk.hex}-days": "-45", f"{friendly.pk.hex}-remove": "on"})
    added = client.post(address, form | {"add": "step", "name": "Vår plan"})
    assert added.status_code == 200
    assert b"V\xc3\xa5r plan" in added.content
    assert added.content.count(b'name="level"') == len(levels) + 1
    assert client.get(f"{base}new-step/").content.count(b'name="level"') == 1
    form |= {"name": "Vår plan", "level": [*form["level"], "nny"]}
    form |= {"nny-step": "friendly", "nny-days": "3", "nny-deadline_days": "0"}
    assert client.post(address, form).status_code == 302
    changed = levels_of(organization, plan)
    assert [(level.step, level.days) for level in changed][:3] == [("notice", -45), ("friendly", 3), ("reminder", 14)]
    assert {level.pk for level in levels} - {level.pk for level in changed} == {friendly.pk}
    assert changed[2].position == levels[2].position

    # Somebody else has it open still: the second to save is told, and nothing is lost.
    late = client.post(address, form | {"name": "For sent"})
    assert (late.status_code, b"For sent" in late.content) == (422, True)
    with in_organization(organization):
        plan.refresh_from_db()
        assert (plan.name, plan.version) == ("Vår plan", 2)
        verbs = AuditEntry.objects.of(organization).filter(subject_id=plan.pk).order_by("recorded_at")
        assert list(verbs.values_list("verb", flat=True)) == ["reminder_plan.created", "reminder_plan.changed"]
        with pytest.raises(IntegrityError), transaction.atomic():
            ReminderPlan.objects.create(organization=organization, country="NO", debtor="consumer", name="To")
    assert client_of(auditor).get(base).status_code == 200
    assert client_of(auditor).post(address, form).status_code == 403
    assert client_of(stranger).get(address).status_code == 404


def test_a_plan_that_breaks_the_law_is_refused_at_its_step_with_the_paragraph(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    plan, client = own_plan(organization), client_of(owner)
    levels = levels_of(organization, plan)
    _notice, _friendly, reminder, notice, _end = (level.pk.hex for level in levels)
    address = f"/{organization.slug}/reminders/plans/{plan.pk}/"
    form = form_of(
        plan,
        levels,
        **{
            f"{reminder}-days": "10",
            f"{reminder}-agreed_fee": "50",
            f"{notice}-deadline_days": "7",
            "agreed_rate": "24",
            "level": [level.pk.hex for level in levels],
        },
    )
    refused = client.post(address, form)
    assert refused.status_code == 422
    fields = refused.context["errors"]
    broken = {field_id.removeprefix("id_"): sentence for field_id, _label, sentence in fields}
    assert set(broken) == {f"{reminder}-days", f"{reminder}-agreed_fee", f"{notice}-deadline_days", "agreed_rate"}
    assert "inkassoforskriften § 1-2" in broken[f"{reminder}-days"]
    assert "inkassoloven § 9" in broken[f"{notice}-deadline_days"]
    assert "forsinkelsesrenteloven" in broken["agreed_rate"]
    assert [level.days for level in levels_of(organization, plan)] == [-3, 7, 14, 29, 44]
    empty = client.post(address, form | {f"{key}-remove": "on" for key in form["level"]} | {"agreed_rate": ""})
    assert empty.status_code == 422
    too_far = client.post(address, form_of(plan, levels, **{f"{reminder}-days": "366"}))
    assert too_far.status_code == 422


def test_what_a_known_change_of_the_law_forbids_is_told_before_it_comes(organization: Any) -> None:
    day = date(2026, 11, 22)
    lawful = lawful_plan("NO", DebtorKind.CONSUMER)
    known: dict[str, Any] = {"country": "NO", "debtor": "consumer", "day": day}
    assert breaks_later(lawful, law=PRODUCT_LAW, **known) is None  # the rate that ends breaks nothing
    ahead = breaks_later(lawful, law=Law(PRODUCT_FIGURES, own=[own(NEW_ACT, "1", "2027-03-01")]), **known)
    assert ahead is not None
    assert ahead.day == date(2027, 3, 1)
    assert any("LOV-2026-05-22-19" in sentence for sentence in ahead.sentences)


def test_own_words_default_and_the_end_of_a_plan(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    plan, client = own_plan(organization), client_of(owner)
    level = levels_of(organization, plan)[2]
    words = f"/{organization.slug}/reminders/plans/{plan.pk}/steps/{level.pk}/words/?language=nb"
    assert client.get(words).status_code == 200
    bad = client.post(words, {"subject": "", "body": "Hei {hvem}", "version": "1"})
    assert (bad.status_code, b"{hvem}" in bad.content) == (422, True)
    shown = client.post(words, {"subject": "", "body": "Betal {amount} nå.", "version": "1", "preview": "1"})
    assert (shown.status_code, b"Betal 12" in shown.content) == (200, True)
    assert levels_of(organization, plan)[2].texts == {}
    client.post(words, {"subject": "Om {number}", "body": "Betal {amount} nå.", "version": "1"})
    assert levels_of(organization, plan)[2].texts == {"nb": {"subject": "Om {number}", "body": "Betal {amount} nå."}}

    # A copy becomes the default; the first can then be left, and customers follow.
    base = f"/{organization.slug}/reminders/plans/"
    page = client.get(f"{base}new/?copy={plan.pk}")
    assert page.content.count(b'name="level"') == 5
    levels = levels_of(organization, plan)
    form = {name: value for name, value in form_of(plan, levels).items() if not name.endswith("level_id")}
    del form["is_default"]
    client.post(f"{base}new/", form | {"name": "Myk"})
    with in_organization(organization):
        soft = ReminderPlan.objects.of(organization).get(name="Myk")
    client.post(f"{base}{soft.pk}/default/")
    client.post(f"{base}{plan.pk}/archive/")
    with in_organization(organization):
        assert list(ReminderPlan.objects.of(organization).filter(archived_at=None, is_default=True)) == [soft]
        assert client.get(f"{base}{plan.pk}/").status_code == 404
        assert plain_plan(soft).levels[2].wants_fee


def test_the_page_of_plans_asks_as_many_questions_for_many_plans_as_for_one(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    client, page = client_of(owner), f"/{organization.slug}/reminders/plans/"
    own_plan(organization)
    client.get(page)  # what is read once for the process
    with CaptureQueriesContext(connection) as one:
        client.get(page)
    for country, debtor in (("NO", "business"), ("DK", "consumer"), ("SE", "public"), ("", "business")):
        own_plan(organization, country=country, debtor=debtor)
    with CaptureQueriesContext(connection) as many:
        client.get(page)
    assert len(many) == len(one) < 30


def test_a_plan_changed_in_the_middle_sends_no_step_twice(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    turn_on(organization)
    plan, invoice = own_plan(organization), owing(organization)
    walk(organization, DUE + timedelta(days=1), DUE + timedelta(days=14))
    levels = levels_of(organization, plan)
    form = form_of(plan, levels)
    form |= {"level": [*form["level"], "nny"], "nny-step": "friendly", "nny-days": "3", "nny-deadline_days": "0"}
    saved = client_of(owner).post(f"/{organization.slug}/reminders/plans/{plan.pk}/", form)
    assert saved.status_code == 302
    sent = walk(organization, DUE + timedelta(days=15), DUE + timedelta(days=40))
    assert sent == []  # the notice before collection waits for approval, and nothing of before comes again
    assert invoice.receivable_id is not None
