//! `genai-tui data`: lists, downloads and shows datasets.
//!
//! Results go to stdout, progress and notices to stderr.

mod classes;
mod grid;
mod progress;

use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::cli::Failure;
use crate::cli::fit_args::FitArgs;
use crate::cli::stdout::failed as stdout_failed;
use crate::data::{
    self, DataDir, DataError, Dataset, Entry, LoadOptions, Origin, Packing, Presence, REGISTRY,
};
use crate::files::Stdout;
use crate::protocol::ImageGrid;
use crate::rng::Stream;
use crate::text;
use grid::{Page, print_grid};
use progress::Reporter;

/// Arguments of `genai-tui data`.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    #[command(subcommand)]
    command: DataCommand,
    /// Directory of the datasets, one subdirectory each [default: `GENAI_TUI_DATA_DIR`, else the cache directory]
    // Its own id: without a subcommand the same flag is one of training.
    #[arg(id = "datasets", long = "data-dir", value_name = "DIR", value_parser = crate::cli::path_arg::path(), global = true)]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Subcommand)]
enum DataCommand {
    /// List the datasets and where they are
    List {
        /// Output format
        #[arg(long, value_enum, default_value_t = ListFormat::Text)]
        format: ListFormat,
    },
    /// Download a dataset, or verify the local copy
    Fetch {
        /// Name of the dataset
        #[arg(value_parser = PossibleValuesParser::new(REGISTRY.iter().map(|entry| entry.name)))]
        name: String,
        /// Base URL to download from instead of the public mirrors
        #[arg(long, value_name = "URL")]
        mirror: Option<String>,
    },
    /// Print images of a dataset with their labels
    Show {
        /// `auto`, the name of a dataset, or the path of a folder of pictures, an archive of them, or an idx, npy or npz file
        #[arg(default_value = data::AUTO, value_parser = crate::cli::path_arg::run())]
        name: String,
        #[command(flatten)]
        fit: FitArgs,
        /// Number of images
        #[arg(long, default_value_t = 20)]
        count: usize,
        /// Seed of the selection
        #[arg(long, default_value_t = 0)]
        seed: u64,
    },
}

/// How `data list` prints.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ListFormat {
    /// A table.
    Text,
    /// One JSON object.
    Json,
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        if error.is_input() {
            Self::input(error)
        } else {
            Self::run(error)
        }
    }
}

/// Runs `genai-tui data`.
///
/// # Errors
/// When the input is bad, a file is damaged, a download fails, or stdout refuses.
pub fn run(args: &DataArgs) -> Result<(), Failure> {
    let mut out = BufWriter::new(Stdout);
    let options = LoadOptions {
        data_dir: args.data_dir.clone(),
        ..LoadOptions::default()
    };
    let written = match &args.command {
        DataCommand::List { format } => list(
            &mut out,
            data::data_dir(args.data_dir.as_deref()).ok().as_ref(),
            *format,
        ),
        DataCommand::Fetch { name, mirror } => {
            let options = LoadOptions {
                mirror: mirror.clone(),
                ..options
            };
            data::find(name).map_or(Ok(()), |entry| fetch(&mut out, entry, &options))
        }
        DataCommand::Show {
            name,
            fit,
            count,
            seed,
        } => {
            let fit = (*fit).into();
            let options = LoadOptions { fit, ..options };
            show(&mut out, name, *count, *seed, &options)
        }
    };
    written.and_then(|()| out.flush().map_err(stdout_failed))
}

fn list(out: &mut impl Write, dir: Option<&DataDir>, format: ListFormat) -> Result<(), Failure> {
    let states: Vec<_> = REGISTRY
        .iter()
        .map(|entry| (entry, State::of(entry, dir)))
        .collect();
    match format {
        ListFormat::Text => table(out, dir, &states),
        ListFormat::Json => writeln!(out, "{}", listing(dir, &states)),
    }
    .map_err(stdout_failed)
}

/// The state of a dataset, as `list` prints it.
struct State {
    /// For programs.
    word: &'static str,
    /// For people.
    text: String,
    /// Its location: a folder or an archive.
    place: Option<PathBuf>,
}

impl State {
    fn of(entry: &Entry, dir: Option<&DataDir>) -> Self {
        let presence = match (dir, &entry.origin) {
            (Some(dir), _) => data::presence(entry, &dir.path),
            (None, Origin::Generated(_)) => Presence::BuiltIn,
            (None, _) => Presence::Missing {
                files: Vec::new(),
                all: true,
                passed_over: Vec::new(),
            },
        };
        let (word, text) = match &presence {
            Presence::BuiltIn => ("built_in", "built in".to_owned()),
            Presence::Verified { place, packing } => {
                ("verified", here(entry, dir, place, *packing))
            }
            Presence::Missing {
                files,
                all,
                passed_over,
            } => {
                let fetch = format!("`genai-tui data fetch {}`", needed(entry).name);
                let mut text = if *all {
                    format!("not here: {fetch}")
                } else {
                    format!("without {}: {fetch}", files.join(", "))
                };
                for fault in passed_over {
                    let _ = write!(text, "; passed over: {fault}");
                }
                (if *all { "missing" } else { "incomplete" }, text)
            }
            Presence::Damaged(error) => ("damaged", error.to_string()),
        };
        let place = match presence {
            Presence::Verified { place, .. } => Some(place),
            _ => None,
        };
        Self { word, text, place }
    }
}

