#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random graphs with inputs and layers of random magnitudes, against TFLite's reference kernels.

  random_graphs.py PROGRAM [--operators] [--count N] [--seed S] [--keep FOLDER]

Of each graph: PROGRAM compiles it with 24 calibration samples, then runs eight other inputs. A graph fails if it is
refused, if an input like the samples is refused, or if a score is further from TFLite's than the limit that compile
states while PROGRAM says nothing of it. The requirements are in requirements.txt beside this file.

--operators: graphs of all operators (operators.py), inputs of 1e-3 to 1e3, against TFLite's optimised kernels. Many of them jump, and a jump, or a tie that only the
last bit of a float breaks, has two sides: a score is compared with what TFLite gives for the input and where inputs and constants are nearly the same. Where no setting is
accurate enough, or an input leaves the ranges of the samples, the reason is counted, and the graph is run without a limit, with long tables; it fails if more than a
twentieth of its scores are further than a twentieth of their range from TFLite's, or a reason is another one.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

import operators as of_operators
from writer import Graph

SAMPLES, INPUTS, NEAR, NEARLY = 24, 8, 16, 1e-3
ACTIVATIONS = [None, None, "relu", "relu", "relu6"]


class Builder:
    """A graph as it grows, with the root mean square that its last tensor is expected to have."""

    def __init__(self, rng):
        self.rng = rng
        self.graph = Graph()
        self.rms = 10 ** rng.uniform(-6, 6)

    def activation(self):
        a = self.rng.choice(np.array(ACTIVATIONS, dtype=object))
        # A relu6 that all values pass, or none, leaves nothing to compare.
        return "relu" if a == "relu6" and not 0.3 < self.rms < 10 else a

    def windowed(self, x, depthwise):
        g, rng = self.graph, self.rng
        _, h, w, c = g.shape(x)
        k = int(rng.integers(1, min(h, w, 3) + 1))
        padding, stride = rng.choice(["SAME", "VALID"]), int(rng.integers(1, 3))
        before = self.rms
        gain = 10 ** rng.uniform(-2, 2)
        self.rms = float(np.clip(before * gain, 1e-6, 1e6))
        gain = self.rms / before
        if depthwise:
            multiplier = int(rng.integers(1, 3))
            weights = rng.normal(0, gain / k, (1, k, k, c * multiplier))
            biases = rng.normal(0, 0.3 * self.rms, c * multiplier)
            return g.depthwise(x, weights, biases, padding, stride, self.activation())
        outputs = int(rng.integers(1, 9))
        weights = rng.normal(0, gain / np.sqrt(k * k * c), (outputs, k, k, c))
        return g.conv(x, weights, rng.normal(0, 0.3 * self.rms, outputs), padding, stride, self.activation())

    def dense(self, x, outputs, activation, rms=None):
        n = self.graph.shape(x)[1]
        before = self.rms
        self.rms = rms or float(np.clip(before * 10 ** self.rng.uniform(-2, 2), 1e-6, 1e6))
        weights = self.rng.normal(0, self.rms / before / np.sqrt(n), (outputs, n))
        return self.graph.dense(x, weights, self.rng.normal(0, 0.3 * self.rms, outputs), activation)

    def elementwise(self, x):
        g, rng = self.graph, self.rng
        channels = g.shape(x)[-1]
        constant = (channels,) if rng.random() < 0.7 else (1,)
        if rng.random() < 0.5:
            return g.add(x, g.constant(rng.normal(0, self.rms, constant)), self.activation())
        gain = 10 ** rng.uniform(-1, 1)
        self.rms = float(np.clip(self.rms * gain, 1e-6, 1e6))
        return g.mul(x, g.constant(gain * rng.uniform(0.3, 1.7, constant) * rng.choice([-1, 1], constant)),
                     self.activation())

    def residual(self, x):
        """x + f(x), f a layer that keeps shape and magnitude."""
        g, n = self.graph, self.graph.shape(x)[-1]
        w = self.rng.normal(0, 1 / np.sqrt(n), (n, n))
        b = self.rng.normal(0, 0.3 * self.rms, n)
        if len(g.shape(x)) == 4:
            y = g.conv(x, w.reshape(n, 1, 1, n), b, "SAME", 1, "relu")
        else:
            y = g.dense(x, w, b, "relu")
        return g.add(x, y, self.activation())

    def image_layer(self, x):
        kind = self.rng.integers(0, 6)
        size = min(self.graph.shape(x)[1:3])
        if kind < 2:
            return self.windowed(x, False)
        if kind == 2:
            return self.windowed(x, True)
        if kind == 3 and size >= 2:
            return self.graph.pool(x, bool(self.rng.integers(0, 2)), 2, self.rng.choice(["SAME", "VALID"]), 2)
        if kind == 4:
            return self.residual(x)
        return self.elementwise(x)

    def vector_layer(self, x):
        kind = self.rng.integers(0, 4)
        if kind < 2:
            return self.dense(x, int(self.rng.integers(2, 25)), self.activation())
        return self.residual(x) if kind == 2 else self.elementwise(x)

    def build(self):
        """The shape of the input, its scale, the output."""
        rng, g, scale = self.rng, self.graph, self.rms
        if rng.random() < 0.6:
            shape = [1, int(rng.integers(3, 11)), int(rng.integers(3, 11)), int(rng.integers(1, 5))]
        else:
            shape = [1, int(rng.integers(2, 33))]
        x = g.input(shape)
        for _ in range(rng.integers(1, 5)):
            x = self.image_layer(x) if len(g.shape(x)) == 4 else self.vector_layer(x)
        if len(g.shape(x)) == 4 and rng.random() < 0.8:
            x = g.flatten(x)
        if len(g.shape(x)) == 2:
            softmax = rng.random() < 0.3
            # Of scores beyond some ten a softmax is an arg-max: its result hangs on the last bit of a float.
            x = self.dense(x, int(rng.integers(2, 11)), None, 10 ** rng.uniform(-1, 0.7) if softmax else None)
            if softmax:
                x = g.softmax(x)
        return shape, scale, x


