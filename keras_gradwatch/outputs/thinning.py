"""Which samples of a long training are written in full, so that its files do not grow without end.

TensorBoard shows 500 histograms and 1,000 scalars of a tag, however many there are.
"""

HISTOGRAMS = 128
"""A training of 500 to 10,000 samples has 256 to 530 histograms, one of a million has 960."""

SCALARS = 512
"""A training of 10,000 samples has 1,600 points in a curve, one of a million 3,300."""


def is_due(number: int, limit: int) -> bool:
    """Whether a sample is written: each at first, then every 2nd, every 4th, and so on.

    Args:
        number: Number of the sample, from 0.
        limit: How many are written before the first is left out; then half as many are written
            while the training becomes twice as long.
    """
    stride = 1 << (number // limit).bit_length()
    return number % stride == 0
