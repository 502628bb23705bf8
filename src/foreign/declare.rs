//! What `hello` and `declare` say of a trainer, entry by entry: one that is wrong is left out and named, the others count.

use serde_json::{Map, Value as Json};

use super::by_name;
use super::excerpt::one_line;
use super::fields::{Fields, check_name};
use super::json::shown;
use super::limits;
use super::problem::{Code, Problem};
use crate::metric::{Check, Edge, Good, MetricInfo, Network, Reference, Role};
use crate::protocol::{ActionInfo, Control, ControlKind, ControlRole, GRAMMAR, Value};

/// Commands that a trainer can say that it takes.
pub const COMMANDS: [&str; 6] = ["pause", "resume", "step", "stop", "checkpoint", "sample"];

/// What a message declares.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Said {
    /// What is trained.
    pub title: Option<String>,
    /// The dataset that its samples imitate.
    pub dataset: Option<String>,
    /// The configuration, by dotted keys.
    pub config: Vec<(String, Value)>,
    /// Metrics, each with its reference lines.
    pub metrics: Vec<(MetricInfo, Vec<Reference>)>,
    /// Controls.
    pub controls: Vec<Control>,
    /// The commands that it takes, if it says so.
    pub commands: Option<Vec<String>>,
    /// Actions.
    pub actions: Vec<ActionInfo>,
}

/// Characters of a title, and of a sentence about something.
const TITLE: usize = 200;
const ABOUT: usize = 2000;

/// Reads what a message declares, and what is wrong with entries of it.
///
/// # Errors
/// When a list is no list.
pub fn said(message: &Map<String, Json>, of: &str) -> Result<(Said, Vec<Problem>), Problem> {
    let fields = Fields::of(message, of);
    let mut problems = Vec::new();
    let mut said = Said {
        title: fields.text("title")?.map(|text| one_line(text, TITLE)),
        dataset: fields.name("dataset")?.map(str::to_owned),
        ..Said::default()
    };
    if let Some(config) = fields.object("config")? {
        flatten(config, "", &mut said.config);
        if said.config.len() > limits::COUNT {
            problems.push(Problem::new(
                Code::TooMany,
                format!(
                    "{of}: `config`: found {} keys; the first {} are kept",
                    said.config.len(),
                    limits::COUNT
                ),
            ));
            said.config.truncate(limits::COUNT);
        }
    }
    let mut each = |name: &str, read: &mut dyn FnMut(&Json) -> Result<(), Problem>| {
        for entry in fields
            .list(name)?
            .into_iter()
            .flatten()
            .take(limits::COUNT + 1)
        {
            if let Err(problem) = read(entry) {
                problems.push(problem);
            }
        }
        Ok::<(), Problem>(())
    };
    each("metrics", &mut |entry| {
        said.metrics.push(metric(entry)?);
        Ok(())
    })?;
    each("controls", &mut |entry| {
        said.controls.push(control(entry)?);
        Ok(())
    })?;
    each("actions", &mut |entry| {
        said.actions.push(action(entry)?);
        Ok(())
    })?;
    if let Some(entries) = fields.texts_and_others("commands")? {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for entry in entries {
            match entry {
                Ok(command) if COMMANDS.contains(&command) => known.push(command.to_owned()),
                Ok(command) => unknown.push(one_line(command, limits::NAME)),
                Err(other) => unknown.push(other),
            }
        }
        if !unknown.is_empty() {
            problems.push(Problem::invalid(format!(
                "{of}: `commands`: found {}; expected any of {}",
                unknown.join(", "),
                COMMANDS.join(", ")
            )));
        }
        said.commands = Some(known);
    }
    Ok((said, problems))
}

/// The object that an entry of a list is.
fn entry<'a>(value: &'a Json, what: &str) -> Result<&'a Map<String, Json>, Problem> {
    value.as_object().ok_or_else(|| {
        Problem::invalid(format!(
            "{what}: found {}; expected an object",
            shown(value)
        ))
    })
}

/// How an entry is called in messages.
fn called(object: &Map<String, Json>, what: &str) -> String {
    match object.get("name").and_then(Json::as_str) {
        Some(name) => format!("{what} `{}`", name.chars().take(40).collect::<String>()),
        None => what.to_owned(),
    }
}

const NETWORKS: [(&str, Network); 2] = [
    ("generator", Network::Generator),
    ("discriminator", Network::Discriminator),
];

