"""Healthy: a least-squares GAN with its own train_step and two optimizers; fakes are detached for the critic only."""
import keras
import numpy as np
import torch
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False  # fresh noise


class SignalGAN(keras.Model):
    def __init__(self, width, noise=5, **kwargs):
        super().__init__(**kwargs)
        self.noise = noise
        self.gen_hidden = layers.Dense(20, activation="gelu", name="gen_hidden")
        self.gen_out = layers.Dense(width, name="gen_out")
        self.critic_hidden = layers.Dense(20, activation="leaky_relu", name="critic_hidden")
        self.critic_out = layers.Dense(1, name="critic_out")
        self.critic_optimizer = keras.optimizers.Adam(2e-3)

    def generate(self, z):
        return self.gen_out(self.gen_hidden(z))

    def criticise(self, x):
        return self.critic_out(self.critic_hidden(x))

    def call(self, z):
        return self.criticise(self.generate(z))

    def train_step(self, data):
        real, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        z = torch.randn(real.shape[0], self.noise)
        fake = self.generate(z)

        critic_weights = [*self.critic_hidden.trainable_weights, *self.critic_out.trainable_weights]
        critic_loss = torch.mean((self.criticise(real) - 1.0) ** 2) + torch.mean(self.criticise(fake.detach()) ** 2)
        self.zero_grad()
        critic_loss.backward()
        with torch.no_grad():
            self.critic_optimizer.apply([w.value.grad for w in critic_weights], critic_weights)

        gen_weights = [*self.gen_hidden.trainable_weights, *self.gen_out.trainable_weights]
        gen_loss = torch.mean((self.criticise(fake) - 1.0) ** 2)
        self.zero_grad()
        gen_loss.backward()
        with torch.no_grad():
            self.optimizer.apply([w.value.grad for w in gen_weights], gen_weights)
        return {"critic": critic_loss.detach(), "gen": gen_loss.detach()}


def build():
    keras.utils.set_random_seed(761)
    rng = np.random.default_rng(761)
    x = np.sin(rng.uniform(0, 6, (64, 1)) + np.linspace(0, 4, 12)).astype("float32")
    model = SignalGAN(12)
    model(np.zeros((2, 5), "float32"))
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, x, None
