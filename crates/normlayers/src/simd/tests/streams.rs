//! Every element of a slice is met and written once, at every length and alignment; what is missing in the last vector
//! is its stream's pad.

use super::std::{vec, vec::Vec};
use super::{Guarded, sum_of_lanes, test};
use crate::simd::{F32x4, InOut, drain, map, visit};

/// Every length from 0 to 130 at every alignment; under Miri, which tails there can be before and after a full step.
fn lengths() -> impl Iterator<Item = (usize, usize)> {
    let (longest, offsets) = if cfg!(miri) { (23, 1) } else { (130, 4) };
    (0..=longest).flat_map(move |len| (0..offsets).map(move |offset| (len, offset)))
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
