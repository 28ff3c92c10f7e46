"""Pay over HTTP."""

from services.kpi.routes.motivation import schemes, statements, targets, what_ifs

ROUTERS = (targets.router, schemes.router, what_ifs.router, statements.router)
