"""Dated records, brought together per enterprise: one pass over those that are displayed.

What was repaired or has run its time is left out by ``DISPLAYED``. Where a record carries its own end (``ends_on``), it
is current until that day.
"""

import re
from collections.abc import Mapping

from xinyidai.credit.display import DISPLAYED

_OPEN = "(e.ends_on is null or e.ends_on > :as_of)"
_NEWEST_GRADE = "max((e.decided_on::text || (e.payload ->> 'grade')) collate \"C\")"
"""Ten characters of the date and then the grade: the greatest is the newest."""


def _of(kind: str, *conditions: str) -> str:
    return " and ".join((f"e.kind = '{kind}'", *conditions))


def _count(kind: str, *conditions: str) -> str:
    return f"count(*) filter (where {_of(kind, *conditions)})"


def _since(months: int) -> str:
    return f"e.decided_on > :since_{months}"


def _amount(field: str, kind: str, *conditions: str) -> str:
    return f"sum((e.payload ->> '{field}')::numeric) filter (where {_of(kind, *conditions)})"


def _matches(field: str, pattern: str) -> str:
    return f"e.payload ->> '{field}' ~ '{pattern}'"


_LOAN = "借款|金融|信用卡|贷款|担保追偿"
_FAILED = "不合格|未通过|(?<!未)发现问题|不予通过|弄虚作假"
_WELL_DONE = "优|良|合格|按约|履约|完成|满意"
_BADLY_DONE = "不合格|未履约|违约|未完成|差"
_LINKED = "coalesce(e.payload ->> 'linked_person_role', '') <> ''"
_FILED_MONTH = (
    "(1::bigint << ((date_part('year', :as_of) - date_part('year', e.decided_on)) * 12"
    " + date_part('month', :as_of) - date_part('month', e.decided_on))::int)"
)
"""Bit k stands for returns that were due k months before; a month counts as earning if any of its returns is."""
_FILED_WITHIN = "e.decided_on > :since_12"
_EARNING = "(e.payload ->> 'declared_amount')::numeric > 0"

COLUMNS: Mapping[str, str] = {
    "paid_in": _amount("paid_amount", "shareholder_contribution"),
    "subscribed": _amount("subscribed_amount", "shareholder_contribution"),
    "contributed_on": "max(e.decided_on) filter (where e.kind = 'shareholder_contribution')",
    "address_changes": _count("enterprise_change", _since(24), _matches("change_item", "住所|地址|经营场所")),
    "representative_changes": _count("enterprise_change", _since(24), _matches("change_item", "法定代表人|负责人")),
    "equity_changes": f"count(*) filter (where e.kind in ('equity_change', 'equity_pledge') and {_since(24)})",
    "premises": _count("real_estate"),
    "web_shops": _count("annual_report_web_shop", _since(24)),
    "tax_grade": f"{_NEWEST_GRADE} filter (where e.kind = 'tax_credit_grade')",
    "filed_months": f"bit_or({_FILED_MONTH}) filter (where {_of('tax_filing', _FILED_WITHIN)})",
    "earning_months": f"bit_or({_FILED_MONTH}) filter (where"
    f" {_of('tax_filing', _FILED_WITHIN, _EARNING)})",
    "filed_until": "max(e.decided_on) filter (where e.kind = 'tax_filing' and e.decided_on <= :as_of)",
    "late_filings": _count(
        "tax_filing", _since(24), "e.decided_on < :as_of",
        "coalesce(e.payload ->> 'filed_on', :as_of_text) > e.payload ->> 'due_on'",
    ),
    "tax_abnormal": _count("tax_abnormal", _OPEN),
    "tax_serious": _count("tax_serious_case"),
    "tax_penalties": _count("tax_penalty", _since(36)),
    "tax_recovered": _amount("recovered_amount", "tax_inspection", _since(36)),
    "labour_grade": f"{_NEWEST_GRADE} filter (where e.kind = 'labour_grade')",
    "wage_arrears": _count("wage_arrears", _since(36)),
    "wage_listed": _count("wage_arrears", "e.payload ->> 'on_list' = 'true'"),
    "in_store": _amount("value", "warehouse_receipt", _OPEN),
    "receipts_until": "max(e.decided_on) filter (where e.kind = 'warehouse_receipt')",
    "dishonest": _count("dishonest_debtor", _OPEN),
    "enforced": _amount("amount", "judgment_debtor", _OPEN),
    "unperformed": _amount("unperformed_amount", "unperformed_judgment"),
    "restricted": _count("consumption_limit", _OPEN),
    "loan_cases": _count("judgment", _since(36), _matches("position", "被告|被申请人"), _matches("cause", _LOAN)),
    "contract_cases": _count(
        "judgment", _since(36), _matches("position", "被告|被申请人"), _matches("cause", "合同"),
        f"not {_matches('cause', _LOAN)}",
    ),
    "frozen": _count("asset_freeze", _OPEN),
    "owner_dishonest": _count("black_list", _OPEN, _LINKED, _matches("list_kind", "dishonest_debtor")),
    "false_litigation": _count("false_litigation"),
    "listed": f"count(*) filter (where ({_of('black_list', _OPEN, f'not {_LINKED}')})"
    f" or ({_of('serious_violation_list', _OPEN)}))",
    "abnormal": _count("abnormal_list", _OPEN),
    "abnormal_before": _count("abnormal_list", "e.ends_on <= :as_of", _since(36)),
    "serious_penalties": _count("admin_penalty", "e.severity = 'serious'"),
    "general_penalties": _count("admin_penalty", "coalesce(e.severity, 'general') = 'general'"),
    "fines": _amount("fine_amount", "admin_penalty", "coalesce(e.severity, 'general') <> 'minor'"),
    "licences": _count("admin_licence", _OPEN),
    "failed_checks": _count("random_inspection", _since(36), _matches("result", _FAILED)),
    "environment_grade": f"{_NEWEST_GRADE} filter (where {_of('environment', _OPEN)})",
    "safety_records": _count("safety_record", _since(36)),
    "public_grade": f"{_NEWEST_GRADE} filter (where e.kind = 'public_evaluation')",
    "commitments": _count("credit_commitment", _since(36)),
    "commitments_kept": _count("credit_commitment", _since(36), "e.payload ->> 'fulfilment_status' = 'full'"),
    "commitments_broken": _count("credit_commitment", _since(36), "e.payload ->> 'fulfilment_status' = 'none'"),
    "commitments_broken_badly": _count("credit_commitment", "e.severity = 'serious'"),
    "appraised": _count("public_trading", _since(36), _matches("performance_appraisal", f"{_WELL_DONE}|{_BADLY_DONE}")),
    "performed_well": _count(
        "public_trading", _since(36), _matches("performance_appraisal", _WELL_DONE),
        f"not {_matches('performance_appraisal', _BADLY_DONE)}",
    ),
    "bids_won": _amount("award_amount", "public_trading", _since(12)),
    "high_tech": _count("high_tech_certificate", _since(36)),
    "special": f"count(*) filter (where (e.kind = 'innovation_label' and {_since(24)}"
    " and e.payload ->> 'little_giant' = 'true') or (e.kind = 'qualification_honour'"
    f" and {_OPEN} and {_matches('name', '专精特新|小巨人')}))",
    "innovative": f"count(*) filter (where (e.kind = 'innovation_label' and {_since(24)} and 'true' in ("
    " e.payload ->> 'innovative_enterprise', e.payload ->> 'technology_enterprise', e.payload ->> 'high_and_new'))"
    f" or (e.kind = 'tech_sme' and {_since(24)}))",
    "patents": _count(
        "patent", _matches("patent_type", "发明"), f"not coalesce({_matches('status', '失效|终止|无效|届满')}, false)"
    ),
    "honours": f"count(*) filter (where e.kind in ('red_list', 'qualification_honour') and {_OPEN})",
    "guaranteed_on": "max(e.decided_on) filter (where e.kind = 'annual_report_guarantee')",
}  # fmt: skip