/// A metric with its reference lines.
fn metric(value: &Json) -> Result<(MetricInfo, Vec<Reference>), Problem> {
    let object = entry(value, "a metric")?;
    let of = called(object, "metric");
    let fields = Fields::of(object, &of);
    let name = fields.needed("name", fields.name("name")?, "a name")?;
    let mut metric = undeclared(name);
    if let Some(title) = fields.text("title")? {
        metric.title = one_line(title, limits::NAME);
    }
    if let Some(unit) = fields.text("unit")? {
        metric.unit = one_line(unit, 20);
    }
    if let Some(about) = fields.text("about")? {
        metric.about = one_line(about, ABOUT);
    }
    if let Some(role) = fields.text("role")? {
        // Roles that later versions add are none here.
        let known = serde_json::from_value(Json::String(role.to_owned()));
        by_name::chart(&mut metric, known.unwrap_or(Role::Other));
    }
    if let Some(good) = fields.one_of(
        "good",
        &[
            ("lower", Good::Lower),
            ("higher", Good::Higher),
            ("balance", Good::Balance),
            ("neutral", Good::Neutral),
        ],
    )? {
        metric.good = good;
    }
    metric.network = fields.one_of("network", &NETWORKS)?.or(match metric.role {
        Role::DiscriminatorLoss => Some(Network::Discriminator),
        Role::GeneratorLoss => Some(Network::Generator),
        _ => metric.network,
    });
    if let Some(range) = fields.numbers("range")? {
        metric.range = match range[..] {
            [least, greatest] if least.is_finite() && greatest.is_finite() && least < greatest => {
                Some((least, greatest))
            }
            _ => {
                return Err(Problem::invalid(format!(
                    "{of}: `range`: expected the least and the greatest value, the least first"
                )));
            }
        };
    }
    if let Some(panel) = fields.text("panel")? {
        metric.panel = one_line(panel, limits::NAME);
    }
    metric.check = check(&fields, &metric)?;
    let mut references = Vec::new();
    for line in fields.list("references")?.into_iter().flatten() {
        let object = entry(line, &format!("{of}: `references`"))?;
        let within = format!("{of}: `references`");
        let fields = Fields::of(object, &within);
        let value = fields.needed("value", fields.finite("value")?, "a finite number")?;
        let label = fields.text("label")?.unwrap_or_default();
        references.push(Reference::new(name, value, &one_line(label, TITLE)));
    }
    Ok((metric, references))
}

/// The panel of the metrics on the main chart.
const MAIN: &str = crate::metric::MAIN_PANEL;

/// What is known of a metric that nobody has declared: the role of a usual name; else it is charted with those of the same
/// first part.
pub fn undeclared(name: &str) -> MetricInfo {
    let (first, last) = name.split_once('/').unwrap_or(("", name));
    let is_loss = last.to_lowercase().contains("loss");
    let panel = match first {
        "" if is_loss => MAIN,
        "" => name,
        first => first,
    };
    let good = if is_loss { Good::Lower } else { Good::Neutral };
    let mut metric = MetricInfo::new(panel, name, name, good, "");
    by_name::describe(&mut metric);
    metric
}

/// The limits that a trainer declares for a metric.
fn check(fields: &Fields<'_>, metric: &MetricInfo) -> Result<Option<Check>, Problem> {
    let mut check = Check::new(&metric.title, "in its healthy range");
    let (low, high) = (edge(fields, "low", metric)?, edge(fields, "high", metric)?);
    if low.is_none() && high.is_none() {
        return Ok(None);
    }
    (check.low, check.high) = (low, high);
    Ok(Some(check))
}

fn edge(fields: &Fields<'_>, name: &str, metric: &MetricInfo) -> Result<Option<Edge>, Problem> {
    let Some(object) = fields.object(name)? else {
        return Ok(None);
    };
    let of = format!("metric `{}`: `{name}`", metric.name);
    let fields = Fields::of(object, &of);
    let watch = fields.needed("watch", fields.finite("watch")?, "a finite number")?;
    let too = if name == "low" { "too low" } else { "too high" };
    let meaning = fields.text("meaning")?.map(|text| one_line(text, ABOUT));
    let advice = fields.text("advice")?.map(|text| one_line(text, ABOUT));
    let edge = Edge::new(
        watch,
        &meaning.unwrap_or_else(|| format!("{} is {too}", metric.title)),
        &advice.unwrap_or_default(),
    );
    Ok(Some(match fields.finite("failing")? {
        Some(limit) => edge.failing(limit),
        None => edge,
    }))
}

