"""Mail that comes as mail: a listener that takes mails for the sources and sends none.

Invariant: 250 after the last byte of a mail is said only after the commit that stores it.
"""
