"""The ways of training: each a function that gives a compiled model and the arguments of `fit`."""

import keras
import numpy as np
from keras import layers

ROWS, BATCH = 70, 16  # Five batches, the last one smaller.


def data(seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(ROWS, 8)).astype("float32"), rng.integers(0, 3, ROWS)


def network(**dense_arguments):
    return keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(12, activation="tanh", **dense_arguments),
            layers.Dropout(0.3, seed=4),
            layers.BatchNormalization(),
            layers.Dense(3, dtype="float32"),
        ]
    )


def loss():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def compiled(model=None, optimizer=None, **arguments):
    model = model or network()
    model.compile(optimizer or keras.optimizers.Adam(0.01), loss(), **arguments)
    return model


def ready(model):
    """A model whose optimizer is built: TensorFlow need not trace each step twice."""
    model.optimizer.build(model.trainable_variables)
    return model


def arrays(**more):
    x, y = data()
    return {"x": x, "y": y, "batch_size": BATCH, **more}


def plain():
    return compiled(metrics=["accuracy"]), arrays()


def compiled_by_xla():
    """Of full batches only: a compiler takes seconds for each size."""
    x, y = data()
    return ready(compiled(jit_compile=True)), arrays(x=x[:64], y=y[:64])


def eager():
    return compiled(run_eagerly=True), arrays()


def seven_steps_per_execution():
    return ready(compiled(steps_per_execution=7)), arrays(batch_size=4)


def gradient_accumulation():
    return compiled(optimizer=keras.optimizers.Adam(gradient_accumulation_steps=2)), arrays()


def loss_scale_optimizer():
    inner = keras.optimizers.SGD(0.1)
    return compiled(optimizer=keras.optimizers.LossScaleOptimizer(inner)), arrays()


def loss_scale_factor():
    return compiled(optimizer=keras.optimizers.SGD(0.1, loss_scale_factor=1024.0)), arrays()


def mixed_precision():
    return ready(compiled(network(dtype="mixed_float16"), auto_scale_loss=True)), arrays()


def clipnorm():
    return ready(compiled(optimizer=keras.optimizers.SGD(0.1, clipnorm=0.01))), arrays()


def global_clipnorm():
    return compiled(optimizer=keras.optimizers.SGD(0.1, global_clipnorm=0.01)), arrays()


def clipvalue():
    return compiled(optimizer=keras.optimizers.SGD(0.1, clipvalue=0.001)), arrays()


def moving_average():
    optimizer = keras.optimizers.Adam(use_ema=True, ema_overwrite_frequency=2)
    return compiled(optimizer=optimizer), arrays()


def weight_constraint():
    return compiled(network(kernel_constraint=keras.constraints.MaxNorm(0.5))), arrays()


def class_weight():
    return compiled(), arrays(class_weight={0: 1.0, 1: 3.0, 2: 0.5})


def sample_weight():
    return compiled(), arrays(sample_weight=np.linspace(0, 1, ROWS, dtype="float32"))


def validation():
    return compiled(), arrays(validation_split=0.3)


def generator():
    def batches():
        x, y = data()
        while True:
            for start in range(0, 64, BATCH):
                yield x[start : start + BATCH], y[start : start + BATCH]

    return compiled(), {"x": batches(), "steps_per_epoch": 4, "shuffle": False}


def python_data_set():
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            x, y = data(index)
            return x[:BATCH], y[:BATCH]

    return compiled(), {"x": Batches()}


def nested_structures():
    left, right = keras.Input((8,), name="left"), keras.Input((8,), name="right")
    h = layers.Dense(6, activation="tanh")(layers.concatenate([left, right]))
    outputs = {"kind": layers.Dense(3)(h), "size": [layers.Dense(1)(h), layers.Dense(2)(h)]}
    model = keras.Model({"pair": (left, right)}, outputs)
    model.compile("adam", {"kind": loss(), "size": ["mse", "mae"]})
    x, y = data()
    targets = {"kind": y, "size": [x[:, :1], x[:, :2]]}
    return ready(model), arrays(x={"pair": (x, x + 1)}, y=targets)


def embedding():
    """Sparse gradients, of batches whose size is not known beforehand."""
    model = keras.Sequential(
        [keras.Input((8,)), layers.Embedding(30, 4), layers.Flatten(), layers.Dense(3)]
    )
    x, _ = data()
    return ready(compiled(model)), arrays(x=np.abs(x * 9).astype("int32") % 30)


def frozen_layer():
    model = network()
    model.layers[0].trainable = False
    return ready(compiled(model)), arrays()


def lora():
    model = network()
    model.layers[0].enable_lora(2)
    return ready(compiled(model)), arrays()


def quantized():
    model = network()
    model.layers[0].quantize("int8")
    model.layers[0].enable_lora(2)
    return compiled(model), arrays()


EVERYWHERE = (
    plain,
    compiled_by_xla,
    eager,
    seven_steps_per_execution,
    gradient_accumulation,
    loss_scale_optimizer,
    loss_scale_factor,
    mixed_precision,
    clipnorm,
    global_clipnorm,
    clipvalue,
    moving_average,
    weight_constraint,
    class_weight,
    sample_weight,
    validation,
    generator,
    python_data_set,
    nested_structures,
    embedding,
    frozen_layer,
    lora,
    quantized,
)
