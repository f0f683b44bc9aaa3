//! Formats of other tools: each front end says in the native format what a document
//! says, and the native front end reads that. So a foreign spec means exactly what
//! its conversion means, and is checked by the same checks, at its own lines.

use std::sync::Arc;

use super::decode::Decoder;
use super::format::Format;
use super::node::{Kind, Node};
use super::{openslo, pyrra, sloth};

/// An SLO of a foreign document in the native format.
pub(crate) struct Translated {
    /// A native document with one SLO.
    pub(crate) document: Arc<Node>,
    /// Whether everything that matters could be said; otherwise it is only checked.
    pub(crate) usable: bool,
}

/// What foreign documents need besides themselves.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    /// Sloth's catalogues of alert windows.
    pub(crate) windows: sloth::Windows,
    /// OpenSLO's objects by kind and name.
    pub(crate) objects: openslo::Objects,
    /// The period of Sloth's SLOs, which cannot name one; a scalar.
    pub(crate) default_period: Option<Arc<Node>>,
}

impl Surroundings {
    /// Takes up a document that others refer to; says whether it may hold SLOs itself.
    pub(crate) fn add(
        &mut self,
        document: &Arc<Node>,
        format: Format,
        decoder: &mut Decoder<'_>,
    ) -> bool {
        match format {
            Format::SlothWindows => {
                self.windows.add(document, decoder);
                false
            }
            Format::OpenSloV1 | Format::OpenSloV1Alpha => self.objects.add(document, decoder),
            _ => true,
        }
    }

    /// The SLOs of a foreign document, each as a native document.
    pub(crate) fn translate(
        &self,
        document: &Node,
        format: Format,
        decoder: &mut Decoder<'_>,
    ) -> Vec<Translated> {
        match format {
            Format::Native | Format::SlothWindows => Vec::new(),
            Format::SlothPrometheus | Format::SlothKubernetes => {
                sloth::translate(document, format, self, decoder)
            }
            Format::Pyrra => pyrra::translate(document, decoder),
            Format::OpenSloV1 | Format::OpenSloV1Alpha => {
                openslo::translate(document, format, self, decoder)
            }
        }
    }
}

/// The documents of a text, lists of `OpenSLO` objects taken apart.
pub(crate) fn flatten(documents: Vec<Arc<Node>>) -> Vec<Arc<Node>> {
    let is_object = |item: &Arc<Node>| {
        item.get("apiVersion")
            .and_then(|version| version.value.as_scalar())
            .is_some_and(|version| version.text.starts_with("openslo"))
    };
    documents
        .into_iter()
        .flat_map(|document| match &document.kind {
            Kind::Seq(items) if items.iter().any(is_object) => items.clone(),
            _ => vec![document],
        })
        .collect()
}
