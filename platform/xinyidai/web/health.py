"""For those who keep the platform running: is it alive, is it ready."""

from litestar import Response, get
from litestar.datastructures import State
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from xinyidai.core.database import is_at_head
from xinyidai.outbox.relay import oldest_waiting_seconds
from xinyidai.web.deps import Now, Session
from xinyidai.web.guards import PUBLIC

STUCK_AFTER_SECONDS = 300.0


@get("/health/live", allow=PUBLIC, sync_to_thread=False)
def live() -> dict[str, str]:
    return {"status": "alive"}


@get("/health/ready", allow=PUBLIC, sync_to_thread=True)
def ready(state: State, session: Session, now: Now) -> Response[dict[str, object]]:
    """Ready when the database answers and has this code's tables. A waiting job is told, and is a fault of the
    worker: it does not take the pages away.
    """
    body: dict[str, object] = {"database": False, "migrations": False, "oldest_job_seconds": None}
    try:
        session.execute(text("select 1"))
        body["database"] = True
        body["migrations"] = not isinstance(state.bind, Engine) or is_at_head(state.bind)
        waiting = oldest_waiting_seconds(session, now)
        body["oldest_job_seconds"] = round(waiting, 1)
        body["worker"] = "behind" if waiting > STUCK_AFTER_SECONDS else "ok"
    except SQLAlchemyError:
        session.rollback()
    is_ready = bool(body["database"] and body["migrations"])
    return Response({"status": "ready" if is_ready else "not ready", **body}, status_code=200 if is_ready else 503)


ROUTES = [live, ready]
