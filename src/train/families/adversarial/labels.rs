//! How classes meet the discriminator: it has an output ψ(φ(x)), and another ⟨e(y), φ(x)⟩ for each class y; an image's logit is the
//! sum of the first and of that of its class (Miyato and Koyama 2018, eq. 3).

use candle_core::{DType, Device, Result, Tensor};

use crate::data::Batch;
use crate::nn::kernels;

/// The classes of the images in a batch, as weights of D's outputs: 1 for the first and for that of the class, 0 for others.
#[derive(Debug)]
pub(super) struct Labels {
    /// `[2·rows, 1 + classes]`: of real images, then of generated ones, which are of the same classes.
    both: Tensor,
    /// Its first half, a view.
    single: Tensor,
    /// The class of each row of a half.
    each: Vec<u16>,
}

impl Labels {
    /// Room for those of `rows` images; `None` without classes.
    pub fn new(rows: usize, classes: usize, device: &Device) -> Result<Option<Self>> {
        if classes == 0 {
            return Ok(None);
        }
        let both = Tensor::zeros((2 * rows, 1 + classes), DType::F32, device)?;
        Ok(Some(Self {
            single: both.narrow(0, 0, rows)?,
            both,
            each: vec![0; rows],
        }))
    }

    /// Takes over the classes of a batch.
    fn set(&mut self, labels: impl Iterator<Item = u16>) -> Result<()> {
        for (to, label) in self.each.iter_mut().zip(labels) {
            *to = label;
        }
        let (each, outputs) = (&self.each, self.both.dim(1)?);
        kernels::fill(&self.both, |both| {
            let rows = both.chunks_exact_mut(outputs).zip(each.iter().cycle());
            rows.for_each(|(row, label)| weigh(row, *label));
        })
    }

    /// The class of each generated image.
    pub fn each(&self) -> &[u16] {
        &self.each
    }

    /// The weights for real and generated images together.
    pub fn both(&self) -> &Tensor {
        &self.both
    }

    /// The weights for either.
    pub fn single(&self) -> &Tensor {
        &self.single
    }
}

fn weigh(row: &mut [f32], label: u16) {
    row.fill(0.0);
    for at in [0, 1 + usize::from(label)] {
        if let Some(weight) = row.get_mut(at) {
            *weight = 1.0;
        }
    }
}

/// Takes over the classes of a batch, where there is room for them.
pub(super) fn of_batch<'a>(
    labels: &'a mut Option<Labels>,
    batch: Batch<'_>,
) -> Result<Option<&'a Labels>> {
    if let (Some(labels), Some(batch)) = (labels.as_mut(), batch.labels()) {
        labels.set(batch)?;
    }
    Ok(labels.as_ref())
}

/// The weights of D's outputs for images of these classes, `[rows, 1 + classes]`.
pub(super) fn weights(labels: &[u16], outputs: usize, device: &Device) -> Result<Tensor> {
    let mut all = vec![0.0; labels.len() * outputs];
    let rows = all.chunks_exact_mut(outputs).zip(labels);
    rows.for_each(|(row, label)| weigh(row, *label));
    Tensor::from_vec(all, (labels.len(), outputs), device)
}

/// The logit of each image from D's outputs, `[rows, 1]`.
pub(super) fn logits(outputs: &Tensor, weights: Option<&Tensor>) -> Result<Tensor> {
    match weights {
        Some(weights) => (outputs * weights)?.sum_keepdim(1),
        None => Ok(outputs.clone()),
    }
}

/// Writes the gradient by D's outputs, from that by the logits.
pub(super) fn write_grad(to: &Tensor, by_logits: &Tensor, weights: Option<&Tensor>) -> Result<()> {
    match weights {
        Some(weights) => kernels::copy(to, &weights.broadcast_mul(by_logits)?),
        None => kernels::copy(to, by_logits),
    }
}
