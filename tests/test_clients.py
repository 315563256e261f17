"""Programs of others: a watch leaves their training as it is, and has nothing to warn of."""

import keras
import numpy as np
import pytest

from keras_gradwatch import GradientWatch

hub = pytest.importorskip("keras_hub")
recommenders = pytest.importorskip("keras_rs")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # What the programs warn of is theirs.
    pytest.mark.filterwarnings("error:GradientWatch"),
    pytest.mark.filterwarnings("error::keras_gradwatch.GradientWarning"),
]

ROWS, WORDS, LENGTH = 64, 40, 8
SIZES = {"num_layers": 1, "num_heads": 2, "hidden_dim": 16}


def words(rng):
    return rng.integers(1, WORDS, (ROWS, LENGTH)), np.ones((ROWS, LENGTH), "int32")


def gpt2(rng):
    backbone = hub.models.GPT2Backbone(
        vocabulary_size=WORDS, intermediate_dim=32, max_sequence_length=LENGTH, **SIZES
    )
    tokens, mask = words(rng)
    x = {"token_ids": tokens, "padding_mask": mask}
    return hub.models.GPT2CausalLM(backbone, preprocessor=None), x, np.roll(tokens, -1, axis=1)


def bert(rng):
    backbone = hub.models.BertBackbone(
        vocabulary_size=WORDS, intermediate_dim=32, max_sequence_length=LENGTH, **SIZES
    )
    tokens, mask = words(rng)
    x = {"token_ids": tokens, "segment_ids": 0 * tokens, "padding_mask": mask}
    model = hub.models.BertTextClassifier(backbone, num_classes=3, preprocessor=None)
    return model, x, tokens[:, 1] % 3


def vit(rng):
    backbone = hub.models.ViTBackbone(
        image_shape=(16, 16, 3), patch_size=8, mlp_dim=32, dropout_rate=0.1, **SIZES
    )
    x = rng.normal(size=(ROWS, 16, 16, 3)).astype("float32")
    model = hub.models.ViTImageClassifier(backbone, num_classes=2, preprocessor=None)
    return model, x, (x.mean(axis=(1, 2, 3)) > 0).astype(int)


class Ranking(keras.Model):
    """A deep and cross network of keras-rs: two embeddings, their product, a layer of crosses."""

    def __init__(self):
        super().__init__()
        self.users, self.films = (keras.layers.Embedding(WORDS, 8) for _ in range(2))
        self.product = recommenders.layers.DotInteraction()
        self.cross = recommenders.layers.FeatureCross(projection_dim=4)
        self.rating = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])

    def call(self, inputs):
        vectors = [self.users(inputs["user"]), self.films(inputs["film"])]
        crossed = self.cross(keras.ops.concatenate(vectors, axis=-1))
        return self.rating(keras.ops.concatenate([crossed, self.product(vectors)], axis=-1))


def ranking(rng):
    user, film = rng.integers(0, WORDS, (2, ROWS))
    model = Ranking()
    model.compile("adam", "mse")
    return model, {"user": user, "film": film}, ((user + film) % 5).astype("float32")


PROGRAMS = [gpt2, bert, vit, ranking]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_a_watched_training_is_the_same_and_has_nothing_loud(program, tmp_path):
    def trained(*watches):
        keras.utils.clear_session()
        keras.utils.set_random_seed(3)
        model, x, y = program(np.random.default_rng(0))
        history = model.fit(x, y, batch_size=16, epochs=2, verbose=0, callbacks=[*watches])
        variables = (*model.variables, *model.optimizer.variables)
        return history.history, [keras.ops.convert_to_numpy(v) for v in variables]

    watch = GradientWatch(tmp_path, every=2)
    (plain_history, plain), (history, watched) = trained(), trained(watch)
    assert history == plain_history
    for one, other in zip(plain, watched, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not [finding for finding in watch.findings if finding.is_loud]
    assert watch.coverage.watched


def classifier(units=8, **options):
    model = keras.Sequential([keras.layers.Dense(units, "tanh"), keras.layers.Dense(2, "softmax")])
    model.compile("adam", "categorical_crossentropy", **options)
    return model


def test_a_classifier_of_scikit_learn():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 6)).astype("float32")

    def predicted(*watches):
        keras.utils.set_random_seed(3)
        fit = {"epochs": 3, "verbose": 0, "callbacks": [*watches]}
        wrapped = keras.wrappers.SKLearnClassifier(lambda X, y: classifier(), fit_kwargs=fit)
        return wrapped.fit(x, x[:, 0] > 0).model_.get_weights()

    watch = GradientWatch(every=1)
    for one, other in zip(predicted(), predicted(watch), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not [finding for finding in watch.findings if finding.is_loud]


def test_a_search_of_kerastuner(tmp_path):
    tuner = pytest.importorskip("keras_tuner")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 6)).astype("float32")
    y = np.eye(2)[(x[:, 0] > 0).astype(int)]

    def scores(name, *watches):
        keras.utils.set_random_seed(3)
        build = lambda hp: classifier(hp.Int("units", 4, 8), metrics=["accuracy"])  # noqa: E731
        search = tuner.RandomSearch(
            build, "loss", max_trials=2, seed=3, directory=tmp_path, project_name=name
        )
        search.search(x, y, epochs=2, verbose=0, callbacks=[*watches])
        return [trial.score for trial in search.oracle.get_best_trials(2)]

    watch = GradientWatch(every=1)
    assert scores("plain") == scores("watched", watch)
    assert len(watch.trials) == 2
    assert not [one for found in watch.trials.values() for one in found if one.is_loud]
