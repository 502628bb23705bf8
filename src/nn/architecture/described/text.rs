//! The modules of a description, as they are written: one a line, or separated by `;` or `,`, with comments after `#`, as in the body of
//! an `nn.Sequential`.

/// The texts of the modules. An open parenthesis holds its module together over several lines, which it keeps: they may separate
/// modules within it.
pub(super) fn modules(description: &str) -> Vec<String> {
    let mut modules = vec![String::new()];
    let mut depth = 0_u32;
    for line in description.lines() {
        let code = line.split_once('#').map_or(line, |(code, _)| code);
        for letter in code.chars().chain(['\n']) {
            match letter {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            match (letter, depth, modules.last_mut()) {
                ('\n' | ';' | ',', 0, _) => modules.push(String::new()),
                (letter, _, Some(module)) => module.push(letter),
                _ => {}
            }
        }
    }
    modules
        .into_iter()
        .filter(|module| !module.trim().is_empty())
        .collect()
}

/// A text in one line.
pub(super) fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
