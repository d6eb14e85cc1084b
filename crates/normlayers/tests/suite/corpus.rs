//! The corpus by the kernels: the hash of all outputs of every case that tests/corpus/corpus.txt lists, natively and in
//! wasm. The same numbers are made, and hashed in the same order, by tests/corpus/corpus.ts, through the public API.

use normlayers::Running;

use crate::support::test;
use crate::support::*;

const TEXT: &str = include_str!("../../../../tests/corpus/corpus.txt");

struct Data {
    scale: f64,
    offset: f64,
    eps: f64,
    hard_in_x: u32,
    hard_in_dy: u32,
}

/// Mulberry32.
struct Numbers(u32);

impl Numbers {
    fn whole(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x6D2B_79F5);
        let mut t = self.0;
        t = (t ^ (t >> 15)).wrapping_mul(t | 1);
        t ^= t.wrapping_add((t ^ (t >> 7)).wrapping_mul(t | 61));
        t ^ (t >> 14)
    }

    fn uniform(&mut self) -> f64 {
        f64::from(self.whole()) / 4_294_967_296.0
    }

    /// About zero, and bell-shaped.
    fn bell(&mut self) -> f64 {
        self.uniform() + self.uniform() + self.uniform() + self.uniform() - 2.0
    }

    fn fill(&mut self, len: usize, value: impl Fn(&mut Self) -> f64) -> Vec<f32> {
        (0..len).map(|_| value(self) as f32).collect()
    }

    /// `value`, or now and then a hard one.
    fn hardened(&mut self, one_in: u32, hard: &[f64], value: impl Fn(&mut Self) -> f64) -> f64 {
        // Whether comes before what, in both languages; the ordinary value is drawn first, as an argument is.
        let value = value(self);
        if one_in > 0 && self.whole().is_multiple_of(one_in) { hard[self.whole() as usize % hard.len()] } else { value }
    }
}

/// Two hashes of 32 bits side by side, in the manner of MurmurHash3.
struct Hash {
    low: u32,
    high: u32,
}

impl Hash {
    fn new() -> Self {
        Self { low: 0x9747_B28C, high: 0x5BD1_E995 }
    }

    fn word(&mut self, word: u32) {
        let k = word.wrapping_mul(0xCC9E_2D51).rotate_left(15).wrapping_mul(0x1B87_3593);
        self.low = (self.low ^ k).rotate_left(13).wrapping_mul(5).wrapping_add(0xE654_6B64);
        self.high = (self.high ^ k).rotate_left(17).wrapping_mul(9).wrapping_add(0x3849_5AB5);
    }

    /// Sign and payload of NaN are the engine's to choose: all are one.
    fn singles(&mut self, values: &[f32]) {
        values.iter().for_each(|v| self.word(if v.is_nan() { 0x7FC0_0000 } else { v.to_bits() }));
    }

    fn doubles(&mut self, values: &[f64]) {
        for v in values {
            let bits = if v.is_nan() { 0x7FF8_0000_0000_0000 } else { v.to_bits() };
            self.word(bits as u32);
            self.word((bits >> 32) as u32);
        }
    }
}

/// The words of the lines that are neither empty nor a comment.
fn lines() -> impl Iterator<Item = Vec<&'static str>> {
    let told = TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    told.map(|line| line.split(' ').collect())
}

fn of(name: &str) -> impl Iterator<Item = Vec<&'static str>> {
    lines().filter(move |words| words[0] == name).map(|words| words[1..].to_vec())
}

