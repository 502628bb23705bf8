// The words of CUDA that kernels.cu uses, for a C++ compiler: a kernel runs on the host, block after block, each thread of a
// block as a coroutine that gives way at every __syncthreads(). For tests: that a kernel computes what it should, with all
// its sums over blocks and threads, needs no GPU.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <ucontext.h>
#include <vector>

#define __global__
#define __device__ static
#define __shared__ static

struct Index { unsigned x, y, z; };
static Index blockIdx, blockDim, threadIdx, gridDim;

namespace host {
struct Thread {
  ucontext_t context;
  Index index;
  bool done;
  std::vector<char> stack = std::vector<char>(64 * 1024);
};
static std::vector<Thread *> threads;
static ucontext_t scheduler;
static Thread *running;
static std::function<void()> body;

static void start() {
  body();
  running->done = true;
  swapcontext(&running->context, &scheduler);
}

// Runs `kernel` for every thread of every block.
static void launch(Index grid, Index block, std::function<void()> kernel) {
  body = kernel;
  gridDim = grid;
  blockDim = block;
  size_t count = (size_t)block.x * block.y * block.z;
  while (threads.size() < count) threads.push_back(new Thread);
  for (unsigned b = 0; b < grid.x; b++) {
    blockIdx = {b, 0, 0};
    for (size_t t = 0; t < count; t++) {
      Thread *thread = threads[t];
      getcontext(&thread->context);
      thread->context.uc_stack.ss_sp = thread->stack.data();
      thread->context.uc_stack.ss_size = thread->stack.size();
      thread->context.uc_link = nullptr;
      thread->index = {unsigned(t % block.x), unsigned(t / block.x % block.y), unsigned(t / block.x / block.y)};
      thread->done = false;
      makecontext(&thread->context, start, 0);
    }
    // Each thread up to its next barrier, in turn, until all are through.
    for (bool alive = true; alive;) {
      alive = false;
      for (size_t t = 0; t < count; t++) {
        if (threads[t]->done) continue;
        running = threads[t];
        threadIdx = running->index;
        swapcontext(&scheduler, &running->context);
        alive |= !running->done;
      }
    }
  }
}
}  // namespace host

static void __syncthreads() {
  host::Thread *self = host::running;
  swapcontext(&self->context, &host::scheduler);
}

#include "kernels.cu"
