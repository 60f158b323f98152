//! Where a command acts: said first, always.

use penstock_console::screen;

use crate::aws::Account;

/// Says account, region, environment and stack, on one line.
pub fn show(account: &Account, environment: &str, stack: &str) {
    screen::progress(line(account, environment, stack));
}

fn line(account: &Account, environment: &str, stack: &str) -> String {
    let Account { id, region, endpoint_url, .. } = account;
    let endpoint = endpoint_url.as_ref().map(|url| format!("  at {url}")).unwrap_or_default();
    format!(" account  {id}  region {region}  environment {environment}  stack {stack}{endpoint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emulator_is_named() {
        let mut account = Account {
            id: "123456789012".into(),
            region: "eu-west-1".into(),
            partition: "aws".into(),
            caller_arn: String::new(),
            endpoint_url: None,
        };
        let told = " account  123456789012  region eu-west-1  environment dev  stack clicks";
        assert_eq!(line(&account, "dev", "clicks"), told);
        account.endpoint_url = Some("http://127.0.0.1:5000".into());
        assert_eq!(line(&account, "dev", "clicks"), format!("{told}  at http://127.0.0.1:5000"));
    }
}
