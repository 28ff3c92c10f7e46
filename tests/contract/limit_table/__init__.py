"""The limits, chapter by chapter, in the order in which a request meets them."""

from tests.contract.limit_table.alerts import ALERTS
from tests.contract.limit_table.calendars import CALENDARS
from tests.contract.limit_table.calls import CALLS
from tests.contract.limit_table.content import CONTENT
from tests.contract.limit_table.customers import CUSTOMERS
from tests.contract.limit_table.digests import DIGESTS
from tests.contract.limit_table.exchanges import EXCHANGES
from tests.contract.limit_table.fetched import FETCHED
from tests.contract.limit_table.forecasts import FORECASTS
from tests.contract.limit_table.history import HISTORY
from tests.contract.limit_table.identity import IDENTITY
from tests.contract.limit_table.load import LOAD
from tests.contract.limit_table.loyalty import LOYALTY
from tests.contract.limit_table.mails import MAILS
from tests.contract.limit_table.money import MONEY
from tests.contract.limit_table.outgoing import OUTGOING
from tests.contract.limit_table.pay import PAY
from tests.contract.limit_table.pipelines import PIPELINES
from tests.contract.limit_table.plans import PLANS
from tests.contract.limit_table.pools import POOLS
from tests.contract.limit_table.requests import REQUESTS
from tests.contract.limit_table.spam import SPAM
from tests.contract.limit_table.unseen import UNSEEN

__all__ = ["CHAPTERS", "UNSEEN"]

CHAPTERS = (
    *REQUESTS,
    *MAILS,
    *CONTENT,
    *IDENTITY,
    *FETCHED,
    *EXCHANGES,
    *CALLS,
    *SPAM,
    *CALENDARS,
    *OUTGOING,
    *PIPELINES,
    *POOLS,
    *ALERTS,
    *DIGESTS,
    *LOAD,
    *MONEY,
    *FORECASTS,
    *PAY,
    *PLANS,
    *LOYALTY,
    *HISTORY,
    *CUSTOMERS,
)
