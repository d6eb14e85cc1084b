//! Vectors do what plain arithmetic does, bit for bit, and every driver visits and writes each element
//! once, whatever the length and the alignment, and nothing beside it.
//!
//! The drivers run on small integers, whose sums are exact in any order: each is compared for equality
//! with a naive loop.

extern crate std;

use core::array::from_fn;
use std::prelude::v1::*;
use std::vec;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::access::{load_few, load_tail, store_few};
use super::{
    F32x4, F64x2, F64x4, InOut, Runs, drain, drain_records, map, map_rows, map_runs, sqrt, visit, visit_rows,
    visit_runs,
};

const AWKWARD: [f32; 20] = [
    0.0,
    -0.0,
    1.0,
    -1.5,
    1.0 / 3.0,
    16_777_215.0,
    -16_777_216.0,
    1e-20,
    -1e20,
    3e38,
    f32::MAX,
    f32::MIN,
    f32::MIN_POSITIVE,
    1e-40,
    -1.4e-45,
    f32::EPSILON,
    1.0 + f32::EPSILON,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

/// Bits, with every NaN the same.
fn bits32(v: f32) -> u32 {
    if v.is_nan() { f32::NAN.to_bits() } else { v.to_bits() }
}

fn bits64(v: f64) -> u64 {
    if v.is_nan() { f64::NAN.to_bits() } else { v.to_bits() }
}

/// Vectors that bring every awkward value into every lane, beside different ones.
fn vectors() -> impl Iterator<Item = [f32; 4]> {
    let n = AWKWARD.len();
    (0..n * n)
        .step_by(if cfg!(miri) { 79 } else { 1 })
        .map(move |k| from_fn(|lane| AWKWARD[(k % n + lane * (1 + k / n)) % n]))
}

fn assert_lanes(op: fn(F32x4, F32x4) -> F32x4, plain: fn(f32, f32) -> f32) {
    for a in vectors() {
        for b in AWKWARD {
            for b in [[b; 4], [b, 1.0, -b, 0.25]] {
                let got = op(F32x4::from_array(a), F32x4::from_array(b)).to_array();
                let want: [f32; 4] = from_fn(|i| plain(a[i], b[i]));
                assert_eq!(got.map(bits32), want.map(bits32), "{a:?} {b:?}");
            }
        }
    }
}

#[test]
fn lanes_add_subtract_and_multiply_as_f32_does() {
    assert_lanes(|a, b| a + b, |a, b| a + b);
    assert_lanes(|a, b| a - b, |a, b| a - b);
    assert_lanes(|a, b| a * b, |a, b| a * b);
}

#[test]
fn lanes_keep_their_order_through_arrays_splats_and_memory() {
    for a in vectors() {
        assert_eq!(F32x4::from_array(a).to_array().map(bits32), a.map(bits32));
        assert_eq!(F32x4::splat(a[0]).to_array().map(bits32), [bits32(a[0]); 4]);
        for offset in 0..4 {
            let mut memory = [7.0f32; 12];
            memory[offset..offset + 4].copy_from_slice(&a);
            // SAFETY: `offset + 4 <= 12`, and so is `offset + 4 + 4`.
            unsafe { F32x4::load(memory.as_ptr().add(offset)).store(memory.as_mut_ptr().add(offset + 4)) };
            let want: [f32; 12] = from_fn(|i| if i < offset || i >= offset + 8 { 7.0 } else { a[(i - offset) % 4] });
            assert_eq!(memory.map(bits32), want.map(bits32));
        }
    }
}

#[test]
fn widen_gives_every_lane_in_f64() {
    for a in vectors() {
        let [low, high] = F32x4::from_array(a).widen().map(F64x2::to_array);
        assert_eq!([low[0], low[1], high[0], high[1]].map(bits64), a.map(|v| bits64(f64::from(v))));
    }
}

#[test]
fn four_f64_compute_as_f64_does() {
    let four = |op: fn(F64x4, F64x4) -> F64x4, a: &[f64; 4], b: &[f64; 4]| {
        let mut result = [9.0; 4];
        op(F64x4::of(a), F64x4::of(b)).write(&mut result);
        result.map(bits64)
    };
    for (a, b) in vectors().flat_map(|a| vectors().map(move |b| (a, b))) {
        let (mut narrowed, mut widened) = ([9.0; 4], [9.0; 4]);
        let [x, y] = [a, b].map(|v| v.map(|v| f64::from(v) / 3.0));
        let plain = |op: fn(f64, f64) -> f64| from_fn(|i| bits64(op(x[i], y[i])));
        assert_eq!(four(|a, b| a + b, &x, &y), plain(|a, b| a + b));
        assert_eq!(four(|a, b| a - b, &x, &y), plain(|a, b| a - b));
        assert_eq!(four(|a, b| a * b, &x, &y), plain(|a, b| a * b));
        assert_eq!(four(|a, b| a / b, &x, &y), plain(|a, b| a / b));
        assert_eq!(four(|a, _| a.sqrt(), &x, &y), plain(|a, _| sqrt(a)));
        assert_eq!(four(F64x4::zero_where_zero, &x, &y), plain(|a, b| if b == 0.0 { 0.0 } else { a }));
        assert_eq!(F64x4::of(&x).all_le(F64x4::of(&y)), (0..4).all(|i| x[i] <= y[i]));
        F64x4::of(&x).narrow().write(&mut narrowed);
        F64x4::from_f32(F32x4::of(&a)).write(&mut widened);
        assert_eq!(narrowed.map(bits32), x.map(|v| bits32(v as f32)));
        assert_eq!(widened.map(bits64), a.map(|v| bits64(f64::from(v))));
    }
}

#[test]
fn pairs_of_f64_add_load_and_store_as_f64_does() {
    for a in AWKWARD.map(|v| f64::from(v) / 3.0) {
        for b in AWKWARD.map(f64::from) {
            let mut memory = [9.0, a, b, 9.0, 9.0];
            // SAFETY: two f64 from 1 and two from 2 are within the five.
            unsafe { (F64x2::load(memory.as_ptr().add(1)) + F64x2::splat(b)).store(memory.as_mut_ptr().add(2)) };
            assert_eq!(memory.map(bits64), [9.0, a, a + b, b + b, 9.0].map(bits64));
            assert_eq!(F64x2::splat(a).to_array().map(bits64), [a, a].map(bits64));
        }
    }
}

#[test]
fn sqrt_is_correctly_rounded() {
    let values = AWKWARD.map(f64::from).into_iter().chain((0..1000).map(|i| f64::from(i) * 1.000_1e-3));
    for v in values.chain([f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e300]) {
        assert_eq!(bits64(sqrt(v)), bits64(std::primitive::f64::sqrt(v)), "{v}");
    }
}

const GUARD: f32 = 12_345.0;

/// Miri watches every allocation, and takes a thousand times as long: there, slices are exactly that, without guards
/// that would hide what is read beyond them, and few.
const GUARDS: usize = if cfg!(miri) { 0 } else { 5 };

/// Values somewhere in memory, between guards.
struct Guarded {
    memory: Vec<f32>,
    offset: usize,
}

impl Guarded {
    /// `len` small integers from `seed`, at `offset` elements behind the start of an allocation.
    fn new(len: usize, offset: usize, seed: usize) -> Self {
        let offset = if GUARDS > 0 { offset } else { 0 };
        let mut memory = vec![GUARD; offset + len + GUARDS];
        for (i, v) in memory[offset..offset + len].iter_mut().enumerate() {
            *v = ((i * 7 + seed * 5 + i / 11) % 13) as f32 - 6.0;
        }
        Self { memory, offset }
    }

    fn end(&self) -> usize {
        self.memory.len() - GUARDS
    }

    fn values(&self) -> &[f32] {
        &self.memory[self.offset..self.end()]
    }

    fn values_mut(&mut self) -> &mut [f32] {
        let end = self.end();
        &mut self.memory[self.offset..end]
    }

    /// The values are as wanted and the guards untouched.
    fn assert(&self, want: &[f32], case: impl core::fmt::Debug) {
        assert_eq!(self.values(), want, "{case:?}");
        let guards = self.memory[..self.offset].iter().chain(&self.memory[self.end()..]);
        assert!(guards.into_iter().all(|&g| g == GUARD), "a guard was overwritten: {case:?}");
    }
}

/// Every length from 0 to 130 at every alignment; under Miri, which tails there can be before and after a full step.
fn lengths() -> impl Iterator<Item = (usize, usize)> {
    let (longest, offsets) = if cfg!(miri) { (23, 1) } else { (130, 4) };
    (0..=longest).flat_map(move |len| (0..offsets).map(move |offset| (len, offset)))
}

fn sum_of_lanes<const P: usize>(acc: [F32x4; P]) -> f32 {
    acc.iter().flat_map(|v| v.to_array()).sum()
}

#[test]
fn visit_meets_every_element_once_with_one_two_and_four_accumulators() {
    fn check<const P: usize>() {
        for (len, offset) in lengths() {
            let x = Guarded::new(len, offset, 1);
            let acc = visit([x.values()], [0.0], [], [F32x4::splat(0.0); P], |a, [x], []| (a + x * x, []));
            assert_eq!(sum_of_lanes(acc), x.values().iter().map(|x| x * x).sum::<f32>(), "{P} {len} {offset}");
        }
    }
    check::<1>();
    check::<2>();
    check::<4>();
}

#[test]
fn visit_fills_the_missing_lanes_of_each_stream_with_its_own_pad() {
    for (len, offset) in lengths() {
        let (x, y) = (Guarded::new(len, offset, 1), Guarded::new(len, 3 - offset, 2));
        let acc = visit([x.values(), y.values()], [3.0, 5.0], [], [F32x4::splat(0.0); 4], |a, [x, y], []| {
            (a + x * F32x4::splat(100.0) + y, [])
        });
        let missing = (len.next_multiple_of(4) - len) as f32;
        let want = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * 100.0 + y).sum::<f32>() + missing * 305.0;
        assert_eq!(sum_of_lanes(acc), want(x.values(), y.values()), "{len}");
    }
}

