"""Every table of the platform, imported once, so that ``metadata`` is whole for migrations and checks."""

from xinyidai.accounts.models import ApiToken, IdempotentAnswer, LoginSession, RequestCount, User
from xinyidai.audit.models import AuditEntry
from xinyidai.consents.models import Consent, ConsentRequest, CreditRead
from xinyidai.core.calendar_table import WorkingDayOverride
from xinyidai.core.db import metadata
from xinyidai.core.file_table import StoredFile
from xinyidai.credit.indicators.models import CreditGivenValue, CreditIndicators, CreditScore, CreditScoreRun
from xinyidai.credit.models import (
    CreditBatch,
    CreditEvent,
    CreditEventClaim,
    CreditMetricMonth,
    CreditObservation,
    CreditObservationClaim,
    CreditReject,
    staged_lines,
)
from xinyidai.credit.repair.models import RepairCase, RepairCaseEvent, RepairCaseFile
from xinyidai.credit.report.models import CreditAssessment, CreditReport
from xinyidai.enterprises.models import Enterprise, RegistryImport, RegistryReject
from xinyidai.institutions.models import Absence, Branch, Institution
from xinyidai.institutions.webhooks.models import WebhookDelivery, WebhookEndpoint
from xinyidai.leads.models import (
    DispatchRule,
    Lead,
    LeadClockStep,
    LeadEvent,
    LeadNote,
    MatchResult,
    MatchRun,
    ProductSet,
)
from xinyidai.leads.rerank_models import InstitutionRecord, RerankChunk, RerankRun
from xinyidai.leads.screening.models import SavedScreen, ScreeningInvitation, ScreeningOpening
from xinyidai.leads.second_chance_models import SecondChance
from xinyidai.leads.thread.models import LeadPost, LeadPostFile, LeadThreadRead
from xinyidai.lending.exchange.models import ExchangeUpload
from xinyidai.lending.models import (
    CreditLine,
    Disbursement,
    DuplicateDecision,
    Offer,
    OfferFee,
    OverdueReport,
    PayoutProposal,
    Repayment,
    RiskPool,
    RiskShare,
)
from xinyidai.messages.models import Message, MessageDelivery, MessageOptOut, MessageRead
from xinyidai.needs.models import Need, NeedEvent
from xinyidai.outbox.models import OutboxJob
from xinyidai.products.models import Product, ProductVersion
from xinyidai.statistics.models import PayoutSum, PublicFigures

__all__ = [
    "Absence",
    "ApiToken",
    "AuditEntry",
    "Branch",
    "Consent",
    "ConsentRequest",
    "CreditAssessment",
    "CreditBatch",
    "CreditEvent",
    "CreditEventClaim",
    "CreditGivenValue",
    "CreditIndicators",
    "CreditLine",
    "CreditMetricMonth",
    "CreditObservation",
    "CreditObservationClaim",
    "CreditRead",
    "CreditReject",
    "CreditReport",
    "CreditScore",
    "CreditScoreRun",
    "Disbursement",
    "DispatchRule",
    "DuplicateDecision",
    "Enterprise",
    "ExchangeUpload",
    "IdempotentAnswer",
    "Institution",
    "InstitutionRecord",
    "Lead",
    "LeadClockStep",
    "LeadEvent",
    "LeadNote",
    "LeadPost",
    "LeadPostFile",
    "LeadThreadRead",
    "LoginSession",
    "MatchResult",
    "MatchRun",
    "Message",
    "MessageDelivery",
    "MessageOptOut",
    "MessageRead",
    "Need",
    "NeedEvent",
    "Offer",
    "OfferFee",
    "OutboxJob",
    "OverdueReport",
    "PayoutProposal",
    "PayoutSum",
    "Product",
    "ProductSet",
    "ProductVersion",
    "PublicFigures",
    "RegistryImport",
    "RegistryReject",
    "RepairCase",
    "RepairCaseEvent",
    "RepairCaseFile",
    "Repayment",
    "RequestCount",
    "RerankChunk",
    "RerankRun",
    "RiskPool",
    "RiskShare",
    "SavedScreen",
    "ScreeningInvitation",
    "ScreeningOpening",
    "SecondChance",
    "StoredFile",
    "User",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WorkingDayOverride",
    "metadata",
    "staged_lines",
]
