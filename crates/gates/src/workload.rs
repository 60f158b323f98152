//! What is delivered: three kinds of records from a seed, as events of Lambda's, as large as an event may be.
//!
//! The same kind and size are the same bytes on every machine.

use std::fmt::Write as _;

use crate::split_mix::SplitMix;

/// The largest event of Lambda's: 6 MiB.
pub const EVENT_BYTES_MAX: usize = 6 * 1024 * 1024;

/// Kinds of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Sensor events of some 98 bytes: most of the event is envelope.
    Sensors,
    /// Nested request logs of some 960 bytes.
    Requests,
    /// Blocks of web-log lines of some 100 KB: most of the event is data.
    Blocks,
}

impl Kind {
    /// Every kind, in the order of the tables' columns.
    pub const ALL: [Self; 3] = [Self::Sensors, Self::Requests, Self::Blocks];

    /// The letter of its column.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Sensors => "a",
            Self::Requests => "b",
            Self::Blocks => "c",
        }
    }

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Sensors => "sensor events of 98 bytes",
            Self::Requests => "request logs of 960 bytes",
            Self::Blocks => "blocks of log lines of 100 KB",
        }
    }

    fn record(self, random: &mut SplitMix, number: u64) -> String {
        match self {
            Self::Sensors => sensor(random, number),
            Self::Requests => request(random, number),
            Self::Blocks => block(random, number),
        }
    }
}

/// Records of one kind, and the event that brings them.
#[derive(Debug, Clone)]
pub struct Workload {
    /// The data of each record, in order. None ends with a newline.
    pub records: Vec<String>,
    /// The event, compact and with its fields in Lambda's order.
    pub event: String,
}

impl Workload {
    /// As many records as an event of so many bytes holds, but one at least.
    pub fn of(kind: Kind, event_bytes_max: usize) -> Self {
        let mut random = SplitMix::new(kind as u64 + 1);
        let mut sequence_number = 0_u128;
        let mut records = Vec::new();
        let mut event = String::from(HEAD);
        for number in 0.. {
            let record = kind.record(&mut random, number);
            sequence_number += 1 + u128::from(random.below(1_000));
            let before = event.len();
            push_record(&mut event, &record, sequence_number, &mut random);
            if event.len() + TAIL.len() > event_bytes_max && !records.is_empty() {
                event.truncate(before);
                break;
            }
            records.push(record);
        }
        event.push_str(TAIL);
        Self { records, event }
    }

    /// The first record alone.
    pub fn first(kind: Kind) -> Self {
        Self::of(kind, 0)
    }

    /// The body that a delivery makes of it.
    pub fn body(&self, framing: Framing) -> String {
        let mut body = self.records.join("\n");
        if framing == Framing::After {
            body.push('\n');
        }
        body
    }

    /// Bytes of the records' data.
    pub fn data_bytes(&self) -> usize {
        self.records.iter().map(String::len).sum()
    }
}

/// Where the newlines of an object stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// After every record: Penstock's default.
    After,
    /// Between records: what `join` does.
    Between,
}

const HEAD: &str = "{\"Records\":[";
const TAIL: &str = "]}";

/// The next record of an event, as Lambda writes it. Source: AWS Lambda developer guide, "Using AWS Lambda with Amazon
/// Kinesis".
fn push_record(event: &mut String, data: &str, sequence_number: u128, random: &mut SplitMix) {
    if !event.ends_with('[') {
        event.push(',');
    }
    let _ = write!(
        event,
        "{{\"kinesis\":{{\"kinesisSchemaVersion\":\"1.0\",\"partitionKey\":\"{:016x}\",\
         \"sequenceNumber\":\"495903382714902566085596925383615710{sequence_number:020}\",\"data\":\"",
        random.next()
    );
    event.push_str(&base64_simd::STANDARD.encode_to_string(data.as_bytes()));
    let _ = write!(
        event,
        "\",\"approximateArrivalTimestamp\":1764300000.{:03}}},\"eventSource\":\"aws:kinesis\",\"eventVersion\":\"1.0\",\
         \"eventID\":\"shardId-000000000006:495903382714902566085596925383615710{sequence_number:020}\",\
         \"eventName\":\"aws:kinesis:record\",\"invokeIdentityArn\":\"arn:aws:iam::123456789012:role/clicks-delivery\",\
         \"awsRegion\":\"eu-west-1\",\"eventSourceARN\":\"arn:aws:kinesis:eu-west-1:123456789012:stream/clicks\"}}",
        100 + random.below(900)
    );
}

fn sensor(random: &mut SplitMix, number: u64) -> String {
    format!(
        "{{\"device\":\"sensor-{:05}\",\"time\":{},\"temperature\":{}.{:02},\"humidity\":{},\"battery\":{}}}",
        random.below(20_000),
        1_764_300_000_000 + number * 17,
        10 + random.below(25),
        random.below(100),
        30 + random.below(60),
        random.below(100)
    )
}

