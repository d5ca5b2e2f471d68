"""``xyd check``: what must always hold across the tables, one small function for each sentence.

Constraints in the database keep most of this from ever being broken; what is checked here spans several rows, or
would only break if somebody wrote past the services. Every statement reads the rows themselves.
"""
# ruff: noqa: S608 - statements are put together from constants; what a person typed is always bound

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.i18n import N_
from xinyidai.leads.status import derive_need_status
from xinyidai.leads.types import LeadStatus
from xinyidai.needs.types import OPEN_STATUSES, NeedStatus
from xinyidai.statistics.dimensions import BREAKDOWNS, Dimension
from xinyidai.statistics.filters import PayoutFilter, counted
from xinyidai.statistics.queries.totals import Totals, lines, totals

MOST_SHOWN = 20
"""Violations of one sentence that are told one by one; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Violation:
    """``sentence`` is what should hold (a message id); ``subject`` and ``detail`` say where it does not, and how."""

    sentence: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class Invariant:
    sentence: str
    find: Callable[[Session], Iterable[tuple[str, str]]]


def check(session: Session) -> list[Violation]:
    """Everything that does not hold; empty where all is well. The session must see every row."""
    return [violation for invariant in INVARIANTS for violation in violations_of(session, invariant)]


def violations_of(session: Session, invariant: Invariant) -> list[Violation]:
    found = list(invariant.find(session))
    told = [Violation(invariant.sentence, subject, detail) for subject, detail in found[:MOST_SHOWN]]
    if len(found) > MOST_SHOWN:
        told.append(Violation(invariant.sentence, "", f"+ {len(found) - MOST_SHOWN}"))
    return told


def _rows(sql: str) -> Callable[[Session], Iterable[tuple[str, str]]]:
    """An invariant as a statement that finds (subject, detail) of every row that breaks it."""
    statement = text(sql)
    return lambda session: [(str(row[0]), str(row[1])) for row in session.execute(statement)]


def breakdowns_agree(session: Session) -> Iterable[tuple[str, str]]:
    """Read from the payouts alone: every breakdown and the headline."""
    whole = totals(session, PayoutFilter(), from_rows=True)
    for dimension in Dimension:
        yield from disagreement(
            dimension.value, (sums for _, sums in lines(session, PayoutFilter(), dimension, from_rows=True)), whole
        )


def disagreement(name: str, parts: Iterable[Totals], whole: Totals) -> Iterable[tuple[str, str]]:
    """Whether the parts add up to the whole, in rows, money and money times rate."""
    parts = list(parts)
    added = Totals(
        sum(part.payouts for part in parts),
        sum(part.reversals for part in parts),
        sum((part.amount for part in parts), Totals().amount),
        sum((part.weighted for part in parts), Totals().weighted),
    )
    if added != whole:
        yield name, f"{added.rows} / {added.amount} != {whole.rows} / {whole.amount}"


def stored_sums_agree(session: Session) -> Iterable[tuple[str, str]]:
    """Cell by cell, test institutions included: what the pages add up is what the payouts say."""
    kinds = {
        "guarantee": Dimension.GUARANTEE,
        "product": Dimension.PRODUCT,
        "size": Dimension.SIZE,
        "section": Dimension.SECTION,
    }
    for kind, dimension in kinds.items():
        statement = text(f"""
            select month, region_code, institution_id, key, sum(sign * rows), sum(sign * amount)
              from (select s.month, s.region_code, s.institution_id, s.key, -1 as sign, s.payouts + s.reversals as rows,
                           s.amount, s.weighted
                      from payout_sums s where s.kind = :kind
                    union all
                    select date_trunc('month', d.paid_on)::date, d.region_code, d.institution_id,
                           {BREAKDOWNS[dimension].of_row}, 1, 1, d.amount, d.amount * d.annual_rate
                      from disbursements d) both_sides
             group by 1, 2, 3, 4
            having sum(sign * rows) <> 0 or sum(sign * amount) <> 0 or sum(sign * weighted) <> 0
             order by 1, 2, 3, 4
        """)
        for month, region, institution, key, rows, amount in session.execute(statement, {"kind": kind}):
            yield f"{kind} {key} · {month:%Y-%m} · {region or '?'} · {institution}", f"{rows:+} rows, {amount:+} yuan"


def need_statuses_follow(session: Session) -> Iterable[tuple[str, str]]:
    statement = text("""
        select n.id, n.status, coalesce(array_agg(distinct l.status) filter (where l.id is not null), '{}')
          from needs n left join leads l on l.need_id = n.id
         where n.status = any(:open) group by n.id order by n.id
    """)
    for need, status, leads in session.execute(statement, {"open": [status.value for status in OPEN_STATUSES]}):
        derived = derive_need_status(LeadStatus(lead) for lead in leads)
        if derived is not NeedStatus(status):
            yield str(need), f"{status} != {derived.value}"


_PAID_BY_LINE = """
    select c.id, c.lead_id, c.amount, c.closed_on, c.renews_id, coalesce(sum(d.amount), 0) as paid
      from credit_lines c left join disbursements d on d.credit_line_id = c.id group by c.id
