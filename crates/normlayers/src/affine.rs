//! Scale and shift.

/// Weight and bias, each optional: absent, weight is 1 and bias is 0.
#[derive(Clone, Copy, Default)]
pub struct Affine<'a> {
    /// The scale.
    pub weight: Option<&'a [f32]>,
    /// The shift.
    pub bias: Option<&'a [f32]>,
}

impl<'a> Affine<'a> {
    /// The scale and shift of channel `c`.
    #[inline(always)]
    pub(crate) fn channel(self, c: usize) -> (f32, f32) {
        (weight_of(self.weight, c), self.bias.map_or(0.0, |b| b[c]))
    }

    /// The parameters of elements `start..start + len`.
    #[inline(always)]
    pub(crate) fn part(self, start: usize, len: usize) -> Self {
        Self { weight: self.weight.map(|w| &w[start..start + len]), bias: self.bias.map(|b| &b[start..start + len]) }
    }
}

/// The scale of channel `c`.
#[inline(always)]
pub(crate) fn weight_of(weight: Option<&[f32]>, c: usize) -> f32 {
    weight.map_or(1.0, |w| w[c])
}
