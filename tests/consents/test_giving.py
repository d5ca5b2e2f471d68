"""A consent is given by the enterprise alone, for a time, under words that are kept, and ends the moment it ends it."""

import hashlib
from datetime import date, datetime, timedelta
from importlib.resources import files

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.conftest import Sessions
from tests.consent_scene import ConsentScene
from tests.factories import actor_of, some_id
from xinyidai.audit.models import AuditEntry
from xinyidai.consents.commands import AskForConsent, GiveConsent
from xinyidai.consents.models import Consent
from xinyidai.consents.queries import consented_datasets
from xinyidai.consents.requests import decline_request, latest_request, may_ask
from xinyidai.consents.service import expire_consents, last_day, revoke_consent
from xinyidai.consents.types import ConsentPurpose
from xinyidai.consents.wording import current_version, versions, wording
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.i18n import use_locale
from xinyidai.core.validation import parse
from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.sharing import ask_to_share, families, share
from xinyidai.credit.types import Access
from xinyidai.messages.models import Message
from xinyidai.outbox.models import OutboxJob

# Words that somebody may have agreed to are never changed: a new version is a new file.
DIGESTS = {"2026-01-01": "7d553301b194b792", "2026-11-26": "5c71a56f8b4d59a0"}


def test_a_consent_keeps_who_what_for_until_when_and_under_which_words(scene: ConsentScene) -> None:
    consent = scene.give("tax_levy", "social_insurance")
    assert consent.number.startswith("SQ20260318")
    assert (consent.institution_id, consent.purpose) == (scene.banks[0].id, "financing")
    assert dict(zip(consent.datasets, consent.dataset_numbers, strict=True)) == {"tax_levy": 21, "social_insurance": 30}
    assert (consent.valid_from, consent.wording_version) == (scene.today, "2026-01-01")
    assert consent.given_by == scene.member.user_id


def test_both_sides_are_told_of_giving_and_of_revoking(scene: ConsentScene, session: ActorSession) -> None:
    consent = scene.give("tax_levy")
    with scene.sessions.as_(scene.member) as own:
        revoke_consent(own, scene.member, consent.id, scene.now)
        own.commit()
    said = session.exec(select(Message).order_by("created_at", "id")).all()
    assert {(one.kind, one.enterprise_id is not None) for one in said} == {
        ("consent.given", True),
        ("consent.given_to_institution", False),
        ("consent.revoked", True),
        ("consent.revoked_for_institution", False),
    }
    assert {one.institution_id for one in said} == {None, scene.banks[0].id}
    assert [one.action for one in session.exec(select(AuditEntry).where(AuditEntry.subject_kind == "consent"))] == [
        "consent.given",
        "consent.revoked",
    ]


def test_only_the_ranking_consent_changes_what_the_platform_knows(scene: ConsentScene, session: ActorSession) -> None:
    scene.give("tax_levy")
    jobs = select(OutboxJob).where(OutboxJob.name == "enterprises.facts_changed")
    assert session.exec(jobs).all() == []
    consent = scene.give("tax_levy", bank=None)
    with scene.sessions.as_(scene.member) as own:
        revoke_consent(own, scene.member, consent.id, scene.now)
        own.commit()
    assert [job.payload["enterprise_id"] for job in session.exec(jobs)] == [str(scene.enterprise.id)] * 2


def test_what_is_in_force_already_is_not_given_twice(scene: ConsentScene) -> None:
    first = scene.give("tax_levy", "gas_supply")
    assert scene.give("gas_supply", "tax_levy").id == first.id
    assert scene.give("tax_levy").id != first.id
    longer = scene.today + timedelta(days=120)
    assert scene.give("gas_supply", "tax_levy", valid_until=longer).id != first.id


