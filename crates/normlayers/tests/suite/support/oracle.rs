//! The definition of every norm, in f64 and as plainly as it can be said:
//! y = weight · (x − mean) · rstd + bias, dx = rstd · (g − Σg/n − x̂ · Σ(g·x̂)/n) with g = dy·weight,
//! dweight = Σ dy·x̂, dbias = Σ dy. A norm is told from another by its two index maps alone.
//!
//! How exact that is: a mean is an element of its statistic plus what the others are away from it. Elements
//! that are close to each other differ by what f64 holds exactly, and no element is farther than √n deviations
//! from the mean, so deviations are known to √n · 2⁻⁵³ spreads at any offset: of a million elements, to a
//! millionth of a unit of f32.

use super::{Norm, Problem};

/// A sum in f64 that keeps what each addition rounds off (Neumaier).
#[derive(Clone, Copy, Default)]
pub struct Sum {
    sum: f64,
    rest: f64,
}

impl Sum {
    pub fn add(&mut self, v: f64) {
        let sum = self.sum + v;
        let (large, small) = if self.sum.abs() >= v.abs() { (self.sum, v) } else { (v, self.sum) };
        self.rest += (large - sum) + small;
        self.sum = sum;
    }

    /// Not finite sums have no meaningful rest.
    pub fn value(self) -> f64 {
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
    pub fn over_statistics(&self, value: impl Fn(usize) -> f64) -> Vec<f64> {
        sums(self.norm.statistics(), self.x.len(), |i| self.norm.statistic(i), value)
    }

    /// Sums over what shares a parameter.
    pub fn over_parameters(&self, value: impl Fn(usize) -> f64) -> Vec<f64> {
        sums(self.norm.parameters(), self.x.len(), |i| self.norm.parameter(i), value)
    }

    pub fn n(&self) -> f64 {
        self.x.len() as f64 / self.norm.statistics() as f64
    }

    /// An element of each statistic (its first), or what stands for the mean where that is given.
    fn origins(&self) -> Vec<f64> {
        if self.norm.is_frozen() {
            return self.running_mean.clone();
        }
        let mut origins = vec![0.0; self.norm.statistics()];
        if self.norm.is_centred() {
            (0..self.x.len()).rev().for_each(|i| origins[self.norm.statistic(i)] = self.x[i]);
        }
        origins
    }

    pub fn moments(&self) -> Moments {
        let (n, origin) = (self.n(), self.origins());
        let count = self.norm.statistics();
        if self.norm.is_frozen() {
            return Moments { origin, rest: vec![0.0; count], var: self.running_var.clone() };
        }
        let mean = |sums: Vec<f64>| sums.into_iter().map(|sum| sum / n).collect::<Vec<_>>();
        let rest = match self.norm.is_centred() {
            true => mean(self.over_statistics(|i| self.x[i] - origin[self.norm.statistic(i)])),
            false => vec![0.0; count],
        };
        let mut moments = Moments { origin, rest, var: Vec::new() };
        moments.var = mean(self.over_statistics(|i| moments.deviation(self.norm.statistic(i), self.x[i]).powi(2)));
        moments
    }

    pub fn rstd(&self, moments: &Moments) -> Vec<f64> {
        let rstd = |var: &f64| if var + self.eps == 0.0 { 0.0 } else { 1.0 / (var + self.eps).sqrt() };
        moments.var.iter().map(rstd).collect()
    }

    /// x̂ of every element.
    pub fn normalized(&self, moments: &Moments, rstd: &[f64]) -> Vec<f64> {
        let of = |i: usize| {
            let k = self.norm.statistic(i);
            moments.deviation(k, self.x[i]) * rstd[k]
        };
        (0..self.x.len()).map(of).collect()
    }

    pub fn all_normalized(&self) -> Vec<f64> {
        let moments = self.moments();
        self.normalized(&moments, &self.rstd(&moments))
    }

    /// Σ dy·y, the loss whose gradients backward gives.
    pub fn loss(&self) -> f64 {
        let normalized = self.all_normalized();
        let mut loss = Sum::default();
        for (i, normalized) in normalized.into_iter().enumerate() {
            let p = self.norm.parameter(i);
            loss.add(self.dy[i] * (self.weight[p] * normalized + self.bias[p]));
        }
        loss.value()
    }
}

/// Mean, as `origin + rest`, and biased variance of each statistic.
pub struct Moments {
    origin: Vec<f64>,
    rest: Vec<f64>,
    pub var: Vec<f64>,
}

impl Moments {
    /// The nearest f64.
    pub fn mean(&self) -> Vec<f64> {
        self.origin.iter().zip(&self.rest).map(|(origin, rest)| origin + rest).collect()
    }

    /// What `x` is away from the mean of statistic `k`.
    fn deviation(&self, k: usize, x: f64) -> f64 {
        (x - self.origin[k]) - self.rest[k]
    }
}
