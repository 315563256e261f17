"""A Wasserstein GAN in one stateless train_step: the generator's loss is computed from the critic's score of the REAL batch."""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "no-loss"
ALSO = ("unused",)
SYMPTOM = "none"
WEIGHTS = ["gen_hidden", "gen_out"]
NEEDS_TRAINING = False


class CurveGAN(keras.Model):
    def __init__(self, width, noise=4, **kwargs):
        super().__init__(**kwargs)
        self.noise = noise
        self.generator = keras.Sequential(
            [
                keras.Input((noise,)),
                layers.Dense(16, activation="relu", name="gen_hidden"),
                layers.Dense(width, name="gen_out"),
            ],
            name="generator",
        )
        self.critic = keras.Sequential(
            [
                keras.Input((width,)),
                layers.Dense(16, activation="leaky_relu", name="critic_hidden"),
                layers.Dense(1, name="critic_out", use_bias=False),
            ],
            name="critic",
        )

    def call(self, z):
        return self.critic(self.generator(z))

    def split(self, trainable):
        count = len(self.generator.trainable_variables)
        return trainable[:count], trainable[count:]

    def score(self, critic, x):
        return self.critic.stateless_call(critic, [], x)[0]

    def losses_for_both(self, trainable, real, noise):
        generator, critic = self.split(trainable)
        fake, _ = self.generator.stateless_call(generator, [], noise)
        hold = jax.lax.stop_gradient
        critic_loss = jnp.mean(self.score(critic, hold(fake))) - jnp.mean(self.score(critic, real))
        generator_loss = -jnp.mean(self.score(hold(critic), real))  # BLAME
        return critic_loss + generator_loss, {"critic": critic_loss, "generator": generator_loss}

    def train_step(self, state, data):
        trainable, non_trainable, optimizer_variables, metrics = state
        real, noise, _ = keras.utils.unpack_x_y_sample_weight(data)
        grad_fn = jax.value_and_grad(self.losses_for_both, has_aux=True)
        (_, logs), grads = grad_fn(trainable, real, noise)
        trainable, optimizer_variables = self.optimizer.stateless_apply(
            optimizer_variables, grads, trainable
        )
        return logs, (trainable, non_trainable, optimizer_variables, metrics)


def build():
    keras.utils.set_random_seed(747)
    rng = np.random.default_rng(747)
    z = rng.normal(size=(64, 4)).astype("float32")
    model = CurveGAN(10)
    model(z[:2])
    model.compile(optimizer=keras.optimizers.RMSprop(1e-3))
    real = np.sin(rng.uniform(0, 6, (64, 1)) + np.linspace(0, 3, 10)).astype("float32")
    return model, real, z
