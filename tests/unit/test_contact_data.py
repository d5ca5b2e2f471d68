"""What counts as a way to reach somebody, and what does not."""

import pytest

from xinyidai.consents.contact_data import gives_contact_data


@pytest.mark.parametrize(
    "text",
    [
        "请打 13812345678",
        "请打 138 1234 5678",
        "１３８－１２３４－５６７８",
        "+86 138 1234 5678",
        "008613812345678",
        "138   1234   5678",
        "138\n1234\n5678",
        "138，1234，5678",
        "1、3、8、1、2、3、4、5、6、7、8",
        "一三八一二三四五六七八",
        "幺三八 幺二三四 五六七八",
        "壹叁捌壹贰叁肆伍陆柒捌",
        "1三8一2三4五6七8",
        "①③⑧①②③④⑤⑥⑦⑧",
        "1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣",
        "138\u200b1234\u200b5678",
    ],
)
def test_a_mobile_number_is_found_however_it_is_written(text: str) -> None:
    assert gives_contact_data(text)


@pytest.mark.parametrize(
    "text",
    [
        "座机 0632-8112233",
        "(0632) 811 2233",
        "座机：8112233转801",
        "电话号码是 8112233",
        "400-820-8820",
        "+1 415 555 2671",
        "mail: boss@noodle.cn",
        "boss＠noodle．cn",
        "boss(at)noodle.cn",
        "boss 艾特 noodle 点 cn",
        "boss#noodle.cn，把#换成@",
        "boss at noodle dot cn",
        "微信号: noodle_2026",
        "微 信 noodle88",
        "V信 noodle88",
        "wei xin: noodle",
        "wechat ID is noodle88",
        "加vx noodle88888",
        "V：noodle88",
        "QQ：123456789",
        "扣扣 123456789",
        "https://u.wechat.com/abc",
    ],
)
def test_landlines_mail_addresses_and_accounts_are_contact_data(text: str) -> None:
    assert gives_contact_data(text)


@pytest.mark.parametrize(
    "text",
    [
        "我们想借 80 万元，12 个月，年利率 4.35%。",
        "2024年 1,200 万、2025年 1,350 万、2026年 1,500 万",
        "每平方米 138 元，1234 平方米，5678 元",
        "十三万八千一百二十三元四角五分",
        "合同编号 HT-2026-001，2026-11-25 签。",
        "统一社会信用代码 91370400TE5T000163",
        "发票代码 037001900211 号码 13812345",
        "去年收入 12,345,678 元，电话费 8112233 元。",
        "微信收款占收入的 30%，微信支付 12345.67 元。",
        "WeChat payments make 30% of our production line revenue.",
        "请把营业执照传上来。",
        "日期 2026-11-25 至 2027-11-24",
    ],
)
def test_amounts_dates_contracts_and_credit_codes_are_not(text: str) -> None:
    assert not gives_contact_data(text)
