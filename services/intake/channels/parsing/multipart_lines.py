"""Multipart bodies of simple senders, whose lines are not those that the standard asks for."""


def with_usual_lines(body: bytes, boundary: bytes) -> bytes:
    """The body from its first part on, with CRLF where its sender ends lines by LF alone."""
    line = b"--" + boundary
    start = body.find(line)
    if start < 0:
        return body
    if start and body[start - 1] != 0x0A:  # the words before it only name the boundary
        start = body.find(b"\n" + line, start) + 1
    first = body[start:] if start > 0 else body
    if not first.startswith(line + b"\n"):
        return first
    return first.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
