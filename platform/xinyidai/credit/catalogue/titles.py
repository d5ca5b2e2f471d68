"""Column titles of a delivered file, and the fields of the data set they stand for."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from xinyidai.core.i18n import N_
from xinyidai.core.tabular import FileProblem
from xinyidai.credit.catalogue.model import Dataset, Field
from xinyidai.credit.types import Unit

_CLOSING_NOTE = re.compile(r"\((?:单位[::]?)?([^()]*)\)$")
_UNITS = {"元": Unit.YUAN, "人民币元": Unit.YUAN, "万元": Unit.WAN_YUAN, "人民币万元": Unit.WAN_YUAN,
          "人": Unit.PERSONS, "千瓦时": Unit.KILOWATT_HOURS, "度": Unit.KILOWATT_HOURS, "立方米": Unit.CUBIC_METRES,
          "吨": Unit.TONNES, "%": Unit.PERCENT}  # fmt: skip
_MONEY = (Unit.YUAN, Unit.WAN_YUAN)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which field each column of the file is, in the order of the file, and the unit its figures are in."""

    fields: tuple[Field, ...]
    units: tuple[Unit, ...]
    titles: tuple[str, ...]

    def position(self, field: str) -> int | None:
        return next((index for index, one in enumerate(self.fields) if one.code == field), None)


def _plain(title: str) -> str:
    return "".join(unicodedata.normalize("NFKC", title).split()).strip("*:").lower()


@cache
def _titles_of(dataset: str, fields: tuple[Field, ...]) -> Mapping[str, Field]:
    """Every name under which a field may arrive; names and codes win over aliases of other fields."""
    known: dict[str, Field] = {}
    for names in (
        lambda field: (field.code, field.name_zh),
        lambda field: field.aliases,
    ):
        for field in fields:
            for name in names(field):
                known.setdefault(_plain(name), field)
    return known


def recognise(dataset: Dataset, header: Sequence[str]) -> Columns:
    """Map a header to fields. A column outside the catalogue, a doubled or a missing one is a FileProblem."""
    known = _titles_of(dataset.code, dataset.fields)
    found = [_field_of(known, title) for title in header]
    strangers = [title for title, (field, _unit) in zip(header, found, strict=True) if field is None]
    if strangers:
        raise FileProblem(
            N_("The catalogue does not know the column “%(column)s” in “%(dataset)s”. Please leave it out, or ask the"
               " financial office to extend the catalogue. Nothing was taken in."),
            column="”、“".join(strangers[:5]),
            dataset=dataset.name,
        )  # fmt: skip
    fields = [field for field, _unit in found if field is not None]
    _refuse_doubled(fields, header)
    _refuse_missing(dataset, fields)
    units = tuple(unit for _field, unit in found)
    return Columns(tuple(fields), units, tuple(header))


def _field_of(known: Mapping[str, Field], title: str) -> tuple[Field | None, Unit]:
    """The field of a title, and its unit: the one the title states, or the catalogue's."""
    plain = _plain(title)
    note = _CLOSING_NOTE.search(plain)
    field = known.get(plain)
    if field is None and note is not None:
        field = known.get(plain[: note.start()])
    if field is None:
        return None, Unit.NONE
    stated = _UNITS.get(note[1]) if note is not None else None
    if stated is None or stated is field.unit:
        return field, field.unit
    if stated in _MONEY and field.unit in _MONEY:
        return field, stated
    raise FileProblem(
        N_("The column “%(title)s” is in another unit than the catalogue has for it (%(unit)s)."),
        title=title,
        unit=field.unit.label,
    )


def _refuse_doubled(fields: list[Field], header: Sequence[str]) -> None:
    first: dict[str, str] = {}
    for field, title in zip(fields, header, strict=True):
        if field.code in first:
            raise FileProblem(
                N_("The columns “%(first)s” and “%(second)s” mean the same. Please keep one of them."),
                first=first[field.code],
                second=title,
            )
        first[field.code] = title


def _refuse_missing(dataset: Dataset, fields: list[Field]) -> None:
    given = {field.code for field in fields}
    missing = [field.name_zh for field in dataset.fields if field.required and field.code not in given]
    if missing:
        raise FileProblem(
            N_("This is not “%(dataset)s”: the column “%(missing)s” is missing. Nothing was taken in."),
            dataset=dataset.name,
            missing="”、“".join(missing[:5]),
        )
