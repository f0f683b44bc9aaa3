//! How a kind of object is declared: its fields with their rules, in the order in
//! which the SDK looks at them.

use super::rule::Rule;
use super::scope::Scope;

/// What a map looks like, and what must hold in it.
pub(super) struct Struct {
    pub(super) checks: &'static [Check],
}

/// One thing that is looked at.
pub(super) enum Check {
    /// A field with its rules.
    Field(Field),
    /// At most one of these fields may be there, and if `needed`, one must.
    Exclusive {
        needed: bool,
        of: &'static [&'static str],
    },
    /// At least one of these fields must be there.
    AnyOf(&'static [&'static str]),
    /// What concerns several fields.
    Rule {
        code: &'static str,
        /// What is wrong, if anything.
        wrong: fn(&Scope<'_>) -> Option<&'static str>,
    },
    /// Looked at one after the other while `when` holds and, with `stop`, until
    /// something is wrong.
    Group {
        when: fn(&Scope<'_>) -> bool,
        stop: bool,
        checks: &'static [Check],
    },
}

/// A field of a map.
pub(super) struct Field {
    pub(super) key: &'static str,
    /// What the SDK calls it in a path.
    pub(super) called: &'static str,
    pub(super) shape: Shape,
    pub(super) need: Need,
    pub(super) rules: &'static [Rule],
}

/// What becomes of a field that is empty.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// It is a violation.
    Required,
    /// Nothing is looked at.
    Skipped,
    /// It is looked at as it is.
    Judged,
}

/// What stands in a field.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// A text; empty when it is missing.
    Text,
    /// A text that is there even when it is empty.
    SomeText,
    /// Any number; there even when it is 0.
    Number,
    /// A whole number.
    Integer,
    Bool,
    /// One of these words, or nothing the SDK can read.
    Word(&'static [&'static str]),
    /// A duration in one of these units.
    Duration(&'static [&'static str]),
    /// A duration that is there even when it is empty.
    SomeDuration(&'static [&'static str]),
    /// A map of whatever.
    Free,
    /// Whatever, even nothing.
    Anything,
    /// A map of texts.
    Texts,
    /// A map of texts or lists of texts.
    TextLists,
    /// A map of fields; empty when all of them are.
    Struct(&'static Struct),
    /// A map of fields that is there even when it is empty.
    SomeStruct(&'static Struct),
    /// A list of maps.
    List(&'static Struct),
    /// A list of objects that are either named or written out.
    ListOfReferences(&'static Reference),
}

/// An object that is named under a key of its own, or written out.
pub(super) struct Reference {
    /// The key for its name.
    pub(super) key: &'static str,
    /// The fields of both forms.
    pub(super) of: &'static Struct,
}

impl Field {
    pub(super) const fn new(key: &'static str, shape: Shape) -> Self {
        Self {
            key,
            called: key,
            shape,
            need: Need::Judged,
            rules: &[],
        }
    }

    pub(super) const fn required(mut self) -> Self {
        self.need = Need::Required;
        self
    }

    pub(super) const fn skipped(mut self) -> Self {
        self.need = Need::Skipped;
        self
    }

    pub(super) const fn called(mut self, called: &'static str) -> Self {
        self.called = called;
        self
    }

    pub(super) const fn rules(mut self, rules: &'static [Rule]) -> Check {
        self.rules = rules;
        Check::Field(self)
    }

    pub(super) const fn free(self) -> Check {
        Check::Field(self)
    }
}

impl Struct {
    /// All fields, those of groups included.
    pub(super) fn fields(&self) -> Vec<&'static Field> {
        let mut fields = Vec::new();
        collect(self.checks, &mut fields);
        fields
    }
}

fn collect(checks: &'static [Check], fields: &mut Vec<&'static Field>) {
    for check in checks {
        match check {
            Check::Field(field) => fields.push(field),
            Check::Group { checks, .. } => collect(checks, fields),
            _ => {}
        }
    }
}
