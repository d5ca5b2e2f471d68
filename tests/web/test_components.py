"""Every part of the page kit renders with sample data, in both languages, as strict HTML."""

import re
from itertools import groupby

import html5lib
import pytest

from tests.web import gallery
from xinyidai.core.actor import Role
from xinyidai.core.i18n import ngettext, use_locale
from xinyidai.web.forms import FormState
from xinyidai.web.navigation import HOME, menu_for

NAMES = ["gallery", "print", "home", "home_without_figures", "login"]
NAMES += [f"error_{status}" for status in (400, 404, 409, 422, 429, 500)]
LISTED_ICONS = set((gallery.ROOT / "platform/xinyidai/web/icons.txt").read_text(encoding="utf-8").splitlines())
EVERY_PAGE = pytest.mark.parametrize("name", NAMES)
BOTH_LANGUAGES = pytest.mark.parametrize("locale", ["zh_CN", "en"])


def test_the_gallery_names_every_page() -> None:
    assert set(NAMES) == set(gallery.pages())


@EVERY_PAGE
@BOTH_LANGUAGES
def test_a_page_is_strict_html(name: str, locale: str) -> None:
    html5lib.HTMLParser(strict=True).parse(gallery.render(name, locale))


@EVERY_PAGE
def test_a_page_has_no_inline_script_style_or_handler(name: str) -> None:
    html = gallery.render(name, "zh_CN")
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", html)
    inline = re.findall(r"<script(?![^>]*\ssrc=)([^>]*)>", html)
    assert all('type="application/json"' in attributes for attributes in inline)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)


@EVERY_PAGE
@BOTH_LANGUAGES
def test_ids_are_unique_and_every_reference_leads_somewhere(name: str, locale: str) -> None:
    html = gallery.render(name, locale)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    references = re.findall(r'(?:\sfor|aria-describedby|data-chart)="([^"]+)"', html) + re.findall(
        r'href="#([^"]+)"', html
    )
    assert {one for reference in references for one in reference.split()} <= set(ids)


@EVERY_PAGE
def test_every_page_says_its_language_title_and_way_past_the_menu(name: str) -> None:
    html = gallery.render(name, "zh_CN")
    assert '<html lang="zh-CN">' in html
    assert html.count("<h1") == 1
    assert 'href="#content"' in html
    assert '<html lang="en">' in gallery.render(name, "en")


@EVERY_PAGE
def test_every_post_carries_the_token(name: str) -> None:
    forms = re.findall(r'<form[^>]*method="post".*?</form>', gallery.render(name, "en"), re.DOTALL)
    assert all('name="_csrf_token"' in form for form in forms)


def test_the_chinese_page_has_no_english_sentence() -> None:
    """Whole words of Latin letters in text between tags, other than names that stay as they are."""
    for name in NAMES:
        text = re.sub(
            r"<script.*?</script>|<code>.*?</code>|<[^>]+>", " ", gallery.render(name, "zh_CN"), flags=re.DOTALL
        )
        assert set(re.findall(r"[A-Za-z]{3,}", text)) <= {"English", "PDF", "XYD"}, name


def test_a_wrong_entry_is_kept_and_its_message_is_tied_to_the_field() -> None:
    html = gallery.render("gallery", "en")
    field = re.search(r'<input[^>]*id="field-amount"[^>]*>', html)
    assert field is not None
    assert 'value="八十万"' in field.group()
    assert 'aria-invalid="true"' in field.group()
    assert 'aria-describedby="help-amount error-amount unit-amount"' in field.group()
    summary = '<a href="#field-amount"><strong>{}</strong> Enter the amount in figures, for example 80.</a>'
    assert any(summary.format(label) in html for label in re.findall(r'for="field-amount">([^<]+)', html))


def test_what_a_person_typed_is_escaped() -> None:
    with gallery.spoken("en") as environment:
        source = '{% import "components/form.html" as f with context %}{{ f.text("q", "Q", form) }}'
        form = FormState({"q": '"><script>alert(1)</script>'})
        html = environment.from_string(source).render(form=form, ui=gallery.officer_frame("en"))
    assert "<script>" not in html


def test_a_password_is_never_sent_back() -> None:
    with gallery.spoken("en") as environment:
        source = '{% import "components/form.html" as f with context %}{{ f.password("p", "P", form) }}'
        html = environment.from_string(source).render(form=FormState({"p": "secret"}), ui=gallery.officer_frame("en"))
    assert "secret" not in html


def test_a_missing_month_is_null_in_the_chart_and_a_dash_in_its_table() -> None:
    html = gallery.render("gallery", "en")
    assert '"values": [82.4, 61.0, null, 90.25, 96.0, 103.1]' in html
    assert re.search(r'<th scope="row">2026-03</th><td class="number">—</td>', html)


def test_sorting_by_the_same_column_turns_the_order_and_another_starts_high() -> None:
    html = gallery.render("gallery", "en")
    assert 'aria-sort="descending"><a href="?state=open&amp;sort=amount">' in html
    assert '<a href="?state=open&amp;sort=-fit">' in html


@pytest.mark.parametrize("role", [Role.GUEST, *HOME])
def test_every_icon_of_a_menu_stands_in_the_list(role: Role) -> None:
    assert {item.icon for item in menu_for(role, "/")} <= LISTED_ICONS


@pytest.mark.parametrize("role", list(HOME))
def test_a_long_menu_stands_under_headings_and_each_entry_once(role: Role) -> None:
    menu = menu_for(role, HOME[role])
    assert [item.href for item in menu if item.active] == [HOME[role]]
    assert len({item.href for item in menu}) == len(menu)
    headings = [group for group, _items in groupby(menu, lambda item: item.group)]
    assert len(set(headings)) == len(headings)
    assert max(len(list(items)) for _group, items in groupby(menu, lambda item: item.group)) <= 6


def test_every_icon_used_stands_in_the_list() -> None:
    for name in NAMES:
        used = set(re.findall(r'icons\.svg[^#"]*#([\w-]+)', gallery.render(name, "en")))
        assert used <= LISTED_ICONS, name


def test_the_run_of_all_rankings_stands_under_the_needs() -> None:
    menu = menu_for(Role.OFFICE_STAFF, "/office/rankings")
    assert [item.href for item in menu if item.active] == ["/office/needs"]


def test_one_thing_is_not_counted_as_many_in_english() -> None:
    with use_locale("en"):
        said = [ngettext("%(count)s row", "%(count)s rows", count, count=count) for count in (0, 1, 2)]
    assert said == ["0 rows", "1 row", "2 rows"]
    assert ngettext("%(count)s row", "%(count)s rows", 1, count=1) == "共 1 条"


def test_parts_are_imported_with_context_where_they_need_the_page_around_them_and_only_there() -> None:
    folder = gallery.ROOT / "templates"
    parts = {path.name: path.read_text(encoding="utf-8") for path in (folder / "components").iterdir()}
    needing = {name for name, source in parts.items() if re.search(r"\bui\.|csrf_field", source)}
    needing |= {name for name, source in parts.items() if "with context" in source}
    wrong = [
        f"{path.relative_to(folder)}: {part}{context}"
        for path in sorted(folder.rglob("*.html"))
        for part, context in re.findall(
            r'{%-? (?:from|import) "components/([\w.]+)"[^%]*?( with context)? -?%}', path.read_text(encoding="utf-8")
        )
        if (part in needing) is not bool(context)
    ]
    assert wrong == []
