//! The same bits, whatever does not matter: where slices lie, in place or not, what scratch held, whether
//! statistics are saved, which part of a batch a call gets, and what else is in it.

use crate::support::test;
use crate::support::*;

/// Every norm in both layouts: short, with tails, and longer than one block.
fn norms() -> impl Iterator<Item = Norm> {
    let norms = [1, 2, 3, 7, 16, 19, 64, 131, 300].into_iter().flat_map(|len| {
        [
            layer(5, len),
            rms(5, len),
            batch(4, 3, len),
            batch_last(3, len, 5),
            batch(20, len, 1),
            frozen(4, 3, len),
            frozen_last(4, len, 5),
            frozen(20, len, 1),
            group(5, 4, len, 2),
            group_last(5, len, 6, 2),
            group(5, 2 * len, 1, 2),
            group(5, len, 3, 1),
            instance(5, 3, len),
            instance_last(5, len, 3),
        ]
    });
    // Of so many channels that they are taken in parts, and of rows so long that sums of the next are made on the way.
    let in_parts = [batch(3, 130, 90), frozen(3, 130, 90), group(2, 40, 1100, 10), instance(2, 40, 1100)];
    let long = [513, 701].into_iter().flat_map(|len| [layer(4, len), rms(4, len), group(3, 2 * len, 1, 2)]);
    norms.chain(in_parts).chain(long)
}

/// Parameters as most have them: without a mean there is no bias.
fn problem(norm: Norm) -> Problem {
    Problem::with_affine(norm, (true, norm.is_centred()))
}

/// All that a norm computes of a problem.
fn run(problem: &Problem, place: Place) -> (Forward, Gradients) {
    let forward = forward(problem, place);
    let gradients = backward(problem, &forward.saved, Ask::ALL, place);
    (forward, gradients)
}

fn assert_same_forward(a: &Forward, b: &Forward, case: &str) {
    assert!(same_bits(&a.y, &b.y), "y {case}");
    assert_same_statistics(&a.saved, &b.saved, case);
}

fn assert_same_statistics(a: &Saved, b: &Saved, case: &str) {
    assert!(same_bits64(&a.mean, &b.mean), "mean {case}");
    assert!(same_bits64(&a.rstd, &b.rstd), "rstd {case}");
}

fn assert_same_gradients(a: &Gradients, b: &Gradients, case: &str) {
    for (what, a, b) in [("dx", &a.dx, &b.dx), ("dweight", &a.dweight, &b.dweight), ("dbias", &a.dbias, &b.dbias)] {
        assert!(same_bits(a.as_ref().unwrap(), b.as_ref().unwrap()), "{what} {case}");
    }
}

#[test]
fn in_place_or_not_and_at_any_alignment() {
    for norm in norms() {
        let problem = problem(norm);
        let (y, gradients) = run(&problem, Place::default());
        for (in_place, offset) in [(true, 0), (false, 1), (true, 1), (false, 2), (true, 3)] {
            let case = format!("of {norm:?}, in place: {in_place}, offset {offset}");
            let (other_y, other_gradients) = run(&problem, Place { in_place, offset, ..Place::default() });
            assert_same_forward(&y, &other_y, &case);
            assert_same_gradients(&gradients, &other_gradients, &case);
        }
    }
}

#[test]
fn whatever_scratch_held() {
    for norm in norms() {
        let problem = problem(norm);
        let (y, gradients) = run(&problem, Place { rubbish: 0.0, ..Place::default() });
        for rubbish in [f32::NAN, f32::INFINITY, -1234.5, 1e-30] {
            let case = format!("of {norm:?} with {rubbish} in scratch");
            let (other_y, other_gradients) = run(&problem, Place { rubbish, ..Place::default() });
            assert_same_forward(&y, &other_y, &case);
            assert_same_gradients(&gradients, &other_gradients, &case);
        }
    }
}

#[test]
fn with_and_without_saving() {
    for norm in norms() {
        let problem = problem(norm);
        let with = forward(&problem, Place::default());
        let without = forward_with(&problem, Place::default(), false, None);
        assert!(same_bits(&with.y, &without.y), "{norm:?}");
    }
}

#[test]
fn a_batch_in_parts() {
    for norm in norms().filter(|norm| !matches!(norm, Norm::Batch { .. })) {
        let problem = problem(norm);
        let n = norm.points();
        let (whole, gradients) = run(&problem, Place::default());
        for cuts in [vec![0, 1, n], vec![0, n / 2, n - 1, n], (0..=n).collect()] {
            let (mut y, mut dx, mut mean, mut rstd) = (vec![], vec![], vec![], vec![]);
            for cut in cuts.windows(2) {
                let (part, gradients) = run(&problem.points(cut[0], cut[1]), Place::default());
                y.extend(part.y);
                dx.extend(gradients.dx.unwrap());
                mean.extend(part.saved.mean);
                rstd.extend(part.saved.rstd);
            }
            let case = format!("{norm:?} cut at {cuts:?}");
            assert!(same_bits(&y, &whole.y), "y of {case}");
            assert!(same_bits(&dx, gradients.dx.as_ref().unwrap()), "dx of {case}");
            if !norm.is_frozen() {
                assert_same_statistics(&Saved { mean, rstd }, &whole.saved, &case);
            }
        }
    }
}

#[test]
fn twice_the_same() {
    for norm in norms() {
        let problem = problem(norm);
        let (a, b) = (run(&problem, Place::default()), run(&problem, Place::default()));
        assert_same_forward(&a.0, &b.0, "again");
        assert_same_gradients(&a.1, &b.1, "again");
    }
}
