"""bin/up: set everything up and serve the application until told to stop."""

import argparse
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from machine import application_processes
from machine.checkout import Checkout, open_checkout
from machine.command_line import end_in_order_on
from machine.environment import application_environment
from machine.messages import MachineRefused, last_lines, tell
from machine.port import HOST, wanted_port
from machine.readiness import serves
from machine.services import Services, services_for_use
from machine.setup import prepare_programs, prepare_static_files, prepare_tables
from machine.supervisor import Supervisor
from machine.virtual_environment import RUNTIME

READY_SECONDS_MAX = 120.0
# The demo organizations are worth a short wait; the rest of their documents are made while the application serves.
DEMO_SECONDS_MAX = 45.0


def main(arguments: list[str]) -> int:
    """Serve until told to stop."""
    argparse.ArgumentParser(prog="bin/up", description=__doc__).parse_args(arguments)
    end_in_order_on((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), code=0)
    port = wanted_port()
    checkout = open_checkout("bin/up")
    prepare_programs(checkout, requirements=RUNTIME)
    with services_for_use(checkout) as services:
        environment = application_environment(checkout, port=port) | services.environment
        prepare_tables(checkout, environment, cluster_folder=services.cluster_folder)
        prepare_static_files(checkout, environment)
        supervisor = Supervisor(checkout.root, checkout.logs, environment)
        try:
            serve(checkout, supervisor, services, port=port)
        finally:
            supervisor.stop()
    return 0


def worker_pool() -> tuple[str, ...]:
    """Several tasks at once, where the machine has the shared memory that this takes."""
    if os.access("/dev/shm", os.W_OK):  # noqa: S108  # asked about, not written to
        return application_processes.PREFORK
    tell("Shared memory (/dev/shm) cannot be written, so background tasks run one at a time.")
    return application_processes.SOLO


def serve(checkout: Checkout, supervisor: Supervisor, services: Services, *, port: int) -> None:
    """Start the processes, say when they serve, and keep them."""
    supervisor.keep("web", application_processes.web(host=HOST, port=port))
    # Until pages can be served, nothing else takes the processor.
    name = (supervisor.environment.get("BILAG_ALLOWED_HOSTS") or HOST).split(",")[0]
    is_ready = within(READY_SECONDS_MAX, serves(port, name=name), checkout.logs / "web.log")
    supervisor.watch(until=is_ready, revive=services.revive)
    if supervisor.environment["BILAG_ENVIRONMENT"] == "development":
        make_demo(supervisor, services, stamp=(services.cluster_folder or checkout.data) / "demo.stamp")
    supervisor.keep("worker", application_processes.worker(pool=worker_pool()))
    supervisor.keep("relay", application_processes.relay())
    supervisor.keep("timetable", application_processes.timetable(schedule=checkout.data / "timetable"))
    tell(f"Logs are in {checkout.logs}. Stop with Ctrl-C.")
    print(f"Ready: http://{HOST}:{port}", flush=True)
    supervisor.watch(until=lambda: False, revive=services.revive)


def make_demo(supervisor: Supervisor, services: Services, *, stamp: Path) -> None:
    """Have the demo organizations made; the first time, wait a while for them before workers render their documents."""

    def show_rendering() -> None:
        stamp.touch()
        supervisor.run_beside("demo", application_processes.demo(until_rendered=True))

    if stamp.exists():
        show_rendering()
        return
    supervisor.run_beside("demo", application_processes.demo(), when_done=show_rendering)
    deadline = time.monotonic() + DEMO_SECONDS_MAX
    supervisor.watch(
        until=lambda: stamp.exists() or not supervisor.passing or time.monotonic() > deadline, revive=services.revive
    )


def within(seconds: float, question: Callable[[], bool], log: Path) -> Callable[[], bool]:
    """The question, refused when it is not answered yes in time."""
    started = time.monotonic()

    def ask() -> bool:
        if time.monotonic() - started > seconds:
            raise MachineRefused(f"The application did not become ready. The end of {log}:\n{last_lines(log)}")
        return question()

    return ask
