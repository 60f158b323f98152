//! Event source mappings, as Lambda has them.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::EventSourceMappingConfiguration;

use crate::error::{self, Asked as _};

/// The mappings of a function from Kinesis streams; none where there is no such function. One that is being deleted is
/// none.
pub async fn of_function(client: &Client, function: &str) -> anyhow::Result<Vec<EventSourceMappingConfiguration>> {
    let mut pages = client.list_event_source_mappings().function_name(function).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = match page {
            Err(error) if error::code(&error) == Some("ResourceNotFoundException") => return Ok(found),
            page => page.asked(format_args!("list the event source mappings of the function {function}"))?,
        };
        let is_ours = |mapping: &&EventSourceMappingConfiguration| {
            let is_kinesis = mapping.event_source_arn().is_some_and(|arn| arn.split(':').nth(2) == Some("kinesis"));
            is_kinesis && mapping.state() != Some("Deleting") && mapping.uuid().is_some()
        };
        found.extend(page.event_source_mappings().iter().filter(is_ours).cloned());
    }
    Ok(found)
}
