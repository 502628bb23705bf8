//! The images of the fixed latents: tiles, as large and as many as there is room for; in pixels
//! if the terminal supports it, otherwise in characters. The side panel shows requested images.

mod grid;
mod shown;
mod tile;

pub use shown::{Shown, uncovered};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use grid::{Captions, ENOUGH, ENOUGH_IN_PIXELS, Grid};
use tile::draw_tile;

use crate::picture::{Canvas, inline};
use crate::protocol::ImageGrid;
use crate::shape::ImageShape;
use crate::terminal::Placed;
use crate::text;
use crate::text::number;
use crate::tui::app::{App, Picture};
use crate::tui::appearance::Appearance;
use crate::tui::layout;
use crate::tui::screen::Screen;

/// Columns from which the samples and the side panel are both visible.
const SIDE_BY_SIDE: u16 = 100;

/// Images, with or without a word about each.
struct Sheet<'a> {
    images: &'a ImageGrid,
    captions: &'a [String],
    /// Columns that belong together; 0 for any number.
    columns: usize,
    /// Whether the images say little without them.
    needed: bool,
    /// Whether the first and last image always show, with those between thinned out if space is short.
    is_a_way: bool,
}

/// The text below samples that fill the terminal.
#[must_use]
pub fn caption(step: u64, count: usize, kind: &str, look: &Appearance) -> String {
    let many = if count == 1 { "" } else { "s" };
    let dot = look.glyphs.dot;
    format!(
        " step {} {dot} {count} image{many} {dot} {kind} {dot} any key returns",
        number::thousands(step)
    )
}

/// Draws only the samples, or the enlarged one, in characters, with the reason why not in pixels.
pub fn still(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance, why: &str) {
    let Some(picture) = app.shown_picture() else {
        return;
    };
    let look = &Appearance {
        pixels: None,
        ..look.clone()
    };
    let images = &picture.samples.images;
    let (above, shape) = (above_caption(area), images.shape());
    let alone = app.gallery.enlarged.and_then(|index| images.image(index));
    if let Some(image) = alone {
        let place = middle(above, shape, look);
        draw_tile(place, buffer, &Canvas::of(shape, image), look);
    } else {
        let sheet = Sheet {
            images,
            captions: &[],
            columns: 0,
            needed: false,
            is_a_way: false,
        };
        let tiles = lay_out(above, &sheet, u16::MAX, None, look);
        for (place, index) in tiles.places {
            if let Some(image) = images.image(index) {
                draw_tile(place, buffer, &Canvas::of(shape, image), look);
            }
        }
    }
    let count = if alone.is_some() { 1 } else { images.count() };
    let kind = format!("in characters ({})", look.glyphs.text(why));
    let text = caption(picture.step, count, &kind, look);
    let text = if text::width(&text) > usize::from(area.width) {
        caption(picture.step, count, "in characters", look)
    } else {
        text
    };
    let row = Rect {
        y: above.bottom(),
        height: area.height.min(1),
        ..area
    };
    let text = text::fit(&text, usize::from(area.width), look.glyphs.ellipsis);
    Line::from(Span::styled(text, look.theme.dim)).render(row, buffer);
}

/// The areas of the samples and of the side panel, if it is open.
#[must_use]
pub fn halves(area: Rect, app: &App) -> (Rect, Option<Rect>) {
    if app.gallery.side_panel.is_none() {
        return (area, None);
    }
    let width = if area.width >= SIDE_BY_SIDE {
        area.width / 2
    } else {
        0
    };
    let left = Rect { width, ..area };
    let right = Rect {
        x: left.right(),
        width: area.width - width,
        ..area
    };
    (left, Some(right))
}

