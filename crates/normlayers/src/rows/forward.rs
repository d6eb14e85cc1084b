//! Forward, row by row: y = ((x − hi) − lo)·rstd·weight + bias.

use super::{AT_ONCE, Centre, Find, Shape, short};
use crate::Affine;
use crate::caches::beside;
use crate::runs::{Runs, Sums, first_mean, map_and_sum, squares};
use crate::simd::{InOut, map};
use crate::statistics::{Sink, Statistic};

/// y of all rows.
#[inline(never)]
pub(crate) fn normalize(shape: Shape, mut io: InOut<'_>, affine: Affine<'_>, mut find: Find<'_>) {
    shape.check(io.source());
    // Beside a bias of f32's last binades, weight · x̂ may overflow although y does not.
    let bias_fits = affine.bias.is_none_or(|bias| squares(bias) < f64::INFINITY);
    let centre = |statistic| Centre::new(statistic).filter(|_| bias_fits);
    if let (Find::Moments(sink), Some(weight), Some(bias)) = (&mut find, affine.weight, affine.bias)
        && shape.is_long()
    {
        return long_rows(shape, io, [weight, bias], sink, centre);
    }
    let all = io.len();
    for rows in shape.groups() {
        let (mut mean, mut rstd) = ([0.0; AT_ONCE], [0.0; AT_ONCE]);
        let (mean, rstd) = (&mut mean[..rows.len()], &mut rstd[..rows.len()]);
        let part = io.part(shape.elements_of(rows.clone()));
        let beside = beside(&part, part.len(), all);
        find.statistics(shape.len, rows.clone(), part.source(), beside, [mean, rstd]);
        for (row, (&mut mean, &mut rstd)) in rows.zip(mean.iter_mut().zip(rstd)) {
            let statistic = Statistic { mean, rstd };
            let (io, affine) = (io.part(shape.elements(row)), affine.part(shape.columns(row).start, shape.len));
            if shape.is_short() {
                short::normalize(io, statistic, affine);
                continue;
            }
            match centre(statistic) {
                Some(centre) => normalize_row(io, centre, affine, find.is_centred()),
                None => normalize_exactly(io, statistic, affine),
            }
        }
    }
}

/// y of long rows that have a mean, weight and bias: the sums of one are made while y of the one before is written.
/// (Rows of 768 take 0.9 of the time so, from far memory 0.85. Without a mean little is won: those have fewer sums to
/// make.)
#[inline(never)]
fn long_rows(
    shape: Shape,
    mut io: InOut<'_>,
    parameters: [&[f32]; 2],
    sink: &mut Sink<'_>,
    centre: impl Fn(Statistic) -> Option<Centre>,
) {
    let run = Runs::one(0, shape.len);
    let mut sums = None;
    for row in 0..shape.rows {
        let elements = shape.elements(row);
        let x = &io.source()[elements.clone()];
        let moments = sums.take().unwrap_or_else(|| Sums::of_runs(x, None, run)).moments(x, run, sink.eps);
        let statistic = sink.one(row, moments);
        let [weight, bias] = parameters.map(|values| &values[shape.columns(row)]);
        let affine = Affine { weight: Some(weight), bias: Some(bias) };
        match centre(statistic) {
            Some(centre) if row + 1 < shape.rows => {
                let (io, next) = io.part_and_source(elements, shape.elements(row + 1));
                sums = Some(normalize_and_sum(io, centre, [weight, bias], next));
            }
            Some(centre) => normalize_row(io.part(elements), centre, affine, true),
            None => normalize_exactly(io.part(elements), statistic, affine),
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

/// [`normalize_row`], and the sums of the next row.
#[inline(never)]
fn normalize_and_sum(io: InOut<'_>, centre: Centre, parameters: [&[f32]; 2], next: &[f32]) -> Sums {
    let (shift, c) = (first_mean(next), centre.lanes());
    let sums = map_and_sum(io, parameters, next, shift, |x, [w, b]| c.normalize::<true>(x) * w + b);
    Sums { shift, sums }
}

#[cold]
#[inline(never)]
fn normalize_exactly(io: InOut<'_>, statistic: Statistic, affine: Affine<'_>) {
    short::normalize(io, statistic, affine);
}
