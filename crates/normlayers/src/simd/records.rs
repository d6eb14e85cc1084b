//! Loops down the rows of a matrix, whose columns have constants and sums in records: what belongs to 4
//! columns lies side by side, so that a row is followed by one pointer more, not by several.
//!
//! The loop along a row is that of `streams`, but that its last vector may be a partial one.
//!
//! Contract of the unsafe parts (the bullets that their `SAFETY` comments name):
//! * LEN — every stream was asserted to hold `len` elements (or the stated multiple of it);
//! * STEP — a full step is taken only while at least 16 elements are left, a vector only while 4 are;
//! * ALIAS — streams are shared slices; a written stream is exclusive, or (`InOut`) is read at an
//!   element before it is written there.
#![allow(clippy::needless_range_loop, reason = "an index keeps several arrays in step")]

use super::access::{LANES, STEP, bump, load_all, load_tail, store_few, walk};
use super::{F32x4, F64x2, InOut};

/// Runs down the rows of `N` matrices, `R` at once where they are to be taken `at_once`, and updates a record per 4
/// columns: record `j` is `K` vectors side by side, of which the last `U` are replaced by what `f` returns. `f` meets
/// element `[i][r]`, row `r` of matrix `i`. All other rows go to `one`, one by one; the last of them may be short.
///
/// `records` is padded to whole vectors (`K · 4 · ceil(width / 4)` elements). What is made of lanes
/// beyond the last column is not stored.
///
/// # Panics
/// When the lengths do not fit.
#[inline(always)]
pub fn visit_rows<const R: usize, const N: usize, const K: usize, const U: usize>(
    matrices: [&[f32]; N],
    width: usize,
    records: &mut [f32],
    at_once: bool,
    f: impl Fn([[F32x4; R]; N], [F32x4; K]) -> [F32x4; U],
    one: impl Fn([F32x4; N], [F32x4; K]) -> [F32x4; U],
) {
    let len = matrices[0].len();
    assert!(matrices.iter().all(|m| m.len() == len) && width > 0, "matrices differ");
    assert!(records.len() == K * width.next_multiple_of(LANES) && U <= K, "records do not fit");
    let grouped = if at_once { len / (R * width) * (R * width) } else { 0 };
    let mut start = 0;
    while start < grouped {
        // SAFETY: LEN: rows `start ..` up to `R` rows behind it are within each matrix, and there is a
        // record for every vector of columns; STEP; ALIAS.
        unsafe {
            visit_row(
                matrices.map(|m| core::array::from_fn(|r| m.as_ptr().add(start + r * width))),
                width,
                records.as_mut_ptr(),
                &f,
            );
        }
        start += R * width;
    }
    while start < len {
        let width = width.min(len - start);
        // SAFETY: LEN: the row, perhaps short, is within each matrix, as above; STEP; ALIAS.
        unsafe {
            visit_row(
                matrices.map(|m| [m.as_ptr().add(start)]),
                width,
                records.as_mut_ptr(),
                &|read: [[F32x4; 1]; N], old| one(read.map(|[v]| v), old),
            );
        }
        start += width;
    }
}

/// One group of rows of [`visit_rows`].
///
/// # Safety
/// * every pointer of `from` is valid for reads of `width` f32;
/// * `record` is valid for reads and writes of `K · 4 · ceil(width / 4)` f32, which overlap nothing read.
#[inline(always)]
unsafe fn visit_row<const R: usize, const N: usize, const K: usize, const U: usize>(
    mut from: [[*const f32; R]; N],
    width: usize,
    mut record: *mut f32,
    f: &impl Fn([[F32x4; R]; N], [F32x4; K]) -> [F32x4; U],
) {
    macro_rules! vector {
        ($vector:expr) => {
            // SAFETY: by this function's contract; STEP.
            unsafe {
                let at = record.add($vector * K * LANES);
                let old = core::array::from_fn(|i| F32x4::load(at.add(i * LANES)));
                let read = core::array::from_fn(|i| load_all(&from[i], $vector * LANES));
                let new = f(read, old);
                for i in 0..U {
                    new[i].store(at.add((K - U + i) * LANES));
                }
            }
        };
    }
    macro_rules! advance {
        ($count:expr) => {
            // SAFETY: by this function's contract; STEP: `$count` elements were there.
            unsafe {
                for rows in &mut from {
                    bump(rows, $count);
                }
                record = record.add($count * K);
            }
        };
    }
    walk!(from[0][0], width, vector, advance);
    let rest = width & (LANES - 1);
    if rest > 0 {
        let room = width >= LANES;
        // SAFETY: by this function's contract: `rest` elements, 1 to 3, are left in every row, and a record; `room`:
        // of 4.
        unsafe {
            let old: [F32x4; K] = core::array::from_fn(|i| F32x4::load(record.add(i * LANES)));
            let read = from.map(|rows| rows.map(|p| load_tail(p, rest, 0.0, room)));
            let new = f(read, old);
            for i in 0..U {
                let at = record.add((K - U + i) * LANES);
                old[K - U + i].with_head(new[i], rest).store(at);
            }
        }
    }
}

