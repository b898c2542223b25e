// SPDX-License-Identifier: Apache-2.0
//! SRS files of the real arkworks and of the real halo2-axiom for the secret 5, and of halo2curves 0.7 as PSE's halo2, which no
//! registry has, lays out its points: srs FOLDER K
use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_poly_commit::kzg10::UniversalParams;
use ark_serialize::CanonicalSerialize;
use halo2_axiom::poly::{commitment::Params, kzg::commitment::ParamsKZG};
use halo2_axiom::{halo2curves::bn256::Bn256, SerdeFormat};
use halo2curves::group::ff::{Field, PrimeField};
use halo2curves::group::{Curve, GroupEncoding};
use rand_core::{CryptoRng, Error, RngCore};
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
    fs::write(folder.join("h7.processed"), processed(k)).unwrap();
    let (mut raw, mut processed) = (Vec::new(), Vec::new());
    let params = ParamsKZG::<Bn256>::setup(k, Five(5));
    params.write(&mut raw).unwrap();
    params.write_custom(&mut processed, SerdeFormat::Processed).unwrap();
    fs::write(folder.join("axiom.srs"), raw).unwrap();
    fs::write(folder.join("axiom.processed"), processed).unwrap();
}

/// Random bytes of which a set-up makes the secret 5.
struct Five(u64);
impl RngCore for Five {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }
    fn next_u64(&mut self) -> u64 {
        std::mem::take(&mut self.0)
    }
    fn fill_bytes(&mut self, out: &mut [u8]) {
        out.fill(0);
        out[0] = std::mem::take(&mut self.0) as u8;
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(out);
        Ok(())
    }
}
impl CryptoRng for Five {}

/// Lagrange points by their definition: L_i(s) = w^i (s^n - 1) / (n (s - w^i)), w from the generator 7.
fn processed(k: u32) -> Vec<u8> {
    use halo2curves::bn256::{Fr, G1, G2};
    let (n, s) = (1u64 << k, Fr::from(5));
    let w = (k..Fr::S).fold(Fr::ROOT_OF_UNITY, |w, _| w.square());
    let factor = (s.pow([n]) - Fr::ONE) * Fr::from(n).invert().unwrap();
    let mut out = k.to_le_bytes().to_vec();
    let mut put = |p: G1| out.extend_from_slice(p.to_affine().to_bytes().as_ref());
    (0..n).for_each(|i| put(G1::generator() * s.pow([i])));
    (0..n).map(|i| w.pow([i])).for_each(|wi| put(G1::generator() * (wi * factor * (s - wi).invert().unwrap())));
    out.extend_from_slice(G2::generator().to_affine().to_bytes().as_ref());
    out.extend_from_slice((G2::generator() * s).to_affine().to_bytes().as_ref());
    out
}
