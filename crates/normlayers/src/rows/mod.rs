//! The core of the norms whose parameters vary along the row (layer and RMS norm, and group norm of
//! single positions): x is (rows, len), a statistic per row, weight and bias per element.
//!
//! * `moments` finds the statistics of rows, of short ones a few at a time;
//! * `forward` and `backward` run in f32 along the rows, with statistics and sums in f64;
//! * `short` runs in f64 throughout.
//!
//! Without centring (RMS norm) the mean and its gradient vanish from all formulas.

mod backward;
mod forward;
mod moments;
mod parameters;
mod short;

pub(crate) use backward::{RowStatistics, differentiate};
pub(crate) use forward::normalize;
pub(crate) use moments::{Find, mean_square_rstd, moments};

use core::ops::Range;

use crate::caches::NEAR;
use crate::runs::SHORT_ROW;
use crate::scratch::ScratchSize;
use crate::simd::F32x4;
use crate::statistics::{Statistic, narrow_factor, narrow_term, split};

/// Rows whose parameter gradients add up in f32 before they go into the f64 totals. (16 are 3 to 7 %
/// faster, and 6 to 20 % on 4096 rows of 768, but terms of one sign then round up to three units.)
const ROW_BLOCK: usize = 8;

/// Statistics of so many rows are found before the first is put to use, where they are near one another: they do not
/// wait for one another then, and four are judged at a time. (Rows of 16 take 0.75, of 128 0.8 of the time.)
const AT_ONCE: usize = 8;

/// Row r has statistic r and parameters `(r % period) · len ..`.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub rows: usize,
    pub len: usize,
    pub period: usize,
}

impl Shape {
    /// Rows that share their parameters. (Inlined, for it shows that no row reaches beyond the tensor.)
    #[inline(always)]
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
        self.len < SHORT_ROW
    }

    #[inline(always)]
    fn elements(self, row: usize) -> Range<usize> {
        row * self.len..(row + 1) * self.len
    }

    #[inline(always)]
    fn elements_of(self, rows: Range<usize>) -> Range<usize> {
        rows.start * self.len..rows.end * self.len
    }

    /// Whether rows are too long for several to stay near together.
    fn is_long(self) -> bool {
        self.len > NEAR / AT_ONCE
    }

    /// The rows, as many at a time as are near one another.
    pub fn groups(self) -> impl Iterator<Item = Range<usize>> {
        let count = if self.is_long() { 1 } else { AT_ONCE };
        (0..self.rows).step_by(count).map(move |first| first..self.rows.min(first + count))
    }

    /// The parameters of row `row`.
    #[inline(always)]
    fn columns(self, row: usize) -> Range<usize> {
        let start = if self.period == 1 { 0 } else { row % self.period * self.len };
        start..start + self.len
    }

    /// The rows of a block: whole periods, so that each parameter meets as many rows per block.
    fn block(self) -> usize {
        ROW_BLOCK.next_multiple_of(self.period)
    }

    /// Whether parameter gradients need totals in f64.
    fn has_totals(self) -> bool {
        self.rows > self.block() || self.is_short()
    }

    /// What [`differentiate`] writes to: f32 partial sums and a weight of ones, and f64 totals.
    pub fn scratch(self) -> ScratchSize {
        let parameters = if self.rows == 0 { 0 } else { self.parameters() };
        let totals = if self.has_totals() { 2 } else { 0 };
        ScratchSize { f32s: parameters.saturating_mul(3), f64s: parameters.saturating_mul(totals) }
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