/// Draws the side panel.
pub fn draw_side_panel(
    right: Rect,
    buffer: &mut Buffer,
    app: &App,
    look: &Appearance,
    shown: &mut Vec<Shown>,
) {
    let Some(panel) = &app.gallery.side_panel else {
        return;
    };
    let step = format!("step {} ", number::thousands(panel.step));
    let room = usize::from(right.width).saturating_sub(step.len() + 4);
    let what = text::fit(
        &look.glyphs.text(&panel.looked.title),
        room,
        look.glyphs.ellipsis,
    );
    let title = Line::from(vec![
        Span::styled(format!(" {what} "), look.theme.title),
        Span::styled(step, look.theme.text),
    ]);
    let keys = Line::from(Span::styled(" Esc closes ", look.theme.dim));
    let block = look.frame().title_top(title).title_bottom(keys);
    let inner = block.inner(right);
    block.render(right, buffer);
    let sheet = Sheet {
        images: &panel.looked.images,
        captions: &panel.looked.captions,
        columns: 0,
        needed: true,
        is_a_way: panel.is_a_way,
    };
    let tiles = lay_out(inner, &sheet, enough(look), app.gallery.size, look);
    let (fitting, all) = (tiles.places.len(), sheet.images.count());
    tiles.draw(buffer, &sheet, look, shown);
    if fitting < all {
        let text = format!(" {fitting} of {all} ");
        look.note_in_corner(right, buffer, text);
    }
}

/// Draws the samples.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance, shown: &mut Vec<Shown>) {
    let theme = &look.theme;
    let mut title = vec![Span::styled(" Samples ", theme.title)];
    let newest = app.shown_picture();
    if let Some(picture) = newest {
        title.push(Span::styled(
            format!("step {} ", number::thousands(picture.step)),
            theme.text,
        ));
        if picture.samples.diversity.is_finite() && area.width >= 42 {
            let text = format!(
                "{} diversity {:.2} ",
                look.glyphs.dot, picture.samples.diversity
            );
            title.push(Span::styled(text, theme.dim));
        }
        if app.view.cursor.is_some() && area.width >= 30 {
            let (at, of) = app.timeline.position(picture.step);
            let word = if app.is_playing() { "playing" } else { "frame" };
            title.push(Span::styled(format!("{word} {at}/{of} "), theme.accent));
        }
    }
    let block = look.frame().title_top(Line::from(title));
    let inner = block.inner(area);
    block.render(area, buffer);
    match newest {
        Some(picture) if picture.samples.images.count() > 0 => {
            if let Some(index) = alone(app, picture) {
                enlarged(inner, buffer, picture, index, app, look, shown);
            } else {
                let words = words(app, picture);
                let sheet = sheet(app, picture, &words);
                let tiles = lay_out(inner, &sheet, enough(look), size(app), look);
                tiles.draw(buffer, &sheet, look, shown);
            }
        }
        _ => {
            let text = if app.run.has_ended() {
                "there are no samples"
            } else {
                "waiting for the first samples"
            };
            Line::from(Span::styled(text, theme.dim))
                .centered()
                .render(layout::middle_row(inner), buffer);
        }
    }
}

/// The cells of each sample that [`draw`] shows there, and its number.
#[must_use]
pub fn tiles(area: Rect, app: &App, look: &Appearance) -> Vec<(Rect, usize)> {
    let inner = look.frame().inner(area);
    let Some(picture) = app.shown_picture() else {
        return Vec::new();
    };
    if let Some(index) = alone(app, picture) {
        let shape = picture.samples.images.shape();
        return vec![(middle(above_caption(inner), shape, look), index)];
    }
    let words = words(app, picture);
    let sheet = sheet(app, picture, &words);
    lay_out(inner, &sheet, enough(look), size(app), look).places
}

/// Draws as many of these images as fit, as large as they can be; `columns` of classes stay together (0: there are none).
pub fn draw_images(
    area: Rect,
    buffer: &mut Buffer,
    images: &ImageGrid,
    columns: usize,
    look: &Appearance,
    shown: &mut Vec<Shown>,
) {
    let sheet = Sheet {
        images,
        captions: &[],
        columns,
        needed: false,
        is_a_way: false,
    };
    let tiles = lay_out(area, &sheet, enough(look), None, look);
    tiles.draw(buffer, &sheet, look, shown);
}

