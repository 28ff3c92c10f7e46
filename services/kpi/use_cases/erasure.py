"""Erasures in kpi, whose tables hold nothing personal: facts are ids, times, counts and words of
lists. Only what is held may name somebody.
"""

from shared.messaging.consumer.erasures import Forgetting, no_streams, nothing_to_blank

FORGETTING = Forgetting(nothing_to_blank, no_streams)
