"""What the dashboard shows: its questions to Prometheus. No person is in a metric."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart: a title, PromQL with the legend of its lines, and the unit of its axis."""

    title: str
    questions: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: str = "timeseries"
    wide: bool = False


_ONE = 'service=~"$service"'
_MAILS = "sum by (outcome) (increase(leadflow_mails_total[1h]))"


def _rate(counter: str) -> str:
    return f"rate({counter}{{{_ONE}}}[$__rate_interval])"


def _quantile(share: float, histogram: str) -> str:
    return f"histogram_quantile({share}, sum by (service, le) ({_rate(f'{histogram}_bucket')}))"


PANELS: tuple[Panel, ...] = (
    Panel(
        "Inquiries not in exactly one lead, timeline and indicator",
        (("max by (check) (leadflow_unreconciled_inquiries)", "{{check}}"),),
        kind="stat",
    ),
    Panel(
        "Oldest event not yet in the log",
        (("max by (service) (leadflow_pending_age_seconds)", "{{service}}"),),
        unit="s",
        kind="stat",
    ),
    Panel(
        "Events held back",
        (("sum by (service) (leadflow_held_events)", "{{service}}"),),
        kind="stat",
    ),
    Panel(
        "Loops without progress",
        (("sum by (service) (leadflow_loop_stalled)", "{{service}}"),),
        kind="stat",
    ),
    Panel(
        "Log lines that could not be written",
        (("max by (service) (leadflow_log_lines_dropped)", "{{service}}"),),
        kind="stat",
    ),
    Panel(
        "Submissions by state",
        (
            ("max by (state) (leadflow_submissions)", "{{state}}"),
            ("max by (status) (leadflow_follow_ups)", "documents to fetch: {{status}}"),
            (_MAILS, "mails {{outcome}}"),
        ),
    ),
    Panel(
        "Sources by health",
        (("max by (health) (leadflow_sources)", "{{health}}"),),
    ),
    Panel(
        "Open leads by state",
        (
            ("max by (state) (leadflow_leads)", "{{state}}"),
            ("max by (reason) (leadflow_parked_leads)", "no owner: {{reason}}"),
            ("max by (pipeline, how) (leadflow_leads_neglected)", "{{pipeline}} {{how}}"),
        ),
    ),
    Panel(
        "Leads given to managers per hour, by tier",
        (("sum by (tier) (increase(leadflow_assignments_total[1h]))", "{{tier}}"),),
    ),
    Panel(
        "Leads without an owner for too long, by why",
        (("max by (pool, reason) (leadflow_unowned_leads)", "{{pool}} {{reason}}"),),
    ),
    Panel(
        "Managers by status",
        (("max by (status) (leadflow_managers)", "{{status}}"),),
    ),
    Panel(
        "Webhooks by state, and clients of the stream",
        (
            ("max by (state) (leadflow_webhooks)", "webhooks {{state}}"),
            ("max by (service) (leadflow_webhook_pending)", "streams that wait for webhooks"),
            ("sum by (service) (leadflow_streams)", "clients of the stream"),
            ("sum by (service) (increase(leadflow_streams_cut_total[1h]))", "cut off as too slow"),
            (
                "sum by (outcome) (increase(leadflow_webhook_deliveries_total[1h]))",
                "deliveries {{outcome}}",
            ),
        ),
    ),
    Panel(
        "Reports and alerts on their way to people",
        (
            (
                "sum by (kind, way, outcome) (increase(leadflow_deliveries_total[1h]))",
                "{{kind}} {{way}} {{outcome}}",
            ),
            ("max by (kind, way) (leadflow_overdue_deliveries)", "overdue: {{kind}} {{way}}"),
        ),
    ),
    Panel(
        "What search does not find yet",
        (
            ("max by (service) (leadflow_search_waiting)", "entries and reports"),
            ("max by (service) (leadflow_search_wait_seconds)", "seconds the first has waited"),
        ),
    ),
    Panel(
        "Answers per second by status",
        (
            (
                f"sum by (service, status) ({_rate('leadflow_requests_total')})",
                "{{service}} {{status}}",
            ),
        ),
        unit="reqps",
    ),
    Panel(
        "Time to answer",
        (
            (_quantile(0.5, "leadflow_request_seconds"), "{{service}} p50"),
            (_quantile(0.99, "leadflow_request_seconds"), "{{service}} p99"),
        ),
        unit="s",
    ),
    Panel(
        "Events published and consumed per second",
        (
            (
                f"sum by (topic) ({_rate('leadflow_published_events_total')})",
                "published {{topic}}",
            ),
            (
                f"sum by (service, outcome) ({_rate('leadflow_consumed_events_total')})",
                "{{service}} {{outcome}}",
            ),
        ),
    ),
    Panel(
        "Seconds since all was known to be consumed",
        ((f"max by (service) (leadflow_lag_seconds{{{_ONE}}})", "{{service}}"),),
    ),
    Panel(
        "Events emitted, not yet acknowledged",
        ((f"max by (service) (leadflow_pending_events{{{_ONE}}})", "{{service}}"),),
    ),
    Panel(
        "Loops started again in an hour",
        (
            (
                f"sum by (service, loop) (delta(leadflow_loop_restarts{{{_ONE}}}[1h]))",
                "{{service}} {{loop}}",
            ),
        ),
        wide=True,
    ),
)