fn control(value: &Json) -> Result<Control, Problem> {
    let object = entry(value, "a control")?;
    let of = called(object, "control");
    let fields = Fields::of(object, &of);
    let name = fields.needed("name", fields.name("name")?, "a name")?;
    let kind = fields.one_of(
        "type",
        &[
            ("float", ControlKind::Float),
            ("integer", ControlKind::Integer),
            ("boolean", ControlKind::Boolean),
            ("choice", ControlKind::Choice),
            ("text", ControlKind::Text),
        ],
    )?;
    let kind = fields.needed("type", kind, "float, integer, boolean, choice or text")?;
    let text = |name: &str| -> Result<String, Problem> {
        Ok(one_line(fields.text(name)?.unwrap_or_default(), ABOUT))
    };
    let control = Control {
        name: name.to_owned(),
        kind,
        value: Value::Bool(false),
        min: fields.finite("min")?,
        max: fields.finite("max")?,
        choices: fields.texts("choices")?.unwrap_or_default(),
        unit: text("unit")?,
        about: text("about")?,
        role: fields.one_of(
            "role",
            &[
                ("learning_rate", ControlRole::LearningRate),
                ("objective", ControlRole::Objective),
            ],
        )?,
        network: fields.one_of("network", &NETWORKS)?,
    };
    let wrong = |problem: &str| Err(Problem::invalid(format!("{of}: {problem}")));
    match control.kind {
        ControlKind::Choice if control.choices.is_empty() => {
            return wrong("expected `choices`, a list of at least one text");
        }
        ControlKind::Choice
            if control.choices.len() > limits::COUNT
                || control
                    .choices
                    .iter()
                    .any(|c| c.chars().any(char::is_control)) =>
        {
            return wrong("`choices`: expected at most 1,000 texts of one line");
        }
        _ => {}
    }
    match control.role {
        Some(ControlRole::Objective) if control.kind != ControlKind::Choice => {
            return wrong("the role `objective` is that of a choice");
        }
        Some(ControlRole::LearningRate) if control.kind != ControlKind::Float => {
            return wrong("the role `learning_rate` is that of a float");
        }
        _ => {}
    }
    let found = fields.any("value");
    let value = found.and_then(|found| acknowledged(&control, found));
    let expected = match control.kind {
        ControlKind::Float => "a number",
        ControlKind::Integer => "a whole number",
        ControlKind::Boolean => "true or false",
        ControlKind::Choice | ControlKind::Text => "a text",
    };
    let value = fields.needed("value", value, expected)?;
    if let Value::Text(text) = &value
        && control.kind == ControlKind::Choice
        && !control.choices.contains(text)
    {
        return wrong(&format!(
            "`value`: found `{text}`, which is none of `choices`"
        ));
    }
    if let (Some(min), Some(max)) = (control.min, control.max)
        && min > max
    {
        return wrong(&format!(
            "found `min` {min} and `max` {max}; expected the least value first"
        ));
    }
    Ok(Control { value, ..control })
}

/// A value that a trainer says a control has, if it is of its type. It may be out of range: it is what it is.
pub fn acknowledged(control: &Control, found: &Json) -> Option<Value> {
    Some(match control.kind {
        ControlKind::Float => Value::Float(found.as_f64()?),
        ControlKind::Integer => {
            let float = || found.as_f64().filter(|v| v.fract() == 0.0);
            let within = |v: &f64| v.abs() <= limits::STEP as f64;
            let whole = found.as_i64();
            Value::Integer(whole.or_else(|| float().filter(within).map(|v| v as i64))?)
        }
        ControlKind::Boolean => Value::Bool(found.as_bool()?),
        ControlKind::Choice | ControlKind::Text => Value::Text(one_line(found.as_str()?, ABOUT)),
    })
}

fn action(value: &Json) -> Result<ActionInfo, Problem> {
    let object = entry(value, "an action")?;
    let of = called(object, "action");
    let fields = Fields::of(object, &of);
    let name = fields.needed("name", fields.name("name")?, "a name")?;
    if GRAMMAR.iter().any(|command| command.name == name) {
        return Err(Problem::invalid(format!(
            "{of}: this is a command of the panel's own; expected another name"
        )));
    }
    let text = |name: &str| -> Result<String, Problem> {
        Ok(one_line(fields.text(name)?.unwrap_or_default(), ABOUT))
    };
    Ok(ActionInfo {
        name: name.to_owned(),
        arguments: text("arguments")?,
        about: text("about")?,
    })
}

