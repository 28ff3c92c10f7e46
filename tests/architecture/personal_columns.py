"""Every column that could hold somebody's words: blanked by an erasure, or why it names nobody.

A new column of text, JSON or bytes is put into one of the two; columns of ids, numbers and times
need no row.
"""

from collections.abc import Mapping

Columns = Mapping[str, str]  # table → its columns, separated by spaces

BLANKED: Mapping[str, Columns] = {
    "intake": {
        "blocked_point": "kind value",
        "call": "facts caller line",
        "contact": "details",
        "contact_consent": "page_url ip",
        "contact_merge": "undone_reason",
        "contact_point": "kind value people",
        "contact_proposal": "points",
        "contact_refusal": "reason",
        "erasure": "pattern",
        "follow_up": "answer error",
        "import_file": "content",
        "import_job": "preview",
        "import_row": "cells",
        "inquiry": "content",
        "mail_message": "customers people",
        "purchase": "order_id reason",
        "renormalisation_difference": "path before after",
        "submission": "rest query headers body external_id repaired_body repaired_content_type"
        " overrides",
        "submission_piece": "bytes",
        "suspicion": "kinds named",
    },
    "routing": {
        "idempotent_answer": "answer",
        "lead": "next_action loss_reason",
        "webhook_delivery": "error excerpt",
    },
    "history": {
        "activity": "text facts",
        "card": "name names company phones emails other cities tags fields",
        "chain_link": "salt",
        "contact_field": "value",
        "contact_tag": "tag",
        "timeline_entry": "text facts",
    },
    "kpi": {"lead_event": "reason"},
    "messaging": {
        "held": "payload detail",
        "journal": "payload",
    },
}

_CONFIGURED = "what the company has configured"
_LISTED = "words of a list"
_WHO = "roles and ids of those who work here"
_DIGESTS = "digests by which what comes again is known; nothing is found by them"
_EMPLOYEES = "about employees, not customers"
_MACHINE = "what programs tell one another"
_FIGURES = "what figures are grouped by, and figures"
_LEAD_DAY = (
    "digest quarters marks promises owner_classes accept_classes first_touch_classes sale_classes"
    " first_owner_places contacted_by_places closed_by_places"
    " first_owner_values contacted_by_values closed_by_values"
    " source_places channel_places campaign_places region_places product_places pipeline_places"
    " manager_places response_places source_values channel_values campaign_values region_values"
    " product_values pipeline_values manager_values response_values"
)
_SUMS_OF_DAY = (
    "order_ats order_counts order_currency_places order_amounts seller_ats seller_counts"
    " seller_manager_places seller_manager_names seller_currency_places seller_amounts"
    " origin_ats origin_counts origin_amounts origin_source_places origin_source_names"
    " origin_channel_places origin_channel_names origin_campaign_places origin_campaign_names"
    " origin_region_places origin_region_names origin_product_places origin_product_names"
    " origin_manager_places origin_manager_names origin_currency_places"
)
_SALE_DAY = (
    "people ats befores numbers usuals signs origins source_places"
    " source_names channel_places channel_names ad_channel_places ad_channel_names campaign_places"
    " campaign_names region_places region_names product_places product_names currency_places"
    f" manager_places manager_names amounts {_SUMS_OF_DAY}"
)
_CAMPAIGN = "click_kinds product region utm_campaign utm_content utm_medium utm_source utm_term"

