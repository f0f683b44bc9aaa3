use std::io::{self, Write};

/// Where a command writes: results to `out`, everything else to `err`.
///
/// Text may be styled with ANSI sequences; they are taken out when the stream
/// is no terminal (or `NO_COLOR` is set). A reader that goes away (`| head`) is
/// no error: what is written after that is dropped, and the exit code still
/// says how the run ended.
pub struct Streams {
    /// Results.
    pub out: Box<dyn Write>,
    /// The same place, for results that are never styled: they are written as
    /// they are, for it takes longer to look for styles than to make them.
    pub plain: Box<dyn Write>,
    /// Findings, progress, errors.
    pub err: Box<dyn Write>,
}

impl Streams {
    /// Standard output and standard error of this process.
    pub fn standard() -> Self {
        Self {
            out: tolerant(anstream::AutoStream::auto(io::stdout())),
            plain: tolerant(io::stdout()),
            err: tolerant(anstream::AutoStream::auto(io::stderr())),
        }
    }
}

fn tolerant(writer: impl Write + 'static) -> Box<dyn Write> {
    Box::new(Tolerant {
        inner: Some(writer),
    })
}

/// Drops everything once the reader has gone away.
struct Tolerant<W> {
    inner: Option<W>,
}

impl<W: Write> Tolerant<W> {
    fn guard<T>(&mut self, gone: T, act: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        let Some(inner) = &mut self.inner else {
            return Ok(gone);
        };
        match act(inner) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.inner = None;
                Ok(gone)
            }
            result => result,
        }
    }
}

impl<W: Write> Write for Tolerant<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.guard(bytes.len(), |inner| inner.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.guard((), Write::flush)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Gone;

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn a_reader_that_goes_away_is_no_error() {
        let mut out = tolerant(Gone);
        assert!(writeln!(out, "text").is_ok());
        assert!(out.flush().is_ok());
    }
}
