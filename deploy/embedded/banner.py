"""What `up` prints when everything runs."""

import json
import sys

import httpx

from deploy.embedded.environment import SERVICES
from deploy.embedded.state import Folder, Mode

INQUIRY = {
    "channel": "form",
    "contact": {"name": "Анна Петрова", "phones": ["+79161234567"]},
    "text": "Please call me back",
}
NEXT_STEP = """\
  next            nobody works here yet, so leads will wait. Add a manager:
                  curl -sS {url}/routing/v1/managers -H "Authorization: Bearer $(cat {token})" \\
                    -H 'Content-Type: application/json' \\
                    -d '{{"name": "Me", "email": "me@example.com", "pools": ["default"]}}'
                  and put them online, or stop this and run: ./leadflow up --sample
"""


async def _is_empty(url: str, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers, timeout=5.0, trust_env=False) as client:
        answer = await client.get(f"{url}/routing/v1/managers?limit=1")
        return answer.status_code == 200 and not answer.json()["items"]


async def print_banner(folder: Folder, *, url: str, mode: Mode, token: str) -> None:
    body = json.dumps(INQUIRY, ensure_ascii=False)
    curl = (
        f'curl -sS {url}/intake/v1/inquiries -H "Authorization: Bearer $(cat '
        f"{folder.admin_token})\" -H 'Content-Type: application/json' -d '{body}'"
    )
    lines = [
        "",
        f"Leadflow runs at {url}" + (" on Apache Kafka" if mode == "kafka" else ""),
        f"  API pages       {'  '.join(f'{url}/{service}/docs' for service in SERVICES)}",
        f"  admin token     {folder.admin_token}",
        f"  post an inquiry {curl}",
        f"  data and logs   {folder.path}",
    ]
    print("\n".join(lines), flush=True)
    try:
        empty = await _is_empty(url, token)
    except (httpx.HTTPError, ValueError, KeyError):
        empty = False
    if empty:
        print(NEXT_STEP.format(url=url, token=folder.admin_token), end="", flush=True)
    print("  stop            Ctrl-C", flush=True)
    sys.stdout.flush()
