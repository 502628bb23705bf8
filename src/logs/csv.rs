//! CSV with a header: Lightning's `metrics.csv`, with its sparse cells and the settings beside it, and any other.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::about::{About, Format, timestamp};
use super::error::LogError;
use super::siblings;
use super::source::{Reached, Sink, Source};
use super::tail::{Next, Tail, Unended};
use super::text::{COLUMNS, METRIC, RUN, Role, Row, Rows, Taken, VALUE, number, role, time};

/// Lines that one record may have, within quotes.
const LINES: usize = 16;

/// A run.
#[derive(Debug)]
pub(super) struct Csv {
    about: About,
    tail: Tail,
    header: Option<Header>,
    rows: Rows,
    /// Lines of a record that goes on.
    open: Vec<u8>,
    lines: usize,
    /// The new names of columns whose names others have.
    renamed: Vec<String>,
    /// Rows that are not like the header.
    odd: u64,
    has_settings: bool,
}

#[derive(Debug)]
struct Header {
    delimiter: u8,
    reader: Reader,
    columns: Vec<(String, Role)>,
    long: Option<Long>,
}

/// Where in a table in long form the name of the metric stands, its value, and the name of the run if it has several.
#[derive(Debug, Clone, Copy)]
struct Long {
    metric: usize,
    value: usize,
    run: Option<usize>,
}

impl Long {
    fn of(names: &[String]) -> Option<Self> {
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        let run = place(RUN);
        let is_known = |name: &String| {
            [METRIC, VALUE, RUN].contains(&name.as_str()) || role(name) != Role::Metric
        };
        let found = Self {
            metric: place(METRIC)?,
            value: place(VALUE)?,
            run,
        };
        names.iter().all(is_known).then_some(found)
    }

    /// The metric of a line; of several runs, with the name of its run in front.
    fn name(self, cells: &[String]) -> String {
        let cell = |at: usize| cells.get(at).map_or("", String::as_str);
        match self.run {
            Some(run) => format!("{}/{}", cell(run), cell(self.metric)),
            None => cell(self.metric).to_owned(),
        }
    }
}

impl Csv {
    pub fn new(path: &Path, name: &str) -> Self {
        Self {
            about: About::new(name, Format::Csv, path.to_path_buf()),
            tail: Tail::new(path),
            header: None,
            rows: Rows::default(),
            open: Vec::new(),
            lines: 0,
            renamed: Vec::new(),
            odd: 0,
            has_settings: false,
        }
    }

    /// Reads it from the beginning again.
    fn begin_anew(&mut self, rows: Rows, sink: &mut dyn Sink) -> Result<(), LogError> {
        let path: PathBuf = self.tail.path().to_path_buf();
        let about = About {
            started: None,
            ended: None,
            notes: Vec::new(),
            ..self.about.clone()
        };
        *self = Self {
            about,
            rows,
            has_settings: self.has_settings,
            ..Self::new(&path, "")
        };
        sink.restart();
        self.tail.look()?;
        Ok(())
    }

    fn set_header(&mut self, names: Vec<String>, delimiter: u8) {
        let long = Long::of(&names);
        let columns = names.into_iter().take(COLUMNS);
        let columns = columns.map(|name| {
            // A name is one line, also where its cell has several.
            let name = if name.contains(['\n', '\r']) {
                name.split_whitespace().collect::<Vec<_>>().join(" ")
            } else {
                name
            };
            let role = role(&name);
            (name, role)
        });
        let mut columns: Vec<(String, Role)> = columns.collect();
        self.renamed = number_alike(&mut columns);
        self.header = Some(Header {
            delimiter,
            reader: reader(delimiter),
            columns,
            long,
        });
    }

    /// Gives up a record whose quotes do not end: its first line is skipped, and the others are taken as what they are.
    fn give_up(&mut self, sink: &mut dyn Sink) -> Taken {
        let open = std::mem::take(&mut self.open);
        self.lines = 0;
        self.odd += 1;
        let mut taken = Taken::Told;
        for line in open.split_inclusive(|byte| *byte == b'\n').skip(1) {
            if self.line(line.strip_suffix(b"\n").unwrap_or(line), sink) == Taken::Anew {
                taken = Taken::Anew;
            }
        }
        taken
    }

