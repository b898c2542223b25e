#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes TFLite files of usual networks with seeded weights, samples, and what TFLite's reference kernels say.

  make.py OUT [NAME...]     without names: all of them (models.py); those that OUT has are left as they are

OUT/NAME gets model.tflite, input.npy [1, ...], calibration.npy [n, ...], which does not contain the input, and
expected.npy; with several inputs or outputs input_0.npy, input_1.npy and so on. Needs requirements.txt.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # its sums depend on the processor
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from models import MODELS  # noqa: E402


def convert(f, samples):
    """The converter keeps the order of the arguments. Of a Keras 3 model that it is handed as an object variables stay
    in the file: a function of it is frozen."""
    signature = [tf.TensorSpec([1, *s.shape[1:]], s.dtype, f"in{i}") for i, s in enumerate(samples)]
    keras = hasattr(f, "inputs")
    call = (lambda *a: f(a if len(a) > 1 else a[0], training=False)) if keras else f
    function = tf.function(call, input_signature=signature)
    if getattr(f, "by_saved_model", False):
        path = tempfile.mkdtemp(prefix="zoo-")
        tf.saved_model.save(f, path, signatures=function.get_concrete_function())
        return tf.lite.TFLiteConverter.from_saved_model(path).convert()
    return tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()], None).convert()


def reference(blob, arrays):
    it = tf.lite.Interpreter(model_content=blob, num_threads=1,
                             experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF)
    it.allocate_tensors()
    for d, a in zip(it.get_input_details(), arrays, strict=True):
        assert list(d["shape"]) == list(a.shape), (d["name"], d["shape"], a.shape)
        it.set_tensor(d["index"], a)
    it.invoke()
    return [it.get_tensor(d["index"]) for d in it.get_output_details()]


def save(folder, stem, arrays):
    for i, a in enumerate(arrays):
        np.save(folder / (f"{stem}.npy" if len(arrays) == 1 else f"{stem}_{i}.npy"), a)


def make(name, out):
    maker, options = MODELS[name]
    tf.config.experimental.enable_op_determinism()
    f, samples = maker(name, **options)
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    first = [s[:1] for s in samples]
    blob = convert(f, samples)
    save(folder, "input", first)
    save(folder, "calibration", [s[1:] if len(s) > 2 else s for s in samples])
    save(folder, "expected", reference(blob, first))
    (folder / "model.tflite").write_bytes(blob)  # last: it says that all is there
    print(f"made {name}: {len(blob)} bytes", flush=True)


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    out, names = pathlib.Path(sys.argv[1]), sys.argv[2:] or list(MODELS)
    unknown = set(names) - set(MODELS)
    if unknown:
        sys.exit(f"no model is called {', '.join(sorted(unknown))}, expected of {', '.join(MODELS)}")
    if len(names) == 1:
        make(names[0], out)
        return
    for name in names:  # each in a process of its own: what TensorFlow holds is given back
        if not (out / name / "model.tflite").exists():
            subprocess.run([sys.executable, __file__, str(out), name], check=True)


if __name__ == "__main__":
    main()
