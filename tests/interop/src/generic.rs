//! One halo2 circuit that becomes whatever a `Spec` says. It only calls halo2's public API: columns, challenges,
//! gates, `lookup_any`, equality, then one region that starts at row 0.

use crate::spec::{ColumnId, Expr, Kind, Spec};
use halo2_axiom::{
    circuit::{Cell, Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{
        Advice, Any, Challenge, Circuit, Column, ConstraintSystem, Error, Expression, FirstPhase, Fixed, Instance,
        SecondPhase, ThirdPhase, VirtualCells,
    },
    poly::Rotation,
};
use std::sync::Arc;

/// Advice values of one phase, column by column, given the challenges of the phases before.
pub type Fill = dyn Fn(u8, &[Option<Fr>]) -> Vec<(usize, Vec<Fr>)> + Send + Sync;

#[derive(Clone)]
pub struct Generic {
    pub spec: Arc<Spec>,
    pub fill: Option<Arc<Fill>>,
}

#[derive(Clone)]
pub struct Columns {
    fixed: Vec<Column<Fixed>>,
    advice: Vec<Column<Advice>>,
    instance: Vec<Column<Instance>>,
    challenges: Vec<Challenge>,
}

impl Columns {
    fn any(&self, (kind, index): ColumnId) -> Column<Any> {
        match kind {
            Kind::Fixed => self.fixed[index].into(),
            Kind::Advice => self.advice[index].into(),
            Kind::Instance => self.instance[index].into(),
        }
    }

    /// Queries are registered as they are met: operands before operators, left before right.
    fn expression(&self, cells: &mut VirtualCells<'_, Fr>, e: &Expr) -> Expression<Fr> {
        match e {
            Expr::Const(v) => Expression::Constant(*v),
            Expr::Column(column, rotation) => cells.query_any(self.any(*column), Rotation(*rotation)),
            Expr::Challenge(j) => cells.query_challenge(self.challenges[*j]),
            Expr::Neg(a) => Expression::Negated(Box::new(self.expression(cells, a))),
            Expr::Scaled(a, v) => Expression::Scaled(Box::new(self.expression(cells, a)), *v),
            Expr::Sum(a, b) => {
                let a = self.expression(cells, a);
                Expression::Sum(Box::new(a), Box::new(self.expression(cells, b)))
            }
            Expr::Product(a, b) => {
                let a = self.expression(cells, a);
                Expression::Product(Box::new(a), Box::new(self.expression(cells, b)))
            }
        }
    }
}

fn declare(meta: &mut ConstraintSystem<Fr>, spec: &Spec) -> Columns {
    Columns {
        fixed: spec.fixed.iter().map(|_| meta.fixed_column()).collect(),
        instance: (0..spec.num_instance).map(|_| meta.instance_column()).collect(),
        advice: spec
            .advice_phase
            .iter()
            .map(|phase| match phase {
                0 => meta.advice_column_in(FirstPhase),
                1 => meta.advice_column_in(SecondPhase),
                _ => meta.advice_column_in(ThirdPhase),
            })
            .collect(),
        challenges: spec
            .challenge_phase
            .iter()
            .map(|phase| match phase {
                0 => meta.challenge_usable_after(FirstPhase),
                1 => meta.challenge_usable_after(SecondPhase),
                _ => meta.challenge_usable_after(ThirdPhase),
            })
            .collect(),
    }
}

fn constrain(meta: &mut ConstraintSystem<Fr>, spec: &Spec, columns: &Columns) {
    // An explicit order of queries is registered by whichever closure halo2 calls first.
    let mut early = spec.queries.clone().unwrap_or_default();
    let mut register = |cells: &mut VirtualCells<'_, Fr>| {
        for (column, rotation) in early.drain(..) {
            cells.query_any(columns.any(column), Rotation(rotation));
        }
    };
    if spec.queries.is_none() {
        spec.permutation.iter().for_each(|c| meta.enable_equality(columns.any(*c)));
    }
    for gate in &spec.gates {
        meta.create_gate(&gate.name, |cells| {
            register(cells);
            gate.polys.iter().map(|p| columns.expression(cells, p)).collect::<Vec<_>>()
        });
    }
    for lookup in &spec.lookups {
        meta.lookup_any(&lookup.name, |cells| {
            register(cells);
            let pairs = lookup.inputs.iter().zip(&lookup.tables);
            pairs
                .map(|(input, table)| {
                    let input = columns.expression(cells, input);
                    (input, columns.expression(cells, table))
                })
                .collect()
        });
    }
    if spec.queries.is_some() {
        spec.permutation.iter().for_each(|c| meta.enable_equality(columns.any(*c)));
    }
    if let Some(degree) = spec.minimum_degree {
        meta.set_minimum_degree(degree);
    }
}

impl Circuit<Fr> for Generic {
    type Config = Columns;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Arc<Spec>;

    fn params(&self) -> Self::Params {
        self.spec.clone()
    }

    fn without_witnesses(&self) -> Self {
        Generic { spec: self.spec.clone(), fill: None }
    }

    fn configure(_: &mut ConstraintSystem<Fr>) -> Columns {
        unreachable!("halo2 calls configure_with_params")
    }

    fn configure_with_params(meta: &mut ConstraintSystem<Fr>, spec: Arc<Spec>) -> Columns {
        let columns = declare(meta, &spec);
        constrain(meta, &spec, &columns);
        columns
    }

    fn synthesize(&self, columns: Columns, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        layouter.assign_region(
            || "all",
            |mut region| {
                for (column, values) in columns.fixed.iter().zip(&self.spec.fixed) {
                    for (row, value) in values.iter().enumerate() {
                        region.assign_fixed(*column, row, *value);
                    }
                }
                for copy in &self.spec.copies {
                    let [left, right] = [copy.left, copy.right]
                        .map(|(c, row)| Cell { row_offset: row, column: columns.any(self.spec.permutation[c]) });
                    region.constrain_equal(left, right);
                }
                let Some(fill) = &self.fill else { return Ok(()) };
                let last = self.spec.advice_phase.iter().max().copied().unwrap_or(0);
                for phase in 0..=last {
                    let mut known = vec![];
                    for challenge in &columns.challenges {
                        let mut value = None;
                        region.get_challenge(*challenge).map(|v| value = Some(v));
                        known.push(value);
                    }
                    for (column, values) in fill(phase, &known) {
                        for (row, value) in values.into_iter().enumerate() {
                            region.assign_advice(columns.advice[column], row, Value::known(value));
                        }
                    }
                    if phase < last {
                        region.next_phase();
                    }
                }
                Ok(())
            },
        )
    }
}
