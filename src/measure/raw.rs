//! The tiles as rules would have recorded them, from the raw metrics.

use futures_util::future::try_join_all;

use super::Request;
use super::tiles::{Number, Tiles, group_of};
use crate::burn::SLOW_INTERVAL;
use crate::prometheus::Error;
use crate::replay::{Question, ask, is_absent, millis, seconds};
use crate::rules::{self, Direct};
use crate::slo::Slo;

/// The tiles of an SLO, or why the server cannot evaluate its definition.
pub(super) async fn tiles(
    request: &Request<'_, '_>,
    slo: &Slo,
) -> Result<Result<Tiles, String>, Error> {
    // Neighbouring tiles join without losing the increment between them.
    let window = SLOW_INTERVAL + slo.scrape().unwrap_or_default();
    let Some(Direct { bad, total }) = rules::direct(slo, window) else {
        return Ok(Ok(Tiles::default()));
    };
    let step = millis(SLOW_INTERVAL);
    let since = request.span.start.saturating_mul(1000).saturating_add(step);
    let until = request.span.end.saturating_mul(1000);
    let asked = [(Number::Bad, bad), (Number::Total, total)].map(|(number, expr)| async move {
        let query = request.scope.query(&expr);
        let question = Question { query, step };
        let answer = ask(request.client, &question, (since, until)).await?;
        Ok((number, answer))
    });
    let answers = match try_join_all(asked).await {
        Ok(answers) => answers,
        Err(Error::Execution { message } | Error::BadQuery { message, .. }) => {
            return Ok(Err(message));
        }
        Err(error) => return Err(error),
    };
    let mut tiles = Tiles::default();
    for (number, table) in &answers {
        for column in &table.columns {
            let values = table.grid.instants().map(seconds).zip(&column.values);
            let present = values.filter(|(_, value)| !is_absent(**value));
            let points: Vec<(f64, f64)> = present.map(|(at, value)| (at, *value)).collect();
            let group = group_of(slo, &column.labels);
            tiles.add(&group, *number, request.span, &points);
        }
    }
    Ok(Ok(tiles))
}
