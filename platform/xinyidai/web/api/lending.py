"""Credit lines, payouts, repayments and overdue as an institution's program reports them."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath

from xinyidai.accounts.types import Scope
from xinyidai.core.money import wan_from_yuan
from xinyidai.core.validation import Command
from xinyidai.lending.commands import (
    Day,
    GrantCreditLine,
    RecordDisbursement,
    RecordRepayment,
    Reference,
    RenewLine,
    ReportOverdue,
    ReverseDisbursement,
)
from xinyidai.lending.interface import ApiLine, api_line
from xinyidai.lending.services import (
    close_credit_line,
    grant_credit_line,
    record_disbursement,
    record_repayment,
    renew_line,
    report_overdue,
    reverse_disbursement,
    reverse_repayment,
)
from xinyidai.web.api.leads import Nothing, Yuan
from xinyidai.web.api.problems import PROBLEMS, made
from xinyidai.web.api.requests import LARGEST_BODY, Write, takes
from xinyidai.web.deps import Session
from xinyidai.web.guards import PROGRAM_OF_INSTITUTION
from xinyidai.web.requests import Response

TAGS = ["lending"]
READ: dict[str, Any] = {
    "allow": PROGRAM_OF_INSTITUTION,
    "scope": Scope.LEADS_READ,
    "tags": TAGS,
    "sync_to_thread": True,
    "responses": PROBLEMS,
    "raises": [],
}
WRITE: dict[str, Any] = {
    "allow": PROGRAM_OF_INSTITUTION,
    "scope": Scope.LENDING_WRITE,
    "tags": TAGS,
    "sync_to_thread": True,
    "exclude_from_csrf": True,
    "request_max_body_size": LARGEST_BODY,
    "responses": made(ApiLine),
    "raises": [],
}


class LineBody(Command):
    """The line of an accepted offer; ``amount`` in yuan, at most the offer's."""

    amount: Yuan
    contract_number: Reference
    approved_on: Day
    expires_on: Day

    @property
    def command(self) -> GrantCreditLine:
        return GrantCreditLine(**self.model_dump(exclude={"amount"}), amount_wan=wan_from_yuan(self.amount))


class PayoutBody(Command):
    """A payout; ``amount`` in yuan. ``external_reference`` is your own number of it, unique within your institution."""

    amount: Yuan
    paid_on: Day
    external_reference: Reference

    @property
    def command(self) -> RecordDisbursement:
        return RecordDisbursement(**self.model_dump(exclude={"amount"}), amount_wan=wan_from_yuan(self.amount))


@get(
    "/api/v1/credit-lines/{line_id:uuid}",
    summary="One credit line with all its money",
    **READ,
)
def line(session: Session, line_id: FromPath[UUID]) -> ApiLine:
    return api_line(session, line_id)


@post("/api/v1/leads/{lead_id:uuid}/credit-line", summary="Grant the line", operation_class=takes(LineBody), **WRITE)
def grant(write: Write, lead_id: FromPath[UUID]) -> Response:
    def run(body: LineBody) -> ApiLine:
        granted = grant_credit_line(write.session, write.actor, lead_id, body.command, write.now)
        return api_line(write.session, granted.id)

    return write.once(LineBody, run)


@post(
    "/api/v1/credit-lines/{line_id:uuid}/disbursements",
    summary="Record a payout",
    operation_class=takes(PayoutBody),
    **WRITE,
)
def pay(write: Write, line_id: FromPath[UUID]) -> Response:
    def run(body: PayoutBody) -> ApiLine:
        limit = write.request.app.state.settings.four_eyes_yuan
        record_disbursement(write.session, write.actor, line_id, body.command, write.now, four_eyes=limit)
        return api_line(write.session, line_id)

    return write.once(PayoutBody, run)


@post(
    "/api/v1/disbursements/{disbursement_id:uuid}/reverse",
    summary="Reverse a payout",
    operation_class=takes(ReverseDisbursement),
    **WRITE,
)
def reverse(write: Write, disbursement_id: FromPath[UUID]) -> Response:
    def run(body: ReverseDisbursement) -> ApiLine:
        row = reverse_disbursement(write.session, write.actor, disbursement_id, body, write.now)
        return api_line(write.session, row.credit_line_id)

    return write.once(ReverseDisbursement, run)


@post(
    "/api/v1/credit-lines/{line_id:uuid}/repayments",
    summary="Record what came back",
    operation_class=takes(RecordRepayment),
    **WRITE,
)
def repay(write: Write, line_id: FromPath[UUID]) -> Response:
    def run(body: RecordRepayment) -> ApiLine:
        record_repayment(write.session, write.actor, line_id, body, write.now)
        return api_line(write.session, line_id)

    return write.once(RecordRepayment, run)


@post(
    "/api/v1/repayments/{repayment_id:uuid}/reverse",
    summary="Reverse a repayment",
    operation_class=takes(ReverseDisbursement),
    **WRITE,
)
def undo_repayment(write: Write, repayment_id: FromPath[UUID]) -> Response:
    def run(body: ReverseDisbursement) -> ApiLine:
        row = reverse_repayment(write.session, write.actor, repayment_id, body, write.now)
        return api_line(write.session, row.credit_line_id)

    return write.once(ReverseDisbursement, run)


@post(
    "/api/v1/credit-lines/{line_id:uuid}/overdue-reports",
    summary="Report what is past due on a day, or that nothing is",
    operation_class=takes(ReportOverdue),
    **WRITE,
)
def overdue(write: Write, line_id: FromPath[UUID]) -> Response:
    def run(body: ReportOverdue) -> ApiLine:
        report_overdue(write.session, write.actor, line_id, body, write.now)
        return api_line(write.session, line_id)

    return write.once(ReportOverdue, run)


@post(
    "/api/v1/credit-lines/{line_id:uuid}/renewals",
    summary="Renew without repayment of principal; answers the new line",
    operation_class=takes(RenewLine),
    **WRITE,
)
def renew(write: Write, line_id: FromPath[UUID]) -> Response:
    def run(body: RenewLine) -> ApiLine:
        return api_line(write.session, renew_line(write.session, write.actor, line_id, body, write.now).id)

    return write.once(RenewLine, run)


@post("/api/v1/credit-lines/{line_id:uuid}/close", summary="Close a line", operation_class=takes(Nothing), **WRITE)
def close(write: Write, line_id: FromPath[UUID]) -> Response:
    def run(body: Nothing) -> ApiLine:
        close_credit_line(write.session, write.actor, line_id, write.now)
        return api_line(write.session, line_id)

    return write.once(Nothing, run)


ROUTES = [line, grant, pay, reverse, repay, undo_repayment, overdue, renew, close]
