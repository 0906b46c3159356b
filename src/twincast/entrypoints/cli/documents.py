"""What `--json` prints: the shapes of the API, made by its wire models."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twincast.domain.allocations import Allocation
from twincast.domain.batches import Batch
from twincast.domain.calibrations import CalibrationReport
from twincast.domain.chats import Checked, Payload
from twincast.domain.comparisons import Comparison
from twincast.domain.costs import CostForecast
from twincast.domain.errors import TwincastError
from twincast.domain.events import Event, EventKind
from twincast.domain.filebatches import FileReport
from twincast.domain.histories import History
from twincast.domain.imports import ImportPreview, ImportReport, OutcomePreview, OutcomeReport
from twincast.domain.jobs import Job
from twincast.domain.models import ModelVersion
from twincast.domain.optimizations import Optimization
from twincast.domain.outcomes import Outcome
from twincast.domain.pages import Page
from twincast.domain.replays import Replay
from twincast.domain.segments import Member, Segment, SegmentSize
from twincast.domain.sequences import ContactPlan
from twincast.domain.sessions import Checkpoint, Session
from twincast.domain.templates import Template
from twincast.domain.trials import Trial
from twincast.domain.twins import Change, SubjectExport, Tombstone, Twin, TwinProfile, Warning
from twincast.domain.usage import Budget, Usage
from twincast.domain.validations import PredictionQuality, TwinValidation
from twincast.domain.webhooks import Told, Webhook
from twincast.domain.workspaces import ApiKey, AuditEntry
from twincast.entrypoints.cli.options import EXIT_CODES
from twincast.wire.allocations import AllocationHead, Allocations, answered
from twincast.wire.archives import SessionImport
from twincast.wire.audit import AuditRecord, AuditRecords
from twincast.wire.batch_results import BatchHead, BatchTests, written
from twincast.wire.calibrations import CalibrationReportOut, ModelRecord, ModelRecords
from twincast.wire.catalogue import MessageTemplates
from twincast.wire.chats import ModelChecks, ModelPayload
from twincast.wire.comparisons import VariantComparison
from twincast.wire.estimates import CostEstimate
from twincast.wire.extractions import ExtractedResults, StructuredResults
from twincast.wire.filebatches import FileBatchReport
from twincast.wire.histories import TwinHistory
from twincast.wire.imports import BulkPreview, BulkReport
from twincast.wire.interactions import IndividualInteraction
from twincast.wire.jobs import Job as JobAnswer
from twincast.wire.jobs import Jobs
from twincast.wire.optimizations import MessageOptimization
from twincast.wire.outcomes import OutcomeRecord, OutcomeRecords, OutcomeUploadPreview, OutcomeUploadReport
from twincast.wire.personas import GroundedPersona
from twincast.wire.problems import Problem
from twincast.wire.replays import TestReplay
from twincast.wire.segments import SegmentDetail, SegmentMember, SegmentMembers, Segments, SegmentShown
from twincast.wire.sequences import MessageSequence
from twincast.wire.sessions import Checkpoint as CheckpointAnswer
from twincast.wire.sessions import Checkpoints, HistoryEvent, SessionHistory, Sessions, SessionStats, SessionStatus
from twincast.wire.sessions import Session as SessionAnswer
from twincast.wire.shapes import Answer
from twincast.wire.trials import InterventionTest
from twincast.wire.twins import (
    DigitalTwin,
    DigitalTwinDetail,
    DigitalTwins,
    ErasureCertificate,
    PersonExport,
    TwinDiff,
    TwinVersion,
    TwinVersions,
)
from twincast.wire.usage import UsageBudget, UsageReport
from twincast.wire.validations import PredictionQualityReport, TwinValidationReport
from twincast.wire.webhooks import Webhook as WebhookAnswer
from twincast.wire.webhooks import WebhookDeliveries, WebhookDelivery, WebhookMade

if TYPE_CHECKING:
    from twincast.usecases.allocations import Allotted
    from twincast.usecases.archives import Loaded
    from twincast.usecases.batches import Ran
    from twincast.usecases.extractions import Extracted
    from twincast.usecases.sessions import Content
    from twincast.usecases.twins import Saved

Document = dict[str, Any]


def problem_document(error: TwincastError) -> Document:
    """Return a failure as problem details; `status` is the exit code, as there is no HTTP here."""
    return _plain(Problem.of(error, EXIT_CODES[error.kind], "urn:twincast:command-line"))


def saved_document(saved: "Saved") -> Document:
    """Return a twin that was created or changed."""
    return _plain(DigitalTwin.of(saved.twin, saved.profile))


def persona_document(saved: "Saved", name: str | None, warnings: tuple[Warning, ...]) -> Document:
    """Return a twin that was made of several sources."""
    return _plain(GroundedPersona.grounded(saved.twin, saved.profile, name, warnings))


def twin_document(twin: Twin, profile: TwinProfile) -> Document:
    """Return a twin with its record and evidence."""
    return _plain(DigitalTwinDetail.of(twin, profile))


def payload_document(payload: Payload) -> Document:
    """Return what would be sent to a language model."""
    return _plain(ModelPayload.of(payload))


def checks_document(checks: Iterable[Checked]) -> Document:
    """Return which language models work."""
    return _plain(ModelChecks.of(checks))


def usage_document(used: Usage) -> Document:
    """Return what language models cost."""
    return _plain(UsageReport.of(used))


def estimate_document(found: CostForecast) -> Document:
    """Return what a run will cost."""
    return _plain(CostEstimate.of(found))


def budget_document(budget: Budget) -> Document:
    """Return how much language models may cost."""
    return _plain(UsageBudget.of(budget))


def session_document(session: Session) -> Document:
    """Return a session as it stands."""
    return _plain(SessionAnswer.of(session))


def sessions_document(page: Page[Session]) -> Document:
    """Return a page of sessions."""
    return _plain(Sessions(items=[SessionAnswer.of(it) for it in page.items], next_cursor=page.next_cursor))


def batch_document(ran: "Ran", software: str) -> Document:
    """Return a batch as it stands, with some of its rows."""
    job = ran.job
    content = written(
        ran.batch,
        ran.results,
        ran.page,
        status="succeeded" if job is None else job.status,
        job_id=None if job is None else job.id,
        software=software,
    )
    found: Document = json.loads(content)
    return found


def batches_document(page: Page[Batch]) -> Document:
    """Return a page of batches."""
    return _plain(BatchTests(items=[BatchHead.of(it) for it in page.items], next_cursor=page.next_cursor))


def allocation_document(found: "Allotted", software: str) -> Document:
    """Return an allocation with some of its customers."""
    state = {
        "status": found.status,
        "job_id": None if found.job is None else found.job.id,
        "problem": found.problem,
        "next_cursor": found.next_cursor,
    }
    return _plain(answered(found.allocation, found.batch, found.results, found.page, state=state, software=software))


def allocations_document(page: Page[Allocation]) -> Document:
    """Return a page of allocations."""
    return _plain(Allocations(items=[AllocationHead.of(it) for it in page.items], next_cursor=page.next_cursor))


def job_document(job: Job) -> Document:
    """Return a job."""
    return _plain(JobAnswer.of(job))


def jobs_document(page: Page[Job]) -> Document:
    """Return a page of jobs."""
    return _plain(Jobs(items=[JobAnswer.of(it) for it in page.items], next_cursor=page.next_cursor))


def webhook_document(webhook: Webhook, *, new: bool = False) -> Document:
    """Return a webhook; a new one with its secret."""
    return _plain((WebhookMade if new else WebhookAnswer).of(webhook))


def delivery_document(told: Told) -> Document:
    """Return a delivery with every attempt."""
    return _plain(WebhookDelivery.of(told))


def deliveries_document(page: Page[Told]) -> Document:
    """Return a page of deliveries."""
    return _plain(WebhookDeliveries(items=[WebhookDelivery.of(it) for it in page.items], next_cursor=page.next_cursor))


def session_stats_document(found: "Content", kinds: Mapping[EventKind, int]) -> Document:
    """Return what happened in a session, counted."""
    status = SessionStatus.of(
        found.session, tests=found.tests, comparisons=found.comparisons, checkpoints=found.checkpoints
    )
    return _plain(SessionStats.of(status, kinds))


def checkpoint_document(checkpoint: Checkpoint) -> Document:
    """Return a checkpoint."""
    return _plain(CheckpointAnswer.of(checkpoint))


def checkpoints_document(page: Page[Checkpoint]) -> Document:
    """Return a page of checkpoints."""
    return _plain(Checkpoints(items=[CheckpointAnswer.of(it) for it in page.items], next_cursor=page.next_cursor))


def session_history_document(page: Page[Event]) -> Document:
    """Return a page of what happened."""
    return _plain(SessionHistory(items=[HistoryEvent.of(it) for it in page.items], next_cursor=page.next_cursor))


def loaded_document(loaded: "Loaded") -> Document:
    """Return a session that came back from a file."""
    counts = dict(loaded.counts)
    return _plain(SessionImport.of(loaded.session, copied=loaded.copied, left_out=loaded.left_out, counts=counts))


def replay_document(replay: Replay) -> Document:
    """Return what came of asking again."""
    return _plain(TestReplay.of(replay))


def page_document(page: Page[Twin]) -> Document:
    """Return a page of twins."""
    return _plain(DigitalTwins(items=[TwinVersion.of(it) for it in page.items], next_cursor=page.next_cursor))


def versions_document(twins: Sequence[Twin]) -> Document:
    """Return the versions of a twin."""
    return _plain(TwinVersions.of(twins))


def diff_document(older: Twin, newer: Twin, changes: Sequence[Change]) -> Document:
    """Return what changed between two versions."""
    return _plain(TwinDiff.of(older, newer, changes))


def tombstone_document(tombstone: Tombstone) -> Document:
    """Return the certificate of an erasure."""
    return _plain(ErasureCertificate.of(tombstone))


def export_document(found: SubjectExport) -> Document:
    """Return everything that is kept about a person."""
    return _plain(PersonExport.of(found))


def preview_document(seen: ImportPreview) -> Document:
    """Return what an import would do."""
    return _plain(BulkPreview.of(seen))


def report_document(done: ImportReport) -> Document:
    """Return what an import did."""
    return _plain(BulkReport.of(done))


def file_document(report: FileReport) -> Document:
    """Return what became of a batch from file to file."""
    return _plain(FileBatchReport.of(report))


def outcome_preview_document(seen: OutcomePreview) -> Document:
    """Return what an upload of outcomes would do."""
    return _plain(OutcomeUploadPreview.of(seen))


def outcome_report_document(done: OutcomeReport) -> Document:
    """Return what an upload of outcomes did."""
    return _plain(OutcomeUploadReport.of(done))


def outcomes_document(page: Page[Outcome]) -> Document:
    """Return a page of outcomes."""
    return _plain(OutcomeRecords(items=[OutcomeRecord.of(it) for it in page.items], next_cursor=page.next_cursor))


def model_document(version: ModelVersion) -> Document:
    """Return a version that was learned and answers."""
    return _plain(ModelRecord.of(version, version.version))


def models_document(current: int, versions: tuple[ModelVersion, ...]) -> Document:
    """Return the versions of a model, and which of them answers."""
    return _plain(ModelRecords.of(current, versions))


def calibration_document(report: CalibrationReport) -> Document:
    """Return how right the numbers are."""
    return _plain(CalibrationReportOut.of(report))


def trial_document(trial: Trial) -> Document:
    """Return a test."""
    return _plain(InterventionTest.of(trial))


def interaction_document(trial: Trial) -> Document:
    """Return a test as an interaction in rounds."""
    return _plain(IndividualInteraction.of(trial))


def history_document(found: History) -> Document:
    """Return a page of what happened to a twin."""
    return _plain(TwinHistory.of(found))


def optimization_document(found: Optimization) -> Document:
    """Return an optimisation."""
    return _plain(MessageOptimization.of(found))


def sequence_document(plan: ContactPlan) -> Document:
    """Return a plan of several messages."""
    return _plain(MessageSequence.of(plan))


def comparison_document(comparison: Comparison) -> Document:
    """Return a comparison."""
    return _plain(VariantComparison.of(comparison))


def audit_document(page: Page[AuditEntry]) -> Document:
    """Return a page of the log."""
    return _plain(AuditRecords(items=[AuditRecord.of(it) for it in page.items], next_cursor=page.next_cursor))


def key_document(key: ApiKey) -> Document:
    """Return a key; neither its secret nor what is kept of it. Keys are made on this machine only: no wire shape."""
    return {
        "id": key.id,
        "name": key.name,
        "workspace": key.workspace,
        "scopes": list(key.scopes),
        "created_at": key.created_at.isoformat(),
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }


def validation_document(found: TwinValidation) -> Document:
    """Return a validation of a twin."""
    return _plain(TwinValidationReport.of(found))


def quality_document(found: PredictionQuality) -> Document:
    """Return which predictions may be relied on."""
    return _plain(PredictionQualityReport.of(found))


def extraction_document(found: "Extracted") -> Document:
    """Return a session's results; of an extraction that was kept, the first page of its rows."""
    if found.extraction.id is None:
        return _plain(StructuredResults.of(found.extraction, found.kept))
    return _plain(ExtractedResults.of(found.extraction, found.page.items, found.page.next_cursor))


def segment_document(segment: Segment, size: SegmentSize) -> Document:
    """Return a segment, and how many belong."""
    return _plain(SegmentDetail.counted(segment, size))


def segments_document(found: Iterable[Segment]) -> Document:
    """Return segments."""
    return _plain(Segments(items=[SegmentShown.of(it) for it in found], next_cursor=None))


def members_document(page: Page[Member]) -> Document:
    """Return a page of who belongs to a segment."""
    items = [SegmentMember.of(it) for it in page.items]
    return _plain(SegmentMembers(items=items, next_cursor=page.next_cursor))


def templates_document(known: Iterable[Template]) -> Document:
    """Return the templates of messages."""
    return _plain(MessageTemplates.of(known))


def _plain(answer: Answer) -> Document:
    return answer.model_dump(mode="json")
