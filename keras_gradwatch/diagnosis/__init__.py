"""Why a weight gets no gradient, on which line, and what to do."""

from keras_gradwatch.diagnosis.api import Diagnosis, diagnose, explain, explain_error
from keras_gradwatch.diagnosis.examine import examine

__all__ = ["Diagnosis", "diagnose", "examine", "explain", "explain_error"]
