"""The accounts that a demo city opens with; the login page lists them where the city is a demo."""

from dataclasses import dataclass

from xinyidai.core.actor import Role

DEMO_PASSWORD = "xinyidai-demo"  # noqa: S105 - printed on the login page of a synthetic city


@dataclass(frozen=True, slots=True)
class DemoAccount:
    username: str
    display_name: str
    role: Role
    organisation: str = ""
    """The department of a clerk; the others say where they belong by their name on the page."""
    password: str = DEMO_PASSWORD

    @property
    def role_label(self) -> str:
        """The role in the reader's language; a clerk by its department, which says more."""
        return self.organisation or self.role.label


DEMO_ACCOUNTS = (
    DemoAccount("factory", "周建国", Role.ENTERPRISE_MEMBER),
    DemoAccount("officer", "李晓梅", Role.INSTITUTION_OFFICER),
    DemoAccount("manager", "赵志强", Role.INSTITUTION_MANAGER),
    DemoAccount("office", "王丽华", Role.OFFICE_STAFF),
    DemoAccount("auditor", "孙德明", Role.OFFICE_AUDITOR),
    DemoAccount("admin", "陈立", Role.ADMINISTRATOR),
    DemoAccount("clerk", "刘芳", Role.SOURCE_CLERK, "市税务局"),
    DemoAccount("hrss", "孙桂兰", Role.SOURCE_CLERK, "市人力资源和社会保障局"),
    DemoAccount("power", "马志新", Role.SOURCE_CLERK, "市供电公司"),
    DemoAccount("market", "何文斌", Role.SOURCE_CLERK, "市市场监督管理局"),
)
