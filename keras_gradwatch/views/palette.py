"""The colors of plots and report, which are those of the tab in its light form."""

SIZES = ("#e4eef8", "#b9d6ec", "#7fb5dc", "#4690c6", "#1f6aad", "#124a86", "#0b2f63")
"""From small to large."""

STATES = {
    "NaN or infinite": "#c2255c",
    "missing": "#8f8f9a",
    "exactly zero": "#f2b824",
}
"""What is no number on a logarithmic scale, far from all of its colors."""
