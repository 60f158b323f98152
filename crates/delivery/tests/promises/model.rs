//! What must come out, said as plainly as it can be: every record on its own, everything copied.

use penstock_delivery::{DeliveryConfig, DeliveryPlan};
use penstock_format::{Lines, ParsedErrorRecord};

use crate::batches::Written;

/// What became of a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Model {
    pub outputs: Vec<Vec<u8>>,
    pub failed: Vec<(u128, Vec<u8>)>,
    pub kept: u64,
    pub dropped: u64,
}

pub fn model(batch: &[Written]) -> Model {
    let mut model = Model::default();
    for record in batch {
        let before = model.outputs.len();
        match record.data.first() {
            Some(b'd' | b'n') => {}
            Some(b'f' | b'p') => {
                model.failed.push((record.sequence_number, record.data.clone()));
                continue;
            }
            Some(b's') => model.outputs.extend(record.data[1..].split(|&b| b == b',').map(<[u8]>::to_vec)),
            Some(b'u') => model.outputs.push(record.data.to_ascii_uppercase()),
            _ => model.outputs.push(record.data.clone()),
        }
        if model.outputs.len() == before { model.dropped += 1 } else { model.kept += 1 }
    }
    model
}

/// The body that the model's outputs make, delimiter by delimiter.
pub fn framed(config: &DeliveryConfig, model: &Model) -> Vec<u8> {
    let Lines { framing, .. } = &config.lines;
    let mut body = Vec::new();
    for output in &model.outputs {
        body.extend_from_slice(output);
        body.extend_from_slice(framing.suffix());
    }
    if matches!(framing, penstock_format::Framing::Between(_)) && !model.outputs.is_empty() {
        body.truncate(body.len() - framing.suffix().len());
    }
    body
}

/// The decompressed bodies of the data objects, one after the other.
pub fn bodies(config: &DeliveryConfig, plan: &DeliveryPlan) -> Vec<Vec<u8>> {
    let Lines { compression, .. } = &config.lines;
    plan.objects.iter().map(|object| compression.decompress(&object.body, 1 << 30).unwrap()).collect()
}

/// What the error objects hold: sequence number and raw data.
pub fn failures(config: &DeliveryConfig, plan: &DeliveryPlan) -> Vec<(u128, Vec<u8>)> {
    let Lines { compression, .. } = &config.lines;
    let mut failures = Vec::new();
    for object in &plan.error_objects {
        let body = compression.decompress(&object.body, 1 << 30).unwrap();
        for line in std::str::from_utf8(&body).unwrap().lines() {
            let document = ParsedErrorRecord::parse(line.as_bytes()).unwrap();
            let number = document.sequence_number.unwrap().as_str().parse().unwrap();
            failures.push((number, document.raw_data));
        }
    }
    failures
}
