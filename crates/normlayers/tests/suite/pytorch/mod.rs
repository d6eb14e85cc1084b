//! What PyTorch gives in f64 for the same inputs: the cases of tests/fixtures as problems of these suites, with our
//! bounds around their results.

mod operations;
mod training;

use crate::support::*;

/// The norm of a case at a shape: its channels are on axis 1, or on the last.
fn norm_of(fixture: &Fixture<'_>, shape: &[usize], is_frozen: bool) -> Norm {
    if let Some(normalized) = fixture.sizes("normalizedShape") {
        let (len, leading) = (normalized.iter().product(), shape.len() - normalized.len());
        let rows = shape[..leading].iter().product();
        return if fixture.text("op") == "rmsNorm" { rms(rows, len) } else { layer(rows, len) };
    }
    let (last, n) = (fixture.is("channelsLast"), shape[0]);
    let axis = if last { shape.len() - 1 } else { 1 };
    let (c, s) = (shape[axis], shape[1..].iter().product::<usize>() / shape[axis]);
    match (fixture.text("op"), is_frozen) {
        ("batchNorm" | "instanceNorm", true) if last => frozen_last(n, s, c),
        ("batchNorm" | "instanceNorm", true) => frozen(n, c, s),
        ("batchNorm", false) if last => batch_last(n, s, c),
        ("batchNorm", false) => batch(n, c, s),
        ("instanceNorm", false) => Norm::Instance { n, c, s, last },
        ("groupNorm", _) => Norm::Group { n, c, s, groups: fixture.number("numGroups").unwrap() as usize, last },
        (op, _) => panic!("no norm is called {op}"),
    }
}

/// A problem of the inputs whose names start with `step`; a case has its parameters once.
fn problem_of(fixture: &Fixture<'_>, norm: Norm, step: &str, running: [Option<Vec<f32>>; 2]) -> Problem {
    let [running_mean, running_var] = running.map(Option::unwrap_or_default);
    Problem {
        name: format!("{step} {}", fixture.about),
        norm,
        eps: fixture.number("eps").unwrap(),
        x: fixture.input(&format!("{step}x")).unwrap(),
        dy: fixture.input(&format!("{step}dy")).unwrap(),
        weight: fixture.input("weight"),
        bias: fixture.input("bias"),
        running_mean,
        running_var,
    }
}

/// Our bounds around their results. A parameter that is not there has a gradient here, and none in PyTorch.
fn solution_of(fixture: &Fixture<'_>, problem: &Problem, step: &str) -> (Solution, Ask) {
    let mut solution = solve(problem);
    if problem.x.is_empty() && !problem.norm.is_frozen() {
        // Nothing has no mean, for which kernels save 0.
        solution.mean.fill(0.0);
        solution.rstd.fill(0.0);
    }
    let mut take = |name: &str, place: fn(&mut Solution) -> &mut Bounded| {
        place(&mut solution).values = fixture.result(&format!("{step}{name}"))?;
        Some(())
    };
    take("y", |solution| &mut solution.y).unwrap();
    let ask = Ask {
        dx: take("dx", |solution| &mut solution.dx).is_some(),
        dweight: take("dweight", |solution| &mut solution.dweight).is_some(),
        dbias: take("dbias", |solution| &mut solution.dbias).is_some(),
        accumulate: false,
    };
    assert!(ask.dx && ask.dweight == problem.weight.is_some() && ask.dbias == problem.bias.is_some());
    (solution, ask)
}