const REGIONS: [&str; 6] = ["eu-west-1", "eu-central-1", "us-east-1", "us-west-2", "ap-northeast-1", "sa-east-1"];
const LEVELS: [&str; 5] = ["info", "info", "info", "warn", "error"];
const SERVICES: [&str; 6] = ["checkout", "catalogue", "search", "account", "payment", "shipping"];
const TIERS: [&str; 3] = ["bronze", "silver", "gold"];
const COUNTRIES: [&str; 6] = ["JP", "DE", "FR", "US", "BR", "GB"];
const METHODS: [&str; 4] = ["GET", "GET", "POST", "PUT"];
const STATUSES: [&str; 6] = ["200", "200", "200", "201", "404", "503"];
const TAGS: [&str; 6] = ["mobile", "desktop", "returning", "new", "campaign-autumn", "experiment-b"];
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
];
const MESSAGES: [&str; 4] = [
    "request served from the cache of the region after the primary did not answer in time",
    "order accepted and handed to the queue of the warehouse that is nearest to the customer",
    "price list was older than the limit, so the catalogue was asked for the prices of all items",
    "session was renewed with the token that the account service gave out before",
];

fn request(random: &mut SplitMix, number: u64) -> String {
    let milliseconds = number * 31;
    let mut text = format!(
        "{{\"timestamp\":\"2026-11-28T03:{:02}:{:02}.{:03}Z\",\"request_id\":\"{:016x}{:016x}\",\"level\":\"{}\",\
         \"region\":\"{}\",\"service\":\"{}\",\"customer\":{{\"id\":\"c-{:06}\",\"tier\":\"{}\",\"country\":\"{}\"}},",
        milliseconds / 60_000 % 60,
        milliseconds / 1_000 % 60,
        milliseconds % 1_000,
        random.next(),
        random.next(),
        random.of(&LEVELS),
        random.of(&REGIONS),
        random.of(&SERVICES),
        random.below(50_000),
        random.of(&TIERS),
        random.of(&COUNTRIES),
    );
    let _ = write!(
        text,
        "\"http\":{{\"method\":\"{}\",\"path\":\"/api/v2/orders/{}/items\",\"status\":{},\"bytes\":{},\
         \"duration_ms\":{}.{:03},\"user_agent\":\"{}\",\"referer\":\"https://shop.example.com/catalogue?page={}\"}},\
         \"trace\":{{\"trace_id\":\"{:016x}{:016x}\",\"span_id\":\"{:016x}\",\"sampled\":{}}},\"tags\":[\"{}\",\"{}\"],\
         \"items\":[",
        random.of(&METHODS),
        random.below(1_000_000),
        random.of(&STATUSES),
        random.below(60_000),
        random.below(400),
        random.below(1_000),
        random.of(&AGENTS),
        random.below(40),
        random.next(),
        random.next(),
        random.next(),
        random.below(10) == 0,
        random.of(&TAGS),
        random.of(&TAGS),
    );
    for item in 0..4 + random.below(3) {
        let comma = if item == 0 { "" } else { "," };
        let (sku, quantity) = (random.below(100_000), 1 + random.below(5));
        let (whole, cents) = (1 + random.below(200), random.below(100));
        let _ =
            write!(text, "{comma}{{\"sku\":\"sku-{sku:05}\",\"quantity\":{quantity},\"price\":{whole}.{cents:02}}}");
    }
    let _ = write!(text, "],\"message\":\"{}\"}}", random.of(&MESSAGES));
    text
}

/// Lines as a web server logs them, until there are 100 KB.
fn block(random: &mut SplitMix, number: u64) -> String {
    const BYTES: u64 = 100_000;
    let mut text = String::new();
    while (text.len() as u64) < BYTES {
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = write!(
            text,
            "{}.{}.{}.{} - - [28/Nov/2026:03:{:02}:{:02} +0000] \"{} /shop/{}/{} HTTP/1.1\" {} {} \"-\" \"{}\"",
            random.below(223) + 1,
            random.below(256),
            random.below(256),
            random.below(256),
            number % 60,
            random.below(60),
            random.of(&METHODS),
            random.of(&SERVICES),
            random.below(10_000),
            random.of(&STATUSES),
            random.below(60_000),
            random.of(&AGENTS),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_holds_its_records_and_is_as_large_as_it_may_be() {
        for (kind, mean) in [(Kind::Sensors, 90..105), (Kind::Requests, 930..990), (Kind::Blocks, 99_000..101_000)] {
            let workload = Workload::of(kind, 300_000);
            assert!(workload.event.len() <= 300_000, "{kind:?}");
            let size = workload.data_bytes() / workload.records.len();
            assert!(mean.contains(&size), "{kind:?}: {size}");
            let records = penstock_event::decode(workload.event.as_bytes(), b"\n").unwrap().unwrap();
            assert_eq!(records.len(), workload.records.len());
            assert!(workload.records.iter().all(|record| !record.ends_with('\n')));
            let next = Workload::of(kind, 300_000 + 140_000);
            assert_eq!(next.records[..workload.records.len()], workload.records, "{kind:?}: a longer one goes on");
        }
    }

    #[test]
    fn one_record_is_an_event_and_a_body() {
        let workload = Workload::first(Kind::Requests);
        assert_eq!(workload.records.len(), 1);
        assert!(serde_json::from_str::<serde_json::Value>(&workload.event).is_ok());
        let record: serde_json::Value = serde_json::from_str(&workload.records[0]).unwrap();
        assert!(record["customer"]["id"].is_string() && record["region"].is_string());
        assert_eq!(workload.body(Framing::After), format!("{}\n", workload.records[0]));
        assert_eq!(workload.body(Framing::Between), workload.records[0]);
    }
}
