//! The definition of every norm, in f64 and as plainly as it can be said:
//! y = weight · (x − mean) · rstd + bias, dx = rstd · (g − Σg/n − x̂ · Σ(g·x̂)/n) with g = dy·weight,
//! dweight = Σ dy·x̂, dbias = Σ dy. A norm is told from another by its two index maps alone.

use super::{Norm, Problem};

/// A sum in f64 that keeps what each addition rounds off (Neumaier).
#[derive(Clone, Copy, Default)]
struct Sum {
    sum: f64,
    rest: f64,
}

impl Sum {
    fn add(&mut self, v: f64) {
        let sum = self.sum + v;
        let (large, small) = if self.sum.abs() >= v.abs() { (self.sum, v) } else { (v, self.sum) };
        self.rest += (large - sum) + small;
        self.sum = sum;
    }

    /// Not finite sums have no meaningful rest.
    fn value(self) -> f64 {
        if self.rest.is_finite() { self.sum + self.rest } else { self.sum }
    }
}

/// Sums of `value(i)` over the elements that share an index.
fn sums(len: usize, elements: usize, index: impl Fn(usize) -> usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut sums = vec![Sum::default(); len];
    (0..elements).for_each(|i| sums[index(i)].add(value(i)));
    sums.into_iter().map(Sum::value).collect()
}

/// The inputs in f64, all of them there.
#[derive(Clone)]
pub struct Exact {
    pub norm: Norm,
    pub eps: f64,
    pub x: Vec<f64>,
    pub dy: Vec<f64>,
    pub weight: Vec<f64>,
    pub bias: Vec<f64>,
    pub running_mean: Vec<f64>,
    pub running_var: Vec<f64>,
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

impl From<&Problem> for Exact {
    fn from(p: &Problem) -> Self {
        let parameters = p.norm.parameters();
        Self {
            norm: p.norm,
            eps: p.eps,
            x: wide(&p.x),
            dy: wide(&p.dy),
            weight: p.weight.as_ref().map_or(vec![1.0; parameters], |w| wide(w)),
            bias: p.bias.as_ref().map_or(vec![0.0; parameters], |b| wide(b)),
            running_mean: wide(&p.running_mean),
            running_var: wide(&p.running_var),
        }
    }
}

impl Exact {
    /// Sums over each statistic.
    fn over_statistics(&self, value: impl Fn(usize) -> f64) -> Vec<f64> {
        sums(self.norm.statistics(), self.x.len(), |i| self.norm.statistic(i), value)
    }

    /// Sums over what shares a parameter.
    fn over_parameters(&self, value: impl Fn(usize) -> f64) -> Vec<f64> {
        sums(self.norm.parameters(), self.x.len(), |i| self.norm.parameter(i), value)
    }

    fn n(&self) -> f64 {
        self.x.len() as f64 / self.norm.statistics() as f64
    }

    /// Mean and biased variance of each statistic.
    pub fn moments(&self) -> (Vec<f64>, Vec<f64>) {
        if self.norm.is_frozen() {
            return (self.running_mean.clone(), self.running_var.clone());
        }
        let n = self.n();
        let mean = match self.norm.is_centred() {
            true => self.over_statistics(|i| self.x[i]).into_iter().map(|s| s / n).collect(),
            false => vec![0.0; self.norm.statistics()],
        };
        let var = self.over_statistics(|i| (self.x[i] - mean[self.norm.statistic(i)]).powi(2));
        (mean, var.into_iter().map(|s| s / n).collect())
    }

    pub fn statistics(&self) -> (Vec<f64>, Vec<f64>) {
        let (mean, var) = self.moments();
        let rstd = |var: f64| if var + self.eps == 0.0 { 0.0 } else { 1.0 / (var + self.eps).sqrt() };
        (mean, var.into_iter().map(rstd).collect())
    }

    /// Σ dy·y, the loss whose gradients backward gives.
    pub fn loss(&self) -> f64 {
        let (mean, rstd) = self.statistics();
        let mut loss = Sum::default();
        for i in 0..self.x.len() {
            let (s, p) = (self.norm.statistic(i), self.norm.parameter(i));
            loss.add(self.dy[i] * (self.weight[p] * (self.x[i] - mean[s]) * rstd[s] + self.bias[p]));
        }
        loss.value()
    }
}

/// The exact results, and how far a kernel may be from each.
pub struct Solution {
    pub mean: Vec<f64>,
    pub rstd: Vec<f64>,
    pub y: Bounded,
    pub dx: Bounded,
    pub dweight: Bounded,
    pub dbias: Bounded,
}

pub struct Bounded {
    pub values: Vec<f64>,
    pub bounds: Vec<f64>,
}

/// Below this, numbers of f32 have no more relative precision.
const SMALLEST_NORMAL: f64 = f32::MIN_POSITIVE as f64;
/// Four units in the last place of f32, relative to 1.
const FOUR_ULPS: f64 = 4.0 * f32::EPSILON as f64;
const TWO_ULPS: f64 = 2.0 * f32::EPSILON as f64;

pub fn solve(problem: &Problem) -> Solution {
    let e = &Exact::from(problem);
    let norm = e.norm;
    let (mean, rstd) = e.statistics();
    let all = |f: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..e.x.len()).map(f).collect() };
    let of = |i: usize| (norm.statistic(i), norm.parameter(i));

    let normalized = all(&|i| (e.x[i] - mean[norm.statistic(i)]) * rstd[norm.statistic(i)]);
    let size = |i: usize| normalized[i].abs().max(1.0);
    let y = Bounded {
        values: all(&|i| e.weight[of(i).1] * normalized[i] + e.bias[of(i).1]),
        bounds: all(&|i| FOUR_ULPS * (e.weight[of(i).1].abs() * size(i)).max(e.bias[of(i).1].abs())),
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
    let mut largest = vec![SMALLEST_NORMAL; norm.statistics()];
    (0..g.len()).for_each(|i| largest[of(i).0] = largest[of(i).0].max(g[i].abs()));
    let terms = |i: usize| if norm.is_frozen() { 1.0 } else { 1.0 + normalized[i].abs() };
    let dx = Bounded {
        values: all(&|i| rstd[of(i).0] * (g[i] - mean_g[of(i).0] - projected(i))),
        bounds: all(&|i| FOUR_ULPS * rstd[of(i).0] * largest[of(i).0] * terms(i)),
    };
    let incoming = |i: usize| e.dy[i].abs().max(SMALLEST_NORMAL);
    let dweight = Bounded {
        values: e.over_parameters(|i| e.dy[i] * normalized[i]),
        bounds: e.over_parameters(|i| TWO_ULPS * incoming(i) * size(i)),
    };
    let dbias =
        Bounded { values: e.over_parameters(|i| e.dy[i]), bounds: e.over_parameters(|i| TWO_ULPS * incoming(i)) };
    Solution { mean, rstd, y, dx, dweight, dbias }
}
