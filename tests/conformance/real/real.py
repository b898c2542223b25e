#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trained float models out of packages of PyPI and npm (models.json), compiled, checked, compared with TFLite's reference
kernels and, those that it says, proved and verified.

  real.py PROGRAM FOLDER [ID ...]      PROGRAM: halocline; FOLDER: for models, inputs and proofs; ID: these alone
  real.py --table PROGRAM FOLDER ...   docs/real-models.md's table instead of a line each

The models keep the licences that models.json names and are not part of this repository. Inputs are seeded pictures. The exit
code is 1 if a model is refused, violates its circuit, or is far from TFLite.
Needs requirements.txt, pip and npm."""
import argparse
import collections
import hashlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = 12  # for calibration
CUSTOM, TRANSPOSE_CONV = 32, 67


def archive(entry, cache):
    """The package's file, downloaded once."""
    registry, package, version = entry["from"].split(" ")
    folder = cache / registry / f"{package.replace('/', '+')}-{version}"
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", str(folder), f"{package}=={version}",
               "--python-version", "3.11", *(f"--platform=manylinux_2_{n}_x86_64" for n in (28, 34, 35, 39)), "--platform=manylinux2014_x86_64"]
        npm = ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{package}@{version}"]
        subprocess.run(pip if registry == "pypi" else npm, check=True, stdout=subprocess.DEVNULL)
    return next(folder.iterdir())


def fetch(entry, folder):
    """The file that the package has, its hash as in models.json."""
    outer, _, inner = entry["path"].partition("!")
    file = archive(entry, folder / "packages")
    if file.suffix == ".tgz":
        with tarfile.open(file) as t:
            data = t.extractfile(outer).read()
    else:
        with zipfile.ZipFile(file) as z:
            data = z.read(next(n for n in z.namelist() if n.endswith(outer)))
    data = zipfile.ZipFile(io.BytesIO(data)).read(inner) if inner else data
    digest = hashlib.sha256(data).hexdigest()
    assert digest == entry["sha256"], f"{entry['id']}: sha256 is {digest}, expected {entry['sha256']}"
    return data


def to_tflite(path):
    """Of a Keras file, with a batch of 1."""
    import tensorflow as tf
    import tf_keras
    m = tf_keras.models.load_model(path, compile=False)
    spec = tf.TensorSpec([1, *m.inputs[0].shape[1:]], tf.float32)
    f = tf.function(lambda x: m(x, training=False)).get_concrete_function(spec)
    return tf.lite.TFLiteConverter.from_concrete_functions([f], m).convert()


def model_of(entry, folder):
    path = folder / f"{entry['id']}.tflite"
    if not path.exists():
        data = fetch(entry, folder)
        if entry["path"].endswith(".h5"):
            path.with_suffix(".h5").write_bytes(data)
            data = to_tflite(path.with_suffix(".h5"))
        path.write_bytes(data)
    return path


