//! The text that `promtool tsdb create-blocks-from openmetrics` reads.

use std::io::{self, Write};

/// Writes series one after the other; `finish` must be called at the end.
pub struct Writer<W> {
    out: W,
}

impl<W: Write> Writer<W> {
    /// Writes to `out`, which should be buffered.
    pub const fn new(out: W) -> Self {
        Self { out }
    }

    /// One series: its name, its other labels, and samples as pairs of Unix time
    /// in seconds and value.
    pub fn series<'a>(
        &mut self,
        name: &str,
        labels: impl IntoIterator<Item = (&'a str, &'a str)>,
        samples: impl IntoIterator<Item = (f64, f64)>,
    ) -> io::Result<()> {
        let head = head(name, labels);
        for (time, value) in samples {
            write!(self.out, "{head} ")?;
            number(&mut self.out, value)?;
            writeln!(self.out, " {time}")?;
        }
        Ok(())
    }

    /// Gives the writer back, to go on with later.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// Says that nothing is missing at the end, and gives the writer back.
    pub fn finish(mut self) -> io::Result<W> {
        writeln!(self.out, "# EOF")?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// `name{label="value"}`, escaped.
pub fn head<'a>(name: &str, labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let labels: Vec<String> = labels
        .into_iter()
        .map(|(label, value)| {
            let value = value
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            format!("{label}=\"{value}\"")
        })
        .collect();
    if labels.is_empty() {
        name.to_owned()
    } else {
        format!("{name}{{{}}}", labels.join(","))
    }
}

/// The shortest text that reads back as the same number.
fn number(out: &mut impl Write, value: f64) -> io::Result<()> {
    if value.is_nan() {
        write!(out, "NaN")
    } else if value.is_infinite() {
        write!(out, "{}Inf", if value > 0.0 { '+' } else { '-' })
    } else {
        write!(out, "{value}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_promtool_reads() {
        let mut writer = Writer::new(Vec::new());
        let labels = [("path", "a\"b\\c\nd")];
        writer
            .series("up", labels, [(60.0, 1.0), (120.5, 0.25)])
            .unwrap();
        writer
            .series("down", [], [(60.0, f64::NEG_INFINITY)])
            .unwrap();
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        assert_eq!(
            text,
            "up{path=\"a\\\"b\\\\c\\nd\"} 1 60\nup{path=\"a\\\"b\\\\c\\nd\"} 0.25 120.5\n\
             down -Inf 60\n# EOF\n"
        );
    }
}
