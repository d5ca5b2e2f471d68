"""``./xyd demo``: a whole synthetic city on this machine, with one command and nothing to set up."""

import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import psycopg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import Engine, event

from xinyidai.cli.children import Child, start_child, stop_children
from xinyidai.cli.common import console
from xinyidai.cli.signals import hold_stop_signals, interrupt_on_stop_signals, stop_signals_held
from xinyidai.core.clock import system_clock
from xinyidai.core.database import Database, migrate
from xinyidai.core.db import make_engine
from xinyidai.core.embedded import EmbeddedServer, embedded_server, remake_database
from xinyidai.core.i18n import use_locale
from xinyidai.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from xinyidai.demo.city import Scale, make_city
from xinyidai.demo.load import Found, Phase, State, load_city, look
from xinyidai.settings import ROOT, Settings

READY_WITHIN_SECONDS = 60.0
_PHASES = {
    Phase.FIRMS: "登记企业 · enterprises",
    Phase.PRODUCTS: "发布产品 · products",
    Phase.CREDIT: "归集信用数据 · credit data",
    Phase.CONSENTS: "授权与评分 · consents and scores",
    Phase.HISTORY: "既往放款业务 · earlier deals",
    Phase.NEEDS: "演绎一年的融资 · a year of lending",
}
# The demo is a world of its own: it takes no database, queue or secret from the environment.
_NOT_INHERITED = frozenset({"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "XYD_SECRET_KEY", "XYD_SECURE_COOKIES"})


def demo(
    scale: Annotated[Scale, typer.Option(help="demo: 2,000 enterprises; city: 61,357, in a few minutes.")] = Scale.DEMO,
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder that keeps the city.", show_default=".data/demo or .data/city")
    ] = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Throw the city in this folder away and make it anew.")
    ] = False,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    firms: Annotated[int | None, typer.Option(hidden=True, min=30, help="Any other size, for tests.")] = None,
) -> None:
    """Open a synthetic city: database, pages and worker, until Ctrl-C. A second start takes up the same data.

    Example: `./xyd demo` · `./xyd demo --scale city --port 8080` · `./xyd demo --reset`
    """
    folder = data_dir or ROOT / ".data" / scale.value
    show = Show(host, port, folder.resolve(), firms or scale.firms, reset)
    show.refuse_taken_port()
    interrupt_on_stop_signals()
    try:
        show.run()
    except KeyboardInterrupt:
        hold_stop_signals()
        console.print("\n[green]已停止。 Stopped.[/green]")


