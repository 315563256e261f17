"""Why a weight gets no gradient, on which line, and what to do."""

from keras_gradwatch.diagnosis.api import Diagnosis, diagnose, explain, explain_error

__all__ = ["Diagnosis", "diagnose", "explain", "explain_error"]
