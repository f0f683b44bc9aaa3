//! Converted texts: documents and comments, put together and printed.

use std::sync::Arc;

use super::attach::{self, Index, Kept, Target, Text};
use super::write::{self, Comments, Layout};
use super::{Converted, What};
use crate::source::{SourceId, Sources};
use crate::spec;
use crate::spec::node::{Entry, Kind, Node};

/// Keys of a native document that all of its SLOs share.
const SHARED: [&str; 4] = ["apiVersion", "service", "owner", "labels"];

/// A text and what its documents became.
pub(super) struct Made<'t> {
    pub(super) id: SourceId,
    pub(super) parts: Vec<Part<'t>>,
}

/// A document of a text and what it became.
pub(super) struct Part<'t> {
    pub(super) original: &'t Node,
    /// It is in the wanted format already.
    pub(super) is_kept: bool,
    /// How many SLOs were converted.
    pub(super) slos: usize,
    pub(super) documents: Vec<Arc<Node>>,
}

/// The texts with their comments, in their order.
pub(super) fn print(made: Vec<Made>, layout: Layout, sources: &Sources) -> Vec<Converted> {
    let texts: Vec<Joined> = made.iter().map(|made| Joined::new(made, layout)).collect();
    let mut index = Index::default();
    let mut comments = Vec::new();
    let mut first = Vec::new();
    for text in &texts {
        first.push(comments.len());
        for document in &text.documents {
            // A native document may hold several SLOs.
            index.add(comments.len(), document, layout == Layout::OpenSlo);
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
        .map(|((text, first), kept)| {
            let comments = comments.get(first..).unwrap_or_default();
            text.print(layout, sources, comments, kept)
        })
        .collect()
}

/// A text whose documents are joined where they may be.
struct Joined<'m> {
    made: &'m Made<'m>,
    documents: Vec<Arc<Node>>,
    /// Where each original document begins: the index of a document, and what is in it.
    beginnings: Vec<Option<Target>>,
    /// The document that each ends with.
    ends: Vec<Option<usize>>,
}

impl<'m> Joined<'m> {
    fn new(made: &'m Made<'m>, layout: Layout) -> Self {
        let mut joined = Self {
            made,
            documents: Vec::new(),
            beginnings: Vec::new(),
            ends: Vec::new(),
        };
        let mut joins = false;
        for part in &made.parts {
            let mut beginning = None;
            let may_join = layout == Layout::Native && !part.is_kept;
            for document in &part.documents {
                let target = joined.add(document, joins && may_join);
                beginning.get_or_insert(target);
                joins = may_join;
            }
            joined
                .ends
                .push(beginning.as_ref().map(|_| joined.documents.len() - 1));
            joined.beginnings.push(beginning);
        }
        joined
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
            id: self.made.id,
            documents: self.made.parts.iter().map(|part| part.original).collect(),
            beginnings: beginnings.collect(),
            ends: self.ends.iter().map(|end| Some(first + (*end)?)).collect(),
        }
    }

    fn print(
        &self,
        layout: Layout,
        sources: &Sources,
        comments: &[Comments],
        kept: Kept,
    ) -> Converted {
        let parts = &self.made.parts;
        let converted = |what, text| Converted {
            source: self.made.id,
            text,
            what,
        };
        if parts.iter().all(|part| part.is_kept) {
            let text = sources.get(self.made.id).text.clone();
            return converted(What::Already, text);
        }
        let documents = self.documents.iter().zip(comments);
        let documents: Vec<String> = documents
            .map(|(document, comments)| write::document(document, layout, comments))
            .collect();
        if documents.is_empty() {
            return converted(
                What::Referred {
                    comments: kept.left,
                },
                String::new(),
            );
        }
        let what = What::Converted {
            slos: parts.iter().map(|part| part.slos).sum(),
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
    fn reprint(text: &str) -> (String, What) {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", text);
        let documents = documents(&sources, id, &mut Diagnostics::default());
        let parts = documents.iter().map(|document| Part {
            original: document,
            is_kept: false,
            slos: 1,
            documents: vec![Arc::clone(document)],
        });
        let made = Made {
            id,
            parts: parts.collect(),
        };
        let converted = print(vec![made], Layout::Native, &sources);
        let [converted] = converted.as_slice() else {
            panic!("{converted:?}");
        };
        (converted.text.clone(), converted.what)
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
        let (printed, what) = reprint(text);
        let diff = similar::TextDiff::from_lines(text, &printed);
        let diff = diff.unified_diff().to_string();
        assert_eq!(diff, "");
        let all = What::Converted {
            slos: 2,
            comments: 25,
        };
        assert_eq!(what, all);
    }
}
