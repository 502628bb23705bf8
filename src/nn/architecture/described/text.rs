//! The modules of a description, as they are written: one a line, or separated by `;` or `,`, with comments after `#`, as in the body of
//! an `nn.Sequential`.

/// The texts of the modules. An open parenthesis holds its module together over several lines.
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
                ('\n', _, Some(module)) => module.push(' '),
                (letter, _, Some(module)) => module.push(letter),
                _ => {}
            }
        }
    }
    modules
        .into_iter()
        .map(|module| module.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|module| !module.is_empty())
        .collect()
}
