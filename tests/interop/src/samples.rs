//! The crate's own circuits, proved by the real prover, so that Halocline's verifier is tested on proofs it had
//! no part in. Each has a witness that depends on challenges or a degree above the cap.

use crate::{
    generic::Fill,
    spec::{Copy, Expr, Gate, Kind, Lookup, Spec},
};
use halo2_axiom::halo2curves::{bn256::Fr, ff::Field};
use std::sync::Arc;

pub struct Sample {
    pub name: &'static str,
    pub spec: Spec,
    pub instances: Vec<Vec<Fr>>,
    pub fill: Arc<Fill>,
}

fn advice(index: usize, rotation: i32) -> Expr {
    Expr::Column((Kind::Advice, index), rotation)
}
fn fixed(index: usize) -> Expr {
    Expr::Column((Kind::Fixed, index), 0)
}
fn instance(rotation: i32) -> Expr {
    Expr::Column((Kind::Instance, 0), rotation)
}
fn add(a: Expr, b: Expr) -> Expr {
    Expr::Sum(a.into(), b.into())
}
fn sub(a: Expr, b: Expr) -> Expr {
    add(a, Expr::Neg(b.into()))
}
fn mul(a: Expr, b: Expr) -> Expr {
    Expr::Product(a.into(), b.into())
}
fn gate(name: &str, polys: Vec<Expr>) -> Gate {
    Gate { name: name.into(), polys }
}
fn rows(values: impl IntoIterator<Item = u64>) -> Vec<Fr> {
    values.into_iter().map(Fr::from).collect()
}
/// 1 in the rows of the range, 0 before it.
fn ones(range: std::ops::Range<usize>) -> Vec<Fr> {
    (0..range.end).map(|i| Fr::from(u64::from(range.contains(&i)))).collect()
}

/// Column 1 is a permutation of column 0, by a grand product over a challenge; column 0 is public.
fn multiset() -> Sample {
    const M: usize = 12;
    let a = rows((0..M as u64).map(|i| i * i + 3));
    let b: Vec<Fr> = (0..M).map(|i| a[(5 * i + 7) % M]).collect();
    let plus = |e| add(e, Expr::Challenge(0));
    let spec = Spec {
        k: 5,
        num_instance: 1,
        advice_phase: vec![0, 0, 1],
        challenge_phase: vec![0],
        gates: vec![
            gate("ends", vec![mul(fixed(1), sub(advice(2, 0), Expr::Const(Fr::ONE)))]),
            gate(
                "step",
                vec![mul(fixed(0), sub(mul(advice(2, 1), plus(advice(1, 0))), mul(advice(2, 0), plus(advice(0, 0)))))],
            ),
        ],
        permutation: vec![(Kind::Advice, 0), (Kind::Instance, 0)],
        fixed: vec![ones(0..M), (0..=M).map(|i| Fr::from(u64::from(i == 0 || i == M))).collect()],
        copies: (0..M).map(|i| Copy { left: (0, i), right: (1, i) }).collect(),
        ..Spec::default()
    };
    let instances = vec![a.clone()];
    let fill = move |phase: u8, known: &[Option<Fr>]| {
        if phase == 0 {
            return vec![(0, a.clone()), (1, b.clone())];
        }
        let c = known[0].expect("phase 1 comes after the challenge");
        let mut z = vec![Fr::ONE];
        for i in 0..M {
            z.push(z[i] * (a[i] + c) * (b[i] + c).invert().unwrap());
        }
        vec![(2, z)]
    };
    Sample { name: "multiset", spec, instances, fill: Arc::new(fill) }
}

