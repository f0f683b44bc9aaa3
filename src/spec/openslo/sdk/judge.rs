//! Looks at a value as its declaration says, and reports in the SDK's paths and codes.

use super::rule::{Breach, Rule, items};
use super::scope::Scope;
use super::shape::{Check, Field, Need, Reference, Shape, Struct};
use super::value::{Kind, Value};
use super::{Violation, names};
use crate::source::SourceSpan;
use crate::suggest::{all_of, one_of};

/// What an object breaks.
pub(super) struct Judge {
    pub(super) violations: Vec<Violation>,
    /// Where it is, as the SDK writes it.
    path: String,
}

impl Judge {
    pub(super) const fn new() -> Self {
        Self {
            violations: Vec::new(),
            path: String::new(),
        }
    }

    /// Looks at a map.
    pub(super) fn object(&mut self, of: &Struct, scope: &Scope<'_>) {
        self.checks(of.checks, false, scope);
    }

    fn checks(&mut self, checks: &[Check], stop: bool, scope: &Scope<'_>) {
        let before = self.violations.len();
        for check in checks {
            match check {
                Check::Field(field) => self.field(field, scope),
                Check::Exclusive { needed, of } => self.exclusive(*needed, of, scope),
                Check::AnyOf(of) => self.any_of(of, scope),
                Check::Rule { code, wrong } => {
                    if let Some(expected) = wrong(scope) {
                        self.report(scope.value.at, Breach::new(code, expected));
                    }
                }
                Check::Group { when, stop, checks } => {
                    if when(scope) {
                        self.checks(checks, *stop, scope);
                    }
                }
            }
            if stop && self.violations.len() > before {
                return;
            }
        }
    }

    fn field(&mut self, field: &Field, scope: &Scope<'_>) {
        let missing = Value::nothing(scope.value.at);
        let value = scope.value.written(field.key).unwrap_or(&missing);
        self.inside(&format!(".{}", field.called), |judge| {
            if value.is_empty && field.need == Need::Required {
                let expected = "it is required, but missing or empty";
                return judge.report(value.at, Breach::new("required", expected));
            }
            if value.is_empty && field.need == Need::Skipped {
                return;
            }
            for rule in field.rules {
                judge.rule(rule, value);
            }
            judge.shape(field.shape, value, scope);
        });
    }

    fn rule(&mut self, rule: &Rule, value: &Value) {
        if let Some(breach) = rule.breach(value) {
            self.report(value.at, breach);
        }
        for item in items(value) {
            if let Some(breach) = rule.breach_of_item(item) {
                self.inside(&names::segment(&item.key), |judge| {
                    judge.report(item.at, breach);
                });
            }
        }
    }

    /// What follows from the shape of a value alone.
    fn shape(&mut self, shape: Shape, value: &Value, above: &Scope<'_>) {
        let scope = Scope {
            value,
            above: Some(above),
        };
        match shape {
            Shape::Struct(of) => self.object(of, &scope),
            Shape::SomeStruct(of) if value.is_there() => self.object(of, &scope),
            Shape::List(of) => self.each(value, above, |judge, scope| judge.object(of, scope)),
            Shape::ListOfReferences(reference) => self.each(value, above, |judge, scope| {
                judge.reference(reference, scope);
            }),
            Shape::Duration(units) | Shape::SomeDuration(units) => self.duration(value, units),
            _ => {}
        }
    }

