// SPDX-License-Identifier: Apache-2.0

//! The work of `halocline bench` with arkworks and halo2curves; see ../README.md.

use std::time::Instant;

struct Work {
    msm: bool,
    log_n: u32,
    bits: u32,
    signed: bool,
    repeat: usize,
}

fn median(repeat: usize, mut run: impl FnMut()) -> f64 {
    run();
    let mut seconds: Vec<f64> = (0..repeat)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[repeat / 2]
}

mod ark {
    use super::{median, Work};
    use ark_bn254::{Fr, G1Affine, G1Projective};
    use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
    use ark_ff::{PrimeField, UniformRand};
    use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};

    fn scalars(work: &Work) -> Vec<Fr> {
        let mut rng = ark_std::test_rng();
        (0..1usize << work.log_n)
            .map(|i| {
                let mut v = Fr::rand(&mut rng);
                if work.bits < 64 {
                    v = Fr::from(v.into_bigint().as_ref()[0] & ((1 << work.bits) - 1));
                }
                if work.signed && i % 2 == 1 { -v } else { v }
            })
            .collect()
    }

    fn points(n: usize) -> Vec<G1Affine> {
        let mut now = G1Affine::generator().into_group();
        let step = (now * Fr::from(0x123456789abcdefu64)).into_affine();
        let walk: Vec<G1Projective> = (0..n)
            .map(|_| {
                let here = now;
                now += step;
                here
            })
            .collect();
        G1Projective::normalize_batch(&walk)
    }

    pub fn run(work: &Work) -> f64 {
        let mut values = scalars(work);
        if work.msm {
            let bases = points(values.len());
            return median(work.repeat, || {
                let _ = std::hint::black_box(G1Projective::msm(&bases, &values).unwrap());
            });
        }
        let domain = Radix2EvaluationDomain::<Fr>::new(values.len()).unwrap();
        median(work.repeat, || domain.fft_in_place(&mut values))
    }
}

mod h2c {
    use super::{median, Work};
    use halo2curves::bn256::{Fr, G1Affine, G1};
    use halo2curves::ff::{Field, PrimeField};
    use halo2curves::group::Curve;

    fn scalars(work: &Work) -> Vec<Fr> {
        let mut rng = rand::thread_rng();
        (0..1usize << work.log_n)
            .map(|i| {
                let mut v = Fr::random(&mut rng);
                if work.bits < 64 {
                    let low: [u8; 8] = v.to_repr().as_ref()[..8].try_into().unwrap();
                    v = Fr::from(u64::from_le_bytes(low) & ((1 << work.bits) - 1));
                }
                if work.signed && i % 2 == 1 { -v } else { v }
            })
            .collect()
    }

    fn points(n: usize) -> Vec<G1Affine> {
        let mut now = G1::generator();
        let step = (now * Fr::from(0x123456789abcdefu64)).to_affine();
        let walk: Vec<G1> = (0..n)
            .map(|_| {
                let here = now;
                now += step;
                here
            })
            .collect();
        let mut out = vec![G1Affine::default(); n];
        G1::batch_normalize(&walk, &mut out);
        out
    }

    pub fn run(work: &Work) -> f64 {
        let mut values = scalars(work);
        if work.msm {
            let bases = points(values.len());
            return median(work.repeat, || {
                let _ = std::hint::black_box(halo2curves::msm::msm_best(&values, &bases));
            });
        }
        let mut omega = Fr::ROOT_OF_UNITY;
        for _ in work.log_n..Fr::S {
            omega = omega.square();
        }
        median(work.repeat, || halo2curves::fft::best_fft(&mut values, omega, work.log_n))
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |i: usize| args[i].parse::<u32>().expect("a number");
    let work = Work {
        msm: args[1] == "msm",
        log_n: number(2),
        bits: number(3),
        signed: number(4) == 1,
        repeat: number(5) as usize,
    };
    println!("arkworks {:.6}", ark::run(&work));
    println!("halo2curves {:.6}", h2c::run(&work));
}
