"""The processes that the application consists of, by the names that docker-compose.yml uses too."""

from pathlib import Path

WSGI = "config.wsgi:application"
BLOCKING_THREADS = 4
PREFORK = ("--concurrency", "2")
# One task at a time in one process: for machines on which processes cannot share a semaphore.
SOLO = ("--pool", "solo")
QUEUES = ("default", "pdf", "jobs")


def web(*, host: str, port: int) -> list[str]:
    """Answers HTTP requests."""
    threads = ["--blocking-threads", str(BLOCKING_THREADS)]
    return ["granian", "--interface", "wsgi", "--no-ws", *threads, "--host", host, "--port", str(port), WSGI]


def worker(*, pool: tuple[str, ...] = PREFORK) -> list[str]:
    """Runs background tasks."""
    return ["celery", "--app", "config", "worker", *pool, "--queues", ",".join(QUEUES), "--loglevel", "INFO"]


def timetable(*, schedule: Path) -> list[str]:
    """Starts what runs by itself, when it is due."""
    return ["celery", "--app", "config", "beat", "--schedule", str(schedule), "--pidfile=", "--loglevel", "INFO"]


def relay() -> list[str]:
    """Hands outbox rows to the workers."""
    return ["python", "manage.py", "run_relay"]


def demo(*, until_rendered: bool = False) -> list[str]:
    """Makes the demo organizations, once; or goes on to say how far the workers have come with their documents."""
    return ["python", "manage.py", "make_demo_organizations", *(["--wait"] if until_rendered else [])]