#[test]
fn visit_updates_streams_in_place_and_nothing_beside_them() {
    for (len, offset) in lengths() {
        let (x, y) = (Guarded::new(len, offset, 1), Guarded::new(len, (offset + 1) % 4, 2));
        let mut sums = [Guarded::new(len, (offset + 2) % 4, 3), Guarded::new(len, (offset + 3) % 4, 4)];
        let old = sums.each_ref().map(|s| s.values().to_vec());
        let [p, q] = &mut sums;
        let reads = [x.values(), y.values()];
        let updates = [p.values_mut(), q.values_mut()];
        let acc =
            visit(reads, [0.0; 2], updates, [F32x4::splat(0.0); 2], |a, [x, y], [p, q]| (a + x, [p + x * y, q - y]));
        let each = |f: fn(f32, f32, f32) -> f32, old: &[f32]| -> Vec<f32> {
            (0..len).map(|i| f(old[i], x.values()[i], y.values()[i])).collect()
        };
        sums[0].assert(&each(|p, x, y| p + x * y, &old[0]), (len, offset));
        sums[1].assert(&each(|q, _, y| q - y, &old[1]), (len, offset));
        assert_eq!(sum_of_lanes(acc), x.values().iter().sum::<f32>());
    }
}

/// One `map`, out of place or in place, against a loop.
fn check_map(in_place: bool) {
    for (len, offset) in lengths() {
        let (x, a, b) = (Guarded::new(len, offset, 1), Guarded::new(len, 2, 2), Guarded::new(len, 3, 3));
        let mut y = Guarded::new(len, if in_place { offset } else { (offset + 1) % 4 }, if in_place { 1 } else { 4 });
        let io = if in_place { InOut::in_place(y.values_mut()) } else { InOut::new(x.values(), y.values_mut()) };
        map(io, [a.values(), b.values()], |x, [a, b]| x * a - b);
        let (x, a, b) = (x.values(), a.values(), b.values());
        let want: Vec<f32> = (0..len).map(|i| x[i] * a[i] - b[i]).collect();
        y.assert(&want, (len, offset, in_place));
    }
}

