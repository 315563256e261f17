"""Whatever a record holds, the CSV log gives it back, to pandas and to the next run."""

import ml_dtypes
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.util import tensor_util

from keras_gradwatch import statistics
from keras_gradwatch.outputs.table import Table
from keras_gradwatch.outputs.tensorboard import TensorBoard
from keras_gradwatch.record import COLUMNS, STATISTICS, Record
from keras_gradwatch.step import gradients, histogram
from keras_gradwatch.step.gradients import Application
from keras_gradwatch.weights import Weight

QUICK = settings(max_examples=50, deadline=None)
NUMBERS = st.one_of(
    st.sampled_from([0.0, 1.0, 1e-45, 3.4e38, np.inf, -np.inf, np.nan]), st.floats(width=32)
)
NAMES = st.text(
    st.one_of(
        st.sampled_from(list(",\"\n\r/=+-@\t [](){}#;|'éλ層🙂")),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    min_size=1,
    max_size=12,
).filter(lambda name: (name == name.strip() and not name.isascii()) or "/" in name)
WEIGHTS = st.builds(
    Weight,
    path=NAMES.map(lambda name: f"model/{name}/kernel"),
    layer=NAMES.map(lambda name: f"model/{name}"),
    shape=st.sampled_from([(), (1,), (0, 3), (3, 4), (2, 3, 4)]),
    optimizer=st.sampled_from(["adam", "my, optimizer", "Größe"]),
)


@st.composite
def records(draw):
    weights = tuple(draw(st.lists(WEIGHTS, min_size=1, max_size=4)))
    count = len(weights)
    columns = {name: draw(arrays.arrays("float64", count, elements=NUMBERS)) for name in STATISTICS}
    counts = st.one_of(st.integers(0, 2**40).map(float), st.just(np.nan))
    columns["nonfinite"] = draw(arrays.arrays("float64", count, elements=counts))
    ratios = st.sampled_from([1e-3, 1e300, np.nan, np.inf])
    columns["update_ratio"] = draw(arrays.arrays("float64", count, elements=ratios))
    missing = draw(arrays.arrays(bool, count))
    step = draw(st.integers(0, 2**40))
    return Record(step, 3, 4, 0.0, weights, columns, missing, (np.ones(1, bool),) * count)


@QUICK
@given(records())
def test_a_record_comes_back_from_the_table(record):
    table = Table()
    table.write(record)
    table.close()
    frame = table.to_pandas()
    pd.testing.assert_frame_equal(frame, pd.read_csv(table.path))
    assert tuple(frame.columns) == COLUMNS
    assert frame.weight.tolist() == [weight.path for weight in record.weights]
    assert frame.layer.tolist() == [weight.layer for weight in record.weights]
    assert frame["shape"].tolist() == [str(weight.shape) for weight in record.weights]
    assert frame.optimizer.tolist() == [weight.optimizer for weight in record.weights]
    assert frame.missing.tolist() == record.missing.tolist()
    assert set(frame.step) == {record.step}
    for name in STATISTICS:
        exact = name == "nonfinite"
        np.testing.assert_allclose(frame[name], record[name], rtol=0 if exact else 1e-5)


@QUICK
@given(st.lists(records(), min_size=1, max_size=4), st.integers(1, 300), st.integers(0, 6))
def test_a_table_goes_on_after_any_cut(given_records, lost, step):
    """What is left is a beginning of the whole rows of the steps before, whatever the names."""
    table = Table()
    for i, record in enumerate(given_records):
        object.__setattr__(record, "step", i)
        table.write(record)
    table.close()
    whole = table.to_pandas()
    with open(table.path, "rb+") as file:
        file.truncate(max(file.seek(0, 2) - lost, 0))
    table.begin(step)
    table.close()
    left = table.to_pandas()
    assert (left.step < step).all()
    rows = whole[: len(left)]
    assert left.weight.tolist() == rows.weight.tolist()
    assert left.missing.tolist() == rows.missing.tolist()


@QUICK
@given(records(), arrays.arrays("int64", histogram.BUCKETS, elements=st.integers(0, 2**20)))
def test_every_record_makes_an_event(record, counts):
    """Proto fields take NaN, Inf, names of any language, and tables of any counts."""
    written = []

    def add(self, events):
        written.extend(v for _, _, summary in events for v in Summary.FromString(summary).value)

    board = TensorBoard("nowhere", with_values=True)
    board._file = type("File", (), {"add": add})()
    object.__setattr__(record, "histogram", np.stack([counts] * len(record.weights)))
    board.write(record)
    tags = {value.tag for value in written}
    for weight, missing in zip(record.weights, record.missing, strict=True):
        assert missing or f"gradient_norm/{weight.path}" in tags
    for value in written:
        if value.tag.startswith("gradient/"):
            table = tensor_util.make_ndarray(value.tensor)
            assert table[:, 2].sum() == pytest.approx(counts.sum(), rel=1e-5)


class Sized:
    """What `gradients` asks of a variable."""

    def __init__(self, values):
        self.value = tf.constant(values, "float32")
        self.shape, self.path = self.value.shape, "variable"

    def __tf_tensor__(self, dtype, name):
        return self.value


DTYPES = {
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
    "float32": np.float32,
    "float64": np.float64,
}
ELEMENTS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 1e-7, 6e4, 1e-40, np.nan, np.inf, -np.inf]),
    st.floats(-1e4, 1e4, width=32),
)
SHAPES = st.sampled_from([(), (1,), (6,), (1, 1), (3, 5), (5, 1), (2, 3, 4)])


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(DTYPES)), st.data())
def test_a_gradient_of_any_type_and_shape_is_measured_as_defined(dtype, data):
    values = data.draw(arrays.arrays("float64", data.draw(SHAPES), elements=ELEMENTS))
    with np.errstate(over="ignore"):
        values = values.astype(DTYPES[dtype])
    variable = Sized(np.ones(values.shape))
    application = Application(None, [variable], [tf.constant(values)], {0: variable.value}, None)
    groups = gradients.groups(application, lambda variable: True)
    before = gradients.measure(application, groups, True)
    packed = gradients.pack([gradients.with_changes(before, application, groups)])
    got = dict(zip(gradients.MEASURED, np.array(packed["statistics"])[:, 0], strict=True))
    as_float32 = values.astype("float32")
    want = statistics.define(as_float32)
    for name in ("norm", "max_abs", "zeros", "dead_fraction", "nonfinite"):
        assert got[name] == pytest.approx(want[name], rel=3e-5, abs=1e-30, nan_ok=True), name
    counts = histogram.count(np.array(packed["exponents"]))[0]
    np.testing.assert_array_equal(counts, histogram.define(as_float32))