/// Writes a function of the source, of `N` further matrices and of a record per 4 columns, row by row (the last may be
/// short). Records are padded as in [`visit_rows`].
///
/// # Panics
/// When the lengths do not fit.
#[inline(always)]
pub fn map_rows<const N: usize, const K: usize>(
    mut io: InOut<'_>,
    matrices: [&[f32]; N],
    width: usize,
    records: &[f32],
    f: impl Fn(F32x4, [F32x4; N], [F32x4; K]) -> F32x4,
) {
    let len = io.len();
    assert!(matrices.iter().all(|m| m.len() == len) && width > 0, "matrices differ");
    assert!(records.len() == K * width.next_multiple_of(LANES), "records do not fit");
    let (mut source, mut destination) = io.pointers();
    let mut from = matrices.map(<[f32]>::as_ptr);
    let mut left = len;
    while left > 0 {
        let width = width.min(left);
        let mut record = records.as_ptr();

        macro_rules! vector {
            ($vector:expr) => {
                // SAFETY: LEN, STEP, ALIAS.
                unsafe {
                    let at = record.add($vector * K * LANES);
                    let constants: [F32x4; K] = core::array::from_fn(|i| F32x4::load(at.add(i * LANES)));
                    let value = F32x4::load(source.add($vector * LANES));
                    f(value, load_all(&from, $vector * LANES), constants).store(destination.add($vector * LANES));
                }
            };
        }
        macro_rules! advance {
            ($count:expr) => {
                // SAFETY: LEN, STEP: `$count` elements were there.
                unsafe {
                    source = source.add($count);
                    destination = destination.add($count);
                    bump(&mut from, $count);
                    record = record.add($count * K);
                }
            };
        }

        walk!(source, width, vector, advance);
        let rest = width & (LANES - 1);
        if rest > 0 {
            let room = width >= LANES;
            // SAFETY: LEN: `rest` elements, 1 to 3, are left in the row; `room`: of 4 or more.
            unsafe {
                let constants: [F32x4; K] = core::array::from_fn(|i| F32x4::load(record.add(i * LANES)));
                let value = load_tail(source, rest, 0.0, room);
                let value = f(value, from.map(|p| load_tail(p, rest, 0.0, room)), constants);
                store_few(value, destination, rest);
                source = source.add(rest);
                destination = destination.add(rest);
                bump(&mut from, rest);
            }
        }
        left -= width;
    }
}

/// Adds the last `U` vectors of every record to f64 totals (one array each, padded to whole vectors)
/// and sets them to zero.
///
/// # Panics
/// When the lengths do not fit.
#[inline(always)]
pub fn drain_records<const K: usize, const U: usize>(records: &mut [f32], totals: [&mut [f64]; U]) {
    let padded = records.len() / K;
    assert!(records.len() == K * padded && padded.is_multiple_of(LANES) && U <= K, "records do not fit");
    assert!(totals.iter().all(|t| t.len() == padded), "records do not fit");
    let totals = totals.map(<[f64]>::as_mut_ptr);
    for j in (0..padded).step_by(LANES) {
        for i in 0..U {
            // SAFETY: LEN: record `j / 4` starts at `j · K` and each total holds `padded` elements;
            // ALIAS: all are exclusive.
            unsafe {
                let at = records.as_mut_ptr().add(j * K + (K - U + i) * LANES);
                let [low, high] = F32x4::load(at).widen();
                F32x4::splat(0.0).store(at);
                let total = totals[i].add(j);
                (F64x2::load(total) + low).store(total);
                (F64x2::load(total.add(2)) + high).store(total.add(2));
            }
        }
    }
}
