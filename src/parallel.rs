//! The same work on many things, on all cores.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

/// How many results of each worker may wait to be taken.
const WAITING: usize = 8;

/// What `work` makes of each item, in the order of the items.
///
/// Items are taken one by one, so that a few large ones do not keep one core
/// busy while the others are done.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let workers = cores.min(items.len());
    if workers < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else {
                return done;
            };
            done.push((index, work(item)));
        }
    };
    let mut all: Vec<(usize, R)> = thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(worker)).collect();
        let mut all = worker();
        for other in others {
            match other.join() {
                Ok(done) => all.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_unstable_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, result)| result).collect()
}

/// Hands what `work` makes of each item to `take`, in the order of the items and
/// while the next ones are made; only a few results wait. Stops at the first error.
pub fn each<T: Sync, R: Send, E>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let workers = cores.min(items.len());
    thread::scope(|scope| {
        let start = |first| {
            let (sender, receiver) = sync_channel(WAITING);
            let mut own = items.iter().skip(first).step_by(workers);
            let work = &work;
            // Nobody listens any more after an error.
            scope.spawn(move || own.all(|item| sender.send(work(item)).is_ok()));
            receiver
        };
        let lanes: Vec<_> = (0..workers).map(start).collect();
        for lane in lanes.iter().cycle().take(items.len()) {
            match lane.recv() {
                Ok(result) => take(result)?,
                // A worker panicked, which ends the scope.
                Err(_) => break,
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::{each, map};

    #[test]
    fn keeps_the_order() {
        for count in [0, 1, 2, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(map(&items, |item| item * 2), doubled);
            let mut taken = Vec::new();
            let done: Result<(), ()> = each(
                &items,
                |item| item * 2,
                |result| {
                    taken.push(result);
                    Ok(())
                },
            );
            assert_eq!((done, taken), (Ok(()), doubled));
        }
    }

    #[test]
    fn stops_at_the_first_error() {
        let items: Vec<usize> = (0..1000).collect();
        let fail = |item| if item < 5 { Ok(()) } else { Err(item) };
        assert_eq!(each(&items, |item| *item, fail), Err(5));
    }
}
