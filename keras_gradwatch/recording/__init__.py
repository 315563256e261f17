"""One train step as plain nodes: what backends record and the diagnosis reads."""
