"""What the alerts watch: every question put to Prometheus that may wake somebody."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Alert:
    """Fires while `expr` gives a value above `above` for `minutes`; `help` is what to do first."""

    uid: str
    title: str
    expr: str
    above: float
    minutes: int
    severity: str
    help: str


ALERTS: tuple[Alert, ...] = (
    Alert(
        "leadflow-reconciliation",
        "Inquiries do not reconcile",
        "max by (check) (abs(leadflow_unreconciled_inquiries))",
        0,
        5,
        "critical",
        "Ask /intake/v1/reconciliation which inquiries differ, then look at held events and lag.",
    ),
    Alert(
        "leadflow-pending-age",
        "Events wait too long for the log",
        "max by (service) (leadflow_pending_age_seconds)",
        60,
        2,
        "critical",
        "Is Kafka reachable? Nothing is lost: the backlog drains by itself when it is back.",
    ),
    Alert(
        "leadflow-held",
        "Events are held back",
        'sum by (service, reason) (leadflow_held_events{reason!="not_yet_known"})',
        0,
        5,
        "warning",
        "A gap heals from the producer's journal; a failed event needs a look at its reason.",
    ),
    Alert(
        "leadflow-source-silent",
        "A source sends nothing where it used to",
        'max by (service) (leadflow_sources{health="silent"})',
        0,
        5,
        "warning",
        "`leadflow sources health` names it: is its form or webhook switched off?",
    ),
    Alert(
        "leadflow-source-refused",
        "All that a source sends is refused",
        'max by (service) (leadflow_sources{health="refused"})',
        0,
        5,
        "warning",
        "`leadflow sources health` names it: compare its secret and its networks.",
    ),
    Alert(
        "leadflow-nobody-for-leads",
        "Leads wait and nobody could take them, not even on call or as supervisor",
        "max by (reason) (leadflow_parked_leads"
        '{reason=~"no_members|nobody_on_duty|nobody_skilled"})',
        0,
        5,
        "critical",
        "/routing/v1/load names the pools; a lead's decisions say what its managers lack.",
    ),
    Alert(
        "leadflow-fetch-refused",
        "A provider denies us the documents behind its notices",
        'max by (status) (leadflow_follow_ups{status="refused"})',
        0,
        15,
        "warning",
        "fetcher.no_answer in intake's log names the source: renew its secrets.",
    ),
    Alert(
        "leadflow-erasure-overdue",
        "An erasure is not confirmed after a day",
        'max by (service) (leadflow_erasures{condition="overdue"})',
        0,
        5,
        "critical",
        "`/intake/v1/erasures` names the service that is pending: does its worker run?",
    ),
    Alert(
        "leadflow-mailbox-failing",
        "A mailbox cannot be read",
        'max by (service) (leadflow_mailboxes{state="failing"})',
        0,
        15,
        "warning",
        "mailbox.failing in intake's log names its source: is the server up, the password right?",
    ),
    Alert(
        "leadflow-unowned-unexplained",
        "A lead waits although somebody could take it",
        'max by (pool) (leadflow_unowned_leads{reason="unexplained"})',
        0,
        3,
        "critical",
        "The queue is walked anew by itself; if it stays, restart routing's worker and report it.",
    ),
    Alert(
        "leadflow-unowned",
        "Leads wait and nobody can take them",
        'max by (pool, reason) (leadflow_unowned_leads{reason!="unexplained"})',
        0,
        15,
        "warning",
        "GET /routing/v1/load shows who is there and has room; name supervisors for the pool.",
    ),
    Alert(
        "leadflow-webhook-disabled",
        "A webhook was switched off: its receiver failed for days, or said that it is gone",
        'max by (service) (leadflow_webhooks{state="disabled"})',
        0,
        1,
        "warning",
        "webhook.switched_off in routing's log names it; switched on again it goes on from there.",
    ),
    Alert(
        "leadflow-webhook-failing",
        "A receiver of webhooks takes nothing",
        'max by (service) (leadflow_webhooks{state="failing"})',
        0,
        60,
        "warning",
        "GET /routing/v1/webhooks/{id}/deliveries shows its answers; nothing is lost for 9 days.",
    ),
    Alert(
        "leadflow-deliveries-overdue",
        "Reports or alerts do not reach people",
        "max by (kind, way) (leadflow_overdue_delivery_seconds)",
        1800,
        5,
        "critical",
        "delivery.not_sent in kpi's log says what the mail server or the webhook answers; it is"
        " tried for a day. docs/operating.md says what each answer asks for.",
    ),
    Alert(
        "leadflow-deliveries-given-up",
        "A report or an alert was given up",
        'sum by (kind, way) (increase(leadflow_deliveries_total{outcome="given_up"}[1h]))',
        0,
        0,
        "warning",
        "delivery.not_sent with the state given_up names the recipient: correct the address, then"
        " POST /kpi/v1/recipients/{id}/test, or send the report again.",
    ),
    Alert(
        "leadflow-search-behind",
        "What came in long ago is not found by search yet",
        "max by (service) (leadflow_search_wait_seconds)",
        600,
        5,
        "warning",
        "After a rebuild or an import it catches up by itself; else read history's log for the"
        " loop search-index.",
    ),
    Alert(
        "leadflow-loop-stalled",
        "A loop makes no progress",
        "max by (service, loop) (leadflow_loop_stalled)",
        0,
        2,
        "critical",
        "Read the worker's log for loop.failed and loop.stopped, then restart that process.",
    ),
    Alert(
        "leadflow-outbox-closed",
        "A service emits nothing",
        "max by (service) (leadflow_outbox_closed)",
        0,
        2,
        "critical",
        "It still compares after a restart: recovery.waits in its worker's log names who is away.",
    ),
    Alert(
        "leadflow-uncounted",
        "Nobody counts what waits",
        'time() - max by (service) (leadflow_counted_timestamp_seconds{what="mailbox"})',
        300,
        2,
        "critical",
        "No worker of this service leads, or its database is away: its gauges are silent.",
    ),
    Alert(
        "leadflow-lag",
        "A service is behind its producers",
        "max by (service) (leadflow_lag_seconds)",
        300,
        5,
        "warning",
        "Is its worker alive, its database slow? More workers share the partitions.",
    ),
    Alert(
        "leadflow-5xx",
        "More than one answer in a hundred is a 5xx",
        'sum by (service) (rate(leadflow_requests_total{status=~"5.."}[5m]))'
        " / sum by (service) (rate(leadflow_requests_total[5m]))",
        0.01,
        5,
        "critical",
        "Look at the service's log by trace id; 503 means that its database is away.",
    ),
    Alert(
        "leadflow-down",
        "A process cannot be asked for its metrics",
        'sum by (job, instance) (up{job=~"api|worker"} == bool 0)',
        0,
        3,
        "critical",
        "The process is down, or the way to it is.",
    ),
)
