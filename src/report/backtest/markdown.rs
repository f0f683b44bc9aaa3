use crate::backtest::Backtest;
/// x
pub fn markdown(backtest: &Backtest) -> String { format!("{backtest:?}") }
