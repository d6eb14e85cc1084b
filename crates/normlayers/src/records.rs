//! The constants of channels as the passes read them: those of four channels lie together in a record, vector by
//! vector, so that they are made of four at once, and a pass follows one pointer for all.

use core::ops::Range;

use crate::simd::{F32x4, LANES};

/// The channels `0..c`, in groups of four and a last one of fewer.
pub(crate) fn groups_of(c: usize) -> impl Iterator<Item = Range<usize>> {
    (0..c).step_by(LANES).map(move |first| first..c.min(first + LANES))
}

/// Channels `0..c`, and what fills up the last group: the values of a record's vector.
pub(crate) fn padded(c: usize) -> usize {
    c.saturating_add(LANES - 1) & !(LANES - 1)
}

/// The lane of channel `j` in vector `k` of its record, records being `size` vectors long.
#[inline(always)]
pub(crate) fn lane(j: usize, k: usize, size: usize) -> usize {
    (j / LANES * size + k) * LANES + j % LANES
}

/// The four values from `first`, a multiple of 4.
#[inline(always)]
pub(crate) fn four<T>(values: &[T], first: usize) -> &[T; LANES] {
    &values.as_chunks().0[first / LANES]
}

/// [`four`], to be changed.
#[inline(always)]
pub(crate) fn four_mut<T>(values: &mut [T], first: usize) -> &mut [T; LANES] {
    &mut values.as_chunks_mut().0[first / LANES]
}

/// Writes the constants of every channel: of four at once, where that can be done, or of one.
/// Whether none is NaN.
#[inline(always)]
pub(crate) fn set_records<const K: usize>(
    records: &mut [f32],
    c: usize,
    of_four: impl Fn(usize) -> Option<[F32x4; K]>,
    of_one: impl Fn(usize) -> [f32; K],
) -> bool {
    let mut whole = true;
    for group in groups_of(c) {
        if group.len() == LANES
            && let Some(constants) = of_four(group.start)
        {
            for (k, constant) in constants.into_iter().enumerate() {
                constant.write(four_mut(records, lane(group.start, k, K)));
            }
            continue;
        }
        for j in group {
            for (k, constant) in of_one(j).into_iter().enumerate() {
                whole &= !constant.is_nan();
                records[lane(j, k, K)] = constant;
            }
        }
    }
    whole
}

/// `K` constants of four channels.
pub(crate) type Record<const K: usize> = [[f32; LANES]; K];

/// What [`set_records`] wrote.
#[inline(always)]
pub(crate) fn as_records<const K: usize>(records: &[f32]) -> &[Record<K>] {
    records.as_chunks().0.as_chunks().0
}

/// A record of one channel, which may stand for all.
#[inline(always)]
pub(crate) fn same_lanes<const K: usize>(constants: [f32; K]) -> Record<K> {
    constants.map(|constant| [constant; LANES])
}

/// The constants of channel `j`.
#[inline(always)]
pub(crate) fn get_record<const K: usize>(records: &[f32], j: usize) -> [f32; K] {
    core::array::from_fn(|k| records[lane(j, k, K)])
}
