//! Declarations of maps, alternatives and words: what a type looks like is said
//! once, and gives its reader and its JSON Schema, so that the two cannot drift apart.

/// Declares a map: its keys, which of them must be there, and what they mean.
///
/// ```ignore
/// spec_map! {
///     /// A promise to customers.
///     "a promise" Promise {
///         /// Percent of good events.
///         required objective: Percent,
///         /// The span over which it holds.
///         optional period: PeriodSpec,
///     }
///     one_of [a, b]
/// }
/// ```
///
/// gives a struct with these fields (optional ones as `Option`) and `at`, the
/// place that stands for the map, its [`Decode`](super::decode::Decode) and its JSON Schema.
macro_rules! spec_map {
    (
        $(#[doc = $doc:literal])+
        $what:literal $name:ident {
            $($(#[doc = $field_doc:literal])+ $presence:ident $field:ident: $type:ty,)*
        }
        $(one_of [$($alternative:ident),+])?
        $(misplaced $misplaced:ident)?
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        #[allow(non_snake_case, dead_code, reason = "fields are named as keys; some are only checked")]
        pub(crate) struct $name {
            /// A place that stands for the whole.
            pub(crate) at: $crate::source::SourceSpan,
            $($(#[doc = $field_doc])+ pub(crate) $field: spec_map!(@type $presence $type),)*
        }

        #[allow(non_snake_case, reason = "fields are named as keys")]
        impl $crate::spec::decode::Decode for $name {
            fn decode(
                node: &$crate::spec::node::Node,
                decoder: &mut $crate::spec::decode::Decoder<'_>,
            ) -> Option<Self> {
                const KEYS: &[&str] = &[$(spec_map!(@key $field)),*];
                const MISPLACED: &[$crate::spec::fields::Misplaced] = spec_map!(@misplaced $($misplaced)?);
                let fields =
                    $crate::spec::fields::Fields::new(node, $what, KEYS, MISPLACED, decoder)?;
                $(let $field = spec_map!(@read $presence fields decoder $field $what);)*
                $(fields.exactly_one($what, &[$(spec_map!(@key $alternative)),+], decoder)?;)?
                Some(Self {
                    at: fields.at,
                    $($field: spec_map!(@take $presence $field),)*
                })
            }

            fn schema(definitions: &mut $crate::spec::decode::Definitions) -> serde_json::Value {
                definitions.refer(stringify!($name), |definitions| {
                    #[allow(unused_mut)]
                    let mut properties = serde_json::Map::new();
                    #[allow(unused_mut)]
                    let mut required: Vec<&str> = Vec::new();
                    $(
                        let mut property = <$type as $crate::spec::decode::Decode>::schema(definitions);
                        property["description"] = concat!($($field_doc, "\n"),+).trim().into();
                        properties.insert(spec_map!(@key $field).to_owned(), property);
                        spec_map!(@require $presence required $field);
                    )*
                    #[allow(unused_mut)]
                    let mut schema = serde_json::json!({
                        "type": "object",
                        "description": concat!($($doc, "\n"),+).trim(),
                        "properties": properties,
                        "required": required,
                        "additionalProperties": false,
                    });
                    $(schema["oneOf"] = serde_json::json!([
                        $({"required": [spec_map!(@key $alternative)]}),+
                    ]);)?
                    schema
                })
            }
        }
    };
    (@misplaced) => { &[] };
    (@misplaced $misplaced:ident) => { $misplaced };
    (@key $field:ident) => {
        // `r#type` is written `type`.
        const { $crate::spec::declare::key(stringify!($field)) }
    };
    (@type required $type:ty) => { $type };
    (@type optional $type:ty) => { Option<$type> };
    (@read required $fields:ident $decoder:ident $field:ident $what:literal) => {
        $fields.required(spec_map!(@key $field), $what, $decoder)
    };
    (@read optional $fields:ident $decoder:ident $field:ident $what:literal) => {
        $fields.optional(spec_map!(@key $field), $decoder)
    };
    (@take required $field:ident) => { $field? };
    (@take optional $field:ident) => { $field };
    (@require required $required:ident $field:ident) => {
        $required.push(spec_map!(@key $field));
    };
    (@require optional $required:ident $field:ident) => {};
}

/// A field's name without the `r#` that Rust wants before its own words.
pub(crate) const fn key(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
}

/// Declares a map with exactly one key, which says what the rest is.
macro_rules! spec_choice {
    (
        $(#[doc = $doc:literal])+
        $what:literal $name:ident {
            $($(#[doc = $variant_doc:literal])+ $key:ident => $variant:ident($type:ty),)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub(crate) enum $name {
            $($(#[doc = $variant_doc])+ $variant($type),)+
        }

        impl $crate::spec::decode::Decode for $name {
            fn decode(
                node: &$crate::spec::node::Node,
                decoder: &mut $crate::spec::decode::Decoder<'_>,
            ) -> Option<Self> {
                const KEYS: &[&str] = &[$(stringify!($key)),+];
                let fields = $crate::spec::fields::Fields::new(node, $what, KEYS, &[], decoder)?;
                let entry = fields.exactly_one($what, KEYS, decoder)?;
                match &*entry.key {
                    $(stringify!($key) => {
                        <$type as $crate::spec::decode::Decode>::decode(&entry.value, decoder)
                            .map(Self::$variant)
                    })+
                    _ => None,
                }
            }

            fn schema(definitions: &mut $crate::spec::decode::Definitions) -> serde_json::Value {
                definitions.refer(stringify!($name), |definitions| {
                    let mut properties = serde_json::Map::new();
                    $(
                        let mut property = <$type as $crate::spec::decode::Decode>::schema(definitions);
                        property["description"] = concat!($($variant_doc, "\n"),+).trim().into();
                        properties.insert(stringify!($key).to_owned(), property);
                    )+
                    serde_json::json!({
                        "type": "object",
                        "description": concat!($($doc, "\n"),+).trim(),
                        "properties": properties,
                        "additionalProperties": false,
                        "minProperties": 1,
                        "maxProperties": 1,
                    })
                })
            }
        }
    };
}

/// Declares the words that stand for the values of an enum.
macro_rules! spec_words {
    ($type:ty { $($word:literal => $value:path,)+ }) => {
        impl $crate::spec::decode::Decode for $type {
            fn decode(
                node: &$crate::spec::node::Node,
                decoder: &mut $crate::spec::decode::Decoder<'_>,
            ) -> Option<Self> {
                const WORDS: &[&str] = &[$($word),+];
                let expected = $crate::suggest::one_of(WORDS.iter().copied());
                match decoder.text(node, &expected)? {
                    $($word => Some($value),)+
                    other => {
                        decoder.unknown_word(node, other, WORDS);
                        None
                    }
                }
            }

            fn schema(_: &mut $crate::spec::decode::Definitions) -> serde_json::Value {
                serde_json::json!({"enum": [$($word),+]})
            }
        }
    };
}

pub(crate) use {spec_choice, spec_map, spec_words};
