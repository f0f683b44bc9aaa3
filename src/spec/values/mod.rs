//! Scalars of a spec: how each is written, and what is wrong with it if not so.

mod condition;
mod label;
mod number;
mod query;
mod seam;
mod text;
mod time;

pub(crate) use label::{Groups, LabelName, Labels};
pub(crate) use number::{BelowPercent, Pain, Percent, Weight, parse_decimal};
pub(crate) use text::{Deferred, EventsWord, Name, Reference, is_name};
pub(crate) use time::{PeriodLength, TimeZoneName};
