"""Mischief in multipart forms: their parts, their heads and the types that announce them."""

from tests.attacks.reading.row import Hostile, between, flood

MULTIPART = "multipart/form-data; boundary=b"
LONG_BOUNDARY = "b" * 70


def part(head: str, content: str = "a") -> str:
    return f"--b\r\n{head}\r\n\r\n{content}\r\n"


_PART = part('Content-Disposition: form-data; name="a"')
MULTIPARTS: dict[str, Hostile] = {
    "parts": between("", _PART, "--b--\r\n"),
    "empty parts": flood("--b\r\n\r\n\r\n"),
    "boundaries only": flood("--b\r\n"),
    "almost boundaries": between(_PART, "\r\n--c", "\r\n--b--\r\n"),
    "beginnings of boundaries": between(_PART, "\r\n--", "\r\n--b--\r\n"),
    "carriage returns": between(_PART.rstrip(), "\r", "\r\n--b--\r\n"),
    "line ends": between(_PART.rstrip(), "\r\n", "\r\n--b--\r\n"),
    "dashes": between(_PART.rstrip(), "-", "\r\n--b--\r\n"),
    "before the first": between("", "\r\n", _PART + "--b--\r\n"),
    "after the last": between(_PART + "--b--", "\r\n"),
    "many headers": between("--b\r\n", "a: b\r\n", "\r\n\r\na\r\n--b--\r\n"),
    "one long header": between("--b\r\nContent-Disposition: form-data; name=", "a"),
    "header parameters": lambda n: (
        part("Content-Disposition: form-data; name=a" + ";" * 4000) * (n // 4100 + 1) + "--b--"
    ),
    "quoted parameters": lambda n: (
        part("Content-Disposition: form-data; name=a" + ';a="\\"' * 660) * (n // 4100 + 1) + "--b--"
    ),
    "content types": lambda n: (
        part('Content-Disposition: form-data; name="a"\r\nContent-Type: ' + "charset= " * 400)
        * (n // 3700 + 1)
        + "--b--"
    ),
}
TYPES: dict[str, Hostile] = {
    "semicolons": between("multipart/form-data", ";", "boundary=b"),
    "quotes": between("multipart/form-data; a=", '"', "; boundary=b"),
    "quoted pairs": between('multipart/form-data; a="', '\\"', "; boundary=b"),
    "parameters": between("multipart/form-data", ";a=b", "; boundary=b"),
    "charsets": between("text/plain; ", "charset "),
    "blanks": between("multipart/form-data;", " ", "boundary=b"),
}