#[test]
fn map_writes_every_element_once_in_place_and_out_of_place() {
    check_map(false);
    check_map(true);
}

/// Runs of every length: one, or more with gaps between them, for more than one record, and none.
fn runs() -> impl Iterator<Item = Runs> {
    let longest = if cfg!(miri) { 23 } else { 70 };
    let counts: &[usize] = if cfg!(miri) { &[0, 2, 5] } else { &[0, 1, 2, 4, 5, 9] };
    (0..=longest).flat_map(move |len| {
        counts.iter().map(move |&count| Runs { start: len % 4, len, stride: len + count % 3, count })
    })
}

/// One `map_runs`, with a record for every four runs or one for all, against a loop.
fn check_map_runs(in_place: bool, one: bool) {
    for runs in runs() {
        let size = runs.ranges().last().map_or(0, |run| run.end) + runs.len % 3;
        let (x, a) = (Guarded::new(size, runs.len % 4, 1), Guarded::new(size, 2, 2));
        let mut y = Guarded::new(size, runs.len % if in_place { 4 } else { 3 }, if in_place { 1 } else { 4 });
        let mut want = y.values().to_vec();
        let records: Vec<[[f32; 4]; 2]> = (0..runs.count.div_ceil(4).max(1))
            .map(
                |i| if one { [[3.0; 4], [5.0; 4]] } else { from_fn(|k| from_fn(|lane| (8 * i + 4 * k + lane) as f32)) },
            )
            .collect();
        let io = if in_place { InOut::in_place(y.values_mut()) } else { InOut::new(x.values(), y.values_mut()) };
        let given = if one { &records[..1] } else { &records };
        map_runs(io, [a.values()], runs, given, |x, [a], [k, m]| x * k + a * m);
        for (i, run) in runs.ranges().enumerate() {
            let [k, m] = records[i / 4].map(|lanes| lanes[i % 4]);
            run.for_each(|j| want[j] = x.values()[j] * k + a.values()[j] * m);
        }
        y.assert(&want, (runs.len, runs.count, in_place, one));
    }
}

