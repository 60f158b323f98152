//! The stack as a Terraform root module in HCL, with attributes that versions 5.100 and 6 of the aws provider have.
//!
//! Policies are `jsonencode`d, so that a plan shows what changes in them and nothing else. What must not be lost has
//! `prevent_destroy`: a `terraform destroy` then fails before it has done anything.

mod bucket;
mod hcl;
mod resources;
mod time;
mod values;

use hcl::Block;

use crate::stack::{BucketId, Output, Parameter, Stack};

/// Where the provider is published.
pub const AWS_PROVIDER: &str = "hashicorp/aws";

/// Versions of the provider: from the oldest that the attributes were checked with to below the first that may have
/// others.
pub const AWS_PROVIDER_VERSIONS: &str = ">= 5.100, < 7";

/// The variable of each parameter.
pub const VARIABLES: [(Parameter, &str); Parameter::ALL.len()] = {
    let mut all = [(Parameter::CodeBucket, ""); Parameter::ALL.len()];
    let mut place = 0;
    while place < all.len() {
        all[place] = (Parameter::ALL[place], values::variable(Parameter::ALL[place]));
        place += 1;
    }
    all
};

const HEADER: &str = "# Rendered by `cargo xtask render` from an environment file; a change here is lost.\n";

/// The text of `main.tf`.
pub fn render(stack: &Stack) -> String {
    let resources = resources::all_of(stack);
    let rendered: String =
        resources.iter().map(Block::text).chain(stack.outputs.iter().map(|own| output(own).text())).collect();
    let used = |address: &str| rendered.contains(&format!("data.{address}."));
    let data = [["aws_caller_identity", "current"], ["aws_partition", "current"], ["aws_region", "current"]];
    let data = data.into_iter().filter(|labels| used(&labels.join("."))).map(|labels| Block::new("data", labels));
    let mut blocks = vec![settings()];
    blocks.extend(Parameter::ALL.into_iter().map(variable));
    blocks.extend(data);
    blocks.extend(resources);
    blocks.extend(stack.outputs.iter().map(output));
    let texts: Vec<String> = blocks.iter().map(Block::text).collect();
    format!("{HEADER}\n{}", texts.join("\n"))
}

/// The address of the stream.
pub const fn stream_address() -> &'static str {
    "aws_kinesis_stream.stream"
}

/// The address of a bucket.
pub fn bucket_address(id: BucketId) -> String {
    format!("aws_s3_bucket.{}", values::bucket_name(id))
}

fn settings() -> Block {
    let aws = format!("{{\n  source  = \"{AWS_PROVIDER}\"\n  version = \"{AWS_PROVIDER_VERSIONS}\"\n}}");
    Block::new("terraform", [])
        .with("required_version", ">= 1.6")
        .block(Block::new("required_providers", []).expression("aws", aws))
}

fn variable(parameter: Parameter) -> Block {
    Block::new("variable", [values::variable(parameter)])
        .expression("type", "string")
        .with("description", parameter.description())
        .with_some("default", parameter.default())
}

fn output(output: &Output) -> Block {
    Block::new("output", [snake(output.name).as_str()])
        .with("description", output.description)
        .with("value", output.value.clone())
}

/// `CodeSha256` as `code_sha256`.
fn snake(pascal: &str) -> String {
    let mut out = String::new();
    for c in pascal.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
