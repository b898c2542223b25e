// SPDX-License-Identifier: Apache-2.0
//! SRS files of the real arkworks and of the real halo2-axiom for the secret 5: srs FOLDER K
mod five;

use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_poly_commit::kzg10::UniversalParams;
use ark_serialize::CanonicalSerialize;
use halo2_axiom::poly::{commitment::Params, kzg::commitment::ParamsKZG};
use halo2_axiom::{halo2curves::bn256::Bn256, SerdeFormat};
use std::{collections::BTreeMap, fs, path::Path};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (folder, k): (&Path, u32) = (Path::new(&arguments[1]), arguments[2].parse().unwrap());
    let n = 1usize << k;
    let s = Fr::from(5u64);
    let mut power = G1Affine::generator().into_group();
    let mut powers_of_g = Vec::new();
    for _ in 0..n + 1 {
        powers_of_g.push(power.into_affine());
        power *= s;
    }
    let h = G2Affine::generator();
    let beta_h = (h * s).into_affine();
    let params = UniversalParams::<Bn254> {
        powers_of_gamma_g: powers_of_g.iter().cloned().enumerate().collect::<BTreeMap<_, _>>(),
        powers_of_g,
        h,
        beta_h,
        neg_powers_of_h: BTreeMap::new(),
        prepared_h: h.into(),
        prepared_beta_h: beta_h.into(),
    };
    let (mut short, mut full) = (Vec::new(), Vec::new());
    params.serialize_compressed(&mut short).unwrap();
    params.serialize_uncompressed(&mut full).unwrap();
    fs::write(folder.join("ark.bin"), short).unwrap();
    fs::write(folder.join("ark-full.bin"), full).unwrap();
    let (mut raw, mut processed) = (Vec::new(), Vec::new());
    let params = ParamsKZG::<Bn256>::setup(k, five::Five(5));
    params.write(&mut raw).unwrap();
    params.write_custom(&mut processed, SerdeFormat::Processed).unwrap();
    fs::write(folder.join("axiom.srs"), raw).unwrap();
    fs::write(folder.join("axiom.processed"), processed).unwrap();
}
