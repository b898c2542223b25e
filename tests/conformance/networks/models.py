# SPDX-License-Identifier: Apache-2.0
"""The architectures. Each entry of MODELS builds a callable and its samples.

maker(name, **options) -> (function or Keras model, [samples per input]). A sample array is [n, ...] without the batch axis;
inputs of the model are [1, ...].
"""
import numpy as np
import tensorflow as tf

from parts import *  # noqa: F403

KERAS_SEED = 7


# ---- Keras convolutional networks --------------------------------------------------------------------------

def _keras():
    import keras
    keras.backend.clear_session()
    keras.utils.set_random_seed(KERAS_SEED)
    return keras


def settle(model, samples, rounds=3):
    """Give every batch normalisation the statistics of the samples, as training would: activations keep a
    deviation near one through the folded network."""
    import keras
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
            g = rng(model.name, layer.name)
            n = layer.gamma.shape[0]
            layer.gamma.assign(1 + 0.1 * g.standard_normal(n))
            layer.beta.assign(0.1 * g.standard_normal(n))
    for _ in range(rounds):
        model(samples, training=True)
    return model


def separate(model, head, samples, scale=8.0):
    """Give the head of a random classifier something to say. Pooled features of random networks hardly differ
    from one input to the next, so every input gets the same class by a hair. Here class j < n answers to sample
    j, the others to mixtures of samples, on features made white over the samples: margins as of a trained net."""
    import keras
    feed = keras.Model(model.input, model.get_layer(head).input)
    f = np.concatenate([feed(samples[i:i + 1], training=False).numpy().reshape(1, -1) for i in range(len(samples))])
    mean, dev = f.mean(0), f.std(0) + 0.1 * f.std()
    white = (f - mean) / dev
    shape = model.get_layer(head).kernel.shape
    mix = np.eye(shape[-1], len(f))
    mix[len(f):] = rng(model.name, "classes").dirichlet([0.5] * len(f), max(0, shape[-1] - len(f))) * 0.5
    k = (mix[:, :] @ white / (white ** 2).sum(1).mean() * scale / dev).astype(np.float32)
    model.get_layer(head).kernel.assign(k.T.reshape(shape))
    model.get_layer(head).bias.assign(-k @ mean)
    return model


def resnet_cifar(name, size=32, widths=(16, 32, 64), blocks=3, classes=10):
    keras = _keras()
    L = keras.layers

    def bn_conv(x, n, k, s, relu):
        x = L.Conv2D(n, k, s, "same", use_bias=False, kernel_initializer="he_normal")(x)
        x = L.BatchNormalization()(x)
        return L.ReLU()(x) if relu else x

    inp = x = L.Input([size, size, 3], batch_size=None)
    x = bn_conv(x, widths[0], 3, 1, True)
    for stage, n in enumerate(widths):
        for b in range(blocks):
            s = 2 if stage and b == 0 else 1
            y = bn_conv(bn_conv(x, n, 3, s, True), n, 3, 1, False)
            if s == 2:
                x = bn_conv(x, n, 1, 2, False)
            x = L.ReLU()(L.Add()([x, y]))
    x = L.AveragePooling2D(x.shape[1])(x)
    x = L.Dense(classes, name="head")(L.Flatten()(x))
    s = images(name, 40, size, size, 3)
    return separate(settle(keras.Model(inp, x, name=name), s), "head", s), [s]


