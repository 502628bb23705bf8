// The kernels of a training step, compiled at run time for the device in use (see compile.rs).
//
// Every kernel works in place on memory that was allocated before, so that a step can be recorded once and replayed.
// Everything that changes between updates (constants of the optimizer, whether the training is lost) is read from memory,
// never from an argument. All sums are computed in a fixed order, so a device gives the same bits each time.
//
// No header is included: a C++ compiler compiles this file with definitions of the few CUDA keywords used here, and the
// tests run it that way (tests/rooms/cuda_kernels). The constants in capitals also occur in arguments.rs, meter.rs,
// operations.rs and update.rs.

#define SUM_BLOCKS 128     // blocks of a pass that computes sums
#define SUM_THREADS 256    // and threads in each
#define COLUMNS 32         // columns to a block of column_sums
#define SLICES 16          // and shares of the rows
#define SLOTS 32           // metrics of a meter
#define STATS 5            // count, min, mean, max, last
#define VALUES 16          // metrics of one update
#define TRANSFORM 14       // numbers of an image's augmentation: its map, then
#define COLOUR 6           // the factors of its colours, then
#define CUT 10             // top, left, bottom and right of its hidden part

// Activations: those of activation.rs, in its order.
#define IDENTITY 0
#define RELU 1
#define LEAKY_RELU 2
#define TANH 3

// The constants of an update.
#define ADAM 0.0f
#define C_RULE 0
#define C_BETA1 1
#define C_BETA2 2          // or RMSprop's alpha
#define C_EPS 3
#define C_STEP 4           // learning rate, for Adam divided by 1 - beta1^t
#define C_ROOT 5           // 1 / sqrt(1 - beta2^t)
#define C_LIMIT 6          // the largest magnitude of a parameter

__device__ bool is_finite(double x) { return x - x == 0.0; }

// out[r][c] <- activation(out[r][c] + bias[c])
extern "C" __global__ void bias_activation(float *out, const float *bias, unsigned count, unsigned columns, int kind, float slope) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  float x = out[i] + bias[i % columns];
  if (kind == RELU) x = fmaxf(x, 0.0f);
  if (kind == LEAKY_RELU) x = x > 0.0f ? x : slope * x;
  if (kind == TANH) x = tanhf(x);
  out[i] = x;
}

// delta <- delta * activation'(.), the derivative taken from the activation's output y
extern "C" __global__ void activation_backward(float *delta, const float *y, unsigned count, int kind, float slope) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  float at = y[i], derivative = 1.0f;
  if (kind == RELU) derivative = at > 0.0f ? 1.0f : 0.0f;
  if (kind == LEAKY_RELU) derivative = at > 0.0f ? 1.0f : slope;
  if (kind == TANH) derivative = 1.0f - at * at;
  delta[i] *= derivative;
}

// out[c] <- sum over r of in[r][c]. Blocks of COLUMNS x SLICES threads, one for each COLUMNS columns.
extern "C" __global__ void column_sums(float *out, const float *in, unsigned rows, unsigned columns) {
  __shared__ float part[SLICES][COLUMNS];
  unsigned c = blockIdx.x * COLUMNS + threadIdx.x;
  float sum = 0.0f;
  if (c < columns)
    for (unsigned r = threadIdx.y; r < rows; r += SLICES) sum += in[r * columns + c];
  part[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y == 0 && c < columns) {
    float total = 0.0f;
    for (unsigned s = 0; s < SLICES; s++) total += part[s][threadIdx.x];
    out[c] = total;
  }
}

// Rows of images by their indices: bytes become -1 .. 1.
extern "C" __global__ void gather(float *out, const unsigned char *images, const unsigned *indices, unsigned count, unsigned width) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  unsigned long long from = (unsigned long long)indices[i / width] * width + i % width;
  out[i] = (float)images[from] / 127.5f - 1.0f;
}

// A convolution: a large plane of channels last, and a small one with a pixel for each window.
struct Link {
  unsigned height, width, channels;  // of the large plane
  unsigned rows, columns;            // of the small one
  unsigned kernel, stride, padding;
};

