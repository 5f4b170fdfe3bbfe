"""docker-compose.yml runs the processes that bin/up runs, with variables that the settings know."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from machine import application_processes

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROCESSES = {
    "web": application_processes.web(host="0.0.0.0", port=8000),  # noqa: S104  # inside the container's own network
    "worker": application_processes.worker(),
    "relay": application_processes.relay(),
    "timetable": application_processes.timetable(schedule=Path("/var/lib/bilag/timetable")),
}
SETTINGS = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
KNOWN = set(re.findall(r"environment\.\w+\(\s*\"([A-Z_]+)\"", SETTINGS))
SECRETS = {
    "SECRET_KEY",
    "BILAG_ENCRYPTION_KEYS",
    "BILAG_OWNER_PASSWORD",
    "BILAG_APP_PASSWORD",
    "BILAG_BACKUP_PASSWORD",
    "POSTGRES_PASSWORD",
}


@pytest.mark.parametrize("name", PROCESSES)
def test_a_service_runs_what_bin_up_runs(name: str) -> None:
    assert SERVICES[name]["command"] == PROCESSES[name]


def test_the_image_serves_by_default() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    [command] = re.findall(r"^CMD (.+)$", dockerfile, re.MULTILINE)
    assert yaml.safe_load(command) == PROCESSES["web"]


def test_every_variable_is_one_that_the_settings_read() -> None:
    given = set(SERVICES["web"]["environment"])
    assert given <= KNOWN
    required = set(re.findall(r"environment\.required\(\"([A-Z_]+)\"\)", SETTINGS)) | {
        name for name in KNOWN if name.startswith("DATABASE_")
    }
    assert required <= given


@pytest.mark.parametrize("name", [*PROCESSES, "migrate"])
def test_every_part_of_the_application_has_the_same_environment_and_files(name: str) -> None:
    service = SERVICES[name]
    assert service["environment"] == SERVICES["web"]["environment"]
    assert service["volumes"] == ["files:/var/lib/bilag"]
    assert service["environment"]["BILAG_ENVIRONMENT"] == "production"
    assert service["environment"]["BILAG_DATA_DIR"] == "/var/lib/bilag"


def test_secrets_come_from_the_environment_and_are_demanded() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for secret in SECRETS:
        found = re.findall(rf"\$\{{{secret}\b([^}}]*)", text)
        assert found, secret
        assert all(rest.startswith(":?") for rest in found), secret
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name or "SECRET" in name or "KEYS" in name:
                assert str(value).startswith("${"), name


def test_the_logins_are_those_of_the_database_script() -> None:
    script = (ROOT / "machine" / "database.sql").read_text(encoding="utf-8")
    mounts = SERVICES["postgres"]["volumes"]
    assert "./machine/database.sql:/docker-entrypoint-initdb.d/bilag.sql:ro" in mounts
    for name in re.findall(r"\\getenv \w+ (\w+)", script):
        assert name in SERVICES["postgres"]["environment"]
    environment = SERVICES["web"]["environment"]
    for variable, login in (
        ("DATABASE_URL", "bilag_app"),
        ("DATABASE_OWNER_URL", "bilag_owner"),
        ("DATABASE_BACKUP_URL", "bilag_backup"),
    ):
        assert environment[variable].startswith(f"postgresql://{login}:${{")
        assert environment[variable].endswith("@postgres:5432/bilag")


def test_more_workers_are_a_number() -> None:
    worker = SERVICES["worker"]
    assert "container_name" not in worker
    assert "ports" not in worker


def test_what_others_wait_for_says_when_it_is_healthy() -> None:
    for service in SERVICES.values():
        for name, dependency in service.get("depends_on", {}).items():
            if dependency["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[name]
    for name in ("web", "worker", "postgres", "redis"):
        assert "healthcheck" in SERVICES[name]


def test_nothing_is_published_beyond_the_machine() -> None:
    for service in SERVICES.values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_a_mail_catcher_stands_in_until_a_mail_server_is_named() -> None:
    assert SERVICES["web"]["environment"]["EMAIL_HOST"] == "${EMAIL_HOST:-mail}"
    assert "mail" in SERVICES
