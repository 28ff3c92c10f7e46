"""What stands around a phone or an address in a text: whose it is, and what is no phone at all."""

import re

NO_PHONE = re.compile(
    r"(?:\b(?:инн|кпп|огрн(?:ип)?|окпо|октмо|оквэд|бик|снилс|iban|swift|bic|vat|ein|nip|regon|pesel|"
    r"krs|siren|siret|tva|ust-?id(?:nr)?|steuer-?nr|hrb|cif|nif|p\.?\s?iva|vkn|tckn|єдрпоу|іпн|мфо|"
    r"ogrn|inn|kpp|vin|imei|guid|uuid|sku|ean|isbn|трек(?:-?номер)?|трекинг|накладн\w{1,3}|"
    r"отправлени[ея]|посылк[аиу]|заказ\w{0,3}|заявк\w{1,2}|договор\w{0,2}|сч[её]т\w{0,2}|"
    r"сч[её]т-фактур\w|чек\w?|полис\w?|паспорт\w{0,2}|карт[аыуе]|артикул\w?|арт|код\w?|лицев\w{2,3}|"
    r"билет\w?|бронь|брони|обращени[ея]|тикет\w?|партия|серия|invoice|order|tracking|track|parcel|"
    r"shipment|ticket|booking|reservation|account|acct|contract|policy|passport|card|reference|"
    r"ref|case|id|bestell\w{0,8}|rechnung\w{0,8}|auftrag\w{0,8}|kundennummer|commande|facture|suivi|"
    r"pedido|factura|ordine|fattura|zamówieni\w|faktur\w|paczk\w|sipariş|fatura|замовленн\w|рахун\w{2,3}|"
    r"замовл\w{2,4}|посилк\w)\b\.?|\b[рк]\s?/\s?с[ч]?\b\.?|\b[рк]\.\s?с\.|\bл/с\b|[№#])"
    r"(?:[\s:.№#=-]|\b(?:номер|number|no|nr|num|n°)\b){0,12}"
    r"[0-9][0-9A-Za-z]{0,40}(?:[ /.-][0-9]{1,20}){0,8}",
    re.IGNORECASE,
)
DATE = re.compile(
    r"\b\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d{2}(?:[,\s]{1,3}(?:в\s|at\s)?\d{1,2}:\d{2}(?::\d{2})?)?\b"
    r"|\b(?:19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2}(?:[T\s]\d{1,2}:\d{2}(?::\d{2})?)?\b"
    r"|\b\d{1,2}:\d{2}(?::\d{2})?\s?[-–—]\s?\d{1,2}:\d{2}\b"
)
WEB = re.compile(r"https?://(?!wa\.me|api\.whatsapp)\S{1,2000}", re.IGNORECASE)
LONG_DIGITS = re.compile(r"(?<![\d+])\d{13,}")
MAIL = re.compile(r"(?<![\w.])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")

