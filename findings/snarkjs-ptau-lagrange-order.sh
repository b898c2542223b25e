#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# snarkjs 0.7.6, `powersoftau prepare phase2`: what section 12 of a prepared .ptau (BN254) holds.
#
# One might expect, for every domain up to the file's power, the Lagrange basis in the order that halo2 uses. Seen:
#   1. points come in the order of snarkjs' own roots of unity (generator 5). halo2's (generator 7) agree up to 32
#      points; from 64 on g_lagrange[i] of halo2 is block[e*i mod n], with 7^t = (5^t)^e, t = (r-1)/2^28. A reader
#      that takes the block as it stands gets another basis, without any point that is invalid;
#   2. behind the block of the file's power there is one of twice as many points. It is not a Lagrange basis: the file
#      has no power tau^(2n-1), and the transform is taken with infinity in its place.
# Needs node (npx fetches snarkjs, and ffjavascript with it). Exit 0: as stated; 1: different; 2: cannot be tried.
set -euo pipefail
command -v npm >/dev/null || { echo "npm is needed"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund snarkjs@0.7.6 >/dev/null || { echo "snarkjs 0.7.6 cannot be installed"; exit 2; }
snarkjs=node_modules/.bin/snarkjs
"$snarkjs" powersoftau new bn128 6 a.ptau >/dev/null
"$snarkjs" powersoftau contribute a.ptau b.ptau --name=x -e="some entropy" >/dev/null
"$snarkjs" powersoftau prepare phase2 b.ptau c.ptau >/dev/null
cat >look.js <<'JS'
const { readFileSync } = require("fs");
const { getCurveFromName } = require("ffjavascript");
const R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n, S = 28n;
const pow = (b, e) => { let r = 1n; for (b %= R; e > 0n; e >>= 1n, b = b * b % R) if (e & 1n) r = r * b % R; return r; };
const root = (g, n) => pow(g, (R - 1n) / BigInt(n));
function section(id) {
    const f = readFileSync("c.ptau");
    for (let at = 12, left = f.readUInt32LE(8); left > 0; left--) {
        const size = Number(f.readBigUInt64LE(at + 4));
        if (f.readUInt32LE(at) === id) return f.subarray(at + 12, at + 12 + size);
        at += 12 + size;
    }
    throw new Error("no section " + id);
}
const inv = a => pow(a, R - 2n);
(async () => {
    const curve = await getCurveFromName("bn128"), G = curve.G1;
    const tau = section(2), lagrange = section(12), point = (s, i) => s.subarray(64 * i, 64 * i + 64);
    /* sum_i c_i P_i over raw points */
    const sum = (coefficients, at) => {
        let acc = G.zero;
        coefficients.forEach((c, i) => { acc = G.add(acc, G.timesScalar(at(i), scalar(c))); });
        return acc;
    };
    const scalar = c => { const b = new Uint8Array(32); for (let i = 0; i < 32; i++, c >>= 8n) b[i] = Number(c & 255n); return b; };
    /* values v at the powers of w, as coefficients */
    const interpolate = (v, w) => v.map((_, j) => v.reduce((a, x, i) => (a + x * pow(inv(w), BigInt(i * j))) % R, 0n) * inv(BigInt(v.length)) % R);
    /* Is the sum of values times points the polynomial at tau, as far as the file has powers of it? */
    const is_basis = (n, w, order) => {
        const v = Array.from({ length: n }, (_, i) => BigInt(i * i + 3 * i + 1));
        const block = n - 1;
        const f = interpolate(v, w), known = f.slice(0, tau.length / 64); /* tau^127 is not in the file */
        if (f[n - 1] === 0n) throw new Error("the polynomial has no top term");
        return G.eq(sum(v, i => point(lagrange, block + order(i))), sum(known, i => point(tau, i)));
    };
    const say = (what, ok) => { console.log((ok ? "as stated: " : "DIFFERENT: ") + what); if (!ok) process.exitCode = 1; };
    say("section 12 has blocks of 1, 2, ..., 64 and 128 points", lagrange.length === 64 * 255);
    for (const n of [2, 16, 32, 64]) {
        say(`block of ${n}: a Lagrange basis for snarkjs' root, from 5`, is_basis(n, root(5n, n), i => i));
        say(`block of ${n}: ${n < 64 ? "also" : "not"} one for halo2's, from 7, as it stands`, is_basis(n, root(7n, n), i => i) === (n < 64));
    }
    let e = 0;
    while (pow(root(5n, 64), BigInt(e)) !== root(7n, 64)) e++;
    say(`block of 64: halo2's basis is block[${e}*i mod 64]`, e !== 1 && is_basis(64, root(7n, 64), i => e * i % 64));
    say("block of 128: sums lack their term of tau^127, so it is no Lagrange basis", is_basis(128, root(5n, 128), i => i));
    await curve.terminate();
})().catch(e => { console.error(e); process.exit(2); });
JS
node look.js
