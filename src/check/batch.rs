//! Many expressions in few questions.

use std::collections::VecDeque;

use futures_util::future::join_all;

use super::Context;
use crate::prometheus::{Error, Sample};
use crate::promql::ast::Expr;

/// Expressions in one question at most. What a selector costs Prometheus grows with the
/// number of them in its query: 400 expressions take it four times as long in one question
/// as in seven, and 20 each would save no more than a fifth.
const MOST: usize = 60;
/// Bytes of one question, more or less: as many as 60 usual ones have, since longer ones
/// have more selectors.
const LONGEST: usize = 20_000;
/// Questions of a batch that may be late one by one before the others are given up.
const MOST_LATE: usize = 3;
/// The label that tells which expression a sample comes from.
const MARK: &str = "__slosmith";

/// The answer to one of the expressions.
pub type Asked = Result<Vec<Sample>, Error>;

/// The values of many expressions, each narrowed to the scope, at the instant of the
/// check. One that the server cannot evaluate, or not in time, has an error of its own and
/// takes no other with it; that nobody answers is an error of the whole.
pub async fn ask(cx: &Context<'_>, part: &str, exprs: &[Expr]) -> Result<Vec<Asked>, Error> {
    let queries: Vec<String> = exprs.iter().map(|expr| cx.scope.query(expr)).collect();
    ask_all(cx, part, cx.now, &queries).await
}

/// The same for queries that are asked as they are, at an instant in Unix seconds.
pub async fn ask_all(
    cx: &Context<'_>,
    part: &str,
    at: f64,
    queries: &[String],
) -> Result<Vec<Asked>, Error> {
    let done = std::cell::Cell::new(0);
    let batches = batches(queries).into_iter().map(|batch| async {
        let size = batch.len();
        let answers = ask_batch(cx, at, queries, batch).await;
        done.set(done.get() + size);
        cx.progress.at(part, done.get(), queries.len());
        answers
    });
    let mut asked: Vec<Asked> = queries.iter().map(|_| Ok(Vec::new())).collect();
    for answers in join_all(batches).await {
        for (index, answer) in answers? {
            asked[index] = answer;
        }
    }
    Ok(asked)
}

/// Indices of the queries that are asked together.
fn batches(queries: &[String]) -> Vec<Vec<usize>> {
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut length = 0;
    for (index, query) in queries.iter().enumerate() {
        match batches.last_mut() {
            Some(batch) if batch.len() < MOST && length + query.len() < LONGEST => {
                batch.push(index);
                length += query.len();
            }
            _ => {
                batches.push(vec![index]);
                length = query.len();
            }
        }
    }
    batches
}

/// Asks a batch, and its halves when the server cannot evaluate it as a whole.
async fn ask_batch(
    cx: &Context<'_>,
    at: f64,
    queries: &[String],
    batch: Vec<usize>,
) -> Result<Vec<(usize, Asked)>, Error> {
    let mut answers = Vec::with_capacity(batch.len());
    let mut open = VecDeque::from([batch]);
    let mut late: Vec<Error> = Vec::new();
    while let Some(batch) = open.pop_front() {
        // Not one of them is slow, but the server.
        if let Some(error) = late.get(MOST_LATE) {
            answers.extend(batch.iter().map(|index| (*index, Err(error.clone()))));
            continue;
        }
        match cx.client.query(&joined(queries, &batch), at).await {
            Ok(answer) => answers.extend(sorted_out(answer.samples, &batch)),
            // Halves of what took too long may take too long again and again.
            Err(error) if error.is_late() => {
                match batch.as_slice() {
                    [index] => answers.push((*index, Err(error.clone()))),
                    several => open.extend(several.iter().map(|index| vec![*index])),
                }
                late.push(error);
            }
            Err(error) if !is_of_the_query(&error) => return Err(error),
            Err(error) => match batch.as_slice() {
                [index] => answers.push((*index, Err(error))),
                several => {
                    let (first, second) = several.split_at(several.len() / 2);
                    open.extend([first.to_vec(), second.to_vec()]);
                }
            },
        }
    }
    let is_late = |(_, asked): &&(usize, Asked)| asked.as_ref().is_err_and(Error::is_late);
    let unanswered = answers.iter().filter(is_late).count();
    cx.unanswered.set(cx.unanswered.get() + unanswered);
    Ok(answers)
}

/// `label_replace((…), "__slosmith", "7", "", "") or …`
fn joined(queries: &[String], batch: &[usize]) -> String {
    let marked: Vec<String> = batch
        .iter()
        .map(|index| {
            let query = &queries[*index];
            format!("label_replace(({query}), \"{MARK}\", \"{index}\", \"\", \"\")")
        })
        .collect();
    marked.join(" or ")
}

fn sorted_out(samples: Vec<Sample>, batch: &[usize]) -> Vec<(usize, Asked)> {
    let mut answers: Vec<(usize, Vec<Sample>)> =
        batch.iter().map(|index| (*index, Vec::new())).collect();
    for mut sample in samples {
        let mark = sample.labels.remove(MARK);
        let index: Option<usize> = mark.and_then(|mark| mark.parse().ok());
        let place = index.and_then(|index| batch.binary_search(&index).ok());
        if let Some(place) = place {
            answers[place].1.push(sample);
        }
    }
    answers
        .into_iter()
        .map(|(index, samples)| (index, Ok(samples)))
        .collect()
}

/// Whether another query could be answered.
const fn is_of_the_query(error: &Error) -> bool {
    matches!(error, Error::BadQuery { .. } | Error::Execution { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_bounded_in_number_and_length() {
        let short: Vec<String> = (0..130).map(|_| "up".to_owned()).collect();
        let sizes: Vec<_> = batches(&short).iter().map(Vec::len).collect();
        assert_eq!(sizes, [60, 60, 10]);
        let long = vec!["x".repeat(12_000), "y".repeat(12_000), "z".to_owned()];
        assert_eq!(batches(&long), [vec![0], vec![1, 2]]);
        assert!(batches(&[]).is_empty());
    }

    #[test]
    fn samples_find_back_to_their_query() {
        let queries = ["up".to_owned(), "down".to_owned()];
        assert_eq!(
            joined(&queries, &[0, 1]),
            "label_replace((up), \"__slosmith\", \"0\", \"\", \"\") or \
             label_replace((down), \"__slosmith\", \"1\", \"\", \"\")"
        );
        let sample = |mark: &str, value| Sample {
            labels: [(MARK.to_owned(), mark.to_owned())].into(),
            value,
        };
        let answers = sorted_out(vec![sample("7", 1.0), sample("3", 2.0)], &[3, 5, 7]);
        let values: Vec<_> = answers
            .iter()
            .map(|(index, asked)| (*index, asked.as_ref().unwrap().len()))
            .collect();
        assert_eq!(values, [(3, 1), (5, 0), (7, 1)]);
        assert!(answers[0].1.as_ref().unwrap()[0].labels.is_empty());
    }
}
