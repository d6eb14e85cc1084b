//! y and dx, of all planes.

use super::Planes;
use crate::Affine;
use crate::channel::{Constants, Differentiate, Normalize, Slopes, differentiate_runs, normalize_runs};
use crate::gradient::Dx;
use crate::records::{as_records, get_record, padded};
use crate::runs::Runs;
use crate::simd::InOut;
use crate::statistics::Statistics;

/// y.
pub(crate) fn normalize(
    io: InOut<'_>,
    shape: Planes,
    statistics: Statistics<'_>,
    affine: Affine<'_>,
    records: &mut [f32],
) {
    apply(Dx::overwrite(io), shape, Constants::Of(statistics, affine), records);
}

/// dx where statistics are constants: dy·weight·rstd.
pub(crate) fn scale(dx: Dx<'_>, shape: Planes, weight: Option<&[f32]>, rstd: &[f64], records: &mut [f32]) {
    apply(dx, shape, Constants::Scale(weight, rstd), records);
}

#[inline(never)]
fn apply(mut dx: Dx<'_>, shape: Planes, constants: Constants<'_>, records: &mut [f32]) {
    let records = &mut records[..3 * padded(shape.c)];
    let narrow = constants.set_records(shape.c, records);
    for planes in shape.points().rev() {
        match dx.overwritten() {
            Some(io) if narrow => normalize_runs(io, planes, as_records(records)),
            _ => one_by_one(planes, |c, plane| {
                let constants = Normalize::from_record(get_record(records, c)).unwrap_or_else(|| constants.at(c));
                constants.runs_of_dx(&mut dx, plane);
            }),
        }
    }
}

/// dx.
#[inline(never)]
pub(crate) fn differentiate(x: &[f32], mut dx: Dx<'_>, shape: Planes, slopes: Slopes<'_>, records: &mut [f32]) {
    let records = &mut records[..4 * padded(shape.c)];
    let narrow = slopes.set_records(shape.c, records);
    for planes in shape.points().rev() {
        if narrow {
            differentiate_runs(x, &mut dx, planes, as_records(records));
        } else {
            one_by_one(planes, |c, plane| {
                let record = get_record(records, c);
                Differentiate::from_record(record).unwrap_or_else(|| slopes.seldom_at(c)).runs(x, &mut dx, plane);
            });
        }
    }
}

/// Every plane of a data point, with its channel.
fn one_by_one(planes: Runs, mut f: impl FnMut(usize, Runs)) {
    planes.ranges().enumerate().for_each(|(c, plane)| f(c, Runs::one(plane.start, plane.len())));
}
