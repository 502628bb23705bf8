//! How many images each class has, as bars.

use std::io::{self, Write};

use crate::data::Dataset;
use crate::text;
use crate::text::number::thousands;

/// Most classes that get a line of their own.
const MOST: usize = 24;
/// Columns of the longest name and of the longest bar.
const NAME: usize = 24;
const BAR: usize = 40;

/// Prints how many training images each class has; nothing for a dataset without labels. Of many classes the largest and the
/// smallest are told.
pub(super) fn print(out: &mut impl Write, dataset: &Dataset, columns: usize) -> io::Result<()> {
    if dataset.train.labels().is_none() {
        return writeln!(out, "no classes\n");
    }
    let counts = dataset.train.class_counts(dataset.classes.len());
    let named = dataset.classes.iter().zip(&counts);
    if counts.len() > MOST {
        let by_count = |(_, count): &(&String, &u64)| **count;
        let (least, most) = (
            named.clone().min_by_key(by_count),
            named.max_by_key(by_count),
        );
        if let (Some((small, least)), Some((large, most))) = (least, most) {
            writeln!(
                out,
                "{} classes, from {} images ({small}) to {} ({large})\n",
                counts.len(),
                thousands(*least),
                thousands(*most)
            )?;
        }
        return Ok(());
    }
    let width = dataset.classes.iter().map(|name| text::width(name));
    let width = width.max().unwrap_or(0).min(NAME);
    let most = counts.iter().max().copied().unwrap_or(0).max(1);
    let room = columns.saturating_sub(width + 12).min(BAR);
    for (name, count) in named {
        let bar = "█".repeat((*count as usize * room).div_ceil(most as usize));
        let name = text::pad(&text::fit(name, width, "…"), width);
        let count = thousands(*count);
        writeln!(out, "{}", format!("{name} {count:>9}  {bar}").trim_end())?;
    }
    writeln!(out)
}
