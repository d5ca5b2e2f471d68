"""Yuan are ``Decimal`` with two decimals; pages and annual reports speak in 万元 (10,000 yuan)."""

from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
WAN = Decimal(10_000)


def to_fen(amount: Decimal) -> Decimal:
    """Rounded half up to the fen."""
    return amount.quantize(FEN, ROUND_HALF_UP)


def yuan_from_wan(wan: Decimal) -> Decimal:
    return to_fen(wan * WAN)


def wan_from_yuan(yuan: Decimal) -> Decimal:
    """万元 without trailing zeros: 800000.00 → 80, 12345.60 → 1.23456."""
    return without_zeros(yuan / WAN)


def without_zeros(value: Decimal) -> Decimal:
    """Without zeros at the end, and never as an exponent: 4.3500 → 4.35, 30.00 → 30 (and not 3E+1)."""
    short = value.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short
