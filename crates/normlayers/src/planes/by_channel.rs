//! Channel by channel: y of one is written while the sums of the next are made, whose planes lie behind its own.

use super::Planes;
use crate::channel::Normalize;
use crate::runs::{Sums, first_mean, map_and_sum};
use crate::simd::{F32x4, InOut};

/// y of channel `c`, and the sums of the one behind it, if there is one and f32 holds the constants.
#[inline(never)]
pub(crate) fn normalize_and_sum(mut io: InOut<'_>, shape: Planes, c: usize, constants: Normalize) -> Option<Sums> {
    let (planes, next) = (shape.channel(c), shape.channel(c + 1));
    let (Normalize::Narrow { hi, a, b }, true) = (constants, c + 1 < shape.c) else {
        constants.runs(&mut io, planes);
        return None;
    };
    let shift = first_mean(&io.source()[next.start..next.start + next.len]);
    let mut sums = [0.0; 2];
    for (plane, next) in planes.ranges().zip(next.ranges()) {
        let (io, next) = io.part_and_source(plane, next);
        let [sum, squares] = normalize_plane(io, [hi, a, b], next, shift);
        sums = [sums[0] + sum, sums[1] + squares];
    }
    Some(Sums { shift, sums })
}

/// y of a plane, and the sums of the next. (A function of its own: V8 swaps its first code for better where one is
/// entered.)
#[inline(never)]
fn normalize_plane(io: InOut<'_>, [hi, a, b]: [f32; 3], next: &[f32], shift: f32) -> [f64; 2] {
    let [hi, a, b] = [hi, a, b].map(F32x4::splat);
    map_and_sum(io, [], next, shift, |x, []| (x - hi) * a + b)
}
