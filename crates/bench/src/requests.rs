//! The columns of the requests among the workloads.

/// The schema of [`penstock_gates::workload::Kind::Requests`], as Glue writes one; `peers/python/measure.py` has the same.
pub const REQUESTS_SCHEMA: &str = r#"[
    {"Name": "timestamp", "Type": "string"},
    {"Name": "request_id", "Type": "string"},
    {"Name": "level", "Type": "string"},
    {"Name": "region", "Type": "string"},
    {"Name": "service", "Type": "string"},
    {"Name": "customer", "Type": "struct<id:string,tier:string,country:string>"},
    {"Name": "http", "Type": "struct<method:string,path:string,status:bigint,bytes:bigint,duration_ms:double,user_agent:string,referer:string>"},
    {"Name": "trace", "Type": "struct<trace_id:string,span_id:string,sampled:boolean>"},
    {"Name": "tags", "Type": "array<string>"},
    {"Name": "items", "Type": "array<struct<sku:string,quantity:bigint,price:double>>"},
    {"Name": "message", "Type": "string"}
]"#;

#[cfg(test)]
mod tests {
    use penstock_gates::workload::{Kind, Workload};

    use super::*;

    #[test]
    fn every_request_fits_the_schema() {
        let schema = penstock_columns::Schema::parse(REQUESTS_SCHEMA).unwrap();
        let serde = penstock_columns::JsonSerDe::OpenX(serde_json::from_str("{}").unwrap());
        let unknown = penstock_columns::UnknownFields::default();
        let layout = penstock_columns::Layout::new(schema, serde, unknown).unwrap();
        let mut columns = penstock_columns::Columns::new(&layout);
        for record in Workload::of(Kind::Requests, 100_000).records {
            assert_eq!(columns.push(&layout, record.as_bytes()).unwrap().unknown_fields, 0);
        }
    }
}
