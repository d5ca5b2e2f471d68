"""Whether a product may state these conditions: the form of the matching contract, and the catalogue of facts."""

from collections.abc import Sequence
from typing import Any

from matching import check_criteria
from xinyidai.core.i18n import _
from xinyidai.products.fact_catalogue import CATALOGUE, KINDS, known_code
from xinyidai.products.facts import Fact

MAX_CRITERIA = 40


def criteria_errors(criteria: Sequence[Any]) -> dict[str, str]:
    """One sentence in the current language for each condition that is wrong, under ``criteria-0``, ``criteria-1``…

    A list that is too long is refused under ``criteria``.
    """
    if len(criteria) > MAX_CRITERIA:
        return {"criteria": _("Please state at most %(limit)s conditions.", limit=MAX_CRITERIA)}
    errors: dict[str, str] = {}
    for position, criterion in enumerate(criteria):
        if problem := _problem(criterion):
            errors[f"criteria-{position}"] = problem
    return errors


def _problem(criterion: Any) -> str:
    name = criterion.get("fact") if isinstance(criterion, dict) else None
    fact = CATALOGUE.get(name) if isinstance(name, str) else None
    if isinstance(name, str) and fact is None:
        return _("The platform does not know the fact “%(fact)s”.", fact=name)
    wrong = check_criteria([criterion], KINDS)
    if wrong or fact is None:
        reason = "; ".join(f"{one.field.removeprefix('criteria[0].')} {one.reason}" for one in wrong)
        return _("This condition is not in the right form: %(reason)s", reason=reason)
    if criterion["op"] not in fact.allowed_ops:
        return _("%(fact)s cannot be asked in this way.", fact=fact.label)
    return _value_problem(fact, criterion["op"], criterion["value"])


def _value_problem(fact: Fact, op: str, value: Any) -> str:
    if fact.kind == "number":
        return _number_problem(fact, value if op == "between" else [value])
    if fact.kind == "boolean":
        return ""
    if not value:
        return _("Please choose at least one value.")
    if len(set(value)) < len(value):
        return _("A value stands here twice.")
    known = known_code(fact) if fact.is_coded else dict(fact.choices() if fact.choices else ()).__contains__
    unknown = [one for one in value if not known(one)]
    return _("Not known here: %(values)s", values=_(", ").join(unknown)) if unknown else ""


def _number_problem(fact: Fact, numbers: Sequence[float]) -> str:
    for number in numbers:
        if number < fact.minimum:
            return _("Please enter at least %(ge)s.", ge=fact.minimum)
        if fact.maximum is not None and number > fact.maximum:
            return _("Please enter at most %(le)s.", le=fact.maximum)
        if fact.unit and fact.unit.whole and number != int(number):
            return _("Please enter a whole number.")
    return ""