    /// Takes a line. Returns whether the log has to be read anew.
    fn line(&mut self, line: &[u8], sink: &mut dyn Sink) -> Taken {
        let is_first = self.header.is_none() && self.open.is_empty();
        let line = match line.strip_prefix(b"\xef\xbb\xbf") {
            Some(line) if is_first => line,
            _ => line,
        };
        // Stable-Baselines3 writes a line of JSON before the header.
        if self.open.is_empty() && (line.trim_ascii().is_empty() || line.starts_with(b"#")) {
            return Taken::Told;
        }
        self.open.extend_from_slice(line);
        self.open.push(b'\n');
        self.lines += 1;
        let (delimiter, cells) = if let Some(header) = &mut self.header {
            (header.delimiter, cells_by(&mut header.reader, &self.open))
        } else {
            let delimiter = delimiter(&self.open);
            (delimiter, cells(&self.open, delimiter))
        };
        let Some(cells) = cells else {
            if self.lines >= LINES {
                return self.give_up(sink);
            }
            return Taken::Told;
        };
        self.open.clear();
        self.lines = 0;
        let Some(header) = &self.header else {
            self.set_header(cells, delimiter);
            return Taken::Told;
        };
        let is_name = |cell: &String| !cell.is_empty() && number(cell).is_none();
        if cells.len() > 1 && cells.iter().all(is_name) {
            // The script was started again and added to the same file.
            self.set_header(cells, delimiter);
            return Taken::Told;
        }
        if cells.len() > header.columns.len() || line.contains(&0) {
            self.odd += 1;
            return Taken::Told;
        }
        let metric = header.long.map(|long| (long.value, long.name(&cells)));
        let mut row = Row::default();
        for (at, (cell, (name, role))) in cells.iter().zip(&header.columns).enumerate() {
            let value = if header.delimiter == b';' {
                number(&cell.replace(',', "."))
            } else {
                number(cell)
            };
            if *role == Role::Time
                && let Some(at) = time(cell)
            {
                row.time.get_or_insert(at);
            } else if let Some(value) = value {
                match &metric {
                    Some((place, metric)) if *place == at => {
                        row.take(metric, Role::Metric, value);
                    }
                    Some(_) if *role == Role::Metric => {}
                    _ => row.take(name, *role, value),
                }
            }
        }
        if let Some(at) = row.time {
            self.about.started = self.about.started.or_else(|| timestamp(at));
        }
        self.rows.tell(&row, sink)
    }
}

/// Numbers metrics that are named alike: `loss`, `loss.2`. Returns the new names.
fn number_alike(columns: &mut [(String, Role)]) -> Vec<String> {
    let mut taken: HashSet<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    let mut counts: HashMap<String, u64> = HashMap::new();
    let mut renamed = Vec::new();
    for (name, _) in columns.iter_mut().filter(|(_, role)| *role == Role::Metric) {
        let count = counts.entry(name.clone()).or_default();
        *count += 1;
        if *count == 1 {
            continue;
        }
        let mut new = format!("{name}.{count}");
        while !taken.insert(new.clone()) {
            *count += 1;
            new = format!("{name}.{count}");
        }
        renamed.push(new.clone());
        *name = new;
    }
    renamed
}

/// The delimiter of a header.
fn delimiter(header: &[u8]) -> u8 {
    let count = |wanted: u8| memchr::memchr_iter(wanted, header).count();
    [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|delimiter| (count(*delimiter), *delimiter == b','))
        .unwrap_or(b',')
}

/// The cells of a record; `None` if it goes on.
pub(super) fn cells(record: &[u8], delimiter: u8) -> Option<Vec<String>> {
    cells_by(&mut reader(delimiter), record)
}

/// What finds the cells of records. It is made once: that takes longer than most records.
fn reader(delimiter: u8) -> Reader {
    ReaderBuilder::new().delimiter(delimiter).build()
}

fn cells_by(reader: &mut Reader, record: &[u8]) -> Option<Vec<String>> {
    reader.reset();
    let mut text = vec![0; record.len() + 1];
    let mut ends = vec![0; record.len() + 1];
    let (result, _, _, count) = reader.read_record(record, &mut text, &mut ends);
    if result != ReadRecordResult::Record {
        return None;
    }
    let mut from = 0;
    let cells = ends.iter().take(count).map(|to| {
        let cell = text.get(from..*to).unwrap_or(&[]);
        from = *to;
        String::from_utf8_lossy(cell).trim().to_owned()
    });
    Some(cells.collect())
}

/// Whether characters take two bytes each.
fn is_wide(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff")
}

