//! Every kernel reads and writes its slices from the first to the last element and nothing beside them. Guards see
//! what is written; Miri, where slices are whole allocations, sees what is read too: it runs these.

use crate::support::test;
use crate::support::*;

/// Without a whole vector, with one, and with a whole step and a tail.
const LENGTHS: [usize; 4] = [1, 3, 4, 19];

#[test]
fn slices_are_used_to_their_ends() {
    let accumulating = Ask { accumulate: true, ..Ask::ALL };
    for norm in LENGTHS.into_iter().flat_map(along) {
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
