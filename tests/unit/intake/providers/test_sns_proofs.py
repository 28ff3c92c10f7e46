"""SNS's own messages: what its signature covers, and where its certificate may lie."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels import CHANNELS, evidence_of
from services.intake.channels.email import ses_sns
from services.intake.domain.requests import Unauthenticated
from tests.unit.intake.providers.test_mail_proofs import MESSAGES, Proof, flipped, sns_request
from tests.unit.intake.samples import source


@given(message=st.sampled_from(MESSAGES), bit=st.integers(0, 10**6), place=st.integers(0, 7))
def test_no_other_member_passes(message: dict[str, Any], bit: int, place: int) -> None:
    names = [name for name in ses_sns._SIGNED if name in message]
    name = names[place % len(names)]
    changed = flipped(message[name].encode(), bit).decode("latin-1")
    request = replace(sns_request(message), body=json.dumps({**message, name: changed}).encode())
    assert not Proof("", "ses-sns", request).passes()


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.us-east-2.amazonaws.com/a.pem",
        "https://sns.us-east-2.amazonaws.com.evil.example/a.pem",
        "https://evil.example/sns.us-east-2.amazonaws.com/a.pem",
        "https://sns.us-east-2.amazonaws.com@evil.example/a.pem",
        "https://sns.us-east-2.amazonaws.com:444/a.pem",
        "https://sns.us-east-2.amazonaws.com/a.pem?x",
        "https://sns.us-east-2.amazonaws.com/a.txt",
        "https://s3.us-east-2.amazonaws.com/bucket/a.pem",
        "https://[::1",
        17,
        None,
    ],
)
def test_certificates_lie_where_amazon_keeps_them(url: Any) -> None:
    assert evidence_of(sns_request({**MESSAGES[0], "SigningCertURL": url})) is None


def test_the_certificate_is_asked_for_by_its_address() -> None:
    place = evidence_of(sns_request(MESSAGES[0]))
    assert place is not None
    assert place[0].url == MESSAGES[0]["SigningCertURL"]
    assert evidence_of(replace(sns_request(MESSAGES[0]), headers=())) is None  # as a raw delivery
    chinese = {**MESSAGES[0], "SigningCertURL": "https://sns.cn-north-1.amazonaws.com.cn/a.pem"}
    assert evidence_of(sns_request(chinese)) is not None


def test_sns_without_certificate_or_with_another_topic_proves_nothing() -> None:
    request = sns_request(MESSAGES[0])
    assert not Proof("", "ses-sns", replace(request, fetched={})).passes()
    assert not Proof("", "ses-sns", replace(request, fetched={"certificate": b"none"})).passes()
    own = source("ses-sns", options={"topic_arn": MESSAGES[0]["TopicArn"]})
    CHANNELS["ses-sns"].verify(request, own)
    with pytest.raises(Unauthenticated):
        CHANNELS["ses-sns"].verify(request, source("ses-sns", options={"topic_arn": "another"}))