#[test]
fn map_runs_writes_every_element_with_the_constants_of_its_run() {
    for (in_place, one) in [(false, false), (false, true), (true, false), (true, true)] {
        check_map_runs(in_place, one);
    }
}

#[test]
fn visit_runs_meets_every_element_once_with_the_constant_of_its_run_and_pads_blocks() {
    for runs in runs() {
        let size = runs.ranges().last().map_or(0, |run| run.end);
        let (x, y) = (Guarded::new(size, runs.len % 4, 1), Guarded::new(size, 1, 2));
        for block in [16, 32, runs.len.max(1)] {
            let (mut got, mut ended) = (vec![0.0; runs.count], Vec::new());
            visit_runs(
                [x.values(), y.values()],
                runs,
                block,
                F32x4::splat(0.0),
                |i| (i as f32, [i as f32, 7.0]),
                |a, [x, y], k| a + (x - k) * F32x4::splat(8.0) + y,
                |i, ends, acc| {
                    got[i] += sum_of_lanes(acc);
                    if ends {
                        ended.push(i);
                    }
                },
            );
            let missing = (runs.len.next_multiple_of(4) - runs.len) as f32;
            let of = |i: usize, j: usize| (x.values()[j] - i as f32) * 8.0 + y.values()[j];
            let sums = runs.ranges().enumerate().map(|(i, run)| run.map(|j| of(i, j)).sum::<f32>() + 7.0 * missing);
            assert_eq!(got, sums.collect::<Vec<_>>(), "{} {} {block}", runs.len, runs.count);
            assert_eq!(ended, (0..runs.count).collect::<Vec<_>>());
        }
    }
}

/// Widths and heights: every width with a few rows, every number of rows with a few widths, and how
/// much of one more row there is.
fn matrices() -> impl Iterator<Item = (usize, usize, usize)> {
    let step = |usual, under_miri| if cfg!(miri) { under_miri } else { usual };
    let all_widths = (1..=step(130, 20)).step_by(step(1, 3)).flat_map(move |w| [(w, 3), (w, step(8, 1))]);
    let all_heights = (0..=step(35, 9)).step_by(step(1, 9)).flat_map(|h| [(1, h), (6, h), (20, h)]);
    all_widths.chain(all_heights).flat_map(|(w, h)| [0, 1, w / 2, w - 1].map(move |short| (w, h, short)))
}

/// Where lane `column` of vector `k` lies in records of `size` vectors per 4 columns.
fn lane(column: usize, k: usize, size: usize) -> usize {
    column / 4 * 4 * size + k * 4 + column % 4
}