# Of LOCAL_RESPONSE_NORMALIZATION the reference kernel leaves out the last channel of each sum, these do not.
OPTIMISED = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES


def reference(model, inputs, kernels=OpResolverType.BUILTIN_REF):
    """model: a path, or the model itself."""
    given = {"model_content": model} if isinstance(model, bytes) else {"model_path": str(model)}
    i = Interpreter(**given, experimental_op_resolver_type=kernels)
    i.allocate_tensors()
    out = []
    for x in inputs:
        i.reset_all_variables()
        i.set_tensor(i.get_input_details()[0]["index"], x[None])
        i.invoke()
        out.append(i.get_tensor(i.get_output_details()[0]["index"])[0].copy().ravel())
    return np.array(out)


def call(*args):
    r = subprocess.run([str(a) for a in args], capture_output=True, text=True)
    return r.returncode, r.stdout, r.stderr.strip()


def judge(program, folder, seed):
    """None, or what is wrong."""
    rng = np.random.default_rng(seed)
    b = Builder(rng)
    shape, scale, out = b.build()
    model = folder / "model.tflite"
    b.graph.write(model, out)
    data = rng.normal(0, scale, (SAMPLES + INPUTS, *shape[1:])).astype(np.float32)
    np.save(folder / "calibration.npy", data[:SAMPLES])
    np.save(folder / "inputs.npy", data[SAMPLES:])
    code, text, err = call(program, "compile", model, "--json", "-q")
    if code:
        return f"refused: {err}"
    limit = json.loads(text)["quantisation"]["accuracy"]["limit"]
    code, text, err = call(program, "run", model, folder / "inputs.npy", "--json", "-q", "--list", INPUTS)
    if code:
        return f"an input like the samples is refused: {err}"
    got = np.array([o["tensors"][0]["value"] for o in json.loads(text)["outputs"]]).reshape(INPUTS, -1)
    want = reference(model, data[SAMPLES:])
    samples = reference(model, data[:SAMPLES])
    # Samples that all give the same scores say nothing of their range: then what the inputs give counts.
    spread = np.ptp(samples) or np.ptp(np.append(want, 0)) or 1
    worst = np.abs(got - want).max() / spread
    if worst > limit and not err:
        return f"off by {worst:.3g} of the scores' range, expected at most {limit:.3g}, and nothing is said"
    return None


# Why a graph of all operators may be refused. What is told of an input, and of samples, is the user's to mend.
REASONS = {
    "no setting is accurate enough": "no fixed-point setting is accurate enough",
    "an input unlike the samples": "unlike the calibration samples",
    "a division by 0": "is not above 0",
    "an index beyond a table": "expected 0..",
}


def reason_of(err):
    return next((name for name, words in REASONS.items() if words in err), None)


def tflite_or_none(model, inputs):
    try:
        return reference(model, inputs, OPTIMISED)
    except (RuntimeError, ValueError):
        return None


def graph_of_operators(rng):
    """The builder, the model, and how its inputs are drawn."""
    def samples(shape, scale, count=8):
        return rng.normal(0, scale, (count, *shape[1:])).astype(np.float32)
    b = of_operators.Builder(rng, tflite_or_none)
    shape, scale, content = b.build(samples)
    return b, content, lambda count: samples(shape, scale, count)