/// D's score of each image; in columns of classes the name of its class, before the score if there is one.
fn words(app: &App, picture: &Picture) -> Vec<String> {
    let samples = &picture.samples;
    let mut scores = samples.scores.iter().map(|score| score_text(app, *score));
    if samples.columns.is_empty() {
        return scores.collect();
    }
    let classes = samples.columns.iter().cycle();
    let with_score = classes.take(samples.images.count()).map(|class| {
        scores
            .next()
            .map_or_else(|| class.clone(), |score| format!("{class} {score}"))
    });
    with_score.collect()
}

fn sheet<'a>(app: &App, picture: &'a Picture, words: &'a [String]) -> Sheet<'a> {
    Sheet {
        images: &picture.samples.images,
        captions: words,
        columns: picture.samples.columns.len(),
        needed: app.screen == Screen::Samples,
        is_a_way: false,
    }
}

/// The size that was asked for, which holds on the screen of samples.
fn size(app: &App) -> Option<usize> {
    app.gallery.size.filter(|_| app.screen == Screen::Samples)
}

/// Draws an image in characters, or leaves its cells to its pixels; with the cells of what is said about it.
fn put_image(
    place: Rect,
    caption: Rect,
    buffer: &mut Buffer,
    (shape, image): (ImageShape, &[u8]),
    look: &Appearance,
    shown: &mut Vec<Shown>,
) {
    let in_pixels = look.pixels.is_some() && !place.is_empty();
    if in_pixels {
        for position in place.positions() {
            if let Some(cell) = buffer.cell_mut(position) {
                cell.set_char(' ');
            }
        }
    } else {
        draw_tile(place, buffer, &Canvas::of(shape, image), look);
    }
    let pixels = in_pixels.then(|| Placed {
        place,
        image: inline::in_few_levels(shape, image),
    });
    shown.push(Shown::new(place, caption, pixels, buffer));
}

/// Number of tiles that must fit before they grow.
fn enough(look: &Appearance) -> u16 {
    match look.pixels {
        Some(_) => ENOUGH_IN_PIXELS,
        None if look.glyphs.have_dots() || look.glyphs.have_blocks() => ENOUGH,
        // In ASCII a cell is one pixel: one image that can be read is worth more than many that cannot.
        None => 1,
    }
}

/// The places of images.
struct Tiles {
    /// The cells of each, and its number.
    places: Vec<(Rect, usize)>,
    /// Whether there is a row for a word below each.
    are_captioned: bool,
}

/// Lays out as many images as fit.
fn lay_out(
    area: Rect,
    sheet: &Sheet<'_>,
    enough: u16,
    size: Option<usize>,
    look: &Appearance,
) -> Tiles {
    let count = sheet.images.count();
    let captions = match sheet.captions.len() {
        0 => Captions::None,
        _ if sheet.needed => Captions::Needed,
        _ => Captions::Spare,
    };
    let shape = sheet.images.shape();
    let mut sizes = layout::tiles(shape, look.pixels);
    sizes.retain(|tile| tile.width <= area.width && tile.height <= area.height);
    if sizes.is_empty() {
        sizes.push(layout::largest_tile(area, shape, look.pixels));
    }
    let mut asked = size.and_then(|size| layout::chosen_tile(size, shape, look.pixels));
    let most = count.min(usize::from(u16::MAX)) as u16;
    let columns = sheet.columns.min(count) as u16;
    let has_room = |tile: &layout::Tile| (area.width + 1) / (tile.width + 1) >= columns;
    // Columns of classes stay together where the smallest tiles let them.
    let are_kept = columns > 0 && sizes.iter().any(has_room);
    let mut enough = enough;
    if are_kept {
        sizes.retain(has_room);
        asked = asked.filter(has_room);
        enough = enough.min(2 * columns);
    }
    let mut grid = Grid::fit(area, most, enough, captions, &sizes, asked);
    if are_kept {
        grid = grid.with_columns(area, most, columns);
    }
    let shown = usize::from(grid.columns * grid.rows).min(count);
    let number = |i: usize| {
        if sheet.is_a_way && shown > 1 {
            i * (count - 1) / (shown - 1)
        } else {
            i
        }
    };
    let cells = (0..grid.rows).flat_map(|y| (0..grid.columns).map(move |x| (x, y)));
    let places = cells.take(shown).enumerate();
    Tiles {
        places: places
            .map(|(i, (x, y))| (grid.place(area, x, y), number(i)))
            .collect(),
        are_captioned: grid.caption > 0,
    }
}

