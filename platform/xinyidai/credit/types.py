"""Vocabularies of public credit data."""

from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum


class DatasetKind(LabelledEnum):
    OBSERVATIONS = "observations", N_("monthly figures")
    EVENTS = "events", N_("dated records")
    REGISTRY = "registry", N_("registry extract")
    PLATFORM = "platform", N_("worked out by this platform")


class Access(LabelledEnum):
    OPEN = "open", N_("open to every lender")
    CONSENT = "consent", N_("with the enterprise's consent")


class Certainty(LabelledEnum):
    SOURCE = "source", N_("seen in a public source")
    SEED = "seed", N_("stated by the founding documents")
    ASSUMED = "assumed", N_("assumed, to be confirmed")
    PROPOSAL = "proposal", N_("this platform's own")


class Frequency(LabelledEnum):
    DAILY = "daily", N_("daily")
    MONTHLY = "monthly", N_("every month")
    QUARTERLY = "quarterly", N_("every quarter")
    YEARLY = "yearly", N_("every year")
    WITHIN_7_WORKING_DAYS = "within_7_working_days", N_("within 7 working days of the decision")
    EVENT = "event", N_("when it happens")
    ON_CHANGE = "on_change", N_("when it changes")
    ON_QUERY = "on_query", N_("on request")


class Role(LabelledEnum):
    """What the platform does with a field."""

    SUBJECT = "subject", N_("names the enterprise")
    PERIOD = "period", N_("names the month")
    PART = "part", N_("tells several records of one month apart")
    METRIC = "metric", N_("kept as a monthly figure")
    PAYLOAD = "payload", N_("kept in the record")
    DROPPED = "dropped", N_("may be delivered, is not kept")
    REGISTRY = "registry", N_("kept in the registry")


class FieldType(LabelledEnum):
    STRING = "string", N_("text")
    TEXT = "text", N_("long text")
    INTEGER = "integer", N_("whole number")
    DECIMAL = "decimal", N_("number")
    BOOLEAN = "boolean", N_("yes or no")
    DATE = "date", N_("date")
    DATETIME = "datetime", N_("date and time")
    MONTH = "month", N_("month")
    YEAR = "year", N_("year")
    SERIES = "series", N_("number, or a series of months")
    CODE = "code", N_("one word of a list")
    CODES = "codes", N_("words of a list")


class Unit(LabelledEnum):
    """Units of delivered figures. Amounts in 万元 are kept in yuan."""

    NONE = "", N_("none")
    YUAN = "yuan", N_("yuan")
    WAN_YUAN = "wan_yuan", N_("10,000 yuan")
    AS_CURRENCY = "as_currency", N_("in the currency stated")
    PERSONS = "persons", N_("persons")
    CUBIC_METRES = "m3", N_("m³")
    KILOWATT_HOURS = "kWh", N_("kWh")
    KILOVOLT_AMPERES = "kVA", N_("kVA")
    SQUARE_METRES = "m2", N_("m²")
    MU = "mu", N_("mu")
    TONNES = "t", N_("tonnes")
    PERCENT = "percent", N_("percent")
    MONTHS = "months", N_("months")
    TIMES = "times", N_("times")
    PERIODS = "periods", N_("periods")
    SHEETS = "sheets", N_("documents")


class BatchStatus(LabelledEnum):
    TAKEN = "taken", N_("taken in")
    REFUSED = "refused", N_("refused")
    WITHDRAWN = "withdrawn", N_("withdrawn")