# How a writer speaks of what is theirs, and of what is others'; what stands nearer counts.
_NOUN = (
    r"(?:\s{1,3}[\w-]{1,20}){0,2}?\s{1,3}(?:тел|телефон|номер|моб|сот|контакт|почт|адрес|мейл|имейл|e-?mail|"
    r"mail|phone|number|mobile|cell|contact|telefon|handy|nummer|téléphone|portable|numéro|teléfono|"
    r"móvil|número|correo|telefono|cellulare|numero|komórk|numer)"
)
MINE = re.compile(
    r"\b(?:мо[йияею]|моего|моему|моим|свой|my|mine|mein\w{0,2}|mon|ma|mi|mio|mia|m[óo]j|moje|mój|"
    r"мі[йя])\b",
    re.IGNORECASE,
)
MY_POINT = re.compile(rf"{MINE.pattern}{_NOUN}|\b(?:telefonum|numaram)\b", re.IGNORECASE)
THEIR_POINT = re.compile(
    r"\b(?:ваш\w{0,3}|твой|his|her|their|your|ihre?\w?|votre|su|vostr\w|его|е[её]|их|wasz\w{0,3})\b"
    + _NOUN,
    re.IGNORECASE,
)
ASKS_TO_CALL = re.compile(
    r"\b(?:по|пере|за|на|пере)?(?:звоните|бер[иі]те|пишите|дзвоніть|телефонуйте)|\bсвяжитесь|\bответьте|"
    r"\bперезвони|\b(?:call|ring|text|reach|contact)\s+(?:me|us)|\brufen\ssie|\bmelden\ssie|\bappelez|"
    r"\bllámeme|\bllámenme|\bchiamatemi|\bzadzwońcie|\bproszę\so\skontakt|\bbeni\sarayın",
    re.IGNORECASE,
)
OTHERS = re.compile(
    r"\b(?:ваш\w{0,3}|твой|вам|вас|your?|yours|her|his|their|him|them|ihr\w{0,2}|votre|vos|su|sus|vostr\w|"
    r"wasz\w{0,3}|ваш\w{0,3}|sizin|"
    r"его|е[её]|их|менеджер\w{0,3}|сосед\w{0,4}|коллег\w{0,3}|офис\w{0,2}|салон\w{0,2}|директор\w{0,3}|"
    r"магазин\w{0,2}|сайт\w{0,2}|указан\w{0,2}|звонил\w{0,1}|звонили|звоню|набирал\w?|дозвон\w{2,10}|"
    r"поставщик\w{0,3}|бухгалтер\w{0,3}|друг\w{0,2}|муж\w?|жен[аыуе]|сын\w?|"
    r"manager|office|website|site|called|calling|dialled|dialed|rang|neighbou?r|colleague|supplier|"
    r"factory|hotline|горяч\w{2,3}|поддержк\w|факс\w?|fax|telefax|faks|"
    r"angerufen|appelé|llam[ée]|chiamato)\b",
    re.IGNORECASE,
)
INTRODUCES = re.compile(
    r"\b(?:тел|телефон\w{0,3}|моб|мобильн\w{2}|сот|сотов\w{2}|номер\w{0,2}|позвон\w{2,4}|перезвон\w{1,5}|"
    r"звон\w{2,4}|набер\w{2,4}|набрать|связ\w{2,8}|свяж\w{2,6}|контакт\w{0,3}|пиш\w{2,3}|напиш\w{2,4}|"
    r"ответ\w{2,4}|почт\w{1,2}|мейл|имейл|емейл|e-?mail|mail|ватсап\w?|вотсап\w?|вацап\w?|viber|вайбер\w?|"
    r"whats\s?app|telegram|телеграм\w{0,2}|phone|tel|telephone|mobile|mob|cell|number|call|ring|text|"
    r"reach|contact\w{0,3}|write|reply|telefon\w{0,6}|handy\w{0,6}|rufnummer|nummer|anruf\w{0,3}|rufen|"
    r"téléphone|portable|appel\w{1,4}|numéro|joindre|teléfono|móvil|llám\w{2,4}|llam\w{2,4}|número|"
    r"telefono|cellulare|chiama\w{0,4}|numero|recapito|komórk\w|numer\w?|zadzwo\w{1,4}|dzwoni\w{1,3}|"
    r"cep|ara\w{0,6}|numara\w?|зателефон\w{2,5}|передзвон\w{2,5}|дзвон\w{2,4}|пошт\w|[мтpmt]\s?:)"
    r"|[☎📞📱✆✉📧]",
    re.IGNORECASE,
)
CLOSES = re.compile(
    r"\s{0,9}(?:--\s?|[_–—-]{3,}\s{0,3}|(?:с\s(?:наилучшими\s|большим\s)?(?:уважением|пожеланиями)|"
    r"с\sув|з\sповагою|best|(?:best|kind|warm)?\s?regards|sincerely|cheers|thanks?(?:\syou)?|"
    r"yours\s\w{1,12}|спасибо|заранее\sспасибо|благодарю|"
    r"mit\sfreundlichen\sgrüßen|mfg|viele\sgrüße|(?:bien\s)?cordialement|saludos|un\ssaludo|"
    r"(?:cordiali\s)?saluti|pozdrawiam|z\spoważaniem|saygılarımla|iyi\sçalışmalar|дякую)"
    r"[\s!,.:]{0,4}(?:\S{1,30}\s?){0,4})\s{0,9}",
    re.IGNORECASE,
)
