"""Kpi's first schema: messaging's tables and its own."""

from alembic import op

from services.kpi.migrations.alerts import TABLES as ALERTS
from services.kpi.migrations.coordination import COORDINATION
from services.kpi.migrations.digests import DIGESTS
from services.kpi.migrations.facts import FACTS
from services.kpi.migrations.forecasts import FORECASTS
from services.kpi.migrations.goals import GOALS
from services.kpi.migrations.load import LOAD
from services.kpi.migrations.loyalty import LOYALTY
from services.kpi.migrations.marketing import MARKETING
from services.kpi.migrations.money import MONEY
from services.kpi.migrations.motivation import MOTIVATION
from services.kpi.migrations.opinions import OPINIONS
from services.kpi.migrations.paths import PATHS
from services.kpi.migrations.plans import PLANS
from services.kpi.migrations.rollups import ROLLUPS
from services.kpi.migrations.stories import STORIES
from services.kpi.migrations.territories import TERRITORIES
from shared.messaging.schema import MESSAGING_V1
from shared.reconciliation.schema import FORGET_ALL, Marking, update_of

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MARKS = Marking(
    "inquiry",
    ledger="inquiries",
    moment="received_at",
    rows=(update_of("inquiry_id", "received_at"),),
)


def upgrade() -> None:
    tables = (
        *FACTS, *STORIES, *ROLLUPS, *LOAD, *MONEY, *PATHS, *ALERTS, *MOTIVATION, *PLANS,
        *FORECASTS, *GOALS, *COORDINATION, *LOYALTY, *MARKETING, *DIGESTS,
        *TERRITORIES, *OPINIONS,
    )  # fmt: skip
    for statement in (*MESSAGING_V1, *tables, FORGET_ALL, *MARKS.ddl()):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("the first tables are not taken away")
