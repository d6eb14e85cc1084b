//! Running statistics: running += momentum · (observed − running), with the unbiased or the biased
//! variance; instance norm observes the mean over the batch of its statistics.

use crate::support::test;
use crate::support::*;
use normlayers::Running;

/// What training observes of each channel, from the statistics of the definition.
fn observed(problem: &Problem, unbiased: bool) -> [Vec<f64>; 2] {
    let moments = Exact::from(problem).moments();
    let (mean, var) = (moments.mean(), moments.var);
    let norm = problem.norm;
    let (n, c) = (norm.elements() as f64 / norm.statistics() as f64, norm.parameters());
    let factor = if unbiased { n / (n - 1.0) } else { 1.0 };
    let points = norm.statistics() / c;
    let average = |of: &[f64]| (0..c).map(|c0| of.iter().skip(c0).step_by(c).sum::<f64>() / points as f64).collect();
    [average(&mean), average(&var.into_iter().map(|v| v * factor).collect::<Vec<_>>())]
}

fn norms() -> impl Iterator<Item = Norm> {
    let norms = [2, 3, 17, 64, 300].into_iter().flat_map(|len| {
        [batch(3, 2, len), batch_last(1, len, 3), batch(len, 65, 1), instance(3, 2, len), instance_last(3, len, 5)]
    });
    // Of so many channels that they are taken in parts.
    norms.chain([batch(3, 130, 90), instance(1, 40, 1100)])
}

#[test]
fn several_steps_of_every_momentum_and_kind_of_variance() {
    for norm in norms() {
        for momentum in [0.0, 0.1, 0.5, 1.0] {
            for unbiased in [true, false] {
                let c = norm.parameters();
                let (mut mean, mut var) = (vec![0.0f32; c], vec![1.0f32; c]);
                let (mut want_mean, mut want_var) = (vec![0.0f64; c], vec![1.0f64; c]);
                for step in 0..4 {
                    let mut problem = Problem::new(norm);
                    problem.x.iter_mut().for_each(|v| *v = *v * (1.0 + step as f32) - 0.5 * step as f32);
                    let running = Running { mean: &mut mean, var: &mut var, momentum, unbiased };
                    let with = forward_with(&problem, Place::default(), step % 2 == 0, Some(running));
                    assert!(same_bits(&with.y, &forward(&problem, Place::default()).y), "y of {norm:?}");
                    let [new_mean, new_var] = observed(&problem, unbiased);
                    let mix = |old: &mut [f64], new: Vec<f64>| {
                        old.iter_mut().zip(new).for_each(|(o, n)| *o += momentum * (n - *o))
                    };
                    mix(&mut want_mean, new_mean);
                    mix(&mut want_var, new_var);
                    let case = format!("{norm:?}, momentum {momentum}, unbiased {unbiased}");
                    assert_running(&mean, &var, &want_mean, &want_var, &case);
                }
            }
        }
    }
}

#[test]
fn momentum_0_keeps_and_momentum_1_replaces() {
    for norm in norms() {
        let problem = Problem::new(norm);
        let c = norm.parameters();
        let old: Vec<f32> = (0..c).map(|c| 0.1 + c as f32 / 3.0).collect();
        for (momentum, stays) in [(0.0, true), (1.0, false)] {
            let (mut mean, mut var) = (old.clone(), old.clone());
            let running = Running { mean: &mut mean, var: &mut var, momentum, unbiased: true };
            forward_with(&problem, Place::default(), true, Some(running));
            assert!((mean == old && var == old) == stays);
            if momentum == 1.0 {
                let [new_mean, new_var] = observed(&problem, true);
                assert_running(&mean, &var, &new_mean, &new_var, &format!("{norm:?}"));
            }
        }
    }
}

#[test]
fn an_observation_beyond_f32_leaves_other_channels_alone() {
    for norm in [batch(3, 3, 20), batch(60, 3, 1), instance(2, 3, 20), instance_last(2, 20, 3)] {
        let mut problem = Problem::new(norm);
        let step = |problem: &Problem| {
            let (mut mean, mut var) = (vec![0.0f32; 3], vec![1.0f32; 3]);
            let running = Running { mean: &mut mean, var: &mut var, momentum: 0.1, unbiased: true };
            forward_with(problem, Place::default(), true, Some(running));
            [mean[0], mean[2], var[0], var[2]]
        };
        let clean = step(&problem);
        for i in 0..problem.x.len() {
            if norm.parameter(i) == 1 {
                problem.x[i] = f32::NAN;
            }
        }
        assert!(same_bits(&clean, &step(&problem)), "{norm:?}");
    }
}

#[test]
fn an_empty_batch_changes_nothing() {
    for norm in [batch(0, 3, 5), batch(0, 3, 1), instance(0, 3, 5), instance_last(0, 5, 3)] {
        let (mut mean, mut var) = (vec![0.25f32; 3], vec![4.0f32; 3]);
        let running = Running { mean: &mut mean, var: &mut var, momentum: 0.1, unbiased: true };
        forward_with(&Problem::new(norm), Place::default(), true, Some(running));
        assert_eq!((mean, var), (vec![0.25; 3], vec![4.0; 3]), "{norm:?}");
    }
}