// out[image, window][tap, channel] <- the large planes' values in each window, 0 in the padding
extern "C" __global__ void windows(float *out, const float *planes, unsigned count, Link link) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  unsigned rest = i, channel = rest % link.channels;
  rest /= link.channels;
  unsigned tap_x = rest % link.kernel;
  rest /= link.kernel;
  unsigned tap_y = rest % link.kernel;
  rest /= link.kernel;
  unsigned x = rest % link.columns * link.stride + tap_x;
  rest /= link.columns;
  unsigned y = rest % link.rows * link.stride + tap_y, image = rest / link.rows;
  // Below the padding, what is subtracted wraps around and is beyond the plane.
  y -= link.padding;
  x -= link.padding;
  bool inside = y < link.height && x < link.width;
  out[i] = inside ? planes[((image * link.height + y) * link.width + x) * link.channels + channel] : 0.0f;
}

// planes <- the sum over all windows of the values that `windows` copied, tap after tap
extern "C" __global__ void windows_back(float *planes, const float *in, unsigned count, Link link) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  unsigned rest = i, channel = rest % link.channels;
  rest /= link.channels;
  unsigned x = rest % link.width + link.padding;
  rest /= link.width;
  unsigned y = rest % link.height + link.padding, image = rest / link.height;
  float sum = 0.0f;
  for (unsigned tap_y = y % link.stride; tap_y < link.kernel && tap_y <= y; tap_y += link.stride) {
    unsigned row = (y - tap_y) / link.stride;
    if (row >= link.rows) continue;
    for (unsigned tap_x = x % link.stride; tap_x < link.kernel && tap_x <= x; tap_x += link.stride) {
      unsigned column = (x - tap_x) / link.stride;
      if (column >= link.columns) continue;
      unsigned window = (image * link.rows + row) * link.columns + column;
      sum += in[((window * link.kernel + tap_y) * link.kernel + tap_x) * link.channels + channel];
    }
  }
  planes[i] = sum;
}

// out <- kept * out + (1 - kept) * source
extern "C" __global__ void blend(float *out, const float *source, unsigned count, float kept) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) out[i] = kept * out[i] + (1.0f - kept) * source[i];
}

// Number i of N(0, 1) of the stream with this seed: Philox 2x32-10 (Salmon et al. 2011), then Box and Muller's method.
__device__ float normal(const unsigned *seed, unsigned i) {
  unsigned left = i, right = seed[0], key = seed[1];
  for (int round = 0; round < 10; round++) {
    unsigned long long product = 0xD256D193ull * left;
    left = (unsigned)(product >> 32) ^ key ^ right;
    right = (unsigned)product;
    key += 0x9E3779B9u;
  }
  const float unit = 1.0f / 4294967296.0f;
  float radius = sqrtf(-2.0f * logf(((float)left + 0.5f) * unit));
  return radius * cosf(6.28318531f * ((float)right * unit));
}

// The source of a pixel of an augmented image: its position relative to the centre, mapped.
__device__ void origin(const float *map, unsigned column, unsigned row, unsigned height, unsigned width, float *x, float *y) {
  const float centre = (width - 1) / 2.0f, middle = (height - 1) / 2.0f;
  float across = (float)column - centre, down = (float)row - middle;
  *x = map[0] * across + map[1] * down + map[4] + centre;
  *y = map[2] * across + map[3] * down + map[5] + middle;
}

// Whether a pixel is in the hidden part of an image.
__device__ bool is_hidden(const float *cut, unsigned column, unsigned row) {
  return (float)row >= cut[0] && (float)column >= cut[1] && (float)row < cut[2] && (float)column < cut[3];
}

// Augmented images but for their colours, see augment.rs: moved if `moves`, hidden in part if `cuts`, then with noise. `params`
// is the noise's standard deviation, then TRANSFORM numbers for each image. An image is height x width x channels values.
extern "C" __global__ void change(float *out, const float *in, const float *params, const unsigned *seed, unsigned count, int moves, int cuts, unsigned height, unsigned width, unsigned channels) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  unsigned values = height * width * channels, image = i / values;
  unsigned channel = i % channels, pixel = i % values / channels;
  const float *transform = params + 1 + image * TRANSFORM;
  float value = in[i];
  if (moves) {
    const float *from = in + image * values;
    float x, y, sum = 0.0f;
    origin(transform, pixel % width, pixel / width, height, width, &x, &y);
    float left = floorf(x), top = floorf(y);
    for (int tap = 0; tap < 4; tap++) {
      float column = left + tap % 2, row = top + tap / 2;
      if (column < 0.0f || column >= width || row < 0.0f || row >= height) continue;
      float weight = (1.0f - fabsf(x - column)) * (1.0f - fabsf(y - row));
      sum += weight * (from[((unsigned)row * width + (unsigned)column) * channels + channel] + 1.0f);
    }
    value = sum - 1.0f;
  }
  if (cuts && is_hidden(transform + CUT, pixel % width, pixel / width)) value = -1.0f;
  if (params[0] > 0.0f) value += params[0] * normal(seed, i);
  out[i] = value;
}

