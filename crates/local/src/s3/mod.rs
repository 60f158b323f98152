//! S3 in miniature: the protocol of [`s3s`] over a store of ours, whose objects are plain files.
//!
//! Responsible for what a function that writes to S3, and the people and tools that look at what it wrote, need:
//! objects with their metadata, conditional writes of which exactly one wins, checksums that are really checked,
//! multipart uploads, copies, and lists in S3's order. Objects lie at `ROOT/<bucket>/<key>`; everything else is kept
//! beside them, so `ls`, `cat` and `zcat` are enough to read a bucket, and a file that a person puts there is an
//! object too.
//!
//! Left out: versions, access rules, changing the tags of an object that is there, locks, lifecycle, encryption (its
//! headers are kept and returned, and no key is looked for), storage classes (their names are), and durability: nothing
//! is synced, so a crash of the machine, not of the process, may lose what was written last.
//! A file system that takes names for equal which differ in case cannot hold keys that do.

mod checksum;
mod document;
mod error;
mod faults;
mod key;
mod listing;
mod objects;
mod owner;
mod protocol;
mod put;
mod server;
mod spool;
mod store;
mod tags;
mod uploads;

pub use error::StoreError;
pub use faults::PutFaults;
pub use server::{Credentials, serve};
pub use store::FolderStore;
