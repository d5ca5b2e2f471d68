"""Numbers that people read never come as exponents."""

from decimal import Decimal

import pytest

from xinyidai.core.money import wan_from_yuan, without_zeros


@pytest.mark.parametrize(("value", "said"), [("30.00", "30"), ("4.3500", "4.35"), ("0", "0"), ("100", "100")])
def test_zeros_at_the_end_go_and_no_exponent_comes(value: str, said: str) -> None:
    assert str(without_zeros(Decimal(value))) == said


def test_ten_million_yuan_are_a_thousand_wan() -> None:
    assert str(wan_from_yuan(Decimal("10000000.00"))) == "1000"
