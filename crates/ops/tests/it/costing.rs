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
async fn what_the_stream_took_is_asked_of_cloudwatch() {
    let summary = r#"{"StreamDescriptionSummary":{"StreamName":"clicks-dev","StreamARN":"a","StreamStatus":"ACTIVE",
        "RetentionPeriodHours":24,"StreamCreationTimestamp":1,"EnhancedMonitoring":[],"OpenShardCount":3}}"#;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let sums = |first: f64, second: f64| {
        let [older, newer] = [(now - 7_200, first), (now - 3_600, second)]
            .map(|(at, sum)| serde_json::json!({"Timestamp": at, "Sum": sum, "Unit": "Count"}));
        serde_json::json!({"Label": "Incoming", "Datapoints": [newer, older]}).to_string()
    };
    // Two hours of 10 records a second, of 2,000 bytes each; records are asked for before bytes.
    let (records, bytes) = (sums(36_000.0, 36_000.0), sums(72e6, 72e6));
    let script = Script::new()
        .answers("DescribeStreamSummary", &[summary])
        .answers("GetMetricStatistics", &[records.as_str(), bytes.as_str()]);
    let service = Service::start(script).await;
    let (exit, said) = service.run(&["cost", "--from-cloudwatch", "--json"]).await;
    assert_eq!(exit, 0, "{said}");
    let told: Value = serde_json::from_str(&said[said.find('{').unwrap()..]).unwrap();
    let rate = told["records_per_second"].as_f64().unwrap();
    assert!((9.9..=10.0).contains(&rate), "{rate}");
    assert_eq!((&told["record_bytes"], &told["shards"]), (&Value::from(2_000.0), &Value::from(3)));
    assert!(told["notes"].to_string().contains("the size is a mean"), "{told}");
    let asked = service.bodies("GetMetricStatistics");
    for words in ["IncomingRecords", "IncomingBytes", "AWS/Kinesis", "StreamName", "3600"] {
        assert!(asked.contains(words), "{words}: {asked}");
    }

    let nothing = r#"{"Label": "Incoming", "Datapoints": []}"#;
    let script = Script::new().answers("DescribeStreamSummary", &[summary]).answers("GetMetricStatistics", &[nothing]);
    let (exit, said) = Service::start(script).await.run(&["cost", "--from-cloudwatch"]).await;
    assert!(exit == 1 && said.contains("CloudWatch has no numbers of the stream"), "{said}");
}

#[tokio::test]
async fn a_load_has_to_be_told() {
    let service = Service::start(Script::new()).await;
    for arguments in [&["cost"][..], &["cost", "--rate", "0"], &["cost", "--rate", "1", "--from-cloudwatch"]] {
        let (exit, said) = service.run(arguments).await;
        assert_eq!(exit, 64, "{arguments:?}: {said}");
    }
}