// The backward pass through hiding and moves: a pixel of the image gathers from all pixels that were interpolated from it.
extern "C" __global__ void change_back(float *out, const float *grad, const float *params, unsigned count, int moves, int cuts, unsigned height, unsigned width, unsigned channels) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  unsigned values = height * width * channels, image = i / values;
  unsigned channel = i % channels, pixel = i % values / channels;
  const float *map = params + 1 + image * TRANSFORM, *cut = map + CUT, *from = grad + image * values + channel;
  if (!moves) {
    out[i] = cuts && is_hidden(cut, pixel % width, pixel / width) ? 0.0f : grad[i];
    return;
  }
  float column = (float)(pixel % width), row = (float)(pixel / width), sum = 0.0f;
  for (unsigned other_row = 0; other_row < height; other_row++)
    for (unsigned other = 0; other < width; other++, from += channels) {
      float x, y;
      origin(map, other, other_row, height, width, &x, &y);
      float across = 1.0f - fabsf(x - column), down = 1.0f - fabsf(y - row);
      if (across <= 0.0f || down <= 0.0f || (cuts && is_hidden(cut, other, other_row))) continue;
      sum += across * down * *from;
    }
  out[i] = sum;
}

// The sum of one value of each thread of a block of SUM_THREADS; every thread gets it.
__device__ double block_sum(double value, double *shared) {
  __syncthreads();
  shared[threadIdx.x] = value;
  __syncthreads();
  for (unsigned half = SUM_THREADS / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
    __syncthreads();
  }
  return shared[0];
}

// out <- each image in its new colours, see augment/colour.rs: factors of the value, of the mean of its pixel, of the mean of its
// image, and what is added `shift` times: 1, or 0 for the backward pass, which is the same without it. A block of SUM_THREADS
// for each image; out may be in.
extern "C" __global__ void recolour(float *out, const float *in, const float *params, float shift, unsigned values, unsigned channels) {
  __shared__ double shared[SUM_THREADS];
  const float *colour = params + 1 + blockIdx.x * TRANSFORM + COLOUR, *from = in + blockIdx.x * values;
  float *to = out + blockIdx.x * values;
  double sum = 0.0;
  for (unsigned i = threadIdx.x; i < values; i += SUM_THREADS) sum += from[i];
  float everywhere = colour[2] * (float)(block_sum(sum, shared) / values) + colour[3] * shift;
  for (unsigned i = threadIdx.x * channels; i < values; i += SUM_THREADS * channels) {
    float mean = 0.0f;
    for (unsigned c = 0; c < channels; c++) mean += from[i + c];
    mean /= channels;
    for (unsigned c = 0; c < channels; c++) to[i + c] = colour[0] * from[i + c] + colour[1] * mean + everywhere;
  }
}

// sums[block] <- the block's share of the sum of squares
extern "C" __global__ void square_sums(double *sums, const float *grads, unsigned count) {
  __shared__ double shared[SUM_THREADS];
  float sum = 0.0f;
  for (unsigned i = blockIdx.x * SUM_THREADS + threadIdx.x; i < count; i += SUM_BLOCKS * SUM_THREADS) sum += grads[i] * grads[i];
  double total = block_sum(sum, shared);
  if (threadIdx.x == 0) sums[blockIdx.x] = total;
}

