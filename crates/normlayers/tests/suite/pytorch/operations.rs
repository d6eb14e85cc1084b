//! Every norm gives what PyTorch gives for one call, forward and backward.

use super::{problem_of, solution_of};
use crate::support::*;

fn check(op: &str) {
    let cases = each_fixture(&format!("torch-{op}"), |fixture| {
        let norm = super::norm_of(&fixture, &fixture.sizes("shape").unwrap(), fixture.is("frozen"));
        let running = ["running_mean", "running_var"].map(|name| fixture.input(name));
        let problem = problem_of(&fixture, norm, "", running);
        let (solution, ask) = solution_of(&fixture, &problem, "");
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
