//! The two sums that backward needs of every column.

use super::{Columns, Folded};
use crate::channel_sums::centre;
use crate::records::{lane, padded};
use crate::runs::{exact_gradient_sums, magnitude, total_of};
use crate::scratch::Scratch;
use crate::simd::{F32x4, drain_records, visit, visit_rows};
use crate::statistics::Statistics;

/// Gradients of parameters are promised more than moments are, and terms of one sign and size round alike.
/// (As 4 times 4 rows; 8 times 4 leave it.)
const GRADIENT_BLOCK: usize = 16;

/// `Σ dy` and `Σ dy·(x − mean)` of every column.
#[inline(never)]
pub(crate) fn gradient_sums(
    x: &[f32],
    dy: &[f32],
    shape: Columns,
    statistics: Statistics<'_>,
    [sum, sum_x]: [&mut [f64]; 2],
    scratch: &mut Scratch<'_>,
) {
    let folded = shape.for_sums();
    let padded = padded(folded.width);
    let records = &mut scratch.f32s[..3 * padded];
    let (sums, products) = scratch.f64s[..2 * padded].split_at_mut(padded);
    records.fill(0.0);
    sums.fill(0.0);
    products.fill(0.0);
    for (j, &mean) in statistics.mean.iter().enumerate() {
        records[lane(j, 0, 3)] = mean as f32;
    }
    folded.repeat_records(3, records);
    let in_fours = !shape.is_streamed(2);
    for block in folded.rows(if in_fours { GRADIENT_BLOCK } else { GRADIENT_BLOCK / 2 }) {
        let (x, dy) = (&x[block.clone()], &dy[block]);
        gradient_block(x, dy, folded.width, records, in_fours);
        drain_records::<3, 2>(records, [sums, products]);
    }
    folded.add_copies(sums);
    folded.add_copies(products);
    sum.copy_from_slice(&sums[..shape.c]);
    sum_x.copy_from_slice(&products[..shape.c]);
    let (sizes, mut found) = (&mut records[..folded.width], false);
    centre(statistics, shape.rows as f64, [sum, sum_x], &mut |j, sums| {
        if sums == [0.0; 2] {
            if !found {
                folded.set_sizes(dy, sizes);
                found = true;
            }
            if sizes.iter().skip(j).step_by(shape.c).all(|&size| size == 0.0) {
                return sums;
            }
        }
        exact_gradient_sums(x, dy, shape.column(j), statistics.mean[j])
    });
}

impl Folded {
    /// Of every folded column something that is 0 where all its elements are: one pass for all, in the order of memory.
    #[cold]
    #[inline(never)]
    fn set_sizes(self, values: &[f32], sizes: &mut [f32]) {
        sizes.fill(0.0);
        for row in self.rows(1) {
            let sizes = &mut sizes[..row.len()];
            visit([&values[row]], None, [0.0], [sizes], [(); 4], |_, [value], [size]| ((), [size + magnitude(value)]));
        }
    }
}

#[inline(never)]
fn gradient_block(x: &[f32], dy: &[f32], width: usize, records: &mut [f32], in_fours: bool) {
    let rows = |[x, dy]: [[F32x4; 4]; 2], [k, s, q]: [F32x4; 3]| {
        [s + total_of(dy), q + total_of(core::array::from_fn::<_, 4, _>(|r| dy[r] * (x[r] - k)))]
    };
    let row = |[x, dy]: [F32x4; 2], [k, s, q]: [F32x4; 3]| [s + dy, q + dy * (x - k)];
    visit_rows([x, dy], width, records, in_fours, rows, row);
}