@dataclass(frozen=True, slots=True)
class Show:
    """One run of the demo."""

    host: str
    port: int
    folder: Path
    firms: int
    reset: bool

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}/"

    def run(self) -> None:
        with _ending_undisturbed() as stack:
            with stop_signals_held():
                server = stack.enter_context(embedded_server(self.folder))
            self._prepare(server)
            children: list[Child] = []
            stack.callback(stop_children, children)
            with stop_signals_held():
                children += self._start(server)
            self._wait_until_ready(children)
            self._tell()
            while not any(child.has_ended for child in children):
                time.sleep(0.5)
            self._give_up(next(child for child in children if child.has_ended))

    def refuse_taken_port(self) -> None:
        """Before anything is made: better than after half a minute of loading."""
        with socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                _refuse(
                    f"端口 {self.port} 无法使用（{error.strerror}）。请关闭占用它的程序，或换一个端口："
                    f"./xyd demo --port {self.port + 1}",
                    f"Port {self.port} cannot be used ({error.strerror}). Stop the program that has it, or choose"
                    f" another: ./xyd demo --port {self.port + 1}",
                )

    def _prepare(self, server: EmbeddedServer) -> None:
        """Make sure that the folder holds one whole city of the wanted size."""
        database = Database(server.app_url, server.owner_url)
        migrate(database)
        found = self._look(server)
        if found.state is State.FOREIGN:
            _refuse(
                f"{self.folder} 中是其他数据，不是演示数据，未作任何改动。请换一个目录：--data-dir",
                f"{self.folder} holds other data, not a demo; nothing was touched. Choose another --data-dir.",
            )
        if found.state is State.WHOLE and found.firms != self.firms and not self.reset:
            _refuse(
                f"{self.folder} 中的演示城市有 {found.firms} 家主体。请加 --reset 重建，或换一个 --data-dir。",
                f"{self.folder} holds a city of {found.firms} enterprises. Add --reset, or choose another --data-dir.",
            )
        if found.state is State.WHOLE and not self.reset:
            console.print("沿用已有的演示数据。 Taking up the city that is here already.")
            return
        if found.state is not State.EMPTY:
            if found.state is State.INTERRUPTED:
                console.print("上次装载被中断，重新制作。 The last load was interrupted; making the city anew.")
            self._remake(server)
            migrate(database)
        self._load(server)

    def _look(self, server: EmbeddedServer) -> Found:
        with _loading_engine(server) as engine:
            return look(engine)

    def _remake(self, server: EmbeddedServer) -> None:
        try:
            remake_database(server)
        except psycopg.errors.ObjectInUse:
            _refuse(
                f"另一个程序正在使用 {self.folder} 中的数据库。请先停止它。",
                f"Another program is using the database in {self.folder}. Stop it first.",
            )

    def _load(self, server: EmbeddedServer) -> None:
        settings, now = self._settings(server), system_clock()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with _loading_engine(server) as engine, Progress(*columns, console=console) as progress:
            tasks: dict[Phase, TaskID] = {}

            def tell(phase: Phase, done: int, total: int) -> None:
                if phase not in tasks:
                    tasks[phase] = progress.add_task(_PHASES[phase], total=total)
                progress.update(tasks[phase], completed=done)

            city = make_city(self.firms, now, region=settings.city_region)
            load_city(
                engine,
                city,
                now,
                tell,
                answer_days=settings.accept_working_days,
                need_days=settings.need_valid_days,
                analyse=lambda: _analyse(server),
            )

    def _settings(self, server: EmbeddedServer) -> Settings:
        return Settings().model_copy(update={"database_url": server.app_url, "data_dir": self.folder, "demo": True})

    def _start(self, server: EmbeddedServer) -> list[Child]:
        environment = {
            **{name: value for name, value in os.environ.items() if name not in _NOT_INHERITED},
            "DATABASE_URL": server.app_url,
            "XYD_DATA_DIR": str(self.folder),
            "XYD_DEMO": "true",
        }
        serve = ["serve", "--host", self.host, "--port", str(self.port)]
        return [
            start_child("web", serve, environment, self.folder / "web.log"),
            start_child("worker", ["worker"], environment, self.folder / "worker.log"),
        ]

    def _wait_until_ready(self, children: list[Child]) -> None:
        until = time.monotonic() + READY_WITHIN_SECONDS
        while not _answers(f"{self.address}health/ready"):
            ended = next((child for child in children if child.has_ended), None)
            if ended or time.monotonic() > until:
                self._give_up(ended or children[0])
            time.sleep(0.2)

    def _give_up(self, child: Child) -> NoReturn:
        console.print(child.last_lines(), markup=False)
        _refuse(
            f"“{child.name}” 进程未能运行，完整日志见 {child.log}",
            f"The {child.name} process is not running. Its whole log is in {child.log}",
            code=1,
        )

    def _tell(self) -> None:
        table = Table(
            "用户名\nUsername", "姓名\nName", "角色\nRole", title="演示账号 · Demo accounts", title_justify="left"
        )
        for account in DEMO_ACCOUNTS:
            with use_locale("zh_CN"):
                role = " · ".join(filter(None, (account.role.label, account.organisation)))
            with use_locale("en"):
                table.add_row(account.username, account.display_name, f"{role} · {account.role.label}")
        out = Console()
        out.print(table)
        out.print(f"密码 · Password: [bold]{DEMO_PASSWORD}[/bold]")
        out.print(f"网址 · Address:  [bold green]{self.address}[/bold green]", soft_wrap=True)
        out.print("数据均为虚构。按 Ctrl-C 停止。 All data are made up. Press Ctrl-C to stop.")


@contextmanager
def _ending_undisturbed() -> Iterator[ExitStack]:
    """A stack whose unwinding no second Ctrl-C can cut short."""
    stack = ExitStack()
    try:
        yield stack
    finally:
        hold_stop_signals()
        stack.close()


@contextmanager
def _loading_engine(server: EmbeddedServer) -> Iterator[Engine]:
    """An engine that does not wait for the disk: a city lost to a power cut is made again."""
    engine = make_engine(server.app_url, pool_size=2)
    event.listen(engine, "connect", lambda connection, _record: connection.execute("set synchronous_commit = off"))
    try:
        yield engine
    finally:
        engine.dispose()


def _analyse(server: EmbeddedServer) -> None:
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        connection.execute("analyze")


def _answers(address: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _refuse(chinese: str, english: str, *, code: int = 2) -> NoReturn:
    console.print(f"[red]{chinese}\n{english}[/red]", soft_wrap=True)
    raise typer.Exit(code)