/// Whether the beginning of a file is that of a log: a header, and a row of as many cells with a number.
pub(super) fn begins(head: &[u8], is_named: bool) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if is_wide(head) {
        return is_named;
    }
    let mut lines = head
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty() && !line.starts_with(b"#"));
    let Some((header, delimiter, names)) = record(&mut lines, None) else {
        return false;
    };
    let is_name = |name: &String| !name.is_empty() && name.len() < 200 && number(name).is_none();
    let named = names.iter().filter(|name| is_name(name)).count();
    // The index of a table may have no name.
    let is_header = named > 0 && named + 1 >= names.len() && header.ends_with(b"\n");
    if !is_header || names.iter().any(|n| n.contains(['{', '<'])) {
        return false;
    }
    // Whatever its rows are like: a file that is named so and says the steps is a log.
    if is_named && names.len() > 1 && names.iter().any(|name| role(name) != Role::Metric) {
        return !header.contains(&0);
    }
    let row = record(&mut lines, Some(delimiter)).filter(|_| !head.contains(&0));
    let Some((_, _, row)) = row else {
        return is_named && names.len() > 1;
    };
    let has_number = row.iter().any(|cell| number(cell).is_some());
    if row.len() != names.len() || !has_number {
        return false;
    }
    is_named || is_table(&names, &row)
}

/// Whether a header and the row under it are those of a table of numbers. Any two lines with as many commas might be one, where the
/// file's name does not say that it is.
fn is_table(names: &[String], row: &[String]) -> bool {
    let is_word = |name: &String| name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let (index, others) = names.split_at(1);
    let has_words = others.iter().all(is_word) && index.iter().all(|n| n.is_empty() || is_word(n));
    let filled = row.iter().filter(|cell| !cell.is_empty());
    let (mut numbers, mut all) = (0, 0);
    for cell in filled {
        all += 1;
        numbers += usize::from(number(cell).is_some() || time(cell).is_some());
    }
    names.len() > 1 && has_words && numbers * 2 > all
}

/// The next record of some lines, its delimiter and its cells; there may be ends of lines within quotes. The last line may have no
/// end.
fn record<'a>(
    lines: &mut impl Iterator<Item = &'a [u8]>,
    by: Option<u8>,
) -> Option<(Vec<u8>, u8, Vec<String>)> {
    let mut open = Vec::new();
    for line in lines.by_ref().take(LINES) {
        open.extend_from_slice(line);
        let delimiter = by.unwrap_or_else(|| delimiter(&open));
        let whole = open.strip_suffix(b"\n").unwrap_or(&open);
        if let Some(cells) = cells(&[whole, b"\n"].concat(), delimiter) {
            return Some((open, delimiter, cells));
        }
    }
    None
}

impl Source for Csv {
    fn about(&self) -> &About {
        &self.about
    }

    fn read(&mut self, budget: u64, sink: &mut dyn Sink) -> Result<Reached, LogError> {
        if !self.has_settings {
            self.has_settings = true;
            let dir = crate::files::folder_of(self.tail.path()).to_path_buf();
            siblings::take_in(&dir, &mut self.about);
        }
        if self.tail.look()? {
            self.begin_anew(Rows::default(), sink)?;
        }
        self.about.touched = self.tail.modified();
        if self.tail.position() == 0 && self.tail.need(2)?.is_some_and(is_wide) {
            return Err(LogError::Damaged {
                path: self.about.path.clone(),
                problem: "found text in UTF-16, expected UTF-8".to_owned(),
            });
        }
        let mut left = budget;
        let reached = loop {
            let line = match self.tail.next(&mut left, Unended::Counts)? {
                Next::Line(line) => line,
                Next::TooLong => {
                    self.odd += 1;
                    continue;
                }
                // Quotes that do not end take nothing with them.
                Next::Stop(Reached::End) if !self.open.is_empty() && self.tail.is_silent() => {
                    if self.give_up(sink) == Taken::Anew {
                        self.begin_anew(Rows::numbered(), sink)?;
                    }
                    if self.open.is_empty() {
                        break Reached::End;
                    }
                    continue;
                }
                Next::Stop(reached) => break reached,
            };
            if self.line(&line, sink) == Taken::Anew {
                self.begin_anew(Rows::numbered(), sink)?;
            }
        };
        self.tail.close();
        self.about.notes = match self.odd {
            0 => Vec::new(),
            1 => vec!["1 row that does not fit the header was skipped".to_owned()],
            n => vec![format!("{n} rows that do not fit the header were skipped")],
        };
        let renamed = self.renamed.first().map(|first| match self.renamed.len() {
            1 => format!("a column has the name of another one: it is `{first}` here"),
            n => format!("{n} columns have names of others: the first is `{first}` here"),
        });
        self.about.notes.extend(renamed);
        self.about.notes.extend(self.rows.note());
        Ok(reached)
    }
}
