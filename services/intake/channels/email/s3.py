"""Addresses of objects in S3 that carry their own proof, by AWS Signature Version 4.

Valid for a week from `now`, so that one made at a mail's receipt serves every later try.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Final
from urllib.parse import quote

VALID_SECONDS: Final = 7 * 86_400  # the longest that S3 takes


def place_of(bucket: str, key: str, *, region: str) -> tuple[str, str]:
    """Host and path of an object; the bucket stands in the path, since it may hold capitals."""
    host = f"s3.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")
    return host, f"/{quote(bucket, safe='')}/{quote(key, safe='/')}"


def presigned(
    host: str,
    path: str,
    *,
    region: str,
    access_key_id: str,
    secret: str,
    now: datetime,
    seconds: int = VALID_SECONDS,
) -> str:
    """The address of a GET that is allowed for so long; `now` in UTC."""
    day, moment = f"{now:%Y%m%d}", f"{now:%Y%m%dT%H%M%SZ}"
    scope = f"{day}/{region}/s3/aws4_request"
    query = "&".join(
        f"{name}={quote(value, safe='')}"
        for name, value in (
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", f"{access_key_id}/{scope}"),
            ("X-Amz-Date", moment),
            ("X-Amz-Expires", str(seconds)),
            ("X-Amz-SignedHeaders", "host"),
        )
    )
    request = f"GET\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
    proof = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request", text):
        proof = hmac.digest(proof, part.encode(), "sha256")
    return f"https://{host}{path}?{query}&X-Amz-Signature={proof.hex()}"
