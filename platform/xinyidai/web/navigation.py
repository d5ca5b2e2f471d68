"""What each role finds in its menu."""

from collections.abc import Sequence
from dataclasses import dataclass

from xinyidai.core.actor import Role
from xinyidai.core.i18n import N_, _


@dataclass(frozen=True, slots=True)
class NavigationItem:
    label: str
    href: str
    icon: str
    active: bool = False
    count: int | None = None


_CATALOGUE = (N_("Products"), "/products", "building-bank")
_MENUS: dict[Role, Sequence[tuple[str, str, str]]] = {
    Role.GUEST: [_CATALOGUE],
    Role.ENTERPRISE_MEMBER: [
        (N_("My needs"), "/enterprise/needs", "file-text"),
        (N_("My enterprise"), "/enterprise/profile", "building-store"),
        (N_("My credit picture"), "/enterprise/credit", "gauge"),
        (N_("Consents"), "/enterprise/consents", "shield-check"),
        (N_("Who looked at my data"), "/enterprise/data-reads", "eye"),
        (N_("On record about me"), "/enterprise/records", "clipboard-list"),
        (N_("My figures"), "/enterprise/data", "chart-line"),
        (N_("My cases"), "/enterprise/cases", "scale"),
        (N_("Credit report"), "/enterprise/reports", "report-analytics"),
        _CATALOGUE,
    ],
    Role.INSTITUTION_OFFICER: [
        (N_("Leads"), "/institution/leads", "inbox"),
        (N_("Open needs"), "/institution/pool", "list-search"),
        (N_("Find enterprises"), "/institution/screening", "search"),
        (N_("Credit lines"), "/institution/credit-lines", "credit-card"),
        (N_("Answers by table"), "/institution/exchange", "table"),
        (N_("Our guarantees"), "/institution/guarantees", "shield-check"),
        (N_("Our products"), "/institution/products", "package"),
        (N_("Our people"), "/institution/team", "users"),
        _CATALOGUE,
    ],
    Role.OFFICE_STAFF: [
        (N_("Overview"), "/office", "chart-bar"),
        (N_("Needs"), "/office/needs", "file-text"),
        (N_("Dispatch"), "/office/dispatch", "send"),
        (N_("Enterprises"), "/office/enterprises", "building-factory"),
        (N_("Credit lines"), "/office/credit-lines", "credit-card"),
        (N_("Disbursements"), "/office/disbursements", "cash"),
        (N_("Loans in force"), "/office/loans", "scale"),
        (N_("Reported twice"), "/office/duplicates", "git-compare"),
        (N_("Institutions"), "/office/institutions", "building"),
        (N_("Deliveries"), "/office/deliveries", "inbox"),
        (N_("Repair and objection"), "/office/cases", "scale"),
        (N_("Data catalogue"), "/office/catalogue", "list-details"),
        _CATALOGUE,
    ],
    Role.SOURCE_CLERK: [
        (N_("Our deliveries"), "/source/deliveries", "upload"),
        (N_("Repair and objection"), "/source/cases", "scale"),
        (N_("Data catalogue"), "/source/catalogue", "list-details"),
    ],
    Role.ADMINISTRATOR: [
        (N_("Overview"), "/office", "chart-bar"),
        (N_("Needs"), "/office/needs", "file-text"),
        (N_("Dispatch"), "/office/dispatch", "send"),
        (N_("Enterprises"), "/office/enterprises", "building-factory"),
        (N_("Credit lines"), "/office/credit-lines", "credit-card"),
        (N_("Disbursements"), "/office/disbursements", "cash"),
        (N_("Loans in force"), "/office/loans", "scale"),
        (N_("Reported twice"), "/office/duplicates", "git-compare"),
        (N_("Institutions"), "/office/institutions", "building"),
        (N_("Deliveries"), "/office/deliveries", "inbox"),
        (N_("Repair and objection"), "/office/cases", "scale"),
        (N_("Data catalogue"), "/office/catalogue", "list-details"),
        (N_("Registry files"), "/office/imports", "database"),
        _CATALOGUE,
    ],
}
_MENUS[Role.INSTITUTION_MANAGER] = [
    *_MENUS[Role.INSTITUTION_OFFICER],
    (N_("Programs"), "/institution/programs", "plug-connected"),
]
_MENUS[Role.ADMINISTRATOR] = [*_MENUS[Role.ADMINISTRATOR], (N_("Programs"), "/office/programs", "plug-connected")]
_MENUS[Role.OFFICE_AUDITOR] = _MENUS[Role.OFFICE_STAFF]

HOME = {
    Role.ENTERPRISE_MEMBER: "/enterprise/needs",
    Role.INSTITUTION_OFFICER: "/institution/leads",
    Role.INSTITUTION_MANAGER: "/institution/leads",
    Role.OFFICE_STAFF: "/office",
    Role.OFFICE_AUDITOR: "/office",
    Role.ADMINISTRATOR: "/office",
    Role.SOURCE_CLERK: "/source/deliveries",
}
"""Where each role begins after the login."""


def menu_for(role: Role, path: str) -> list[NavigationItem]:
    """The menu of ``role``; the longest entry that ``path`` lies under is the active one."""
    entries = _MENUS[role]
    under = [href for _label, href, _icon in entries if path == href or path.startswith(href + "/")]
    active = max(under, key=len, default="")
    return [NavigationItem(_(label), href, icon, active=href == active) for label, href, icon in entries]
