//! circuit.json (docs/formats/circuit.md) as a value. Everything a malformed file could make halo2 panic on is
//! refused here with a message, so that a panic later is halo2's own opinion about the circuit.

use blake2b_simd::Params;
use halo2_axiom::halo2curves::{bn256::Fr, ff::PrimeField};
use serde_json::{Deserializer, Value};
use std::{fs, path::Path};

pub type Outcome<T> = Result<T, String>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Fixed,
    Advice,
    Instance,
}

pub type ColumnId = (Kind, usize);

#[derive(Clone, Debug)]
pub enum Expr {
    Const(Fr),
    Column(ColumnId, i32),
    Challenge(usize),
    Neg(Box<Expr>),
    Sum(Box<Expr>, Box<Expr>),
    Product(Box<Expr>, Box<Expr>),
    Scaled(Box<Expr>, Fr),
}

#[derive(Clone, Debug, Default)]
pub struct Gate {
    pub name: String,
    pub polys: Vec<Expr>,
}

#[derive(Clone, Debug, Default)]
pub struct Lookup {
    pub name: String,
    pub inputs: Vec<Expr>,
    pub tables: Vec<Expr>,
}

/// Positions in `Spec::permutation` and rows.
#[derive(Clone, Copy, Debug)]
pub struct Copy {
    pub left: (usize, usize),
    pub right: (usize, usize),
}

#[derive(Clone, Debug, Default)]
pub struct Spec {
    pub k: u32,
    pub num_instance: usize,
    pub advice_phase: Vec<u8>,
    pub challenge_phase: Vec<u8>,
    pub minimum_degree: Option<usize>,
    pub gates: Vec<Gate>,
    pub lookups: Vec<Lookup>,
    pub permutation: Vec<ColumnId>,
    pub queries: Option<Vec<(ColumnId, i32)>>,
    pub fixed: Vec<Vec<Fr>>,
    pub copies: Vec<Copy>,
}

pub fn parse_json(path: &Path) -> Outcome<Value> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut reader = Deserializer::from_str(&text);
    reader.disable_recursion_limit(); // nesting is limited to 2000 by the format; main has the stack for it
    let value = serde::de::Deserialize::deserialize(&mut reader).map_err(|e| format!("{}: {e}", path.display()))?;
    reader.end().map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(value)
}

/// An integer 0..2^53 or "0x" and 1..64 hex digits, below r.
pub fn parse_value(v: &Value) -> Outcome<Fr> {
    if let Some(n) = v.as_u64() {
        return if n <= 1 << 53 { Ok(Fr::from(n)) } else { Err(format!("integer {n} above 2^53, write it as hex")) };
    }
    let text = v.as_str().ok_or_else(|| format!("expected a value, found {v}"))?;
    let digits = text.strip_prefix("0x").filter(|d| (1..=64).contains(&d.len()));
    let digits = digits.ok_or_else(|| format!("expected 0x and 1 to 64 hex digits, found \"{text}\""))?;
    let mut bytes = hex::decode(format!("{digits:0>64}")).map_err(|e| format!("\"{text}\": {e}"))?;
    bytes.reverse();
    let bytes: [u8; 32] = bytes.try_into().expect("64 digits");
    Option::from(Fr::from_repr(bytes)).ok_or_else(|| format!("\"{text}\" is not below r"))
}

pub fn format_value(v: &Fr) -> String {
    let mut bytes = v.to_repr();
    bytes.reverse();
    format!("0x{}", hex::encode(bytes))
}

fn list(v: &Value) -> Outcome<&Vec<Value>> {
    v.as_array().ok_or_else(|| "expected a list".to_string())
}

fn integer<T: TryFrom<i64>>(v: &Value) -> Outcome<T> {
    v.as_i64().and_then(|n| T::try_from(n).ok()).ok_or_else(|| format!("expected an integer in range, found {v}"))
}

