"""The two long-running processes: web and worker."""

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from prometheus_client import start_http_server

from xinyidai.cli.children import end_with_parent
from xinyidai.cli.common import DataDir, opened, settings_for
from xinyidai.core.clock import system_clock
from xinyidai.core.logs import configure_logging
from xinyidai.web.app import create_app
from xinyidai.worker.run import WorkerProcess


def serve(
    data_dir: DataDir = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the pages.

    Example: `./xyd serve --port 8000`
    """
    end_with_parent()
    settings = settings_for(data_dir, host=host, port=port)
    configure_logging(settings.log_format)
    with opened(settings) as open_:
        uvicorn.run(
            create_app(settings, open_.engine),
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
