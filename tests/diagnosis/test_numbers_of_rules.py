"""An explained finding keeps what a rule has measured over many batches."""

import pytest

from keras_gradwatch.diagnosis import api
from keras_gradwatch.findings import Finding

SEEN = Finding(
    "dead-channels",
    weights=("encoder/kernel",),
    layer="encoder",
    message="14 of 16 output channels of encoder/kernel (20, 16) receive no gradient.",
    evidence={"dead": 14, "channels": 16},
)


def explained(monkeypatch, layer, channels):
    """What becomes of the finding where one batch blames this rectifier."""
    found = Finding(
        "dead-channels",
        cause="dead-activation",
        weights=("encoder/kernel",),
        layer=layer,
        message="it has channels without gradient",
        evidence={"channels": channels, "path": []},
    )
    monkeypatch.setattr(api, "answers", lambda *arguments: [found])
    (finding,) = api.explain(None, None, [SEEN])
    return finding


def test_dead_channels_keep_the_numbers_of_the_rule(monkeypatch):
    finding = explained(monkeypatch, "relu", 16)
    assert (finding.cause, finding.layer) == ("dead-activation", "encoder")
    assert finding.message.startswith("14 of 16 output channels of encoder/kernel")
    assert finding.evidence["channels"] == 16


@pytest.mark.parametrize("channels", [82, 8])
def test_a_rectifier_of_another_width_is_not_blamed(monkeypatch, channels):
    assert explained(monkeypatch, "decoder", channels) == SEEN