def records(kinds: list[str]) -> str:
    """All columns in one pass. Records of the day after ``as_of`` and later do not exist yet.

    Each record is asked sixty times of which kind it is, so kinds are compared as numbers and not as texts.
    """
    numbers = {kind: number for number, kind in enumerate(kinds, 1)}
    columns = ",\n    ".join(f"{_by_number(aggregate, numbers)} as {name}" for name, aggregate in COLUMNS.items())
    listed = ", ".join(f"('{kind}', {number})" for kind, number in numbers.items())
    return f"""records as materialized (
  select e.enterprise_id,
    {columns}
  from credit_events e join (values {listed}) k (kind, number) on k.kind = e.kind
  where (e.decided_on is null or e.decided_on <= :as_of) and {DISPLAYED} and {{events}}
  group by e.enterprise_id
)"""  # noqa: S608 - constants of this file


def _by_number(aggregate: str, numbers: Mapping[str, int]) -> str:
    single = re.sub(r"e\.kind = '(\w+)'", lambda found: f"k.number = {numbers[found[1]]}", aggregate)
    return re.sub(
        r"e\.kind in \('(\w+)', '(\w+)'\)",
        lambda found: f"k.number in ({numbers[found[1]]}, {numbers[found[2]]})",
        single,
    )


def newest_amounts() -> str:
    """Amounts of which only the newest statement counts: arrears by kind of tax, guarantees of the newest report."""
    return f"""arrears as materialized (
  select enterprise_id, sum(balance) as tax_arrears from (
    select distinct on (e.enterprise_id, e.payload ->> 'tax_kind') e.enterprise_id,
      (e.payload ->> 'arrears_balance')::numeric as balance
    from credit_events e
    where e.kind = 'tax_arrears' and e.decided_on > :since_6 and e.decided_on <= :as_of and {DISPLAYED} and {{events}}
    order by e.enterprise_id, e.payload ->> 'tax_kind', e.decided_on desc, e.id
  ) newest group by enterprise_id
), guarantees as materialized (
  select e.enterprise_id, sum((e.payload ->> 'claim_amount')::numeric) as guaranteed
  from credit_events e join records r on r.enterprise_id = e.enterprise_id and r.guaranteed_on = e.decided_on
  where e.kind = 'annual_report_guarantee' and {DISPLAYED} and {{events}}
  group by e.enterprise_id
)"""  # noqa: S608 - constants of this file