@pytest.mark.parametrize("days", [-1, 365])
def test_a_consent_lasts_a_year_at_most(scene: ConsentScene, days: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        scene.give("tax_levy", valid_until=scene.today + timedelta(days=days))
    assert set(refused.value.fields) == {"valid_until"}
    assert scene.give("tax_levy", valid_until=scene.today + timedelta(days=364)).valid_until == date(2027, 3, 17)


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2026, 11, 26), date(2027, 11, 25)),
        (date(2027, 2, 28), date(2028, 2, 27)),
        (date(2024, 2, 29), date(2025, 2, 27)),
        (date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_year_ends_the_day_before_its_anniversary(today: date, last: date) -> None:
    assert last_day(today, 12) == last


def test_a_lender_cannot_give_itself_a_consent(scene: ConsentScene) -> None:
    officer = scene.officers[0]
    with scene.sessions.as_(officer) as session, pytest.raises(Forbidden):
        share(session, officer, scene.command("tax_levy"), scene.now)


def test_ranking_is_the_platforms_and_every_other_purpose_names_a_lender(scene: ConsentScene) -> None:
    for fields in (
        {"bank": None, "purpose": ConsentPurpose.FINANCING},
        {"bank": 0, "purpose": ConsentPurpose.RANKING},
        {"institution_id": some_id()},
    ):
        with pytest.raises(InvalidInput):
            scene.give("tax_levy", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("dataset", ["admin_penalty", "upload_loan", "none"])
def test_only_data_that_need_consent_can_be_consented_to(scene: ConsentScene, dataset: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        scene.give("tax_levy", dataset)
    assert set(refused.value.fields) == {"datasets"}


def test_words_that_have_changed_are_read_again(scene: ConsentScene) -> None:
    with pytest.raises(InvalidInput) as refused:
        scene.give("tax_levy", wording_version="2025-01-01")
    assert set(refused.value.fields) == {"agreed"}


def test_without_the_tick_there_is_no_consent(scene: ConsentScene) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(
            GiveConsent,
            {"purpose": "ranking", "datasets": ["tax_levy"], "valid_until": "2026-04-01", "wording_version": "x"},
        )
    assert set(refused.value.fields) == {"agreed"}


def test_nobody_revokes_the_consent_of_another(scene: ConsentScene) -> None:
    consent = scene.give("tax_levy")
    stranger = actor_of(scene.factory.member_of(scene.factory.enterprise()))
    scene.factory.session.commit()
    with scene.sessions.as_(stranger) as session, pytest.raises(NotFound):
        revoke_consent(session, stranger, consent.id, scene.now)


def test_what_has_run_out_is_ended_once_and_by_the_platform(scene: ConsentScene, session: ActorSession) -> None:
    scene.give("tax_levy", bank=None, valid_until=scene.today)
    scene.give("tax_levy", bank=0, valid_until=scene.today)
    running = scene.give("tax_levy", bank=1)
    assert expire_consents(session, scene.now) == 0
    tomorrow = scene.now + timedelta(days=1)
    assert expire_consents(session, tomorrow) == 2
    assert expire_consents(session, tomorrow) == 0
    left = session.exec(select(Consent).where(Consent.end_reason.is_(None))).all()  # type: ignore[union-attr]
    assert [one.id for one in left] == [running.id]
    assert session.scalar(text("select count(*) from messages where kind like 'consent.expired%'")) == 3


def test_the_last_day_still_counts(scene: ConsentScene, session: ActorSession) -> None:
    scene.give("tax_levy", valid_until=scene.today)
    asked = (scene.enterprise.id, scene.banks[0].id)
    assert consented_datasets(session, *asked, scene.today) == {"tax_levy"}
    assert consented_datasets(session, *asked, scene.today + timedelta(days=1)) == frozenset()


def test_a_lender_asks_once_a_week_and_never_again_after_a_no(scene: ConsentScene, session: ActorSession) -> None:
    def ask(now: datetime) -> None:
        with scene.sessions.as_(scene.officers[0]) as own:
            ask_to_share(
                own,
                scene.officers[0],
                scene.enterprise.id,
                scene.leads[0].id,
                "面业贷",
                AskForConsent(datasets=("tax_levy",)),
                now,
            )
            own.commit()

    ask(scene.now)
    with pytest.raises(Conflict):
        ask(scene.now + timedelta(days=6))
    ask(scene.now + timedelta(days=7))
    latest = latest_request(session, scene.leads[0].id)
    assert latest is not None
    with scene.sessions.as_(scene.member) as own:
        decline_request(own, scene.member, latest.id, scene.now)
        own.commit()
    session.commit()  # the platform speaks again
    session.expire_all()
    assert not may_ask(latest_request(session, scene.leads[0].id), scene.now + timedelta(days=99))
    told = session.exec(select(Message.kind).order_by("created_at", "id")).all()
    assert sorted(told) == ["consent.asked", "consent.asked", "consent.not_given"]


def test_every_data_set_that_needs_consent_is_in_one_family() -> None:
    by_consent = {code for code, one in catalogue().datasets.items() if one.access is Access.CONSENT}
    assert {code for family in families() for code in family.codes} == by_consent


def test_words_once_in_force_are_never_changed() -> None:
    folder = files("xinyidai.consents.wordings")
    digests = {one: hashlib.sha256((folder / f"{one}.toml").read_bytes()).hexdigest()[:16] for one in versions()}
    assert digests == DIGESTS


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_every_purpose_has_its_words_in_both_languages(locale: str) -> None:
    with use_locale(locale):
        for version in versions():
            lengths = {purpose: len(wording(version, purpose).paragraphs) for purpose in ConsentPurpose}
            assert min(lengths.values()) >= 4


def test_words_apply_from_their_day_on() -> None:
    assert current_version(date(2026, 3, 18)) == "2026-01-01"
    assert current_version(date(2020, 1, 1)) == versions()[0]


def test_the_platform_itself_gives_no_consent(scene: ConsentScene, sessions: Sessions) -> None:
    with sessions.as_(SYSTEM) as session, pytest.raises(Forbidden):
        share(session, SYSTEM, scene.command("tax_levy"), scene.now)