fn each<T>(v: &Value, what: &str, parse: impl Fn(&Value) -> Outcome<T>) -> Outcome<Vec<T>> {
    let items = list(v).map_err(|e| format!("{what}: {e}"))?;
    items.iter().enumerate().map(|(i, x)| parse(x).map_err(|e| format!("{what}[{i}]: {e}"))).collect()
}

/// Columns of values, as in `fixed`, instance.json and witness.json.
pub fn parse_columns(v: &Value, what: &str) -> Outcome<Vec<Vec<Fr>>> {
    each(v, what, |column| each(column, "row", parse_value))
}

fn parse_kind(v: &Value) -> Outcome<Kind> {
    match v.as_str() {
        Some("fixed") => Ok(Kind::Fixed),
        Some("advice") => Ok(Kind::Advice),
        Some("instance") => Ok(Kind::Instance),
        _ => Err(format!("expected fixed, advice or instance, found {v}")),
    }
}

impl Spec {
    pub fn rows(&self) -> usize {
        1 << self.k
    }

    fn column(&self, kind: &Value, index: &Value) -> Outcome<ColumnId> {
        let kind = parse_kind(kind)?;
        let index: usize = integer(index)?;
        let count = match kind {
            Kind::Fixed => self.fixed.len(),
            Kind::Advice => self.advice_phase.len(),
            Kind::Instance => self.num_instance,
        };
        if index < count {
            Ok((kind, index))
        } else {
            Err(format!("{kind:?} column {index} of {count}"))
        }
    }

    fn rotation(&self, v: &Value) -> Outcome<i32> {
        let r: i32 = integer(v)?;
        if (r.unsigned_abs() as usize) < self.rows() {
            Ok(r)
        } else {
            Err(format!("rotation {r} beyond 2^k"))
        }
    }

    fn expr(&self, v: &Value, depth: usize) -> Outcome<Expr> {
        if depth > 2000 {
            return Err("expression nested more than 2000 deep".into());
        }
        let parts = list(v)?;
        let op = parts.first().and_then(Value::as_str).ok_or("expression without an operator")?;
        let sub = |i: usize| self.expr(&parts[i], depth + 1).map(Box::new);
        match (op, parts.len()) {
            ("const", 2) => Ok(Expr::Const(parse_value(&parts[1])?)),
            ("advice" | "fixed" | "instance", 3) => {
                Ok(Expr::Column(self.column(&parts[0], &parts[1])?, self.rotation(&parts[2])?))
            }
            ("challenge", 2) => {
                let j: usize = integer(&parts[1])?;
                if j < self.challenge_phase.len() {
                    Ok(Expr::Challenge(j))
                } else {
                    Err(format!("no challenge {j}"))
                }
            }
            ("neg", 2) => Ok(Expr::Neg(sub(1)?)),
            ("sum", 3) => Ok(Expr::Sum(sub(1)?, sub(2)?)),
            ("product", 3) => Ok(Expr::Product(sub(1)?, sub(2)?)),
            ("scaled", 3) => Ok(Expr::Scaled(sub(1)?, parse_value(&parts[2])?)),
            _ => Err(format!("unknown expression \"{op}\" with {} parts", parts.len())),
        }
    }

    fn exprs(&self, v: &Value, what: &str) -> Outcome<Vec<Expr>> {
        each(v, what, |e| self.expr(e, 0))
    }

    pub fn read(path: &Path) -> Outcome<Spec> {
        let json = parse_json(path)?;
        Spec::from_json(&json, path.parent().unwrap_or(Path::new("."))).map_err(|e| format!("{}: {e}", path.display()))
    }

