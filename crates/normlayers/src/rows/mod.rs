//! The core of the norms whose parameters vary along the row (layer and RMS norm, and group norm of
//! single positions): x is (rows, len), a statistic per row, weight and bias per element.
//!
//! * `forward` and `backward` run in f32 along the rows, with statistics and sums in f64;
//! * `short` runs in f64 throughout.
//!
//! Without centring (RMS norm) the mean and its gradient vanish from all formulas.

mod backward;
mod forward;
mod short;

pub(crate) use backward::{RowStatistics, differentiate};
pub(crate) use forward::normalize;

use core::ops::Range;

use crate::scratch::ScratchSize;
use crate::simd::F32x4;
use crate::statistics::{Statistic, narrow_factor, narrow_term, split};

/// Shorter rows run in f64 throughout: rows of 3 take half the time so.
const SHORT: usize = 8;

/// Row r has statistic r and parameters `(r % period) · len ..`.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub rows: usize,
    pub len: usize,
    pub period: usize,
}

impl Shape {
    /// Rows that share their parameters.
    pub fn new(elements: usize, len: usize) -> Self {
        assert!(elements.is_multiple_of(len), "x is not a number of whole rows");
        Self { rows: elements / len.max(1), len, period: 1 }
    }

    fn parameters(self) -> usize {
        self.len * self.period
    }

    fn check(self, x: &[f32]) {
        assert!(x.len() == self.rows * self.len, "a tensor does not fit its shape");
    }

    fn is_short(self) -> bool {
        self.len < SHORT
    }

    #[inline(always)]
    fn elements(self, row: usize) -> Range<usize> {
        row * self.len..(row + 1) * self.len
    }

    /// Where the parameters of row `row` start.
    #[inline(always)]
    fn column(self, row: usize) -> usize {
        if self.period == 1 { 0 } else { row % self.period * self.len }
    }

    /// What [`differentiate`] writes to: f32 partial sums and a weight of ones, and f64 totals.
    pub fn scratch(self) -> ScratchSize {
        let parameters = if self.rows == 0 { 0 } else { self.parameters() };
        ScratchSize { f32s: parameters.saturating_mul(3), f64s: parameters.saturating_mul(2) }
    }
}

/// What the passes over one row need of its statistic, in f32.
#[derive(Clone, Copy)]
struct Centre {
    hi: f32,
    lo: f32,
    rstd: f32,
}

/// [`Centre`] in every lane.
#[derive(Clone, Copy)]
struct Lanes {
    hi: F32x4,
    lo: F32x4,
    rstd: F32x4,
}

impl Centre {
    /// `None` where f32 does not hold it.
    #[inline(always)]
    fn new(Statistic { mean, rstd }: Statistic) -> Option<Self> {
        let (_, lo) = split(mean);
        Some(Self { hi: narrow_term(mean)?, lo: lo as f32, rstd: narrow_factor(rstd)? })
    }

    #[inline(always)]
    fn lanes(self) -> Lanes {
        Lanes { hi: F32x4::splat(self.hi), lo: F32x4::splat(self.lo), rstd: F32x4::splat(self.rstd) }
    }
}

impl Lanes {
    #[inline(always)]
    fn normalize<const CENTRED: bool>(self, x: F32x4) -> F32x4 {
        if CENTRED { ((x - self.hi) - self.lo) * self.rstd } else { x * self.rstd }
    }
}
