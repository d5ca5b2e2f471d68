"""From one row of a registry extract to what the platform knows of an enterprise, or to the reasons why not.

Rejected: no name; no code, a wrong code, an old registration number of 15 digits (it identifies the firm only
at the office that gave it; the registry holds the code that replaced it), a person's identity number; a date
of establishment that is none. Every other value that cannot be read is left unknown and noted.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from xinyidai.core import usci
from xinyidai.core.bilingual import Said, say
from xinyidai.core.i18n import N_
from xinyidai.core.reference import divisions, industries
from xinyidai.core.reference.addresses import locate
from xinyidai.core.tabular import Reject, Row
from xinyidai.core.tabular.rows import reject
from xinyidai.enterprises import registered_capital, registry_values
from xinyidai.enterprises.registered_capital import CapitalProblem, RegisteredCapital
from xinyidai.enterprises.registry_columns import Columns
from xinyidai.enterprises.registry_values import LONG_TERM, LongTerm, given
from xinyidai.enterprises.size_class import size_class
from xinyidai.enterprises.types import RegistrationStatus, SizeClass, SubjectKind, subject_kind_of

LONGEST_NAME = 200
_EARLIEST_YEAR = 1800
_YES = frozenset({"是", "1", "true", "yes", "y"})


@dataclass(frozen=True, slots=True)
class RegistryRow:
    line: int
    usci: str
    subject_kind: SubjectKind
    name: str
    established_on: date | None
    registered_capital: RegisteredCapital
    entity_type: str | None
    business_scope: str | None
    address: str | None
    region_code: str | None
    """Six digits, county or city, from the region columns or the address; never from the credit code."""
    registration_division: str | None
    """Division of the authority that registered it, then; from the credit code."""
    industry: str | None
    status: RegistrationStatus | None
    employees: int | None
    revenue_wan: Decimal | None
    total_assets_wan: Decimal | None
    legal_representative: str | None
    approved_on: date | None
    term_from: date | None
    term_to: date | None
    """None where unknown or long term; the latter is told by ``is_long_term``."""
    is_long_term: bool
    registration_authority: str | None
    registry_confirmed: bool
    notes: tuple[Reject, ...] = ()
    """Values that were given and could not be taken: the row is accepted without them."""

    @property
    def size(self) -> SizeClass:
        return size_class(
            self.industry, employees=self.employees, revenue=self.revenue_wan, total_assets=self.total_assets_wan
        )


def read_row(
    row: Row, columns: Columns, *, today: date, confirmed: Callable[[str], bool]
) -> RegistryRow | list[Reject]:
    """``confirmed`` says of a code whether the registry has vouched for it (legacy codes of Fujian)."""
    return _RowReader(row, columns, today, confirmed).read()


class _RowReader:
    """Collects rejects and notes while the fields of one row are read."""

    def __init__(self, row: Row, columns: Columns, today: date, confirmed: Callable[[str], bool]) -> None:
        self._row, self._columns, self._today, self._confirmed = row, columns, today, confirmed
        self._rejects: list[Reject] = []
        self._notes: list[Reject] = []

    def read(self) -> RegistryRow | list[Reject]:
        confirmed = (self._text("registry_confirmed") or "").lower() in _YES
        code = self._usci(confirmed)
        name = self._name()
        established_on = self._established_on()
        if self._rejects:
            return self._rejects
        term_to = self._date("term_to")
        found = RegistryRow(
            line=self._row.line,
            usci=code,
            subject_kind=subject_kind_of(code),
            name=name,
            established_on=established_on,
            registered_capital=self._capital(),
            entity_type=self._text("entity_type"),
            business_scope=self._text("business_scope"),
            address=self._text("address"),
            region_code=self._region(),
            registration_division=usci.registration_division(code),
            industry=self._industry(),
            status=self._status(),
            employees=self._employees(),
            revenue_wan=self._money("revenue"),
            total_assets_wan=self._money("total_assets"),
            legal_representative=self._text("legal_representative"),
            approved_on=self._plain_date("approved_on"),
            term_from=self._plain_date("term_from"),
            term_to=term_to if isinstance(term_to, date) else None,
            is_long_term=isinstance(term_to, LongTerm),
            registration_authority=self._text("registration_authority"),
            registry_confirmed=confirmed or self._confirmed(code),
        )
        return replace(found, notes=tuple(self._notes))

    def _text(self, field: str) -> str | None:
        return given(self._columns.text(self._row.cells, field))

    def _reject(self, field: str, value: str, reason: Said) -> None:
        self._rejects.append(reject(self._row.line, self._columns.titles.get(field, field), value, reason))

    def _note(self, field: str, value: str, reason: Said) -> None:
        self._notes.append(reject(self._row.line, self._columns.titles.get(field, field), value, reason))

    def _usci(self, confirmed: bool) -> str:
        code = self._text("usci")
        if code is None:
            self._reject("usci", "", say(N_("no unified social credit code; subjects without one are entered by hand")))
            return ""
        problem = usci.check(code, registry_confirmed=confirmed or self._confirmed(code))
        if problem is None:
            return code
        if registry_values.is_identity_number(code):
            message = N_("a person's identity number; it must never stand in the code column")
            self._reject("usci", registry_values.masked(code), say(message))
        else:
            self._reject("usci", code, problem.reason)
        return code

    def _name(self) -> str:
        raw = self._text("name")
        name = registry_values.clean_name(raw or "")
        if not name:
            self._reject("name", "", say(N_("no name")))
        elif len(name) > LONGEST_NAME:
            self._reject("name", name, say(N_("a name longer than %(limit)s characters"), limit=LONGEST_NAME))
        return name

    def _established_on(self) -> date | None:
        text = self._text("established_on")
        if text is None:
            return None
        parsed = registry_values.parse_date(text)
        if parsed is None:
            self._reject("established_on", text, say(N_("not a date; please write it like 2015-03-02")))
        elif isinstance(parsed, LongTerm):
            self._reject("established_on", text, say(N_("the mark for “long term” is not a date of establishment")))
        elif parsed > self._today:
            self._reject("established_on", text, say(N_("a date of establishment in the future")))
        elif parsed.year < _EARLIEST_YEAR:
            self._reject(
                "established_on", text, say(N_("a date of establishment before %(year)s"), year=_EARLIEST_YEAR)
            )
        else:
            return parsed
        return None

    def _date(self, field: str) -> date | LongTerm | None:
        text = self._text(field)
        parsed = registry_values.parse_date(text) if text else None
        if text and parsed is None:
            self._note(field, text, say(N_("not a date; please write it like 2015-03-02")))
        return parsed

    def _plain_date(self, field: str) -> date | None:
        parsed = self._date(field)
        if parsed is LONG_TERM:
            self._note(field, self._text(field) or "", say(N_("the mark for “long term” where a date belongs")))
        return parsed if isinstance(parsed, date) else None

    def _capital(self) -> RegisteredCapital:
        raw = self._columns.text(self._row.cells, "registered_capital")
        unit = self._columns.units.get("registered_capital", "")
        capital = registered_capital.parse(raw, unit=unit, currency=self._text("capital_currency") or "")
        if capital.problem not in (None, CapitalProblem.NOT_GIVEN):
            self._note("registered_capital", raw, capital.problem.said)
        return capital

    def _money(self, field: str) -> Decimal | None:
        """An amount in 万元, read like a capital; only yuan."""
        text = self._text(field)
        if text is None:
            return None
        money = registered_capital.parse(text, unit=self._columns.units.get(field, ""))
        if money.amount is None or money.currency != "CNY":
            message = N_("not an amount in yuan; the unit must stand in the column title, as in 营业收入（万元）")
            self._note(field, text, say(message))
            return None
        return money.amount

    def _employees(self) -> int | None:
        text = self._text("employees")
        count = registry_values.parse_count(text) if text else None
        if text and count is None:
            self._note("employees", text, say(N_("not a whole number of persons")))
        return count

    def _status(self) -> RegistrationStatus | None:
        text = self._text("status")
        status = registry_values.parse_status(text) if text else None
        if text and status is None:
            self._note("status", text, say(N_("not a registration status of the registry")))
        return status

    def _industry(self) -> str | None:
        """The finest of the columns that can be read; one that cannot is noted."""
        for field in ("industry_code", "industry", "industry_section"):
            text = self._text(field)
            if text is not None:
                code = industries.normalise(text)
                if code is not None:
                    return code
                self._note(field, text, say(N_("not an industry of GB/T 4754-2017")))
        return None

    def _region(self) -> str | None:
        """From a column that holds a code; else from names: the address within what the columns beside it say."""
        names: dict[str, str] = {}
        for field in ("region", "county", "city", "province"):
            text = self._text(field) or ""
            if not (text.isascii() and text.isdigit()):
                names[field] = text
            # Statistical codes go on for townships and villages: 6, 9 or 12 digits.
            elif field != "province" and len(text) in (4, 6, 9, 12) and divisions.is_known(text[:6]):
                return text[:6].ljust(6, "0")
            elif field != "province":
                self._note(field, text, say(N_("not a division of today's GB/T 2260")))
        return self._region_by_name(names.pop("region", ""), names)

    def _region_by_name(self, region: str, names: dict[str, str]) -> str | None:
        address = self._text("address") or ""
        stated = locate(region, **names) if region else None
        found = locate(address, **names) or stated
        if stated is not None and (found is None or not found.code.startswith(stated.stem)):
            found = stated
        if found is None and (region or address):
            field, text = ("region", region) if region else ("address", address)
            self._note(field, text, say(N_("the region cannot be told from it")))
        return found.code if found else None