    fn each(
        &mut self,
        list: &Value,
        above: &Scope<'_>,
        mut look: impl FnMut(&mut Self, &Scope<'_>),
    ) {
        for (index, value) in list.items().iter().enumerate() {
            let scope = Scope {
                value,
                above: Some(above),
            };
            self.inside(&format!("[{index}]"), |judge| look(judge, &scope));
        }
    }

    /// An object that is named or written out: the fields of the form that is there
    /// are looked at, even when they are empty.
    fn reference(&mut self, reference: &Reference, scope: &Scope<'_>) {
        let is_named = scope.value.written(reference.key).is_some();
        let mut inline = reference.of.fields().into_iter().skip(1);
        let is_inline = inline.any(|field| scope.value.written(field.key).is_some());
        if is_named == is_inline {
            let words = [reference.key, "spec"];
            return self.report(scope.value.at, exclusive(is_named, &words, &words));
        }
        let (named, inline) = reference.of.checks.split_at(1);
        self.checks(if is_named { named } else { inline }, false, scope);
    }

    fn duration(&mut self, value: &Value, units: &'static [&'static str]) {
        let Kind::Duration(shorthand) = &value.kind else {
            return;
        };
        self.inside(".unit", |judge| {
            let unit = shorthand.unit.as_str();
            if unit.is_empty() {
                let expected = "it is required, but empty";
                judge.report(value.at, Breach::new("required", expected));
            } else if !units.contains(&unit) {
                let expected = format!("it is {}", one_of(units.iter().copied()));
                judge.report(value.at, Breach::new("one_of", expected));
            }
        });
        self.inside(".value", |judge| {
            if shorthand.value < 0 {
                let breach = Breach::new("greater_than_or_equal_to", "it is at least 0");
                judge.report(value.at, breach);
            }
        });
    }

    fn exclusive(&mut self, needed: bool, of: &[&'static str], scope: &Scope<'_>) {
        let there: Vec<&str> = of.iter().copied().filter(|key| scope.has(key)).collect();
        if there.len() > 1 || (needed && there.is_empty()) {
            let at = there.last().and_then(|key| scope.value.get(key));
            let at = at.map_or(scope.value.at, |value| value.at);
            self.report(at, exclusive(!there.is_empty(), &there, of));
        }
    }

    fn any_of(&mut self, of: &[&'static str], scope: &Scope<'_>) {
        if !of.iter().any(|key| scope.has(key)) {
            let expected = format!("it has {}", one_of(of.iter().copied()));
            let breach = Breach::new("one_of_properties", expected);
            self.report(scope.value.at, breach);
        }
    }

    fn inside(&mut self, segment: &str, look: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push_str(segment);
        look(self);
        self.path.truncate(length);
    }

    fn report(&mut self, at: SourceSpan, breach: Breach) {
        let path = self.path.trim_start_matches('.').to_owned();
        let help = help(&path, &breach);
        self.violations.push(Violation {
            at,
            object: String::new(),
            path,
            code: breach.code,
            message: message(&breach),
            help,
        });
    }
}

/// Of several, one is allowed.
fn exclusive(has_several: bool, there: &[&str], of: &[&str]) -> Breach {
    let expected = if has_several {
        format!("it has not both {}", all_of(there.iter().copied()))
    } else {
        format!("it has {}", one_of(of.iter().copied()))
    };
    Breach::new("mutually_exclusive", expected)
}

fn message(breach: &Breach) -> String {
    match breach.code {
        "required" => breach.expected.clone(),
        _ => format!("expected that {}", breach.expected),
    }
}

fn help(path: &str, breach: &Breach) -> String {
    let name = path.rsplit('.').next().unwrap_or(path);
    let (family, _) = breach.code.split_once(':').unwrap_or((breach.code, ""));
    match family {
        "required" => format!("write a value for `{name}`"),
        "forbidden" => format!("leave `{name}` out"),
        "mutually_exclusive" if breach.expected.contains("not") => "keep one of them".to_owned(),
        "mutually_exclusive" | "one_of_properties" => "add what is missing".to_owned(),
        "string_max_length" => "shorten it".to_owned(),
        "string_dns_label" => "for instance `my-name`".to_owned(),
        "string_kubernetes_qualified_name" | "string_match_regexp" => {
            "for instance `my-label`".to_owned()
        }
        "string_date_time" => "for instance `2026-01-31 00:00:00`".to_owned(),
        "string_time_zone" => "for instance `UTC`".to_owned(),
        "string_alpha" => "for instance `prometheus`".to_owned(),
        "string_not_empty" => "write the query".to_owned(),
        "slice_length" => "write one item".to_owned(),
        "slice_min_length" | "map_min_length" => "add one".to_owned(),
        "" => "write `isRolling: true` for a rolling window, or a `calendar` and \
               `isRolling: false`"
            .to_owned(),
        _ => "write a value of which this holds".to_owned(),
    }
}
