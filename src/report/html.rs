//! The page in HTML: one file, which asks nobody for anything.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::chart::Chart;
use super::gather::Report;
use super::samples::{self, Album, Sample};
use super::svg;
use super::table::{Cell, Table};
use super::{escape, scatter};
use super::{lead, records, tables};
use crate::metric::Good;
use crate::metric::quality::QUANTITIES;
use crate::text::number;
use crate::workspace::{COLOURS, palette};

/// Charts that are open; the others are one click away.
const OPEN: usize = 8;

/// A text of fewer bytes is not broken.
const SHORT: usize = 30;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The page.
#[must_use]
pub fn html(report: &Report) -> String {
    let mut page = Page::default();
    page.sweep(report);
    page.table("runs", "Runs", &tables::runs(report));
    page.table("groups", "Groups", &tables::groups(report));
    page.charts(report);
    page.samples(report);
    page.table(
        "settings",
        "Settings that differ",
        &tables::differences(report),
    );
    page.settings(report);
    page.table("events", "What happened", &records::happenings(report));
    page.table("quality", "Quality", &records::quality(report));
    page.table("energy", "Energy", &records::energy(report));
    page.problems(report);
    page.whole(report)
}

/// Sections, and where each is.
#[derive(Default)]
struct Page {
    body: String,
    places: Vec<(&'static str, String)>,
}

impl Page {
    fn section(&mut self, id: &'static str, title: &str, content: &str) {
        if content.is_empty() {
            return;
        }
        self.places.push((id, title.to_owned()));
        let title = escape::html(title);
        let _ = writeln!(
            self.body,
            "<section><h2 id=\"{id}\">{title}</h2>{content}</section>"
        );
    }

    fn table(&mut self, id: &'static str, title: &str, content: &Table) {
        self.section(id, title, &table(content, ""));
    }

    fn charts(&mut self, report: &Report) {
        let charts = Chart::all(report);
        if charts.is_empty() {
            return;
        }
        let mut content = keys(report);
        let (open, more) = charts.split_at(charts.len().min(OPEN));
        let all = |charts: &[Chart<'_>]| {
            let figures: String = charts.iter().map(figure).collect();
            format!("<div class=\"charts\">{figures}</div>")
        };
        content.push_str(&all(open));
        if !more.is_empty() {
            let count = more.len();
            let noun = if count == 1 { "chart" } else { "charts" };
            let _ = write!(
                content,
                "<details><summary>{count} more {noun}</summary>{}</details>",
                all(more)
            );
        }
        let mut note = String::new();
        if !report.groups.is_empty() {
            let _ = write!(
                note,
                "Strong lines are the means of groups, bands {}, faint lines single runs. A mean is of the runs that reach a step. ",
                match report.band {
                    crate::workspace::Band::Range => "reach from the lowest to the highest run",
                    crate::workspace::Band::Deviation =>
                        "are one standard deviation to either side",
                    crate::workspace::Band::Error =>
                        "are one standard error of the mean to either side",
                }
            );
        }
        note.push_str(
            "Lines are smoothed where there are many points; triangles and crosses at an edge are values beyond it, and such that are not finite.",
        );
        if report.left_out > 0 {
            let _ = write!(note, " {} more metrics are not charted.", report.left_out);
        }
        let _ = write!(content, "<p class=\"note\">{}</p>", escape::html(&note));
        self.section("charts", "Charts", &content);
    }

    fn samples(&mut self, report: &Report) {
        let found = samples::albums(report);
        if found.albums.is_empty() {
            return;
        }
        let mut content = String::new();
        for album in &found.albums {
            content.push_str(&self::album(album));
        }
        if found.left_out > 0 {
            let _ = write!(
                content,
                "<p class=\"note\">{} more rows of pictures are not shown.</p>",
                found.left_out
            );
        }
        self.section("samples", "Samples", &content);
    }

    fn settings(&mut self, report: &Report) {
        let all = tables::settings(report);
        if all.is_empty() {
            return;
        }
        let content = format!(
            "<details><summary>{} settings</summary>{}</details>",
            all.rows.len(),
            table(&all, "")
        );
        self.section("settings", "Settings", &content);
    }

