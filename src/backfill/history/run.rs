//! SLO after SLO: ask, compute, write.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufWriter, Write};

use futures_util::future::try_join_all;
use futures_util::{StreamExt, stream};

use super::journal::{Note, Output, Span, Written};
use super::taken::{Taken, taken};
use crate::backfill::openmetrics::Writer;
use crate::backfill::{passes, reach, read_back};
use crate::burn::SLOW_INTERVAL;
use crate::duration::Duration;
use crate::progress::Progress;
use crate::prometheus::{Client, Error, Labels};
use crate::replay::{
    Evaluator, Grid, Plan, Planned, Table, ask, is_absent, is_left_open, millis, plan, seconds,
};
use crate::rules::{self, Catalogue, Options, RuleFile, components};
use crate::slo::{Slo, SloId};

/// SLOs for which the server is asked at once.
const AHEAD: usize = 2;
/// Samples that no rule reads back are written at every multiple of this, in milliseconds.
const COARSE: i64 = SLOW_INTERVAL.millis().cast_signed();

/// What is computed.
pub struct Run<'a, 'p> {
    /// Who is asked.
    pub client: &'a Client,
    /// The SLOs whose history is written, in its order.
    pub slos: Vec<&'a Slo>,
    /// All SLOs, so that composites find their components.
    pub all: Catalogue<'a>,
    /// What the rules were generated with.
    pub options: &'a Options,
    /// From when to when.
    pub span: Span,
    /// Told how many SLOs are done.
    pub progress: &'p dyn Progress,
}

/// What was written, by SLO.
pub type Outcome<'a> = Vec<(&'a Slo, Written)>;

/// Why a history is not complete.
#[derive(Debug)]
pub enum Stopped {
    /// The server does not answer any more.
    Ask(Error),
    /// The file cannot be written.
    Write(io::Error),
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ask(error) => write!(f, "{error}"),
            Self::Write(error) => write!(f, "cannot write the history: {error}"),
        }
    }
}

impl std::error::Error for Stopped {}

/// How far back the rules of these SLOs read.
pub fn needed(slos: &[&Slo], all: &Catalogue<'_>, options: &Options) -> Duration {
    let reaches = slos.iter().map(|slo| {
        let files = files(slo, all, options);
        reach(passes(&files).iter().flatten())
    });
    reaches.max().unwrap_or(Duration::ZERO) + SLOW_INTERVAL
}

/// Writes the history of each SLO, and its end.
pub async fn run<'a>(run: &Run<'a, '_>, output: &mut dyn Output) -> Result<Outcome<'a>, Stopped> {
    let is_left_open = is_left_open(run.client).await.map_err(Stopped::Ask)?;
    let open = run
        .slos
        .iter()
        .filter(|slo| output.known(&slo.id).is_none());
    let open: Vec<&Slo> = open.copied().collect();
    let fetched = stream::iter(open)
        .map(|slo| fetch(run, slo, is_left_open))
        .buffered(AHEAD);
    let mut fetched = std::pin::pin!(fetched);
    let mut outcome = Outcome::new();
    for (index, slo) in run.slos.iter().enumerate() {
        let known = output.known(&slo.id).cloned();
        let written = if let Some(written) = known {
            written
        } else {
            let fetched = fetched.next().await;
            let fetched = fetched.unwrap_or_else(|| Ok(Fetched::nothing()));
            let fetched = fetched.map_err(Stopped::Ask)?;
            let written = write(run, fetched, output.writer()).map_err(Stopped::Write)?;
            output.done(&slo.id, &written).map_err(Stopped::Write)?;
            written
        };
        outcome.push((*slo, written));
        run.progress.at("SLOs", index + 1, run.slos.len());
    }
    writeln!(output.writer(), "# EOF").map_err(Stopped::Write)?;
    Ok(outcome)
}

/// The rules of an SLO and of those that it is made of.
fn files(slo: &Slo, all: &Catalogue<'_>, options: &Options) -> Vec<RuleFile> {
    let others = components(slo, all);
    let others = others.into_iter().filter_map(|id| all.get(id).copied());
    rules::compile(others.chain([slo]), all.values().copied(), options)
}

