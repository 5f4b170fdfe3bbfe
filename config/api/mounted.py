"""The API itself: the rooms' operations put under one address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from billing_backlog.api import items, projects, visits
from config.api import products as product_writing
from config.api.refusals import add_refusals
from customers.api import customers
from invoicing.api import documents, drafts
from payments.api import payments

ROUTERS = (
    customers.router,
    product_writing.router,
    drafts.router,
    documents.router,
    payments.router,
    items.router,
    projects.router,
    visits.router,
)
DESCRIPTION = """Customers, products, projects, visits, billable work, drafts, documents and payments of one company.

Send `Authorization: Bearer` and a token that an owner has made under Settings, API and webhooks. Amounts and quantities
are text with a decimal point. Lists come in pages: send `next` of a page as `after` for the one behind it.
Send `Idempotency-Key` with whatever changes something, and the same call under the same key is carried out once.
Refusals have one form (RFC 9457), in the language of `Accept-Language`: nb, da, sv or en."""


def make_api() -> NinjaAPI:
    """The API with every room's operations; one for each process."""
    api = NinjaAPI(
        title="Bilag",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        openapi_url=None,
        urls_namespace="api",
    )
    add_refusals(api)
    for router in ROUTERS:
        api.add_router("", router)
    return api


def description_of(api: NinjaAPI) -> dict[str, Any]:
    """The OpenAPI description; refusals are problems and nothing else."""
    schema: OpenAPISchema = api.get_openapi_schema()
    for operations in schema["paths"].values():
        for told in operations.values():
            for status, response in told["responses"].items():
                content = response.get("content", {})
                if int(status) >= 400 or len(content) > 1:
                    content.pop("application/json", None)
    return dict(schema)


API = make_api()


def show_description(request: HttpRequest) -> HttpResponse:
    """The description for programs that read it."""
    return JsonResponse(description_of(API), json_dumps_params={"ensure_ascii": False})