/// A 4x4 table held in two layouts; Horner fingerprints in two challenges agree; entries are looked up in 0..31.
fn fingerprints() -> Sample {
    const M: usize = 16;
    let row_major: Vec<u64> = (0..M as u64).map(|i| (i * 11 + 5) % 32).collect();
    let column_major: Vec<u64> = (0..M).map(|i| row_major[(i % 4) * 4 + i / 4]).collect();
    let (p, q) = (rows(row_major), rows(column_major));
    let horner = |acc: usize, value: usize, inner: usize, outer: usize| {
        // acc' = acc * inner + value, and after each group of four another factor `outer`
        let step = add(mul(advice(acc, 0), Expr::Challenge(inner)), advice(value, 0));
        let group = mul(step.clone(), Expr::Challenge(outer));
        vec![mul(fixed(0), sub(advice(acc, 1), step)), mul(fixed(1), sub(advice(acc, 1), group))]
    };
    let in_table = |column: usize| Lookup {
        name: format!("entry {column}"),
        inputs: vec![mul(fixed(2), advice(column, 0))],
        tables: vec![fixed(3)],
    };
    let select = |last: bool| (0..M).map(|i| Fr::from(u64::from((i % 4 == 3) == last))).collect::<Vec<_>>();
    let spec = Spec {
        k: 6,
        num_instance: 1,
        advice_phase: vec![0, 0, 1, 1],
        challenge_phase: vec![0, 0],
        gates: vec![gate("one layout", horner(2, 0, 0, 1)), gate("the other", horner(3, 1, 0, 1))],
        lookups: vec![in_table(0), in_table(1)],
        permutation: vec![
            (Kind::Advice, 0),
            (Kind::Advice, 1),
            (Kind::Advice, 2),
            (Kind::Instance, 0),
            (Kind::Fixed, 4),
        ],
        fixed: vec![select(false), select(true), ones(0..M), rows(0..32), vec![Fr::ZERO]],
        // Both start at 0; corner entries are public; the layouts are tied cell by cell.
        copies: (0..M)
            .map(|i| Copy { left: (0, (i % 4) * 4 + i / 4), right: (1, i) })
            .chain([
                Copy { left: (2, 0), right: (4, 0) },
                Copy { left: (0, 0), right: (3, 0) },
                Copy { left: (0, M - 1), right: (3, 1) },
            ])
            .collect(),
        ..Spec::default()
    };
    let instances = vec![vec![p[0], p[M - 1]]];
    let fill = move |phase: u8, known: &[Option<Fr>]| {
        if phase == 0 {
            return vec![(0, p.clone()), (1, q.clone())];
        }
        let (s, t) = (known[0].expect("challenge 0"), known[1].expect("challenge 1"));
        let run = |values: &[Fr]| {
            let mut acc = vec![Fr::ZERO];
            for (i, v) in values.iter().enumerate() {
                let step = acc[i] * s + v;
                acc.push(if i % 4 == 3 { step * t } else { step });
            }
            acc
        };
        vec![(2, run(&p)), (3, run(&q))]
    };
    Sample { name: "fingerprints", spec, instances, fill: Arc::new(fill) }
}

/// y = x^6 + y(-1) + instance(+1), degree 7 by minimum_degree, rotations -1, 0, +1.
fn power_chain() -> Sample {
    const M: usize = 9;
    let public = rows((0..=M as u64).map(|i| 1000 + i));
    let x = rows((0..=M as u64).map(|i| 3 * i + 2));
    let mut y = vec![Fr::from(17)];
    for i in 1..M {
        y.push(x[i].pow_vartime([6]) + y[i - 1] + public[i + 1]);
    }
    let power = (0..5).fold(advice(0, 0), |e, _| mul(e, advice(0, 0)));
    let body = sub(advice(1, 0), add(add(power, advice(1, -1)), instance(1)));
    let active = (0..M).map(|i| Fr::from(u64::from(i > 0))).collect();
    let spec = Spec {
        k: 4,
        num_instance: 1,
        advice_phase: vec![0, 0],
        minimum_degree: Some(7),
        gates: vec![gate(
            "power",
            vec![
                mul(fixed(0), body),
                Expr::Scaled(
                    mul(fixed(0), sub(advice(0, 1), add(advice(0, 0), Expr::Const(Fr::from(3))))).into(),
                    Fr::from(5),
                ),
            ],
        )],
        fixed: vec![active],
        ..Spec::default()
    };
    let fill = move |_: u8, _: &[Option<Fr>]| vec![(0, x.clone()), (1, y.clone())];
    Sample { name: "power-chain", spec, instances: vec![public], fill: Arc::new(fill) }
}

pub fn all() -> Vec<Sample> {
    vec![multiset(), fingerprints(), power_chain()]
}
