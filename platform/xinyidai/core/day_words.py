"""Days and months as a person writes them, in the language of the moment."""

from datetime import date

from babel.dates import format_date

from xinyidai.core.i18n import current_locale


def day_in_words(day: date) -> str:
    """2026年11月26日, 26 November 2026."""
    return format_date(day, "y年M月d日" if current_locale() == "zh_CN" else "d MMMM y", locale=current_locale())


def month_in_words(month: date) -> str:
    """2026年11月, Nov 2026; ``month`` is any day of it."""
    return format_date(month, "y年M月" if current_locale() == "zh_CN" else "MMM y", locale=current_locale())
