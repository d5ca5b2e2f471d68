"""What counts as a way to reach somebody, and what does not."""

import pytest

from xinyidai.leads.thread.contact_data import gives_contact_data


@pytest.mark.parametrize(
    "text",
    [
        "请打 13812345678",
        "请打 138 1234 5678",
        "１３８－１２３４－５６７８",
        "座机 0632-8112233",
        "mail: boss@noodle.cn",
        "微信号: noodle_2026",
        "加vx noodle88888",
        "QQ：123456789",
    ],
)
def test_phone_numbers_mail_addresses_and_accounts_are_contact_data(text: str) -> None:
    assert gives_contact_data(text)


@pytest.mark.parametrize(
    "text",
    [
        "我们想借 80 万元，12 个月，年利率 4.35%。",
        "合同编号 HT-2026-001，2026-11-25 签。",
        "统一社会信用代码 91370400TE5T000163",
        "去年收入 12,345,678 元。",
        "请把营业执照传上来。",
        "日期 2026-11-25 至 2027-11-24",
    ],
)
def test_amounts_dates_contracts_and_credit_codes_are_not(text: str) -> None:
    assert not gives_contact_data(text)
