//! The CUDA kernels' arithmetic, without a GPU: a C++ compiler turns their source into a program that runs each kernel
//! block after block, each thread of a block up to its next barrier; the results are compared with the CPU's. This
//! tests sums and indices, but not concurrency.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use candle_core::{Device, Tensor};
use genai_tui::nn::{Params, kernels};
use genai_tui::optim::{Optimizer, Rule};
use genai_tui::rng::Stream;

/// The constants in capitals in `kernels.cu`.
const SLOTS: usize = 32;
const STATS: usize = 5;
const SUM_BLOCKS: usize = 128;

/// The program; none without a C++ compiler.
fn program() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    BUILT.get_or_init(build).as_deref()
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn build() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cuda-kernels");
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    let built = Command::new(&compiler)
        .args(["-std=c++17", "-O1", "-I"])
        .arg(here.join("src/nn/backend/cuda"))
        .arg("-o")
        .arg(&program)
        .arg(here.join("tests/rooms/cuda_kernels/main.cpp"))
        .output();
    match built {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
            Some(program)
        }
        Err(error) => {
            eprintln!("skipped, no C++ compiler `{compiler}`: {error}");
            None
        }
    }
}

/// The input of the program.
#[derive(Default)]
struct Script(String);

impl Script {
    fn buffer<T: Copy + Into<f64>>(mut self, kind: &str, values: &[T]) -> Self {
        use std::fmt::Write as _;
        write!(self.0, "{kind} {} ", values.len()).unwrap();
        for value in values {
            let value: f64 = (*value).into();
            write!(self.0, "{value:e} ").unwrap();
        }
        self
    }

    fn floats(self, values: &[f32]) -> Self {
        self.buffer("float", values)
    }

    fn run(mut self, words: &str) -> Self {
        for part in ["run ", words, "\n"] {
            self.0.push_str(part);
        }
        self
    }

