"""The routes that note no reading of personal data, each under the reason why it need not."""

from collections.abc import Mapping

# What a caller has just sent, or set, comes back to them: they are shown nothing new.
OWN_WORDS = "shows what its caller has sent"
STANDING = "shows ids, states, counts and times"
CONFIGURED = "shows what supervisors and admins have configured"
STAFF = "shows people who work here"
SOURCE = "a source's door: it takes, and shows receipts"
MACHINE = "of machines: services among themselves, and probes"

_EACH = {
    MACHINE: (
        "GET /health/live", "GET /health/ready", "GET /metrics", "GET /v1/consumed/digest",
        "GET /v1/consumed/heights", "GET /v1/journal", "GET /v1/journal/heads",
        "POST /v1/journal/lacking", "GET /v1/journal/state", "GET /v1/reconciliation",
        "POST /v1/recovery/overrule",
    ),
    STANDING: ("GET /v1/held", "POST /v1/held/replay"),
}  # fmt: skip
_LISTENER = {
    MACHINE: (
        "GET /v1/erasure-preview", "GET /v1/erasure-receipts/{erasure_id}",
        "GET /v1/reconciliation/ids",
    ),
}  # fmt: skip
_READ_AUDIT = {STANDING: ("GET /v1/read-audit",)}
_INTAKE = {
    OWN_WORDS: (
        "POST /v1/blocked", "PUT /v1/contact-points", "POST /v1/contacts/{contact_id}/consents",
        "POST /v1/contacts/{contact_id}/erase", "POST /v1/imports",
        "PUT /v1/imports/{import_id}/file", "POST /v1/sources/{source}/try",
    ),
    STANDING: (
        "DELETE /v1/blocked/{blocked_id}", "GET /v1/contact-merges", "POST /v1/contact-merges/undo",
        "POST /v1/contact-merges/{batch_id}/undo",
        "GET /v1/contacts/approaches/{list_id}",
        "GET /v1/contacts/{contact_id}/erasure-preview", "POST /v1/contacts/{contact_id}/split",
        "GET /v1/erasures", "GET /v1/erasures/{erasure_id}", "GET /v1/renormalisations",
        "POST /v1/renormalisations", "GET /v1/renormalisations/{renormalisation_id}",
        "POST /v1/renormalisations/{renormalisation_id}/cancel",
        "POST /v1/renormalisations/{renormalisation_id}/run", "GET /v1/source-health",
        "GET /v1/submissions", "POST /v1/submissions/renormalise",
        "POST /v1/submissions/{submission_id}/reject",
        "POST /v1/submissions/{submission_id}/release",
        "POST /v1/submissions/{submission_id}/repair",
    ),
    CONFIGURED: (
        "GET /v1/sources", "POST /v1/sources", "DELETE /v1/sources/{source}",
        "GET /v1/sources/{source}", "PUT /v1/sources/{source}",
        "GET /v1/sources/{source}/snippet",
    ),
    SOURCE: (
        "GET /v1/hooks/{source_key}", "POST /v1/hooks/{source_key}",
        "GET /v1/hooks/{source_key}/{rest}", "POST /v1/hooks/{source_key}/{rest}",
        "POST /v1/inquiries", "POST /v1/inquiries/batch", "POST /v1/purchases",
        "GET /v1/receipts/{receipt_id}",
    ),
}  # fmt: skip
_ROUTING = {
    STANDING: (
        "POST /v1/decisions/{decision_id}/verify", "GET /v1/leads/counts",
        "GET /v1/leads/{lead_id}/conformance", "GET /v1/pipelines/{key}/conformance",
        "POST /v1/pools/{key}/backlog/preview", "GET /v1/pools/{key}/shadow/report",
        "POST /v1/pools/test", "POST /v1/pools/test/batch",
        "GET /v1/webhooks/{webhook_id}/deliveries",
        "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
        "POST /v1/webhooks/{webhook_id}/ping", "POST /v1/webhooks/{webhook_id}/replay",
    ),
    CONFIGURED: (
        "GET /v1/holiday-calendars", "DELETE /v1/holiday-calendars/{key}",
        "GET /v1/holiday-calendars/{key}", "PUT /v1/holiday-calendars/{key}", "GET /v1/pipelines",
        "POST /v1/pipelines", "DELETE /v1/pipelines/{key}", "GET /v1/pipelines/{key}",
        "PUT /v1/pipelines/{key}", "GET /v1/pipelines/{key}/versions", "GET /v1/pools",
        "POST /v1/pools", "DELETE /v1/pools/{key}", "GET /v1/pools/{key}", "PUT /v1/pools/{key}",
        "DELETE /v1/pools/{key}/shadow", "PUT /v1/pools/{key}/shadow",
        "GET /v1/pools/{key}/versions", "GET /v1/pools/{key}/versions/{version}",
        "POST /v1/pools/{key}/versions/{version}/restore", "GET /v1/webhooks", "POST /v1/webhooks",
        "DELETE /v1/webhooks/{webhook_id}", "GET /v1/webhooks/{webhook_id}",
        "PUT /v1/webhooks/{webhook_id}", "POST /v1/webhooks/{webhook_id}/rotate-secret",
    ),
    STAFF: (
        "GET /v1/load", "GET /v1/managers", "POST /v1/managers", "GET /v1/managers/{manager_id}",
        "PUT /v1/managers/{manager_id}", "DELETE /v1/managers/{manager_id}/calendar",
        "GET /v1/managers/{manager_id}/calendar", "PUT /v1/managers/{manager_id}/calendar",
        "GET /v1/managers/{manager_id}/duty", "POST /v1/managers/{manager_id}/leave",
        "GET /v1/managers/{manager_id}/leave-company",
        "POST /v1/managers/{manager_id}/leave-company",
        "POST /v1/managers/{manager_id}/leave-company/cancel",
        "POST /v1/managers/{manager_id}/leave-company/preview",
        "POST /v1/managers/{manager_id}/leave-company/undo",
        "POST /v1/managers/{manager_id}/return", "PUT /v1/managers/{manager_id}/status",
    ),
}  # fmt: skip
_HISTORY = {
    OWN_WORDS: (
        "POST /v1/activities", "POST /v1/tasks/{task_id}/done", "POST /v1/tasks/{task_id}/undone",
    ),
    STANDING: (
        "GET /v1/contacts/counts", "GET /v1/contacts/{contact_id}/timeline/verify",
        "GET /v1/leads/{lead_id}/timeline/verify", "GET /v1/timelines/roots",
        "GET /v1/timelines/roots/{day}/verify",
    ),
    CONFIGURED: (
        "GET /v1/contact-fields", "DELETE /v1/contact-fields/{key}", "PUT /v1/contact-fields/{key}",
        "GET /v1/contact-tags", "DELETE /v1/contact-tags/{key}", "PUT /v1/contact-tags/{key}",
        "GET /v1/segments", "POST /v1/segments", "DELETE /v1/segments/{segment_id}",
        "GET /v1/segments/{segment_id}", "PUT /v1/segments/{segment_id}",
        "GET /v1/segments/{segment_id}/versions", "GET /v1/segments/{segment_id}/exports",
        "POST /v1/segments/{segment_id}/exports/{export_id}/cancel",
    ),
}  # fmt: skip


def _by_route(*tables: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {
        route: reason for table in tables for reason, routes in table.items() for route in routes
    }


SILENT: Mapping[str, Mapping[str, str]] = {
    "intake": _by_route(_EACH, _READ_AUDIT, _INTAKE),
    "routing": _by_route(_EACH, _READ_AUDIT, _LISTENER, _ROUTING),
    "history": _by_route(_EACH, _READ_AUDIT, _LISTENER, _HISTORY),
}
# Services that keep no person's words at all; no answer of theirs has a member named like any.
WORDLESS = frozenset({"kpi"})