fn check_visit_rows<const R: usize>(at_once: bool) {
    for (width, rows, short) in matrices() {
        let len = width * rows + short;
        let (x, y) = (Guarded::new(len, R % 4, 1), Guarded::new(len, 1, 2));
        let mut records = Guarded::new(3 * width.next_multiple_of(4), 3, 3);
        let mut want = records.values().to_vec();
        for (i, (x, y)) in x.values().iter().zip(y.values()).enumerate() {
            let column = i % width;
            want[lane(column, 1, 3)] += x - want[lane(column, 0, 3)];
            want[lane(column, 2, 3)] += x * y;
        }
        visit_rows::<R, 2, 3, 2>(
            [x.values(), y.values()],
            width,
            records.values_mut(),
            at_once,
            |[x, y], [k, s, q]| (0..R).fold([s, q], |[s, q], r| [s + (x[r] - k), q + x[r] * y[r]]),
            |[x, y], [k, s, q]| [s + (x - k), q + x * y],
        );
        records.assert(&want, (R, at_once, width, rows, short));
    }
}

#[test]
fn visit_rows_meets_every_element_once_and_stores_no_padding() {
    check_visit_rows::<2>(true);
    check_visit_rows::<4>(true);
    check_visit_rows::<4>(false);
    check_visit_rows::<8>(true);
}

fn check_map_rows<const R: usize>(in_place: bool, at_once: bool) {
    for (width, rows, short) in matrices() {
        let len = width * rows + short;
        let (x, a) = (Guarded::new(len, 1, 1), Guarded::new(len, R % 4, 2));
        let mut y = Guarded::new(len, if in_place { 1 } else { 2 }, if in_place { 1 } else { 4 });
        let records = Guarded::new(2 * width.next_multiple_of(4), 3, 3);
        let io = if in_place { InOut::in_place(y.values_mut()) } else { InOut::new(x.values(), y.values_mut()) };
        map_rows::<R, 1, 2>(io, [a.values()], width, records.values(), at_once, |x, [a], [k, b]| (x - k) * a + b);
        let constant = |i: usize, k: usize| records.values()[lane(i % width, k, 2)];
        let value = |i: usize| (x.values()[i] - constant(i, 0)) * a.values()[i] + constant(i, 1);
        let want: Vec<f32> = (0..len).map(value).collect();
        y.assert(&want, (R, at_once, width, rows, short, in_place));
    }
}

#[test]
fn map_rows_writes_every_element_once_in_place_and_out_of_place() {
    fn check<const R: usize>() {
        check_map_rows::<R>(false, true);
        check_map_rows::<R>(true, true);
        check_map_rows::<R>(false, false);
        check_map_rows::<R>(true, false);
    }
    check::<1>();
    check::<2>();
    check::<4>();
    check::<8>();
}

#[test]
fn drain_records_moves_the_sums_to_the_totals_and_leaves_the_rest() {
    for padded in (0..=if cfg!(miri) { 12 } else { 132 }).step_by(4) {
        let mut records = Guarded::new(3 * padded, 1, 1);
        let before = records.values().to_vec();
        let mut totals: [Vec<f64>; 2] = from_fn(|k| (0..padded + 1).map(|j| (j * 3 + k) as f64 + 0.5).collect());
        let old = totals.clone();
        let [s, q] = &mut totals;
        drain_records::<3, 2>(records.values_mut(), [&mut s[..padded], &mut q[..padded]]);
        for k in 0..2 {
            let added = |j: usize| if j < padded { f64::from(before[lane(j, k + 1, 3)]) } else { 0.0 };
            let want: Vec<f64> = old[k].iter().enumerate().map(|(j, t)| t + added(j)).collect();
            assert_eq!(totals[k], want);
        }
        let want: Vec<f32> = before.iter().enumerate().map(|(i, &v)| if i / 4 % 3 == 0 { v } else { 0.0 }).collect();
        records.assert(&want, padded);
    }
}