/// What is needed to compute the history of an SLO.
struct Fetched {
    plan: Plan,
    /// The rules whose series are written.
    is_written: Vec<bool>,
    /// How far back rules read what is recorded more often than every five minutes, in
    /// milliseconds. It is one length for all series of an SLO: whoever divides sums of
    /// two of them must find as many samples in both.
    read_back: i64,
    answers: Vec<Table>,
    taken: Taken,
    is_left_open: bool,
    note: Option<Note>,
}

impl Fetched {
    fn nothing() -> Self {
        Self {
            plan: Plan::default(),
            is_written: Vec::new(),
            read_back: 0,
            answers: Vec::new(),
            taken: Taken::default(),
            is_left_open: false,
            note: None,
        }
    }

    fn failed(message: String) -> Self {
        Self {
            note: Some(Note::Failed(message)),
            ..Self::nothing()
        }
    }
}

async fn fetch(run: &Run<'_, '_>, slo: &Slo, is_left_open: bool) -> Result<Fetched, Error> {
    let files = files(slo, &run.all, run.options);
    let id = Id::of_slo(&slo.id);
    let plan = match plan(&files, |labels| Id::of(labels) == id) {
        Ok(plan) => plan,
        Err(unsupported) => return Ok(Fetched::failed(unsupported.0)),
    };
    let is_written: Vec<bool> = plan
        .rules
        .iter()
        .map(|rule| Id::of(&rule.labels) == id)
        .collect();
    let span = (run.span.since, run.span.until);
    let answers = plan
        .questions
        .iter()
        .map(|question| ask(run.client, question, span));
    let answers = match try_join_all(answers).await {
        Ok(answers) => answers,
        Err(Error::Execution { message } | Error::BadQuery { message, .. }) => {
            return Ok(Fetched::failed(message));
        }
        Err(error) => return Err(error),
    };
    if answers.iter().all(|answer| answer.begins().is_none()) {
        return Ok(Fetched {
            note: Some(Note::NoData),
            ..Fetched::nothing()
        });
    }
    let written = plan.rules.iter().zip(&is_written);
    let written: Vec<&Planned> = written
        .filter(|(_, is_written)| **is_written)
        .map(|(rule, _)| rule)
        .collect();
    let taken = taken(run.client, &written, span).await?;
    let back = read_back(&files);
    let often = plan.rules.iter().filter(|rule| rule.interval < COARSE);
    let often = often.map(|rule| millis(back[rule.source]));
    Ok(Fetched {
        read_back: often.max().unwrap_or(0),
        is_left_open,
        plan,
        is_written,
        answers,
        taken,
        note: None,
    })
}

/// Whose series it is.
#[derive(PartialEq, Eq, Hash)]
struct Id<'a>(Option<&'a str>, Option<&'a str>);

impl<'a> Id<'a> {
    fn of(labels: &'a Labels) -> Self {
        use crate::rules::sloth;
        let label = |ours: &str, sloths: &str| {
            let value = labels.get(sloths).or_else(|| labels.get(ours));
            value.map(String::as_str)
        };
        Self(label("service", sloth::SERVICE), label("slo", sloth::NAME))
    }

    fn of_slo(id: &'a SloId) -> Self {
        Self(Some(&id.service), Some(&id.name))
    }
}

/// When the raw metrics of each SLO begin: before, nobody knows whether something should
/// have been there.
fn begins<'p>(plan: &'p Plan, answers: &[Table]) -> HashMap<Id<'p>, i64> {
    let mut found: HashMap<Id<'p>, i64> = HashMap::new();
    for rule in &plan.rules {
        let asked = rule.asks.iter();
        let firsts = asked.filter_map(|question| answers[*question].begins());
        if let Some(first) = firsts.min() {
            let begins = found.entry(Id::of(&rule.labels)).or_insert(first);
            *begins = first.min(*begins);
        }
    }
    found
}

