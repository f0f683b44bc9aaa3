use serde_json::{Value, json};

use crate::slo::{MatcherList, Query};
use crate::spec::decode::{Decode, Decoder, Definitions};
use crate::spec::node::Node;

/// An expression, parsed.
impl Decode for Query {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let text = decoder.text(node, "a PromQL expression")?.to_owned();
        let map = node.text_map(decoder.sources);
        let expr = super::seam::parse(&text, &map, decoder)?;
        Some(Self { text, expr, map })
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"type": "string", "minLength": 1})
    }
}

/// Label matchers without braces.
impl Decode for MatcherList {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        let text = decoder
            .text(node, "label matchers such as code=~\"5..\"")?
            .to_owned();
        let map = node.text_map(decoder.sources);
        let matchers = super::seam::parse_matchers(&text, &map, decoder)?;
        Some(Self {
            text,
            matchers,
            map,
        })
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({"type": "string", "minLength": 1})
    }
}
