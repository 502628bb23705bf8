// Runs kernels on the host as described by words on its standard input: `float N v…`, `double N v…`, `int N v…` and
// `byte N v…` are buffers, numbered from 0; `run KERNEL blocks threads.x threads.y args…` runs a kernel, in which a buffer
// is named by its number. At the end it prints every buffer, a line for each.

#include "host.h"

struct Buffer {
  std::string kind;
  std::vector<float> floats;
  std::vector<double> doubles;
  std::vector<unsigned> ints;
  std::vector<unsigned char> bytes;
};
static std::vector<Buffer *> buffers;

static double number() {
  double value;
  if (scanf("%lf", &value) != 1) exit(2);
  return value;
}
static unsigned whole() { return (unsigned)number(); }
static Buffer *buffer() { return buffers.at(whole()); }
static float *floats() { return buffer()->floats.data(); }
static double *doubles() { return buffer()->doubles.data(); }

static void run(const std::string &kernel) {
  Index grid = {whole(), 1, 1}, block = {0, 1, 1};
  block.x = whole();
  block.y = whole();
  // Arguments are read in the order of the signature, one statement each: C++ evaluates those of a call in any order.
  if (kernel == "bias_activation") {
    float *out = floats(), *bias = floats();
    unsigned count = whole(), columns = whole();
    int kind = (int)whole();
    float slope = (float)number();
    host::launch(grid, block, [=] { bias_activation(out, bias, count, columns, kind, slope); });
  } else if (kernel == "activation_backward") {
    float *delta = floats(), *y = floats();
    unsigned count = whole();
    int kind = (int)whole();
    float slope = (float)number();
    host::launch(grid, block, [=] { activation_backward(delta, y, count, kind, slope); });
  } else if (kernel == "column_sums") {
    float *out = floats(), *in = floats();
    unsigned rows = whole(), columns = whole();
    host::launch(grid, block, [=] { column_sums(out, in, rows, columns); });
  } else if (kernel == "gather") {
    float *out = floats();
    unsigned char *images = buffer()->bytes.data();
    unsigned *indices = buffer()->ints.data();
    unsigned count = whole(), width = whole();
    host::launch(grid, block, [=] { gather(out, images, indices, count, width); });
  } else if (kernel == "windows" || kernel == "windows_back") {
    float *out = floats(), *in = floats();
    unsigned count = whole();
    Link link;
    link.height = whole(), link.width = whole(), link.channels = whole();
    link.rows = whole(), link.columns = whole();
    link.kernel = whole(), link.stride = whole(), link.padding = whole();
    bool back = kernel == "windows_back";
    host::launch(grid, block, [=] { back ? windows_back(out, in, count, link) : windows(out, in, count, link); });
  } else if (kernel == "blend") {
    float *out = floats(), *source = floats();
    unsigned count = whole();
    float kept = (float)number();
    host::launch(grid, block, [=] { blend(out, source, count, kept); });
  } else if (kernel == "change") {
    float *out = floats(), *in = floats(), *params = floats();
    unsigned *seed = buffer()->ints.data();
    unsigned count = whole();
    int moves = (int)whole(), cuts = (int)whole();
    unsigned height = whole(), width = whole(), channels = whole();
    host::launch(grid, block, [=] { change(out, in, params, seed, count, moves, cuts, height, width, channels); });
  } else if (kernel == "change_back") {
    float *out = floats(), *grad = floats(), *params = floats();
    unsigned count = whole();
    int moves = (int)whole(), cuts = (int)whole();
    unsigned height = whole(), width = whole(), channels = whole();
    host::launch(grid, block, [=] { change_back(out, grad, params, count, moves, cuts, height, width, channels); });
  } else if (kernel == "recolour") {
    float *out = floats(), *in = floats(), *params = floats();
    float shift = (float)number();
    unsigned values = whole(), channels = whole();
    host::launch(grid, block, [=] { recolour(out, in, params, shift, values, channels); });
  } else if (kernel == "square_sums") {
    double *sums = doubles();
    float *grads = floats();
    unsigned count = whole();
    host::launch(grid, block, [=] { square_sums(sums, grads, count); });
  } else if (kernel == "update") {
    float *values = floats(), *first = floats(), *second = floats(), *grads = floats();
    unsigned count = whole();
    double *sums = doubles();
    float *control = floats(), *loss = floats();
    double *meter = doubles();
    host::launch(grid, block, [=] { update(values, first, second, grads, count, sums, control, loss, meter); });
  } else if (kernel == "norms") {
    float *out = floats();
    double *sums = doubles();
    unsigned count = whole();
    host::launch(grid, block, [=] { norms(out, sums, count); });
  } else if (kernel == "observe") {
    // The values are those of one buffer, value i going to slot i.
    double *meter = doubles();
    Buffer *values = buffer();
    Observed seen = {};
    seen.norms = (int)whole();
    seen.count = (int)values->floats.size();
    for (int i = 0; i < seen.count; i++) {
      seen.value[i] = &values->floats[i];
      seen.slot[i] = i;
    }
    host::launch(grid, block, [=] { observe(meter, seen); });
  } else {
    exit(3);
  }
}

int main() {
  char word[64];
  while (scanf("%63s", word) == 1) {
    std::string kind = word;
    if (kind == "run") {
      if (scanf("%63s", word) != 1) return 2;
      run(word);
      continue;
    }
    Buffer *made = new Buffer{kind, {}, {}, {}, {}};
    for (unsigned left = whole(); left > 0; left--) {
      double value = number();
      if (kind == "float") made->floats.push_back((float)value);
      if (kind == "double") made->doubles.push_back(value);
      if (kind == "int") made->ints.push_back((unsigned)value);
      if (kind == "byte") made->bytes.push_back((unsigned char)value);
    }
    buffers.push_back(made);
  }
  for (Buffer *b : buffers) {
    for (float v : b->floats) printf("%.9g ", v);
    for (double v : b->doubles) printf("%.17g ", v);
    printf("\n");
  }
}
