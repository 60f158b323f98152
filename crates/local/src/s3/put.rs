//! A plain put without HTTP, for what AWS itself writes into a bucket.

use std::collections::BTreeSet;

use super::checksum::{Digests, hex};
use super::document::{Attributes, ChecksumType};
use super::error::StoreError;
use super::key::Key;
use super::objects::{Commit, Condition};
use super::spool::{Spool, blocking};
use super::store::FolderStore;

impl FolderStore {
    /// Stores a JSON document; one with this key is replaced.
    ///
    /// # Errors
    ///
    /// When there is no such bucket, no such key can be, or the folder cannot be written to.
    pub async fn put_json(&self, bucket: &str, key: &str, body: Vec<u8>) -> Result<(), StoreError> {
        let (store, bucket, key) = (self.clone(), bucket.to_owned(), Key::new(key)?);
        let put = move || {
            let mut spool = Spool::create(&store.temporary(), Digests::new(&BTreeSet::new()))?;
            spool.write(&body)?;
            let spooled = spool.finish()?;
            let attributes = Attributes { content_type: Some("application/json".to_owned()), ..Attributes::default() };
            store.commit(Commit {
                bucket,
                key,
                etag: hex(&spooled.digested.md5),
                checksums: spooled.digested.checksums.clone(),
                checksum_type: ChecksumType::FullObject,
                part_bytes: Vec::new(),
                attributes,
                condition: Condition::None,
                spooled,
            })
        };
        blocking(put).await.map(drop)
    }
}
