use crate::backtest::Backtest;
/// x
pub fn text(backtest: &Backtest) -> String { format!("{backtest:?}") }
