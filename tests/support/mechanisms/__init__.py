"""The promise table as data: which mechanism keeps which promise, and what it is replaced by.

`docs/promises.md` shows the same table; a test keeps the two in step.
"""

from tests.support.mechanisms.alerts import ALERTS
from tests.support.mechanisms.assigning import ASSIGNING
from tests.support.mechanisms.calls import CALLS
from tests.support.mechanisms.catching_up import CATCHING_UP
from tests.support.mechanisms.customers import CUSTOMERS
from tests.support.mechanisms.deliveries import DELIVERIES
from tests.support.mechanisms.digests import DIGESTS
from tests.support.mechanisms.erasing import ERASING
from tests.support.mechanisms.fetching import FETCHING
from tests.support.mechanisms.finding import FINDING
from tests.support.mechanisms.forecasts import FORECASTS
from tests.support.mechanisms.forms import FORMS
from tests.support.mechanisms.history_kpi import HISTORY_AND_KPI
from tests.support.mechanisms.identity import IDENTITY
from tests.support.mechanisms.intake import INTAKE
from tests.support.mechanisms.leases import LEASES
from tests.support.mechanisms.load import LOAD
from tests.support.mechanisms.log import LOG
from tests.support.mechanisms.loyalty import LOYALTY
from tests.support.mechanisms.mail_doors import MAIL_DOORS
from tests.support.mechanisms.mails import MAILS
from tests.support.mechanisms.mechanism import Mechanism
from tests.support.mechanisms.messaging import MESSAGING
from tests.support.mechanisms.money import MONEY
from tests.support.mechanisms.outgoing import OUTGOING
from tests.support.mechanisms.pay import PAY
from tests.support.mechanisms.pipelines import PIPELINES
from tests.support.mechanisms.plans import PLANS
from tests.support.mechanisms.pools import POOLS
from tests.support.mechanisms.processes import PROCESSES
from tests.support.mechanisms.purchases import PURCHASES
from tests.support.mechanisms.recovery import RECOVERY
from tests.support.mechanisms.reports import REPORTS
from tests.support.mechanisms.routing import ROUTING
from tests.support.mechanisms.secrecy import SECRECY
from tests.support.mechanisms.spam import SPAM
from tests.support.mechanisms.timelines import TIMELINES
from tests.support.mechanisms.truth import TRUTH
from tests.support.mechanisms.wire import WIRE
from tests.support.mechanisms.withdrawals import WITHDRAWALS

__all__ = ["MECHANISMS", "Mechanism"]

MECHANISMS: tuple[Mechanism, ...] = (
    *PROCESSES,
    *MESSAGING,
    *CATCHING_UP,
    *RECOVERY,
    *LOG,
    *INTAKE,
    *CALLS,
    *PURCHASES,
    *IDENTITY,
    *MAILS,
    *MAIL_DOORS,
    *FORMS,
    *FETCHING,
    *SPAM,
    *ROUTING,
    *LEASES,
    *ASSIGNING,
    *PIPELINES,
    *OUTGOING,
    *POOLS,
    *HISTORY_AND_KPI,
    *ALERTS,
    *DIGESTS,
    *DELIVERIES,
    *LOAD,
    *MONEY,
    *PAY,
    *PLANS,
    *TRUTH,
    *REPORTS,
    *FORECASTS,
    *WITHDRAWALS,
    *LOYALTY,
    *FINDING,
    *TIMELINES,
    *ERASING,
    *CUSTOMERS,
    *WIRE,
    *SECRECY,
)
