"""bin/test: run the test suite on servers of its own. Everything but --full and --no-browser is passed to pytest."""

import argparse

from machine.browser import browser_environment
from machine.checkout import open_checkout
from machine.command_line import run_in_foreground
from machine.environment import test_environment
from machine.services import services_for_tests
from machine.setup import prepare_programs
from machine.system_packages import BROWSER
from machine.virtual_environment import DEVELOPMENT

PARALLEL_WORKERS = 3  # one more than the smallest machine has cores: many tests wait for a browser or a server

# A worker that is done takes over from one that still has many: browser tests stand together and are slow.
DISTRIBUTION = ("--dist", "worksteal")


def main(arguments: list[str]) -> int:
    """Run the tests and give pytest's exit code."""
    parser = argparse.ArgumentParser(prog="bin/test", description=__doc__, allow_abbrev=False)
    parser.add_argument("--full", action="store_true", help="run the full counts, not the scaled-down ones")
    parser.add_argument("--no-browser", action="store_true", help="leave out the tests that drive a browser")
    options, pytest_arguments = parser.parse_known_args(arguments)
    checkout = open_checkout("bin/test")
    prepare_programs(checkout, requirements=DEVELOPMENT, needs=() if options.no_browser else (BROWSER,))
    variables = {"BILAG_TEST_SCALE": "full" if options.full else "quick"}
    if not options.no_browser:
        variables |= browser_environment()
    selection = ["-m", "not browser"] if options.no_browser else []
    with services_for_tests(checkout) as services:
        environment = test_environment(checkout, folder="test") | services.environment | variables
        pytest = [str(checkout.python), "-m", "pytest", "-n", str(PARALLEL_WORKERS), *DISTRIBUTION, *selection]
        return run_in_foreground([*pytest, *pytest_arguments], environment=environment, folder=checkout.root)
