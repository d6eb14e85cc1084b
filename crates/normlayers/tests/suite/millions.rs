//! Statistics of a million elements, and parameters with a million terms, keep the bounds of short ones.

use crate::support::test;
use crate::support::*;

const MILLION: usize = 1_000_003;

fn check(norm: Norm, data: &str, incoming: &str) {
    let data = Data::each().find(|d| d.name() == data).unwrap();
    let incoming = INCOMING.into_iter().find(|(name, _)| *name == incoming).unwrap();
    assert_solves(&Problem::new(norm).eps(0.0).of(data).with_its_moments().incoming(incoming));
}

const FAR: &str = "normal, 1e6 spreads from zero, times 1e0";
const SORTED: &str = "sorted, -1e4 spreads from zero, times 1e30";
const UNLIKE: &str = "the first block unlike the rest, 1e5 spreads from zero, times 1e0";

#[test]
fn along_rows() {
    check(layer(1, MILLION), FAR, "normal");
    check(layer(1, MILLION), UNLIKE, "alternating");
    check(rms(1, MILLION), SORTED, "ones");
    check(layer(MILLION / 4, 4), "normal, 1e3 spreads from zero, times 1e0", "normal");
    check(rms(MILLION / 6, 6), FAR, "sorted");
}

#[test]
fn along_runs() {
    check(batch(1, 1, MILLION), FAR, "sorted");
    check(batch(1009, 1, 991), UNLIKE, "ones");
    check(batch(3, 5, 8009), UNLIKE, "ones");
    check(instance(1, 1, MILLION), "a value and an ulp more in the middle", "normal");
    check(group(1, 2, MILLION / 2, 1), "an outlier of 1e30 among ones", "normal");
    check(frozen(1, 1, MILLION), SORTED, "growing, then cancelled");
}

/// Tensors so large that sums over them bring near where the next pass writes.
#[test]
fn rows_and_runs_from_memory() {
    for norm in [layer(3001, 701), layer(4900, 431), rms(3001, 701), rms(4900, 431)] {
        check(norm, "normal, 1e3 spreads from zero, times 1e0", "normal");
    }
    for norm in [batch(8, 270, 1024), group(130, 16, 1021, 4), instance(70, 30, 1013)] {
        check(norm, FAR, "normal");
    }
}

/// Matrices so large that they come from memory, and are walked row by row.
#[test]
fn down_columns_from_memory() {
    check(batch_last(1, 48_500, 65), FAR, "1 + x̂");
    check(frozen_last(1, 700_003, 3), FAR, "normal");
}

#[test]
fn down_columns() {
    check(batch_last(1, MILLION, 1), UNLIKE, "normal");
    check(batch_last(1, MILLION / 3, 3), FAR, "sorted");
    check(instance_last(1, MILLION, 1), "an outlier of 1e30 among ones", "alternating");
    check(group_last(1, MILLION / 2, 2, 1), SORTED, "normal");
    check(frozen_last(1, MILLION, 1), FAR, "normal");
}
