//! Every kernel reads and writes its slices from the first to the last element and nothing beside them. Guards see
//! what is written; Miri, where slices are whole allocations, sees what is read too: it runs these.

use crate::support::test;
use crate::support::*;

/// Every kernel and layout, by lengths without a whole vector, with one, and with a whole step and a tail.
fn norms() -> impl Iterator<Item = Norm> {
    [1, 3, 4, 19].into_iter().flat_map(|len| {
        [
            layer(2, len),
            rms(3, len),
            batch(2, 2, len),
            batch_last(1, len, 5),
            frozen(2, 2, len),
            frozen_last(1, len, 5),
            group(2, 4, len, 2),
            group_last(2, len, 6, 2),
            group(2, 2 * len, 1, 2),
            instance(2, 3, len),
            instance_last(2, len, 5),
        ]
    })
}

#[test]
fn slices_are_used_to_their_ends() {
    let accumulating = Ask { accumulate: true, ..Ask::ALL };
    for norm in norms() {
        let problem = Problem::new(norm);
        let solution = solve(&problem);
        let saved = assert_solves_forward(&problem, &solution);
        for (ask, in_place) in [(Ask::ALL, false), (Ask::ALL, true), (accumulating, false)] {
            let place = Place { in_place, ..Place::default() };
            assert_solves_backward(&problem, &solution, &saved, ask, place);
        }
        forward(&problem, Place { in_place: true, ..Place::default() });
    }
}
