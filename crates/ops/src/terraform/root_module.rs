//! What stands beside the rendering in a root module: where the state lies, which account and region, what is imported
//! and what is let go. As JSON, which Terraform reads like HCL.

use penstock_stack::terraform::{AWS_PROVIDER, AWS_PROVIDER_VERSIONS};
use serde_json::{Value, json};

use crate::artifact;
use crate::aws::Account;

/// The key of a stack's state in the bucket of the code, beside its code.
pub fn state_key(stack: &str) -> String {
    format!("{stack}/terraform.tfstate")
}

/// What stands in it.
#[derive(Debug, Clone, Copy)]
pub struct Beside<'b> {
    /// Which account and region.
    pub account: &'b Account,
    /// Whose state; none where there is no bucket to keep it in yet.
    pub state_of: Option<&'b str>,
    /// Whether there is no rendering, which else names the provider.
    pub is_alone: bool,
    /// Addresses and ids of what is there, and is to be taken into the state.
    pub imports: &'b [(String, String)],
    /// Addresses of what is to be let go of, and stays.
    pub kept: &'b [String],
}

impl Beside<'_> {
    /// The file's text.
    pub fn text(&self) -> String {
        let mut settings = json!({});
        if self.is_alone {
            settings["required_providers"] = json!({"aws": {"source": AWS_PROVIDER, "version": AWS_PROVIDER_VERSIONS}});
        }
        // Named also where nothing is kept yet: from one that is named to none at all `init` does not find back.
        settings["backend"] = match self.state_of {
            Some(stack) => json!({"s3": self.backend(stack)}),
            None => json!({"local": {}}),
        };
        let mut module = json!({"terraform": settings, "provider": {"aws": self.provider()}});
        if !self.imports.is_empty() {
            module["import"] = self.imports.iter().map(|(to, id)| json!({"to": to, "id": id})).collect();
        }
        if !self.kept.is_empty() {
            let kept = |from: &String| json!({"from": from, "lifecycle": {"destroy": false}});
            module["removed"] = self.kept.iter().map(kept).collect();
        }
        format!("{module:#}\n")
    }

    /// The state lies in the bucket of the code: versioned, encrypted and nobody else's. The lock is an object beside it.
    fn backend(&self, stack: &str) -> Value {
        let mut backend = json!({
            "bucket": artifact::bucket_name(self.account),
            "key": state_key(stack),
            "region": self.account.region,
            "encrypt": true,
            "use_lockfile": true,
        });
        match &self.account.endpoint_url {
            None => backend["allowed_account_ids"] = json!([self.account.id]),
            Some(url) => {
                backend["endpoints"] = json!({"s3": url, "sts": url, "iam": url});
                for name in ["use_path_style", "skip_credentials_validation", "skip_requesting_account_id"] {
                    backend[name] = json!(true);
                }
            }
        }
        backend
    }

    /// Credentials are found as everywhere. Those of another account are refused, also by Terraform.
    fn provider(&self) -> Value {
        let mut provider = json!({"region": self.account.region, "allowed_account_ids": [self.account.id]});
        if self.account.endpoint_url.is_some() {
            for name in ["s3_use_path_style", "skip_credentials_validation", "skip_metadata_api_check"] {
                provider[name] = json!(true);
            }
        }
        provider
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(endpoint_url: Option<&str>) -> Account {
        Account {
            id: "123456789012".into(),
            region: "eu-west-1".into(),
            partition: "aws".into(),
            caller_arn: String::new(),
            endpoint_url: endpoint_url.map(str::to_owned),
        }
    }

    fn read(beside: Beside<'_>) -> Value {
        serde_json::from_str(&beside.text()).unwrap()
    }

    #[test]
    fn the_state_is_locked_and_of_this_account_alone() {
        let account = account(None);
        let module =
            read(Beside { account: &account, state_of: Some("clicks"), is_alone: false, imports: &[], kept: &[] });
        assert_eq!(
            module["terraform"]["backend"]["s3"],
            json!({
                "bucket": "penstock-artifacts-123456789012-eu-west-1",
                "key": "clicks/terraform.tfstate",
                "region": "eu-west-1",
                "encrypt": true,
                "use_lockfile": true,
                "allowed_account_ids": ["123456789012"],
            })
        );
        assert_eq!(module["provider"]["aws"], json!({"region": "eu-west-1", "allowed_account_ids": ["123456789012"]}));
        assert_eq!((module.get("import"), module.get("removed")), (None, None));
        assert_eq!(module["terraform"].get("required_providers"), None, "the rendering names it");
    }

    #[test]
    fn what_is_there_is_imported_and_what_holds_data_is_let_go() {
        let account = account(Some("http://127.0.0.1:1"));
        let imports = [("aws_s3_bucket.data_bucket".to_owned(), "acme".to_owned())];
        let kept = ["aws_kinesis_stream.stream".to_owned()];
        let module = read(Beside { account: &account, state_of: None, is_alone: true, imports: &imports, kept: &kept });
        assert_eq!(module["terraform"]["backend"], json!({"local": {}}));
        assert_eq!(module["terraform"]["required_providers"]["aws"]["source"], "hashicorp/aws");
        assert_eq!(module["import"], json!([{"to": "aws_s3_bucket.data_bucket", "id": "acme"}]));
        assert_eq!(module["removed"], json!([{"from": "aws_kinesis_stream.stream", "lifecycle": {"destroy": false}}]));
        assert_eq!(module["provider"]["aws"]["s3_use_path_style"], true);
    }
}
