"""The pages rendered without the application: every part with sample data, as the templates' contract promises it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from xinyidai.core import i18n
from xinyidai.core.i18n import current_locale, use_locale
from xinyidai.web.flash import Flash
from xinyidai.web.forms import FormState
from xinyidai.web.navigation import NavigationItem
from xinyidai.web.render import TEMPLATES, make_environment

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def _sample_texts() -> dict[str, str]:
    with (Path(__file__).parent / "zh_CN.po").open("rb") as source:
        return {str(entry.id): str(entry.string) for entry in read_po(source, locale="zh_CN")}


SAMPLE_TEXTS = _sample_texts()


def _(message: str, /, **values: object) -> str:
    """The application's texts, and in front of them the gallery's own sample texts."""
    if current_locale() == "zh_CN" and message in SAMPLE_TEXTS:
        return SAMPLE_TEXTS[message] % values if values else SAMPLE_TEXTS[message]
    return i18n._(message, **values)


@dataclass(frozen=True)
class User:
    display_name: str
    role_label: str
    organisation_name: str | None


@dataclass(frozen=True)
class Ui:
    """What the frame of a page needs; the application's own object has the same attributes."""

    locale: str
    path: str = "/institution/leads"
    query: str = "state=open&sort=-amount&page=2"
    user: User | None = None
    navigation: tuple[NavigationItem, ...] = ()
    flashes: tuple[Flash, ...] = ()
    csrf_token: str = "sample"
    demo: bool = True
    city_name: str = "示例市"
    request_id: str = "01993f2c-7d1a-7c3e-9a51"


def environment() -> Environment:
    """The application's own environment, so that what renders here renders there; only the texts know the samples."""
    made = make_environment(lambda: NOW)
    made.loader = FileSystemLoader([TEMPLATES, Path(__file__).parent])
    made.globals |= {
        "_": _,
        "csrf_field": lambda: Markup('<input type="hidden" name="_csrf_token" value="sample">'),
    }
    return made


@dataclass(frozen=True)
class Page:
    title: str


@dataclass(frozen=True)
class Problem:
    title: str
    message: str


@dataclass(frozen=True)
class Home:
    title: str
    figures: list[dict[str, str]]
    product_count: int | None = 143
    institution_count: int | None = 20


@dataclass(frozen=True)
class Login:
    title: str
    form: FormState
    next: str = "/institution/leads"
    demo_accounts: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class Parts:
    """Sample data for gallery.html, in the shapes that queries give."""

    title: str
    form: FormState
    blank: FormState = field(default_factory=FormState)
    today: date = TODAY
    now: datetime = NOW
    amount: Decimal = Decimal("125000000")

    @property
    def leads(self) -> list[dict[str, object]]:
        firms = [
            "薛城区明远机械制造有限公司",
            "台儿庄运河农产品专业合作社",
            "示例市中区鲁班装饰工程有限责任公司分公司",
            "滕州市禾丰化工有限公司",
        ]
        states = [
            ("sent", _("sent")),
            ("papers_requested", _("papers asked for")),
            ("funded", _("paid out")),
            ("refused", _("refused")),
        ]
        return [
            {
                "firm": firm,
                "amount": Decimal(800000 + 1230000 * row),
                "months": 12 * (row + 1),
                "fit": Decimal("91.4") - 7 * row,
                "state": state,
                "state_label": label,
                "due": TODAY + timedelta(days=row),
            }
            for row, (firm, (state, label)) in enumerate(zip(firms, states, strict=True))
        ]

    @property
    def contributions(self) -> list[dict[str, object]]:
        names = [
            _("Cost to the enterprise"),
            _("Likelihood of approval"),
            _("Speed"),
            _("Fit of amount"),
            _("Fit of term"),
        ]
        points = ["24.1", "18.75", "13.4", "14", "11"]
        return [
            {"label": name, "points": Decimal(point), "maximum": Decimal(most), "note": ""}
            for name, point, most in zip(names, points, [30, 25, 15, 15, 15], strict=True)
        ]


def pages() -> Mapping[str, Callable[[], tuple[str, object, dict[str, object]]]]:
    """Name -> template, page object, and what differs from the usual frame."""
    wrong = FormState(
        {"amount": "八十万", "term": "12", "guarantees": ["credit"], "purpose": "", "truth": ""},
        {
            "amount": _("Enter the amount in figures, for example 80."),
            "purpose": _("Choose a purpose."),
            "truth": _("Confirm that what you state is true."),
        },
    )
    refused = FormState({"username": "officer"}, {"": _("User name or password is wrong.")})
    figures = [
        {"label": _("Paid out this year"), "value": "38.42", "unit": _("hundred million yuan"), "href": "/statistics"},
        {"label": _("Enterprises funded"), "value": "4,812", "unit": "", "href": "/statistics"},
        {"label": _("Without collateral"), "value": "41.3%", "unit": "", "href": "/statistics"},
        {"label": _("Median days to an answer"), "value": "3", "unit": _("days"), "href": "/statistics"},
    ]
    account = {"username": "officer@b1", "password": "demo-2026", "role_label": _("Bank officer")}
    public: dict[str, object] = {"user": None, "navigation": public_navigation(), "flashes": ()}
    return {
        "gallery": lambda: ("gallery.html", Parts(_("Leads"), wrong), {}),
        "print": lambda: ("gallery_print.html", Page(_("Credit report")), {}),
        "home": lambda: ("public/home.html", Home(_("Home"), figures), public),
        "home_without_figures": lambda: ("public/home.html", Home(_("Home"), [], None, None), public),
        "login": lambda: ("public/login.html", Login(_("Log in"), refused, demo_accounts=(account,)), public),
        **{
            f"error_{status}": lambda status=status: (
                f"errors/{status}.html",
                Problem(_("Error"), _("The lead was accepted.")),
                public,
            )  # type: ignore[misc]
            for status in (400, 404, 409, 422, 429, 500)
        },
    }


def public_navigation() -> tuple[NavigationItem, ...]:
    return (
        NavigationItem(_("Home"), "/", "home", active=True),
        NavigationItem(_("Product catalogue"), "/products", "coin"),
        NavigationItem(_("Statistics"), "/statistics", "chart-bar"),
    )


def officer_frame(locale: str) -> Ui:
    return Ui(
        locale,
        user=User(_("Wang Xiaoming"), _("Bank officer"), _("Rural Commercial Bank of the sample city")),
        navigation=(
            NavigationItem(_("Desk"), "/institution", "home"),
            NavigationItem(_("Leads"), "/institution/leads", "inbox", active=True, count=12),
            NavigationItem(_("Credit lines"), "/institution/lines", "cash"),
            NavigationItem(_("Products"), "/institution/products", "coin", count=0),
            NavigationItem(_("Statistics"), "/institution/statistics", "chart-bar"),
        ),
        flashes=(Flash("success", _("The lead was accepted.")), Flash("warning", _("Two leads are due today."))),
    )


def render(name: str, locale: str) -> str:
    """One page of the gallery in one language."""
    with use_locale(locale):
        template, page, frame = pages()[name]()
        ui = replace(officer_frame(locale), **frame)  # type: ignore[arg-type]
        return environment().get_template(template).render(page=page, ui=ui)


@contextmanager
def spoken(locale: str) -> Iterator[Environment]:
    with use_locale(locale):
        yield environment()
