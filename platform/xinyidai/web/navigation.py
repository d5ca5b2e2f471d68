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
    group: str = ""


_CATALOGUE = (N_("Products"), "/products", "building-bank")
# A bare text is the heading of what follows it.
_MENUS: dict[Role, Sequence[str | tuple[str, str, str]]] = {
    Role.GUEST: [_CATALOGUE],
    Role.ENTERPRISE_MEMBER: [
        N_("Financing"),
        (N_("My needs"), "/enterprise/needs", "file-text"),
        _CATALOGUE,
        N_("What is known of me"),
        (N_("My enterprise"), "/enterprise/profile", "building-store"),
        (N_("My credit picture"), "/enterprise/credit", "gauge"),
        (N_("On record about me"), "/enterprise/records", "clipboard-list"),
        (N_("My figures"), "/enterprise/data", "chart-line"),
        (N_("My cases"), "/enterprise/cases", "scale"),
        (N_("Credit report"), "/enterprise/reports", "report-analytics"),
        N_("Who may see it"),
        (N_("Consents"), "/enterprise/consents", "shield-check"),
        (N_("Who looked at my data"), "/enterprise/data-reads", "eye"),
        (N_("Be found by lenders"), "/enterprise/screening", "search"),
    ],
    Role.INSTITUTION_OFFICER: [
        N_("Enterprises that ask"),
        (N_("Leads"), "/institution/leads", "inbox"),
        (N_("Open needs"), "/institution/pool", "list-search"),
        (N_("Find enterprises"), "/institution/screening", "search"),
        (N_("Answers by table"), "/institution/exchange", "table"),
        N_("Lending"),
        (N_("Credit lines"), "/institution/credit-lines", "credit-card"),
        (N_("Our guarantees"), "/institution/guarantees", "shield-check"),
        N_("Products on sale"),
        (N_("Our products"), "/institution/products", "package"),
        _CATALOGUE,
        N_("Our institution"),
        (N_("Our people"), "/institution/team", "users"),
    ],
    Role.OFFICE_STAFF: [
        (N_("Overview"), "/office", "chart-bar"),
        N_("Needs and loans"),
        (N_("Needs"), "/office/needs", "file-text"),
        (N_("Dispatch"), "/office/dispatch", "send"),
        (N_("Credit lines"), "/office/credit-lines", "credit-card"),
        (N_("Disbursements"), "/office/disbursements", "cash"),
        (N_("Loans in force"), "/office/loans", "coin"),
        (N_("Reported twice"), "/office/duplicates", "git-compare"),
        N_("Who takes part"),
        (N_("Enterprises"), "/office/enterprises", "building-factory"),
        (N_("Institutions"), "/office/institutions", "building"),
        _CATALOGUE,
        N_("Public credit data"),
        (N_("Deliveries"), "/office/deliveries", "inbox"),
        (N_("Repair and objection"), "/office/cases", "scale"),
        (N_("Data catalogue"), "/office/catalogue", "list-details"),
    ],
    Role.SOURCE_CLERK: [
        (N_("Our deliveries"), "/source/deliveries", "upload"),
        (N_("Repair and objection"), "/source/cases", "scale"),
        (N_("Data catalogue"), "/source/catalogue", "list-details"),
    ],
}
_MENUS[Role.INSTITUTION_MANAGER] = [
    *_MENUS[Role.INSTITUTION_OFFICER],
    (N_("Programs"), "/institution/programs", "plug-connected"),
]
_MENUS[Role.ADMINISTRATOR] = [
    *_MENUS[Role.OFFICE_STAFF],
    (N_("Registry files"), "/office/imports", "database"),
    N_("Running the platform"),
    (N_("Working days"), "/office/calendar", "calendar"),
    (N_("Programs"), "/office/programs", "plug-connected"),
]
_MENUS[Role.OFFICE_AUDITOR] = _MENUS[Role.OFFICE_STAFF]

_UNDER = {"/office/rankings": "/office/needs"}
"""Pages that are reached from an entry without lying under its address."""

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
    hrefs = [entry[1] for entry in _MENUS[role] if not isinstance(entry, str)]
    path = next((entry for place, entry in _UNDER.items() if path == place or path.startswith(place + "/")), path)
    under = [href for href in hrefs if path == href or path.startswith(href + "/")]
    active = max(under, key=len, default="")
    found, group = [], ""
    for entry in _MENUS[role]:
        if isinstance(entry, str):
            group = _(entry)
        else:
            label, href, icon = entry
            found.append(NavigationItem(_(label), href, icon, active=href == active, group=group))
    return found
