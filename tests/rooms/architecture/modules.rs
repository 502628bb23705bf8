//! Which module uses which: names are followed through `use` and `pub use` to the module that defines them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::source::{Token, files, tokens_of};

/// A module's place: `["nn", "kernels"]`. The crate itself is empty.
pub type ModulePath = Vec<String>;

/// One file.
#[derive(Debug, Default)]
struct Module {
    /// What `use` brings in, by the name that it has here.
    bindings: BTreeMap<String, Vec<String>>,
    /// `use x::*`.
    globs: Vec<Vec<String>>,
    /// Names that are defined here.
    defined: BTreeSet<String>,
    /// Every path that is written here.
    paths: Vec<Vec<String>>,
}

/// All modules of the program.
#[derive(Debug)]
pub struct Modules {
    all: BTreeMap<ModulePath, Module>,
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    /// To a module as such.
    Module(ModulePath),
    /// To something that a module defines.
    Item(ModulePath),
}

impl Modules {
    /// Reads the source below `root`.
    pub fn read(root: &Path) -> Self {
        let module = |path: &Path| {
            let below = path.strip_prefix(root).unwrap_or(path).with_extension("");
            let mut names: ModulePath = below
                .components()
                .map(|c| c.as_os_str().to_string_lossy().into_owned())
                .collect();
            if names.last().is_some_and(|n| n == "mod") || names == ["lib"] {
                names.pop();
            }
            (names, parse(&tokens_of(path)))
        };
        let paths = files(root);
        let program = paths.iter().filter(|p| !p.ends_with("main.rs"));
        Self {
            all: program.map(|p| module(p)).collect(),
        }
    }

    fn of(texts: &[(&[&str], &str)]) -> Self {
        let module = |(path, text): &(&[&str], &str)| {
            let path = path.iter().map(|&p| p.to_owned()).collect();
            (path, parse(&super::source::tokens(text)))
        };
        Self {
            all: texts.iter().map(module).collect(),
        }
    }

    /// For each module, the modules whose definitions it uses. A module that only hands on what those below it define
    /// does not use them.
    pub fn uses(&self) -> BTreeMap<ModulePath, BTreeSet<ModulePath>> {
        let mut uses = BTreeMap::new();
        for (at, module) in &self.all {
            let found: BTreeSet<ModulePath> = module
                .paths
                .iter()
                .filter_map(|path| match self.resolve(at, path, 0)? {
                    Target::Item(place) => Some(place),
                    Target::Module(place) => Some(place).filter(|p| !at.starts_with(p)),
                })
                .filter(|place| place != at)
                .collect();
            uses.insert(at.clone(), found);
        }
        uses
    }

    /// Follows a path that is written in the module `at`.
    fn resolve(&self, at: &[String], path: &[String], depth: u32) -> Option<Target> {
        if depth > 16 {
            return None;
        }
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.resolve_in(&[], rest, depth),
            "self" => self.resolve_in(at, rest, depth),
            "super" => self.resolve_in(at.split_last()?.1, rest, depth),
            _ => self.resolve_in(at, path, depth),
        }
    }

    /// Follows a path from a module on.
    fn resolve_in(&self, at: &[String], path: &[String], depth: u32) -> Option<Target> {
        let module = self.all.get(at)?;
        let Some((first, rest)) = path.split_first() else {
            return Some(Target::Module(at.to_owned()));
        };
        if first == "super" {
            return self.resolve_in(at.split_last()?.1, rest, depth);
        }
        let below: ModulePath = [at, std::slice::from_ref(first)].concat();
        let is_module = self.all.contains_key(&below);
        if is_module && !rest.is_empty() {
            return self.resolve_in(&below, rest, depth);
        }
        if let Some(bound) = module.bindings.get(first)
            && bound != path
        {
            let whole = [bound.as_slice(), rest].concat();
            if let Some(target) = self.resolve(at, &whole, depth + 1) {
                return Some(target);
            }
        }
        if is_module {
            return Some(Target::Module(below));
        }
        if module.defined.contains(first) {
            return Some(Target::Item(at.to_owned()));
        }
        module.globs.iter().find_map(|glob| {
            let whole = [glob.as_slice(), path].concat();
            self.resolve(at, &whole, depth + 1)
        })
    }
}

/// The rooms that a file names by a path from the crate's root.
pub fn rooms_named(tokens: &[Token]) -> BTreeSet<String> {
    let module = parse(tokens);
    let imported = module.bindings.values().chain(&module.globs);
    imported
        .chain(&module.paths)
        .filter_map(|path| match path.as_slice() {
            [first, room, ..] if first == "crate" => Some(room.clone()),
            _ => None,
        })
        .collect()
}

