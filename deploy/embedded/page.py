"""The plain page at the root: where everything is, in Russian and English."""

import base64
import hashlib

from starlette.responses import HTMLResponse, Response

from shared.web.problems import problem

SERVICES = {
    "intake": ("приём обращений", "takes inquiries in"),
    "routing": ("распределение", "gives leads to managers"),
    "history": ("история", "remembers everything"),
    "kpi": ("показатели", "counts"),
}
METHODS = ("GET", "HEAD")
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}"
    "td{padding:.2rem 1rem .2rem 0}h1{margin-bottom:0}section{margin-top:2rem}"
    # On a phone a service's links stand below its name.
    "@media(max-width:40rem){tr{display:block;margin-bottom:.8rem}td{display:inline-block}}"
)


def _rows(language: int) -> str:
    words = (("описание API", "живость", "готовность"), ("API", "liveness", "readiness"))[language]
    return "".join(
        f"<tr><td><b>{name}</b></td><td>{about[language]}</td>"
        f'<td><a href="/{name}/docs">{words[0]}</a></td>'
        f'<td><a href="/{name}/openapi.json">OpenAPI</a></td>'
        f'<td><a href="/{name}/health/live">{words[1]}</a></td>'
        f'<td><a href="/{name}/health/ready">{words[2]}</a></td></tr>'
        for name, about in SERVICES.items()
    )


def _html() -> str:
    return (
        '<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Leadflow</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        "<h1>Leadflow</h1>"
        '<section lang="ru"><p>Каждое обращение сохранено, у каждого есть ответственный, '
        "всё запомнено и посчитано один раз.</p>"
        f"<table>{_rows(0)}</table>"
        "<p>Ключ администратора лежит в файле <code>admin.token</code> папки данных. "
        "Описание и первые шаги — в файле <code>README.md</code>.</p></section>"
        '<section lang="en"><p>Every inquiry is kept, owned, remembered and counted once.</p>'
        f"<table>{_rows(1)}</table>"
        "<p>The administrator's token lies in <code>admin.token</code> of the data folder. "
        "The guide and the first steps are in <code>README.md</code>.</p></section>"
        "</body></html>"
    )


def _headers() -> dict[str, str]:
    """The page's own style is named by its digest; nothing else may be loaded or run."""
    style = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{style}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def front_page(path: str, method: str) -> Response:
    """The page, and refusals as problem documents for whatever else is asked of the root."""
    if path != "/":
        names = ", ".join(f"/{name}" for name in SERVICES)
        response = problem(404, "http", f"Nothing is here. The services are under {names}.")
    elif method not in METHODS:
        response = problem(405, "http", f"This page takes {' and '.join(METHODS)}.")
        response.headers["Allow"] = ", ".join(METHODS)
    else:
        response = HTMLResponse(_html())
    response.headers.update(_headers())
    return response
