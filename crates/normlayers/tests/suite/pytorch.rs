//! Every norm gives what PyTorch gives in f64 for the same input, within the bounds of the library: y, and all
//! gradients.

use crate::support::*;

/// The norm of a case: its channels are on axis 1, or on the last.
fn norm_of(fixture: &Fixture<'_>) -> Norm {
    let shape = fixture.sizes("shape").unwrap();
    if let Some(normalized) = fixture.sizes("normalizedShape") {
        let (len, leading) = (normalized.iter().product(), shape.len() - normalized.len());
        let rows = shape[..leading].iter().product();
        return if fixture.text("op") == "rmsNorm" { rms(rows, len) } else { layer(rows, len) };
    }
    let last = fixture.is("channelsLast");
    let n = shape[0];
    let c = if last { shape[shape.len() - 1] } else { shape[1] };
    let s = if last { shape[1..shape.len() - 1].iter().product() } else { shape[2..].iter().product() };
    match (fixture.text("op"), fixture.is("frozen")) {
        ("batchNorm" | "instanceNorm", true) if last => frozen_last(n, s, c),
        ("batchNorm" | "instanceNorm", true) => frozen(n, c, s),
        ("batchNorm", false) if last => batch_last(n, s, c),
        ("batchNorm", false) => batch(n, c, s),
        ("instanceNorm", false) => Norm::Instance { n, c, s, last },
        ("groupNorm", _) => Norm::Group { n, c, s, groups: fixture.number("numGroups").unwrap() as usize, last },
        (op, _) => panic!("no norm is called {op}"),
    }
}

fn problem_of(fixture: &Fixture<'_>) -> Problem {
    let input = |name: &str| fixture.input(name).unwrap_or_default();
    Problem {
        name: fixture.about.to_string(),
        norm: norm_of(fixture),
        eps: fixture.number("eps").unwrap(),
        x: input("x"),
        dy: input("dy"),
        weight: fixture.input("weight"),
        bias: fixture.input("bias"),
        running_mean: input("running_mean"),
        running_var: input("running_var"),
    }
}

/// Our bounds around their results. A parameter that is not there has a gradient here, and none in PyTorch.
fn solution_of(fixture: &Fixture<'_>, problem: &Problem) -> (Solution, Ask) {
    let mut solution = solve(problem);
    if problem.x.is_empty() && !problem.norm.is_frozen() {
        // Nothing has no mean, for which kernels save 0.
        solution.mean.fill(0.0);
        solution.rstd.fill(0.0);
    }
    let mut take = |name: &str, place: fn(&mut Solution) -> &mut Bounded| {
        let values = fixture.result(name)?;
        place(&mut solution).values = values;
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

fn check(op: &str) {
    let cases = each_fixture(&format!("torch-{op}"), |fixture| {
        let problem = problem_of(&fixture);
        let (solution, ask) = solution_of(&fixture, &problem);
        let saved = assert_solves_forward(&problem, &solution);
        assert_solves_backward(&problem, &solution, &saved, ask, Place::default());
    });
    assert!(cases > 80, "{cases} cases of {op}");
}

#[test]
fn layer_norm() {
    check("layerNorm");
}

#[test]
fn rms_norm() {
    check("rmsNorm");
}

#[test]
fn batch_norm() {
    check("batchNorm");
}

#[test]
fn group_norm() {
    check("groupNorm");
}

#[test]
fn instance_norm() {
    check("instanceNorm");
}
