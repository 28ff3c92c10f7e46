"""Any other sender: declared shapes, signatures that many share, and the product's own body."""

from services.intake.channels.generic import csv_import, generic_json, native

CHANNELS = (generic_json.CHANNEL, csv_import.CHANNEL, native.CHANNEL)