impl Tiles {
    fn draw(
        &self,
        buffer: &mut Buffer,
        sheet: &Sheet<'_>,
        look: &Appearance,
        shown: &mut Vec<Shown>,
    ) {
        for (place, index) in &self.places {
            let Some(image) = sheet.images.image(*index) else {
                break;
            };
            let captions = sheet.captions.get(*index);
            let text = captions.filter(|_| self.are_captioned);
            let caption = Rect {
                y: place.bottom(),
                height: u16::from(text.is_some()),
                ..*place
            };
            if let Some(text) = text {
                let room = usize::from(place.width);
                let text = text::fit(&look.glyphs.text(text), room, look.glyphs.ellipsis);
                Line::from(Span::styled(text, look.theme.dim))
                    .centered()
                    .render(caption, buffer);
            }
            let image = (sheet.images.shape(), image);
            put_image(*place, caption, buffer, image, look, shown);
        }
    }
}

/// All of an area but its last row.
fn above_caption(area: Rect) -> Rect {
    Rect {
        height: area.height.saturating_sub(1),
        ..area
    }
}

/// The sample that is shown alone, if one is.
fn alone(app: &App, picture: &Picture) -> Option<usize> {
    app.gallery
        .enlarged
        .filter(|index| app.screen == Screen::Samples && *index < picture.samples.images.count())
}

/// The largest place for an image of this shape in the middle of an area.
fn middle(area: Rect, shape: ImageShape, look: &Appearance) -> Rect {
    let layout::Tile { width, height } = layout::largest_tile(area, shape, look.pixels);
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + area.height.saturating_sub(height) / 2,
        width,
        height,
    }
    .intersection(area)
}

/// D's score of an image, as its objective scores.
fn score_text(app: &App, score: f32) -> String {
    let objective = app.run.objective.as_ref();
    objective.map_or_else(String::new, |objective| objective.score_text(score))
}

/// One sample, as large as it gets.
fn enlarged(
    area: Rect,
    buffer: &mut Buffer,
    picture: &Picture,
    index: usize,
    app: &App,
    look: &Appearance,
    shown: &mut Vec<Shown>,
) {
    let images = &picture.samples.images;
    let Some(image) = images.image(index) else {
        return;
    };
    let place = middle(above_caption(area), images.shape(), look);
    let mut text = format!("sample {} of {}", index + 1, images.count());
    let classes = &picture.samples.columns;
    if let Some(class) = index
        .checked_rem(classes.len())
        .and_then(|at| classes.get(at))
    {
        text = format!("{text}, {class}");
    }
    if let Some(score) = picture.samples.scores.get(index) {
        text = format!("{text}, D's score {}", score_text(app, *score));
    }
    let caption = Rect {
        y: place.bottom(),
        height: 1,
        ..area
    };
    Line::from(Span::styled(text, look.theme.dim))
        .centered()
        .render(caption.intersection(area), buffer);
    let caption = caption.intersection(area);
    let image = (images.shape(), image);
    put_image(place, caption, buffer, image, look, shown);
}