/// Computes rule after rule; what no further rule reads is forgotten.
fn write(run: &Run<'_, '_>, mut fetched: Fetched, out: &mut dyn Write) -> io::Result<Written> {
    let answers = std::mem::take(&mut fetched.answers);
    let begins = begins(&fetched.plan, &answers);
    let first = begins.values().min().copied();
    let mut written = Written {
        begins: first,
        is_partly_there: fetched.taken.is_any(),
        note: fetched.note.clone(),
        ..Written::default()
    };
    let rules = &fetched.plan.rules;
    let mut readers = Readers::of(&fetched.plan);
    let mut evaluator = Evaluator {
        answers,
        recorded: vec![None; rules.len()],
        is_left_open: fetched.is_left_open,
    };
    let mut writer = Writer::new(BufWriter::new(out));
    for (index, rule) in rules.iter().enumerate() {
        let since = begins.get(&Id::of(&rule.labels)).copied().or(first);
        let since = since.unwrap_or(run.span.since);
        let grid = Grid::between(since, run.span.until, rule.interval);
        let Ok(table) = evaluator.rule(rule, grid) else {
            written.note = Some(Note::Failed(format!(
                "{} has two series where one is needed",
                rule.record
            )));
            continue;
        };
        if fetched.is_written[index] {
            let dense = run.span.until - fetched.read_back;
            write_rule(
                rule,
                &table,
                dense,
                &fetched.taken,
                &mut writer,
                &mut written,
            )?;
        }
        readers.forget(rule, &mut evaluator);
        if readers.of_rules[index] > 0 {
            evaluator.recorded[index] = Some(table);
        }
    }
    writer.into_inner().flush()?;
    Ok(written)
}

/// How many rules still read what others have recorded, and what the server has answered.
struct Readers {
    of_rules: Vec<usize>,
    of_answers: Vec<usize>,
}

impl Readers {
    fn of(plan: &Plan) -> Self {
        let mut readers = Self {
            of_rules: vec![0; plan.rules.len()],
            of_answers: vec![0; plan.questions.len()],
        };
        for rule in &plan.rules {
            rule.reads
                .iter()
                .for_each(|read| readers.of_rules[*read] += 1);
            rule.asks
                .iter()
                .for_each(|asked| readers.of_answers[*asked] += 1);
        }
        readers
    }

    /// A rule has been evaluated: what it was the last to read is of no more use.
    fn forget(&mut self, rule: &Planned, evaluator: &mut Evaluator) {
        for read in &rule.reads {
            self.of_rules[*read] -= 1;
            if self.of_rules[*read] == 0 {
                evaluator.recorded[*read] = None;
            }
        }
        for asked in &rule.asks {
            self.of_answers[*asked] -= 1;
            if self.of_answers[*asked] == 0 {
                evaluator.answers[*asked].columns = Vec::new();
            }
        }
    }
}

fn write_rule<W: Write>(
    rule: &Planned,
    table: &Table,
    dense: i64,
    taken: &Taken,
    writer: &mut Writer<W>,
    written: &mut Written,
) -> io::Result<()> {
    for column in &table.columns {
        let is_free = taken.is_free(rule, &column.labels);
        let samples = table.grid.instants().zip(&column.values);
        let samples: Vec<(i64, f64)> = samples
            .filter(|(at, value)| {
                !is_absent(**value) && (*at >= dense || at % COARSE == 0) && is_free(*at)
            })
            .map(|(at, value)| (at, *value))
            .collect();
        let (Some((first, _)), Some((last, _))) = (samples.first(), samples.last()) else {
            continue;
        };
        written.series += 1;
        written.samples += samples.len() as u64;
        let (from, to) = written.range.unwrap_or((*first, *last));
        written.range = Some((from.min(*first), to.max(*last)));
        let labels = column.labels.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        let samples = samples.iter().map(|(at, value)| (seconds(*at), *value));
        writer.series(&rule.record, labels, samples)?;
    }
    Ok(())
}
