//! Where gradients go: dx overwritten (out of place or over dy) or added to, and parameter gradients
//! as f64 totals that are rounded once.

use core::ops::Range;

use crate::simd::{F32x4, InOut, map, map_rows};

/// dy on its way to dx.
pub struct Dx<'a> {
    io: InOut<'a>,
    accumulate: bool,
}

impl<'a> Dx<'a> {
    /// dx takes the place of what its memory holds; `io` tells whether that is dy's own.
    pub fn overwrite(io: InOut<'a>) -> Self {
        Self { io, accumulate: false }
    }

    /// dx is added to what its memory holds.
    ///
    /// # Panics
    /// When the lengths differ.
    pub fn accumulate(dy: &'a [f32], dx: &'a mut [f32]) -> Self {
        Self { io: InOut::new(dy, dx), accumulate: true }
    }

    /// The incoming gradient, until something is written.
    pub(crate) fn dy(&self) -> &[f32] {
        self.io.source()
    }

    /// The elements of `range`.
    #[inline(always)]
    pub(crate) fn part(&mut self, range: Range<usize>) -> Dx<'_> {
        Dx { io: self.io.part(range), accumulate: self.accumulate }
    }

    /// dx from dy and further streams.
    #[inline(always)]
    pub(crate) fn map<const N: usize>(self, reads: [&[f32]; N], f: impl Fn(F32x4, [F32x4; N]) -> F32x4) {
        if self.accumulate { map::<true, N>(self.io, reads, f) } else { map::<false, N>(self.io, reads, f) }
    }

    /// dx from dy, further matrices and records, `R` rows at once (one, where dx is added: that is seldom).
    #[inline(always)]
    pub(crate) fn map_rows<const R: usize, const N: usize, const K: usize>(
        self,
        matrices: [&[f32]; N],
        width: usize,
        records: &[f32],
        f: impl Fn(F32x4, [F32x4; N], [F32x4; K]) -> F32x4,
    ) {
        if self.accumulate {
            map_rows::<true, 1, N, K>(self.io, matrices, width, records, f);
        } else {
            map_rows::<false, R, N, K>(self.io, matrices, width, records, f);
        }
    }

    /// dx of one element from dy.
    #[inline(always)]
    pub(crate) fn update(&mut self, index: usize, f: impl FnOnce(f32) -> f32) {
        if self.accumulate { self.io.accumulate(index, f) } else { self.io.update(index, f) }
    }

    /// dx of every element from its index and dy.
    pub(crate) fn each(mut self, f: impl Fn(usize, f32) -> f32) {
        (0..self.io.len()).for_each(|i| self.update(i, |dy| f(i, dy)));
    }
}

/// The incoming gradient, and what is to become of it.
pub enum Incoming<'a> {
    /// dx is not asked for.
    Read(&'a [f32]),
    /// dx is asked for.
    Into(Dx<'a>),
}

impl Incoming<'_> {
    /// The incoming gradient, until something is written.
    pub(crate) fn dy(&self) -> &[f32] {
        match self {
            Self::Read(dy) => dy,
            Self::Into(dx) => dx.dy(),
        }
    }

    /// The elements of `range`, when dx is asked for.
    #[inline(always)]
    pub(crate) fn dx(&mut self, range: Range<usize>) -> Option<Dx<'_>> {
        match self {
            Self::Read(_) => None,
            Self::Into(dx) => Some(dx.part(range)),
        }
    }

    pub(crate) fn wants_dx(&self) -> bool {
        matches!(self, Self::Into(_))
    }

    /// Whether dx takes the place of dy.
    pub(crate) fn is_in_place(&self) -> bool {
        matches!(self, Self::Into(dx) if dx.io.is_in_place())
    }
}

/// The gradient of one parameter.
pub struct Gradient<'a> {
    /// Its elements.
    pub values: &'a mut [f32],
    /// Whether it is added to what is there.
    pub accumulate: bool,
}

impl Gradient<'_> {
    /// Element `index` from its total, rounded once, whatever was there included.
    #[inline(always)]
    pub(crate) fn set(&mut self, index: usize, total: f64) {
        let value = &mut self.values[index];
        let before = if self.accumulate { f64::from(*value) } else { 0.0 };
        *value = (before + total) as f32;
    }

    /// All elements.
    pub(crate) fn set_all(mut self, totals: &[f64]) {
        totals.iter().enumerate().for_each(|(i, &total)| self.set(i, total));
    }
}

/// The gradients of weight and bias; those not asked for are `None`, and are not computed.
#[derive(Default)]
pub struct ParameterGradients<'a> {
    /// The gradient of weight.
    pub weight: Option<Gradient<'a>>,
    /// The gradient of bias.
    pub bias: Option<Gradient<'a>>,
}

impl ParameterGradients<'_> {
    /// Sets element `index` of both, where asked for.
    #[inline(always)]
    pub(crate) fn set(&mut self, index: usize, dweight: f64, dbias: f64) {
        if let Some(gradient) = &mut self.weight {
            gradient.set(index, dweight);
        }
        if let Some(gradient) = &mut self.bias {
            gradient.set(index, dbias);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.weight.is_none() && self.bias.is_none()
    }
}
