//! What of an environment is there: what goes, and what stays.

use penstock_console::arguments::{DestroyArguments, Engine};
use penstock_console::screen;
use penstock_stack::stack::StreamSource;

use crate::bucket::{self, Content};
use crate::cloudformation::{self, Deployed};
use crate::deployment::Deployment;
use crate::terraform::state;
use crate::{artifact, error};

/// What an engine made.
#[derive(Debug)]
pub enum Built {
    /// A stack of CloudFormation.
    Stack(Deployed),
    /// What Terraform's state has.
    State,
}

/// What is there.
#[derive(Debug)]
pub struct Inventory {
    /// All that holds no data.
    pub built: Option<Built>,
    /// The environment's own buckets; none where there is no such bucket.
    pub buckets: Vec<(String, Option<Content>)>,
    /// Whether the environment's own stream is there.
    pub has_stream: bool,
    /// Whether its code is there.
    pub has_artifacts: bool,
    /// The stream's name.
    stream: String,
}

impl Inventory {
    /// Looks.
    pub async fn take(deployment: &Deployment) -> anyhow::Result<Self> {
        let client = aws_sdk_cloudformation::Client::new(&deployment.aws.config);
        let stack = cloudformation::describe(&client, deployment.name()).await?;
        let s3 = deployment.aws.s3();
        let mut buckets = Vec::new();
        for own in &deployment.stack.buckets {
            buckets.push((own.name.clone(), bucket::content(&s3, &own.name).await?));
        }
        let stream = deployment.environment.stream.name.clone();
        let has_stream = match &deployment.stack.stream {
            StreamSource::Existing(_) => false,
            StreamSource::Own(_) => {
                let kinesis = aws_sdk_kinesis::Client::new(&deployment.aws.config);
                match kinesis.describe_stream_summary().stream_name(&stream).send().await {
                    Ok(_) => true,
                    Err(error) if error::code(&error) == Some("ResourceNotFoundException") => false,
                    Err(error) => anyhow::bail!("cannot look for the stream {stream}: {}", error::text(&error)),
                }
            }
        };
        let has_artifacts = artifact::has_code(&deployment.aws, deployment.name()).await?;
        let built = match stack.filter(|stack| stack.status != "DELETE_COMPLETE") {
            Some(stack) => Some(Built::Stack(stack)),
            None if state::is_there(&deployment.aws, deployment.name()).await? => Some(Built::State),
            None => None,
        };
        Ok(Self { built, buckets, has_stream, has_artifacts, stream })
    }

    /// The buckets that are there and are to be purged.
    pub fn purged<'i>(&'i self, arguments: &'i DestroyArguments) -> impl Iterator<Item = &'i str> {
        let there = self.buckets.iter().filter(|(_, content)| content.is_some());
        there.map(|(name, _)| name.as_str()).filter(|name| arguments.purge.iter().any(|purged| purged == name))
    }

    /// Why an engine must not begin here; none where it may, or where nobody named one.
    pub fn is_of_other_engine(&self, engine: Option<Engine>) -> Option<String> {
        match (engine?, self.built.as_ref()?) {
            (Engine::Terraform, Built::Stack(_)) => {
                Some("it is deployed with CloudFormation: leave --engine out".to_owned())
            }
            (Engine::Cloudformation, Built::State) => {
                Some("it is deployed with Terraform: leave --engine out".to_owned())
            }
            _ => None,
        }
    }

    /// Whether the command has anything to do. The code goes with the data.
    pub fn removes_anything(&self, arguments: &DestroyArguments, purges_data: bool) -> bool {
        self.built.is_some()
            || self.purged(arguments).next().is_some()
            || (arguments.delete_stream && self.has_stream)
            || (purges_data && self.has_artifacts)
    }

    /// What goes and what stays, a line each.
    pub fn lines(&self, arguments: &DestroyArguments) -> Vec<String> {
        let mut lines = Vec::new();
        let what = self.built.as_ref().map(|built| match built {
            Built::Stack(stack) => format!("the stack, in {}", stack.status),
            Built::State => "what Terraform's state has".to_owned(),
        });
        lines.extend(what.map(|what| {
            format!(" goes     {what}: function, role, event source mapping, log group, alarms, dashboard")
        }));
        for (name, content) in &self.buckets {
            let Some(content) = content else { continue };
            let verb = if arguments.purge.contains(name) { "goes " } else { "stays" };
            lines.push(format!(" {verb}    the bucket {name}: {}", told(content)));
        }
        if self.has_stream {
            let verb = if arguments.delete_stream { "goes " } else { "stays" };
            lines.push(format!(" {verb}    the stream {}, with its records", self.stream));
        }
        lines
    }
}

/// What lies in a bucket, in words.
pub fn told(content: &Content) -> String {
    if content.is_empty() {
        return "nothing lies in it".to_owned();
    }
    let uploads = match content.uploads {
        0 => String::new(),
        uploads => format!(", {} unfinished uploads", screen::number(uploads)),
    };
    let more = if content.is_more { "more than " } else { "" };
    let (objects, versions) = (screen::number(content.objects), screen::number(content.versions));
    format!("{more}{objects} objects ({versions} versions and marks), {}{uploads}", screen::bytes(content.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_a_bucket_is_counted() {
        let content = |objects, versions, uploads| Content { objects, versions, bytes: 2_048, uploads, is_more: false };
        for (content, words) in [
            (Content::default(), "nothing lies in it"),
            (content(1_500, 1_600, 0), "1,500 objects (1,600 versions and marks), 2.0 KB"),
            (content(0, 0, 2), "0 objects (0 versions and marks), 2.0 KB, 2 unfinished uploads"),
            (
                Content { is_more: true, ..content(100_000, 100_000, 0) },
                "more than 100,000 objects (100,000 versions and marks), 2.0 KB",
            ),
        ] {
            assert_eq!(told(&content), words);
        }
    }
}
