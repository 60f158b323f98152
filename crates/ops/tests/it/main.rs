//! The conversation, against answers of AWS's that are scripted here: what an emulator does not do. The real SDK asks
//! over loopback, and `penstock-ops` itself is what runs.

mod costing;
mod deploying;
mod destroying;
mod replaying;
mod service;
mod terraforming;
mod transcript;