IMPERSONAL: Mapping[str, Mapping[str, Columns]] = {
    "intake": {
        _CONFIGURED: {
            "source": "key adapter secrets previous_secrets country time_zone pool pipeline"
            " campaign mapping options priority own_addresses own_numbers mail_filter networks"
            " consent_text_version owner",
            "import_job": "name wish",
            "renormalisation": "adapter",
        },
        _LISTED: {
            "approach": "outcome",
            "contact_consent": "purpose channels text_version text_digest",
            "contact_merge": "reason",
            "contact_proposal": "state",
            "contact_refusal": "channel",
            "erasure": "reason step place",
            "erasure_confirmation": "service",
            "follow_up": "name status",
            "import_job": "state failure",
            "import_row": "fault",
            "inquiry": "channel",
            "renormalisation": "state",
            "renormalisation_difference": "kind",
            "source_watch": "health",
            "submission": "method state reason",
            "suspicion": "reasons",
        },
        _WHO: {
            "blocked_point": "by",
            "contact_consent": "by",
            "contact_merge": "undone_by",
            "contact_proposal": "settled_by",
            "contact_refusal": "by",
            "erasure": "erased_by",
            "import_job": "created_by",
            "renormalisation": "created_by",
            "submission": "repaired_by",
        },
        _DIGESTS: {
            "call": "call_id_digest",
            "external_record": "external_id_digest",
            "import_job": "file_digest",
            "mail_message": "message_digest",
            "mailbox": "folder_digest",
            "recent_words": "words_digest",
            "submission": "key_digest body_digest",
            "text_sighting": "text_digest person_digest",
        },
        _MACHINE: {
            "call": "call_id",
            "erasure": "rows",
            "erasure_confirmation": "rows",
            "mailbox": "failure",
            "reconciliation_result": "result",
            "submission": "traceparent",
        },
        "amounts, products and regions, by which figures are grouped": {"purchase": "facts"},
    },
    "routing": {
        _CONFIGURED: {
            "candidate_snapshot": "content",
            "decision_batch": "algorithm pool",
            "holiday_calendar": "key content",
            "pipeline": "key name stages terms",
            "pipeline_version": "pipeline actor content",
            "pool": "key name rules policy shadow_policy",
            "pool_member": "pool",
            "pool_version": "pool actor content",
            "shadow_decision": "pool",
            "webhook": "name url types pools headers secret previous_secret disabled_reason",
        },
        _EMPLOYEES: {
            "calendar": "content holidays",
            "departure": "destination reason actor state pools supervises",
            "departure_lead": "outcome",
            "manager": "name email time_zone skills languages regions products status duty"
            " duty_plan",
        },
        _LISTED: {
            "assignment": "tier outcome",
            "decision": "reason",
            "lead": "pipeline pool stage state priority_class channel language expected_currency"
            " currency parked_reason",
            "lead_inquiry": "channel priority_class language",
            "lead_stage": "stage from_stage state",
            "shadow_decision": "reason",
            "webhook_delivery": "type topic key outcome",
            "webhook_pending": "topic key",
        },
        "names of what a pipeline asks for, never what was answered": {"lead_stage": "facts"},
        "what leads are decided and counted by: regions, products, campaigns": {
            "decision": "inputs",
            "lead": "region product facts",
        },
        _WHO: {"lead_stage": "actor", "idempotent_answer": "actor"},
        _DIGESTS: {"idempotent_answer": "key_sha256 request_sha256"},
    },
    "history": {
        _CONFIGURED: {
            "contact_field": "field",
            "field_definition": "key name type options",
            "segment": "name filter time_zone",
            "segment_version": "name filter time_zone",
            "tag_definition": "key name",
        },
        _LISTED: {
            "activity": "kind direction",
            "card": "channels languages open_stages stages_reached consents purposes"
            " do_not_contact",
            "lead": "state pipeline stage currency",
            "segment_export": "format state",
            "timeline_entry": "kind channel",
        },
        _FIGURES: {
            "card": "regions products campaigns sums",
            "card_purchase": "currency product",
            "timeline_entry": "open_facts",
        },
        _WHO: {
            "activity": "actor",
            "contact_field": "set_by",
            "contact_tag": "set_by",
            "field_definition": "changed_by",
            "segment": "changed_by",
            "segment_export": "actor",
            "segment_version": "actor",
            "tag_definition": "changed_by",
            "timeline_entry": "actor",
        },
        _DIGESTS: {"activity": "key_digest body_digest"},
        "hashes of a chain, which tell nothing of the words once their salt is gone": {
            "chain_day": "root hash",
            "chain_link": "digest hash personal",
            "seal": "root",
        },
        _MACHINE: {"activity": "traceparent"},
        "generated from the name and the company beside it": {"card": "latin"},
        "people who work here": {"manager_name": "name"},
    },
    "kpi": {
        _CONFIGURED: {
            "goal": "name measure unit time_zone axis key challenge kind reason",
            "potential": "product assumption",
            "opinion_poll": "name axis key cancel_reason",
            "territory": "name region country",
            "territory_fact": "product source",
            "alert_rule": "name indicator axis key comparison against currency",
            "budget": "ad_channel currency",
            "loyalty_list": "name kind seed criteria time_zone currency",
            "loyalty_approach": "reason",
            "corrected_inquiry": "source_key",
            "inquiry": "source_key",
            "motivation_target": "subject measure currency",
            "pay_scheme": "name terms",
            "plan": "name currency party rule",
            "plan_threshold": "measure axes",
            "report": "name sections every time_zone files",
            "spend": "source_key ad_channel campaign currency",
            "spend_sum": "unit source_key ad_channel campaign currency",
        },
        _LISTED: {
            "forecast": "measure step axis currency time_zone",
            "forecast_method": "name",
            "forecast_voice": "kind",
            "opinion_poll": "kind measure currency",
            "potential": "measure currency",
            "territory_fact": "kind currency",
            "alert_delivery": "way telling outcome",
            "corrected_inquiry": "channel language priority_class",
            "inquiry": "channel language priority_class",
            "inquiry_change": "channel language priority_class members",
            "lead": "channel pipeline pool priority_class stage",
            "lead_event": "kind stage deadline currency",
            "lead_story": "channel pipeline pool priority_class stage currency",
            "coordination": "measure origin state",
            "coordination_change": "state",
            "plan_block": "measure",
            "plan_change": "kind measure",
            "plan_lock": "measure",
            "plan_value": "axis",
            "plan_version": "state",
            "report_delivery": "way outcome",
            "sale_day": (
                "currency_names order_currency_names origin_currency_names seller_currency_names"
            ),
            "sale": "currency joined_by",
            "sale_event": "kind says currency",
            "arrival_sum": "unit",
            "credit": "currency",
            "credit_sum": "unit currency",
            "sale_sum": "unit currency",
            "segment": "channel",
            "touch": "kind",
        },
        _FIGURES: {
            "corrected_inquiry": _CAMPAIGN,
            "counter": "axis value currency",
            "counter_gain": "axis value currency",
            "counter_sum": "axis value currency",
            "day_counter": "axis value currency",
            "lead_day": _LEAD_DAY,
            "load_part": "sums",
            "load_sum": "peaks",
            "duration_gain": "measure value",
            "duration_sum": "measure value",
            "forecast": "key",
            "inquiry": _CAMPAIGN,
            "inquiry_change": _CAMPAIGN,
            "lead_story": "apart arrivals campaign region product holdings visits",
            "attainment": "subject",
            "pay_sale": "product",
            "pay_statement": "facts lines",
            "pay_what_if_row": "present_currency",
            "sale_day": _SALE_DAY,
            "sale": "product region origins",
            "plan": "season begun_as",
            "coordination": "cut cut_digest bridge",
            "plan_block": "lines cells past totals",
            "plan_change": "node",
            "plan_lock": "node",
            "plan_value": "value",
            "sale_event": "product region",
            "segment": "ad_channel campaign region product",
        },
        "by it a win and its order stay one sale": {"sale_event": "order_digest"},
        "a secret by which nobody answers twice": {"opinion_poll": "salt"},
        "told anew from the facts, when these are blanked": {"lead_story": "loss_reason"},
        _EMPLOYEES: {
            "goal": "owner",
            "coordination": "owner",
            "coordination_change": "owner",
            "opinion_answer": "name",
            "manager": "name calendar time_zone",
            "manager_status": "status",
            "recipient": "name mails url secret language time_zone",
            "alert_delivery": "open_mails",
            "report_delivery": "open_mails",
        },
        _WHO: {
            "alert": "acknowledged_by",
            "motivation_target": "author",
            "pay_month": "closed_by",
            "pay_scheme": "created_by approved_by",
            "pay_what_if": "requested_by",
            "alert_rule": "changed_by",
            "coordination": "opened_by",
            "coordination_change": "made_by",
            "plan_threshold": "changed_by",
            "plan": "created_by",
            "plan_change": "made_by",
            "plan_lock": "made_by",
            "plan_version": "made_by approved_by",
            "goal": "changed_by",
            "budget": "author",
            "loyalty_list": "made_by",
            "loyalty_approach": "requested_by",
            "opinion_poll": "made_by closed_by",
            "potential": "changed_by",
            "territory": "changed_by",
            "territory_fact": "author",
            "forecast": "made_by",
            "recipient": "changed_by",
            "report": "changed_by",
            "spend": "author",
        },
        "why somebody who works here changed a plan, and what is done about it": {
            "coordination": "cause action result",
            "coordination_change": "cause action result reason",
            "plan_change": "reason",
            "plan_lock": "reason",
        },
        "names of rules, managers and sources, with figures": {
            "alert": "rule_name indicator axis key label",
            "alert_delivery": "words facts",
            "alert_watch": "key",
        },
        _MACHINE: {"alert_delivery": "error", "report_delivery": "error"},
    },
    "messaging": {
        _MACHINE: {
            "acknowledged": "cluster_id topic",
            "erasure_receipt": "rows",
            "held": "topic key reason headers",
            "in_flight": "loop holder items suspects",
            "journal": "topic key type source traceparent",
            "journal_cursor": "producer topic",
            "leader_lease": "name holder",
            "process_mark": "holder",
            "reconciliation_digest": "account step",
            "reconciliation_mark": "ledger",
            "seen": "topic key",
            "stream": "topic key",
        },
    },
}
