"""Exchange rates: typed or taken from a file, dated, with their source, each day's rate once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from payments.models import ExchangeRate
from tenants.models import AuditEntry
from tests import builders

LIST = "/nordlys/exchange-rates/"
ENTER = f"{LIST}enter/"
IMPORT = f"{LIST}import/"
HEAD = "date;currency;rate;source\n"


def rate_data(**changes: Any) -> dict[str, Any]:
    return {"currency": "EUR", "day": "2026-01-15", "rate": "11,7325", "source": "Norges Bank", **changes}


def upload(client: Any, content: str | bytes) -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return client.post(IMPORT, {"file": SimpleUploadedFile("rates.csv", raw)})


def stored(organization: Any) -> list[tuple[str, date, Decimal]]:
    with builders.in_organization(organization):
        return list(ExchangeRate.objects.order_by("day", "currency").values_list("currency", "day", "rate"))


def test_a_rate_is_entered_as_typed(organization: Any, accountant: Any, client_of: Any) -> None:
    client = client_of(accountant)
    assert client.post(ENTER, rate_data()).status_code == 302
    assert stored(organization) == [("EUR", date(2026, 1, 15), Decimal("11.7325"))]
    with builders.in_organization(organization):
        assert AuditEntry.objects.get(verb="exchange_rate.entered").facts["rate"] == "11.7325"
    assert client.get(LIST).status_code == 200


def test_strangers_find_nothing_and_members_without_the_right_are_refused(
    organization: Any, stranger: Any, auditor: Any, client_of: Any
) -> None:
    for path, data in ((ENTER, rate_data()), (IMPORT, {})):
        assert client_of(stranger).post(path, data).status_code == 404
        assert client_of(auditor).post(path, data).status_code == 403
    assert client_of(auditor).get(LIST).status_code == 200
    assert stored(organization) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rate": "0"}, "rate"),
        ({"rate": "-1"}, "rate"),
        ({"rate": "1,123456789"}, "rate"),
        ({"rate": "Infinity"}, "rate"),
        ({"day": "2026-02-30"}, "day"),
        ({"day": (date.today() + timedelta(days=3)).isoformat()}, "day"),  # noqa: DTZ011 - any day to come will do
        ({"day": "0001-01-01"}, "day"),
        ({"currency": "NOK"}, "currency"),
        ({"currency": "XYZ"}, "currency"),
        ({"source": ""}, "source"),
        ({"source": "a\x00"}, "source"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field(
    organization: Any, owner: Any, client_of: Any, changes: dict[str, str], field: str
) -> None:
    response = client_of(owner).post(ENTER, rate_data(**changes))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert stored(organization) == []


def test_a_day_has_one_rate(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    client.post(ENTER, rate_data())
    response = client.post(ENTER, rate_data(rate="12"))
    assert response.status_code == 422
    assert "day" in response.context["form"].errors
    assert len(stored(organization)) == 1
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        ExchangeRate.objects.create(organization=organization, currency="EUR", day=date(2026, 1, 15), rate=1)
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        ExchangeRate.objects.create(organization=organization, currency="USD", day=date(2026, 1, 15), rate=0)


def test_a_file_is_taken_in_whole_and_twice_is_as_good_as_once(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    text = "\ufeff" + HEAD + "2026-01-15;EUR;11,7325;Norges Bank\n2026-01-15;usd;10.05;Norges Bank\n\n"
    for _time in range(2):
        assert upload(client, text).status_code == 302
    assert [rate[0] for rate in stored(organization)] == ["EUR", "USD"]
    with builders.in_organization(organization):
        assert AuditEntry.objects.filter(verb="exchange_rate.entered").count() == 2


@pytest.mark.parametrize(
    "content",
    [
        "",
        HEAD,
        "day;currency\n",
        HEAD + "2026-01-15;EUR;11;Norges Bank\n2026-01-16;EUR;0;Norges Bank\n",
        HEAD + "2026-01-15;EUR;11;Norges Bank\n2026-01-15;EUR;12;Norges Bank\n",
        HEAD + "2026-13-15;EUR;11;Norges Bank\n",
        HEAD + "2026-01-15;XXX;11;Norges Bank\n",
        HEAD + "2026-01-15;EUR;11\n",
        HEAD + '2026-01-15;EUR;11;"never closed\n',
        HEAD + "2026-01-15;EUR;11;a\x00b\n",
        HEAD.encode() + b"2026-01-15;EUR;11;\xff\xfe\n",
        b"\x00" * 1_000_002,
        HEAD + "2026-01-15;EUR;11;x\n" * 5001,
    ],
)
def test_a_file_that_does_not_hold_is_refused_and_nothing_is_taken(
    organization: Any, owner: Any, client_of: Any, content: str | bytes
) -> None:
    response = upload(client_of(owner), content)
    assert response.status_code == 422
    assert response.context["file_form"].errors["file"]
    assert stored(organization) == []


def test_a_file_does_not_change_a_rate_that_stands(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    client.post(ENTER, rate_data())
    assert upload(client, HEAD + "2026-01-14;EUR;11;x\n2026-01-15;EUR;11;x\n").status_code == 422
    assert len(stored(organization)) == 1


def test_the_list_has_pages_and_asks_few_questions(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    rows = "".join(f"{date(2025, 1, 1) + timedelta(days=day)};EUR;11;x\n" for day in range(60))
    assert upload(client, HEAD + rows).status_code == 302
    client.get(LIST)
    with CaptureQueriesContext(connection) as questions:
        first = client.get(LIST)
    second = client.get(LIST + first.context["pagination"]["next_url"])
    assert (len(first.context["rates"]), len(second.context["rates"])) == (50, 10)
    assert len(questions) <= 16
