//! A deployment before it has begun: the environment, what it would be as a stack, and where.

use std::collections::BTreeMap;

use anyhow::Context as _;
use penstock_console::arguments::Target;
use penstock_console::environment_file::EnvironmentFile;
use penstock_stack::stack::Parameter;
use penstock_stack::{Environment, Stack, cloudformation};

use crate::artifact;
use crate::aws::{Account, Aws};
use crate::banner;
use crate::code::CodeHash;

/// An environment, and AWS.
#[derive(Debug)]
pub struct Deployment {
    /// The file.
    pub file: EnvironmentFile,
    /// What it says.
    pub environment: Box<Environment>,
    /// What it is as a stack.
    pub stack: Stack,
    /// AWS.
    pub aws: Aws,
}

impl Deployment {
    /// Reads the environment, reaches AWS, and says where that is.
    pub async fn open(target: &Target) -> anyhow::Result<Self> {
        let file = EnvironmentFile::read(&target.environment)?;
        // Boxed, because every command's future holds it.
        let environment =
            Box::new(Environment::parse_with(&file.text, |path| file.read_beside(path)).with_context(|| file.shown())?);
        let stack = Stack::of(&environment);
        let aws = Aws::connect(target, &environment).await?;
        if !target.json {
            banner::show(&aws.account, &file.name, &environment.options.stack_name);
        }
        Ok(Self { file, environment, stack, aws })
    }

    /// The stack's name.
    pub fn name(&self) -> &str {
        &self.environment.options.stack_name
    }

    /// The role that CloudFormation takes for the resources.
    pub fn role_arn(&self) -> Option<&str> {
        self.environment.options.service_role_arn.as_deref()
    }

    /// Who we are.
    pub const fn account(&self) -> &Account {
        &self.aws.account
    }

    /// The template.
    pub fn template(&self) -> String {
        cloudformation::render(&self.stack)
    }

    /// The parameters, with this code.
    pub fn parameters(&self, code: CodeHash) -> BTreeMap<&'static str, String> {
        let value = |parameter: &Parameter| match parameter {
            Parameter::CodeBucket => artifact::bucket_name(self.account()),
            Parameter::CodeKey => artifact::key(self.name(), code),
            Parameter::CodeSha256 => code.base64(),
            Parameter::AlarmTopicArn => self.environment.options.alarm_topic_arn.clone().unwrap_or_default(),
        };
        Parameter::ALL.iter().map(|parameter| (parameter.name(), value(parameter))).collect()
    }
}
