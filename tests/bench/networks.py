#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Large networks with seeded weights of He's scale, to measure and to test at full size.

  networks.py FOLDER [NAME...]     writes FOLDER/NAME: model.tflite, calibration.npy, input.npy

  mlp_3m, mlp_48m  eight dense layers with as many activations but 3 M and 48 M weights: what a weight costs. Layers go from
                   wide to narrow and back; 4800 + 80 and 2440 + 2440 activations a pair of layers
  mlp_105m         3620 + 3620 activations a pair of layers and 105 M weights: keys of this size
  vgg16            VGG-16 for 32 x 32 images: 13 convolutions, 15 M weights

Needs what tests/conformance/graphs/requirements.txt lists.
"""
import pathlib
import sys

import numpy as np

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "conformance" / "graphs"))
from writer import Graph  # noqa: E402


def he(rng, *shape):
    return rng.standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / np.prod(shape[1:])))


def mlp(rng, g, wide, narrow):
    x = g.input([1, wide])
    for layer in range(8):
        n, m = (wide, narrow) if layer % 2 == 0 else (narrow, wide)
        x = g.dense(x, he(rng, m, n), rng.normal(0, 0.1, m), "relu" if layer < 7 else None)
    return x


def vgg16(rng, g):
    x, channels = g.input([1, 32, 32, 3]), 3
    for block in [(64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)]:
        for outputs in block:
            x = g.conv(x, he(rng, outputs, 3, 3, channels), rng.normal(0, 0.1, outputs), "SAME", 1, "relu")
            channels = outputs
        x = g.pool(x, True, 2, "VALID", 2)
    x = g.dense(g.flatten(x), he(rng, 512, 512), rng.normal(0, 0.1, 512), "relu")
    return g.dense(x, he(rng, 10, 512), rng.normal(0, 0.1, 10), None)


NETWORKS = {
    "mlp_3m": lambda rng, g: mlp(rng, g, 4800, 80),
    "mlp_48m": lambda rng, g: mlp(rng, g, 2440, 2440),
    "mlp_105m": lambda rng, g: mlp(rng, g, 3620, 3620),
    "vgg16": vgg16,
}


def make(folder, build):
    rng = np.random.default_rng(1)
    g = Graph()
    out = build(rng, g)
    folder.mkdir(parents=True, exist_ok=True)
    g.write(folder / "model.tflite", out)
    data = rng.standard_normal((9, *g.shape(g.graph.inputs[0])[1:]), np.float32)
    np.save(folder / "calibration.npy", data[:8])
    np.save(folder / "input.npy", data[8:])


if __name__ == "__main__":
    for name in sys.argv[2:] or NETWORKS:
        make(pathlib.Path(sys.argv[1]) / name, NETWORKS[name])
