//! Sums per parameter down the rows: of dy·x̂, and of dy.
//!
//! A block of rows adds up in f32, and blocks in f64. Where all rows are one block, no totals are needed: the
//! sums are the gradients.

use core::ops::Range;

use super::Shape;
use crate::gradient::{Gradient, ParameterGradients, add};
use crate::runs::squares;
use crate::scratch::Scratch;
use crate::simd::drain;

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

/// One of the sums. Of several blocks there are totals, which become the gradient. Of one block the partial sums are
/// added to the gradient; or they are it, if nothing is to be added to, and stand in its memory. What is not wanted
/// has no gradient.
struct Sum<'a> {
    /// Over the rows of a block.
    partial: &'a mut [f32],
    /// Over all blocks.
    totals: Option<&'a mut [f64]>,
    /// The gradient, unless the partial sums are it.
    gradient: Option<Gradient<'a>>,
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
            if let (Some(totals), Some(_)) = (&mut sum.totals, &sum.gradient) {
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
            if let (Some(totals), Some(_)) = (&mut sum.totals, &sum.gradient) {
                drain(sum.partial, totals);
            }
        }
    }

    /// Whether the sums over all blocks are what they should be: not spoilt and, if there was anything to `add_up`,
    /// not overflowed. (May be wrong about some that are huge.)
    pub fn hold(&self, add_up: bool) -> bool {
        let holds = |sum: &Sum<'_>| match (&sum.totals, &sum.gradient) {
            (None, _) => squares(sum.partial) < f64::INFINITY,
            (Some(totals), Some(_)) => totals.iter().all(|total| total.is_finite()),
            (Some(_), None) => true,
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

    /// The totals, where there are any.
    pub fn totals(&mut self) -> [&mut [f64]; 2] {
        self.sums.each_mut().map(|sum| sum.totals.as_deref_mut().unwrap_or_default())
    }

    /// The gradients, after the last block.
    pub fn finish(self) {
        for Sum { partial, totals, gradient } in self.sums {
            match (totals, gradient) {
                (Some(totals), Some(gradient)) => gradient.set_all(totals),
                (None, Some(gradient)) => add(partial, gradient.values),
                (_, None) => {}
            }
        }
    }
}

impl<'a> Sum<'a> {
    fn new(gradient: Option<Gradient<'a>>, partial: &'a mut [f32], totals: Option<&'a mut [f64]>) -> Self {
        match gradient {
            Some(Gradient { values, accumulate: false }) if totals.is_none() => {
                Self { partial: values, totals, gradient: None }
            }
            gradient => Self { partial, totals, gradient },
        }
    }

    /// Replaces a partial sum that is not finite.
    fn mend(&mut self, i: usize, exact: f64) {
        let partial = &mut self.partial[i];
        if partial.is_finite() {
            return;
        }
        *partial = match (&mut self.totals, &mut self.gradient) {
            (Some(totals), _) => {
                totals[i] += exact;
                0.0
            }
            (None, Some(gradient)) => {
                gradient.set(i, exact);
                0.0
            }
            (None, None) => exact as f32,
        };
    }
}

fn halves<T>(both: &mut [T], len: usize) -> [&mut [T]; 2] {
    let (first, rest) = both.split_at_mut(len);
    [first, &mut rest[..len]]
}
