"""Every metric, declared once with its meaning; one registry per service.

Labels come from closed sets only (routes, topics, states): never ids, never personal data.
"""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The metrics of one service; `metrics_of(service)` is how everybody gets at them."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "leadflow_requests",
            "Answers given, by route template, method and status",
            ["service", "route", "method", "status"],
            registry=registry,
        )
        self.request_seconds = Histogram(
            "leadflow_request_seconds",
            "Time from the last byte of a request's head to its answer",
            ["service", "route"],
            buckets=LATENCY_BUCKETS,
            registry=registry,
        )
        self.connections = Gauge(
            "leadflow_connections",
            "Connections that are open",
            ["service"],
            registry=registry,
        )
        self.body_bytes = Gauge(
            "leadflow_body_bytes",
            "Bytes of bodies that are being read or worked on",
            ["service"],
            registry=registry,
        )
        self.submissions = Gauge(
            "leadflow_submissions",
            "Submissions by state",
            ["service", "state"],
            registry=registry,
        )
        self.follow_ups = Gauge(
            "leadflow_follow_ups",
            "Documents that a provider keeps for us: waiting, refused so far, or given up",
            ["service", "status"],
            registry=registry,
        )
        self.mails = Counter(
            "leadflow_mails",
            "Mails at the SMTP door: stored, duplicate, refused, deferred (to be sent again)",
            ["service", "outcome"],
            registry=registry,
        )
        self.mailboxes = Gauge(
            "leadflow_mailboxes",
            "Mailboxes that are looked into: well, failing, new (not read yet)",
            ["service", "state"],
            registry=registry,
        )
        self.erasures = Gauge(
            "leadflow_erasures",
            "Erasures of people that a service has not confirmed: open, and overdue after a day.",
            ("service", "condition"),
            registry=registry,
        )
        self.pending_events = Gauge(
            "leadflow_pending_events",
            "Events emitted but not yet acknowledged by the log",
            ["service"],
            registry=registry,
        )
        self.pending_age_seconds = Gauge(
            "leadflow_pending_age_seconds",
            "Age of the oldest event not yet acknowledged by the log",
            ["service"],
            registry=registry,
        )
        self.published = Counter(
            "leadflow_published_events",
            "Events acknowledged by the log",
            ["service", "topic"],
            registry=registry,
        )
        self.consumed = Counter(
            "leadflow_consumed_events",
            "Events consumed, by outcome: applied, duplicate, held",
            ["service", "topic", "outcome"],
            registry=registry,
        )
        self.caught_up = Counter(
            "leadflow_caught_up_events",
            "Events that only catch-up brought: stays 0 while the log loses nothing",
            ["service", "topic"],
            registry=registry,
        )
        self.commits_failing = Gauge(
            "leadflow_offset_commits_failing",
            "1 while the broker takes no offsets of ours: a restart would read again",
            ["service"],
            registry=registry,
        )
        self.outbox_closed = Gauge(
            "leadflow_outbox_closed",
            "1 while nothing is emitted: what was emitted before a restart is being compared",
            ["service"],
            registry=registry,
        )
        self.held = Gauge(
            "leadflow_held_events",
            "Events that cannot take effect yet, by reason",
            ["service", "reason"],
            registry=registry,
        )
        self.lag = Gauge(
            "leadflow_lag_seconds",
            "Since when it is not known that all that was emitted has been consumed",
            ["service"],
            registry=registry,
        )
        self.loop_stalled = Gauge(
            "leadflow_loop_stalled",
            "1 while a loop makes no progress",
            ["service", "loop"],
            registry=registry,
        )
        self.faults = Counter(
            "leadflow_faults",
            "Failures that are neither an outage nor the data's fault: a defect of our own",
            ["service", "loop"],
            registry=registry,
        )
        self.loop_restarts = Gauge(
            "leadflow_loop_restarts",
            "How often a loop has started again since the process began",
            ["service", "loop"],
            registry=registry,
        )
        self.log_lines_dropped = Gauge(
            "leadflow_log_lines_dropped",
            "Lines this process could not write: disk full, reader gone or too slow",
            ["service"],
            registry=registry,
        )
        self.unreconciled_inquiries = Gauge(
            "leadflow_unreconciled_inquiries",
            "Inquiries not in exactly one lead, timeline and indicator each: must stay 0",
            ["service", "check"],
            registry=registry,
        )
        self.sources = Gauge(
            "leadflow_sources",
            "Sources by health: silent beyond their own past, refused again and again",
            ["service", "health"],
            registry=registry,
        )
        self.leads = Gauge(
            "leadflow_leads", "Open leads by state", ["service", "state"], registry=registry
        )
        self.unowned = Gauge(
            "leadflow_unowned_leads",
            "Open leads without an owner for too long, by pool and why; unexplained must stay 0",
            ["service", "pool", "reason"],
            registry=registry,
        )
        # A pipeline's key is configured, and there are few of them.
        self.leads_neglected = Gauge(
            "leadflow_leads_neglected",
            "Open leads that are rotting, or whose next action is overdue, by pipeline",
            ["service", "pipeline", "how"],
            registry=registry,
        )
        self.managers = Gauge(
            "leadflow_managers", "Managers by status", ["service", "status"], registry=registry
        )
        self.parked_leads = Gauge(
            "leadflow_parked_leads",
            "Open leads for which no owner was found, by the reason",
            ["service", "reason"],
            registry=registry,
        )
        self.assignments = Counter(
            "leadflow_assignments",
            "Leads given to managers: on shift, on call, as supervisors, or named by one",
            ["service", "tier"],
            registry=registry,
        )

        self.streams = Gauge(
            "leadflow_streams", "Clients that follow the stream", ["service"], registry=registry
        )
        self.streams_cut = Counter(
            "leadflow_streams_cut",
            "Clients of the stream that were cut off because they read too slowly",
            ["service"],
            registry=registry,
        )
        self.webhooks = Gauge(
            "leadflow_webhooks",
            "Webhooks: well, failing, disabled because they failed for too long, off",
            ["service", "state"],
            registry=registry,
        )
        self.webhook_pending = Gauge(
            "leadflow_webhook_pending",
            "Streams of which a webhook has not had all events",
            ["service"],
            registry=registry,
        )
        self.webhook_wait_seconds = Gauge(
            "leadflow_webhook_wait_seconds",
            "How long the oldest of them has waited",
            ["service"],
            registry=registry,
        )
        self.webhook_deliveries = Counter(
            "leadflow_webhook_deliveries",
            "Tries to deliver to webhooks: delivered, failed, given_up",
            ["service", "outcome"],
            registry=registry,
        )
        self.deliveries = Counter(
            "leadflow_deliveries",
            "Tries to send reports and alerts: delivered, failed, given_up, needless",
            ["service", "kind", "way", "outcome"],
            registry=registry,
        )
        self.overdue_deliveries = Gauge(
            "leadflow_overdue_deliveries",
            "Reports and alerts that were to be sent by now and are not, by mail or webhook",
            ["service", "kind", "way"],
            registry=registry,
        )
        self.overdue_delivery_seconds = Gauge(
            "leadflow_overdue_delivery_seconds",
            "Since when the oldest of them was to be sent",
            ["service", "kind", "way"],
            registry=registry,
        )
        self.search_waiting = Gauge(
            "leadflow_search_waiting",
            "Entries and reports that are not findable yet, a million at most",
            ["service"],
            registry=registry,
        )
        self.search_wait_seconds = Gauge(
            "leadflow_search_wait_seconds",
            "How long the first of them has waited",
            ["service"],
            registry=registry,
        )
        self.counted_at = Gauge(
            "leadflow_counted_timestamp_seconds",
            "When rows were last counted: the mailbox's or whole tables'",
            ["service", "what"],
            registry=registry,
        )
        # Set by whoever leads the database's workers, and by nobody else.
        self._counts = (
            self.submissions,
            self.follow_ups,
            self.mailboxes,
            self.erasures,
            self.pending_events,
            self.pending_age_seconds,
            self.held,
            self.unreconciled_inquiries,
            self.sources,
            self.leads,
            self.unowned,
            self.leads_neglected,
            self.managers,
            self.parked_leads,
            self.webhooks,
            self.webhook_pending,
            self.webhook_wait_seconds,
            self.overdue_deliveries,
            self.overdue_delivery_seconds,
            self.search_waiting,
            self.search_wait_seconds,
        )

    def forget_counts(self) -> None:
        """Show none of the counts over tables until they are counted again."""
        for gauge in self._counts:
            gauge.clear()

    def exposition(self) -> bytes:
        """The text format that Prometheus scrapes."""
        return generate_latest(self.registry)


@cache
def metrics_of(_service: str) -> Metrics:
    """The service's own registry, made at its first use."""
    return Metrics()