/// The dataset whose files are needed.
fn needed(entry: &Entry) -> &Entry {
    entry.published().map_or(entry, |(needed, _)| needed)
}

/// The state of a dataset that exists, with its location and packing if unusual.
fn here(entry: &Entry, dir: Option<&DataDir>, place: &Path, packing: Packing) -> String {
    let mut text = "here, verified".to_owned();
    if !matches!(packing, Packing::Published | Packing::Unpacked) {
        let _ = write!(text, ", {packing}");
    }
    if dir.is_some_and(|dir| dir.path.join(needed(entry).name) != place) {
        let _ = write!(text, ": {}", place.display());
    }
    text
}

fn table(
    out: &mut impl Write,
    dir: Option<&DataDir>,
    states: &[(&Entry, State)],
) -> io::Result<()> {
    match dir {
        Some(dir) => writeln!(
            out,
            "data directory: {} ({})\n",
            dir.path.display(),
            dir.source
        )?,
        None => writeln!(out, "data directory: none; name one with --data-dir\n")?,
    }
    let width = |text: fn(&Entry) -> &str| {
        REGISTRY
            .iter()
            .map(|entry| text::width(text(entry)))
            .max()
            .unwrap_or(0)
    };
    let (name, title) = (width(|entry| entry.name), width(|entry| entry.title));
    writeln!(
        out,
        "{}  {}  {:<12}  {:>7}  {:>15}  STATE",
        text::pad("NAME", name),
        text::pad("TITLE", title),
        "SHAPE",
        "CLASSES",
        "IMAGES"
    )?;
    for (entry, state) in states {
        let images = format!("{} + {}", entry.train_images, entry.test_images);
        writeln!(
            out,
            "{}  {}  {}  {:>7}  {images:>15}  {}",
            text::pad(entry.name, name),
            text::pad(entry.title, title),
            text::pad(&entry.shape.to_string(), 12),
            entry.classes.count(),
            state.text
        )?;
    }
    Ok(())
}

fn listing(dir: Option<&DataDir>, states: &[(&Entry, State)]) -> Value {
    let datasets: Vec<Value> = states
        .iter()
        .map(|(entry, state)| {
            json!({
                "name": entry.name,
                "title": entry.title,
                "about": entry.about,
                "classes": entry.classes.names(),
                "shape": entry.shape,
                "train_images": entry.train_images,
                "test_images": entry.test_images,
                "state": state.word,
                "detail": state.text,
                "place": state.place,
            })
        })
        .collect();
    json!({
        "data_dir": dir.map(|dir| &dir.path),
        "data_dir_source": dir.map(|dir| dir.source.to_string()),
        "datasets": datasets,
    })
}

fn fetch(out: &mut impl Write, entry: &Entry, options: &LoadOptions) -> Result<(), Failure> {
    let mut reporter = Reporter::new();
    let result = data::fetch(
        entry,
        options,
        &mut |progress| reporter.report(&progress),
        &|| false,
    );
    reporter.finish();
    let fetched = result?;
    let name = entry.name;
    match &fetched.folder {
        None => writeln!(out, "{name}: built in, nothing to fetch"),
        Some(folder) if fetched.files.is_empty() => {
            writeln!(out, "{name}: already there, verified: {}", folder.display())
        }
        Some(folder) => {
            for (file, bytes) in &fetched.files {
                writeln!(out, "{file}: {bytes} bytes, verified").map_err(stdout_failed)?;
            }
            writeln!(out, "{name}: complete: {}", folder.display())
        }
    }
    .map_err(stdout_failed)
}

/// Loads a dataset; progress and notices go to stderr.
pub(super) fn load(spec: &str, options: &LoadOptions) -> Result<Dataset, Failure> {
    let mut reporter = Reporter::new();
    let result = data::load(
        spec,
        options,
        &mut |progress| reporter.report(&progress),
        &|| false,
    );
    reporter.finish();
    let dataset = result?;
    if let Some(notice) = &dataset.notice {
        let _ = writeln!(io::stderr().lock(), "{notice}");
    }
    Ok(dataset)
}

