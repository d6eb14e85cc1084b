//! What is in one statistic changes no bit of another: NaN, infinities, numbers at the ends of f32, and
//! data that the kernels have to sum anew. What NaN touches is NaN.

use crate::support::test;
use crate::support::*;

/// Of so many channels that they are taken in parts, or so large that they are taken one by one: what is made of one
/// while another is written is its own.
const IN_PARTS: [Norm; 7] = [
    batch(3, 130, 90),
    frozen(3, 130, 90),
    group(2, 40, 1100, 10),
    instance(1, 40, 1100),
    batch(2, 5, 515),
    layer(9, 517),
    rms(9, 517),
];

/// Of rows so long that the sums of the next are made while one is written.
const LONG: [Norm; 3] = [layer(4, 531), rms(4, 531), group(2, 2 * 531, 1, 2)];

fn norms() -> impl Iterator<Item = Norm> {
    let norms = [1, 5, 16, 37, 300].into_iter().flat_map(|len| {
        [
            layer(4, len),
            rms(4, len),
            batch(4, 3, len),
            batch_last(3, len, 5),
            batch(33, 5 + len, 1),
            batch(8 * len, 3, 1),
            frozen(4, 3, len),
            frozen_last(4, len, 5),
            group(2, 4, len, 2),
            group_last(2, len, 6, 3),
            group(2, 2 * len, 1, 2),
            instance(2, 3, len),
            instance_last(2, len, 5),
        ]
    });
    norms.chain(IN_PARTS).chain(LONG)
}

/// What becomes of element j of the polluted statistic.
type Pollution = (&'static str, fn(usize, f32) -> f32);

const POLLUTIONS: [Pollution; 9] = [
    ("a NaN", |j, v| if j == 0 { f32::NAN } else { v }),
    ("an infinity", |j, v| if j == 0 { f32::INFINITY } else { v }),
    ("both infinities", |j, v| [f32::INFINITY, f32::NEG_INFINITY, v][j.min(2)]),
    ("a late NaN", |j, v| if j % 17 == 16 { f32::NAN } else { v }),
    ("huge numbers", |_, v| v * 1e38),
    ("tiny numbers", |_, v| v * 1e-42),
    ("one value", |_, _| 3.25),
    ("a first sample unlike the rest", |j, v| if j < 16 { v + 1e4 } else { v }),
    ("a distant mean", |_, v| v * 1e-3 + 1e5),
];

/// The problem with statistic `k` polluted in x, or in dy.
fn pollute(problem: &Problem, k: usize, in_dy: bool, with: fn(usize, f32) -> f32) -> Problem {
    let mut polluted = problem.clone();
    let values = if in_dy { &mut polluted.dy } else { &mut polluted.x };
    (0..values.len()).filter(|&i| problem.norm.statistic(i) == k).enumerate().for_each(|(j, i)| {
        values[i] = with(j, values[i]);
    });
    polluted
}

struct Run {
    forward: Forward,
    gradients: Gradients,
}

fn run(problem: &Problem) -> Run {
    let forward = forward(problem, Place::default());
    let gradients = backward(problem, &forward.saved, Ask::ALL, Place::default());
    Run { forward, gradients }
}

/// Bits of what belongs to other statistics than `k`, and of the gradients of parameters it has no part in.
fn outside(problem: &Problem, k: usize, run: &Run) -> Vec<u64> {
    let norm = problem.norm;
    let bits = |v: f64| if v.is_nan() { u64::MAX } else { v.to_bits() };
    let elements = (0..norm.elements()).filter(|&i| norm.statistic(i) != k);
    let dx = run.gradients.dx.as_ref().unwrap();
    let of_elements = elements.flat_map(|i| [bits(f64::from(run.forward.y[i])), bits(f64::from(dx[i]))]);
    let others = (0..norm.statistics()).filter(|&j| j != k);
    let of_statistics = others.flat_map(|j| [bits(run.forward.saved.mean[j]), bits(run.forward.saved.rstd[j])]);
    let mut shared = vec![false; norm.parameters()];
    (0..norm.elements()).filter(|&i| norm.statistic(i) == k).for_each(|i| shared[norm.parameter(i)] = true);
    let [dweight, dbias] = [&run.gradients.dweight, &run.gradients.dbias].map(|g| g.as_ref().unwrap());
    let of_parameters =
        (0..norm.parameters()).filter(|&p| !shared[p]).flat_map(|p| [dweight[p], dbias[p]].map(|v| bits(f64::from(v))));
    of_elements.chain(of_statistics).chain(of_parameters).collect()
}

#[test]
fn no_bit_of_another_statistic_changes() {
    for norm in norms() {
        for affine in [(true, norm.is_centred()), (false, false)] {
            let problem = Problem::with_affine(norm, affine);
            let clean = run(&problem);
            for k in [0, norm.statistics() / 2, norm.statistics() - 1] {
                let want = outside(&problem, k, &clean);
                for (what, with) in POLLUTIONS {
                    for in_dy in [false, true] {
                        let polluted = run(&pollute(&problem, k, in_dy, with));
                        let same = outside(&problem, k, &polluted) == want;
                        assert!(same, "{what} in {} of statistic {k} of {norm:?}", if in_dy { "dy" } else { "x" });
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_not_finite_shows_where_the_definition_says() {
    for norm in norms() {
        for (_, with) in &POLLUTIONS[..4] {
            let problem = pollute(&Problem::new(norm), norm.statistics() / 2, false, *with);
            let solution = solve(&problem);
            let got = run(&problem);
            assert_close(&got.forward.y, &solution.y, || format!("y of {norm:?}"));
            // The dx of a single value is 0 whatever that is.
            if norm.elements() > norm.statistics() {
                assert_close(got.gradients.dx.as_ref().unwrap(), &solution.dx, || format!("dx of {norm:?}"));
            }
        }
    }
}
