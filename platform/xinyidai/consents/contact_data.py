"""Whether a text gives away how somebody can be reached. Pure; errs on the side of asking the writer again."""

import re
import unicodedata

_CHINESE_DIGITS = str.maketrans("〇零一幺壹二贰三叁四肆五伍六陆七柒八捌九玖", "001112233445566778899")
_INVISIBLE = ("Cf", "Mn", "Me")  # zero-width signs, direction marks, the frame of a keycap emoji
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s\-–—−.·•_*~|()]{1,4}(?=\d)")
_LIST_SIGN = r"[\s,、/;:]{1,3}"  # between amounts as well: believed only where the groups are those of a telephone
_AT = r"\s*(?:@|#|艾特|[(\[{]\s*(?:at|艾特)\s*[)\]}]|\bat\b)\s*"
_DOT = r"\s*(?:\.|。|点|[(\[{]\s*dot\s*[)\]}]|\bdot\b)\s*"
_SAID = r"\s*(?:号码?|群|账号|帐号|id)?(?:\s*(?:[:=>\-]|是|为|is\b))*\s*@?\s*"
_CHINESE_NAME = r"(?:[微薇威]\W*信|加\W*卫星|(?<![a-z])v\W?信|钉钉|飞书)"
_LATIN_NAME = r"(?<![a-z])(?:wei\s*xin|we\s*chat|v\W?x|wx|whats\s*app|telegram|skype|line)"
_ACCOUNT = r"[a-z][a-z0-9_-]{4,}"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\d)(?:\+?86|0086)?1[3-9]\d{9}(?!\d)",  # mobile numbers
        rf"(?<!\d)1[3-9]\d(?:{_LIST_SIGN}\d{{4}}){{2}}(?!\d)",
        rf"(?<!\d)1{_LIST_SIGN}[3-9](?:{_LIST_SIGN}\d){{9}}(?!\d)",
        r"(?<!\d)0(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}(?!\d)",  # landlines with their area code
        r"(?<!\d)[48]00[1-9]\d{6}(?!\d)",  # 400 and 800 numbers
        r"\+\d{9,15}(?!\d)",  # numbers abroad
        r"(?:电话|座机|固话|热线|手机|\btel\b|\bphone\b)(?:号码?|number)?[\s:(是为]*\d{7,12}(?!\d)",
        rf"[\w.+-]+{_AT}[\w-]+{_DOT}(?:com|cn|net|org|top|vip|cc)\b",
        r"[\w.+-]+\s?@\s?[\w-]+(?:\.[\w-]+)+",
        rf"{_CHINESE_NAME}{_SAID}{_ACCOUNT}",
        rf"{_LATIN_NAME}\s*(?:[:=]|号|\bid\b){_SAID}{_ACCOUNT}",
        rf"{_LATIN_NAME}{_SAID}(?=[a-z_-]*\d){_ACCOUNT}",
        rf"(?:(?<![a-z])q\s?q|扣扣|企鹅号?){_SAID}[1-9]\d{{4,11}}(?![\d元万%])",
        r"(?<![a-z0-9])v\s*:\s*[a-z][a-z0-9_-]{4,}",
        r"\b(?:wa\.me|t\.me|u\.wechat\.com|weixin\.qq\.com|qm\.qq\.com)/",
    )
)


def gives_contact_data(text: str) -> bool:
    """Telephone numbers, mail addresses, accounts of the usual messengers; also spaced, full-width or in Chinese."""
    visible = "".join(one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) not in _INVISIBLE)
    plain = visible.translate(_CHINESE_DIGITS)
    joined = _BETWEEN_DIGITS.sub("", plain)
    return any(pattern.search(one) for pattern in _PATTERNS for one in (plain, joined))
