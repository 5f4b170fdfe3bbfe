"""Health: the process answers, and readiness says what is missing."""

from __future__ import annotations

from typing import Any

from django.db.migrations.recorder import MigrationRecorder


def test_the_process_answers_without_a_database(client: Any) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_it_is_ready_when_the_database_is_migrated(client: Any, db: None) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["database"] == "ok"


def test_without_redis_it_serves_degraded(client: Any, db: None, settings: Any) -> None:
    settings.REDIS_CACHE_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "degraded", "database": "ok", "redis": "does not answer"}


def test_with_migrations_waiting_it_is_not_ready(client: Any, db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _self: {})
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["status"] == "unavailable"
