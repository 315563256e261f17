"""Healthy: a train_step in torch form with a variational auto-encoder loss and clip_grad_norm_ before the Keras optimizer.

Source: https://github.com/keras-team/keras/issues/18686
"""
import keras
import numpy as np
import torch
import torch.nn.functional as F
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class SpectrumVAE(keras.Model):
    def __init__(self, latent=3, beta=0.1, **kwargs):
        super().__init__(**kwargs)
        self.latent, self.beta = latent, beta
        self.enc = layers.Dense(20, activation="silu", name="enc")
        self.to_mean = layers.Dense(latent, name="to_mean")
        self.to_log_var = layers.Dense(latent, bias_initializer=keras.initializers.Constant(-1.0), name="to_log_var")
        self.dec = layers.Dense(20, activation="silu", name="dec")
        self.out = layers.Dense(16, name="out")
        self.loss_mean = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_mean]

    def call(self, x, training=None):
        h = self.enc(x)
        mean, log_var = self.to_mean(h), torch.clamp(self.to_log_var(h), -8.0, 8.0)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean) if training else mean
        return self.out(self.dec(z)), mean, log_var

    def train_step(self, data):
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        self.zero_grad()
        restored, mean, log_var = self(x, training=True)
        kl = 0.5 * (mean.square() + log_var.exp() - 1.0 - log_var)
        loss = F.smooth_l1_loss(restored, x) + self.beta * kl.mean()
        loss.backward()
        variables = self.trainable_weights
        torch.nn.utils.clip_grad_norm_([v.value for v in variables], max_norm=1.0)
        with torch.no_grad():
            self.optimizer.apply([v.value.grad for v in variables], variables)
        self.loss_mean.update_state(loss.detach())
        return {"loss": self.loss_mean.result()}


def build():
    keras.utils.set_random_seed(668)
    rng = np.random.default_rng(668)
    x = np.tanh(rng.normal(size=(64, 3)) @ rng.normal(size=(3, 16))).astype("float32")
    model = SpectrumVAE()
    model(x[:2], training=False)
    model.compile(optimizer=keras.optimizers.Adam(5e-3))
    return model, x, None
