// SPDX-License-Identifier: Apache-2.0
// Barretenberg's CRS for the secret 5, of points that the real Barretenberg (npm: @aztec/bb.js) computes, in the form in which
// it reads them: bn254_g1.dat, bn254_g2.dat, and the powers compressed. Aztec's own CRS is a download: crs.mjs FOLDER K
import { mkdirSync, writeFileSync } from "node:fs";
import { BackendType, BarretenbergSync } from "@aztec/bb.js";

const [folder, k] = process.argv.slice(2);
const bb = await BarretenbergSync.new({ backend: BackendType.Wasm });
const number = (hex) => Uint8Array.from(Buffer.from(hex.padStart(64, "0"), "hex"));
const generator = { x: number("1"), y: number("2") };
const generatorG2 = {
  x: [number("1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"),
    number("198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2")],
  y: [number("12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"),
    number("090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b")],
};
const secret = number("5");
const powers = [generator];
while (powers.length < 2 ** Number(k))
  powers.push(bb.bn254G1Mul({ point: powers.at(-1), scalar: secret }).point);

// The sign, whether y is odd, is the first bit: the tool itself makes the same point of it.
const compressed = powers.map(({ x, y }) => {
  const form = Buffer.from(x);
  form[0] |= (y[31] & 1) << 7;
  const back = bb.bn254G1FromCompressed({ compressed: form }).point;
  if (Buffer.compare(back.x, x) || Buffer.compare(back.y, y))
    throw new Error(`${form.toString("hex")} is another point`);
  return form;
});
const { x, y } = bb.bn254G2Mul({ point: generatorG2, scalar: secret }).point;
mkdirSync(`${folder}/compressed`, { recursive: true });
writeFileSync(`${folder}/bn254_g1.dat`, Buffer.concat(powers.flatMap((p) => [p.x, p.y])));
writeFileSync(`${folder}/compressed/bn254_g1_compressed.dat`, Buffer.concat(compressed));
for (const name of ["bn254_g2.dat", "compressed/bn254_g2.dat"])
  writeFileSync(`${folder}/${name}`, Buffer.concat([...x, ...y]));
process.exit(0); // its threads do not end by themselves
