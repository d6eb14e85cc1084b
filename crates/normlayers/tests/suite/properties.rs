//! What mathematics says of the norms, on any shape, layout, scale and offset: which are special cases of which, what
//! scaling the input does, and which directions a gradient cannot have. Bounds are those of docs/accuracy.md, and what
//! follows from them by the triangle inequality.

use core::fmt::Debug;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::support::*;

/// Of the inputs: the same in every run. The environment may have another, as it may for the tests in jest.
fn seed() -> u64 {
    let chosen = std::env::var("NORMLAYERS_SEED");
    chosen.map_or(20_261, |seed| seed.parse().expect("NORMLAYERS_SEED must be a whole number"))
}

/// Holds the property to generated inputs, to more of them in a full run.
fn hold<T: Debug>(strategy: impl Strategy<Value = T>, property: impl Fn(T)) {
    let full = std::env::var("NORMLAYERS_EFFORT").is_ok_and(|effort| effort == "full");
    let seed = seed();
    let config = Config {
        cases: if full { 4000 } else { 200 },
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&strategy, |value| {
        property(value);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("with NORMLAYERS_SEED={seed}: {failure}"));
}

fn size(most: usize) -> impl Strategy<Value = usize> {
    prop_oneof![1..=most.min(20), 1..=most]
}

fn rows() -> impl Strategy<Value = Norm> {
    (1..8usize, size(700), any::<bool>())
        .prop_map(|(n, len, rms_norm)| if rms_norm { rms(n, len) } else { layer(n, len) })
}

fn batches() -> impl Strategy<Value = Norm> {
    (1..8usize, size(70), size(300), any::<bool>())
        .prop_map(|(n, c, s, last)| if last { batch_last(n, s, c) } else { batch(n, c, s) })
}

fn instances() -> impl Strategy<Value = Norm> {
    (1..5usize, size(40), size(300), any::<bool>())
        .prop_map(|(n, c, s, last)| if last { instance_last(n, s, c) } else { instance(n, c, s) })
}

fn groups() -> impl Strategy<Value = Norm> {
    (1..5usize, 1..12usize, 1..5usize, size(200), any::<bool>()).prop_map(|(n, groups, per_group, s, last)| {
        let c = groups * per_group;
        if last { group_last(n, s, c, groups) } else { group(n, c, s, groups) }
    })
}

fn norms() -> impl Strategy<Value = Norm> {
    prop_oneof![rows(), batches(), instances(), groups()]
}

/// A norm, and data of some scale, so many scales away from zero.
fn problems(norms: impl Strategy<Value = Norm>) -> impl Strategy<Value = Problem> {
    let scales = prop::sample::select(&[1.0, 1e-3, 1e3, 1e15, 1e-15][..]);
    let offsets = prop::sample::select(&[0.0, 1.0, -1e2, 1e4, -1e6][..]);
    let eps = prop::sample::select(&[0.0, 1e-5, 1e-3][..]);
    (norms, scales, offsets, eps, prop::sample::select(&AFFINE[..]), any::<u64>()).prop_map(
        |(norm, scale, offset, eps, affine, seed)| {
            let mut problem = Problem::with_affine(norm, affine).eps(eps * scale * scale);
            let random = &mut Random::new(seed);
            problem.x.iter_mut().for_each(|x| *x = (scale * (offset + random.normal())) as f32);
            problem.named(format!("seed {seed}, scale {scale:e}, offset {offset:e}"))
        },
    )
}

/// Both solve what either definition says.
fn assert_equal(problem: &Problem, other: Norm) {
    let other = Problem { norm: other, ..problem.clone() };
    for (problem, solution) in [(problem, solve(&other)), (&other, solve(problem))] {
        let saved = assert_solves_forward(problem, &solution);
        assert_solves_backward(problem, &solution, &saved, Ask::ALL, Place::default());
    }
}

#[test]
fn every_norm_is_what_its_definition_says() {
    hold(problems(norms()), |problem| assert_solves(&problem));
}

#[test]
fn group_norm_with_as_many_groups_as_channels_is_instance_norm() {
    hold(problems(instances()), |problem| {
        let Norm::Instance { n, c, s, last } = problem.norm else { unreachable!() };
        assert_equal(&problem, Norm::Group { n, c, s, groups: c, last });
    });
}

#[test]
fn group_norm_with_one_group_of_single_positions_is_layer_norm() {
    let norms = (1..9usize, size(300)).prop_map(|(n, c)| group(n, c, 1, 1));
    hold(problems(norms), |problem| assert_equal(&problem, layer(problem.norm.points(), problem.norm.parameters())));
}

#[test]
fn instance_norm_of_one_data_point_is_batch_norm_of_a_batch_of_one() {
    let norms = (size(70), size(300), any::<bool>());
    let norms = norms.prop_map(|(c, s, last)| if last { instance_last(1, s, c) } else { instance(1, c, s) });
    hold(problems(norms), |problem| {
        let Norm::Instance { c, s, last, .. } = problem.norm else { unreachable!() };
        assert_equal(&problem, if last { batch_last(1, s, c) } else { batch(1, c, s) });
    });
}

/// Whether deviations are of a size that is summed in f32, and not in f64.
fn summed_in_singles(saved: &Saved) -> bool {
    saved.rstd.iter().all(|rstd| (2f64.powi(-24)..2f64.powi(24)).contains(rstd))
}

#[test]
fn a_power_of_two_moves_exponents_alone() {
    hold((problems(norms()), -20..=20i32, any::<bool>()), |(problem, power, negative)| {
        // The sign flips y about bias: without one it is y's sign that flips, and the rounding of no sum.
        let problem = if negative { Problem { bias: None, ..problem } } else { problem };
        let (a, sign) = (2f32.powi(power), if negative { -1.0 } else { 1.0 });
        let mut scaled = problem.clone().eps(problem.eps * f64::from(a * a));
        scaled.x.iter_mut().for_each(|x| *x *= a * sign);
        let run = |p: &Problem| {
            let Forward { y, saved } = forward(p, Place::default());
            let gradients = backward(p, &saved, Ask::ALL, Place::default());
            (y, saved, gradients)
        };
        let ((y, saved, gradients), (other_y, other_saved, other)) = (run(&problem), run(&scaled));
        if !summed_in_singles(&saved) || !summed_in_singles(&other_saved) {
            return assert_solves(&scaled);
        }
        // Compared as numbers: a zero may have either sign where all flip.
        let by = |values: &[f32], by: f32| values.iter().map(|v| v * by).collect::<Vec<_>>();
        assert_eq!(by(&other_y, sign), y, "y");
        assert_eq!(by(&other.dx.unwrap(), a), gradients.dx.unwrap(), "a·dx");
        assert_eq!(by(&other.dweight.unwrap(), sign), gradients.dweight.unwrap(), "dweight");
        assert_eq!(other.dbias, gradients.dbias, "dbias");
        let rstd: Vec<f64> = other_saved.rstd.iter().map(|rstd| rstd * f64::from(a)).collect();
        assert_eq!(rstd, saved.rstd, "a·rstd");
    });
}

#[test]
fn dx_neither_moves_nor_scales_a_statistic() {
    hold(problems(norms()), |problem| {
        let problem = problem.eps(0.0);
        let saved = forward(&problem, Place::default()).saved;
        let dx = backward(&problem, &saved, Ask::ALL, Place::default()).dx.unwrap();
        let bounds = solve(&problem).dx.bounds;
        let normalized = Exact::from(&problem).all_normalized();
        // The exact sums are 0, and each term is off by its bound at most.
        let mut sums = vec![[0.0f64; 4]; problem.norm.statistics()];
        for (i, &dx) in dx.iter().enumerate() {
            let [sum, most, product, most_of_product] = &mut sums[problem.norm.statistic(i)];
            let bound = bounds[i] + f64::from(f32::from_bits(1));
            *sum += f64::from(dx);
            *most += bound;
            *product += f64::from(dx) * normalized[i];
            *most_of_product += bound * normalized[i].abs();
        }
        for [sum, most, product, most_of_product] in sums {
            assert!(!problem.norm.is_centred() || sum.abs() <= most, "Σ dx = {sum}, {}", problem.case());
            assert!(product.abs() <= most_of_product, "Σ dx·x̂ = {product}, {}", problem.case());
        }
    });
}