def picture(draw, shape, lo, hi):
    """Hills of several widths in each channel, a bright and a dark ellipse over all of them, a little noise."""
    h, w, c = ([1, 1, 1] + list(shape))[-3:]
    y, x = np.mgrid[0:1:h * 1j, 0:1:w * 1j]
    out = np.zeros((h, w, c))
    for k in range(c):
        for _ in range(6):
            fy, fx, phase = *draw.normal(0, 4, 2), draw.uniform(0, 6.28)
            out[:, :, k] += np.cos(fy * y + fx * x + phase) / 4
    for sign in (1, -1):
        cy, cx, ry, rx = *draw.uniform(0.2, 0.8, 2), *draw.uniform(0.1, 0.4, 2)
        out[((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 < 1] += sign * draw.uniform(0.3, 1)
    out = np.tanh(out + draw.normal(0, 0.05, out.shape))
    return ((out + 1) / 2 * (hi - lo) + lo).astype(np.float32).reshape(shape)


def operators(schema, model):
    names = {v: k for k, v in vars(schema.BuiltinOperator).items() if isinstance(v, int)}
    g, count = model.subgraphs[0], collections.Counter()
    for o in g.operators:
        code = model.operatorCodes[o.opcodeIndex]
        number = max(code.builtinCode, code.deprecatedBuiltinCode)
        count[code.customCode.decode() if number == CUSTOM else names[number]] += 1
    return count


def without_custom(schema, model):
    """TFLite has no kernel for MediaPipe's transposed convolution: the same by its own."""
    g = model.subgraphs[0]
    for o in g.operators:
        code = model.operatorCodes[o.opcodeIndex]
        if code.customCode != b"Convolution2DTransposeBias":
            continue
        padding, stride_w, stride_h = np.asarray(o.customOptions, np.uint8).view(np.int32)[:3]
        code.builtinCode = code.deprecatedBuiltinCode = TRANSPOSE_CONV
        code.customCode, code.version = None, 3
        o.customOptions = None
        o.builtinOptionsType, o.builtinOptions = schema.BuiltinOptions.TransposeConvOptions, schema.TransposeConvOptionsT()
        o.builtinOptions.padding, o.builtinOptions.strideW, o.builtinOptions.strideH = int(padding) - 1, int(stride_w), int(stride_h)
        size, buffer = schema.TensorT(), schema.BufferT()
        buffer.data = np.array(g.tensors[o.outputs[0]].shape, np.int32).view(np.uint8)
        size.shape, size.type, size.name, size.buffer = [4], schema.TensorType.INT32, b"size", len(model.buffers)
        model.buffers.append(buffer)
        g.tensors.append(size)
        o.inputs = [len(g.tensors) - 1, o.inputs[1], o.inputs[0], o.inputs[2]]
    import flatbuffers
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def reference(data, x):
    import tensorflow as tf
    it = tf.lite.Interpreter(model_content=data, experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF)
    it.allocate_tensors()
    it.set_tensor(it.get_input_details()[0]["index"], x)
    it.invoke()
    return [it.get_tensor(d["index"]) for d in it.get_output_details()]


def prepare(entry, path):
    """Input, calibration, what TFLite makes of the input; and the operators."""
    from tensorflow.lite.python import schema_py_generated as schema
    data = path.read_bytes()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
    shape = [int(n) for n in model.subgraphs[0].tensors[model.subgraphs[0].inputs[0]].shape]
    draw = np.random.default_rng(7)
    samples = np.concatenate([picture(draw, shape, *entry["input"]) for _ in range(SAMPLES + 1)])
    np.save(path.with_suffix(".input.npy"), samples[:1])
    np.save(path.with_suffix(".calibration.npy"), samples[1:])
    count = operators(schema, model)
    return reference(without_custom(schema, model), samples[:1]), count


def halocline(program, *args):
    """What it prints as JSON."""
    p = subprocess.run([program, *map(str, args), "--threads", "2", "-q", "--json"], capture_output=True, text=True)
    if p.returncode != 0:
        raise RuntimeError(f"{args[0]}: {p.stderr.strip()[-600:]}")
    return json.loads(p.stdout)


def compare(tensors, want):
    """Worst error over the range of each output, the worst of all; cosine; whether each largest element is TFLite's."""
    assert len(tensors) == len(want), (len(tensors), len(want))
    worst, cosine, same = 0.0, 1.0, True
    for t, w in zip(tensors, want):
        g, w = np.array(t["value"]), w.ravel().astype(float)
        assert g.size == w.size, (t["name"], g.size, w.size)
        worst = max(worst, np.abs(g - w).max() / max(w.max() - w.min(), abs(w).max(), 1e-30))
        if g.size > 1:
            cosine = min(cosine, g @ w / np.sqrt((g @ g) * (w @ w)))
            same = same and g.argmax() == w.argmax()
    return worst, cosine, same


def one(program, entry, folder):
    path = model_of(entry, folder)
    want, count = prepare(entry, path)
    x = path.with_suffix(".input.npy")
    layout = halocline(program, "compile", path)
    halocline(program, "check", path, x)
    run = halocline(program, "run", path, x)
    worst, cosine, same = compare(run["outputs"][0]["tensors"], want)
    row = {"id": entry["id"], "operators": count, "layout": layout, "worst": worst, "cosine": cosine, "same": same, "least": entry["cosine"]}
    if entry["prove"]:
        proof = folder / f"{entry['id']}.proof"
        result = halocline(program, "prove", path, x, "-o", proof, "--unsafe-dev-srs", "--no-report", "--cache", folder / "cache")
        halocline(program, "verify", proof / "vk.hcl", proof / "proof.bin", proof / "public.json")
        row["prove"] = result
    return row


def judged(row):
    """What is wrong with a row, or nothing."""
    if row["worst"] > 0.05 and row["cosine"] < row["least"]:
        return f"{row['id']}: off by {row['worst']:.3f} of an output's range, cosine {row['cosine']:.5f}, expected {row['least']}"
    return ""


def line(row, table):
    layout, p = row["layout"]["layout"], row.get("prove")
    names = ", ".join(f"{k} {v}" for k, v in sorted(row["operators"].items(), key=lambda i: (-i[1], i[0])))
    proof = (f"{p['prove_seconds']:.1f} s", f"{p['predicted']['measured_rss_bytes'] / 2**30:.2f} GiB", f"{p['proof_bytes']:,}") if p else \
        (f"({row['layout']['layout']['cost']['seconds']:.0f} s of one thread)", "", "")
    same = "yes" if row["same"] else "no"
    cells = (row["id"], names, f"{layout['rows']:,}", f"2^{layout['k']}, {layout['lanes']}", *proof, f"{100 * row['worst']:.2f} %",
             f"{row['cosine']:.5f}", same)
    return "| " + " | ".join(cells) + " |" if table else ": ".join((cells[0], ", ".join(cells[2:])))


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--table", action="store_true")
    a.add_argument("program")
    a.add_argument("folder", type=pathlib.Path)
    a.add_argument("ids", nargs="*")
    a = a.parse_args()
    a.folder.mkdir(parents=True, exist_ok=True)
    entries = [e for e in json.loads((HERE / "models.json").read_text()) if not a.ids or e["id"] in a.ids]
    assert len(entries) == len(a.ids) or not a.ids, "no such model in models.json"
    wrong = []
    for e in entries:
        try:
            row = one(a.program, e, a.folder)
            print(line(row, a.table), flush=True)
            wrong += [judged(row)] if judged(row) else []
        except RuntimeError as err:
            wrong.append(f"{e['id']}: {err}")
    for w in wrong:
        print("FAILED", w)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
