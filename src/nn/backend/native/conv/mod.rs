//! Convolutions on the CPU: products that read patches of images where they lie.
//!
//! A convolution links a large plane and a small one: each position of the small plane sees a window of the large one. Three
//! products are all it needs, in whichever direction it is used. `gather` goes from the large plane to the small one (a
//! convolution's forward pass, and a transposed one's backward pass), `spread` the other way, and the gradient of the
//! weights meets both. Weights are `[small channels, large channels, kernel, kernel]`, which is how `PyTorch` stores those of
//! `Conv2d` and of `ConvTranspose2d`.
//!
//! No matrix of patches is made. Images lie channels last within a border of zeros ([`maps`]), so that a row of a window is one
//! piece of memory, and a product reads a few of them in turn ([`plan`]). A spread over a stride of s is s² products
//! without strides, each with the part of the kernel that meets its positions: nothing is multiplied by zeros between pixels. Kernels
//! of twice their stride take fewer multiplications ([`winograd`]). To a plane of few channels, such as an image, windows are computed
//! whole and then added up ([`scattered`]).

mod after;
mod gradient;
mod maps;
mod meetings;
mod norm;
mod pack;
mod passes;
mod pixel;
mod plan;
mod product;
mod products;
mod scattered;
mod spread;
mod terms;
mod thin;
mod tile;
mod to_pixel;
mod transpose;
mod ways;
mod whole;
mod winograd;
mod workspace;

pub use passes::ConvPasses;
pub use products::Products;

#[cfg(test)]
mod tests;
