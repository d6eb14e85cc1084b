//! Whatever is asked for is right, and nothing else is written: any subset of dx, dweight and dbias,
//! overwritten or added to, in place or not, at any alignment, with any affine.

use crate::support::test;
use crate::support::*;

#[test]
fn any_subset_of_gradients_at_every_length() {
    for len in 1..=130 {
        for norm in along(len) {
            let problem = Problem::with_affine(norm, AFFINE[len % 4]);
            let solution = solve(&problem);
            let saved = assert_solves_forward(&problem, &solution);
            for (k, ask) in Ask::each().enumerate() {
                let place = Place { in_place: (len + k) % 2 == 0, offset: (len + k / 2) % 4, ..Place::default() };
                assert_solves_backward(&problem, &solution, &saved, ask, place);
            }
        }
    }
}

#[test]
fn any_combination_of_arguments() {
    let large = [layer(66, 65), rms(66, 65), batch(9, 3, 130), batch_last(3, 43, 33), batch(70, 65, 1)];
    // Of so many channels that they are taken in parts.
    let in_parts = [batch(3, 130, 90), frozen(3, 130, 90), group(2, 40, 1100, 10), instance(1, 40, 1100)];
    let more = [frozen(2, 3, 77), frozen(70, 65, 1), group(2, 6, 130, 2), group_last(2, 67, 6, 2), group(65, 33, 1, 3)];
    for norm in large.into_iter().chain(in_parts).chain(more).chain(along(21)) {
        for affine in AFFINE {
            let problem = Problem::with_affine(norm, affine);
            let solution = solve(&problem);
            let saved = assert_solves_forward(&problem, &solution);
            for ask in Ask::each() {
                for (in_place, offset) in [(false, 0), (false, 3), (true, 0), (true, 1)] {
                    let place = Place { in_place, offset, ..Place::default() };
                    assert_solves_backward(&problem, &solution, &saved, ask, place);
                }
            }
        }
    }
}
