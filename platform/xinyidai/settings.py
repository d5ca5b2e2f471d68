"""Every setting of the platform in one place, read from the environment (or from secret files)."""

from decimal import Decimal
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
SECRETS = Path("/run/secrets")


class Settings(BaseSettings):
    """Environment variables as README.md lists them.

    A value may also lie in a file of the variable's name in lower case under ``/run/secrets``,
    as container engines mount secrets.
    """

    model_config = SettingsConfigDict(
        env_prefix="XYD_",
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
        extra="ignore",
        populate_by_name=True,
        validate_default=True,
    )

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    """PostgreSQL 18 as the application's own role; empty means the embedded server under ``data_dir``."""
    database_owner_url: str | None = Field(default=None, validation_alias="DATABASE_OWNER_URL")
    """The same database as the role that owns the tables; only ``xyd migrate`` uses it."""
    redis_url: str | None = Field(default=None, validation_alias="REDIS_URL")
    """Redis for separate worker processes; empty means that jobs run inside the web process's machine."""
    data_dir: Path = ROOT / ".data"
    """Where the embedded server keeps its files."""
    secret_key: SecretStr = SecretStr("")
    """Signs CSRF tokens. Empty is allowed on the embedded database only, which makes one and keeps it."""
    secure_cookies: bool = False
    """Send cookies over TLS only. Must be on behind the reverse proxy."""
    host: str = "127.0.0.1"
    port: int = 8000
    trusted_proxies: str = "127.0.0.1"
    """Addresses of reverse proxies whose X-Forwarded-* headers are believed."""
    city_name: str = "示范市"
    city_region: str = "3704"
    """GB/T 2260 prefix of the city that this platform serves."""
    demo: bool = False
    """Say on every page that the data are synthetic, and list the demo accounts at the login."""
    session_hours: int = 12
    """A login ends after this many hours without a request."""
    log_format: str = "console"
    """``console`` for people, ``json`` for machines."""
    web_processes: int = 1
    """Processes that serve the pages on one port; one for each core that they may use."""
    pool_size: int = 6
    """Database connections that one process may hold, and requests that it works on at once. Python works on one at a
    time; the others should be waiting for the database."""
    worker_threads: int = 4
    """Jobs that one worker process runs side by side."""
    accept_working_days: int = 3
    """Working days that an institution has to accept or decline a lead (source: configured by the city)."""
    contact_working_days: int = 2
    """Working days from taking a lead to the first contact with the enterprise."""
    decision_days: int = 30
    """Calendar days from complete papers to the decision (source: 金发〔2024〕32号)."""
    reminder_working_days: int = 1
    """A reminder goes out this many working days before a last day, and never sooner after the clock began."""
    reminder_cap: int = 3
    """Reminders for one last day, at most."""
    papers_reminder_working_days: int = 3
    """Working days between two reminders to an enterprise whose papers are awaited."""
    manager_overdue_working_days: int = 1
    """A last day passed this many working days ago: the lender's managers are told."""
    office_overdue_working_days: int = 3
    """A last day passed this many working days ago: the financial office is told."""
    reroute_overdue_working_days: int = 5
    """A last day passed this many working days ago: the need is put before the next product."""
    claims_per_need: int = 3
    """Institutions that may take up one open need by themselves."""
    four_eyes_yuan: Decimal = Decimal(5_000_000)
    """A payout above this amount counts only once a second person of the institution has confirmed it."""
    need_valid_days: int = 90
    """Days after which a need that nobody took is closed as expired."""
    public_url: str = "http://127.0.0.1:8000"
    """Where people reach the site; what is sent to them leads there."""
    mail: str = "console"
    """``smtp`` sends; ``console`` writes to the log, addresses masked; ``null`` does nothing."""
    mail_from: str = "xinyidai@localhost"
    smtp_host: str = "localhost"
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    sms: str = "console"
    """``console`` or ``null``; a city's own gateway is one more class in ``integrations/sms.py``."""
    scanner: str = "null"
    """What looks into handed-in files: ``clamd`` at ``clamd_address``, or ``null`` for nothing."""
    clamd_address: str = "localhost:3310"
    webhook_private: bool = False
    """Events may be sent to addresses inside our own network and without TLS; for closed networks and trials."""
    consent_months: int = Field(default=12, ge=1, le=36)
    """The longest time for which an enterprise can let somebody read its data (assumed)."""