    pub fn from_json(json: &Value, folder: &Path) -> Outcome<Spec> {
        if json["format"] != "halocline-circuit" || json["version"] != 1 {
            return Err("expected format \"halocline-circuit\", version 1".into());
        }
        let k: u32 = integer(&json["k"]).map_err(|e| format!("k: {e}"))?;
        if !(1..=28).contains(&k) {
            return Err(format!("k = {k}, expected 1..28"));
        }
        let num_fixed: usize = integer(&json["num_fixed_columns"]).map_err(|e| format!("num_fixed_columns: {e}"))?;
        let mut spec = Spec {
            k,
            num_instance: integer(&json["num_instance_columns"]).map_err(|e| format!("num_instance_columns: {e}"))?,
            advice_phase: each(&json["advice_column_phase"], "advice_column_phase", integer)?,
            challenge_phase: each(&json["challenge_phase"], "challenge_phase", integer)?,
            minimum_degree: match &json["minimum_degree"] {
                Value::Null => None,
                d => Some(integer(d).map_err(|e| format!("minimum_degree: {e}"))?),
            },
            fixed: vec![vec![]; num_fixed],
            ..Spec::default()
        };
        spec.check_phases()?;
        spec.permutation = each(&json["permutation"], "permutation", |c| {
            let c = list(c)?;
            if c.len() == 2 {
                spec.column(&c[0], &c[1])
            } else {
                Err("expected [kind, index]".into())
            }
        })?;
        for (i, column) in spec.permutation.iter().enumerate() {
            if spec.permutation[..i].contains(column) {
                return Err(format!("permutation[{i}] is there twice"));
            }
        }
        spec.gates = each(&json["gates"], "gates", |g| {
            let polys = spec.exprs(&g["polys"], "polys")?;
            if polys.is_empty() {
                return Err("gate without polynomials".into());
            }
            Ok(Gate { name: g["name"].as_str().unwrap_or("").into(), polys })
        })?;
        spec.lookups = each(&json["lookups"], "lookups", |l| {
            let (inputs, tables) = (spec.exprs(&l["inputs"], "inputs")?, spec.exprs(&l["tables"], "tables")?);
            if inputs.is_empty() || inputs.len() != tables.len() {
                return Err("inputs and tables need equal, non-zero lengths".into());
            }
            Ok(Lookup { name: l["name"].as_str().unwrap_or("").into(), inputs, tables })
        })?;
        if let Some(queries) = json.get("queries") {
            spec.queries = Some(each(queries, "queries", |q| {
                let q = list(q)?;
                if q.len() != 3 {
                    return Err("expected [kind, index, rotation]".into());
                }
                Ok((spec.column(&q[0], &q[1])?, spec.rotation(&q[2])?))
            })?);
        }
        if json.get("side_file").is_some() {
            let bytes = read_side_file(&json["side_file"], folder)?;
            spec.take_side_file(&bytes)?;
        } else {
            let fixed = parse_columns(&json["fixed"], "fixed")?;
            if fixed.len() != num_fixed {
                return Err(format!("fixed has {} columns of {num_fixed}", fixed.len()));
            }
            spec.fixed = fixed;
            spec.copies = each(&json["copies"], "copies", |c| {
                let n: Vec<usize> = each(c, "copy", integer)?;
                if n.len() != 4 {
                    return Err("expected [lc, lr, rc, rr]".into());
                }
                Ok(Copy { left: (n[0], n[1]), right: (n[2], n[3]) })
            })?;
        }
        spec.check_rows()?;
        Ok(spec)
    }

    fn check_phases(&self) -> Outcome<()> {
        for (i, &p) in self.advice_phase.iter().enumerate() {
            if p > 2 || (p > 0 && !self.advice_phase[..i].contains(&(p - 1))) {
                return Err(format!("advice column {i}: phase {p} without an earlier column of the phase before"));
            }
        }
        match self.challenge_phase.iter().find(|p| !self.advice_phase.contains(p)) {
            Some(p) => Err(format!("a challenge of phase {p} without an advice column of that phase")),
            None => Ok(()),
        }
    }

