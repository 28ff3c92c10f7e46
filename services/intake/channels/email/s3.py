"""Addresses of objects in S3 that carry their own proof, by AWS Signature Version 4.

Valid for a week from `now`, so that one made at a mail's receipt serves every later try.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Final
from urllib.parse import quote

VALID_SECONDS: Final = 7 * 86_400  # the longest that S3 takes


def presigned(
    bucket: str, key: str, *, region: str, access_key_id: str, secret: str, now: datetime
) -> str:
    """The address of a GET; `now` in UTC."""
    host = f"s3.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")
    path = f"/{quote(bucket, safe='')}/{quote(key, safe='/')}"
    day, moment = f"{now:%Y%m%d}", f"{now:%Y%m%dT%H%M%SZ}"
    scope = f"{day}/{region}/s3/aws4_request"
    query = "&".join(
        f"{name}={quote(value, safe='')}"
        for name, value in (
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", f"{access_key_id}/{scope}"),
            ("X-Amz-Date", moment),
            ("X-Amz-Expires", str(VALID_SECONDS)),
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
