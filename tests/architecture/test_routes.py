"""Every route says who may call it; this list is the whole surface of the platform."""

from litestar import Litestar

from xinyidai.core.actor import HUMAN_ROLES, Role
from xinyidai.web.guards import PUBLIC

# What guests may call. Whoever adds an address here opens it to the whole internet.
OPEN_TO_GUESTS = {
    "GET /",
    "GET /login",
    "POST /login",
    "POST /logout",
    "POST /language",
    "GET /api/v1/openapi.json",  # the description of the API
    "GET /api/v1/openapi.json/openapi.json",  # the same, where the framework puts it
    "GET /api/v1/openapi.json/{path:str}",  # its answer to other names: not found
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "GET /static/{file_path:path}",
    "GET /products",
    "GET /products/export",
    "GET /products/{product_id:uuid}",
    "GET /products/{product_id:uuid}/versions/{number:int}",
    "GET /verify",
    *(f"{method} /unknown-address" for method in ("GET", "POST", "PUT", "PATCH", "DELETE")),  # its answer: not found
}

AUDIENCES = {
    "/enterprise": {Role.ENTERPRISE_MEMBER},
    "/institution": {Role.INSTITUTION_OFFICER, Role.INSTITUTION_MANAGER},
    "/source": {Role.SOURCE_CLERK},
    "/office": {Role.OFFICE_STAFF, Role.OFFICE_AUDITOR, Role.ADMINISTRATOR},
}


def routes(app: Litestar) -> dict[str, frozenset[Role]]:
    found: dict[str, frozenset[Role]] = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                found[f"{method} {route.path}"] = handler.opt.get("allow", frozenset())
    return found


def test_every_route_names_who_may_call_it(app: Litestar) -> None:
    assert [route for route, allowed in routes(app).items() if not allowed] == []


def test_guests_reach_exactly_what_is_listed(app: Litestar) -> None:
    assert {route for route, allowed in routes(app).items() if Role.GUEST in allowed} - OPEN_TO_GUESTS == set()


def test_each_audience_has_its_own_part_of_the_site(app: Litestar) -> None:
    wrong = [
        route
        for route, allowed in routes(app).items()
        for prefix, audience in AUDIENCES.items()
        if route.split(" ")[1].startswith(prefix + "/") and not allowed <= audience
    ]
    assert wrong == []


def test_public_means_everybody() -> None:
    assert frozenset({Role.GUEST}) | HUMAN_ROLES == PUBLIC
