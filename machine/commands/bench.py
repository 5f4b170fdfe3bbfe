"""bin/bench: run benchmarks on a durable server of their own. The arguments are those of the bench package."""

from machine.checkout import open_checkout
from machine.command_line import run_in_foreground
from machine.environment import test_environment
from machine.services import services_for_benches
from machine.setup import prepare_programs, prepare_tables
from machine.virtual_environment import DEVELOPMENT

# The benches measure pages, and no folder of collected files stands beside their data.
PLAIN_STATIC_FILES = {"BILAG_STATIC_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage"}


def main(arguments: list[str]) -> int:
    """Run the benchmarks and give their exit code."""
    checkout = open_checkout("bin/bench")
    prepare_programs(checkout, requirements=DEVELOPMENT)
    with services_for_benches(checkout) as services:
        environment = test_environment(checkout, folder="bench") | services.environment | PLAIN_STATIC_FILES
        prepare_tables(checkout, environment, cluster_folder=services.cluster_folder)
        command = [str(checkout.python), "-m", "bench", *arguments]
        return run_in_foreground(command, environment=environment, folder=checkout.root)
