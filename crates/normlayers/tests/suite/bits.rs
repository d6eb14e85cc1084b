//! One corpus, one hash of all output bits, in every build: the scalar twin and simd128, whatever the
//! machine. A change of the hash is a change of results: it needs a reason, and a line in the changelog.

use crate::support::test;
use crate::support::*;

/// Of the corpus below, by any build.
const HASH: u64 = 0xffdb_c9c7_d544_6e0a;

fn corpus() -> impl Iterator<Item = Problem> {
    let families = [(1.0, 0.0), (1.0, 1e4), (1e-3, -1e3), (1e25, 0.0), (1e-25, 0.0), (1e-41, 0.0)];
    let lengths = [1, 2, 3, 5, 16, 19, 64, 131, 300, 1030];
    let norms = |len: usize| {
        [
            layer(5, len),
            rms(70, len),
            batch(4, 3, len),
            batch(len, 65, 1),
            batch(9 * len, 3, 1),
            frozen(4, 3, len),
            frozen_last(4, len, 5),
            group(5, 4, len, 2),
            group_last(5, len, 6, 2),
            group(70, 2 * len, 1, 2),
            instance(5, 3, len),
            instance_last(5, len, 3),
        ]
    };
    lengths.into_iter().flat_map(norms).flat_map(move |norm| {
        families.into_iter().enumerate().map(move |(i, (scale, offset))| {
            let mut problem = Problem::new(norm).eps(if i % 2 == 0 { 1e-5 } else { 0.0 });
            let random = &mut Random::new(i as u64 + 1);
            for value in problem.x.iter_mut().chain(&mut problem.running_mean) {
                *value = (offset + scale * random.normal()) as f32;
            }
            problem
        })
    })
}

/// FNV-1a, with all NaN as one: their sign and payload are the engine's to choose.
fn hash(hash: u64, bits: u64) -> u64 {
    bits.to_le_bytes().iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

fn hash_all<T: Copy + Into<f64>>(start: u64, values: &[T]) -> u64 {
    let bits = |v: f64| if v.is_nan() { f64::NAN.to_bits() } else { v.to_bits() };
    values.iter().fold(start, |sum, &value| hash(sum, bits(value.into())))
}

#[test]
fn every_build_gives_the_same_bits() {
    let mut sum = 0xcbf2_9ce4_8422_2325;
    for problem in corpus() {
        let Forward { y, saved } = forward(&problem, Place::default());
        let gradients = backward(&problem, &saved, Ask::ALL, Place::default());
        sum = hash_all(hash_all(hash_all(sum, &y), &saved.mean), &saved.rstd);
        for gradient in [gradients.dx, gradients.dweight, gradients.dbias] {
            sum = hash_all(sum, &gradient.unwrap());
        }
    }
    assert_eq!(sum, HASH, "the hash is {sum:#018x}");
}
