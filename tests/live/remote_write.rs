//! Remote write, as little of it as is needed: promtool cannot import native
//! histograms.

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};

/// A series to be written: name and labels, and samples in order of time.
pub(crate) struct Series {
    /// Sorted by name.
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) samples: Vec<Sample>,
}

pub(crate) struct Sample {
    /// Unix time in seconds.
    pub(crate) at: u64,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    Float(f64),
    /// Counts of neighbouring buckets; bucket `first + i` reaches up to
    /// 2^((first + i) / 2^schema).
    Histogram {
        schema: i64,
        first: i64,
        counts: Vec<u64>,
    },
}

/// Writes to the Prometheus at `url`, which must be a remote write receiver.
pub(crate) async fn write(url: &str, series: &[Series]) {
    let mut request = Message::default();
    for one in series {
        request.message(1, &one.encode());
    }
    let response = reqwest::Client::new()
        .post(format!("{url}/api/v1/write"))
        .header(CONTENT_ENCODING, "snappy")
        .header(CONTENT_TYPE, "application/x-protobuf")
        .body(snappy(&request.0))
        .send()
        .await
        .unwrap();
    let status = response.status();
    let said = response.text().await.unwrap();
    assert!(status.is_success(), "{status}: {said}");
}

impl Series {
    fn encode(&self) -> Message {
        let mut message = Message::default();
        for (name, value) in &self.labels {
            let mut label = Message::default();
            label.bytes(1, name.as_bytes());
            label.bytes(2, value.as_bytes());
            message.message(1, &label);
        }
        for sample in &self.samples {
            match &sample.value {
                Value::Float(value) => {
                    let mut float = Message::default();
                    float.double(1, *value);
                    float.varint(2, sample.at * 1000);
                    message.message(2, &float);
                }
                Value::Histogram {
                    schema,
                    first,
                    counts,
                } => message.message(4, &histogram(sample.at, *schema, *first, counts)),
            }
        }
        message
    }
}

fn histogram(at: u64, schema: i64, first: i64, counts: &[u64]) -> Message {
    let mut span = Message::default();
    span.varint(1, zigzag(first));
    span.varint(2, u64::try_from(counts.len()).unwrap());
    // Each bucket as the difference to the one before it.
    let mut deltas = Message::default();
    let mut before = 0;
    for count in counts {
        let count = i64::try_from(*count).unwrap();
        deltas.raw_varint(zigzag(count - before));
        before = count;
    }
    let mut message = Message::default();
    message.varint(1, counts.iter().sum());
    message.varint(4, zigzag(schema));
    message.double(5, 1e-128);
    message.varint(6, 0);
    message.message(11, &span);
    message.message(12, &deltas);
    message.varint(15, at * 1000);
    message
}

/// A protobuf message.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn raw_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }

    fn varint(&mut self, field: u64, value: u64) {
        self.raw_varint(field << 3);
        self.raw_varint(value);
    }

    fn double(&mut self, field: u64, value: f64) {
        self.raw_varint(field << 3 | 1);
        self.0.extend(value.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.raw_varint(field << 3 | 2);
        self.raw_varint(u64::try_from(bytes.len()).unwrap());
        self.0.extend(bytes);
    }

    fn message(&mut self, field: u64, message: &Self) {
        self.bytes(field, &message.0);
    }
}

/// Small negative numbers as small positive ones.
const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// Snappy's block format without compression: the length, then one literal.
fn snappy(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap();
    let mut block = Message::default();
    block.raw_varint(length.into());
    // A literal whose length, less one, follows in four bytes.
    block.0.push(63 << 2);
    block.0.extend((length - 1).to_le_bytes());
    block.0.extend(bytes);
    block.0
}