fn norm_of(words: &[&str]) -> Norm {
    let sizes: Vec<usize> = words[1..].iter().map(|word| word.parse().unwrap()).collect();
    match (words[0], &sizes[..]) {
        ("layer", &[rows, len]) => layer(rows, len),
        ("rms", &[rows, len]) => rms(rows, len),
        ("batch", &[n, c, s]) => batch(n, c, s),
        ("batch-last", &[n, s, c]) => batch_last(n, s, c),
        ("constant" | "constant-instance", &[n, c, s]) => frozen(n, c, s),
        ("constant-last", &[n, s, c]) => frozen_last(n, s, c),
        ("group", &[n, c, s, groups]) => group(n, c, s, groups),
        ("group-last", &[n, s, c, groups]) => group_last(n, s, c, groups),
        ("instance", &[n, c, s]) => instance(n, c, s),
        ("instance-last", &[n, s, c]) => instance_last(n, s, c),
        other => panic!("the corpus has no norm {other:?}"),
    }
}

/// The hash of one case, whose number decides its parameters and seeds its values.
fn hash_of(norm: Norm, data: &Data, hard: &[f64], number: u32) -> Hash {
    let random = &mut Numbers(number + 1);
    let (size, count) = (norm.elements(), norm.parameters());
    let value = |r: &mut Numbers| data.offset + data.scale * r.bell();
    let x = random.fill(size, |r| r.hardened(data.hard_in_x, hard, value));
    let dy = random.fill(size, |r| r.hardened(data.hard_in_dy, hard, Numbers::bell));
    let weight = random.fill(count, Numbers::bell);
    let bias = random.fill(count, Numbers::bell);
    let mut running_mean = random.fill(count, value);
    let mut running_var = random.fill(count, |r| data.scale.abs() * r.uniform() + 0.1);
    let problem = Problem {
        name: format!("corpus {number}"),
        norm,
        eps: data.eps,
        x,
        dy,
        weight: number.is_multiple_of(2).then_some(weight),
        bias: (number % 4 < 2).then_some(bias),
        running_mean: running_mean.clone(),
        running_var: running_var.clone(),
    };

    let updates = matches!(norm, Norm::Batch { .. } | Norm::Instance { .. });
    let running = updates.then_some(Running {
        mean: &mut running_mean,
        var: &mut running_var,
        momentum: 0.1,
        unbiased: !number.is_multiple_of(3),
    });
    let Forward { y, saved } = forward_with(&problem, Place::default(), true, running);
    let mut hash = Hash::new();
    hash.singles(&y);
    if norm.is_centred() {
        hash.doubles(&saved.mean);
    }
    hash.doubles(&saved.rstd);
    if updates || norm.is_frozen() {
        hash.singles(&running_mean);
        hash.singles(&running_var);
    }
    let (dweight, dbias) = (problem.weight.is_some(), problem.bias.is_some());
    for accumulate in [false, true] {
        let ask = Ask { dx: true, dweight, dbias, accumulate };
        let gradients = backward(&problem, &saved, ask, Place::default());
        for gradient in [gradients.dx, gradients.dweight, gradients.dbias].into_iter().flatten() {
            hash.singles(&gradient);
        }
    }
    hash
}

#[test]
fn corpus() {
    let number = |word: &str| word.parse::<f64>().unwrap();
    let data: Vec<Data> = of("data")
        .map(|words| Data {
            scale: number(words[0]),
            offset: number(words[1]),
            eps: number(words[2]),
            hard_in_x: words[3].parse().unwrap(),
            hard_in_dy: words[4].parse().unwrap(),
        })
        .collect();
    let hard: Vec<f64> = of("hard").flatten().map(number).collect();
    let expected = of("hash").next().unwrap()[0];
    let mut total = Hash::new();
    let mut count = 0;
    for words in lines().filter(|words| !["hash", "data", "hard"].contains(&words[0])) {
        for (d, data) in data.iter().enumerate() {
            let hash = hash_of(norm_of(&words), data, &hard, count);
            total.word(hash.high);
            total.word(hash.low);
            count += 1;
            println!("{}, data {}: {:08x}{:08x}", words.join(" "), d + 1, hash.high, hash.low);
        }
    }
    let total = format!("{:08x}{:08x}", total.high, total.low);
    println!("hash of {count} cases: {total}");
    assert_eq!(total, expected, "the hash of the corpus");
}
