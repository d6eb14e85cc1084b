//! Sums per parameter down the rows: of dy·x̂, and of dy.
//!
//! A block of rows adds up in f32, and blocks in f64. Where all rows are one block, no totals are needed: the
//! sums are the gradients.

use core::ops::Range;

use super::Shape;
use crate::gradient::{Gradient, ParameterGradients, add};
use crate::scratch::Scratch;
use crate::simd::{F32x4, drain, visit};

/// Which sums are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Nothing,
    Weight,
    Both,
}

/// The sums of dy·x̂ and of dy.
pub(super) struct ColumnSums<'a> {
    sums: [Sum<'a>; 2],
    pub wanted: Wanted,
    /// Whether sums were spoilt, for there was a row that f32 does not hold.
    spoilt: bool,
}

/// One of the sums.
struct Sum<'a> {
    /// Over the rows of a block.
    partial: &'a mut [f32],
    becomes: Becomes<'a>,
}

/// What becomes of partial sums.
enum Becomes<'a> {
    /// They are not asked for.
    Nothing,
    /// They are the gradient: they stand in its memory.
    Gradient,
    /// They are added to the gradient.
    AddedTo(&'a mut [f32]),
    /// They are added to f64 totals, which become the gradient.
    Totals(&'a mut [f64], Gradient<'a>),
}

impl<'a> ColumnSums<'a> {
    /// In scratch memory of [`Shape::scratch`], without the weight of ones.
    pub fn new(gradients: ParameterGradients<'a>, scratch: Scratch<'a>, shape: Shape) -> Self {
        let wanted = match (&gradients.weight, &gradients.bias) {
            (None, None) => Wanted::Nothing,
            (_, None) => Wanted::Weight,
            (_, Some(_)) => Wanted::Both,
        };
        let parameters = shape.parameters();
        let [weight, bias] = halves(scratch.f32s, parameters);
        let totals = if shape.has_totals() { halves(scratch.f64s, parameters).map(Some) } else { [None, None] };
        let [to_weight, to_bias] = totals;
        let sums = [Sum::new(gradients.weight, weight, to_weight), Sum::new(gradients.bias, bias, to_bias)];
        Self { sums, wanted, spoilt: false }
    }

    /// Before the first block.
    pub fn clear(&mut self) {
        self.spoilt = false;
        for sum in &mut self.sums {
            sum.partial.fill(0.0);
            if let Becomes::Totals(totals, _) = &mut sum.becomes {
                totals.fill(0.0);
            }
        }
    }

    /// The partial sums of the parameters `columns`.
    #[inline(always)]
    pub fn partial(&mut self, columns: Range<usize>) -> [&mut [f32]; 2] {
        let [weight, bias] = &mut self.sums;
        [&mut weight.partial[columns.clone()], &mut bias.partial[columns]]
    }

    /// f32 does not hold the next row of these parameters: what is wanted of their sums over this block is to be made
    /// anew.
    pub fn spoil(&mut self, columns: Range<usize>) {
        if self.wanted != Wanted::Nothing {
            self.spoilt = true;
            self.partial(columns).into_iter().for_each(|partial| partial.fill(f32::NAN));
        }
    }

    /// Adds the partial sums of a block to the totals, and clears them.
    #[inline(never)]
    pub fn fold(&mut self) {
        for sum in &mut self.sums {
            if let Becomes::Totals(totals, _) = &mut sum.becomes {
                drain(sum.partial, totals);
            }
        }
    }

    /// Whether the sums over all blocks are what they should be: not spoilt and, if there was anything to `add_up`,
    /// not overflowed.
    pub fn hold(&self, add_up: bool) -> bool {
        let holds = |sum: &Sum<'_>| match &sum.becomes {
            Becomes::Nothing => true,
            Becomes::Gradient | Becomes::AddedTo(_) => are_finite(sum.partial),
            Becomes::Totals(totals, _) => totals.iter().all(|total| total.is_finite()),
        };
        !self.spoilt && (!add_up || self.sums.iter().all(holds))
    }

    /// Replaces the partial sums that are not finite by those in f64 that `exact` makes.
    pub fn mend(&mut self, exact: impl Fn(usize) -> [f64; 2]) {
        for i in 0..self.sums[0].partial.len() {
            if self.sums.iter().any(|sum| !sum.partial[i].is_finite()) {
                let exact = exact(i);
                self.sums.iter_mut().zip(exact).for_each(|(sum, exact)| sum.mend(i, exact));
            }
        }
    }

    /// The totals, of sums that are asked for.
    pub fn totals(&mut self) -> [Option<&mut [f64]>; 2] {
        self.sums.each_mut().map(|sum| match &mut sum.becomes {
            Becomes::Totals(totals, _) => Some(&mut **totals),
            _ => None,
        })
    }

    /// The gradients, after the last block.
    pub fn finish(self) {
        for Sum { partial, becomes } in self.sums {
            match becomes {
                Becomes::Nothing | Becomes::Gradient => {}
                Becomes::AddedTo(gradient) => add(partial, gradient),
                Becomes::Totals(totals, gradient) => gradient.set_all(totals),
            }
        }
    }
}

impl<'a> Sum<'a> {
    fn new(gradient: Option<Gradient<'a>>, partial: &'a mut [f32], totals: Option<&'a mut [f64]>) -> Self {
        match (gradient, totals) {
            (None, _) => Self { partial, becomes: Becomes::Nothing },
            (Some(gradient), Some(totals)) => Self { partial, becomes: Becomes::Totals(totals, gradient) },
            (Some(Gradient { values, accumulate: true }), None) => Self { partial, becomes: Becomes::AddedTo(values) },
            (Some(Gradient { values, .. }), None) => Self { partial: values, becomes: Becomes::Gradient },
        }
    }

    /// Replaces a partial sum that is not finite.
    fn mend(&mut self, i: usize, exact: f64) {
        let partial = &mut self.partial[i];
        if partial.is_finite() {
            return;
        }
        *partial = 0.0;
        match &mut self.becomes {
            Becomes::Nothing => {}
            Becomes::Gradient => *partial = exact as f32,
            Becomes::AddedTo(gradient) => gradient[i] = (f64::from(gradient[i]) + exact) as f32,
            Becomes::Totals(totals, _) => totals[i] += exact,
        }
    }
}

fn halves<T>(both: &mut [T], len: usize) -> [&mut [T]; 2] {
    let (first, rest) = both.split_at_mut(len);
    [first, &mut rest[..len]]
}

/// Whether all values are finite; may be wrong about some that are huge.
fn are_finite(values: &[f32]) -> bool {
    let sums = visit([values], [0.0], [], [F32x4::splat(0.0); 4], |s, [v], []| (s + v, []));
    sums.into_iter().flat_map(F32x4::to_array).all(f32::is_finite)
}
