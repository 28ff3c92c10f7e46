"""Mailboxes that are looked into by IMAP: each by itself, so that a dead server delays nobody.

Nothing is deleted there, nothing is marked unless a source asks for it.
"""
