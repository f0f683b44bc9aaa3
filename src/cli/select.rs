use std::str::FromStr;

/// One `key=value` of `--select`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// What is compared.
    pub key: Key,
    /// With what.
    pub value: String,
}

/// What `--select` can compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The service.
    Service,
    /// The owner.
    Owner,
    /// The name of the SLO.
    Slo,
}

const KEYS: [(&str, Key); 3] = [
    ("service", Key::Service),
    ("owner", Key::Owner),
    ("slo", Key::Slo),
];

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| format!("expected KEY=VALUE, found `{text}`"))?;
        let key = KEYS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, key)| *key)
            .ok_or_else(|| format!("unknown key `{name}`: expected service, owner or slo"))?;
        Ok(Self {
            key,
            value: value.to_owned(),
        })
    }
}
