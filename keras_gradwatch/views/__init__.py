"""Pictures of a log: plots, the report, the tab of TensorBoard."""
