//! A row element by element in f64, where nothing of f32 data overflows, underflows or cancels: for rows of a
//! few elements, where it is also the fastest way, and for those that f32 does not hold.

use super::parameters::Wanted;
use crate::Affine;
use crate::gradient::Dx;
use crate::simd::InOut;
use crate::statistics::Statistic;

/// y of one row.
#[inline(always)]
pub(super) fn normalize(mut io: InOut<'_>, statistic: Statistic, affine: Affine<'_>) {
    for i in 0..io.len() {
        let (weight, bias) = affine.channel(i);
        io.update(i, |x| (normalized(x, statistic) * f64::from(weight) + f64::from(bias)) as f32);
    }
}

#[inline(always)]
fn normalized(x: f32, Statistic { mean, rstd }: Statistic) -> f64 {
    (f64::from(x) - mean) * rstd
}

/// What the passes over one row read.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub x: &'a [f32],
    pub weight: &'a [f32],
    pub statistic: Statistic,
}

impl Row<'_> {
    /// dy·x̂ and dy of element `i`.
    #[inline(always)]
    pub fn terms(&self, dy: &[f32], i: usize) -> [f64; 2] {
        let dy = f64::from(dy[i]);
        [dy * normalized(self.x[i], self.statistic), dy]
    }

    /// `[Σg, Σg·x̂]` with g = dy·weight.
    #[inline(always)]
    pub fn sums(&self, dy: &[f32]) -> [f64; 2] {
        self.sums_and_terms(dy, |_, _| {})
    }

    /// [`Row::sums`], while what is wanted of dy·x̂ and dy is added to the totals.
    #[inline(always)]
    pub fn sums_into(&self, dy: &[f32], wanted: Wanted, [dweight, dbias]: [&mut [f64]; 2]) -> [f64; 2] {
        match wanted {
            Wanted::Nothing => self.sums(dy),
            Wanted::Weight => self.sums_and_terms(dy, |i, [to_weight, _]| dweight[i] += to_weight),
            Wanted::Both => self.sums_and_terms(dy, |i, [to_weight, to_bias]| {
                dweight[i] += to_weight;
                dbias[i] += to_bias;
            }),
        }
    }

    #[inline(always)]
    fn sums_and_terms(&self, dy: &[f32], mut each: impl FnMut(usize, [f64; 2])) -> [f64; 2] {
        (0..self.x.len()).fold([0.0; 2], |[s, q], i| {
            let terms = self.terms(dy, i);
            each(i, terms);
            let weight = f64::from(self.weight[i]);
            [s + terms[1] * weight, q + terms[0] * weight]
        })
    }

    /// dx = g·rstd + ((x − mean)·k2 + k0).
    #[inline(always)]
    pub fn dx(&self, mut dx: Dx<'_>, [k2, k0]: [f64; 2]) {
        let Statistic { mean, rstd } = self.statistic;
        for i in 0..self.x.len() {
            dx.update(i, |dy| {
                let g = f64::from(dy) * f64::from(self.weight[i]);
                (g * rstd + ((f64::from(self.x[i]) - mean) * k2 + k0)) as f32
            });
        }
    }
}
