//! A `Spec` as circuit.json, and value tables as instance.json.

use crate::spec::{format_value, ColumnId, Expr, Kind, Spec};
use halo2_axiom::halo2curves::bn256::Fr;
use serde_json::{json, Value};

fn kind(k: Kind) -> &'static str {
    match k {
        Kind::Fixed => "fixed",
        Kind::Advice => "advice",
        Kind::Instance => "instance",
    }
}

fn column((k, index): ColumnId) -> Value {
    json!([kind(k), index])
}

fn expr(e: &Expr) -> Value {
    match e {
        Expr::Const(v) => json!(["const", format_value(v)]),
        Expr::Column((k, index), rotation) => json!([kind(*k), index, rotation]),
        Expr::Challenge(j) => json!(["challenge", j]),
        Expr::Neg(a) => json!(["neg", expr(a)]),
        Expr::Sum(a, b) => json!(["sum", expr(a), expr(b)]),
        Expr::Product(a, b) => json!(["product", expr(a), expr(b)]),
        Expr::Scaled(a, v) => json!(["scaled", expr(a), format_value(v)]),
    }
}

pub fn columns(values: &[Vec<Fr>]) -> Value {
    values.iter().map(|c| c.iter().map(format_value).collect::<Value>()).collect()
}

pub fn circuit(spec: &Spec) -> Value {
    let exprs = |list: &[Expr]| list.iter().map(expr).collect::<Value>();
    let mut out = json!({
        "format": "halocline-circuit",
        "version": 1,
        "k": spec.k,
        "num_fixed_columns": spec.fixed.len(),
        "num_instance_columns": spec.num_instance,
        "advice_column_phase": spec.advice_phase,
        "challenge_phase": spec.challenge_phase,
        "minimum_degree": spec.minimum_degree,
        "gates": spec.gates.iter().map(|g| json!({ "name": g.name, "polys": exprs(&g.polys) })).collect::<Value>(),
        "lookups": spec.lookups.iter()
            .map(|l| json!({ "name": l.name, "inputs": exprs(&l.inputs), "tables": exprs(&l.tables) })).collect::<Value>(),
        "permutation": spec.permutation.iter().map(|c| column(*c)).collect::<Value>(),
        "fixed": columns(&spec.fixed),
        "copies": spec.copies.iter().map(|c| json!([c.left.0, c.left.1, c.right.0, c.right.1])).collect::<Value>(),
    });
    if let Some(queries) = &spec.queries {
        out["queries"] = queries.iter().map(|((k, i), r)| json!([kind(*k), i, r])).collect();
    }
    out
}