def vgg_cifar(name, size=32, plan=((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), fc=(512, 512), classes=10):
    keras = _keras()
    L = keras.layers
    inp = x = L.Input([size, size, 3])
    for n, times in plan:
        for _ in range(times):
            x = L.Conv2D(n, 3, 1, "same", use_bias=False, kernel_initializer="he_normal")(x)
            x = L.ReLU()(L.BatchNormalization()(x))
        x = L.MaxPooling2D(2)(x)
    x = L.Flatten()(x)
    for n in fc:
        x = L.Dense(n, activation="relu", kernel_initializer="he_normal")(x)
    x = L.Dense(classes, name="head")(x)
    s = images(name, 24, size, size, 3)
    return separate(settle(keras.Model(inp, x, name=name), s), "head", s), [s]


def mobilenet_v2(name, size=224, alpha=1.0, classes=1000, slim=False):
    """slim: the ending of the files that Google published (average pool, 1x1 convolution of 1001 classes,
    reshape, softmax) instead of that of keras.applications (mean, dense, softmax)."""
    keras = _keras()
    net = keras.applications.MobileNetV2([size, size, 3], alpha, include_top=not slim, weights=None, classes=classes)
    if slim:
        L = keras.layers
        x = L.AveragePooling2D(net.output.shape[1])(net.output)
        x = L.Conv2D(classes, 1, name="predictions")(x)
        x = L.Softmax()(L.Reshape([classes])(x))
        net = keras.Model(net.input, x)
    s = images(name, 12 if size > 100 else 24, size, size, 3) / 2
    return separate(settle(net, s), "predictions", s), [s]


def dscnn(name, h=49, w=10, n=64, blocks=4, first=(10, 4), classes=12):
    keras = _keras()
    L = keras.layers
    inp = x = L.Input([h, w, 1])
    x = L.ReLU()(L.BatchNormalization()(L.Conv2D(n, first, 2, "same", use_bias=False)(x)))
    for _ in range(blocks):
        x = L.ReLU()(L.BatchNormalization()(L.DepthwiseConv2D(3, 1, "same", use_bias=False)(x)))
        x = L.ReLU()(L.BatchNormalization()(L.Conv2D(n, 1, use_bias=False)(x)))
    x = L.AveragePooling2D(x.shape[1:3])(x)
    x = L.Dense(classes, activation="softmax", name="head")(L.Flatten()(x))
    s = images(name, 40, h, w, 1)
    return separate(settle(keras.Model(inp, x, name=name), s), "head", s), [s]


def squeezenet(name, size=32, squeeze=(8, 16), classes=10):
    keras = _keras()
    L = keras.layers

    def fire(x, n):
        s = L.Conv2D(n, 1, activation="relu", kernel_initializer="he_normal")(x)
        a = L.Conv2D(2 * n, 1, activation="relu", kernel_initializer="he_normal")(s)
        b = L.Conv2D(2 * n, 3, 1, "same", activation="relu", kernel_initializer="he_normal")(s)
        return L.Concatenate()([a, b])

    inp = L.Input([size, size, 3])
    x = L.Conv2D(2 * squeeze[0], 3, 2, "same", activation="relu", kernel_initializer="he_normal")(inp)
    for n in squeeze:
        x = L.MaxPooling2D(3, 2)(fire(fire(x, n), n))
    x = L.Conv2D(classes, 1, kernel_initializer="he_normal")(x)
    x = L.Softmax()(L.GlobalAveragePooling2D()(x))
    return keras.Model(inp, x, name=name), [images(name, 24, size, size, 3)]


def hardswish_se(name, size=32, widths=(16, 24, 40), classes=10):
    """MobileNetV3 and EfficientNet-Lite in small: inverted residuals, squeeze-and-excite, hard-swish."""
    keras = _keras()
    L = keras.layers

    def bn(x, act=True):
        x = L.BatchNormalization()(x)
        return x * L.ReLU(6.0)(x + 3.0) * (1 / 6) if act else x

    inp = L.Input([size, size, 3])
    x = bn(L.Conv2D(widths[0], 3, 2, "same", use_bias=False)(inp))
    for i, n in enumerate(widths):
        e = 3 * x.shape[-1]
        y = bn(L.Conv2D(e, 1, use_bias=False)(x))
        y = bn(L.DepthwiseConv2D(5 if i else 3, 2 if i else 1, "same", use_bias=False)(y))
        g = L.GlobalAveragePooling2D(keepdims=True)(y)
        g = L.Conv2D(e // 4, 1, activation="relu")(g)
        g = L.Conv2D(e, 1, activation="hard_sigmoid")(g)
        y = bn(L.Conv2D(n, 1, use_bias=False)(y * g), act=False)
        x = L.Add()([x, y]) if y.shape == x.shape else y
    x = L.Dense(classes, name="head")(L.GlobalAveragePooling2D()(x))
    s = images(name, 24, size, size, 3)
    return separate(settle(keras.Model(inp, x, name=name), s), "head", s), [s]


def autoencoder(name, size=16, widths=(8, 16)):
    keras = _keras()
    L = keras.layers
    inp = x = L.Input([size, size, 1])
    for n in widths:
        x = L.Conv2D(n, 3, 2, "same", activation="relu", kernel_initializer="he_normal")(x)
    x = L.Conv2DTranspose(widths[0], 3, 2, "same", activation="relu", kernel_initializer="he_normal")(x)
    x = L.UpSampling2D(2, interpolation="bilinear")(x)
    x = L.Conv2D(1, 3, 1, "same", activation="sigmoid")(x)
    return keras.Model(inp, x, name=name), [images(name, 24, size, size, 1)]


def detector(name, size=32, width=8):
    """YOLO in small: leaky ReLU, pooling of stride 1, nearest upsampling, concatenation, two outputs."""
    keras = _keras()
    L = keras.layers

    def cbl(x, n, k=3, s=1):
        x = L.Conv2D(n, k, s, "same", use_bias=False)(x)
        return L.LeakyReLU(negative_slope=0.1)(L.BatchNormalization()(x))

    inp = L.Input([size, size, 3])
    a = cbl(cbl(inp, width, 3, 2), 2 * width, 3, 2)
    b = cbl(a, 4 * width, 3, 2)
    p = cbl(b, 2 * width, 1)
    p1 = L.MaxPooling2D(5, 1, "same")(p)
    b = cbl(L.Concatenate()([p, p1, L.MaxPooling2D(5, 1, "same")(p1)]), 4 * width, 1)
    u = L.Concatenate()([L.UpSampling2D(2)(cbl(b, 2 * width, 1)), a])
    outs = [L.Activation("sigmoid")(L.Conv2D(18, 1)(t)) for t in (b, cbl(u, 2 * width))]
    s = images(name, 24, size, size, 3)
    return settle(keras.Model(inp, outs, name=name), s), [s]  # two outputs


def embedder(name, size=24, width=8, dim=16):
    """A face or speaker embedder in small: PReLU, depthwise strides, L2-normalised output."""
    keras = _keras()
    L = keras.layers
    inp = L.Input([size, size, 3])
    alpha = keras.initializers.Constant(0.25)
    x = L.PReLU(alpha, shared_axes=[1, 2])(L.BatchNormalization()(L.Conv2D(width, 3, 2, "same", use_bias=False)(inp)))
    x = L.DepthwiseConv2D(3, 2, "same", use_bias=False)(x)
    x = L.PReLU(alpha, shared_axes=[1, 2])(L.BatchNormalization()(x))
    x = L.Dense(dim)(L.Flatten()(x))
    x = L.UnitNormalization()(x)
    s = images(name, 24, size, size, 3)
    return settle(keras.Model(inp, x, name=name), s), [s]


def tcn(name, t=32, d=8, width=16):
    """Dilated causal convolutions over time."""
    keras = _keras()
    L = keras.layers
    inp = x = L.Input([t, d])
    for dilation in (1, 2, 4):
        y = L.Conv1D(width, 3, padding="causal", dilation_rate=dilation, activation="relu",
                     kernel_initializer="he_normal")(x)
        x = L.Add()([y, L.Conv1D(width, 1)(x)])
    x = L.Dense(4)(L.GlobalMaxPooling1D()(x))
    return keras.Model(inp, x, name=name), [sequences(name, 24, t, d)]


def mlp(name, sizes=(784, 128, 64, 10)):
    keras = _keras()
    L = keras.layers
    inp = x = L.Input([sizes[0]])
    for n in sizes[1:-1]:
        x = L.Dense(n, activation="relu", kernel_initializer="he_normal")(x)
    x = L.Dense(sizes[-1], activation="softmax")(x)
    return keras.Model(inp, x, name=name), [vectors(name, 40, sizes[0])]


# ---- recurrent ---------------------------------------------------------------------------------------------

def recurrent(name, cell, t=8, d=8, units=16, classes=4, unroll=True):
    """Keras 3: unrolled, or as a loop."""
    keras = _keras()
    L = keras.layers
    inp = L.Input([t, d], batch_size=1)
    x = getattr(L, cell)(units, unroll=unroll)(inp)
    x = L.Dense(classes, activation="softmax")(x)
    return keras.Model(inp, x, name=name), [sequences(name, 24, t, d)]


def lstm_fused(name, t=8, d=8, units=16, classes=4):
    """Keras 2 (tf_keras) marks its LSTM so that the converter makes one operator of it."""
    import tf_keras
    tf_keras.utils.set_random_seed(KERAS_SEED)
    L = tf_keras.layers
    inp = L.Input([t, d], batch_size=1)
    x = L.Dense(classes, activation="softmax")(L.LSTM(units)(inp))
    m = tf_keras.Model(inp, x, name=name)
    m.by_saved_model = True
    return m, [sequences(name, 24, t, d)]  # one UNIDIRECTIONAL_SEQUENCE_LSTM, with variable state tensors


# ---- transformers ------------------------------------------------------------------------------------------

def gpt2(name, layers=6, dim=768, heads=12, vocabulary=50257, t=64, embedded=False, mask=-1e4):
    """GPT-2: tied head, tanh GELU, causal mask added to the scores. embedded: starts behind the token
    embedding, as ZKML's file does."""
    w = Weights(name.replace("_embedded", ""))
    low = causal_mask(t, mask)
    wte = w.get("wte", [vocabulary, dim], 0.2)
    wpe = w.get("wpe", [t, dim], 0.1)

    def block(i, x):
        n = f"h{i}."
        y = dense(w, n + "qkv", layer_norm(w, n + "ln1", x), 3 * dim, 2.0)
        q, k, v = (split_heads(p, heads) for p in tf.split(y, 3, -1))
        x = x + dense(w, n + "out", merge_heads(attend(q, k, v, low)), dim)
        y = tf.nn.gelu(dense(w, n + "up", layer_norm(w, n + "ln2", x), 4 * dim), approximate=True)
        return x + dense(w, n + "down", y, dim)

    def run(x):
        if not embedded:
            x = tf.gather(wte, x)
        x = x + wpe
        for i in range(layers):
            x = block(i, x)
        x = layer_norm(w, "lnf", x)
        return tf.linalg.matmul(x, wte, transpose_b=True)

    n = 8 if dim < 300 else 3
    ids = tokens(name, n, t, vocabulary)
    samples = wte.numpy()[ids] if embedded else ids
    return run, [samples]


def llama(name, layers=2, dim=64, heads=4, kv=2, vocabulary=512, t=16):
    """RMSNorm, rotary positions, grouped-query attention, SwiGLU."""
    w = Weights(name)
    d = dim // heads
    angle = np.arange(t)[:, None] / 10000 ** (np.arange(0, d, 2) / d)
    cos, sin = (tf.constant(np.concatenate([f(angle)] * 2, -1)[None, None].astype(np.float32)) for f in (np.cos, np.sin))
    low = causal_mask(t, -1e9)

    def rotate(x):
        a, b = tf.split(x, 2, -1)
        return x * cos + tf.concat([-b, a], -1) * sin

    def run(ids):
        wte = w.get("wte", [vocabulary, dim], 0.5)
        x = tf.gather(wte, ids)
        for i in range(layers):
            n = f"h{i}."
            y = rms_norm(w, n + "n1", x)
            q = rotate(split_heads(dense(w, n + "q", y, dim, 2, False), heads))
            k = rotate(split_heads(dense(w, n + "k", y, kv * d, 2, False), kv))
            v = split_heads(dense(w, n + "v", y, kv * d, 1, False), kv)
            k, v = (tf.repeat(p, heads // kv, 1) for p in (k, v))
            x = x + dense(w, n + "o", merge_heads(attend(q, k, v, low)), dim, 1, False)
            y = rms_norm(w, n + "n2", x)
            x = x + dense(w, n + "down", silu(dense(w, n + "gate", y, 2 * dim, 1, False))
                          * dense(w, n + "up", y, 2 * dim, 1, False), dim, 1, False)
        return dense(w, "head", rms_norm(w, "nf", x), vocabulary, 4, False)

    ids = tokens(name, 8, t, vocabulary)
    return run, [ids]


def encoder(name, t=16, dim=32, heads=4, ff=64, exact_gelu=True, mask=False):
    """One post-norm encoder block out of Keras' own layers."""
    keras = _keras()
    L = keras.layers
    inp = x = L.Input([t, dim], batch_size=1)
    a = L.MultiHeadAttention(heads, dim // heads)(x, x, use_causal_mask=mask)
    x = L.LayerNormalization()(L.Add()([x, a]))
    y = L.Dense(ff)(x)
    y = L.Activation(lambda v: keras.activations.gelu(v, approximate=not exact_gelu))(y)
    x = L.LayerNormalization()(L.Add()([x, L.Dense(dim)(y)]))
    return keras.Model(inp, x, name=name), [sequences(name, 16, t, dim)]


def vit(name, size=16, patch=4, dim=32, heads=4, layers=2, classes=10):
    w = Weights(name)
    t = (size // patch) ** 2

    def run(x):
        x = tf.reshape(conv(w, "patch", x, dim, patch, patch, padding="VALID"), [1, t, dim])
        x = tf.concat([w.get("class", [1, 1, dim], 0.5), x], 1) + w.get("pos", [1, t + 1, dim], 0.3)
        for i in range(layers):
            n = f"h{i}."
            y = dense(w, n + "qkv", layer_norm(w, n + "ln1", x), 3 * dim, 2.0)
            q, k, v = tf.unstack(tf.transpose(tf.reshape(y, [1, t + 1, 3, heads, dim // heads]), [2, 0, 3, 1, 4]))
            x = x + dense(w, n + "out", merge_heads(attend(q, k, v)), dim)
            x = x + dense(w, n + "down", tf.nn.gelu(dense(w, n + "up", layer_norm(w, n + "ln2", x), 4 * dim)), dim)
        return dense(w, "head", layer_norm(w, "lnf", x)[:, 0], classes)

    s = images(name, 16, size, size, 3)
    return run, [s]  # a rank-5 tensor in the middle (heads of q, k, v)


# ---- recommenders ------------------------------------------------------------------------------------------

def dlrm(name, tables=26, rows=100, dim=64, bottom=(512, 256, 64), top=(512, 512, 256, 1), dense_in=13, embedded=False):
    """The Terabyte shape: 763 k weights outside the tables. embedded: the looked-up rows are the input."""
    w = Weights(name.replace("_embedded", ""))
    emb = [w.get(f"emb{i}", [rows, dim], 0.5) for i in range(tables)]

    def stack(n, x, sizes, last):
        for i, k in enumerate(sizes):
            x = dense(w, f"{n}{i}", x, k, 2.0)
            x = tf.nn.relu(x) if i < len(sizes) - 1 or last else tf.sigmoid(x)
        return x

    def run(numbers, sparse):
        x = stack("bot", numbers, bottom, True)
        if embedded:
            e = sparse
        else:
            e = tf.stack([tf.gather(emb[i], sparse[:, i]) for i in range(tables)], 1)
        z = tf.concat([x[:, None], e], 1)
        z = tf.linalg.matmul(z, z, transpose_b=True) * (1.0 / np.sqrt(dim))
        i, j = np.tril_indices(tables + 1, -1)
        pairs = tf.gather(tf.reshape(z, [1, -1]), i * (tables + 1) + j, axis=1)
        return stack("top", tf.concat([x, pairs], 1), top, False)

    n = 16
    numbers = np.log1p(np.abs(vectors(name, n, dense_in) * 3)).astype(np.float32)
    ids = tokens(name, n, tables, rows)
    sparse = np.stack([[emb[i].numpy()[r[i]] for i in range(tables)] for r in ids]) if embedded else ids
    return run, [numbers, sparse]  # two inputs


def masknet(name, features=2776, hidden=1024, blocks=4, shared=2048, tower=(256, 128), tasks=10):
    """Twitter's heavy ranker: parallel mask blocks, then one tower per task."""
    w = Weights(name)

    def run(x):
        outs = []
        for b in range(blocks):
            n = f"b{b}."
            m = dense(w, n + "mask1", tf.nn.relu(dense(w, n + "mask0", x, hidden, 2.0)), features)
            outs.append(tf.nn.relu(layer_norm(w, n + "ln", dense(w, n + "fc", m * x, hidden))))
        s = tf.nn.relu(dense(w, "shared", tf.concat(outs, -1), shared, 2.0))
        heads = []
        for k in range(tasks):
            y = s
            for i, n in enumerate(tower):
                y = tf.nn.relu(dense(w, f"t{k}.{i}", y, n, 2.0))
            heads.append(dense(w, f"t{k}.out", y, 1))
        return tf.sigmoid(tf.concat(heads, -1))

    s = vectors(name, 16, features)
    return run, [s]


# ---- diffusion ---------------------------------------------------------------------------------------------

def unet(name, size=64, base=96, mult=(1, 2, 3), resblocks=2, attention=(16,), groups=32, heads=4, channels=3):
    w = Weights(name)
    tdim = 4 * base

    def res(n, x, t, c):
        y = conv(w, n + "c1", silu(group_norm(w, n + "n1", x, groups)), c, 3)
        y = y + dense(w, n + "t", silu(t), c)[:, None, None]
        y = conv(w, n + "c2", silu(group_norm(w, n + "n2", y, groups)), c, 3)
        return y + (conv(w, n + "skip", x, c, 1) if x.shape[-1] != c else x)

    def attn(n, x):
        _, h, wd, c = x.shape
        y = tf.reshape(conv(w, n + "qkv", group_norm(w, n + "n", x, groups), 3 * c, 1), [1, h * wd, 3 * c])
        y = merge_heads(attend(*(split_heads(p, heads) for p in tf.split(y, 3, -1))))
        return x + conv(w, n + "out", tf.reshape(y, [1, h, wd, c]), c, 1)

    def run(x, time):
        f = np.exp(-np.log(10000) * np.arange(base // 2) / (base // 2)).astype(np.float32)
        a = time[:, None] * f
        t = dense(w, "t1", silu(dense(w, "t0", tf.concat([tf.sin(a), tf.cos(a)], -1), tdim)), tdim)
        x = conv(w, "in", x, base, 3)
        skips = [x]
        for i, m in enumerate(mult):
            for b in range(resblocks):
                x = res(f"d{i}.{b}.", x, t, base * m)
                if x.shape[1] in attention:
                    x = attn(f"d{i}.{b}.a.", x)
                skips.append(x)
            if i < len(mult) - 1:
                x = conv(w, f"d{i}.down", x, base * m, 3, 2)
                skips.append(x)
        x = res("m1.", attn("m.a.", res("m0.", x, t, x.shape[-1])), t, x.shape[-1])
        for i, m in reversed(list(enumerate(mult))):
            for b in range(resblocks + 1):
                x = res(f"u{i}.{b}.", tf.concat([x, skips.pop()], -1), t, base * m)
                if x.shape[1] in attention:
                    x = attn(f"u{i}.{b}.a.", x)
            if i:
                h = x.shape[1]
                x = conv(w, f"u{i}.up", tf.image.resize(x, [2 * h, 2 * h], "nearest"), base * m, 3)
        return conv(w, "out", silu(group_norm(w, "nf", x, groups)), channels, 3)

    n = 8 if size < 32 else 2
    s = images(name, n, size, size, channels)
    time = rng(name, "time").integers(0, 1000, n).astype(np.float32)
    return run, [s, time]  # two inputs: latent and time step (float)


# ---- trees -------------------------------------------------------------------------------------------------

def forest(name, features=16, trees=8, depth=4, classes=3):
    """A forest as three small matrix products: test every node, match every path, add up the leaves."""
    g = rng(name, "trees")
    inner, leaves = trees * (2 ** depth - 1), trees * 2 ** depth
    select = np.eye(features, dtype=np.float32)[:, g.integers(0, features, inner)]
    threshold = g.standard_normal(inner, np.float32) * 0.7
    path, want = np.zeros([inner, leaves], np.float32), np.zeros(leaves, np.float32)
    for tree in range(trees):
        for leaf in range(2 ** depth):
            node = 0
            for level in range(depth):
                right = leaf >> (depth - 1 - level) & 1
                path[tree * (2 ** depth - 1) + node, tree * 2 ** depth + leaf] = 1 if right else -1
                want[tree * 2 ** depth + leaf] += right
                node = 2 * node + 1 + right
    votes = g.dirichlet([0.4] * classes, leaves).astype(np.float32) / trees

    def run(x):
        right = tf.cast(tf.linalg.matmul(x, select) > threshold, tf.float32)
        return tf.linalg.matmul(tf.cast(tf.equal(tf.linalg.matmul(right, path), want), tf.float32), votes)

    s = vectors(name, 40, features)
    return run, [s]  # comparisons: no tolerance makes sense near a threshold


# name: (maker, keyword arguments)
MODELS = {
    # those of the evaluation of ZKML (EuroSys 2024), in its sizes
    "resnet18_cifar": (resnet_cifar, {}),
    "vgg16_cifar": (vgg_cifar, {}),
    "mobilenetv2": (mobilenet_v2, {}),
    "mobilenetv2_slim": (mobilenet_v2, {"slim": True, "classes": 1001}),
    "dlrm": (dlrm, {}),
    "dlrm_embedded": (dlrm, {"embedded": True}),
    "masknet": (masknet, {}),
    "masknet_tenth": (masknet, {"features": 878, "hidden": 324, "shared": 648, "tower": (81, 40)}),
    "gpt2_distil": (gpt2, {}),
    "gpt2_distil_embedded": (gpt2, {"embedded": True}),
    "unet": (unet, {}),
    # the same in small
    "resnet_tiny": (resnet_cifar, {"size": 8, "widths": (4, 8), "blocks": 1}),
    "vgg_tiny": (vgg_cifar, {"size": 8, "plan": ((4, 1), (8, 1)), "fc": (16,)}),
    "mobilenetv2_tiny": (mobilenet_v2, {"size": 32, "alpha": 0.1, "classes": 10}),
    "mobilenetv2_slim_tiny": (mobilenet_v2, {"size": 32, "alpha": 0.1, "classes": 10, "slim": True}),
    "dlrm_tiny": (dlrm, {"tables": 3, "rows": 20, "dim": 8, "bottom": (16, 8), "top": (16, 1), "dense_in": 4}),
    "dlrm_tiny_embedded": (dlrm, {"tables": 3, "rows": 20, "dim": 8, "bottom": (16, 8), "top": (16, 1), "dense_in": 4,
                                  "embedded": True}),
    "masknet_tiny": (masknet, {"features": 24, "hidden": 16, "blocks": 2, "shared": 16, "tower": (8,), "tasks": 2}),
    "gpt2_tiny": (gpt2, {"layers": 2, "dim": 64, "heads": 4, "vocabulary": 512, "t": 16}),
    "gpt2_tiny_embedded": (gpt2, {"layers": 2, "dim": 64, "heads": 4, "vocabulary": 512, "t": 16, "embedded": True}),
    # a mask of -20 instead of -1e4, with which an int8 file can be right
    "gpt2_tiny_softmask": (gpt2, {"layers": 2, "dim": 64, "heads": 4, "vocabulary": 512, "t": 16, "embedded": True, "mask": -20}),
    "gpt2_micro_embedded": (gpt2, {"layers": 1, "dim": 16, "heads": 2, "vocabulary": 64, "t": 8, "embedded": True}),
    "unet_tiny": (unet, {"size": 8, "base": 8, "mult": (1, 2), "resblocks": 1, "attention": (4,), "groups": 4, "heads": 2}),
    # others
    "mlp": (mlp, {}),
    "mlp_tiny": (mlp, {"sizes": (16, 32, 4)}),
    "dscnn_kws": (dscnn, {}),
    "dscnn_tiny": (dscnn, {"h": 12, "w": 8, "n": 8, "blocks": 2, "first": (5, 3), "classes": 4}),
    "squeezenet_tiny": (squeezenet, {}),
    "hardswish_se_tiny": (hardswish_se, {"size": 16, "widths": (8, 12, 12)}),
    "autoencoder_tiny": (autoencoder, {}),
    "detector_tiny": (detector, {}),
    "embedder_tiny": (embedder, {}),
    "tcn_tiny": (tcn, {}),
    "lstm_unrolled_tiny": (recurrent, {"cell": "LSTM"}),
    "lstm_loop_tiny": (recurrent, {"cell": "LSTM", "unroll": False}),
    "lstm_fused_tiny": (lstm_fused, {}),
    "gru_unrolled_tiny": (recurrent, {"cell": "GRU"}),
    "encoder_tiny": (encoder, {}),
    "encoder_causal_tiny": (encoder, {"mask": True, "exact_gelu": False}),
    "vit_tiny": (vit, {}),
    "llama_tiny": (llama, {}),
    "forest_tiny": (forest, {}),
}
