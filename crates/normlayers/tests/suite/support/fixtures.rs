//! What other frameworks gave, as scripts/make-fixtures.py keeps it: a file of cases, each with its tensors by name.

use std::fs;

use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

/// One case: what its writer says about it, and its tensors.
pub struct Fixture<'a> {
    pub about: &'a Value,
    tensors: &'a SafeTensors<'a>,
    index: usize,
}

impl Fixture<'_> {
    fn bytes(&self, name: &str, dtype: Dtype) -> Option<&[u8]> {
        let tensor = self.tensors.tensor(&format!("{}.{name}", self.index)).ok()?;
        assert_eq!(tensor.dtype(), dtype, "{name} of {}", self.about);
        Some(tensor.data())
    }

    /// A tensor in f32, as inputs are kept, where the case has it.
    pub fn input(&self, name: &str) -> Option<Vec<f32>> {
        let (chunks, []) = self.bytes(name, Dtype::F32)?.as_chunks() else { panic!("{name} is cut off") };
        Some(chunks.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
    }

    /// A tensor in f64, as results are kept, where the case has it.
    pub fn result(&self, name: &str) -> Option<Vec<f64>> {
        let (chunks, []) = self.bytes(name, Dtype::F64)?.as_chunks() else { panic!("{name} is cut off") };
        Some(chunks.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect())
    }

    pub fn text(&self, key: &str) -> &str {
        self.about[key].as_str().unwrap()
    }

    pub fn number(&self, key: &str) -> Option<f64> {
        self.about[key].as_f64()
    }

    /// Whether a thing is so; what is not said is not.
    pub fn is(&self, key: &str) -> bool {
        self.about[key].as_bool().unwrap_or(false)
    }

    pub fn sizes(&self, key: &str) -> Option<Vec<usize>> {
        let size = |value: &Value| value.as_u64().unwrap() as usize;
        Some(self.about[key].as_array()?.iter().map(size).collect())
    }
}

/// Gives the cases of a file one by one, and says how many there were.
pub fn each_fixture(name: &str, mut check: impl FnMut(Fixture<'_>)) -> usize {
    let path = format!("{}/../../tests/fixtures/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let about: Value = serde_json::from_str(&metadata.metadata().as_ref().unwrap()["fixtures"]).unwrap();
    let tensors = &SafeTensors::deserialize(&bytes).unwrap();
    let cases = about["cases"].as_array().unwrap();
    cases.iter().enumerate().for_each(|(index, about)| check(Fixture { about, tensors, index }));
    cases.len()
}
