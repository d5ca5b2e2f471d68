"""The composition root of the web process: everything is put together here and nowhere else."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from datetime import timedelta

from litestar import Litestar, Router
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.plugins.prometheus import PrometheusConfig, PrometheusController
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from sqlalchemy import Connection, Engine

from xinyidai.core.clock import Clock, system_clock
from xinyidai.core.secret_key import secret_key
from xinyidai.integrations.scanner import scanner_of
from xinyidai.settings import Settings
from xinyidai.web import health, messages, programs, threads, unknown
from xinyidai.web.api import ROUTES as API_ROUTES
from xinyidai.web.api.requests import provide_write
from xinyidai.web.assets import STATIC
from xinyidai.web.deps import DEPENDENCIES
from xinyidai.web.enterprise import ROUTES as ENTERPRISE_ROUTES
from xinyidai.web.errors import HANDLERS
from xinyidai.web.guards import PUBLIC, authorise
from xinyidai.web.institution import ROUTES as INSTITUTION_ROUTES
from xinyidai.web.middleware import Authentication, around_request
from xinyidai.web.office import ROUTES as OFFICE_ROUTES
from xinyidai.web.public import ROUTES as PUBLIC_ROUTES
from xinyidai.web.render import make_environment
from xinyidai.web.source import ROUTES as SOURCE_ROUTES
from xinyidai.web.unknown import Site

_YEAR = int(timedelta(days=365).total_seconds())


def create_app(settings: Settings, bind: Engine | Connection, clock: Clock = system_clock) -> Litestar:
    """The application on one database. ``bind`` may be a connection, so that a test can roll everything back."""
    prometheus = PrometheusConfig(app_name="xinyidai", prefix="xyd", group_path=True)
    return Site(
        route_handlers=[_pages(), _api(), _metrics(), _static()],
        dependencies=DEPENDENCIES,
        guards=[authorise],
        exception_handlers=HANDLERS,
        middleware=[around_request, prometheus.middleware, DefineMiddleware(Authentication, exclude="^/static/")],
        csrf_config=CSRFConfig(
            secret=secret_key(settings),
            cookie_name="xyd_csrf",
            cookie_httponly=True,
            cookie_secure=settings.secure_cookies,
            cookie_samesite="lax",
            exclude_from_csrf_key="exclude_from_csrf",
        ),
        template_config=TemplateConfig(instance=JinjaTemplateEngine(engine_instance=make_environment(clock))),
        state=State(
            {
                "bind": bind,
                "clock": clock,
                "settings": settings,
                "scanner": scanner_of(settings),
                "turns": asyncio.Semaphore(settings.pool_size),
            }
        ),
        openapi_config=_openapi(),
        request_max_body_size=12 * 1024 * 1024,
        on_startup=[_as_many_threads_as_turns],
    )


async def _as_many_threads_as_turns(app: Litestar) -> None:
    """As many requests as the pool has connections work at once; each of them finds a thread for every step of it.

    The others wait for their turn in the order in which they came; for a connection of the pool they would not.
    """
    threads = ThreadPoolExecutor(app.state.settings.pool_size, thread_name_prefix="request")
    asyncio.get_running_loop().set_default_executor(threads)


def _pages() -> Router:
    """Every page. A router of this application's own: the handlers themselves are shared between applications."""
    routes = [
        *PUBLIC_ROUTES,
        *ENTERPRISE_ROUTES,
        *INSTITUTION_ROUTES,
        *OFFICE_ROUTES,
        *SOURCE_ROUTES,
        *messages.ROUTES,
        *programs.ROUTES,
        *threads.ROUTES,
        *health.ROUTES,
        *unknown.ROUTES,
    ]
    return Router(path="/", route_handlers=[copy(route) for route in routes], include_in_schema=False)


def _api() -> Router:
    dependencies = {"write": Provide(provide_write, sync_to_thread=False)}
    return Router(path="/", route_handlers=[copy(route) for route in API_ROUTES], dependencies=dependencies)


def _openapi() -> OpenAPIConfig:
    """The description of the API, as a document for programs; what is not under /api is not in it."""
    bearer = SecurityScheme(type="http", scheme="bearer", description="A token of your institution or source unit.")
    return OpenAPIConfig(
        title="Xin Yi Dai 信易贷",
        version="1",
        description="Amounts are yuan as text, rates percent a year, terms months, days ISO dates of Asia/Shanghai. "
        "Refusals are application/problem+json (RFC 9457). See docs/api.md.",
        components=Components(security_schemes={"bearer": bearer}),
        security=[{"bearer": []}],
        render_plugins=[JsonRenderPlugin(path="/")],
        # A router of the document's own: it answers what it does not know with a page, which no program reads.
        openapi_router=Router(
            path="/api/v1/openapi.json", route_handlers=[], opt={"allow": PUBLIC}, include_in_schema=False
        ),
    )


def _static() -> Router:
    """Addresses carry their content's hash, so that browsers may keep the files for good."""
    return create_static_files_router(
        path="/static",
        directories=[STATIC],
        cache_control=CacheControlHeader(max_age=_YEAR, immutable=True, public=True),
        include_in_schema=False,
        opt={"allow": PUBLIC},
    )


def _metrics() -> type[PrometheusController]:
    class Metrics(PrometheusController):
        path = "/metrics"
        openmetrics_format = True
        include_in_schema = False
        opt = {"allow": PUBLIC}  # noqa: RUF012 - how the framework declares it; the proxy keeps it inside

    return Metrics