    /// All buffers at the end.
    fn end(self, program: &Path) -> Vec<Vec<f64>> {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // It reads all its input before it prints.
        child
            .stdin
            .take()
            .unwrap()
            .write_all(self.0.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", output.status);
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers = |line: &str| {
            line.split_whitespace()
                .map(|w| w.parse().unwrap())
                .collect()
        };
        text.lines().map(numbers).collect()
    }
}

fn random(n: usize, seed: u64) -> Vec<f32> {
    let mut values = vec![0.0; n];
    Stream::new(seed, "cuda kernels").fill_normal(&mut values);
    values
}

#[track_caller]
fn assert_close(found: &[f64], expected: impl IntoIterator<Item = f64>, what: &str) {
    let expected: Vec<f64> = expected.into_iter().collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    for (f, e) in found.iter().zip(&expected) {
        assert!(
            (f - e).abs() <= 2e-6 * (1.0 + e.abs()),
            "{what}: {f} is not {e}"
        );
    }
}

#[test]
fn activations_sums_and_pictures() {
    let Some(program) = program() else { return };
    // More than one block, and a remainder.
    let (rows, columns) = (19_usize, 67_usize);
    let n = rows * columns;
    let (x, bias, y) = (random(n, 1), random(columns, 2), random(n, 3));
    let blocks = n.div_ceil(256);
    let activation = |kind: usize, x: f64| match kind {
        1 => x.max(0.0),
        2 if x <= 0.0 => 0.2 * x,
        3 => x.tanh(),
        _ => x,
    };
    let derivative = |kind: usize, y: f64| match kind {
        1 if y <= 0.0 => 0.0,
        2 if y <= 0.0 => 0.2,
        3 => 1.0 - y * y,
        _ => 1.0,
    };
    for kind in 0..4 {
        let found = Script::default()
            .floats(&x)
            .floats(&bias)
            .floats(&x)
            .floats(&y)
            .run(&format!(
                "bias_activation {blocks} 256 1 0 1 {n} {columns} {kind} 0.2"
            ))
            .run(&format!(
                "activation_backward {blocks} 256 1 2 3 {n} {kind} 0.2"
            ))
            .end(program);
        let sum = |i: usize| f64::from(x[i]) + f64::from(bias[i % columns]);
        let expected = (0..n).map(|i| activation(kind, sum(i)));
        assert_close(&found[0], expected, "activation");
        let expected = (0..n).map(|i| f64::from(x[i]) * derivative(kind, f64::from(y[i])));
        assert_close(&found[2], expected, "its derivative");
    }

    let found = Script::default()
        .floats(&vec![f32::NAN; columns])
        .floats(&x)
        .run(&format!(
            "column_sums {} 32 16 0 1 {rows} {columns}",
            columns.div_ceil(32)
        ))
        .end(program);
    let expected = (0..columns).map(|c| (0..rows).map(|r| f64::from(x[r * columns + c])).sum());
    assert_close(&found[0], expected, "column sums");

    let bytes: Vec<u8> = (0..5 * columns).map(|i| (i * 37 % 256) as u8).collect();
    let indices: Vec<u32> = (0..rows as u32).map(|i| i * 3 % 5).collect();
    let found = Script::default()
        .floats(&vec![f32::NAN; n])
        .buffer("byte", &bytes)
        .buffer("int", &indices)
        .run(&format!("gather {blocks} 256 1 0 1 2 {n} {columns}"))
        .end(program);
    let expected = (0..n).map(|i| {
        let byte = bytes[indices[i / columns] as usize * columns + i % columns];
        f64::from(byte) / 127.5 - 1.0
    });
    assert_close(&found[0], expected, "pictures");
}

/// Height, width and channels of a large plane, rows and columns of a small one, kernel, stride, padding.
const LINKS: [[usize; 8]; 4] = [
    [8, 8, 3, 4, 4, 4, 2, 1],
    [5, 7, 2, 5, 7, 3, 1, 1],
    [4, 4, 5, 1, 1, 4, 1, 0],
    [7, 9, 2, 3, 4, 3, 2, 0],
];

/// For each value of a matrix of windows, the value of the planes that it is; none in the padding.
fn windows_of(link: [usize; 8], images: usize) -> Vec<Option<usize>> {
    let [
        height,
        width,
        channels,
        rows,
        columns,
        kernel,
        stride,
        padding,
    ] = link;
    let mut all = Vec::new();
    for (image, y, x) in (0..images * rows * columns)
        .map(|i| (i / (rows * columns), i / columns % rows, i % columns))
    {
        for (i, j) in (0..kernel * kernel).map(|tap| (tap / kernel, tap % kernel)) {
            let at = |at: usize, tap: usize, size: usize| {
                (at * stride + tap)
                    .checked_sub(padding)
                    .filter(|at| *at < size)
            };
            let pixel = at(y, i, height).zip(at(x, j, width));
            all.extend((0..channels).map(|channel| {
                let (y, x) = pixel?;
                Some(((image * height + y) * width + x) * channels + channel)
            }));
        }
    }
    all
}

#[test]
fn windows_are_copied_and_summed_up_again() {
    let Some(program) = program() else { return };
    for link in LINKS {
        let images = 3;
        let windows = windows_of(link, images);
        let (count, values) = (windows.len(), images * link[0] * link[1] * link[2]);
        let numbers: Vec<f32> = (0..count).map(|i| (i as f32 * 0.37).sin()).collect();
        let words = link.map(|size| size.to_string()).join(" ");
        let blocks = |n: usize| n.div_ceil(256);
        let found = Script::default()
            .floats(&vec![f32::NAN; count])
            .floats(&numbers[..values])
            .floats(&vec![f32::NAN; values])
            .floats(&numbers)
            .run(&format!(
                "windows {} 256 1 0 1 {count} {words}",
                blocks(count)
            ))
            .run(&format!(
                "windows_back {} 256 1 2 3 {values} {words}",
                blocks(values)
            ))
            .end(program);
        let copied = windows
            .iter()
            .map(|from| from.map_or(0.0, |from| f64::from(numbers[from])));
        assert_close(&found[0], copied, "windows");
        let mut sums = vec![0.0; values];
        for (from, number) in windows.iter().zip(&numbers) {
            if let Some(from) = from {
                sums[*from] += f64::from(*number);
            }
        }
        assert_close(&found[2], sums, "their sums");
    }
}

/// Rows, columns and channels of images.
type Sizes = [usize; 3];
const GREY: Sizes = [28, 28, 1];
/// In colour, and higher than wide.
const COLOUR: Sizes = [13, 9, 3];

fn values_of(sizes: Sizes) -> usize {
    sizes.iter().product()
}

/// An image's numbers: its map, with colours as they are and nothing hidden.
fn moved_by(map: [f32; 6]) -> Vec<f32> {
    let rest = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    map.into_iter().chain(rest).collect()
}

/// Images that move, and are hidden in part, if so; and a gradient backpropagated through that.
fn changed(
    program: &Path,
    [height, width, channels]: Sizes,
    [images, grad]: [&[f32]; 2],
    params: &[f32],
    (moves, cuts): (bool, bool),
    seed: [u32; 2],
) -> [Vec<f64>; 2] {
    let n = images.len();
    let blocks = n.div_ceil(256);
    let how = format!(
        "{} {} {height} {width} {channels}",
        u8::from(moves),
        u8::from(cuts)
    );
    let mut found = Script::default()
        .floats(images)
        .floats(grad)
        .floats(params)
        .buffer("int", &seed)
        .floats(&vec![f32::NAN; n])
        .floats(&vec![f32::NAN; n])
        .run(&format!("change {blocks} 256 1 4 0 2 3 {n} {how}"))
        .run(&format!("change_back {blocks} 256 1 5 1 2 {n} {how}"))
        .end(program);
    let back = found.swap_remove(5);
    [found.swap_remove(4), back]
}

/// Checks that ⟨T a, b⟩ = ⟨a, Tᵀ b⟩ for each of two images, relative to the background.
fn assert_adjoint([images, grad]: [&[f32]; 2], [seen, back]: [&[f64]; 2]) {
    let n = images.len() / 2;
    for image in [0..n, n..2 * n] {
        let dot = |a: &dyn Fn(usize) -> f64, b: &dyn Fn(usize) -> f64| -> f64 {
            image.clone().map(|i| (a(i) + 1.0) * b(i)).sum()
        };
        let there = dot(&|i| seen[i], &|i| f64::from(grad[i]));
        let again = dot(&|i| f64::from(images[i]), &|i| back[i]);
        assert!(
            (there - again).abs() < 1e-3 * (1.0 + there.abs()),
            "{there}, {again}"
        );
    }
}

#[test]
fn hidden_parts_are_background_and_pass_no_gradient() {
    let Some(program) = program() else { return };
    for sizes in [GREY, COLOUR] {
        let ([_, width, channels], n) = (sizes, values_of(sizes));
        let (images, grad) = (random(2 * n, 1), random(2 * n, 2));
        let mut one = moved_by([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        one[10..].copy_from_slice(&[2.0, 3.0, 7.0, 6.0]);
        let mut other = moved_by([0.9, 0.2, -0.2, 0.9, 1.4, -0.7]);
        other[10..].copy_from_slice(&[0.0, 5.0, 4.0, 9.0]);
        let params = [vec![0.0], one, other].concat();
        let is_hidden = |i: usize| {
            let (row, column) = (i / channels / width, i / channels % width);
            (2..7).contains(&row) && (3..6).contains(&column)
        };
        let still = changed(
            program,
            sizes,
            [&images, &grad],
            &params,
            (false, true),
            [0; 2],
        );
        for (found, from, hidden) in [(&still[0], &images, -1.0), (&still[1], &grad, 0.0)] {
            let expected = (0..n).map(|i| {
                if is_hidden(i) {
                    hidden
                } else {
                    f64::from(from[i])
                }
            });
            assert_close(&found[..n], expected, "hidden");
        }
        let moved = changed(
            program,
            sizes,
            [&images, &grad],
            &params,
            (true, true),
            [0; 2],
        );
        let [seen, back] = &moved;
        assert_adjoint([&images, &grad], [seen, back]);
        let hidden = seen[n..]
            .iter()
            .filter(|value| (**value + 1.0).abs() < 1e-6);
        assert!(hidden.count() >= 4 * 4 * channels);
    }
}

#[test]
fn colours_change_with_the_means_of_pixels_and_images() {
    let Some(program) = program() else { return };
    for sizes in [GREY, COLOUR] {
        let (channels, n) = (sizes[2], values_of(sizes));
        let images = random(2 * n, 1);
        let factors = [[0.6, 0.3, 0.2, 0.4], [1.3, -0.5, 0.2, -0.1]];
        let mut params = vec![0.0];
        for factors in factors {
            let mut numbers = moved_by([0.0; 6]);
            numbers[6..10].copy_from_slice(&factors);
            params.extend(numbers);
        }
        let found = Script::default()
            .floats(&vec![f32::NAN; 2 * n])
            .floats(&images)
            .floats(&params)
            .run(&format!("recolour 2 256 1 0 1 2 1 {n} {channels}"))
            // In place, as the backward pass does.
            .run(&format!("recolour 2 256 1 1 1 2 0 {n} {channels}"))
            .end(program);
        for (image, factors) in factors.into_iter().enumerate() {
            let [own, pixel, all, shift] = factors.map(f64::from);
            let from = &images[image * n..][..n];
            let mean = |of: &[f32]| of.iter().map(|v| f64::from(*v)).sum::<f64>() / of.len() as f64;
            for (buffer, times) in [(0, 1.0), (1, 0.0)] {
                let expected = from.chunks(channels).flat_map(|values| {
                    let rest = pixel * mean(values) + all * mean(from) + shift * times;
                    values.iter().map(move |v| own * f64::from(*v) + rest)
                });
                assert_close(&found[buffer][image * n..][..n], expected, "colours");
            }
        }
    }
}

#[test]
fn images_move_by_their_map_and_gradients_come_back() {
    let Some(program) = program() else { return };
    for sizes in [GREY, COLOUR] {
        moves_and_comes_back(program, sizes);
    }
}

fn moves_and_comes_back(program: &Path, sizes: Sizes) {
    let ([_, width, channels], n) = (sizes, values_of(sizes));
    let (images, grad) = (random(2 * n, 1), random(2 * n, 2));
    // Each pixel comes from two pixels to the right and one above; in the second image, rotated, shrunk and shifted.
    let (sin, cos) = 0.3_f32.sin_cos();
    let turned = [cos, sin, -sin, cos].map(|a| a / 0.9);
    let [xx, xy, yx, yy] = turned;
    let params = [
        vec![0.0],
        moved_by([1.0, 0.0, 0.0, 1.0, 2.0, -1.0]),
        moved_by([xx, xy, yx, yy, 0.6, -1.3]),
    ]
    .concat();
    let how = (true, false);
    let [seen, back] = changed(program, sizes, [&images, &grad], &params, how, [0; 2]);
    let at = |y: usize, x: usize, channel: usize| {
        f64::from(images[(y * width + x) * channels + channel])
    };
    let expected = (0..n).map(|i| {
        let (pixel, channel) = (i / channels, i % channels);
        let (y, x) = (pixel / width, pixel % width);
        if y >= 1 && x + 2 < width {
            at(y - 1, x + 2, channel)
        } else {
            -1.0
        }
    });
    assert_close(&seen[..n], expected, "moved");
    // Relative to the background the map is linear, and the backward pass is its adjoint.
    assert_adjoint([&images, &grad], [&seen, &back]);

    let found = Script::default()
        .floats(&images)
        .floats(&grad)
        .run(&format!(
            "blend {} 256 1 0 1 {} 0.75",
            (2 * n).div_ceil(256),
            2 * n
        ))
        .end(program);
    let expected = images.iter().zip(&grad);
    let expected = expected.map(|(a, b)| 0.75 * f64::from(*a) + 0.25 * f64::from(*b));
    assert_close(&found[0], expected, "a blend");
}

#[test]
fn noise_is_normal_and_determined_by_its_seed() {
    let Some(program) = program() else { return };
    let images = vec![0.0; 40 * values_of(GREY)];
    let noise = |seed| {
        let how = (false, false);
        changed(program, GREY, [&images, &images], &[0.5], how, seed)[0].clone()
    };
    let drawn = noise([1, 2]);
    let n = drawn.len() as f64;
    let moment = |power: i32| drawn.iter().map(|x| (x / 0.5).powi(power)).sum::<f64>() / n;
    for (power, expected, within) in [
        (1, 0.0, 0.02),
        (2, 1.0, 0.03),
        (3, 0.0, 0.06),
        (4, 3.0, 0.15),
    ] {
        let found = moment(power);
        assert!((found - expected).abs() < within, "moment {power}: {found}");
    }
    let neighbours: f64 = drawn.windows(2).map(|w| w[0] * w[1] / 0.25).sum::<f64>() / n;
    assert!(neighbours.abs() < 0.02, "{neighbours}");
    assert!(drawn == noise([1, 2]) && drawn != noise([2, 2]) && drawn != noise([1, 3]));
}

/// The rules with their constants for update `t`: rule, decays, ε, step, root, limit.
fn rules(t: i32, clip: f32) -> [(Rule, [f32; 7]); 2] {
    let (lr, beta1, beta2) = (1e-3, 0.5_f64, 0.999_f64);
    let step = lr / (1.0 - beta1.powi(t));
    let root = 1.0 / (1.0 - beta2.powi(t)).sqrt();
    let adam = Rule::Adam {
        beta1,
        beta2,
        eps: 1e-8,
    };
    let rmsprop = Rule::Rmsprop {
        alpha: 0.99,
        eps: 1e-8,
    };
    let limit = if clip > 0.0 { clip } else { f32::INFINITY };
    [
        (
            adam,
            [0.0, 0.5, 0.999, 1e-8, step as f32, root as f32, limit],
        ),
        (rmsprop, [1.0, 0.0, 0.99, 1e-8, lr as f32, 1.0, limit]),
    ]
}

/// Values, moments, gradients, sums, control, loss, meter, norms; then one update.
fn one_update(rows: [&[f32]; 4], constants: &[f32; 7], loss: f32, lost: bool) -> Script {
    let n = rows[0].len();
    let mut meter = vec![0.0_f64; SLOTS * STATS + 1];
    meter[SLOTS * STATS] = f64::from(u8::from(lost));
    rows.iter()
        .fold(Script::default(), |script, row| script.floats(row))
        .buffer("double", &[f64::NAN; 4 * SUM_BLOCKS])
        .floats(constants)
        .floats(&[loss])
        .buffer("double", &meter)
        .floats(&[f32::NAN; 3])
        .run(&format!("square_sums {SUM_BLOCKS} 256 1 4 3 {n}"))
        .run(&format!("update {SUM_BLOCKS} 256 1 0 1 2 3 {n} 4 5 6 7"))
        .run(&format!("norms 1 256 1 8 4 {n}"))
}

#[test]
fn an_update_agrees_with_the_cpu() {
    let Some(program) = program() else { return };
    let n = 33_000; // some threads have two values, most have one
    let (values, grads) = (random(n, 1), random(n, 2));
    let floats = |values: &[f64]| values.iter().map(|v| *v as f32).collect::<Vec<_>>();
    for kind in 0..2 {
        let mut params = Params::new(&[("p".to_owned(), vec![n])], &Device::Cpu).unwrap();
        let set = |t: &Tensor, values: &[f32]| {
            kernels::fill(t, |out| out.copy_from_slice(values)).unwrap();
        };
        set(&params.row(0).unwrap(), &values);
        set(params.grads(), &grads);
        let mut optimizer = Optimizer::new(rules(1, 0.0)[kind].0);
        let mut rows = [values.clone(), vec![0.0; n], vec![0.0; n]];
        for (t, clip) in [(1, 0.0), (2, 0.7)] {
            let constants = rules(t, clip)[kind].1;
            let all = [&rows[0][..], &rows[1], &rows[2], &grads];
            let found = one_update(all, &constants, 0.5, false).end(program);
            let update = optimizer.next(&params, 1e-3, f64::from(clip)).unwrap();
            optimizer.count();
            let norms = params.update(update.constants(), None).unwrap();
            let norms: Vec<f32> = norms.to_vec1().unwrap();
            assert_close(&found[8], norms.into_iter().map(f64::from), "norms");
            for (i, row) in rows.iter_mut().enumerate() {
                let expected: Vec<f32> = params.row(i).unwrap().to_vec1().unwrap();
                // RMSprop has no first moment.
                assert_close(&found[i], expected.into_iter().map(f64::from), "a row");
                *row = floats(&found[i]);
            }
        }
    }
}

#[test]
fn a_non_finite_update_changes_nothing() {
    let Some(program) = program() else { return };
    let n = 300;
    let (values, first, second) = (random(n, 1), random(n, 2), vec![0.1; n]);
    let good = random(n, 3);
    let [(_, adam), (_, rmsprop)] = rules(1, 0.0);
    for (constants, bad, loss, lost) in [
        (adam, Some(f32::NAN), 0.5, false),
        (rmsprop, Some(f32::INFINITY), 0.5, false),
        (adam, Some(1e30), 0.5, false),
        (adam, None, f32::NAN, false),
        (rmsprop, None, 0.5, true),
    ] {
        let mut grads = good.clone();
        grads[n - 1] = bad.unwrap_or(grads[n - 1]);
        let rows = [&values[..], &first, &second, &grads];
        let found = one_update(rows, &constants, loss, lost).end(program);
        for (row, before) in rows.iter().enumerate().take(3) {
            assert_close(&found[row], before.iter().map(|v| f64::from(*v)), "held");
        }
        assert_eq!(found[8][0].is_nan(), bad.is_some(), "the norm must tell");
    }
}

#[test]
fn a_meter_keeps_extremes_and_stops_at_non_finite_values() {
    let Some(program) = program() else { return };
    let observed = |updates: &[[f32; 3]]| {
        let mut script = Script::default().buffer("double", &[0.0; SLOTS * STATS + 1]);
        for update in updates {
            script = script.floats(update);
        }
        for i in 1..=updates.len() {
            // The last of three values is the gradient's norm.
            script = script.run(&format!("observe 1 16 1 0 {i} 2"));
        }
        let meter = script.end(program).swap_remove(0);
        let stats: Vec<Vec<f64>> = meter.chunks(STATS).map(<[f64]>::to_vec).collect();
        (stats[..3].to_vec(), meter[SLOTS * STATS])
    };
    // count, min, mean, max, last
    let (stats, lost) = observed(&[[1.0, -2.0, 3.0], [2.0, 4.0, 3.0], [0.0, 1.0, 3.0]]);
    assert_eq!(lost.to_bits(), 0.0_f64.to_bits());
    assert_close(&stats[0], [3.0, 0.0, 1.0, 2.0, 0.0], "loss");
    assert_close(&stats[1], [3.0, -2.0, 1.0, 4.0, 1.0], "a metric");
    assert_close(&stats[2], [3.0, 3.0, 3.0, 3.0, 3.0], "norm");

    // A non-finite norm is included, and the next update is not added.
    let (stats, lost) = observed(&[[1.0, 1.0, 1.0], [2.0, 2.0, f32::INFINITY], [3.0, 3.0, 3.0]]);
    assert_close(&[lost], [1.0], "lost");
    assert_close(&stats[0], [2.0, 1.0, 1.5, 2.0, 2.0], "loss");
    assert!(stats[2][3].is_infinite());

    // A non-finite loss: there was no step, so the optimizer's values are not added.
    let (stats, lost) = observed(&[[1.0, 1.0, 1.0], [f32::NAN, 2.0, 7.0]]);
    assert_close(&[lost], [1.0], "lost");
    assert!(stats[0][1].is_nan() && stats[0][3].is_nan());
    assert_close(&stats[2], [1.0; 5], "norm");
}
