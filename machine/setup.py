"""Makes the machine ready, step by step; a step that is done already is not done again."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from machine.application import collect_static_files, compile_catalogues, migrate
from machine.checkout import Checkout
from machine.locks import locked
from machine.messages import MachineRefused, tell
from machine.services import SETUP_LOCK, SETUP_WAIT
from machine.system_packages import FONTS, PDF, PYTHON, Need, ensure_system_packages
from machine.virtual_environment import ensure_virtual_environment


def prepare_programs(checkout: Checkout, *, requirements: str, needs: Sequence[Need] = ()) -> None:
    """Leave the system's libraries, the Python packages and the compiled catalogues that the application needs."""
    with locked(checkout.data / SETUP_LOCK, while_waiting=SETUP_WAIT):
        python = () if checkout.python.exists() else (PYTHON,)
        required = (*python, PDF, *needs)
        if any(need.missing() for need in required):
            # Whoever has to ask an administrator asks once.
            ensure_system_packages(checkout, (*required, FONTS))
        try:
            ensure_system_packages(checkout, (FONTS,))
        except MachineRefused as wish:
            tell(str(wish))
        ensure_virtual_environment(checkout, requirements=requirements)
        compile_catalogues(checkout)


def prepare_tables(checkout: Checkout, environment: Mapping[str, str], *, cluster_folder: Path | None) -> None:
    """Leave migrated tables."""
    with locked(checkout.data / SETUP_LOCK, while_waiting=SETUP_WAIT):
        migrate(checkout, environment, cluster_folder=cluster_folder)


def prepare_static_files(checkout: Checkout, environment: Mapping[str, str]) -> None:
    """Leave collected static files."""
    with locked(checkout.data / SETUP_LOCK, while_waiting=SETUP_WAIT):
        collect_static_files(checkout, environment)
