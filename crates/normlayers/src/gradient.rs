//! Where gradients go: dx overwritten (out of place or over dy) or added to, and parameter gradients
//! as f64 totals that are rounded once.

use core::ops::Range;

use crate::caches::beside;
use crate::simd::{F32x4, F64x4, InOut, visit};

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

    /// Source and destination, unless dx is added to what is there.
    #[inline(always)]
    pub(crate) fn overwritten(&mut self) -> Option<&mut InOut<'a>> {
        (!self.accumulate).then_some(&mut self.io)
    }

    /// dx that is added: `kernel` overwrites a buffer, part by part, and that is added to dx. (This is seldom: it is
    /// not worth a second instance of every loop.)
    #[cold]
    #[inline(never)]
    pub(crate) fn add_in_parts(mut self, kernel: &dyn Fn(Dx<'_>, Range<usize>)) {
        let mut buffer = [0.0; PART];
        for start in (0..self.io.len()).step_by(PART) {
            let part = start..self.io.len().min(start + PART);
            let values = &mut buffer[..part.len()];
            kernel(Dx::overwrite(InOut::new(&self.dy()[part.clone()], values)), part.clone());
            add(values, self.io.part(part).destination());
        }
    }

    /// dx of one element from dy.
    #[inline(always)]
    pub(crate) fn update(&mut self, index: usize, f: impl FnOnce(f32) -> f32) {
        if self.accumulate { self.io.accumulate(index, f) } else { self.io.update(index, f) }
    }
}

/// Elements of a part; a multiple of 4, for constants come by four.
const PART: usize = 256;

/// Adds `values` to those of `sums`.
#[inline(never)]
pub(crate) fn add(values: &[f32], sums: &mut [f32]) {
    visit([values], None, [0.0], [sums], [(); 4], |_, [value], [sum]| ((), [sum + value]));
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

    /// What the memory of dx holds of `elements`, where sums over a `part` of `all` prefetch that.
    pub(crate) fn beside(&self, elements: Range<usize>, part: usize, all: usize) -> Option<&[f32]> {
        let Self::Into(dx) = self else { return None };
        beside(&dx.io, part, all).map(|dx| &dx[elements])
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
    #[inline(never)]
    pub(crate) fn set_all(mut self, totals: &[f64]) {
        let (fours, _) = self.values.as_chunks_mut();
        for (values, totals) in fours.iter_mut().zip(totals.as_chunks().0) {
            let before = if self.accumulate { F64x4::from_f32(F32x4::of(values)) } else { F64x4::splat(0.0) };
            (before + F64x4::of(totals)).narrow().write(values);
        }
        (totals.len() & !3..totals.len()).for_each(|i| self.set(i, totals[i]));
    }

    /// All elements, of which nothing is known but that their totals are 0.
    #[inline(never)]
    fn set_zeros(mut self) {
        (0..self.values.len()).for_each(|i| self.set(i, 0.0));
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

    /// Sets all elements of both, where asked for.
    pub(crate) fn set_all(self, [dweight, dbias]: [&[f64]; 2]) {
        self.weight.into_iter().for_each(|gradient| gradient.set_all(dweight));
        self.bias.into_iter().for_each(|gradient| gradient.set_all(dbias));
    }

    /// Both are sums over nothing.
    #[cold]
    #[inline(never)]
    pub(crate) fn set_zeros(self) {
        [self.weight, self.bias].into_iter().flatten().for_each(Gradient::set_zeros);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.weight.is_none() && self.bias.is_none()
    }
}
