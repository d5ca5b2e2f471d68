"""What may be offered, and the rows of fees and risk shares that an offer brings with it."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session, select

from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import N_, _
from xinyidai.core.money import wan_from_yuan, without_zeros
from xinyidai.enterprises.models import Enterprise
from xinyidai.institutions.models import Institution
from xinyidai.institutions.types import InstitutionKind
from xinyidai.leads.models import Lead
from xinyidai.lending.commands import MakeOffer
from xinyidai.lending.costs import Fee, cost_of
from xinyidai.lending.messages import GUARANTOR_NAMED
from xinyidai.lending.models import Offer, OfferFee, RiskPool, RiskShare
from xinyidai.lending.types import FeeDue, FeeKind, FeeMethod
from xinyidai.messages.service import notify
from xinyidai.messages.types import to_institution
from xinyidai.products.models import ProductVersion
from xinyidai.products.types import GuaranteeMode

LONGEST_VALIDITY = timedelta(days=180)
_GUARANTEED = (GuaranteeMode.GUARANTEE, GuaranteeMode.MIXED)
_WHOLE = Decimal(100)


def check_terms(session: Session, command: MakeOffer, lead: Lead, today: date) -> None:
    """Raises InvalidInput with one sentence for each term that cannot be offered."""
    version = session.get_one(ProductVersion, lead.product_version_id)
    wrong = _outside_product(command, version, today)
    wrong |= _wrong_guarantor(session, command)
    wrong |= _wrong_fees(session, command)
    wrong |= _wrong_pool(session, command, today)
    if wrong:
        raise InvalidInput(wrong)


def _outside_product(command: MakeOffer, version: ProductVersion, today: date) -> dict[str, str]:
    """What lies outside what the lender has published."""
    wrong: dict[str, str] = {}
    if not version.amount_min <= command.amount <= version.amount_max:
        low, high = wan_from_yuan(version.amount_min), wan_from_yuan(version.amount_max)
        wrong["amount_wan"] = _("This product lends from %(low)s to %(high)s (unit: 10,000 yuan).", low=low, high=high)
    if not version.rate_min <= command.annual_rate <= version.rate_max:
        wrong["annual_rate"] = _(
            "The rate of this product is %(low).2f to %(high).2f percent a year.",
            low=version.rate_min,
            high=version.rate_max,
        )
    if not version.term_min <= command.term_months <= version.term_max:
        wrong["term_months"] = _(
            "The term of this product is %(low)s to %(high)s months.", low=version.term_min, high=version.term_max
        )
    if command.guarantee_mode.value not in version.guarantees:
        wrong["guarantee_mode"] = N_("The published product does not have this kind of security.")
    if command.repayment_mode.value not in version.repayment_modes:
        wrong["repayment_mode"] = N_("The published product does not have this repayment mode.")
    if command.valid_until < today:
        wrong["valid_until"] = N_("This day has passed. Please give the enterprise time to decide.")
    elif command.valid_until > today + LONGEST_VALIDITY:
        wrong["valid_until"] = N_("Please choose a day within the next 180 days.")
    return wrong


def _wrong_fees(session: Session, command: MakeOffer) -> dict[str, str]:
    if any((one.yuan is None) == (one.percent is None) for one in command.fees):
        return {"fees": N_("Please give each fee either in yuan or in percent of the loan.")}
    fees = tuple(_fees(session, command))
    cost = cost_of(command.amount, command.annual_rate, command.term_months, command.repayment_mode, fees)
    if cost.received <= 0:
        return {"fees": N_("The fees due at the payout take up the whole loan. Please check them.")}
    return {}


def _fees(session: Session, command: MakeOffer) -> list[Fee]:
    """Every fee of the offer, the guarantor's among them; it is charged by the year."""
    fees = [one.fee for one in command.fees]
    guarantor = session.get(Institution, command.guarantor_id) if command.guarantor_id else None
    if guarantor and command.guarantor_fee:
        rate = command.guarantor_fee
        fees.append(Fee(FeeKind.GUARANTEE, guarantor.name, FeeMethod.TRANSFER, FeeDue.YEARLY, percent=rate))
    return fees


def _wrong_guarantor(session: Session, command: MakeOffer) -> dict[str, str]:
    if command.guarantor_id is None:
        given = [name for name in ("guarantor_share", "guarantor_fee") if getattr(command, name) is not None]
        return {"guarantor_id": N_("Please choose the guarantee company.")} if given else {}
    guarantor = session.get(Institution, command.guarantor_id)
    if guarantor is None or guarantor.kind != InstitutionKind.GUARANTOR.value or not guarantor.active:
        return {"guarantor_id": N_("Please choose one of the listed values.")}
    if command.guarantee_mode not in _GUARANTEED:
        return {"guarantor_id": N_("A guarantee company stands in only where the security is a guarantee or mixed.")}
    if command.guarantor_share is None:
        return {"guarantor_share": N_("Please fill in this field.")}
    return {}


def _wrong_pool(session: Session, command: MakeOffer, today: date) -> dict[str, str]:
    if command.pool_id is None:
        return {"pool_id": N_("Please choose the pool.")} if command.pool_share is not None else {}
    pool = session.get(RiskPool, command.pool_id)
    if pool is None or pool.valid_from > today or (pool.valid_until is not None and pool.valid_until < today):
        return {"pool_id": N_("Please choose one of the listed values.")}
    if command.pool_share is None:
        return {"pool_share": N_("Please fill in this field.")}
    if command.pool_share > pool.ratio_cap:
        return {"pool_share": _("This pool bears at most %(cap)s%% of a loan.", cap=without_zeros(pool.ratio_cap))}
    if command.pool_share + (command.guarantor_share or 0) > _WHOLE:
        return {"pool_share": N_("The shares of guarantor and pool cannot be above 100% together.")}
    return {}


def add_fees_and_shares(session: Session, offer: Offer, command: MakeOffer, now: datetime) -> None:
    """The rows of a checked offer; a guarantee company that is named is told."""
    whose = {"offer_id": offer.id, "enterprise_id": offer.enterprise_id, "institution_id": offer.institution_id}
    guarantor = session.get_one(Institution, command.guarantor_id) if command.guarantor_id else None
    for fee in _fees(session, command):
        session.add(
            OfferFee(
                **whose,
                kind=fee.kind.value,
                amount=fee.amount,
                percent=fee.percent,
                payee=fee.payee,
                method=fee.method.value,
                due=fee.due.value,
            )
        )
        session.flush()  # ids in the order of the rows
    if guarantor and command.guarantor_share:
        session.add(RiskShare(**whose, guarantor_id=guarantor.id, share=command.guarantor_share))
        _tell_guarantor(session, offer, guarantor.id, command, now)
    if command.pool_id and command.pool_share:
        session.add(RiskShare(**whose, pool_id=command.pool_id, share=command.pool_share))
    session.flush()


def _tell_guarantor(session: Session, offer: Offer, guarantor_id: UUID, command: MakeOffer, now: datetime) -> None:
    notify(
        session,
        to_institution(guarantor_id),
        GUARANTOR_NAMED,
        now,
        link=f"/institution/guarantees#{offer.id}",
        lender=name_of(session, Institution, offer.institution_id),
        enterprise=name_of(session, Enterprise, offer.enterprise_id),
        share=str(without_zeros(command.guarantor_share or Decimal(0))),
        amount=str(wan_from_yuan(offer.amount)),
    )


def name_of(session: Session, table: type[Institution] | type[Enterprise], id_: UUID) -> str:
    """Empty where this actor may not see it."""
    return session.exec(select(table.name).where(table.id == id_)).first() or ""
