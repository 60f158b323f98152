//! Aggregates that other people's programs have made.

use crate::batches::{apart, found};

/// What the programs made; each file's head says how.
const MADE: [(&str, &str, usize); 2] = [
    ("aws_kinesis_agg.txt", include_str!("foreign/aws_kinesis_agg.txt"), 7),
    ("aws-kinesis-agg-node.txt", include_str!("foreign/aws-kinesis-agg-node.txt"), 4),
];

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn d1_what_others_aggregate_comes_apart() {
    for (file, text, count) in MADE {
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(lines.len(), count, "{file}");
        for line in lines {
            let mut words = line.split(' ');
            let (name, aggregate) = (words.next().unwrap(), hex(words.next().unwrap()));
            let expected: Vec<_> = (0..)
                .zip(words.map(|word| word.split_once(':').unwrap()))
                .map(|(at, (key, data))| ("9".to_owned(), at, String::from_utf8(hex(key)).unwrap(), hex(data)))
                .collect();
            let apart = apart(&[], &[(9, aggregate)]);
            assert_eq!(found(&apart), expected, "{name}");
            assert_eq!(apart.counts.aggregates, 1, "{name}");
        }
    }
}
