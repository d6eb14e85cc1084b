//! Working memory that the caller lends: the kernels never allocate.

/// How much working memory a call writes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScratchSize {
    /// Elements of [`Scratch::f32s`].
    pub f32s: usize,
    /// Elements of [`Scratch::f64s`].
    pub f64s: usize,
}

/// Working memory of at least the size that the operation states. What it holds does not matter, before or after.
pub struct Scratch<'a> {
    /// Partial sums and constants.
    pub f32s: &'a mut [f32],
    /// Totals and statistics.
    pub f64s: &'a mut [f64],
}

impl ScratchSize {
    /// So many f64 more. (Sizes saturate: what no memory can hold must not wrap to what one can.)
    pub(crate) fn with_f64s(self, more: usize) -> Self {
        Self { f64s: self.f64s.saturating_add(more), ..self }
    }
}

impl Scratch<'_> {
    /// Splits `N` arrays of `len` f64 off; the rest stays for the passes below.
    pub(crate) fn arrays<const N: usize>(&mut self, len: usize) -> ([&mut [f64]; N], Scratch<'_>) {
        let mut rest = &mut *self.f64s;
        let arrays = core::array::from_fn(|_| {
            let (array, others) = core::mem::take(&mut rest).split_at_mut(len);
            rest = others;
            array
        });
        (arrays, Scratch { f32s: self.f32s, f64s: rest })
    }
}
