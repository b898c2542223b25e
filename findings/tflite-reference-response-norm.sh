#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tensorflow-cpu 2.19.1 and ai-edge-litert 2.3.0, LOCAL_RESPONSE_NORMALIZATION by the reference kernels
# (OpResolverType.BUILTIN_REF).
#
# One might expect reference kernels to be what the others are measured by. Seen: with radius r the reference kernel sums
# the squares of channels c-r to c+r-1, TensorFlow and the optimised kernel those of c-r to c+r. Outputs of a small
# layer differ by tens of per cent; only where the channel c+r never exists do they agree.
# Needs python3 with venv. Exit 0: as stated; 1: different; 2: cannot be tried.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in tensorflow-cpu==2.19.1 ai-edge-litert==2.3.0; do
    python3 -m venv "${package%%=*}" && "${package%%=*}/bin/pip" install -q "$package" || { echo "$package cannot be installed"; exit 2; }
done
cat >make.py <<'PY'
import numpy as np
import tensorflow as tf

x = np.random.default_rng(1).normal(size=(1, 2, 3, 8)).astype(np.float32)
f = tf.function(lambda x: tf.nn.local_response_normalization(x, depth_radius=2, bias=1.0, alpha=1.0, beta=0.5),
                input_signature=[tf.TensorSpec(x.shape, tf.float32)])
open("model.tflite", "wb").write(tf.lite.TFLiteConverter.from_concrete_functions([f.get_concrete_function()], f).convert())
np.savez("data.npz", x=x, y=f(x).numpy())
PY
cat >look.py <<'PY'
import sys

import numpy as np

if sys.argv[1] == "tensorflow":
    from tensorflow.lite.python.interpreter import Interpreter, OpResolverType
else:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

def run(resolver, x):
    it = Interpreter(model_path="model.tflite", experimental_op_resolver_type=resolver)
    it.allocate_tensors()
    it.set_tensor(it.get_input_details()[0]["index"], x)
    it.invoke()
    return it.get_tensor(it.get_output_details()[0]["index"])

def say(what, ok):
    print(("as stated: " if ok else "DIFFERENT: ") + sys.argv[1] + ": " + what)
    if not ok:
        sys.exit(1)

data = np.load("data.npz")
x, y = data["x"], data["y"]

def normalised(beyond):
    squares = [np.sum(np.square(x[..., max(0, c - 2):c + 2 + beyond]), axis=-1) for c in range(8)]
    return x / np.sqrt(1 + np.stack(squares, axis=-1))

reference, optimised = run(OpResolverType.BUILTIN_REF, x), run(OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, x)
say("TensorFlow sums channels c-r to c+r", np.allclose(y, normalised(1), atol=1e-5))
say("the optimised kernel is TensorFlow's", np.allclose(optimised, y, atol=1e-5))
say("the reference kernel leaves channel c+r out", np.allclose(reference, normalised(0), atol=1e-5))
say(f"it is off by up to {np.abs(reference - y).max():.2f} of at most {np.abs(y).max():.2f}", np.abs(reference - y).max() > 0.05)
PY
export TF_CPP_MIN_LOG_LEVEL=3
tensorflow-cpu/bin/python make.py 2>/dev/null || { echo "the model cannot be made"; exit 2; }
tensorflow-cpu/bin/python look.py tensorflow 2>/dev/null
ai-edge-litert/bin/python look.py litert 2>/dev/null
