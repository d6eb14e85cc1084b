//! One task for a norm: its shape, its data, its parameters.

use super::families::{Around, Place};
use super::{Data, Exact, Incoming, Norm, Random};

#[derive(Clone, Debug)]
pub struct Problem {
    /// What is special about it.
    pub name: String,
    pub norm: Norm,
    pub eps: f64,
    pub x: Vec<f32>,
    pub dy: Vec<f32>,
    pub weight: Option<Vec<f32>>,
    pub bias: Option<Vec<f32>>,
    /// The constants of a frozen norm.
    pub running_mean: Vec<f32>,
    pub running_var: Vec<f32>,
}

/// Weight and bias, absent or there.
pub const AFFINE: [(bool, bool); 4] = [(true, true), (true, false), (false, true), (false, false)];

impl Problem {
    /// Normal data, a little off zero, with weight and bias.
    pub fn new(norm: Norm) -> Self {
        Self::with_affine(norm, (true, true))
    }

    pub fn with_affine(norm: Norm, (weight, bias): (bool, bool)) -> Self {
        let (elements, parameters) = (norm.elements(), norm.parameters());
        let random = &mut Random::new((elements * 31 + parameters) as u64);
        let x = (0..elements).map(|_| (random.normal() * 1.5 + 0.5) as f32).collect();
        let dy = random.normals(elements);
        let weights = random.normals(parameters);
        let biases = random.normals(parameters);
        Self {
            name: "normal data".into(),
            norm,
            eps: 1e-5,
            x,
            dy,
            weight: weight.then_some(weights),
            bias: bias.then_some(biases),
            running_mean: random.normals(norm.statistics()),
            running_var: (0..norm.statistics()).map(|_| (random.uniform() * 3.0 + 0.1) as f32).collect(),
        }
    }

    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What a failure says.
    pub fn case(&self) -> String {
        format!("{:?}, {}, eps {:e}", self.norm, self.name, self.eps)
    }

    pub fn eps(mut self, eps: f64) -> Self {
        self.eps = eps;
        self
    }

    /// Sets x within each statistic: `value(random, j, n)` is element j of the n it has.
    pub fn fill(self, value: impl Fn(&mut Random, usize, usize) -> f64) -> Self {
        self.fill_each(|random, _, j, n| value(random, j, n))
    }

    /// Sets x, and says of what.
    pub fn of(self, data: Data) -> Self {
        self.fill(|random, j, n| data.value(random, j, n)).named(data.name())
    }

    /// Sets dy, and says of what.
    pub fn incoming(mut self, (name, value): Incoming) -> Self {
        let normalized = Exact::from(&self).all_normalized();
        let statistics = self.norm.statistics();
        let n = self.x.len() / statistics.max(1);
        let random = &mut Random::new(n as u64 + 1);
        let mut seen = vec![0; statistics];
        for (i, &normalized) in normalized.iter().enumerate() {
            let k = self.norm.statistic(i);
            let place = Place { j: seen[k], n };
            self.dy[i] = value(random, Around { place, k, statistics, normalized }) as f32;
            seen[k] += 1;
        }
        self.name = format!("{}; dy {name}", self.name);
        self
    }

    /// Takes the moments that x has as constants.
    pub fn with_its_moments(mut self) -> Self {
        let moments = Exact::from(&Self { norm: self.norm.in_training(), ..self.clone() }).moments();
        self.running_mean = moments.mean().into_iter().map(|v| v as f32).collect();
        self.running_var = moments.var.into_iter().map(|v| v.min(f64::from(f32::MAX)) as f32).collect();
        self
    }

    /// Sets x statistic by statistic: `value(random, k, j, n)` is element j of the n of statistic k.
    pub fn fill_each(mut self, value: impl Fn(&mut Random, usize, usize, usize) -> f64) -> Self {
        let n = self.x.len() / self.norm.statistics().max(1);
        let random = &mut Random::new(n as u64);
        let mut seen = vec![0; self.norm.statistics()];
        for i in 0..self.x.len() {
            let k = self.norm.statistic(i);
            let j = &mut seen[k];
            self.x[i] = value(random, k, *j, n) as f32;
            *j += 1;
        }
        self
    }

    /// Data points `first..last` of an independent batch.
    pub fn points(&self, first: usize, last: usize) -> Self {
        let size = self.x.len() / self.norm.points();
        let range = first * size..last * size;
        let norm = self.norm.with_points(last - first);
        Self { norm, x: self.x[range.clone()].to_vec(), dy: self.dy[range].to_vec(), ..self.clone() }
    }

    pub fn bias_at(&self, i: usize) -> f32 {
        self.bias.as_ref().map_or(0.0, |b| b[self.norm.parameter(i)])
    }
}