    fn problems(&mut self, report: &Report) {
        if report.problems.is_empty() {
            return;
        }
        let items: Vec<String> = report
            .problems
            .iter()
            .map(|problem| format!("<li>{}</li>", escape::html(problem)))
            .collect();
        let content = format!("<ul class=\"plain\">{}</ul>", items.concat());
        self.section("problems", "What could not be read", &content);
    }

    fn sweep(&mut self, report: &Report) {
        let Some(sweep) = &report.sweep else {
            return;
        };
        let mut content = scatter::all(sweep);
        content.push_str(&table(&sweep.trials(), ""));
        self.section("sweep", "Sweep", &content);
    }

    fn whole(self, report: &Report) -> String {
        let title = escape::html(&report.title);
        let count = report.runs.len();
        let runs = if count == 1 { "run" } else { "runs" };
        let mut facts = vec![format!("{} {runs}", number::thousands(count as u64))];
        if !report.groups.is_empty() {
            facts.push(format!("{} groups", report.groups.len()));
        }
        facts.push(report.now.strftime("%-d %B %Y, %H:%M UTC").to_string());
        let facts = facts.join(" · ");
        let lead = lead::lead(report).map_or_else(String::new, |lead| {
            format!("<p class=\"lead\">{}</p>", escape::html(&lead))
        });
        let nav: Vec<String> = self
            .places
            .iter()
            .map(|(id, title)| format!("<a href=\"#{id}\">{}</a>", escape::html(title)))
            .collect();
        let nav = nav.concat();
        let colours = colours();
        let version = env!("CARGO_PKG_VERSION");
        let body = &self.body;
        format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
             <meta name=\"generator\" content=\"genai-tui {version}\">\n\
             <title>{title}</title>\n<style>{STYLE}{colours}</style></head>\n<body>\n\
             <header><h1>{title}</h1><p class=\"meta\">{facts}</p>{lead}<nav>{nav}</nav></header>\n\
             <main>\n{body}</main>\n\
             <footer>Made by genai-tui {version} from the runs' own logs.</footer>\n\
             <div id=\"tip\" hidden></div>\n<script>{SCRIPT}</script>\n</body></html>\n"
        )
    }
}

/// The colours of runs, on light and on dark paper.
fn colours() -> String {
    let rules = |all: &[[u8; 3]; COLOURS]| -> String {
        let rules = all.iter().enumerate();
        let rules: Vec<String> = rules
            .map(|(at, [r, g, b])| format!(".c{at}{{--c:#{r:02x}{g:02x}{b:02x}}}"))
            .collect();
        rules.concat()
    };
    format!(
        "{}@media (prefers-color-scheme:dark){{{}}}",
        rules(&palette::ON_LIGHT),
        rules(&palette::ON_DARK)
    )
}

/// The legend, by which lines are picked out.
fn keys(report: &Report) -> String {
    let mut named: Vec<(usize, String)> = if report.groups.is_empty() {
        let runs = report.runs.iter();
        runs.map(|run| (run.colour, run.name.clone())).collect()
    } else {
        let groups = report.groups.iter().enumerate();
        groups
            .map(|(at, group)| {
                (
                    at,
                    format!("{} ({})", report.group_name(group), group.members.len()),
                )
            })
            .collect()
    };
    if named.len() < 2 {
        named.clear();
    }
    let keys: Vec<String> = named
        .iter()
        .map(|(colour, name)| {
            format!(
                "<li><button class=\"key {}\" data-k=\"{colour}\" aria-pressed=\"false\"><i></i>{}</button></li>",
                svg::class(*colour),
                escape::html(name)
            )
        })
        .collect();
    if keys.is_empty() {
        return String::new();
    }
    format!("<ul class=\"keys stay\">{}</ul>", keys.concat())
}

