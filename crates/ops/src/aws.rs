//! AWS, reached as whoever calls is known there: the default chain of credentials, a profile, a region, an endpoint.
//!
//! Left out: what is asked of it.

use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use penstock_console::arguments::Target;
use penstock_stack::Environment;

/// Long enough for a slow line, short enough that a wrong endpoint is told while the person still looks.
const CONNECT: Duration = Duration::from_secs(5);

/// AWS, and who we are there.
#[derive(Debug, Clone)]
pub struct Aws {
    /// What clients are made of.
    pub config: SdkConfig,
    /// The account.
    pub account: Account,
}

/// Who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// The region that everything is asked for in.
    pub region: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The ARN of the caller.
    pub caller_arn: String,
    /// The emulator, where there is one.
    pub endpoint_url: Option<String>,
}

impl Aws {
    /// Reaches AWS, and asks who we are. An environment that pins its account or region is held to it.
    pub async fn connect(target: &Target, environment: &Environment) -> anyhow::Result<Self> {
        let config = config(target, environment).await?;
        let region = config
            .region()
            .map(ToString::to_string)
            .filter(|region| !region.is_empty())
            .context("no region: set `region` in the environment's [stack], or pass --region, or set AWS_REGION")?;
        credentials(&config, target).await?;
        let identity = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await;
        let identity =
            identity.map_err(|error| anyhow!("cannot ask AWS who we are: {}", crate::error::text(&error)))?;
        let caller_arn = identity.arn().unwrap_or_default().to_owned();
        let account = Account {
            id: identity.account().context("AWS told no account")?.to_owned(),
            partition: caller_arn.split(':').nth(1).filter(|name| !name.is_empty()).unwrap_or("aws").to_owned(),
            endpoint_url: config.endpoint_url().map(str::to_owned),
            region,
            caller_arn,
        };
        if let Some(pinned) = &environment.options.account_id
            && *pinned != account.id
        {
            bail!("these credentials are of the account {}, and stack.account_id is {pinned}", account.id);
        }
        Ok(Self { config, account })
    }

    /// S3, with the bucket in the path where it is an emulator: a name below loopback is none that resolves.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config);
        aws_sdk_s3::Client::from_conf(config.force_path_style(self.account.endpoint_url.is_some()).build())
    }
}

async fn config(target: &Target, environment: &Environment) -> anyhow::Result<SdkConfig> {
    let region = match (&target.region, &environment.options.region) {
        (Some(asked), Some(pinned)) if asked != pinned => bail!("--region is {asked}, and stack.region is {pinned}"),
        (asked, pinned) => asked.clone().or_else(|| pinned.clone()),
    };
    let http = aws_smithy_http_client::Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::Ring));
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.build_https())
        .retry_config(RetryConfig::adaptive().with_max_attempts(6))
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).build());
    if let Some(region) = region {
        loader = loader.region(Region::new(region));
    }
    if let Some(profile) = &target.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &target.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    Ok(loader.load().await)
}

/// Credentials, before anything is asked with them, so that what is wrong with them is said in words of its own.
async fn credentials(config: &SdkConfig, target: &Target) -> anyhow::Result<()> {
    let profile = target.profile.clone().or_else(|| std::env::var("AWS_PROFILE").ok());
    let named = profile.map(|name| format!(" --profile {name}")).unwrap_or_default();
    let advice = format!("set AWS_PROFILE or pass --profile, or sign in with `aws sso login{named}`");
    let provider = config.credentials_provider().with_context(|| format!("no credentials: {advice}"))?;
    match provider.provide_credentials().await {
        Ok(_) => Ok(()),
        Err(error) => bail!("no credentials that work: {}: {advice}", crate::error::chain(&error)),
    }
}
