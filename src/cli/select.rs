use std::str::FromStr;

use anyhow::bail;

use crate::slo::SloId;
use crate::spec::Outline;
use crate::suggest::closest;

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

impl Key {
    const fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Owner => "owner",
            Self::Slo => "slo",
        }
    }

    fn of<'a>(self, id: &'a SloId, owner: Option<&'a str>) -> Option<&'a str> {
        match self {
            Self::Service => Some(&id.service),
            Self::Owner => owner,
            Self::Slo => Some(&id.name),
        }
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| format!("expected KEY=VALUE, found `{text}`"))?;
        let known = KEYS.iter().find(|(known, _)| *known == name);
        let (_, key) = known.ok_or_else(|| {
            let near = closest(name, KEYS.map(|(known, _)| known))
                .map(|near| format!("; did you mean `{near}`?"));
            format!(
                "unknown key `{name}`: expected service, owner or slo{}",
                near.unwrap_or_default()
            )
        })?;
        Ok(Self {
            key: *key,
            value: value.to_owned(),
        })
    }
}

/// Whether every key that is named has one of the values named for it.
pub(super) fn matches(selectors: &[Selector], id: &SloId, owner: Option<&str>) -> bool {
    KEYS.iter().all(|(_, key)| {
        let mut values = selectors
            .iter()
            .filter(|selector| selector.key == *key)
            .peekable();
        values.peek().is_none()
            || values.any(|selector| key.of(id, owner) == Some(selector.value.as_str()))
    })
}

/// Fails when a selector, or all of them together, select nothing.
pub(super) fn check(selectors: &[Selector], outlines: &[Outline]) -> anyhow::Result<()> {
    if outlines.is_empty() {
        // That there is no SLO at all is a finding of its own.
        return Ok(());
    }
    for selector in selectors {
        let values = || {
            outlines
                .iter()
                .filter_map(|outline| selector.key.of(&outline.id, outline.owner.as_deref()))
        };
        if !values().any(|value| value == selector.value) {
            let near = closest(&selector.value, values())
                .map(|near| format!("; did you mean `{near}`?"))
                .unwrap_or_default();
            bail!(
                "--select: no SLO has {}={}{near}",
                selector.key.name(),
                selector.value
            );
        }
    }
    if !outlines
        .iter()
        .any(|outline| matches(selectors, &outline.id, outline.owner.as_deref()))
    {
        bail!("--select: no SLO meets all of these at once");
    }
    Ok(())
}
