"""The table: every hostile generator of every reader. A new reader registers its own here."""

from tests.attacks.reading.adapters import ADAPTERS
from tests.attacks.reading.bodies import BODIES
from tests.attacks.reading.budgets import BUDGET_TABLES
from tests.attacks.reading.calendars import CALENDARS
from tests.attacks.reading.exchanges import EXCHANGES
from tests.attacks.reading.files import FILES
from tests.attacks.reading.filters import SEGMENTS
from tests.attacks.reading.form_adapters import FORM_READERS
from tests.attacks.reading.judgement import JUDGEMENT
from tests.attacks.reading.letters import LETTERS
from tests.attacks.reading.mail_hooks import HOOKS
from tests.attacks.reading.mails import MAILS
from tests.attacks.reading.plans import PLAN_FILES
from tests.attacks.reading.points import POINTS
from tests.attacks.reading.receivers import RECEIVERS
from tests.attacks.reading.row import Row
from tests.attacks.reading.rules import RULES
from tests.attacks.reading.searches import SEARCHES
from tests.attacks.reading.spend import SPEND_TABLES
from tests.attacks.reading.tables import TABLES
from tests.attacks.reading.targets import TARGET_TABLES
from tests.attacks.reading.territories import TERRITORY_TABLES
from tests.attacks.reading.tracking import TRACKING
from tests.attacks.reading.words import WORDS

TABLE: tuple[Row, ...] = (
    *WORDS,
    *POINTS,
    *BODIES,
    *MAILS,
    *LETTERS,
    *HOOKS,
    *ADAPTERS,
    *EXCHANGES,
    *TRACKING,
    *FORM_READERS,
    *FILES,
    *TABLES,
    *SPEND_TABLES,
    *TARGET_TABLES,
    *PLAN_FILES,
    *BUDGET_TABLES,
    *TERRITORY_TABLES,
    *JUDGEMENT,
    *RECEIVERS,
    *CALENDARS,
    *RULES,
    *SEARCHES,
    *SEGMENTS,
)