fn parse(tokens: &[Token]) -> Module {
    let mut module = Module::default();
    let mut handed_on = BTreeSet::new();
    let mut words = BTreeSet::new();
    let mut i = 0;
    while let Some(token) = tokens.get(i) {
        let Some(word) = token.word() else {
            i += 1;
            continue;
        };
        if word == "use" && tokens.get(i + 1).is_some_and(|t| !t.is('<')) {
            let is_public = i > 0 && (tokens[i - 1].word() == Some("pub") || tokens[i - 1].is(')'));
            let mut found = Vec::new();
            i = read_use(tokens, i + 1, &[], &mut found);
            for (name, path) in found {
                if name == "*" {
                    module.globs.push(path);
                    continue;
                }
                if is_public {
                    handed_on.insert(name.clone());
                } else {
                    module.paths.push(path.clone());
                }
                module.bindings.insert(name, path);
            }
            continue;
        }
        if DEFINES.contains(&word)
            && let Some(name) = tokens.get(i + 1).and_then(Token::word)
        {
            module.defined.insert(name.to_owned());
        }
        if word == "macro_rules"
            && let Some(name) = tokens.get(i + 2).and_then(Token::word)
        {
            module.defined.insert(name.to_owned());
        }
        let mut path = vec![word.to_owned()];
        i += 1;
        while tokens.get(i) == Some(&Token::Colons)
            && let Some(next) = tokens.get(i + 1).and_then(Token::word)
        {
            path.push(next.to_owned());
            i += 2;
        }
        if path.len() > 1 {
            module.paths.push(path);
        } else {
            words.extend(path);
        }
    }
    // What is handed on and used here as well is used.
    let also = handed_on
        .intersection(&words)
        .map(|name| vec![name.clone()]);
    module.paths.extend(also.collect::<Vec<_>>());
    module
}

const DEFINES: [&str; 9] = [
    "fn", "struct", "enum", "trait", "type", "const", "static", "union", "mod",
];

/// Reads what stands between `use` and `;`, or one branch of it; gives the place after it.
fn read_use(
    tokens: &[Token],
    mut i: usize,
    prefix: &[String],
    found: &mut Vec<(String, Vec<String>)>,
) -> usize {
    let mut path = prefix.to_vec();
    let mut alias = None;
    while let Some(token) = tokens.get(i) {
        i += 1;
        match token {
            Token::Word(word) if word == "as" => {
                alias = tokens.get(i).and_then(Token::word).map(str::to_owned);
                i += 1;
            }
            Token::Word(word) => path.push(word.clone()),
            Token::Mark('*') => alias = Some("*".to_owned()),
            Token::Mark('{') => {
                while tokens.get(i).is_some_and(|t| !t.is('}')) {
                    i = read_use(tokens, i, &path, found);
                    if tokens.get(i).is_some_and(|t| t.is(',')) {
                        i += 1;
                    }
                }
                i += 1;
                path.clear();
            }
            Token::Mark(',' | '}') if !prefix.is_empty() || path.is_empty() => {
                i -= 1;
                break;
            }
            Token::Mark(';') => break,
            _ => {}
        }
    }
    // `use a::b::{self, c}`
    if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
        path.pop();
    }
    if let Some(last) = path.last().cloned()
        && (path.len() > prefix.len() || !prefix.is_empty())
    {
        found.push((alias.unwrap_or(last), path));
    }
    i
}

#[test]
fn names_are_followed_to_the_module_that_defines_them() {
    let modules = Modules::of(&[
        (&[], "pub mod a; pub mod b;"),
        (
            &["a"],
            "mod x; mod y; pub use x::{X, other as o}; pub use y::Y; pub struct Own;",
        ),
        (
            &["a", "x"],
            "use super::{Own, Y}; pub struct X(Own); pub fn other() {}",
        ),
        (
            &["a", "y"],
            "pub struct Y; fn f() { super::o(); crate::b::z::g() }",
        ),
        (
            &["b"],
            "pub mod z; use z::{self, g}; use crate::a::{self as aa, X}; fn h() { aa::Own; z::g() }",
        ),
        (&["b", "z"], "pub fn g() {} use std::collections::BTreeMap;"),
    ]);
    let uses: Vec<String> = modules
        .uses()
        .into_iter()
        .flat_map(|(from, to)| {
            to.into_iter()
                .map(move |to| format!("{} > {}", from.join("/"), to.join("/")))
        })
        .collect();
    assert_eq!(
        uses,
        [
            "a/x > a",
            "a/x > a/y",
            "a/y > a/x",
            "a/y > b/z",
            "b > a",
            "b > a/x",
            "b > b/z"
        ]
    );
}

#[test]
fn paths_are_read_in_every_form() {
    let code = "use crate::{nn, rng::{Stream, X}, protocol as p}; pub use crate::eval::*;
        let x = crate::data::load(); mycrate::tui::run();";
    let named: Vec<String> = rooms_named(&super::source::tokens(code))
        .into_iter()
        .collect();
    assert_eq!(named, ["data", "eval", "nn", "protocol", "rng"]);
}
