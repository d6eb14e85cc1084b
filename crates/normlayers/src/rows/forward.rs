//! Forward, row by row: y = ((x − hi) − lo)·rstd·weight + bias.

use super::{AT_ONCE, Centre, Find, Shape, short};
use crate::Affine;
use crate::runs::{brings_near, squares};
use crate::simd::{InOut, map};
use crate::statistics::Statistic;

/// y of all rows.
#[inline(never)]
pub(crate) fn normalize(shape: Shape, mut io: InOut<'_>, affine: Affine<'_>, mut find: Find<'_>) {
    shape.check(io.source());
    let all = io.len();
    // Beside a bias of f32's last binades, weight · x̂ may overflow although y does not.
    let bias_fits = affine.bias.is_none_or(|bias| squares(bias) < f64::INFINITY);
    for rows in shape.groups() {
        let (mut mean, mut rstd) = ([0.0; AT_ONCE], [0.0; AT_ONCE]);
        let (mean, rstd) = (&mut mean[..rows.len()], &mut rstd[..rows.len()]);
        let part = io.part(shape.elements_of(rows.clone()));
        let beside = brings_near(part.len(), all).then(|| part.written());
        find.statistics(shape.len, rows.clone(), part.source(), beside, [mean, rstd]);
        for (row, (&mut mean, &mut rstd)) in rows.zip(mean.iter_mut().zip(rstd)) {
            let statistic = Statistic { mean, rstd };
            let (io, affine) = (io.part(shape.elements(row)), affine.part(shape.columns(row).start, shape.len));
            if shape.is_short() {
                short::normalize(io, statistic, affine);
                continue;
            }
            match Centre::new(statistic).filter(|_| bias_fits) {
                Some(centre) => normalize_row(io, centre, affine, find.is_centred()),
                None => normalize_exactly(io, statistic, affine),
            }
        }
    }
}

/// (Without a mean there is seldom a bias: that goes with a mean of 0.)
#[inline(never)]
fn normalize_row(io: InOut<'_>, centre: Centre, affine: Affine<'_>, centred: bool) {
    let c = centre.lanes();
    match (affine.weight, affine.bias) {
        (Some(w), None) if !centred => map(io, [w], |x, [w]| x * c.rstd * w),
        (None, None) if !centred => map(io, [], |x, []| x * c.rstd),
        (Some(w), Some(b)) => map(io, [w, b], |x, [w, b]| c.normalize::<true>(x) * w + b),
        (Some(w), None) => map(io, [w], |x, [w]| c.normalize::<true>(x) * w),
        (None, Some(b)) => map(io, [b], |x, [b]| c.normalize::<true>(x) + b),
        (None, None) => map(io, [], |x, []| c.normalize::<true>(x)),
    }
}

#[cold]
#[inline(never)]
fn normalize_exactly(io: InOut<'_>, statistic: Statistic, affine: Affine<'_>) {
    short::normalize(io, statistic, affine);
}
