//! y and dx, of all rows.

use core::ops::Range;

use super::{Columns, Folded, ROW_BLOCK};
use crate::Affine;
use crate::channel::{Constants, Differentiate, Normalize, Slopes};
use crate::gradient::Dx;
use crate::records::{get_record, padded};
use crate::simd::{InOut, map_rows};
use crate::statistics::Statistics;

/// y.
pub(crate) fn normalize(
    io: InOut<'_>,
    shape: Columns,
    statistics: Statistics<'_>,
    affine: Affine<'_>,
    records: &mut [f32],
) {
    apply(Dx::overwrite(io), shape, Constants::Of(statistics, affine), records);
}

/// dx where statistics are constants: dy·weight·rstd.
pub(crate) fn scale(dx: Dx<'_>, shape: Columns, weight: Option<&[f32]>, rstd: &[f64], records: &mut [f32]) {
    apply(dx, shape, Constants::Scale(weight, rstd), records);
}

#[inline(never)]
fn apply(mut dx: Dx<'_>, shape: Columns, constants: Constants<'_>, records: &mut [f32]) {
    let folded = shape.for_apply();
    let records = &mut records[..3 * padded(folded.width)];
    if !constants.set_records(shape.c, records) {
        // Where one column needs f64, all go element by element; the others keep their bits.
        return shape.each(|i, j| {
            let constants = Normalize::from_record(get_record(records, j)).unwrap_or_else(|| constants.at(j));
            dx.update(i, |x| constants.element(x));
        });
    }
    folded.repeat_records(3, records);
    folded.each_block::<3>(dx, records, normalize_block);
}

#[inline(never)]
fn normalize_block(io: InOut<'_>, _: Range<usize>, width: usize, records: &[f32]) {
    map_rows(io, [], width, records, |x, [], [hi, a, b]| (x - hi) * a + b);
}

/// dx.
#[inline(never)]
pub(crate) fn differentiate(x: &[f32], mut dx: Dx<'_>, shape: Columns, slopes: Slopes<'_>, records: &mut [f32]) {
    let folded = shape.for_apply();
    let records = &mut records[..4 * padded(folded.width)];
    if !slopes.set_records(shape.c, records) {
        return shape.each(|i, j| {
            let constants = Differentiate::from_record(get_record(records, j)).unwrap_or_else(|| slopes.seldom_at(j));
            dx.update(i, |dy| constants.element(x[i], dy));
        });
    }
    folded.repeat_records(4, records);
    folded.each_block::<4>(dx, records, |io, block, width, records| {
        differentiate_block(&x[block], io, width, records);
    });
}

#[inline(never)]
fn differentiate_block(x: &[f32], io: InOut<'_>, width: usize, records: &[f32]) {
    map_rows(io, [x], width, records, |dy, [x], [hi, a, k2, k0]| dy * a + ((x - hi) * k2 + k0));
}

impl Folded {
    /// dx of all folded rows, from the last, which the caches still hold where sums were made before: `kernel` is given
    /// some of them, their elements, their width, and the records of theirs. (Or a part of one, where dx is added.)
    #[inline(always)]
    fn each_block<const K: usize>(
        self,
        mut dx: Dx<'_>,
        records: &[f32],
        kernel: impl Fn(InOut<'_>, Range<usize>, usize, &[f32]),
    ) {
        if let Some(io) = dx.overwritten() {
            return self
                .rows(ROW_BLOCK)
                .rev()
                .for_each(|block| kernel(io.part(block.clone()), block, self.width, records));
        }
        for row in self.rows(1) {
            dx.part(row.clone()).add_in_parts(&|mut dx, part| {
                let Some(io) = dx.overwritten() else { return };
                let records = &records[K * part.start..][..K * padded(part.len())];
                kernel(io.whole(), row.start + part.start..row.start + part.end, part.len(), records);
            });
        }
    }
}
