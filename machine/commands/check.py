"""bin/check: what a change must pass, as CI runs it: style, types, imports, migrations, deployment, security, tests."""

import argparse
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from machine.checkout import Checkout, open_checkout
from machine.command_line import run_in_foreground
from machine.commands import test
from machine.environment import test_environment
from machine.messages import tell
from machine.services import services_for_tests
from machine.setup import prepare_programs
from machine.virtual_environment import DEVELOPMENT

MANAGE = ("python", "manage.py")
STEPS = (
    ("Format", ("ruff", "format", "--check", ".")),
    ("Lint", ("ruff", "check", ".")),
    ("Types", ("mypy", ".")),
    ("Imports", ("lint-imports",)),
    ("Migrations", (*MANAGE, "makemigrations", "--check", "--dry-run")),
    (
        "Security",
        ("bandit", "--quiet", "--configfile", "pyproject.toml", "--recursive", "--severity-level", "medium", "."),
    ),
)
DEPLOYMENT = ("Deployment", (*MANAGE, "check", "--deploy", "--fail-level", "WARNING"))


def main(arguments: list[str]) -> int:
    """Run every check, then the tests, and fail when one of them fails."""
    parser = argparse.ArgumentParser(prog="bin/check", description=__doc__, allow_abbrev=False)
    parser.add_argument("--no-tests", action="store_true", help="leave out the tests")
    options, test_arguments = parser.parse_known_args(arguments)
    checkout = open_checkout("bin/check")
    prepare_programs(checkout, requirements=DEVELOPMENT)
    failed = failed_checks(checkout)
    if failed:
        tell(f"Failed: {', '.join(failed)}.")
        return 1
    return 0 if options.no_tests else test.main(test_arguments)


def failed_checks(checkout: Checkout) -> list[str]:
    """Run all checks but the tests, and name those that failed."""
    with services_for_tests(checkout) as services:
        environment = test_environment(checkout, folder="test") | services.environment
        failed = [name for name, command in STEPS if not passes(checkout, name, command, environment)]
        if not passes(checkout, *DEPLOYMENT, environment | deployment_environment()):
            failed.append(DEPLOYMENT[0])
    return failed


def passes(checkout: Checkout, name: str, command: tuple[str, ...], environment: Mapping[str, str]) -> bool:
    """Whether the command ends well."""
    tell(f"{name}: {' '.join(command)}")
    program = [str(checkout.venv / "bin" / command[0]), *command[1:]]
    return run_in_foreground(program, environment=environment, folder=checkout.root) == 0


def deployment_environment() -> dict[str, str]:
    """What a production machine would name; the secrets are forgotten when the check has ended."""
    return {
        "BILAG_ENVIRONMENT": "production",
        "BILAG_BASE_URL": "https://bilag.example",
        "BILAG_ALLOWED_HOSTS": "bilag.example",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "BILAG_ENCRYPTION_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii"),
        "EMAIL_HOST": "mail.bilag.example",
    }
