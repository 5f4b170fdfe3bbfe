"""Sending many documents, and finalizing that sends: a job with a result for each, and nothing is sent twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from invoicing.models import Delivery, DeliverySettings, Invoice
from tenants.clock import local_today
from tenants.models import Job, JobItem, Organization, Role
from tenants.permissions import ROLE_PERMISSIONS, Permission
from tests import builders
from tests.invoicing.draft_forms import LINE, address, typed


def _list(organization: Organization, more: str = "send/") -> str:
    return f"/{organization.slug}/invoices/{more}"


def _press(client: Client, organization: Organization, invoices: list[Invoice], **more: str) -> Any:
    ids = [str(invoice.pk) for invoice in invoices]
    shown = client.post(_list(organization), {"id": ids})
    seen = {"seen": shown.context["seen"], "key": shown.context["key"]} if shown.context else {}
    return client.post(_list(organization), {"id": ids, **seen, **more})


def _mails(organization: Organization, tmp_path: Path) -> int:
    return len(list((tmp_path / "mail" / str(organization.pk)).glob("*.eml")))


def _items(organization: Organization) -> list[tuple[str, str]]:
    with builders.in_organization(organization):
        return list(JobItem.objects.of(organization).order_by("job_id", "position").values_list("state", "reason"))


def _deliveries(organization: Organization, invoice_id: UUID) -> list[tuple[str, str]]:
    with builders.in_organization(organization):
        rows = Delivery.objects.of(organization).filter(subject_id=invoice_id)
        return list(rows.order_by("made_at").values_list("channel", "state"))


def test_many_are_sent_with_a_result_each(
    organization: Organization, owner: Any, client_of: Any, tmp_path: Path
) -> None:
    silent = builders.make_customer(organization, email="", street="", city="")
    invoices = [builders.make_finalized_invoice(organization) for _place in range(3)]
    unreachable = builders.make_finalized_invoice(organization, silent)

    answer = _press(client_of(owner), organization, [*invoices, unreachable])
    builders.run_background()

    assert "/jobs/" in answer["Location"]
    assert _mails(organization, tmp_path) == 3
    assert sorted(state for state, _reason in _items(organization)) == ["complete"] * 3 + ["failed"]
    assert all(_deliveries(organization, invoice.pk) == [("email", "sent")] for invoice in invoices)


def test_the_same_form_twice_and_what_was_sent_before_are_sent_once(
    organization: Organization, owner: Any, client_of: Any, tmp_path: Path
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    client = client_of(owner)
    shown = client.post(_list(organization), {"id": str(invoice.pk)})
    form = {"id": str(invoice.pk), "seen": shown.context["seen"], "key": shown.context["key"]}
    for _time in range(2):
        client.post(_list(organization), form)
    builders.run_background()

    refused = _press(client, organization, [invoice])
    builders.run_background()
    assert _mails(organization, tmp_path) == 1
    assert refused["Location"].endswith("/invoices/")

    _press(client, organization, [invoice], again="1")
    builders.run_background()
    assert _mails(organization, tmp_path) == 2
    with builders.in_organization(organization):
        assert Job.objects.of(organization).filter(kind="invoicing.send_many").count() == 2


def test_drafts_are_not_sent(organization: Organization, owner: Any, client_of: Any) -> None:
    draft = builders.make_draft(organization)

    answer = client_of(owner).post(_list(organization), {"id": str(draft.pk)})

    assert answer["Location"].endswith("/invoices/")
    assert _deliveries(organization, draft.pk) == []


@pytest.mark.parametrize(("sends", "count"), [("1", 1), ("", 0)])
def test_finalizing_sends_when_that_button_is_pressed(
    organization: Organization, client_of: Any, tmp_path: Path, sends: str, count: int
) -> None:
    draft = builders.make_draft(organization)
    client = client_of(builders.user_of("owner@nordlys.example"))
    page = client.get(f"/{organization.slug}/invoices/{draft.pk}/finalize/").content.decode()

    client.post(f"/{organization.slug}/invoices/{draft.pk}/finalize/", {"sends": sends})
    builders.run_background()

    assert 'name="sends" value="1" data-key="mod+enter"' in page
    assert builders.reload_invoice(organization, draft).number
    assert _mails(organization, tmp_path) == count


def test_m_004_the_draft_s_own_button_finalizes_and_sends_at_once(
    organization: Organization, owner: Any, client_of: Any, tmp_path: Path
) -> None:
    today = local_today(organization)
    draft = builders.make_draft(organization, today=today)
    [line] = builders.lines_of(organization, draft)
    data = typed([{**LINE, "id": line.pk.hex}], version="1", delivery_date=today.isoformat(), then="send")

    client_of(owner).post(address("update_draft", organization, draft), data, headers={"HX-Request": "true"})
    builders.run_background()

    assert builders.reload_invoice(organization, draft).number
    assert _mails(organization, tmp_path) == 1


def test_whoever_may_not_send_only_finalizes(
    organization: Organization, client_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = builders.make_draft(organization)
    clerk = builders.make_member(organization, "accountant")
    rights = ROLE_PERMISSIONS[Role.ACCOUNTANT] - {Permission.SEND_INVOICES}
    monkeypatch.setitem(ROLE_PERMISSIONS, Role.ACCOUNTANT, rights)

    client_of(clerk).post(f"/{organization.slug}/invoices/{draft.pk}/finalize/", {"sends": "1"})
    builders.run_background()

    assert builders.reload_invoice(organization, draft).number
    assert _mails(organization, tmp_path) == 0


def test_where_the_settings_say_so_finalizing_alone_is_offered_first(
    organization: Organization, owner: Any, client_of: Any
) -> None:
    draft = builders.make_draft(organization)
    with builders.in_organization(organization):
        DeliverySettings.objects.create(organization=organization, sends_when_finalized=False)

    page = client_of(owner).get(f"/{organization.slug}/invoices/{draft.pk}/finalize/").content.decode()

    assert 'name="sends" value="1" data-key="mod+enter"' not in page
    assert 'name="sends" value="1"' in page


def test_many_drafts_are_finalized_and_sent(
    organization: Organization, owner: Any, client_of: Any, tmp_path: Path
) -> None:
    drafts = [builders.make_draft(organization) for _place in range(3)]
    client = client_of(owner)
    ids = [str(draft.pk) for draft in drafts]
    shown = client.post(_list(organization, "finalize/"), {"id": ids})

    form = {"id": ids, "seen": shown.context["seen"], "key": shown.context["key"], "sends": "1"}
    client.post(_list(organization, "finalize/"), form)
    builders.run_background()

    assert _mails(organization, tmp_path) == 3


def test_a_correction_sends_both_documents_with_what_has_changed(
    organization: Organization, owner: Any, client_of: Any, tmp_path: Path
) -> None:
    correction = builders.make_correction(organization, builders.make_finalized_invoice(organization))
    address = f"/{organization.slug}/invoices/corrections/{correction.pk}/finalize/"

    client_of(owner).post(address, {"message": "Prisen er nå riktig.", "sends": "1"})
    builders.run_background()

    mails = [path.read_text() for path in (tmp_path / "mail" / str(organization.pk)).glob("*.eml")]
    assert len(mails) == 2
    assert all("Prisen er n=C3=A5 riktig." in mail for mail in mails)


def test_another_organization_s_documents_are_not_found(
    organization: Organization, other_organization: Organization, owner: Any, client_of: Any
) -> None:
    foreign = builders.make_finalized_invoice(other_organization)

    client_of(owner).post(_list(organization), {"id": str(foreign.pk)})

    assert client_of(owner).post(_list(other_organization), {"id": str(foreign.pk)}).status_code == 404
    assert _deliveries(other_organization, foreign.pk) == []


def test_a_case_worker_does_not_send_many(organization: Organization, case_worker: Any, client_of: Any) -> None:
    invoice = builders.make_finalized_invoice(organization)

    assert client_of(case_worker).post(_list(organization), {"id": str(invoice.pk)}).status_code == 403
