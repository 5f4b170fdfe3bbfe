"""bin/manage: run one of the application's commands with the services up."""

import os

from machine.checkout import open_checkout
from machine.command_line import run_in_foreground
from machine.environment import application_environment
from machine.services import services_for_use
from machine.setup import prepare_programs, prepare_tables
from machine.virtual_environment import RUNTIME

# These speak about migrations or about the source; a pending or broken migration must not stand in their way.
WITHOUT_MIGRATING = {
    *("migrate", "makemigrations", "showmigrations", "sqlmigrate", "squashmigrations", "optimizemigration"),
    *("makemessages", "compilemessages", "check", "diffsettings", "help", "version", "--help", "--version"),
}


def main(arguments: list[str]) -> int:
    """Run the command and give its exit code."""
    checkout = open_checkout("bin/manage")
    prepare_programs(checkout, requirements=RUNTIME)
    with services_for_use(checkout) as services:
        port = int(os.environ.get("PORT") or "8000")
        environment = application_environment(checkout, port=port) | services.environment
        if arguments and arguments[0] not in WITHOUT_MIGRATING:
            prepare_tables(checkout, environment, cluster_folder=services.cluster_folder)
        command = [str(checkout.python), str(checkout.root / "manage.py"), *arguments]
        return run_in_foreground(command, environment=environment)
