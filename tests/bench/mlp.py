#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two networks of eight dense layers with as many activations but 3 M and 48 M weights, to measure what a weight costs.

  mlp.py FOLDER     writes FOLDER/mlp_3m and FOLDER/mlp_48m: model.tflite, calibration.npy, input.npy

Layers go from `wide` to `narrow` numbers and back; 4800 + 80 and 2440 + 2440 activations a pair of layers. Seeded weights of He's
scale. Needs what tests/conformance/graphs/requirements.txt lists.
"""
import pathlib
import sys

import numpy as np

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "conformance" / "graphs"))
from writer import Graph  # noqa: E402


def make(folder, wide, narrow):
    rng = np.random.default_rng(1)
    g = Graph()
    x = g.input([1, wide])
    for layer in range(8):
        n, m = (wide, narrow) if layer % 2 == 0 else (narrow, wide)
        w = (rng.standard_normal((m, n), np.float32) * np.float32(np.sqrt(2 / n)))
        x = g.dense(x, w, rng.normal(0, 0.1, m), "relu" if layer < 7 else None)
    folder.mkdir(parents=True, exist_ok=True)
    g.write(folder / "model.tflite", x)
    data = rng.standard_normal((9, wide), np.float32)
    np.save(folder / "calibration.npy", data[:8])
    np.save(folder / "input.npy", data[8:])


if __name__ == "__main__":
    out = pathlib.Path(sys.argv[1])
    make(out / "mlp_3m", 4800, 80)
    make(out / "mlp_48m", 2440, 2440)
