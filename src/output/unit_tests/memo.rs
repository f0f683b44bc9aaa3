//! What was worked out before: SLOs of a service are often alike.

/// So many answers are remembered.
const MOST: usize = 32;

/// Answers to the last questions.
pub(super) struct Memo<Q, A> {
    known: Vec<(Q, A)>,
}

impl<Q: PartialEq, A> Memo<Q, A> {
    pub(super) const fn new() -> Self {
        Self { known: Vec::new() }
    }

    /// The answer to a question, which `work` finds when it is a new one.
    pub(super) fn answer(&mut self, question: Q, work: impl FnOnce(&Q) -> A) -> &A {
        let known = self.known.iter().position(|(known, _)| *known == question);
        let index = known.unwrap_or_else(|| {
            if self.known.len() >= MOST {
                self.known.clear();
            }
            let answer = work(&question);
            self.known.push((question, answer));
            self.known.len() - 1
        });
        &self.known[index].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn works_once_on_a_question() {
        let mut memo = Memo::new();
        let mut worked = Vec::new();
        for question in [1, 2, 1, 2, 1] {
            let double = *memo.answer(question, |question| {
                worked.push(*question);
                question * 2
            });
            assert_eq!(double, question * 2);
        }
        assert_eq!(worked, [1, 2]);
    }
}