#[test]
fn drain_moves_every_element_to_its_total() {
    for (len, offset) in lengths() {
        let mut partial = Guarded::new(len, offset, 1);
        let before = partial.values().to_vec();
        let mut totals: Vec<f64> = (0..len).map(|i| i as f64 + 0.5).collect();
        let want: Vec<f64> = before.iter().zip(&totals).map(|(p, t)| t + f64::from(*p)).collect();
        drain(partial.values_mut(), &mut totals);
        assert_eq!(totals, want, "{len}");
        partial.assert(&vec![0.0; len], (len, offset));
    }
}

/// The last `count` elements of a slice of `len`, by themselves and after others: nothing before the first
/// element is read, nor behind the last.
#[test]
fn tails_begin_and_end_with_their_slice() {
    for len in 1..=8 {
        for count in 1..=len.min(3) {
            let mut x = Guarded::new(len, 1, 1);
            let mut want = x.values().to_vec();
            let tail: [f32; 4] = from_fn(|k| if k < count { want[len - count + k] } else { 9.0 });
            // SAFETY: `count <= len` elements are left behind `at`, and with `room` 4 end with the slice.
            unsafe {
                let at = x.values().as_ptr().add(len - count);
                assert_eq!(load_few(at, count, 9.0).to_array(), tail, "{len} {count}");
                assert_eq!(load_tail(at, count, 9.0, len >= 4).to_array(), tail, "{len} {count}");
                let value = F32x4::from_array([1.5, 2.5, 3.5, 4.5]);
                store_few(value, x.values_mut().as_mut_ptr().add(len - count), count);
            }
            want[len - count..].copy_from_slice(&[1.5, 2.5, 3.5][..count]);
            x.assert(&want, (len, count));
        }
    }
}

#[test]
fn parts_reach_the_first_and_the_last_element_and_no_further() {
    for len in 1..=9 {
        let (x, mut y) = (Guarded::new(len, 1, 1), Guarded::new(len, 2, 2));
        let mut want = y.values().to_vec();
        let mut io = InOut::new(x.values(), y.values_mut());
        io.part(0..1).update(0, |v| v + 1.0);
        io.part(0..len).accumulate(len - 1, |v| v + 2.0);
        assert!(io.part(len..len).is_empty() && io.part(0..0).is_empty());
        assert_eq!(io.part(len - 1..len).source(), &x.values()[len - 1..]);
        want[0] = x.values()[0] + 1.0;
        want[len - 1] += x.values()[len - 1] + 2.0;
        y.assert(&want, len);
    }
}

#[test]
fn in_out_reads_its_source_and_writes_its_destination() {
    for in_place in [false, true] {
        let (x, mut y) = (Guarded::new(9, 1, 1), Guarded::new(9, 1, if in_place { 1 } else { 2 }));
        let (source, mut want) = (x.values().to_vec(), y.values().to_vec());
        let mut io = if in_place { InOut::in_place(y.values_mut()) } else { InOut::new(x.values(), y.values_mut()) };
        assert_eq!((io.len(), io.is_empty(), io.source()), (9, false, &source[..]));
        assert!(io.part(4..4).is_empty());
        io.update(0, |v| v + 100.0);
        io.part(3..7).update(3, |v| v * 2.0);
        io.part(3..7).part(1..2).accumulate(0, |v| v * 3.0);
        want[0] = source[0] + 100.0;
        want[6] = source[6] * 2.0;
        want[4] += source[4] * 3.0;
        y.assert(&want, in_place);
    }
}

/// What must panic; in wasm a panic ends the program.
#[cfg(not(target_arch = "wasm32"))]
mod panics {
    use super::*;

    #[test]
    #[should_panic(expected = "differ in length")]
    fn a_source_longer_than_its_destination() {
        InOut::new(&[1.0; 3], &mut [0.0; 2]);
    }

    #[test]
    #[should_panic(expected = "differ in length")]
    fn a_source_shorter_than_its_destination() {
        InOut::new(&[1.0; 2], &mut [0.0; 3]);
    }

    #[test]
    #[should_panic(expected = "range out of bounds")]
    fn a_part_beyond_the_end() {
        InOut::in_place(&mut [0.0; 3]).part(1..4);
    }

    #[test]
    #[should_panic(expected = "range out of bounds")]
    #[allow(clippy::reversed_empty_ranges, reason = "the range is what is refused")]
    fn a_part_that_ends_before_it_starts() {
        InOut::in_place(&mut [0.0; 3]).part(2..1);
    }