/// Nested keys joined by points; lists as their JSON.
fn flatten(object: &Map<String, Json>, before: &str, into: &mut Vec<(String, Value)>) {
    for (key, value) in object {
        let key = if before.is_empty() {
            key.clone()
        } else {
            format!("{before}.{key}")
        };
        if check_name(&key).is_err() {
            continue;
        }
        let value = match value {
            Json::Object(inner) if !inner.is_empty() => {
                flatten(inner, &key, into);
                continue;
            }
            Json::Null => Value::Text("null".to_owned()),
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Value::Integer(whole),
                (None, Some(float)) => Value::Float(float),
                (None, None) => continue,
            },
            Json::String(text) => Value::Text(one_line(text, ABOUT)),
            other => Value::Text(one_line(&other.to_string(), ABOUT)),
        };
        into.push((key, value));
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::json;

    use super::*;

    fn read(message: &Json) -> (Said, Vec<String>) {
        let (said, problems) = said(message.as_object().unwrap(), "hello").unwrap();
        (said, problems.into_iter().map(|p| p.text).collect())
    }

    #[test]
    fn what_is_right_counts_and_what_is_wrong_is_named() {
        let (said, problems) = read(&json!({
            "title": "a\nGAN",
            "config": {"lr": 1e-3, "model": {"layers": [1, 2], "name": "x"}, "on": true, "n": 3},
            "metrics": [
                {"name": "d", "role": "discriminator_loss", "references": [{"value": 0.69, "label": "ln 2"}]},
                {"name": "two words"},
                {"name": "acc", "good": "up"},
                7,
                {"name": "t", "high": {"watch": 3, "failing": 9}, "range": [0, 1]},
            ],
            "controls": [
                {"name": "lr", "type": "float", "value": 0.1, "role": "learning_rate"},
                {"name": "loss", "type": "choice", "value": "a", "choices": ["a", "b"], "role": "objective"},
                {"name": "c", "type": "choice", "value": "a"},
                {"name": "n", "type": "integer", "value": 1.5},
                {"name": "e", "type": "choice", "value": "z", "choices": ["a", "b"]},
                {"name": "f", "type": "float", "value": 5, "min": 10, "max": 1},
            ],
            "commands": ["pause", "fly"],
            "actions": [{"name": "reset"}, {"name": "stop"}],
        }));
        assert_eq!(said.title.as_deref(), Some("a GAN"));
        let keys: Vec<&str> = said.config.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["lr", "model.layers", "model.name", "on", "n"]);
        let (d, references) = &said.metrics[0];
        assert_eq!(
            (d.panel.as_str(), d.network),
            ("loss", Some(Network::Discriminator))
        );
        assert_eq!(references[0], Reference::new("d", 0.69, "ln 2"));
        assert_eq!(said.metrics.len(), 2);
        assert!(said.metrics[1].0.check.as_ref().unwrap().high.is_some());
        assert_eq!(said.controls.len(), 2);
        assert_eq!(said.commands, Some(vec!["pause".to_owned()]));
        assert_eq!(said.actions.len(), 1);
        for expected in [
            "metric `two words`: `name`: found `two·words`",
            "metric `acc`: `good`: found `up`; expected one of lower, higher",
            "a metric: found 7; expected an object",
            "control `c`: expected `choices`",
            "control `n`: `value`: found 1.5; expected a whole number",
            "control `e`: `value`: found `z`, which is none of `choices`",
            "control `f`: found `min` 10 and `max` 1",
            "action `stop`: this is a command of the panel's own",
            "`commands`: found fly",
        ] {
            assert!(
                problems.iter().any(|p| p.contains(expected)),
                "{expected}: {problems:#?}"
            );
        }
        assert_eq!(problems.len(), 9);
    }

    #[test]
    fn what_is_undeclared_is_charted_with_its_kin() {
        let panel = |name: &str| undeclared(name).panel;
        assert_eq!(panel("train_loss"), "loss");
        assert_eq!(panel("val/loss"), "val");
        assert_eq!(panel("accuracy"), "accuracy");
        let d = undeclared("errD");
        assert_eq!((d.role, d.good), (Role::DiscriminatorLoss, Good::Balance));
        let (said, _) =
            read(&json!({"metrics": [{"name": "errD", "role": "other", "good": "higher"}]}));
        assert_eq!(
            (said.metrics[0].0.role, said.metrics[0].0.good),
            (Role::Other, Good::Higher)
        );
    }
}
