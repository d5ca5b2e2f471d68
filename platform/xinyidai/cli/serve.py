"""The two long-running processes: web and worker."""

import gc
import multiprocessing
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
import uvicorn
from prometheus_client import start_http_server
from pydantic import SecretStr
from sqlalchemy import Engine

from xinyidai.cli.children import end_with_parent
from xinyidai.cli.common import DataDir, opened, settings_for
from xinyidai.core.clock import system_clock
from xinyidai.core.db import make_engine
from xinyidai.core.logs import configure_logging
from xinyidai.core.secret_key import secret_key
from xinyidai.settings import Settings
from xinyidai.tables import metadata
from xinyidai.web.app import create_app
from xinyidai.worker.run import WorkerProcess

_PATIENCE_SECONDS = 10.0


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
            _run(_server(settings, open_.engine))
            return
        # The embedded database and the key kept beside it are this process's; the others are told of both.
        told = {"database_url": open_.database.app_url, "secret_key": SecretStr(secret_key(settings))}
        if not _share_port(settings.model_copy(update=told)):
            raise typer.Exit(1)


def _share_port(settings: Settings) -> bool:
    """Serve in several processes until asked to stop; False where one of them ended by itself, and so did the rest.

    The kernel deals new connections out among them. One socket that all listen on would not do: whoever is awake first
    takes every connection that waits.
    """
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with TemporaryDirectory(prefix="xyd-metrics-") as metrics:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
        spawn = multiprocessing.get_context("spawn")
        children = [spawn.Process(target=_one_of_several, args=(settings,)) for _ in range(settings.web_processes)]
        for child in children:
            child.start()
        while all(child.is_alive() for child in children) and not stopping.wait(0.5):
            pass
        for child in children:
            child.terminate()
        for child in children:
            child.join(_PATIENCE_SECONDS)
            child.kill()
    return stopping.is_set()


def _one_of_several(settings: Settings) -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101 - ``_share_port`` starts this in processes of its own only
    threading.Thread(target=_end_after, args=(parent,), name="lifeline", daemon=True).start()
    configure_logging(settings.log_format)
    assert metadata.tables and settings.database_url  # noqa: S101, PT018 - as in ``opened``, and ``serve`` says which
    engine = make_engine(settings.database_url, pool_size=settings.pool_size)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.create_server((settings.host, settings.port), family=family, backlog=1024, reuse_port=True) as own:
        _run(_server(settings, engine), [own])
    engine.dispose()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _run(server: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
    """Until asked to stop, be it by Ctrl-C; ends the process with a status of its own where it could not start."""
    with suppress(KeyboardInterrupt):
        server.run(sockets)
    if not server.started:
        sys.exit(1)


def _server(settings: Settings, engine: Engine) -> uvicorn.Server:
    application = create_app(settings, engine)
    # What is there now stays until the end: the collector need not look at it again during a request.
    gc.collect()
    gc.freeze()
    # The loop that reads and writes for everybody is not to wait 5 ms for its turn after each thread.
    sys.setswitchinterval(0.0005)
    return uvicorn.Server(
        uvicorn.Config(
            application,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            server_header=False,
        )
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
