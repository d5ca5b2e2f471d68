"""Cells and icons, as every list has them by the hundred."""

from markupsafe import Markup

from xinyidai.web.pieces import icon, table_cell


def test_a_cell_escapes_its_label_value_and_address() -> None:
    html = table_cell('a"b', "<b>&", href='/x?"')
    assert html == '<td data-label="a&#34;b" class="xy-short"><a href="/x?&#34;">&lt;b&gt;&amp;</a></td>'


def test_a_cell_with_contents_of_its_own_takes_them_as_they_are() -> None:
    assert table_cell("L", numeric=True, caller=lambda: Markup("<i>1</i>")) == (
        '<td data-label="L" class="number"><div><i>1</i></div></td>'
    )


def test_the_cell_that_a_row_is_about_is_its_head() -> None:
    assert table_cell("L", "x" * 30, primary=True) == f'<th scope="row" data-label="L">{"x" * 30}</th>'


def test_a_short_value_is_never_broken_and_a_chinese_one_is_twice_as_wide() -> None:
    assert "xy-short" in table_cell("L", "x" * 20)
    assert "xy-short" not in table_cell("L", "x" * 21)
    assert "xy-short" in table_cell("L", "面" * 11)
    assert "xy-short" not in table_cell("L", "面" * 12)
    assert "xy-short" in table_cell("L", "x" * 99, short=True)


def test_an_icon_is_decoration_unless_it_has_a_title() -> None:
    assert 'class="icon" width="20" height="20" aria-hidden="true"' in icon("cash")
    titled = icon("cash", '不可"', **{"class": "big"})
    assert 'class="icon big"' in titled
    assert 'role="img" aria-label="不可&#34;"' in titled
