"""The database and the broker that a command works with: embedded ones, or those that the environment names."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from machine import postgresql, redis
from machine.checkout import Checkout
from machine.database import (
    SUPERUSER,
    database_url,
    database_urls,
    drop_database,
    prepare_database,
    prepare_test_databases,
)
from machine.locks import Lease, locked
from machine.messages import MachineRefused
from machine.postgresql_place import postgresql_folder
from machine.server_binaries import ServerBinaries, ensure_server_binaries
from machine.socket_folders import socket_folder
from machine.system_user import Account, server_account

DATABASE_NAME = "bilag"
BENCH_DATABASE_NAME = "bilag_bench"
SETUP_LOCK = "setup.lock"
SETUP_WAIT = "Another set-up of this folder is under way; waiting for it."


@dataclass(frozen=True, slots=True)
class Services:
    """What a command's environment gains, and how to bring a killed server back."""

    environment: dict[str, str]
    revive: Callable[[], None]
    cluster_folder: Path | None  # None when the database is somebody else's


@contextmanager
def services_for_use(checkout: Checkout) -> Iterator[Services]:
    """The services behind bin/up and bin/manage."""
    names_database, names_redis = bool(os.environ.get("DATABASE_URL")), bool(os.environ.get("REDIS_URL"))
    for name in ("DATABASE_OWNER_URL", "DATABASE_BACKUP_URL"):
        if names_database and not os.environ.get(name):
            raise MachineRefused(
                f'DATABASE_URL is set and {name} is not: see "The three logins" in docs/operations.md.'
            )
    if names_database and names_redis:
        yield Services({}, lambda: None, None)
        return

    def prepare(cluster: postgresql.Cluster) -> None:
        prepare_database(cluster, DATABASE_NAME)

    with embedded_servers(checkout, checkout.data, settings=postgresql.DURABLE_SETTINGS, prepare=prepare) as servers:
        environment = {} if names_database else database_urls(servers.cluster, DATABASE_NAME)
        if not names_redis:
            environment["REDIS_URL"] = f"unix://{servers.redis.socket}"
        yield Services(environment, servers.revive, None if names_database else servers.cluster.folder)


@contextmanager
def services_for_tests(checkout: Checkout) -> Iterator[Services]:
    """A forgetful server for tests, with a database name and a Redis that no other run has."""
    run = str(os.getpid())
    name = f"{DATABASE_NAME}_run_{run}"

    def prepare(cluster: postgresql.Cluster) -> None:
        prepare_test_databases(cluster, name)

    folder, settings = checkout.data / "test", postgresql.FORGETFUL_SETTINGS
    with embedded_servers(checkout, folder, settings=settings, prepare=prepare, redis_name=run) as servers:
        try:
            yield Services(scratch_environment(servers, name), servers.revive, servers.cluster.folder)
        finally:
            drop_database(servers.cluster, name)


@contextmanager
def services_for_benches(checkout: Checkout) -> Iterator[Services]:
    """A durable server for benchmarks, whose rows stay from run to run."""

    def prepare(cluster: postgresql.Cluster) -> None:
        prepare_database(cluster, BENCH_DATABASE_NAME)

    folder, settings = checkout.data / "bench", postgresql.DURABLE_SETTINGS
    with embedded_servers(checkout, folder, settings=settings, prepare=prepare) as servers:
        yield Services(scratch_environment(servers, BENCH_DATABASE_NAME), servers.revive, servers.cluster.folder)


@dataclass(frozen=True, slots=True)
class EmbeddedServers:
    """A running PostgreSQL and a running Redis."""

    cluster: postgresql.Cluster
    redis: redis.RedisServer
    revive: Callable[[], None]


def scratch_environment(servers: EmbeddedServers, name: str) -> dict[str, str]:
    """The addresses for tests and benchmarks, the superuser's among them."""
    environment = database_urls(servers.cluster, name)
    environment["DATABASE_SUPERUSER_URL"] = database_url(servers.cluster, login=SUPERUSER, name=name)
    environment["REDIS_URL"] = f"unix://{servers.redis.socket}"
    return environment


@contextmanager
def embedded_servers(
    checkout: Checkout,
    folder: Path,
    *,
    settings: tuple[str, ...],
    prepare: Callable[[postgresql.Cluster], None],
    redis_name: str = "",
) -> Iterator[EmbeddedServers]:
    """Start or join the servers of a folder; the last to leave stops them. A named Redis is this run's alone."""
    locks = folder / "locks"
    locks.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(checkout.data / SETUP_LOCK, while_waiting=SETUP_WAIT):
        account = server_account()
        binaries = ensure_server_binaries(checkout, account=account)
        cluster = describe_cluster(checkout, folder, binaries, account=account, settings=settings)
        broker = describe_redis(checkout, folder, binaries, name=redis_name)
    lease = Lease(locks)

    def run() -> None:
        postgresql.ensure_running(cluster)
        redis.ensure_running(broker)

    def start() -> None:
        run()
        prepare(cluster)

    def stop() -> None:
        postgresql.stop(cluster)
        if broker.outlives_us:
            redis.stop(broker)

    def revive() -> None:
        if postgresql.find_running(cluster) is None or not redis.answers(broker):
            with lease.gate():
                run()

    with lease.held(start=start, stop=stop):
        try:
            yield EmbeddedServers(cluster, broker, revive)
        finally:
            if not broker.outlives_us:
                redis.stop(broker)


def describe_cluster(
    checkout: Checkout, folder: Path, binaries: ServerBinaries, *, account: Account, settings: tuple[str, ...]
) -> postgresql.Cluster:
    """The cluster of a folder, with its places made."""
    key = checkout.key if folder == checkout.data else f"{checkout.key}-{folder.name}"
    home = postgresql_folder(folder, key=key, account=account)
    return postgresql.Cluster(
        binaries=binaries.postgresql,
        folder=home,
        sockets=socket_folder(home / "run", key=key, owner=account.owner),
        log=checkout.logs / (f"postgresql-{folder.name}.log" if folder != checkout.data else "postgresql.log"),
        account=account,
        settings=settings,
    )


def describe_redis(checkout: Checkout, folder: Path, binaries: ServerBinaries, *, name: str) -> redis.RedisServer:
    """The Redis of a folder, or of one run in it when it bears a name."""
    sockets = socket_folder(folder / "run", key=f"{checkout.key}-{folder.name}", owner=os.getuid())
    label = f"redis-{name}" if name else "redis"
    log = checkout.logs / ("redis.log" if folder == checkout.data else f"redis-{folder.name}.log")
    return redis.RedisServer(program=binaries.redis, socket=sockets / f"{label}.sock", log=log, outlives_us=not name)
