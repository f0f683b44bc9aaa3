//! To the native format: the documents that stand behind foreign ones, printed.

use std::sync::Arc;

use super::attach::{self, Index, Kept, Target, Text};
use super::write::{self, Comments};
use super::{Converted, What};
use crate::source::{SourceId, Sources};
use crate::spec::format::Format;
use crate::spec::node::{Entry, Kind, Node};
use crate::spec::{self, Options, Translation, translations};

/// Keys of a native document that all of its SLOs share.
const SHARED: [&str; 4] = ["apiVersion", "service", "owner", "labels"];

/// The texts in the native format, in their order.
pub(super) fn convert(sources: &Sources, ids: &[SourceId], options: &Options) -> Vec<Converted> {
    let texts: Vec<Made> = translations(sources, ids, options)
        .into_iter()
        .map(|(id, documents)| Made::new(id, documents))
        .collect();
    let mut index = Index::default();
    let mut comments = Vec::new();
    let mut first = Vec::new();
    for text in &texts {
        first.push(comments.len());
        for document in &text.documents {
            index.add(comments.len(), document);
            comments.push(Comments::new());
        }
    }
    let kept: Vec<Kept> = texts
        .iter()
        .zip(&first)
        .map(|(text, first)| attach::attach(&text.text(*first), sources, &index, &mut comments))
        .collect();
    let texts = texts.iter().zip(first).zip(kept);
    texts
        .map(|((text, first), kept)| text.print(sources, comments.get(first..), kept))
        .collect()
}

/// A text and the documents that are made of it.
struct Made {
    id: SourceId,
    originals: Vec<Translation>,
    documents: Vec<Arc<Node>>,
    /// Where each original document begins: the index of a document, and what is in it.
    beginnings: Vec<Option<Target>>,
}

impl Made {
    fn new(id: SourceId, originals: Vec<Translation>) -> Self {
        let mut made = Self {
            id,
            originals: Vec::new(),
            documents: Vec::new(),
            beginnings: Vec::new(),
        };
        let mut foreign_before = false;
        for original in &originals {
            let foreign = original.format != Format::Native;
            let mut beginning = None;
            for document in &original.native {
                let target = made.add(document, foreign && foreign_before);
                beginning.get_or_insert(target);
                foreign_before = foreign;
            }
            made.beginnings.push(beginning);
        }
        made.originals = originals;
        made
    }

    /// Adds a document, to the last one if it may be joined with it and shares what
    /// documents say for all of their SLOs.
    fn add(&mut self, document: &Arc<Node>, joins: bool) -> Target {
        if joins
            && let Some(last) = self.documents.last_mut()
            && let Some((joined, slo)) = join(last, document)
        {
            *last = Arc::new(joined);
            return (self.documents.len() - 1, slo);
        }
        self.documents.push(Arc::clone(document));
        (self.documents.len() - 1, Vec::new())
    }

    /// `first` is the number of its first document among those of all texts.
    fn text(&self, first: usize) -> Text<'_> {
        let beginnings = self.beginnings.iter().map(|beginning| {
            let (document, path) = beginning.as_ref()?;
            Some((first + document, path.clone()))
        });
        Text {
            id: self.id,
            documents: &self.originals,
            beginnings: beginnings.collect(),
        }
    }

    fn print(&self, sources: &Sources, comments: Option<&[Comments]>, kept: Kept) -> Converted {
        let is_native = |document: &Translation| document.format == Format::Native;
        let converted = |what, text| Converted {
            source: self.id,
            text,
            what,
        };
        if self.originals.iter().all(is_native) {
            let text = sources.get(self.id).text.clone();
            return converted(What::Already, text);
        }
        let documents = self.documents.iter().zip(comments.unwrap_or_default());
        let documents: Vec<String> = documents
            .map(|(document, comments)| write::document(document, comments))
            .collect();
        if documents.is_empty() {
            return converted(
                What::Referred {
                    comments: kept.left,
                },
                String::new(),
            );
        }
        let foreign = self
            .originals
            .iter()
            .filter(|document| !is_native(document));
        let what = What::Converted {
            slos: foreign.map(|document| document.native.len()).sum(),
            comments: kept.kept,
        };
        converted(what, documents.join("---\n"))
    }
}

/// A document with the SLOs of the next one, and where the first of them stands.
fn join(document: &Node, next: &Node) -> Option<(Node, Vec<usize>)> {
    let same = |key: &&str| match (document.get(key), next.get(key)) {
        (Some(one), Some(other)) => spec::node::says_the_same(&one.value, &other.value),
        (one, other) => one.is_none() && other.is_none(),
    };
    let known = |entry: &Entry| entry.key == "slos" || SHARED.contains(&&*entry.key);
    let Kind::Map(entries) = &document.kind else {
        return None;
    };
    let Kind::Map(more) = &next.kind else {
        return None;
    };
    if !SHARED.iter().all(same) || !entries.iter().chain(more).all(known) {
        return None;
    }
    let position = entries.iter().position(|entry| entry.key == "slos")?;
    let mut entries = entries.clone();
    let slos = entries.get_mut(position)?;
    let mut value = Node::clone(&slos.value);
    let Kind::Seq(items) = &mut value.kind else {
        return None;
    };
    let Kind::Seq(added) = &next.get("slos")?.value.kind else {
        return None;
    };
    let first = vec![position, items.len()];
    items.extend(added.iter().cloned());
    slos.value = Arc::new(value);
    Some((Node::map(entries, document.at), first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::spec::documents;

    /// A text printed as if its documents came from another format that looks the same.
    fn reprint(text: &str) -> (String, Kept) {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", text);
        let documents = documents(&sources, id, &mut Diagnostics::default());
        let originals = documents.into_iter().map(|document| Translation {
            original: Arc::clone(&document),
            format: Format::Pyrra,
            native: vec![document],
        });
        let made = Made::new(id, originals.collect());
        let mut index = Index::default();
        let mut comments = Vec::new();
        for (number, document) in made.documents.iter().enumerate() {
            index.add(number, document);
            comments.push(Comments::new());
        }
        let kept = attach::attach(&made.text(0), &sources, &index, &mut comments);
        (made.print(&sources, Some(&comments), kept).text, kept)
    }

    #[test]
    fn comments_stay_where_they_are() {
        let text = "\
# Licence

# What this is about.
apiVersion: slosmith/v1
service: shop  # the shop
# who
owner: a-team
# all of them
slos:
  # the first one
  - name: first
    description: |  # in words
      A text # without comments.
      On lines.
    objective: 99.9  # was 99
    # one promise
    promise:
      objective: 99
      period: {calendar: month}  # as in the contract
    group_by:  # two
      - region  # eu, us
      # not any more: zone
    sli:
      events:
        # everything
        total: 'a_total{b=\"c\"}'
        bad_where: 'code=\"5\"'  # failures
        # end of events
      # end of sli
    # end of the first

  # the second one
  # in two lines

  # and a paragraph
  - name: second
    objective: 99
    sli:
      probe: {metric: up}
    # end of the second
  # end of slos
# end of all
---
# Another.
apiVersion: slosmith/v1
service: other
slos:
  - name: b
    objective: 99
    sli:
      probe: {metric: up}
";
        let (printed, kept) = reprint(text);
        let diff = similar::TextDiff::from_lines(text, &printed);
        let diff = diff.unified_diff().to_string();
        assert_eq!(diff, "");
        assert_eq!((kept.kept, kept.left), (25, 0));
    }
}
