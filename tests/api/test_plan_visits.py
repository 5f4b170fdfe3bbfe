"""Planning systems send visits and projects: each visit answered for itself, the same thing twice is one (M-120)."""

from __future__ import annotations

from typing import Any

from billing_backlog.models import Project, Visit
from foundation.ids import uuid7
from tests import builders
from tests.api.programs import program_of
from tests.architecture.test_statements import capture


def visit(line: str, **changes: Any) -> dict[str, Any]:
    said = {"planned_on": "2026-11-20", "starts_at": "08:00", "text": "Vinduspuss", "quantity": "1"}
    return {**said, "unit_price": "800", "source": {"system": "plan", "order": "W47", "line": line}, **changes}


def outcomes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["outcome"] for each in answer.json()["visits"]]


def test_m_120_visits_are_planned_corrected_done_and_cancelled(organization: Any, owner: Any) -> None:
    program = program_of(organization)
    customer = builders.make_customer(organization)
    known = {"customer_number": customer.number}
    sent = [
        visit("1", **known, worker_email=owner.email.upper()),
        visit("2", **known),
        visit("3", customer_number=999),
        visit("4", **known, ends_at="07:00"),
        visit("5", **known, worker_email="nobody@nowhere.example"),
        visit("6", **known, source={"system": "Visits", "order": "1", "line": "1"}),
        visit("1", **known, worker_email=owner.email),
    ]
    first = program.post("/visits", {"visits": sent}, key="once")
    assert outcomes(first) == ["new", "new", "refused", "refused", "refused", "refused", "known"]
    fields = [each["field"] for each in first.json()["visits"]]
    assert fields == ["", "", "customer_number", "ends_at", "worker_email", "source.system", ""]
    again = program.post("/visits", {"visits": sent}, key="once")
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert outcomes(program.post("/visits", {"visits": [visit("2", **known, note="x")]})) == ["differs"]
    later = visit("2", **known, note="Ring på", planned_on="2026-11-21")
    assert outcomes(program.post("/visits/correct", {"visits": [later, visit("9", **known)]})) == [
        "corrected",
        "refused",
    ]
    one, two = (each["id"] for each in first.json()["visits"][:2])
    told = program.get(f"/visits/{one}").json()
    assert (told["worker_name"], told["starts_at"], told["state"]) == (str(owner), "08:00", "planned")

    done = {"visits": [{"id": one, "done_on": "2026-11-20", "quantity": "1.5"}, {"id": two, "done_on": "2126-01-01"}]}
    answer = program.post("/visits/complete", done)
    assert outcomes(answer) == ["done", "refused"]
    assert answer.json()["visits"][1]["field"] == "done_on"
    assert outcomes(program.post("/visits/complete", {"visits": done["visits"][:1]})) == ["known"]
    told = program.get(f"/visits/{one}").json()
    assert (told["state"], told["quantity"], len(told["item_ids"])) == ("done", "1.5", 1)
    item = program.get(f"/backlog/items/{told['item_ids'][0]}").json()
    assert (item["source_system"], item["quantity"], item["is_ready"]) == ("visits", "1.5", True)
    assert program.post("/visits/complete", {"visits": [{"id": str(uuid7())}]}).status_code == 404

    gone = {"ids": [two], "reason": "Kunden er bortreist"}
    assert program.post("/visits/cancel", {"ids": [one, two], "reason": "x"}).status_code == 422
    for _time in range(2):
        assert program.post("/visits/cancel", gone).json() == {"ids": [two]}
    page = program.get("/visits?limit=1").json()
    assert [each["id"] for each in page["items"]] == [two]
    assert [each["id"] for each in program.get(f"/visits?after={page['next']}").json()["items"]] == [one]
    assert [each["id"] for each in program.get("/visits?state=cancelled&first=2026-11-21").json()["items"]] == [two]
    with builders.in_organization(organization):
        assert Visit.objects.count() == 2


def test_many_visits_cost_as_many_statements_as_one(organization: Any) -> None:
    program = program_of(organization)
    customer = builders.make_customer(organization)
    counts, done = [], []
    for start, count in ((0, 1), (1, 60)):
        sent = [visit(str(start + place), customer_number=customer.number) for place in range(count)]
        with capture() as captured:
            answer = program.post("/visits", {"visits": sent})
        assert set(outcomes(answer)) == {"new"}
        counts.append(len(captured.statements))
        reports = [{"id": each["id"]} for each in answer.json()["visits"]]
        with capture() as captured:
            assert set(outcomes(program.post("/visits/complete", {"visits": reports}))) == {"done"}
        done.append(len(captured.statements))
    assert counts[1] <= counts[0], counts
    assert done[1] <= done[0], done


def test_projects_are_registered_changed_and_listed(organization: Any, project_manager: Any) -> None:
    program = program_of(organization)
    customer = builders.make_customer(organization)
    sent = {"number": "7100", "name": "Kai", "customer_number": customer.number, "dimensions": {"department": "40"}}
    made = program.post("/projects", {**sent, "manager_email": project_manager.email}, key="p")
    assert made.status_code == 201, made.content
    assert program.post("/projects", {**sent, "manager_email": project_manager.email}, key="p").json() == made.json()
    told = made.json()
    assert (told["customer_id"], told["manager_email"]) == (str(customer.pk), project_manager.email)
    refused = program.post("/projects", sent)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "number")
    for changes, field in (
        ({"customer_number": 999}, "customer_number"),
        ({"number": "7101", "manager_email": "nobody@nowhere.example"}, "manager_email"),
    ):
        answer = program.post("/projects", {**sent, **changes})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    address = f"/projects/{told['id']}"
    changed = program.patch(address, {"version": told["version"], "name": "Kai 2", "manager_email": ""})
    assert (changed.json()["name"], changed.json()["manager_email"], changed.json()["number"]) == ("Kai 2", "", "7100")
    assert changed.json()["dimensions"] == {"department": "40"}
    assert program.patch(address, {"version": told["version"], "name": "Kai 3"}).status_code == 409
    assert program.get(address).json() == changed.json()
    assert [each["id"] for each in program.get("/projects?q=71").json()["items"]] == [told["id"]]
    assert program.get("/projects?is_closed=true").json()["items"] == []
    with builders.in_organization(organization):
        assert Project.objects.count() == 1
    reader = program_of(organization, scopes=["backlog:read"])
    assert reader.get(address).status_code == 200
    assert reader.patch(address, {"version": 2, "name": "x"}).status_code == 403
