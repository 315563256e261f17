"""Train steps of one's own: the forms in which an update can be written on TensorFlow."""

import keras
import tensorflow as tf
import ways
from keras import layers


class Own(keras.Model):
    """A model whose update the forms below call in their own way."""

    def gradients(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x=x, y=y, y_pred=self(x, training=True))
        return loss, tape.gradient(loss, self.trainable_variables)

    def update(self, data):
        loss, gradients = self.gradients(data)
        self.optimizer.apply(gradients, self.trainable_variables)
        return loss

    def train_step(self, data):
        return {"loss": self.update(data)}


class Decorated(Own):
    @tf.function
    def train_step(self, data):
        loss = self.update(data)
        if loss > 1e6:  # A condition on a tensor, which only AutoGraph understands.
            loss = tf.constant(1e6)
        return {"loss": loss}


class DecoratedPart(Own):
    @tf.function
    def part(self, data):
        return self.update(data)

    def train_step(self, data):
        return {"loss": self.part(data)}


class InParts(Own):
    def train_step(self, data):
        loss, gradients = self.gradients(data)
        weights = self.trainable_variables
        self.optimizer.build(weights)
        self.optimizer.apply(gradients[:2], weights[:2])
        self.optimizer.apply_gradients(zip(gradients[2:], weights[2:], strict=True))
        return {"loss": loss}


class Twice(Own):
    def train_step(self, data):
        self.update(data)
        return {"loss": self.update(data)}


class Adversaries(Own):
    """Two optimizers, one in a dictionary and one in a list."""

    def compile(self, *args, **kwargs):
        super().compile(*args, **kwargs)
        self.held = {"first": keras.optimizers.SGD(0.1, name="first")}
        self.listed = [keras.optimizers.Adam(0.01, name="second")]

    def train_step(self, data):
        loss, gradients = self.gradients(data)
        weights = self.trainable_variables
        self.held["first"].apply(gradients[:2], weights[:2])
        self.listed[0].apply(gradients[2:], weights[2:])
        return {"loss": loss}


class Scaled(keras.optimizers.SGD):
    """An optimizer that wants to be told more, and says something."""

    def apply(self, grads, trainable_variables=None, factor=1.0, *, power):
        scaled = [factor**power * gradient for gradient in grads]
        super().apply(scaled, trainable_variables)
        return tf.constant(power)


class OtherSignature(Own):
    """Iterators in place of lists, an optimizer with a signature of its own."""

    def compile(self, *args, **kwargs):
        super().compile(*args, **kwargs)
        self.other = Scaled(0.1, name="scaled")

    def train_step(self, data):
        loss, gradients = self.gradients(data)
        power = self.other.apply(iter(gradients), iter(self.trainable_variables), 0.5, power=2)
        return {"loss": loss * tf.cast(power, loss.dtype)}


SEEN = (Own, Decorated, DecoratedPart, InParts, Twice, Adversaries, OtherSignature)


class LocalFunction(Own):
    def train_step(self, data):
        return {"loss": tf.function(lambda: self.update(data))()}


class CompiledPart(Own):
    @tf.function(jit_compile=True)
    def part(self, data):
        return self.update(data)

    def train_step(self, data):
        return {"loss": self.part(data)}


class Branch(Own):
    def train_step(self, data):
        loss, gradients = self.gradients(data)

        def apply():
            self.optimizer.apply(gradients, self.trainable_variables)
            return loss

        return {"loss": tf.cond(loss > 0, apply, lambda: loss)}


class Loop(Own):
    def train_step(self, data):
        def body(count, loss):
            return count + 1, self.update(data)

        return {"loss": tf.while_loop(lambda count, _: count < 2, body, (0, 0.0))[1]}


OUT_OF_SIGHT = (LocalFunction, CompiledPart, Branch, Loop)


class NoOptimizer(Own):
    def train_step(self, data):
        loss, gradients = self.gradients(data)
        for weight, gradient in zip(self.trainable_variables, gradients, strict=True):
            weight.assign_sub(0.01 * gradient)
        return {"loss": loss}


class Descent:
    """An optimizer that is none of Keras'."""

    def apply_gradients(self, pairs):
        for gradient, weight in pairs:
            weight.assign_sub(0.01 * gradient)


class ForeignOptimizer(Own):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.descent = Descent()

    def train_step(self, data):
        loss, gradients = self.gradients(data)
        self.descent.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


def model_of(form, **arguments):
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(11)
    x = keras.Input((8,))
    h = layers.Dense(12, activation="tanh", name="hidden")(x)
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9)  # Of fewer operations than Adam.
    return ways.compiled(form(x, layers.Dense(3, name="out")(h)), optimizer, **arguments)


def train(form, callbacks, **arguments):
    """The model, what `fit` returned, and every value it left behind."""
    model = model_of(form, **arguments)
    history = model.fit(**ways.arrays(), epochs=2, verbose=0, callbacks=callbacks)
    variables = (*model.variables, *model.optimizer.variables)
    return model, history.history, [variable.numpy() for variable in variables]
