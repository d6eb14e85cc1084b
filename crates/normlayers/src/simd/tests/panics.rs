//! What must panic; in wasm a panic ends the program.

use super::std::vec;
use crate::simd::{
    F32x4, InOut, Runs, drain, drain_records, map, map_and_visit, map_rows, map_runs, visit, visit_rows, visit_runs,
};

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
    visit([&[1.0; 3], &[1.0; 2]], None, [0.0; 2], [], [F32x4::splat(0.0); 2], |a, [_, _], []| (a, []));
}

#[test]
#[should_panic]
fn a_visit_that_updates_a_shorter_stream() {
    visit([&[1.0; 3]], None, [0.0], [&mut [1.0; 2]], [F32x4::splat(0.0); 2], |a, [_], [u]| (a, [u]));
}

#[test]
#[should_panic(expected = "differ in length")]
fn a_visit_beside_a_shorter_stream() {
    visit([&[1.0; 3]], Some(&[1.0; 2]), [0.0], [], [F32x4::splat(0.0); 2], |a, [_], []| (a, []));
}

fn map_and_visit_lengths(len: usize, reads: usize, visited: usize) {
    let (mut y, reads, visited) = (vec![0.0; len], vec![0.0; reads], vec![0.0; visited]);
    map_and_visit(InOut::in_place(&mut y), [&reads], &visited, 0.0, [(); 4], |x, [_]| x, |(), _| ());
}

#[test]
#[should_panic(expected = "differ in length")]
fn a_map_that_visits_a_shorter_stream() {
    map_and_visit_lengths(5, 5, 4);
}

#[test]
#[should_panic(expected = "differ in length")]
fn a_map_that_visits_and_reads_a_shorter_stream() {
    map_and_visit_lengths(5, 4, 5);
}

#[test]
#[should_panic(expected = "range out of bounds")]
fn a_source_elsewhere_beyond_the_end() {
    InOut::in_place(&mut [0.0; 3]).part_and_source(0..1, 2..4);
}

#[test]
#[should_panic(expected = "ranges overlap")]
fn a_source_elsewhere_that_is_written() {
    InOut::in_place(&mut [0.0; 3]).part_and_source(0..2, 1..3);
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
#[should_panic(expected = "records do not fit")]
fn runs_without_records() {
    let records: [[[f32; 4]; 1]; 0] = [];
    map_runs(InOut::in_place(&mut [0.0; 4]), [], Runs::one(0, 4), &records, |x, [], [_]| x);
}

#[test]
#[should_panic(expected = "records do not fit")]
fn runs_with_too_few_records() {
    let runs = Runs::adjacent(0, 1, 9);
    map_runs(InOut::in_place(&mut [0.0; 9]), [], runs, &[[[0.0; 4]]; 2], |x, [], [_]| x);
}

#[test]
#[should_panic(expected = "runs overlap")]
fn a_map_of_runs_that_overlap() {
    let runs = Runs { start: 0, len: 4, stride: 3, count: 2 };
    map_runs(InOut::in_place(&mut [0.0; 8]), [], runs, &[[[0.0; 4]]], |x, [], [_]| x);
}

fn visit_one_stream(len: usize, runs: Runs, block: usize) {
    visit_runs([&vec![0.0; len]], None, runs, block, |_| (0.0, [0.0]), |[a], [x], _| [a + x], |_, _, _| {});
}

#[test]
#[should_panic(expected = "runs do not fit")]
fn a_visit_of_runs_beyond_what_is_beside() {
    let runs = Runs::adjacent(0, 2, 2);
    visit_runs([&[0.0; 4]], Some(&[0.0; 3]), runs, 16, |_| (0.0, [0.0]), |[a], [x], _| [a + x], |_, _, _| {});
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
    map_rows(InOut::in_place(&mut [0.0; 5]), [], 5, &[0.0; 4], |x, [], [_]| x);
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
