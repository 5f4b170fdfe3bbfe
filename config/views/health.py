"""Two questions that machines ask: does the process answer, and can it do its work?"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

REDIS_TIMEOUT_SECONDS = 2
SERVICE_UNAVAILABLE = 503


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database is there and migrated; without Redis the application serves, and jobs wait in the outbox."""
    database, redis = _database_state(), _redis_state()
    is_ready = database == "ok"
    status = "degraded" if is_ready and redis != "ok" else "ok" if is_ready else "unavailable"
    return JsonResponse(
        {"status": status, "database": database, "redis": redis}, status=200 if is_ready else SERVICE_UNAVAILABLE
    )


def _database_state() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        logger.warning("The database does not answer", exc_info=True)
        return "does not answer"
    return "migrations are waiting" if waiting else "ok"


def _redis_state() -> str:
    client = Redis.from_url(settings.REDIS_CACHE_URL, socket_timeout=REDIS_TIMEOUT_SECONDS)
    try:
        client.ping()
    except RedisError:
        return "does not answer"
    finally:
        client.close()
    return "ok"
