"""What history's processes are built from."""

from services.history.handlers import apply
from services.history.repository.projections import clear
from services.history.repository.reconciliation import INQUIRIES
from services.history.routes import (
    activities,
    contacts,
    labels,
    search,
    segment_exports,
    segments,
    story,
    tasks,
    timelines,
    verification,
)
from services.history.settings import Settings
from services.history.use_cases.activities import ASSIGNED, settle_loop
from services.history.use_cases.cards.refresh import cards_loop, consumed_until
from services.history.use_cases.chain.seal import seal_loop
from services.history.use_cases.erasure import FORGETTING
from services.history.use_cases.months import months_loop
from services.history.use_cases.restore import restore
from services.history.use_cases.search.indexing import index_loop, show_waiting
from shared.service import Service
from shared.web.reconciliation import reconciliation_router

HISTORY = Service(
    name="history",
    description="Timelines of leads and contacts, activities of managers, the customer base.",
    settings=Settings,
    routers=(
        *(timelines.router, verification.router, activities.router, tasks.router),
        *(search.router, story.router),
        *(contacts.router, labels.router, segments.router, segment_exports.router),
        reconciliation_router(INQUIRIES),
    ),
    channels=(ASSIGNED,),
    handle=apply,
    clear=clear,
    forgetting=FORGETTING,
    restore=restore,
    leading=lambda parts: [
        settle_loop(parts.database, clock=parts.clock),
        index_loop(parts.database),
        seal_loop(parts.database, clock=parts.clock),
        months_loop(parts.database, clock=parts.clock),
        cards_loop(
            parts.database,
            clock=parts.clock,
            walked_until=lambda: consumed_until(parts.walks),
        ),
    ],
    ledgers=(INQUIRIES,),
    counts=(show_waiting,),
    audits_reads=True,
    pace_seconds=0.4,  # timelines are not urgent: a pause makes larger batches
)
