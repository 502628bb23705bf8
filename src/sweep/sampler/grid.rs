//! A grid: the last parameter changes fastest. A parameter whose condition does not hold is not set, and has no part in it: what depends on
//! a value of another is numbered within that value, so that each combination is there once.

use crate::sweep::domain::Domain;
use crate::sweep::param::Param;

/// How many trials it has.
pub(super) fn count(params: &[Param]) -> u64 {
    let roots = (0..params.len()).filter(|at| parent(params, *at).is_none());
    product(params, roots)
}

/// The places and the values of a trial; of parameters that are not set in it, those of their first point.
pub(super) fn draw(params: &[Param], number: u64) -> (Vec<f64>, Vec<String>) {
    let mut points = vec![0; params.len()];
    let roots: Vec<usize> = (0..params.len())
        .filter(|at| parent(params, *at).is_none())
        .collect();
    place(params, &roots, number, &mut points);
    let each = params.iter().zip(points);
    each.map(|(param, point)| {
        let count = points_of(param);
        let place = (point as f64 + 0.5) / count as f64;
        (place, param.domain.point(point, count))
    })
    .unzip()
}

/// Finds the points of some parameters, and of those that depend on them, in their combination of this number.
fn place(params: &[Param], some: &[usize], number: u64, points: &mut [u64]) {
    let mut rest = number;
    for at in some.iter().rev() {
        let count = combinations(params, *at).max(1);
        let (point, within) = find(params, *at, rest % count);
        rest /= count;
        if let Some(found) = points.get_mut(*at) {
            *found = point;
        }
        place(params, &depend_on(params, *at, point), within, points);
    }
}

/// The point of a parameter in the combination of this number of it and those that depend on it, and the number of theirs.
fn find(params: &[Param], at: usize, number: u64) -> (u64, u64) {
    let mut rest = number;
    let mut next = 0;
    for special in special(params, at) {
        // Each point before it is one combination.
        if rest < special - next {
            return (next + rest, 0);
        }
        rest -= special - next;
        let below = product(params, depend_on(params, at, special));
        if rest < below {
            return (special, rest);
        }
        rest -= below;
        next = special + 1;
    }
    (next + rest, 0)
}

/// How many combinations there are of a parameter and those that depend on it.
fn combinations(params: &[Param], at: usize) -> u64 {
    let special = special(params, at).into_iter();
    special.fold(params.get(at).map_or(1, points_of), |all, point| {
        let below = product(params, depend_on(params, at, point));
        all.saturating_add(below - 1)
    })
}

fn product(params: &[Param], some: impl IntoIterator<Item = usize>) -> u64 {
    let each = some.into_iter().map(|at| combinations(params, at));
    each.fold(1, u64::saturating_mul)
}

/// The points of a parameter that others depend on, rising.
fn special(params: &[Param], at: usize) -> Vec<u64> {
    let children = (0..params.len()).filter(|child| parent(params, *child) == Some(at));
    let mut points: Vec<u64> = children
        .filter_map(|child| wanted(params, child, at))
        .collect();
    points.sort_unstable();
    points.dedup();
    points
}

/// The parameters that are set where another has this point.
fn depend_on(params: &[Param], at: usize, point: u64) -> Vec<usize> {
    (0..params.len())
        .filter(|child| parent(params, *child) == Some(at))
        .filter(|child| wanted(params, *child, at) == Some(point))
        .collect()
}

/// The parameter that this one depends on; one that depends on what all trials have depends on none.
fn parent(params: &[Param], at: usize) -> Option<usize> {
    let (key, _) = params.get(at)?.when.as_ref()?;
    params.iter().position(|other| other.key == *key)
}

/// The point that a parameter must have for this one to be set.
fn wanted(params: &[Param], child: usize, at: usize) -> Option<u64> {
    let (_, value) = params.get(child)?.when.as_ref()?;
    match &params.get(at)?.domain {
        Domain::Choice(values) => Some(values.iter().position(|one| one == value)? as u64),
        Domain::Integer(low, high) => {
            let value: i64 = value.parse().ok()?;
            (*low..=*high)
                .contains(&value)
                .then(|| value.abs_diff(*low))
        }
        // A number of a range is no condition.
        Domain::Linear(..) | Domain::Log(..) => None,
    }
}

fn points_of(param: &Param) -> u64 {
    param.domain.points().unwrap_or(1).max(1)
}
