"""The two long-running processes: web and worker."""

import gc
import multiprocessing
import os
import signal
import threading
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
import uvicorn
from litestar import Litestar
from prometheus_client import start_http_server
from sqlalchemy import Engine

from xinyidai.cli.children import end_with_parent
from xinyidai.cli.common import DataDir, opened, settings_for
from xinyidai.core.clock import system_clock
from xinyidai.core.db import make_engine
from xinyidai.core.logs import configure_logging
from xinyidai.settings import Settings
from xinyidai.tables import metadata
from xinyidai.web.app import create_app
from xinyidai.worker.run import WorkerProcess


def serve(
    data_dir: DataDir = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    processes: Annotated[int | None, typer.Option(min=1, help="Processes that share the port, one a core.")] = None,
) -> None:
    """Serve the pages.

    Example: `./xyd serve --port 8000` · `./xyd serve --processes 4`
    """
    end_with_parent()
    settings = settings_for(data_dir, host=host, port=port, web_processes=processes)
    configure_logging(settings.log_format)
    with opened(settings) as open_:
        if settings.web_processes == 1:
            _run(_application(settings, open_.engine), settings)
            return
        with TemporaryDirectory(prefix="xyd-metrics-") as metrics:
            # Each process asks its environment; the embedded database is this one's, and they are guests there.
            os.environ |= {
                "DATABASE_URL": open_.database.app_url,
                "XYD_DATA_DIR": str(settings.data_dir),
                "PROMETHEUS_MULTIPROC_DIR": metrics,
            }
            _run("xinyidai.cli.serve:one_of_several", settings)


def one_of_several() -> Litestar:
    """The application in a process that shares its port with others; it ends when the one that began it does."""
    parent, settings = multiprocessing.parent_process(), settings_for()
    assert parent is not None and settings.database_url  # noqa: S101, PT018 - ``serve`` sees to both
    threading.Thread(target=_end_after, args=(parent,), name="lifeline", daemon=True).start()
    configure_logging(settings.log_format)
    assert metadata.tables  # noqa: S101 - as in ``opened``
    return _application(settings, make_engine(settings.database_url, pool_size=settings.pool_size))


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _application(settings: Settings, engine: Engine) -> Litestar:
    application = create_app(settings, engine)
    # What is there now stays until the end: the collector need not look at it again during a request.
    gc.collect()
    gc.freeze()
    return application


def _run(application: Litestar | str, settings: Settings) -> None:
    uvicorn.run(
        application,
        factory=isinstance(application, str),
        workers=settings.web_processes,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        server_header=False,
    )


def worker(
    data_dir: DataDir = None,
    threads: Annotated[int | None, typer.Option(help="Jobs side by side.")] = None,
    relay: Annotated[bool, typer.Option(help="Carry jobs from the outbox to the queue.")] = True,
    actors: Annotated[bool, typer.Option(help="Do the jobs.")] = True,
    schedule: Annotated[bool, typer.Option(help="Ask regularly what has come due.")] = True,
    metrics_port: Annotated[int, typer.Option(help="Serve Prometheus metrics on this port; 0 for none.")] = 0,
    alive_file: Annotated[Path | None, typer.Option(help="Touched while the worker lives, for health checks.")] = None,
) -> None:
    """Run the jobs: relay, schedule and actors, on Redis where REDIS_URL is set, else in memory.

    Example: `./xyd worker` · `./xyd worker --no-relay --no-schedule` beside another that has them
    """
    end_with_parent()
    settings = settings_for(data_dir)
    configure_logging(settings.log_format)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    if metrics_port:
        start_http_server(metrics_port)
    with opened(settings) as open_:
        process = WorkerProcess(
            open_.engine,
            system_clock,
            redis_url=settings.redis_url,
            threads=threads or settings.worker_threads,
            relay=relay,
            actors=actors,
            schedule=schedule,
        )
        process.start()
        while not stopping.wait(5):
            if alive_file:
                alive_file.touch()
        process.stop()