def sides(builder, want, inputs, seed):
    """The least and the largest of each score where inputs and constants differ from what they are by a thousandth."""
    rng = np.random.default_rng(seed)
    results = [want]
    for _ in range(NEAR):
        x = inputs + rng.normal(0, NEARLY * np.sqrt((inputs ** 2).mean()), inputs.shape).astype(np.float32)
        y = tflite_or_none(builder.nearly(rng, NEARLY), x)
        results += [y] if y is not None and y.shape == want.shape else []
    return np.min(results, 0), np.max(results, 0)


def judge_operators(program, folder, seed, seen):
    """None, or what is wrong with a graph of all operators; reasons and operators are counted in seen."""
    b, content, draw = graph_of_operators(np.random.default_rng(seed))
    model = folder / "model.tflite"
    model.write_bytes(content)
    for name in set(b.drawn):
        seen[name] = seen.get(name, 0) + 1
    data = draw(SAMPLES + INPUTS)
    np.save(folder / "calibration.npy", data[:SAMPLES])
    np.save(folder / "inputs.npy", data[SAMPLES:])
    want = reference(content, data[SAMPLES:], OPTIMISED)
    spread = np.ptp(reference(content, data[:SAMPLES], OPTIMISED)) or np.ptp(want) or 1
    for accuracy in ([], ["--accuracy", 1, "--table-bits", 16]):
        code, text, err = call(program, "compile", model, "--json", "-q", *accuracy)
        stated = json.loads(text)["quantisation"]["accuracy"] if not code else {"limit": 0, "worst": 0}
        limit = max(stated["limit"], stated["worst"])  # what `run` speaks of begins beyond both
        if not code:
            code, text, err = call(program, "run", model, folder / "inputs.npy", "--json", "-q", "--list", INPUTS, *accuracy)
        if not code:
            break
        why = reason_of(err)
        if why is None:
            return f"refused: {err} ({', '.join(b.drawn)})"
    if code:
        seen[f"refused: {why}"] = seen.get(f"refused: {why}", 0) + 1
        return None
    got = np.array([o["tensors"][0]["value"] for o in json.loads(text)["outputs"]]).reshape(INPUTS, -1)
    if accuracy:
        seen[f"without a limit: {why}"] = seen.get(f"without a limit: {why}", 0) + 1

    def is_wrong(off):
        return (off > 0.05).mean() > 0.05 if accuracy else off.max() > limit and not err
    off = np.abs(got - want) / spread
    if is_wrong(off):
        least, most = sides(b, want, data[SAMPLES:], seed)
        off = np.maximum(np.maximum(least - got, got - most), 0) / spread
    wrong = is_wrong(off)
    return f"off by {off.max():.3g}, {(off > 0.05).mean():.2g} of the scores by more than 0.05 ({', '.join(b.drawn)})" if wrong else None


def save(folder, seed):
    """A graph with four inputs and what TFLite makes of them, for a test without TFLite."""
    _, content, draw = graph_of_operators(np.random.default_rng(seed))
    data = draw(4)
    (folder / f"{seed}.tflite").write_bytes(content)
    np.save(folder / f"{seed}.in.npy", data)
    np.save(folder / f"{seed}.out.npy", reference(content, data, OPTIMISED))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("program")
    p.add_argument("--operators", action="store_true", help="graphs of all operators")
    p.add_argument("--save", type=pathlib.Path, help="write graphs of all operators with TFLite's results to a folder, nothing else")
    p.add_argument("--count", type=int, default=400)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--keep", type=pathlib.Path, help="leave the files of graphs that fail here")
    a = p.parse_args()
    failed, seen = 0, {}
    if a.save:
        for seed in range(a.seed, a.seed + a.count):
            save(a.save, seed)
        return 0
    for seed in range(a.seed, a.seed + a.count):
        with tempfile.TemporaryDirectory() as t:
            folder = pathlib.Path(t)
            if a.keep:
                folder = a.keep / str(seed)
                folder.mkdir(parents=True, exist_ok=True)
            wrong = judge_operators(a.program, folder, seed, seen) if a.operators else judge(a.program, folder, seed)
            if wrong:
                failed += 1
                print(f"seed {seed}: {wrong}", flush=True)
            elif a.keep:
                for f in folder.iterdir():
                    f.unlink()
                folder.rmdir()
    for what, count in sorted(seen.items()):
        print(f"{count:5} {what}")
    print(f"{a.count - failed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
