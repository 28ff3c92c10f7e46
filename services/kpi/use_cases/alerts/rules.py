"""Configures the rules by which indicators are watched."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.kpi.domain.alerts.indicators import AXES_OF_LOAD, Origin, Unit
from services.kpi.domain.alerts.rules import Rule
from services.kpi.repository.alerts import rules
from services.kpi.repository.alerts.rules import KeptRule
from services.kpi.repository.deliveries import recipients
from services.kpi.use_cases.errors import TooManyRulesError, require_version
from shared.database import Session
from shared.errors import InvalidError

ALERTS = "alerts"  # the wake-up of those who watch and tell
MAX_RULES = 200
_AXES_OF_IDS = frozenset({"source", "manager"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTerms:
    """Who is told of a rule, and whether of its end too."""

    recipient_ids: Sequence[UUID]
    tell_resolved: bool
    active: bool


async def create_rule(
    session: Session, rule: Rule, terms: RuleTerms, *, actor: str, now: datetime
) -> KeptRule:
    """Raises InvalidError, TooManyRulesError."""
    if await rules.count_rules(session) >= MAX_RULES:
        raise TooManyRulesError(f"There are {MAX_RULES} rules already.")
    item = await _kept_rule(session, rule, terms, version=1, actor=actor, now=now)
    await rules.add_rule(session, item)
    session.notify_after_commit(ALERTS)
    return item


async def replace_rule(
    session: Session, rule: Rule, terms: RuleTerms, *, version: int, actor: str, now: datetime
) -> KeptRule:
    """A rule that says something else begins anew. Raises InvalidError, NotFoundError,
    StaleVersionError.
    """
    row = await rules.get_rule(session, rule.rule_id, lock=True)
    require_version(row.version, version)
    item = await _kept_rule(session, rule, terms, version=version + 1, actor=actor, now=now)
    if replace(row.rule, name=rule.name) != item.rule or not terms.active:
        await rules.clear_watches(session, rule.rule_id, now=now)
    await rules.change_rule(session, item)
    session.notify_after_commit(ALERTS)
    return item


async def delete_rule(session: Session, rule_id: UUID, *, now: datetime) -> None:
    """Its alerts end, and stay in the list. Raises NotFoundError."""
    await rules.get_rule(session, rule_id, lock=True)
    await rules.clear_watches(session, rule_id, now=now)
    await rules.delete_rule(session, rule_id)


async def _kept_rule(
    session: Session, rule: Rule, terms: RuleTerms, *, version: int, actor: str, now: datetime
) -> KeptRule:
    present = await recipients.find_recipients(session, terms.recipient_ids)
    unknown = [
        (f"/recipient_ids/{place}", "there is no such recipient")
        for place, recipient_id in enumerate(terms.recipient_ids)
        if recipient_id not in present
    ]
    if unknown:
        raise InvalidError("A recipient is not known.", errors=unknown)
    return KeptRule(
        rule=_with_its_key(rule),
        recipient_ids=tuple(dict.fromkeys(terms.recipient_ids)),
        tell_resolved=terms.tell_resolved,
        active=terms.active,
        version=version,
        changed_at=now,
        changed_by=actor,
    )


def _with_its_key(rule: Rule) -> Rule:
    """The rule with its key as measures have it. Raises InvalidError for a rule without a sense."""
    errors, key = [], rule.key
    if key is not None and rule.axis == "company":
        errors.append(("/key", "the company has none"))
    if key is not None and rule.axis in _AXES_OF_IDS:
        try:
            key = str(UUID(key))
        except ValueError:
            errors.append(("/key", f"is the id of a {rule.axis}"))
    if (rule.measured.unit is Unit.MONEY) != (rule.currency is not None):
        is_lacking = rule.currency is None
        detail = "is required with an amount" if is_lacking else "is for amounts alone"
        errors.append(("/currency", detail))
    if rule.measured.origin is Origin.LOAD:
        if rule.axis not in AXES_OF_LOAD:
            errors.append(("/axis", f"of load is one of: {', '.join(sorted(AXES_OF_LOAD))}"))
        if rule.is_change:
            errors.append(("/comparison", "of load is above or below: it is that of now"))
    if errors:
        raise InvalidError("The rule makes no sense.", errors=errors)
    return replace(rule, key=key)
