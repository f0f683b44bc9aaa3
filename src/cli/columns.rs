//! Text in columns.

/// Rows as lines of columns, two spaces apart. Columns of text stand to the left,
/// the others, which are numbers, to the right.
pub(super) fn align<const N: usize>(rows: &[[String; N]], text: &[usize], indent: &str) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(&widths).enumerate();
        let cells: Vec<String> = cells
            .map(|(column, (cell, &width))| {
                if text.contains(&column) {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            })
            .collect();
        format!("{indent}{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_to_the_right() {
        let rows = [["slo", "left", "alerts"], ["a/long-name", "5 %", "é"]]
            .map(|row| row.map(str::to_owned));
        assert_eq!(
            align(&rows, &[0, 2], " "),
            " slo          left  alerts\n a/long-name   5 %  é\n"
        );
    }
}
