"""The byte in which a day of sales keeps what is so of a sale, in SQL."""

from typing import Final

from services.kpi.domain.sale_columns.stretches import JOINED, RETURNING

_BITS: Final = {
    RETURNING: "s.number > 1",
    JOINED: "s.joined_by IS NOT NULL",
}
_NUMBER: Final = " + ".join(f"CASE WHEN {sql} THEN {bit} ELSE 0 END" for bit, sql in _BITS.items())
SIGN: Final = f"set_byte(CAST('\\x00' AS bytea), 0, {_NUMBER})"
