#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tensorflow-cpu 2.19.1, tf.lite.Interpreter as it comes (XNNPACK delegate): convolutions whose filter is narrower than
# their stride along one axis only.
#
# One might expect a CONV_2D or DEPTHWISE_CONV_2D with SAME padding to be computed, or refused. Seen: with a filter of
# 1x3, stride 2 and an even height nothing is said and every element of the output is 0. Filters of 3x3, 1x1 and (odd
# height) 1x3 are right, and so are the same files without the delegate, and in ai-edge-litert 2.3.0 with it. What the
# two kinds that fail have in common: along one axis the windows do not reach the image's end, so that the padding
# there would be negative, while the other axis is padded.
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

rng = np.random.default_rng(1)
for name, filter_shape, height in [("narrow", (1, 3, 4, 2), 8), ("odd", (1, 3, 4, 2), 7), ("square", (3, 3, 4, 2), 8), ("point", (1, 1, 4, 2), 8)]:
    x = rng.normal(size=(1, height, 8, 4)).astype(np.float32)
    w = rng.normal(size=filter_shape).astype(np.float32)
    for kind, of in [("conv", lambda x: tf.nn.conv2d(x, w, 2, "SAME")), ("depthwise", lambda x: tf.nn.depthwise_conv2d(x, w, [1, 2, 2, 1], "SAME"))]:
        f = tf.function(of, input_signature=[tf.TensorSpec(x.shape, tf.float32)])
        open(f"{kind}-{name}.tflite", "wb").write(tf.lite.TFLiteConverter.from_concrete_functions([f.get_concrete_function()], f).convert())
        np.savez(f"{kind}-{name}.npz", x=x, y=f(x).numpy())
PY
cat >look.py <<'PY'
import glob
import sys

import numpy as np

if sys.argv[1] == "tensorflow":
    from tensorflow.lite.python.interpreter import Interpreter, OpResolverType
else:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

def run(file, resolver, x):
    it = Interpreter(model_path=file, experimental_op_resolver_type=resolver)
    it.allocate_tensors()
    it.set_tensor(it.get_input_details()[0]["index"], x)
    it.invoke()
    return it.get_tensor(it.get_output_details()[0]["index"])

for file in sorted(glob.glob("*.tflite")):
    data = np.load(file.replace(".tflite", ".npz"))
    for resolver in (OpResolverType.AUTO, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES):
        y = run(file, resolver, data["x"])
        right, zero = np.allclose(y, data["y"], atol=1e-4), not y.any()
        fails = sys.argv[1] == "tensorflow" and resolver == OpResolverType.AUTO and "narrow" in file
        ok = zero and not right if fails else right
        print(f"{'as stated' if ok else 'DIFFERENT'}: {sys.argv[1]}, {resolver.name}, {file}: {'right' if right else 'all zero' if zero else 'wrong'}")
        if not ok:
            sys.exit(1)
PY
export TF_CPP_MIN_LOG_LEVEL=3
tensorflow-cpu/bin/python make.py 2>/dev/null || { echo "the models cannot be made"; exit 2; }
tensorflow-cpu/bin/python look.py tensorflow 2>/dev/null
ai-edge-litert/bin/python look.py litert 2>/dev/null
