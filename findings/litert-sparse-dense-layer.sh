#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# LiteRT 2.3.0 (and TensorFlow Lite 2.19), a FULLY_CONNECTED layer whose filter is a sparse constant.
#
# One might expect the default interpreter to agree with the reference kernels, as it does where a DENSIFY makes the filter
# whole first. Seen: the delegate that is applied by default reads the stored elements as if they were the whole filter,
# and beyond their end: results are wrong, some of them not numbers, and may differ from run to run.
# A program that compares with TFLite has to ask for the reference kernels.
# Needs Python 3.9 to 3.13 with venv, and PyPI. Exit 0: as stated; 1: different; 2: cannot be tried.
set -euo pipefail
model=$(cd "$(dirname "$0")/.." && pwd)/tests/conformance/ops/sparse_dense_layer
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder" && "$folder/bin/pip" install -q ai-edge-litert==2.3.0 numpy || { echo "ai-edge-litert 2.3.0 cannot be installed"; exit 2; }
"$folder/bin/python" - "$model" <<'PY' && echo "as stated"
import sys
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
def run(kernels):
    i = Interpreter(model_path=sys.argv[1] + ".tflite", experimental_op_resolver_type=kernels)
    i.allocate_tensors()
    i.set_tensor(i.get_input_details()[0]["index"], np.load(sys.argv[1] + ".in.npy")[:1])
    i.invoke()
    return i.get_tensor(i.get_output_details()[0]["index"])[0]
reference, default = run(OpResolverType.BUILTIN_REF), run(OpResolverType.BUILTIN)
print("reference kernels:", reference, "\nby default:       ", default)
assert np.allclose(reference, np.load(sys.argv[1] + ".out.npy")[0], atol=1e-5)
assert not np.allclose(reference, default, atol=1e-2)
PY
