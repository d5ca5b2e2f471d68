"""What a department's machine may deliver, field by field: enough to write the program that does."""

from dataclasses import dataclass

from litestar import get
from litestar.params import FromPath

from xinyidai.accounts.types import CurrentUser, Scope
from xinyidai.core.errors import NotFound
from xinyidai.credit.catalogue import Dataset, Field, catalogue
from xinyidai.credit.types import Role
from xinyidai.web.api.paging import Page
from xinyidai.web.api.problems import PROBLEMS
from xinyidai.web.deps import User
from xinyidai.web.guards import PROGRAM_OF_SOURCE

BASE = "/api/v1/source/datasets"


@dataclass(frozen=True, slots=True)
class ApiCode:
    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class ApiField:
    """``code``, ``name_zh`` or one of ``aliases`` may stand in the header of a file, or as a name in JSON Lines."""

    code: str
    name_zh: str
    name_en: str
    type: str
    unit: str
    required: bool
    aliases: list[str]
    codes: list[ApiCode]


@dataclass(frozen=True, slots=True)
class ApiDataset:
    """``key``: what makes two records of one enterprise the same; the later one counts. ``subject`` names it."""

    code: str
    name_zh: str
    name_en: str
    kind: str
    subject: str
    period: str | None
    key: list[str]
    frequency: str
    due_working_days: int
    access: str
    catalogue_version: str
    fields: list[ApiField]


@get(
    BASE,
    allow=PROGRAM_OF_SOURCE,
    scope=Scope.DELIVERIES_WRITE,
    sync_to_thread=False,
    summary="Data sets that this source unit delivers, its own first",
    responses=PROBLEMS,
    raises=[],
)
def datasets(user: User) -> Page[ApiDataset]:
    return Page([_dataset(one) for one in _of(user)], None)


@get(
    f"{BASE}/{{code:str}}",
    allow=PROGRAM_OF_SOURCE,
    scope=Scope.DELIVERIES_WRITE,
    sync_to_thread=False,
    summary="One data set with its fields",
    responses=PROBLEMS,
    raises=[],
)
def dataset(user: User, code: FromPath[str]) -> ApiDataset:
    found = next((one for one in _of(user) if one.code == code), None)
    if found is None:
        raise NotFound()
    return _dataset(found)


def _of(user: CurrentUser) -> tuple[Dataset, ...]:
    return catalogue().of_unit(user.source_unit or "")


def _dataset(one: Dataset) -> ApiDataset:
    return ApiDataset(
        code=one.code,
        name_zh=one.name_zh,
        name_en=one.name_en,
        kind=one.kind.value,
        subject=one.subject,
        period=one.period or None,
        key=list(one.key),
        frequency=one.frequency.value,
        due_working_days=one.due_working_days,
        access=one.access.value,
        catalogue_version=catalogue().version,
        fields=[_field(field) for field in one.fields if field.role is not Role.DROPPED],
    )


def _field(one: Field) -> ApiField:
    return ApiField(
        code=one.code,
        name_zh=one.name_zh,
        name_en=one.name_en,
        type=one.type.value,
        unit=one.unit.value,
        required=one.required,
        aliases=list(one.aliases),
        codes=[ApiCode(code.code, code.name_zh, code.name_en) for code in one.codes],
    )


ROUTES = [datasets, dataset]