"""

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        N_(
            "The total of all payouts is the sum by bank, by product, by district, by month, by guarantee, by"
            " size and by industry."
        ),
        breakdowns_agree,
    ),
    Invariant(N_("The sums that pages add up are the sums of the payouts."), stored_sums_agree),
    Invariant(
        N_("No more is paid from a credit line than its limit, and never less than nothing."),
        _rows("""
            select b.id, b.paid || ' / ' || b.amount from line_balances b
             where b.paid - case when b.repayment_mode = 'revolving' then b.repaid else 0 end > b.amount
                or b.paid < 0 or (b.renews_id is not null and b.paid <> 0)
             order by b.id
        """),
    ),
    Invariant(
        N_("A reversal is the exact opposite of one payout: same line, day, rate and classes, the amount negative."),
        _rows("""
            select r.id, r.amount || ' / ' || d.amount
              from disbursements r join disbursements d on d.id = r.reverses_id
             where (r.credit_line_id, r.need_id, r.product_id, r.enterprise_id, r.institution_id, r.paid_on,
                    r.guarantee_mode, r.annual_rate)
                   is distinct from (d.credit_line_id, d.need_id, d.product_id, d.enterprise_id, d.institution_id,
                                     d.paid_on, d.guarantee_mode, d.annual_rate)
                or r.region_code is distinct from d.region_code or r.size_class is distinct from d.size_class
                or r.industry_section is distinct from d.industry_section
                or r.amount <> -d.amount or d.reverses_id is not null
             order by r.id
        """),
    ),
    Invariant(
        N_("No payout is reversed twice."),
        _rows(
            "select reverses_id, count(*) from disbursements where reverses_id is not null"
            " group by 1 having count(*) > 1 order by 1"
        ),
    ),
    Invariant(
        N_("No payout is recorded twice under one reference of its institution."),
        _rows(
            "select institution_id || ' ' || external_reference, count(*) from disbursements"
            " group by institution_id, external_reference having count(*) > 1 order by 1"
        ),
    ),
    Invariant(
        N_("A payout says what its credit line says: need, product, enterprise, bank, district, rate, guarantee."),
        _rows("""
            select d.id, d.external_reference
              from disbursements d join credit_lines c on c.id = d.credit_line_id
             where (d.need_id, d.product_id, d.enterprise_id, d.institution_id, d.annual_rate, d.guarantee_mode)
                   is distinct from (c.need_id, c.product_id, c.enterprise_id, c.institution_id, c.annual_rate,
                                     c.guarantee_mode)
                or d.region_code is distinct from c.region_code
             order by d.id
        """),
    ),
    Invariant(
        N_("A payout is dated within its credit line: not before the approval, not after the end."),
        _rows(
            "select d.id, d.paid_on from disbursements d join credit_lines c on c.id = d.credit_line_id"
            " where d.paid_on < c.approved_on or d.paid_on > c.expires_on order by d.id"
        ),
    ),
    Invariant(
        N_("A credit line stands on an accepted offer of its lead and is not above it."),
        _rows("""
            select c.id, o.status || ' ' || c.amount || ' / ' || o.amount
              from credit_lines c join offers o on o.id = c.offer_id join leads l on l.id = c.lead_id
             where o.status <> 'accepted' or o.lead_id <> c.lead_id or c.amount > o.amount
                or (l.need_id, l.institution_id, l.enterprise_id, l.product_id)
                   is distinct from (c.need_id, c.institution_id, c.enterprise_id, c.product_id)
             order by c.id
        """),
    ),
    Invariant(
        N_("No lead has two open offers."),
        _rows("select lead_id, count(*) from offers where status = 'open' group by 1 having count(*) > 1 order by 1"),
    ),
    Invariant(
        N_("A lead is offered exactly while an offer is open, and an accepted offer has moved it on."),
        _rows("""
            select l.id, l.status
              from leads l
             where (l.status = 'offered')
                   <> exists (select 1 from offers o where o.lead_id = l.id and o.status = 'open')
                or (l.status in ('suggested', 'sent', 'declined', 'expired', 'offered', 'accepted', 'contacted',
                                 'papers_requested', 'papers_complete', 'unreachable')
                    and exists (select 1 from offers o where o.lead_id = l.id and o.status = 'accepted'))
                or (l.status = 'offer_accepted'
                    and not exists (select 1 from offers o where o.lead_id = l.id and o.status = 'accepted'))
             order by l.id
        """),
    ),
    Invariant(
        N_("A lead's status follows from its credit line and the payouts: granted, being paid out, paid out."),
        _rows(f"""
            select l.id, l.status || ' ' || coalesce(p.paid || ' / ' || p.amount, '-')
              from leads l left join ({_PAID_BY_LINE}) p on p.lead_id = l.id and p.renews_id is null
             where l.status is distinct from
                   case when p.id is null
                        then case when l.status in ('credit_approved', 'disbursing', 'funded')
                                  then 'a credit line' else l.status end
                        when p.paid = 0 then case when p.closed_on is null then 'credit_approved' else 'no_deal' end
                        when p.paid >= p.amount or p.closed_on is not null then 'funded'
                        else 'disbursing' end
             order by l.id
        """),
    ),
    Invariant(N_("A need's status follows from its leads."), need_statuses_follow),
    Invariant(
        N_("Each institution takes up an open need at most once at a time."),
        _rows(
            "select need_id || ' ' || institution_id, count(*) from leads where route = 'claimed' and status not in"
            " ('declined', 'expired', 'refused', 'no_deal', 'withdrawn', 'unreachable')"
            " group by need_id, institution_id having count(*) > 1 order by 1"
        ),
    ),
    Invariant(
        N_("When a need was first taken, and what was granted and paid for it, are what the rows under it say."),
        _rows(f"""
            select n.id, coalesce(n.taken_at::text, '-') || ' / ' || n.granted || ' / ' || n.paid
              from needs n
              left join (select l.need_id, min(l.accepted_at) as taken_at from leads l
                          where {counted("l")} group by 1) f on f.need_id = n.id
              left join (select c.need_id, sum(c.amount) as granted from credit_lines c
                          where c.renews_id is null and {counted("c")} group by 1) g on g.need_id = n.id
              left join (select d.need_id, sum(d.amount) as paid from disbursements d
                          where {counted("d")} group by 1) p on p.need_id = n.id
             where n.taken_at is distinct from f.taken_at or n.granted <> coalesce(g.granted, 0)
                or n.paid <> coalesce(p.paid, 0)
             order by n.id
        """),
    ),
    Invariant(
        N_("A need is only before a product once at a time."),
        _rows(
            "select need_id || ' ' || product_id, count(*) from leads where status not in ('declined', 'expired',"
            " 'refused', 'no_deal', 'withdrawn', 'unreachable') group by need_id, product_id"
            " having count(*) > 1 order by 1"
        ),
    ),
    Invariant(
        N_("Every open need is ranked, or its ranking is waiting."),
        _rows("""
            select n.id, n.number from needs n
             where n.status in ('published', 'in_contact', 'credited', 'disbursed', 'declined')
               and not exists (select 1 from match_runs m where m.need_id = n.id)
               and not exists (select 1 from outbox_jobs j where j.name = 'needs.rank' and j.done_at is null
                                  and j.payload ->> 'need_id' = n.id::text)
             order by n.id
        """),
    ),
    Invariant(
        N_("The last step in the history of a lead is its status."),
        _rows("""
            select l.id, l.status || ' / ' || coalesce(last.to_status, '-')
              from leads l
              left join lateral (select ev.to_status from lead_events ev where ev.lead_id = l.id
                                  order by ev.id desc limit 1) last on true
             where last.to_status is distinct from l.status order by l.id
        """),
    ),
    Invariant(
        N_("Every payout and every reversal stands in the audit trail."),
        _rows("""
            select d.id, d.external_reference from disbursements d
             where not exists (select 1 from audit_entries a
                                where a.subject_kind = 'disbursement' and a.subject_id = d.id::text)
             order by d.id
        """),
    ),
    Invariant(
        N_("Every credit line stands in the audit trail."),
        _rows("""
            select c.id, c.contract_number from credit_lines c
             where not exists (select 1 from audit_entries a
                                where a.subject_kind = 'credit_line' and a.subject_id = c.id::text)
             order by c.id
        """),
    ),
    Invariant(
        N_("What is owed on a credit line is what was paid out and carried over less what came back, never negative."),
        _rows("""
            select b.id, b.outstanding || ' yuan' from line_balances b
             where b.outstanding < 0 or b.repaid < 0 or b.carried < 0 order by b.id
        """),
    ),
    Invariant(
        N_("A reversed repayment is the exact opposite of one repayment of the same line and day."),
        _rows("""
            select r.id, r.principal || ' / ' || o.principal
              from repayments r join repayments o on o.id = r.reverses_id
             where (r.credit_line_id, r.need_id, r.enterprise_id, r.institution_id, r.repaid_on, r.kind)
                   is distinct from (o.credit_line_id, o.need_id, o.enterprise_id, o.institution_id, o.repaid_on,
                                     o.kind)
                or r.renewal_line_id is distinct from o.renewal_line_id or r.region_code is distinct from o.region_code
                or (r.principal, r.interest) <> (-o.principal, -o.interest) or o.reverses_id is not null
             order by r.id
        """),
    ),
    Invariant(
        N_("A repayment says what its credit line says: need, enterprise, bank, district."),
        _rows("""
            select r.id, r.external_reference from repayments r join credit_lines c on c.id = r.credit_line_id
             where (r.need_id, r.enterprise_id, r.institution_id)
                   is distinct from (c.need_id, c.enterprise_id, c.institution_id)
                or r.region_code is distinct from c.region_code
             order by r.id
        """),
    ),
    Invariant(
        N_("A renewal carries over what was owed on the line it names, and is not above it."),
        _rows("""
            select b.id, b.carried || ' / ' || b.amount
              from line_balances b
              join credit_lines c on c.id = b.id
              join credit_lines o on o.id = c.renews_id
             where b.carried not in (0, b.amount) or (b.carried = 0 and c.closed_on is null)
                or (c.lead_id, c.need_id, c.enterprise_id, c.institution_id, c.product_id)
                   is distinct from (o.lead_id, o.need_id, o.enterprise_id, o.institution_id, o.product_id)
                or exists (select 1 from repayments r where r.renewal_line_id = c.id and r.credit_line_id <> o.id)
             order by b.id
        """),
    ),
    Invariant(
        N_("A need is settled exactly while all that was lent for it is repaid and nothing more can be drawn."),
        _rows("""
            select n.id, n.status from needs n
             where n.status in ('disbursed', 'settled') and (n.status = 'settled') <> xyd_need_is_repaid(n.id)
             order by n.id
        """),
    ),
    Invariant(
        N_("A confirmed payout is what was proposed, and two people stand behind it."),
        _rows("""
            select p.id, p.external_reference
              from payout_proposals p left join disbursements d on d.id = p.disbursement_id
             where p.status = 'confirmed'
               and ((p.amount, p.paid_on, p.external_reference, p.credit_line_id)
                    is distinct from (d.amount, d.paid_on, d.external_reference, d.credit_line_id)
                    or p.decided_by is not distinct from p.proposed_by)
             order by p.id
        """),
    ),
    Invariant(
        N_("The shares of guarantor and pool in an offer are not above the whole, and no pool is above its cap."),
        _rows("""
            select s.offer_id, sum(s.share) from risk_shares s left join risk_pools p on p.id = s.pool_id
             group by s.offer_id having sum(s.share) > 100 or bool_or(s.share > p.ratio_cap) order by s.offer_id
        """),
    ),
    Invariant(
        N_("Every repayment and every reversal of one stands in the audit trail."),
        _rows("""
            select r.id, r.external_reference from repayments r
             where not exists (select 1 from audit_entries a
                                where a.subject_kind = 'repayment' and a.subject_id = r.id::text)
             order by r.id
        """),
    ),
)
