"""Names of people, firms and streets that belong to nobody, put together from parts.

Brands pair two characters that firms seldom carry, so that a made-up name does not fall on a real firm.
"""

from random import Random

from xinyidai.core.reference.divisions import Division
from xinyidai.enterprises.types import SubjectKind

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡"
_SURNAME_WEIGHTS = [60 - position for position in range(len(_SURNAMES))]
_GIVEN = "建国志强晓梅丽华德明秀英海燕玉兰桂芳春光文斌立新永刚小军红霞雪松振宇佳慧思源俊峰雅琴长青"

_BRAND_FIRST = "禾沐澜珩岚笙屿樾璟昀榛苒泓沄稷麓峤颐曜砚峪翊泠漱筠葭蓼蕴岑洵淇湄瀛珺琨瑾璞垚埕堃旻晟暄朔栩栎桉楹樨棠槿"
_BRAND_SECOND = "丰禾和源澍霖穗垄畦麦泽润川湖岱峰嵘恒策弘毅谦诚言语章卷笺墨书舟帆桨轩阁亭苑篱原野牧歌谣韵声钟磬琴弦鼓"
_COMPANY_FORMS = ("有限公司",) * 8 + ("有限责任公司", "股份有限公司")
_SELF_EMPLOYED_FORMS = ("店", "经营部", "商行", "服务部")
_STREETS = (
    "稷山路",
    "沐河路",
    "青禾街",
    "澜湖路",
    "岚山路",
    "文澍街",
    "丰泽路",
    "榛林路",
    "栎园街",
    "泓源路",
    "麓川路",
)
_TOWNS = ("沐禾镇", "稷丰镇", "榛林镇", "岚泉镇", "泓川镇", "麓阳镇", "槿亭镇", "栎坪镇")
_VILLAGES = (
    "前沐村",
    "后沐村",
    "东禾村",
    "西禾村",
    "上峪村",
    "下峪村",
    "大榛村",
    "小榛村",
    "南葭村",
    "北葭村",
    "槿子峪村",
    "栎下村",
)

# A shop's own word says already that it is one: 便利店, 药房, 诊所.
_PLACES = ("店", "房", "馆", "所", "园", "宿")


def person(rng: Random) -> str:
    surname = rng.choices(_SURNAMES, _SURNAME_WEIGHTS)[0]
    return surname + "".join(rng.choice(_GIVEN) for _ in range(1 if rng.random() < 0.15 else 2))


def brand(rng: Random) -> str:
    return rng.choice(_BRAND_FIRST) + rng.choice(_BRAND_SECOND)


def place(area: Division) -> str:
    """How a name speaks of the area: 薛城, 滕州; 市中 keeps its 区, one character is no name."""
    return area.name if area.name == "市中区" else area.name.rstrip("市区县")


def firm(rng: Random, kind: SubjectKind, area: Division, word: str, owner: str) -> str:
    """区域 + 字号 + 行业 + 组织形式, as the registry builds names; a farm household bears its head's name."""
    if kind is SubjectKind.FARM_HOUSEHOLD:
        return f"{owner}（农户）"
    if kind is SubjectKind.FARMER_COOP:
        return f"{place(area)}{brand(rng)}{word}农民专业合作社"
    if kind is SubjectKind.SELF_EMPLOYED:
        form = "" if word.endswith(_PLACES) else rng.choice(_SELF_EMPLOYED_FORMS)
        return f"{area.name}{brand(rng)}{word}{form}"
    return f"{place(area)}{brand(rng)}{word}{rng.choice(_COMPANY_FORMS)}"


def address(rng: Random, area: Division, *, rural: bool) -> str:
    if rural:
        return f"{area.name}{rng.choice(_TOWNS)}{rng.choice(_VILLAGES)}{rng.randint(1, 220)}号"
    return f"{area.name}{rng.choice(_STREETS)}{rng.randint(1, 399)}号"
