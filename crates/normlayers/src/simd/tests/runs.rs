//! Every element of a run is met and written once, with the constants of its run, whatever lies between runs.

use core::array::from_fn;

use super::std::{vec, vec::Vec};
use super::{Guarded, sum_of_lanes, test};
use crate::simd::{F32x4, InOut, Runs, map_runs, visit_runs};

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
        let beside = Guarded::new(size, 3, 3);
        for block in [16, 32, runs.len.max(1)] {
            let (mut got, mut ended) = (vec![0.0; runs.count], Vec::new());
            visit_runs(
                [x.values(), y.values()],
                (runs.count % 2 == 0).then(|| beside.values()),
                runs,
                block,
                |i| (i as f32, [i as f32, 7.0]),
                |[a], [x, y], k| [a + (x - k) * F32x4::splat(8.0) + y],
                |i, ends, acc| {
                    got[i] += sum_of_lanes(acc.map(|[a]| a));
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
