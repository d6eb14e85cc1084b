//! The exact results with the bounds that the library promises (docs/accuracy.md), once for all norms.

use super::{Exact, Problem};

/// What a kernel should give, and how far from it it may be.
pub struct Bounded {
    pub values: Vec<f64>,
    pub bounds: Vec<f64>,
}

pub struct Solution {
    pub mean: Vec<f64>,
    pub rstd: Vec<f64>,
    pub y: Bounded,
    pub dx: Bounded,
    pub dweight: Bounded,
    pub dbias: Bounded,
}

/// The distance from 1 to the next f32.
pub const UNIT: f64 = f32::EPSILON as f64;
/// What a mean in f64 may be off, relative to itself.
const UNIT_OF_MEAN: f64 = f64::EPSILON / 2.0;

pub fn solve(problem: &Problem) -> Solution {
    let e = &Exact::from(problem);
    let norm = e.norm;
    let moments = e.moments();
    let (mean, rstd) = (moments.mean(), e.rstd(&moments));
    let all = |f: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..e.x.len()).map(f).collect() };
    let of = |i: usize| (norm.statistic(i), norm.parameter(i));

    let normalized = e.normalized(&moments, &rstd);
    // What rounding a mean to f64 moves x̂ by, in units of f32: nothing, up to a million spreads.
    let drift: Vec<f64> = mean.iter().zip(&rstd).map(|(m, r)| UNIT_OF_MEAN / UNIT * m.abs() * r).collect();
    let size = |i: usize| normalized[i].abs().max(1.0);
    let y = Bounded {
        values: all(&|i| e.weight[of(i).1] * normalized[i] + e.bias[of(i).1]),
        bounds: all(&|i| {
            let (weight, bias) = (e.weight[of(i).1].abs(), e.bias[of(i).1].abs());
            UNIT * (4.0 * (weight * size(i)).max(bias) + weight * drift[of(i).0])
        }),
    };

    let g = all(&|i| e.dy[i] * e.weight[of(i).1]);
    let n = e.n();
    let mut mean_g = e.over_statistics(|i| g[i] / n);
    let mut mean_gx = e.over_statistics(|i| g[i] * normalized[i] / n);
    if norm.is_frozen() {
        mean_gx.fill(0.0);
    }
    if norm.is_frozen() || !norm.is_centred() {
        mean_g.fill(0.0);
    }
    let projected = |i: usize| if norm.is_frozen() { 0.0 } else { normalized[i] * mean_gx[of(i).0] };
    let mut largest = vec![0.0f64; norm.statistics()];
    (0..g.len()).for_each(|i| largest[of(i).0] = largest[of(i).0].max(g[i].abs()));
    let terms = |i: usize| if norm.is_frozen() { 1.0 } else { 1.0 + normalized[i].abs() };
    let dx = Bounded {
        values: all(&|i| rstd[of(i).0] * (g[i] - mean_g[of(i).0] - projected(i))),
        bounds: all(&|i| UNIT * rstd[of(i).0] * largest[of(i).0] * (4.0 + drift[of(i).0]) * terms(i)),
    };
    let dweight = Bounded {
        values: e.over_parameters(|i| e.dy[i] * normalized[i]),
        bounds: e.over_parameters(|i| UNIT * e.dy[i].abs() * (2.0 * size(i) + drift[of(i).0])),
    };
    let dbias =
        Bounded { values: e.over_parameters(|i| e.dy[i]), bounds: e.over_parameters(|i| 2.0 * UNIT * e.dy[i].abs()) };
    Solution { mean, rstd, y, dx, dweight, dbias }
}