    #[test]
    #[should_panic(expected = "index out of bounds")]
    fn an_update_beyond_the_end() {
        InOut::in_place(&mut [0.0; 3]).part(0..2).update(2, |v| v);
    }

    #[test]
    #[should_panic(expected = "index out of bounds")]
    fn an_accumulation_beyond_the_end() {
        InOut::in_place(&mut [0.0; 3]).part(0..2).accumulate(2, |v| v);
    }

    #[test]
    #[should_panic]
    fn a_map_over_a_stream_of_another_length() {
        map(InOut::in_place(&mut [0.0; 3]), [&[1.0; 2]], |x, [_]| x);
    }

    #[test]
    #[should_panic]
    fn a_visit_of_streams_of_different_lengths() {
        visit([&[1.0; 3], &[1.0; 2]], [0.0; 2], [], [F32x4::splat(0.0); 2], |a, [_, _], []| (a, []));
    }

    #[test]
    #[should_panic]
    fn a_visit_that_updates_a_shorter_stream() {
        visit([&[1.0; 3]], [0.0], [&mut [1.0; 2]], [F32x4::splat(0.0); 2], |a, [_], [u]| (a, [u]));
    }

    #[test]
    #[should_panic(expected = "runs do not fit")]
    fn a_map_of_runs_beyond_the_source() {
        let runs = Runs::adjacent(1, 2, 2);
        map_runs(InOut::in_place(&mut [0.0; 4]), [&[0.0; 5]], runs, &[[[0.0; 4]]], |x, [_], [_]| x);
    }

    #[test]
    #[should_panic(expected = "runs do not fit")]
    fn a_map_of_runs_beyond_a_further_stream() {
        let runs = Runs::adjacent(1, 2, 2);
        map_runs(InOut::in_place(&mut [0.0; 5]), [&[0.0; 4]], runs, &[[[0.0; 4]]], |x, [_], [_]| x);
    }

    #[test]
    #[should_panic(expected = "runs do not fit")]
    fn runs_whose_end_is_no_number() {
        let runs = Runs { start: 0, len: 2, stride: usize::MAX / 2 + 1, count: 3 };
        map_runs(InOut::in_place(&mut [0.0; 4]), [], runs, &[[[0.0; 4]]], |x, [], [_]| x);
    }

    #[test]
    #[should_panic]
    fn runs_without_records() {
        map_runs::<0, 1>(InOut::in_place(&mut [0.0; 4]), [], Runs::one(0, 4), &[], |x, [], [_]| x);
    }

    fn visit_one_stream(len: usize, runs: Runs, block: usize) {
        let zero = F32x4::splat(0.0);
        visit_runs([&vec![0.0; len]], runs, block, zero, |_| (0.0, [0.0]), |a, [x], _| a + x, |_, _, _| {});
    }

    #[test]
    #[should_panic(expected = "runs do not fit")]
    fn a_visit_of_runs_beyond_a_stream() {
        visit_one_stream(4, Runs::adjacent(1, 2, 2), 16);
    }

    #[test]
    #[should_panic(expected = "blocks do not fit")]
    fn a_visit_of_blocks_that_are_not_whole_steps() {
        visit_one_stream(20, Runs::one(0, 20), 8);
    }

    #[test]
    #[should_panic]
    fn rows_without_a_record_for_each_column() {
        map_rows::<2, 0, 1>(InOut::in_place(&mut [0.0; 5]), [], 5, &[0.0; 4], true, |x, [], [_]| x);
    }

    #[test]
    #[should_panic]
    fn visited_rows_without_a_record_for_each_column() {
        visit_rows::<2, 1, 1, 1>([&[0.0; 5]], 5, &mut [0.0; 4], true, |[[x, _]], [s]| [s + x], |[x], [s]| [s + x]);
    }

    #[test]
    #[should_panic(expected = "differ in length")]
    fn sums_drained_into_a_shorter_total() {
        drain(&mut [0.0; 5], &mut [0.0; 4]);
    }

    #[test]
    #[should_panic]
    fn records_drained_into_a_shorter_total() {
        drain_records::<1, 1>(&mut [0.0; 8], [&mut [0.0; 4]]);
    }
}
