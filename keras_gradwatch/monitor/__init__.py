"""The way of a sample: record, rules, findings, outputs."""
