"""The slow reference: gradients of one batch, the way each framework gives them to its users."""

import keras
import numpy as np


def gradients(model, x, y):
    """Returns the gradient of the model's loss for each trainable weight, as NumPy arrays."""
    by_backend = {"tensorflow": _by_tape, "jax": _by_jax, "torch": _by_autograd}
    return by_backend[keras.backend.backend()](model, x, y)


def _by_tape(model, x, y):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=True))
    found = tape.gradient(loss, [weight.value for weight in model.trainable_weights])
    return [tf.convert_to_tensor(gradient).numpy() for gradient in found]


def _by_jax(model, x, y):
    import jax

    def loss(trainable):
        prediction, _ = model.stateless_call(
            trainable, [v.value for v in model.non_trainable_variables], x, training=True
        )
        return model.compute_loss(x=x, y=y, y_pred=prediction)

    found = jax.grad(loss)([weight.value for weight in model.trainable_weights])
    return [np.asarray(gradient) for gradient in found]


def _by_autograd(model, x, y):
    model.zero_grad()
    x, y = keras.ops.convert_to_tensor(x), keras.ops.convert_to_tensor(y)
    model.compute_loss(x=x, y=y, y_pred=model(x, training=True)).backward()
    found = [weight.value.grad.cpu().numpy().copy() for weight in model.trainable_weights]
    model.zero_grad()
    return found
