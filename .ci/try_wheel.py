"""Trains one watched epoch with an installed wheel, from a directory that is not the repository."""

import os
import tempfile

import keras
import numpy as np

import keras_gradwatch

os.chdir(tempfile.mkdtemp())
assert "site-packages" in keras_gradwatch.__file__, keras_gradwatch.__file__
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
watch = keras_gradwatch.GradientWatch("logs", csv="logs/gradients.csv")
model.fit(np.ones((64, 4)), np.ones((64, 1)), verbose=0, callbacks=[watch])
print(watch.to_pandas())
assert os.listdir("logs/gradients")
