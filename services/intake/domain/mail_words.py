"""What mail programs write in ten languages: prefixes of subjects, headers, announcements."""

import re
from typing import Final

REPLY: Final = (
    "re", "ответ", "отв", "на", "aw", "antw", "antwort", "antwoord", "sv", "vs", "odp", "rif", "r",
    "ynt", "yanıt", "cevap", "відп", "відповідь", "rép", "res", "resp", "回复", "答复", "回覆",
)  # fmt: skip
FORWARD: Final = (
    "fwd", "fw", "пересл", "переслано", "пересылка", "пер", "wg", "weitergeleitet", "tr", "rv",
    "reenv", "i", "inoltro", "pd", "przekaz", "ilt", "i̇lt", "enc", "doorst", "vb", "转发", "轉寄",
)  # fmt: skip
_PREFIX = re.compile(
    r"(?:\s{0,5}\[[^\[\]]{1,60}\]){0,3}\s{0,5}([^\W\d_]{1,14}\u0307?[^\W\d_]{0,3})"
    r"\s?(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s?[:：]",
)

# What the lines of a header block stand for, by the names that mail programs give them.
_LINES: Final = {
    "from": ("from", "от", "от кого", "отправитель", "від", "від кого", "відправник", "von", "de",
             "expéditeur", "remitente", "da", "mittente", "od", "nadawca", "kimden", "gönderen",
             "van", "från"),
    "sent": ("sent", "date", "date and time", "отправлено", "дата", "дата и время", "надіслано",
             "відправлено", "gesendet", "datum", "envoyé", "envoyé le", "enviado", "enviado el",
             "fecha", "inviato", "data", "wysłano", "gönderildi", "gönderme tarihi", "tarih",
             "verzonden", "skickat"),
    "to": ("to", "кому", "получатель", "an", "à", "pour", "para", "a", "destinatario", "do",
           "adresat", "kime", "alıcı", "aan", "till"),
    "cc": ("cc", "копия", "копія", "kopie", "copie à", "dw", "kopia", "bilgi", "kopya", "ccn",
           "bcc", "reply-to", "ответить", "antwort an"),
    "subject": ("subject", "тема", "betreff", "objet", "sujet", "asunto", "oggetto", "temat",
                "konu", "assunto", "onderwerp", "ämne"),
}  # fmt: skip
HEADER_LINE: Final = {name: kind for kind, names in _LINES.items() for name in names}

# The verb of "… wrote:", before or after the name.
WROTE: Final = (
    r"wrote|writes|пишет|пишут|(?:на)?писала?(?:\([аи]\))?|(?:на)?писали|пише|пишуть|"
    r"(?:на)?писав(?:\(ла\))?|(?:на)?писав/ла|schrieb|schreibt|a écrit|écrit|écrivait|escribió|"
    r"escribe|ha scritto|scrive|scriveva|napisała?(?:\([ał]+\))?|napisał\(a\)|pisze|"
    r"şunu yazdı|şunları yazdı|yazdı|escreveu|schreef|skrev"
)
_OF_FORWARDS = (
    r"forwarded message|begin forwarded message|пересылаемое сообщение|пересылаемое письмо|"
    r"пересланное сообщение|пересланное письмо|перенаправленное сообщение|"
    r"начало переадресованного сообщения|начало пересылаемого сообщения|переслане повідомлення|"
    r"пересланий лист|початок пересланого повідомлення|перенаправлене повідомлення|"
    r"weitergeleitete nachricht|anfang der weitergeleiteten nachricht|"
    r"ursprünglich weitergeleitete nachricht|message transféré|message transmis|"
    r"début du message transféré|début du message réexpédié|mensaje reenviado|"
    r"inicio del mensaje reenviado|messaggio inoltrato|inizio messaggio inoltrato|"
    r"wiadomość przekazana|treść przekazanej wiadomości|przekazana wiadomość|"
    r"początek przekazywanej wiadomości|iletilen ileti|iletilen mesaj|yönlendirilmiş ileti|"
    r"ileti iletildi|yönlendirilen iletinin başlangıcı|doorgestuurd bericht|mensagem encaminhada"
)
_OF_ORIGINALS = (
    r"original message|original-nachricht|ursprüngliche nachricht|originalnachricht|"
    r"исходное сообщение|исходное письмо|оригинальное сообщение|початкове повідомлення|"
    r"оригінальне повідомлення|вихідне повідомлення|message d'origine|message original|"
    r"mensaje original|messaggio originale|wiadomość oryginalna|oryginalna wiadomość|"
    r"orijinal ileti|özgün ileti|orijinal mesaj|oorspronkelijk bericht|mensagem original|"
    r"ursprungligt meddelande"
)
_FRAME = r"\s{0,9}(?:[-_=*]{2,60}\s{0,9}(?:%s)\s{0,9}:?\s{0,9}[-_=*]{2,60}|(?:%s)\s{0,3}:)\s{0,9}"
FORWARDS: Final = re.compile(_FRAME % (_OF_FORWARDS, _OF_FORWARDS), re.IGNORECASE)
ORIGINAL: Final = re.compile(_FRAME % (_OF_ORIGINALS, _OF_ORIGINALS), re.IGNORECASE)
END_OF_FORWARD: Final = re.compile(
    r"\s{0,9}-{2,60}\s{0,9}(?:end of forwarded message|конец пересылаемого сообщения|"
    r"конец пересылаемого письма|кінець пересланого повідомлення)\s{0,9}-{2,60}\s{0,9}",
    re.IGNORECASE,
)


def subject_kind(subject: str | None) -> str | None:
    """What the first prefix of a subject says: reply or forward; None without such a prefix."""
    match = _PREFIX.match(subject[:300]) if subject else None
    word = match[1].lower() if match else ""
    return "reply" if word in REPLY else "forward" if word in FORWARD else None
