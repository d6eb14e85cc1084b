//! Every element of a slice is met and written once, at every length and alignment; what is missing in the last vector
//! is its stream's pad.

use super::std::{vec, vec::Vec};
use super::{Guarded, sum_of_lanes, test};
use crate::simd::{F32x4, InOut, drain, map, map_and_visit, visit};

/// Every length from 0 to 130 at every alignment; under Miri, which tails there can be before and after a full step.
fn lengths() -> impl Iterator<Item = (usize, usize)> {
    let (longest, offsets) = if cfg!(miri) { (23, 1) } else { (130, 4) };
    (0..=longest).flat_map(move |len| (0..offsets).map(move |offset| (len, offset)))
}

#[test]
fn visit_meets_every_element_once_with_one_two_and_four_accumulators() {
    fn check<const P: usize>() {
        for (len, offset) in lengths() {
            let (x, beside) = (Guarded::new(len, offset, 1), Guarded::new(len, 3 - offset, 2));
            let beside = (len % 2 == 0).then(|| beside.values());
            let acc = visit([x.values()], beside, [0.0], [], [F32x4::splat(0.0); P], |a, [x], []| (a + x * x, []));
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
        let acc = visit([x.values(), y.values()], None, [3.0, 5.0], [], [F32x4::splat(0.0); 4], |a, [x, y], []| {
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
        let acc = visit(reads, None, [0.0; 2], updates, [F32x4::splat(0.0); 2], |a, [x, y], [p, q]| {
            (a + x, [p + x * y, q - y])
        });
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

/// One `map_and_visit` of two neighbours, out of place or in place, against a loop.
fn check_map_and_visit(in_place: bool) {
    for (len, offset) in lengths() {
        let (x, a) = (Guarded::new(2 * len, offset, 1), Guarded::new(len, 2, 2));
        let mut y =
            Guarded::new(2 * len, if in_place { offset } else { (offset + 1) % 4 }, if in_place { 1 } else { 4 });
        let mut want = y.values().to_vec();
        let mut io = if in_place { InOut::in_place(y.values_mut()) } else { InOut::new(x.values(), y.values_mut()) };
        // The one that is visited lies behind the one that is written, or before it.
        let (written, visited) = if len % 3 == 0 { (len..2 * len, 0..len) } else { (0..len, len..2 * len) };
        let (part, next) = io.part_and_source(written.clone(), visited.clone());
        let zero = [F32x4::splat(0.0); 4];
        let acc = map_and_visit(part, [a.values()], next, 3.0, zero, |x, [a]| x * a - x, |s, x| s + x * x);
        let x = x.values();
        let missing = (len.next_multiple_of(4) - len) as f32;
        let sum = x[visited.clone()].iter().map(|x| x * x).sum::<f32>() + missing * 9.0;
        assert_eq!(sum_of_lanes(acc), sum, "{len} {offset}");
        let visit = visit([&x[visited]], None, [3.0], [], zero, |s, [x], []| (s + x * x, []));
        assert_eq!(acc.map(F32x4::to_array), visit.map(F32x4::to_array), "{len} {offset}");
        written.clone().for_each(|i| want[i] = x[i] * a.values()[i - written.start] - x[i]);
        y.assert(&want, (len, offset, in_place));
    }
}

#[test]
fn map_and_visit_does_what_map_and_visit_do() {
    check_map_and_visit(false);
    check_map_and_visit(true);
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