fn figure(chart: &Chart<'_>) -> String {
    let arrow = match chart.good {
        Good::Lower => " ↓",
        Good::Higher => " ↑",
        Good::Balance | Good::Neutral => "",
    };
    let about = QUANTITIES.iter().find(|q| q.name == chart.metric);
    let about = about.map_or_else(String::new, |quantity| {
        format!(" title=\"{}\"", escape::html(quantity.about))
    });
    let log = if chart.scale.is_log() {
        "logarithmic · "
    } else {
        ""
    };
    let best = chart.best.as_deref().unwrap_or_default();
    format!(
        "<figure class=\"chart\"><figcaption><strong{about}>{}{arrow}</strong><span>{log}{}</span></figcaption>{}\
         <script type=\"application/json\">{}</script></figure>\n",
        escape::html(chart.metric),
        escape::html(best),
        svg::chart(chart),
        svg::data(chart)
    )
}

/// A row for each run.
fn album(album: &Album<'_>) -> String {
    let mut out = String::new();
    if let Some(tag) = album.tag {
        let _ = write!(out, "<h3>{}</h3>", escape::html(tag));
    }
    out.push_str("<div class=\"scroll\"><table class=\"samples\">");
    for row in &album.rows {
        let name = run(&row.run.name, row.run.colour);
        let tag = row.tag.map_or_else(String::new, |tag| {
            format!("<small>{}</small>", escape::html(tag))
        });
        let _ = write!(out, "<tr><th scope=\"row\">{name}{tag}</th>");
        let what = format!("{} of {}", album.tag.unwrap_or("samples"), row.run.name);
        for sample in &row.samples {
            let _ = write!(out, "<td>{}</td>", picture(sample.as_ref(), &what));
        }
        out.push_str("</tr>");
    }
    out.push_str("</table></div>");
    out
}

fn picture(sample: Option<&Sample>, what: &str) -> String {
    let Some(sample) = sample else {
        return String::new();
    };
    let step = number::thousands(sample.step);
    match &sample.png {
        Ok(png) => format!(
            "<img alt=\"{} at step {step}\" width=\"{}\" height=\"{}\" src=\"data:image/png;base64,{}\"><small>step {step}</small>",
            escape::html(what),
            sample.width,
            sample.height,
            BASE64.encode(png)
        ),
        Err(problem) => format!("<small>step {step}: {}</small>", escape::html(problem)),
    }
}

fn run(name: &str, colour: usize) -> String {
    let safe = escape::html(name);
    format!(
        "<span class=\"run {}\"><i></i><span title=\"{safe}\">{safe}</span></span>",
        svg::class(colour)
    )
}

/// A table; nothing for an empty one.
fn table(table: &Table, class: &str) -> String {
    if table.is_empty() {
        return String::new();
    }
    let mut out = format!("<div class=\"scroll\"><table class=\"{class}\"><thead><tr>");
    for (title, is_number) in &table.head {
        let class = if *is_number { " class=\"n\"" } else { "" };
        let _ = write!(out, "<th scope=\"col\"{class}>{}</th>", escape::html(title));
    }
    out.push_str("</tr></thead><tbody>");
    for row in &table.rows {
        out.push_str("<tr>");
        for (cell, (_, is_number)) in row.iter().zip(&table.head) {
            // What is short stays on one line.
            let is_short =
                matches!(cell, Cell::Text(text) | Cell::Code(text) if text.len() < SHORT);
            let class = match () {
                () if *is_number => " class=\"n\"",
                () if is_short => " class=\"w\"",
                () => "",
            };
            let _ = write!(out, "<td{class}>{}</td>", self::cell(cell));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    if let Some(note) = &table.note {
        let _ = write!(out, "<p class=\"note\">{}</p>", escape::html(note));
    }
    out
}

fn cell(cell: &Cell) -> String {
    let small = |more: &str| {
        if more.is_empty() {
            String::new()
        } else {
            format!("<small>{}</small>", escape::html(more))
        }
    };
    match cell {
        Cell::Text(text) => escape::html(text),
        Cell::Code(text) => format!("<code>{}</code>", escape::html(text)),
        Cell::Number(text, more) => format!("{}{}", escape::html(text), small(more)),
        Cell::Best(text, more) => {
            format!("<b>{}</b>{}", escape::html(text), small(more))
        }
        Cell::Run(name, colour) => run(name, *colour),
    }
}
