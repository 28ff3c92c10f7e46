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

        def gauge(name: str, meaning: str, *labels: str) -> Gauge:
            return Gauge(name, meaning, ("service", *labels), registry=registry)

        def counter(name: str, meaning: str, *labels: str) -> Counter:
            return Counter(name, meaning, ("service", *labels), registry=registry)

        self.requests = counter(
            "leadflow_requests",
            "Answers given, by route template, method and status",
            "route",
            "method",
            "status",
        )
        self.request_seconds = Histogram(
            "leadflow_request_seconds",
            "Time from the last byte of a request's head to its answer",
            ["service", "route"],
            buckets=LATENCY_BUCKETS,
            registry=registry,
        )
        self.connections = gauge("leadflow_connections", "Connections that are open")
        self.body_bytes = gauge(
            "leadflow_body_bytes", "Bytes of bodies that are being read or worked on"
        )
        self.submissions = gauge("leadflow_submissions", "Submissions by state", "state")
        self.follow_ups = gauge(
            "leadflow_follow_ups",
            "Documents that a provider keeps for us: waiting, refused so far, or given up",
            "status",
        )
        self.mails = counter(
            "leadflow_mails",
            "Mails at the SMTP door: stored, duplicate, refused, deferred (to be sent again)",
            "outcome",
        )
        self.mailboxes = gauge(
            "leadflow_mailboxes",
            "Mailboxes that are looked into: well, failing, new (not read yet)",
            "state",
        )
        self.erasures = gauge(
            "leadflow_erasures",
            "Erasures of people that a service has not confirmed: open, and overdue after a day.",
            "condition",
        )
        self.pending_events = gauge(
            "leadflow_pending_events", "Events emitted but not yet acknowledged by the log"
        )
        self.pending_age_seconds = gauge(
            "leadflow_pending_age_seconds",
            "Age of the oldest event not yet acknowledged by the log",
        )
        self.published = counter(
            "leadflow_published_events", "Events acknowledged by the log", "topic"
        )
        self.consumed = counter(
            "leadflow_consumed_events",
            "Events consumed, by outcome: applied, duplicate, held",
            "topic",
            "outcome",
        )
        self.caught_up = counter(
            "leadflow_caught_up_events",
            "Events that only catch-up brought: stays 0 while the log loses nothing",
            "topic",
        )
        self.commits_failing = gauge(
            "leadflow_offset_commits_failing",
            "1 while the broker takes no offsets of ours: a restart would read again",
        )
        self.outbox_closed = gauge(
            "leadflow_outbox_closed",
            "1 while nothing is emitted: what was emitted before a restart is being compared",
        )
        self.held = gauge(
            "leadflow_held_events", "Events that cannot take effect yet, by reason", "reason"
        )
        self.lag = gauge(
            "leadflow_lag_seconds",
            "Since when it is not known that all that was emitted has been consumed",
        )
        self.loop_stalled = gauge(
            "leadflow_loop_stalled", "1 while a loop makes no progress", "loop"
        )
        self.faults = counter(
            "leadflow_faults",
            "Failures that are neither an outage nor the data's fault: a defect of our own",
            "loop",
        )
        self.loop_restarts = gauge(
            "leadflow_loop_restarts",
            "How often a loop has started again since the process began",
            "loop",
        )
        self.log_lines_dropped = gauge(
            "leadflow_log_lines_dropped",
            "Lines this process could not write: disk full, reader gone or too slow",
        )
        self.unreconciled_inquiries = gauge(
            "leadflow_unreconciled_inquiries",
            "Inquiries not in exactly one lead, timeline and indicator each: must stay 0",
            "check",
        )
        self.sources = gauge(
            "leadflow_sources",
            "Sources by health: silent beyond their own past, refused again and again",
            "health",
        )
        self.leads = gauge("leadflow_leads", "Open leads by state", "state")
        self.unowned = gauge(
            "leadflow_unowned_leads",
            "Open leads without an owner for too long, by pool and why; unexplained must stay 0",
            "pool",
            "reason",
        )
        # A pipeline's key is configured, and there are few of them.
        self.leads_neglected = gauge(
            "leadflow_leads_neglected",
            "Open leads that are rotting, or whose next action is overdue, by pipeline",
            "pipeline",
            "how",
        )
        self.managers = gauge("leadflow_managers", "Managers by status", "status")
        self.parked_leads = gauge(
            "leadflow_parked_leads",
            "Open leads for which no owner was found, by the reason",
            "reason",
        )
        self.assignments = counter(
            "leadflow_assignments",
            "Leads given to managers: on shift, on call, as supervisors, or named by one",
            "tier",
        )

        self.streams = gauge("leadflow_streams", "Clients that follow the stream")
        self.streams_cut = counter(
            "leadflow_streams_cut",
            "Clients of the stream that were cut off because they read too slowly",
        )
        self.webhooks = gauge(
            "leadflow_webhooks",
            "Webhooks: well, failing, disabled because they failed for too long, off",
            "state",
        )
        self.webhook_pending = gauge(
            "leadflow_webhook_pending", "Streams of which a webhook has not had all events"
        )
        self.webhook_wait_seconds = gauge(
            "leadflow_webhook_wait_seconds", "How long the oldest of them has waited"
        )
        self.webhook_deliveries = counter(
            "leadflow_webhook_deliveries",
            "Tries to deliver to webhooks: delivered, failed, given_up",
            "outcome",
        )
        self.deliveries = counter(
            "leadflow_deliveries",
            "Tries to send reports and alerts: delivered, failed, given_up, needless",
            "kind",
            "way",
            "outcome",
        )
        self.overdue_deliveries = gauge(
            "leadflow_overdue_deliveries",
            "Reports and alerts that were to be sent by now and are not, by mail or webhook",
            "kind",
            "way",
        )
        self.overdue_delivery_seconds = gauge(
            "leadflow_overdue_delivery_seconds",
            "Since when the oldest of them was to be sent",
            "kind",
            "way",
        )
        self.search_waiting = gauge(
            "leadflow_search_waiting",
            "Entries and reports that are not findable yet, a million at most",
        )
        self.search_wait_seconds = gauge(
            "leadflow_search_wait_seconds", "How long the first of them has waited"
        )
        self.counted_at = gauge(
            "leadflow_counted_timestamp_seconds",
            "When rows were last counted: the mailbox's or whole tables'",
            "what",
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
