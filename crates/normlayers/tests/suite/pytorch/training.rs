//! Several steps of training, with running statistics after each, are PyTorch's; so are steps that take those for
//! constants.

use normlayers::Running;

use super::{norm_of, problem_of, solution_of};
use crate::support::*;

struct State {
    mean: Vec<f32>,
    var: Vec<f32>,
    /// Steps that updated them.
    count: f64,
}

fn train(fixture: &Fixture<'_>, shape: &[usize], step: &str, state: &mut State) {
    let problem = problem_of(fixture, norm_of(fixture, shape, false), step, [None, None]);
    let (solution, ask) = solution_of(fixture, &problem, step);
    state.count += 1.0;
    // The cumulative average has no momentum of its own.
    let momentum = fixture.number("momentum").unwrap_or(1.0 / state.count);
    let running = Running { mean: &mut state.mean, var: &mut state.var, momentum, unbiased: true };
    let Forward { y, saved } = forward_with(&problem, Place::default(), true, Some(running));
    assert_close(&y, &solution.y, || format!("y of {}", problem.case()));
    assert_solves_backward(&problem, &solution, &saved, ask, Place::default());
}

fn evaluate(fixture: &Fixture<'_>, shape: &[usize], step: &str, state: &mut State) {
    // Both sides evaluate from the same statistics, those that f32 holds.
    let before = ["mean_before", "var_before"].map(|name| fixture.input(&format!("{step}{name}")));
    let problem = problem_of(fixture, norm_of(fixture, shape, true), step, before);
    let (solution, ask) = solution_of(fixture, &problem, step);
    let saved = assert_solves_forward(&problem, &solution);
    assert_solves_backward(&problem, &solution, &saved, ask, Place::default());
    (state.mean, state.var) = (problem.running_mean, problem.running_var);
}

#[test]
fn several_steps() {
    let cases = each_fixture("torch-training", |fixture| {
        let shape = fixture.sizes("shape").unwrap();
        let channels = fixture.result("0.running_mean").unwrap().len();
        let mut state = State { mean: vec![0.0; channels], var: vec![1.0; channels], count: 0.0 };
        for (k, mode) in fixture.about["modes"].as_array().unwrap().iter().enumerate() {
            let step = format!("{k}.");
            match mode.as_str().unwrap() {
                "train" => train(&fixture, &shape, &step, &mut state),
                "empty" => train(&fixture, &[&[0], &shape[1..]].concat(), &step, &mut state),
                "frozen" => evaluate(&fixture, &shape, &step, &mut state),
                mode => panic!("no mode is called {mode}"),
            }
            let [mean, var] = ["running_mean", "running_var"].map(|name| fixture.result(&format!("{step}{name}")));
            let case = format!("step {k} of {}", fixture.about);
            assert_running(&state.mean, &state.var, &mean.unwrap(), &var.unwrap(), &case);
        }
    });
    assert!(cases > 50, "{cases} cases");
}