// One step of Adam or RMSprop, after square_sums has put the gradient's into sums[0 .. SUM_BLOCKS]. Nothing is changed if
// the loss or the gradient is not finite, or the training was lost before. The blocks' shares of the squares of the changes,
// of the squares of the values and of the number of values at the limit go to the next three parts of sums.
extern "C" __global__ void update(float *values, float *first, float *second, const float *grads, unsigned count, double *sums,
                                  const float *control, const float *loss, const double *meter) {
  __shared__ double shared[SUM_THREADS];
  double squares = block_sum(threadIdx.x < SUM_BLOCKS ? sums[threadIdx.x] : 0.0, shared);
  bool held = !is_finite(squares) || !is_finite(*loss) || meter[SLOTS * STATS] != 0.0;
  bool adam = control[C_RULE] == ADAM;
  float beta1 = control[C_BETA1], beta2 = control[C_BETA2], eps = control[C_EPS];
  float step = control[C_STEP], root = control[C_ROOT], limit = control[C_LIMIT];
  float change = 0.0f, value = 0.0f, saturated = 0.0f;
  for (unsigned i = blockIdx.x * SUM_THREADS + threadIdx.x; i < count; i += SUM_BLOCKS * SUM_THREADS) {
    float w = values[i];
    if (!held) {
      float g = grads[i], m = g, by;
      float v = beta2 * second[i] + (1.0f - beta2) * (g * g);
      second[i] = v;
      if (adam) {
        m = beta1 * first[i] + (1.0f - beta1) * g;
        first[i] = m;
        by = step * m / (sqrtf(v) * root + eps);
      } else {
        by = step * g / (sqrtf(v) + eps);
      }
      w = fmaxf(-limit, fminf(limit, w - by));
      values[i] = w;
      change += by * by;
    }
    value += w * w;
    saturated += fabsf(w) >= 0.99f * limit ? 1.0f : 0.0f;
  }
  double changes = block_sum(change, shared), all = block_sum(value, shared), at_limit = block_sum(saturated, shared);
  if (threadIdx.x == 0) {
    sums[SUM_BLOCKS + blockIdx.x] = changes;
    sums[2 * SUM_BLOCKS + blockIdx.x] = all;
    sums[3 * SUM_BLOCKS + blockIdx.x] = at_limit;
  }
}

// norms <- the gradient's norm (NaN if it is not finite), the norm of the change over that of the values, the share of values
// at the limit. One block.
extern "C" __global__ void norms(float *norms, const double *sums, unsigned count) {
  __shared__ double shared[SUM_THREADS];
  double total[4];
  for (int part = 0; part < 4; part++)
    total[part] = block_sum(threadIdx.x < SUM_BLOCKS ? sums[part * SUM_BLOCKS + threadIdx.x] : 0.0, shared);
  if (threadIdx.x != 0) return;
  norms[0] = (float)sqrt(total[0] + (total[0] - total[0]));
  norms[1] = (float)sqrt(total[1] / fmax(total[2], 2.2250738585072014e-308));
  norms[2] = (float)(total[3] / count);
}

// The values of one update, and the slot of the meter for each.
struct Observed {
  const float *value[VALUES];
  int slot[VALUES];
  int count;
  int norms;  // the index of the optimizer's first value: the gradient's norm
};

// Adds the values of an update to the meter, a thread for each value. If the training is lost, this is noted, and nothing is
// added until the meter is cleared. The first value is the loss; if it is absent there was no step to observe.
extern "C" __global__ void observe(double *meter, Observed seen) {
  double lost = meter[SLOTS * STATS], loss = *seen.value[0], norm = *seen.value[seen.norms];
  int i = threadIdx.x;
  if (lost == 0.0 && i < seen.count && (i < seen.norms || is_finite(loss))) {
    double *stat = meter + seen.slot[i] * STATS, x = *seen.value[i];
    double count = stat[0] + 1.0;
    if (stat[0] == 0.0) {
      stat[1] = stat[2] = stat[3] = x;
    } else {
      // NaN must stay visible: fmin and fmax would drop it.
      bool nan = x != x || stat[1] != stat[1];
      stat[1] = nan ? x + stat[1] : fmin(stat[1], x);
      nan = x != x || stat[3] != stat[3];
      stat[3] = nan ? x + stat[3] : fmax(stat[3], x);
      stat[2] += (x - stat[2]) * (1.0 / count);
    }
    stat[0] = count;
    stat[4] = x;
  }
  __syncthreads();
  if (i == 0 && !(is_finite(loss) && is_finite(norm))) meter[SLOTS * STATS] = 1.0;
}