    /// Against all n rows only; halo2 itself refuses what lies beyond the usable ones.
    fn check_rows(&self) -> Outcome<()> {
        let (n, columns) = (self.rows(), self.permutation.len());
        if let Some(i) = self.fixed.iter().position(|c| c.len() > n) {
            return Err(format!("fixed column {i} has more than {n} rows"));
        }
        let inside = |(column, row): (usize, usize)| column < columns && row < n;
        match self.copies.iter().position(|c| !inside(c.left) || !inside(c.right)) {
            Some(i) => Err(format!("copy {i} is outside of {columns} columns and {n} rows")),
            None => Ok(()),
        }
    }

    fn take_side_file(&mut self, bytes: &[u8]) -> Outcome<()> {
        let mut from = Bytes { left: bytes };
        if from.take(8)? != b"HCLCIRC1" {
            return Err("side file: wrong magic".into());
        }
        if from.u32()? != self.k || from.u32()? as usize != self.fixed.len() {
            return Err("side file: k or the number of fixed columns differs from the circuit's".into());
        }
        for column in &mut self.fixed {
            let rows = from.u64()? as usize;
            if rows > from.left.len() / 32 {
                return Err("side file: ends inside a fixed column".into());
            }
            for _ in 0..rows {
                let bytes: [u8; 32] = from.take(32)?.try_into().expect("32 bytes");
                let value: Option<Fr> = Fr::from_repr(bytes).into();
                column.push(value.ok_or("side file: a value is not below r")?);
            }
        }
        let copies = from.u64()? as usize;
        if copies.checked_mul(16) != Some(from.left.len()) {
            return Err("side file: its length does not fit the number of copies".into());
        }
        for _ in 0..copies {
            let mut word = || from.u32().map(|v| v as usize);
            self.copies.push(Copy { left: (word()?, word()?), right: (word()?, word()?) });
        }
        Ok(())
    }

    /// The degree the constraints really have, before any cap or minimum.
    pub fn natural_degree(&self) -> usize {
        let most = |list: &[Expr]| list.iter().map(Expr::degree).max().unwrap_or(0);
        let gates = self.gates.iter().map(|g| most(&g.polys));
        let lookups = self.lookups.iter().map(|l| 4.max(2 + 1.max(most(&l.inputs)) + 1.max(most(&l.tables))));
        gates.chain(lookups).chain([3]).max().expect("not empty")
    }
}

impl Expr {
    pub fn degree(&self) -> usize {
        match self {
            Expr::Const(_) | Expr::Challenge(_) => 0,
            Expr::Column(..) => 1,
            Expr::Neg(a) | Expr::Scaled(a, _) => a.degree(),
            Expr::Sum(a, b) => a.degree().max(b.degree()),
            Expr::Product(a, b) => a.degree() + b.degree(),
        }
    }
}

fn read_side_file(entry: &Value, folder: &Path) -> Outcome<Vec<u8>> {
    let name = entry["name"].as_str().ok_or("side_file: no name")?;
    if name.is_empty() || name.starts_with('.') || name.contains('/') {
        return Err(format!("side_file: \"{name}\" is not a plain file name"));
    }
    let bytes = fs::read(folder.join(name)).map_err(|e| format!("{name}: {e}"))?;
    let hash = Params::new().hash_length(32).hash(&bytes).to_hex();
    if entry["blake2b256"].as_str() == Some(hash.as_str()) {
        Ok(bytes)
    } else {
        Err(format!("{name}: its hash is {hash}, not what the circuit says"))
    }
}

struct Bytes<'a> {
    left: &'a [u8],
}

impl<'a> Bytes<'a> {
    fn take(&mut self, n: usize) -> Outcome<&'a [u8]> {
        if n > self.left.len() {
            return Err("side file: it ends too early".into());
        }
        let (head, tail) = self.left.split_at(n);
        self.left = tail;
        Ok(head)
    }

    fn u32(&mut self) -> Outcome<u32> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into().expect("4 bytes")))
    }

    fn u64(&mut self) -> Outcome<u64> {
        Ok(u64::from_le_bytes(self.take(8)?.try_into().expect("8 bytes")))
    }
}