fn show(
    out: &mut impl Write,
    spec: &str,
    count: usize,
    seed: u64,
    options: &LoadOptions,
) -> Result<(), Failure> {
    let dataset = load(spec, options)?;
    let test = dataset
        .test
        .as_ref()
        .map(|test| format!(" + {}", test.len()))
        .unwrap_or_default();
    writeln!(
        out,
        "{}: {}{test} images of {}",
        dataset.title,
        dataset.train.len(),
        dataset.train.shape()
    )
    .map_err(stdout_failed)?;
    classes::print(out, &dataset, Page::of_stdout().columns).map_err(stdout_failed)?;
    let (images, labels) = pick(&dataset, count, seed);
    print_grid(out, &images, &labels, Page::of_stdout()).map_err(stdout_failed)
}

/// `count` different training images and their labels.
fn pick(dataset: &Dataset, count: usize, seed: u64) -> (ImageGrid, Vec<String>) {
    let classes = &dataset.classes;
    let mut indices: Vec<u32> = (0..dataset.train.len() as u32).collect();
    Stream::new(seed, "show").shuffle(&mut indices);
    indices.truncate(count);
    let label = |index: u32| match dataset.train.label(index as usize) {
        Some(class) => classes
            .get(usize::from(class))
            .map_or_else(|| class.to_string(), Clone::clone),
        None => format!("#{index}"),
    };
    (
        dataset.train.gather(&indices),
        indices.iter().map(|&index| label(index)).collect(),
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use clap::Parser;

    use super::*;
    use crate::data::DirSource;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        data: DataArgs,
    }

    fn text(write: impl FnOnce(&mut Vec<u8>) -> Result<(), Failure>) -> String {
        let mut out = Vec::new();
        write(&mut out)
            .map_err(|failure| failure.message())
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_list_shows_what_is_available_and_how_to_get_the_rest() {
        let empty = tempfile::tempdir().unwrap();
        let dir = DataDir {
            path: empty.path().to_owned(),
            source: DirSource::Given,
        };
        let table = text(|out| list(out, Some(&dir), ListFormat::Text));
        for entry in REGISTRY {
            assert!(table.contains(entry.title), "{table}");
        }
        assert!(
            table.contains("not here: `genai-tui data fetch mnist`") && table.contains("built in"),
            "{table}"
        );

        std::fs::create_dir(empty.path().join("mnist")).unwrap();
        std::fs::write(
            empty.path().join("mnist/t10k-labels-idx1-ubyte"),
            "no labels",
        )
        .unwrap();
        let json: Value =
            serde_json::from_str(&text(|out| list(out, Some(&dir), ListFormat::Json))).unwrap();
        let state = |i: usize| json["datasets"][i]["state"].as_str().unwrap().to_owned();
        assert_eq!(
            [state(0), state(1), state(2)],
            ["damaged", "missing", "built_in"]
        );
        assert_eq!(json["data_dir"], json!(empty.path()));
    }

    #[test]
    fn without_a_data_directory_the_list_is_still_there() {
        let table = text(|out| list(out, None, ListFormat::Text));
        assert!(
            table.contains("--data-dir") && table.contains("built in"),
            "{table}"
        );
    }

    #[test]
    fn show_prints_every_image_under_its_label() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my-images-idx3-ubyte");
        let mut images = vec![0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 28, 0, 0, 0, 28];
        images.extend([255; 3 * 784]);
        std::fs::write(&path, images).unwrap();
        std::fs::write(
            dir.path().join("my-labels-idx1-ubyte"),
            [0, 0, 8, 1, 0, 0, 0, 3, 41, 42, 43],
        )
        .unwrap();
        let shown = text(|out| show(out, path.to_str().unwrap(), 9, 1, &LoadOptions::default()));
        assert!(
            shown.starts_with("my-images-idx3-ubyte: 3 images of 28×28 grey"),
            "{shown}"
        );
        assert!(
            ["41", "42", "43"].iter().all(|label| shown.contains(label)),
            "{shown}"
        );
    }

    #[test]
    fn seeds_pick_different_images() {
        let train = data::digits::generate(0, "test", 40);
        let dataset = Dataset {
            name: "digits".into(),
            title: String::new(),
            train,
            test: None,
            classes: Vec::new(),
            notice: None,
            known_digest: std::sync::OnceLock::new(),
        };
        let (images, labels) = pick(&dataset, 6, 1);
        assert_eq!((images.count(), labels.len()), (6, 6));
        assert_eq!(pick(&dataset, 6, 1), (images.clone(), labels));
        assert_ne!(pick(&dataset, 6, 2).0, images);
        assert_eq!(pick(&dataset, 1000, 0).0.count(), 40);
    }

    #[test]
    fn fetch_takes_only_names_of_the_registry() {
        let error = Line::try_parse_from(["data", "fetch", "cifar"])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("mnist") && error.contains("fashion-mnist"),
            "{error}"
        );
        let line =
            Line::try_parse_from(["data", "fetch", "digits", "--data-dir", "/nowhere"]).unwrap();
        assert!(run(&line.data).is_ok());
    }
}
