//! `cost`: without CloudWatch nothing is asked of AWS, and the screen is kept word by word.

use serde_json::Value;

use crate::service::{Script, Service};
use crate::transcript;

const LOAD: [&str; 5] = ["cost", "--rate", "976.5625", "--shards", "2"];

#[tokio::test]
async fn the_screen_explains_each_figure_and_asks_nothing_of_aws() {
    let service = Service::start(Script::new()).await;
    let (exit, said) =
        service.run(&[&LOAD[..], &["--explain", "--kms", "bucket-key", "--partitions", "3"]].concat()).await;
    assert_eq!(exit, 0, "{said}");
    transcript::same("cost", &said);
    assert_eq!(service.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_file_of_prices_is_laid_over_them() {
    let service = Service::start(Script::new()).await;
    let path = service.path("prices.toml");
    let path = path.to_str().unwrap();
    let dollars = async |text: &str| {
        std::fs::write(path, text).unwrap();
        let (exit, said) = service.run(&[&LOAD[..], &["--json", "--prices", path]].concat()).await;
        let told: Value = serde_json::from_str(&said).unwrap_or(Value::String(said));
        (exit, told)
    };
    let (exit, told) = dollars("").await;
    assert_eq!(exit, 0, "{told}");
    let (exit, dear) = dollars("firehose_gb = [[0, 29]]\ndate = \"2030-01\"\n").await;
    assert_eq!((exit, &dear["prices"]["date"]), (0, &Value::from("2030-01")), "{dear}");
    let ingestion = |told: &Value| told["firehose"]["terms"][0]["dollars"].as_f64().unwrap();
    assert!((ingestion(&dear) / ingestion(&told) - 1_000.0).abs() < 1e-6);
    assert_eq!(dear["this"], told["this"]);
    let (exit, said) = dollars("firehose_bg = 1\n").await;
    assert!(exit == 1 && said.to_string().contains("the nearest is"), "{said}");
}

#[tokio::test]
async fn a_load_has_to_be_told() {
    let service = Service::start(Script::new()).await;
    for arguments in [&["cost"][..], &["cost", "--rate", "0"], &["cost", "--rate", "1", "--from-cloudwatch"]] {
        let (exit, said) = service.run(arguments).await;
        assert_eq!(exit, 64, "{arguments:?}: {said}");
    }
}
