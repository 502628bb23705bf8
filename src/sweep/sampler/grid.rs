//! A grid: the last parameter changes fastest. A parameter whose condition does not hold has one value there, and not as many as it could.

use crate::sweep::param::Param;

/// How many trials it has.
pub(super) fn count(params: &[Param]) -> u64 {
    let roots = params
        .iter()
        .filter(|param| parent(params, param).is_none());
    roots
        .map(|param| below(params, param))
        .fold(1, u64::saturating_mul)
}

/// How many combinations there are of a parameter and those that depend on it.
fn below(params: &[Param], param: &Param) -> u64 {
    let points = points(param);
    let depend = || {
        params
            .iter()
            .filter(|other| parent(params, other) == Some(param))
    };
    let of_point = |point| {
        let value = param.domain.point(point, points);
        let set =
            depend().filter(|other| other.when.as_ref().is_some_and(|(_, when)| *when == value));
        set.map(|other| below(params, other))
            .fold(1, u64::saturating_mul)
    };
    (0..points).map(of_point).fold(0, u64::saturating_add)
}

/// The parameter that this one depends on; one that depends on what all trials have depends on none.
fn parent<'a>(params: &'a [Param], param: &Param) -> Option<&'a Param> {
    let (key, _) = param.when.as_ref()?;
    params.iter().find(|other| other.key == *key)
}

fn points(param: &Param) -> u64 {
    param.domain.points().unwrap_or(1).max(1)
}

pub(super) fn draw(params: &[Param], number: u64) -> (Vec<f64>, Vec<String>) {
    let all = params.iter().map(points).fold(1, u64::saturating_mul);
    let is_conditional = params.iter().any(|param| parent(params, param).is_some());
    let combination = if is_conditional {
        let mut different = (0..all).filter(|combination| is_first(params, *combination));
        let wanted = usize::try_from(number).unwrap_or(usize::MAX);
        different.nth(wanted).unwrap_or(number)
    } else {
        number
    };
    let each = params.iter().zip(split(params, combination));
    each.map(|(param, point)| {
        let count = points(param);
        let place = (point as f64 + 0.5) / count as f64;
        (place, param.domain.point(point, count))
    })
    .unzip()
}

/// The point of each parameter in a combination.
fn split(params: &[Param], combination: u64) -> Vec<u64> {
    let mut rest = combination;
    let mut found: Vec<u64> = params
        .iter()
        .rev()
        .map(|param| {
            let count = points(param);
            let point = rest % count;
            rest /= count;
            point
        })
        .collect();
    found.reverse();
    found
}

/// Whether no combination before it is the same trial: what is not set in it is at its first point.
fn is_first(params: &[Param], combination: u64) -> bool {
    let found = split(params, combination);
    let is_set = |param: &Param| {
        let mut param = param;
        // As many conditions as there are parameters at most: none depends on itself.
        while let Some(other) = parent(params, param) {
            let at = params
                .iter()
                .position(|one| one == other)
                .unwrap_or_default();
            let value = other.domain.point(found[at], points(other));
            if param.when.as_ref().is_some_and(|(_, when)| *when != value) {
                return false;
            }
            param = other;
        }
        true
    };
    params
        .iter()
        .zip(&found)
        .all(|(param, point)| *point == 0 || is_set(param))
}
