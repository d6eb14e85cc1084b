//! Comparisons that say what differs, where, and by how many of the bounds.

use super::{Ask, Bounded, Forward, Gradients, Place, Problem, Saved, Solution, backward, forward, kernels, solve};

/// The smallest f32: no result is known more exactly, and each rounding below the normal range is half of it.
const TINY: f64 = f32::from_bits(1) as f64;
const LARGEST: f64 = f32::MAX as f64;

/// Every element within its bound; NaN where the exact result is, and no less finite than that.
pub fn assert_close(got: &[f32], want: &Bounded, case: impl Fn() -> String) {
    assert_eq!(got.len(), want.values.len(), "{}", case());
    for (i, &got) in got.iter().enumerate() {
        let want_normal = want.values[i].abs() >= f64::from(f32::MIN_POSITIVE);
        let (want, bound) = (want.values[i], want.bounds[i] + if want_normal { TINY } else { 4.0 * TINY });
        let close = match want {
            w if w.is_nan() => got.is_nan(),
            // Beyond f32, or not surely within: as large as that or infinite, and of the right sign if it has one.
            w if w.abs() + bound > LARGEST => {
                bound > LARGEST && !got.is_nan() || f64::from(got) * w.signum() >= w.abs().min(LARGEST) - bound
            }
            w => (f64::from(got) - w).abs() <= bound,
        };
        let off = (f64::from(got) - want) / bound;
        assert!(close, "element {i}: {got:e} instead of {want:e}, {off:.2} bounds off, {}", case());
    }
}

/// y, mean and rstd are those of the oracle.
pub fn assert_solves_forward(problem: &Problem, solution: &Solution) -> Saved {
    let Forward { y, saved } = forward(problem, Place::default());
    assert_close(&y, &solution.y, || format!("y of {}", problem.case()));
    let same = |a: f64, b: f64| a == b || a.is_nan() && b.is_nan();
    let unit = f64::from(f32::EPSILON);
    for (k, (&mean, &rstd)) in solution.mean.iter().zip(&solution.rstd).enumerate() {
        let got = (saved.mean[k], saved.rstd[k]);
        // A mean is as good as a few units of f32 of the spread (with eps), and of f64 of itself; rstd relatively.
        let spread = if rstd == 0.0 { 0.0 } else { 1.0 / rstd };
        let off = ((got.0 - mean).abs(), (got.1 - rstd).abs());
        let close = off.0 <= 4.0 * unit * spread + 1e-15 * mean.abs() && off.1 <= 4.0 * unit * rstd;
        let exact = same(got.0, mean) && same(got.1, rstd);
        assert!(close || exact, "statistic {k}: {got:?} instead of {:?}, {}", (mean, rstd), problem.case());
    }
    saved
}

/// The gradients asked for are those of the oracle, added to what was there if so asked; the others are
/// not given.
pub fn assert_solves_backward(
    problem: &Problem,
    solution: &Solution,
    saved: &Saved,
    ask: Ask,
    place: Place,
) -> Gradients {
    let got = backward(problem, saved, ask, place);
    let with = |what: &str, got: &Option<Vec<f32>>, want: &Bounded, asked: bool| {
        assert_eq!(got.is_some(), asked);
        let Some(got) = got else { return };
        let case = || format!("{what} of {}, {ask:?}, {place:?}", problem.case());
        if !ask.accumulate {
            return assert_close(got, want, case);
        }
        let values: Vec<f64> = want.values.iter().enumerate().map(|(i, v)| v + f64::from(kernels::prior(i))).collect();
        let rounding = f64::from(f32::EPSILON);
        let bounds = want.bounds.iter().zip(&values).map(|(b, v)| b + rounding * v.abs()).collect();
        assert_close(got, &Bounded { values, bounds }, case);
    };
    with("dx", &got.dx, &solution.dx, ask.dx);
    with("dweight", &got.dweight, &solution.dweight, ask.dweight);
    with("dbias", &got.dbias, &solution.dbias, ask.dbias);
    got
}

/// Running statistics: a mean is known to a few units of f32 of the spread, a variance relatively.
pub fn assert_running(mean: &[f32], var: &[f32], want_mean: &[f64], want_var: &[f64], case: &str) {
    let unit = 2.0 * f64::from(f32::EPSILON);
    for c in 0..mean.len() {
        let (off_mean, off_var) = ((f64::from(mean[c]) - want_mean[c]).abs(), (f64::from(var[c]) - want_var[c]).abs());
        let spread = want_var[c].sqrt();
        assert!(off_mean <= unit * (want_mean[c].abs() + spread), "mean {}, not {}, {case}", mean[c], want_mean[c]);
        assert!(off_var <= unit * want_var[c], "variance {}, not {}, {case}", var[c], want_var[c]);
    }
}

/// Forward, and all gradients from what it saved.
pub fn assert_solves(problem: &Problem) {
    let solution = solve(problem);
    let saved = assert_solves_forward(problem, &solution);
    assert_solves_backward(problem, &solution, &saved, Ask::ALL, Place::default());
}

/// Equal bits; NaN as NaN, whichever.
pub fn same_bits(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan())
}

pub fn same_bits64(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan())
}
